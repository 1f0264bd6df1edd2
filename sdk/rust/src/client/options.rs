//! Options of sending.
use solana_commitment_config::CommitmentConfig;
use std::time::Duration;

/// Priority fee of a transaction, in micro-lamports per compute unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PriorityFee {
    /// A fixed fee.
    Fixed(u64),
    /// A percentile of the fees that recent transactions writing to the same accounts have paid. Where clones of a client send many transactions at once, one question is asked for several of
    /// them, and the answer is that of the accounts of any of them.
    Market {
        /// Percentile, 0 to 100.
        percentile: u8,
        /// Upper limit of the fee, micro-lamports per compute unit.
        most: u64,
    },
}

/// Options of sending a transaction.
///
/// ```
/// use evergreen_sdk::client::{CommitmentConfig, SendOptions};
/// use std::time::Duration;
///
/// // For a large sum there is one attempt, which counts as landed only when it is finalized.
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
    /// Compute units requested in addition to those that simulation used, per cent.
    pub compute_margin: u32,
    /// Priority fee.
    pub priority: PriorityFee,
    /// Number of attempts: each signs a transaction over a new blockhash after the last one has expired. Zero counts as one.
    pub attempts: u32,
    /// Interval after which the same transaction is sent again, until it lands or expires.
    pub resend: Duration,
    /// Interval between two requests for the transaction's status.
    pub poll: Duration,
    /// How long the network may fail to answer, make no blocks, or leave the outcome open before it counts as unknown.
    pub deadline: Duration,
    /// Commitment at which a transaction counts as landed.
    pub commitment: CommitmentConfig,
}

impl Default for SendOptions {
    /// Returns the defaults: a compute margin of 15 %, the median priority fee up to a tenth of a lamport per unit, three attempts,
    /// sending again every two seconds, and commitment `confirmed`.
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
