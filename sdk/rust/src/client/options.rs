//! How to send.

use solana_commitment_config::CommitmentConfig;
use std::time::Duration;

/// What a transaction pays beyond the base fee, micro-lamports a compute unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorityFee {
    /// So much.
    Fixed(u64),
    /// What that percentile of recent transactions paid that wrote to the same accounts.
    Market {
        /// 0 to 100.
        percentile: u8,
        /// Never more than this.
        most: u64,
    },
}

/// How to send.
///
/// ```
/// use evergreen_sdk::client::{CommitmentConfig, SendOptions};
/// use std::time::Duration;
///
/// // One attempt, believed only when it is final: for large sums.
/// let careful = SendOptions {
///     attempts: 1,
///     commitment: CommitmentConfig::finalized(),
///     deadline: Duration::from_secs(300),
///     ..SendOptions::default()
/// };
/// assert_eq!(careful.compute_margin, 15);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SendOptions {
    /// Compute units asked for beyond what simulation used, per cent.
    pub compute_margin: u32,
    /// Priority fee.
    pub priority: PriorityFee,
    /// How often a transaction is signed anew after one has expired, the first time included.
    pub attempts: u32,
    /// The same transaction is sent again after so long, until it lands or expires.
    pub resend: Duration,
    /// How often its status is asked for.
    pub poll: Duration,
    /// How long the network may fail to answer, or make no blocks, before the outcome counts as unknown.
    pub deadline: Duration,
    /// What counts as landed.
    pub commitment: CommitmentConfig,
}

impl Default for SendOptions {
    /// 15 % of margin, the median priority fee up to a tenth of a lamport a unit, three attempts, sent again every two
    /// seconds, landed when confirmed.
    fn default() -> Self {
        Self {
            compute_margin: 15,
            priority: PriorityFee::Market { percentile: 50, most: 100_000 },
            attempts: 3,
            resend: Duration::from_secs(2),
            poll: Duration::from_millis(400),
            deadline: Duration::from_secs(60),
            commitment: CommitmentConfig::confirmed(),
        }
    }
}
