//! An asynchronous client: fetching, a cache that subscriptions keep current, sending, event streams.
//!
//! | purpose | where |
//! | --- | --- |
//! | one account, many, all of a pool or an owner | [`Client::get`], [`Client::get_many`], [`Client::find`] |
//! | accounts that stay current | [`Watch`], [`Cache`] |
//! | send instructions, once | [`Client::send`], [`SendOptions`] |
//! | find out after an interruption what was sent | [`Journal`], [`Client::recover`] |
//! | all events since a transaction, in order, each once | [`EventStream`] |
//! | past events, the newest first | [`EventHistory`] |
//! | an account's movements, cost and profit | [`Client::account_history`], [`crate::portfolio`] |
//! | accounts that an owner has had | [`Client::traces_of`] |
//! | a pool ready for quotes; a plan sent | [`Client::pool_view`], [`Cache::pool_view`], [`Client::execute`] |
//! | a committed trade filled at its price | [`Client::fill`] |
//! | a deposit executed at its price | [`Client::finish_deposit`] |
//! | a deposit that two people sign on two machines | [`cosign`], [`Client::send_signed`] |
//! | lookup tables | [`Client::lookup_tables`], [`lookup`] |
//!
//! ```no_run
//! use evergreen_sdk::{address, client::{Client, Filter}, evergreen::state::{MarginAccount, Pool}};
//!
//! # async fn example(mint: anchor_lang::prelude::Pubkey) -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::new("https://api.mainnet-beta.solana.com");
//! let key = address::pool(&mint);
//! let pool = client.get::<Pool>(&key).await?.value;
//! let accounts = client.find::<MarginAccount>(Filter::of_pool(key)).await?.value;
//! println!("{} units of cash, {} accounts", pool.pool_cash, accounts.len());
//! # Ok(())
//! # }
//! ```

mod agreement;
mod assignment;
mod cache;
mod confirmed;
pub mod cosign;
mod deposit;
mod endpoints;
mod error;
mod fees;
mod fetch;
mod fill;
mod history;
mod hook;
mod journal;
pub mod lookup;
mod numbered;
mod options;
mod paid;
mod polls;
mod recent;
mod record;
mod retry;
mod send;
mod signatures;
mod standing;
mod statement;
mod stream;
mod trace;
mod traces;
mod transport;
mod view;
mod waiting;
mod watch;

pub use cache::Cache;
pub use confirmed::{Confirmed, Record};
pub use deposit::{DepositRequest, Deposited};
pub use endpoints::{EndpointHealth, Endpoints, host};
pub use error::{ClientError, JournalError, SendError};
pub use fees::FeeMeter;
pub use fetch::{Fetched, Filter, RawAccount};
#[cfg(feature = "hermes")]
pub use fill::FillPosting;
pub use fill::{FillRequest, Filled};
pub use history::EventHistory;
pub use journal::{Interrupted, Journal, RecoveryMode, RecoveryOutcome};
pub use options::{PriorityFee, SendOptions};
pub use solana_commitment_config::CommitmentConfig;
pub use solana_rpc_client::nonblocking::rpc_client::RpcClient;
pub use solana_signature::Signature;
pub use statement::{AccountHistory, Dated};
pub use stream::{EventStream, Transaction};
pub use traces::{Traces, Untraced};
pub use waiting::{CLOCK_WAIT, ClockWatch, FillError};
pub use watch::{AccountUpdate, Status, Watch, WatchConfig};

use paid::Paid;
use polls::Polls;
use recent::Recent;
use solana_hash::Hash;
use solana_rpc_client::rpc_client::RpcClientConfig;
use std::sync::Arc;
use tokio::sync::OnceCell;
use transport::Transport;

/// A client of one network. Cheap to clone; all clones share one connection pool.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::{address, client::Client, evergreen::state::Protocol};
///
/// let client = Client::new("https://api.mainnet-beta.solana.com");
/// // The clone is used by another task.
/// let other = client.clone();
/// let protocol = tokio::spawn(async move { other.get::<Protocol>(&address::protocol()).await }).await??;
/// println!("{} proposals so far, at slot {}", protocol.value.next_proposal, protocol.slot);
/// # Ok(())
/// # }
/// ```
#[derive(Clone)]
pub struct Client {
    rpc: Arc<RpcClient>,
    /// Each node by itself, where there are several.
    each: Arc<[RpcClient]>,
    /// What is known of them.
    nodes: Option<Endpoints>,
    /// Whether what is said once is believed.
    trusts: bool,
    genesis: Arc<OnceCell<Hash>>,
    journal: Option<Journal>,
    label: Arc<str>,
    polls: Polls,
    /// Those of transactions that may be old.
    old_polls: Polls,
    paid: Paid,
    recent: Recent,
    meters: Vec<FeeMeter>,
}

impl Client {
    /// Makes a client of the network at `url`, with commitment `confirmed`.
    pub fn new(url: &str) -> Self {
        Self::over(&Endpoints::new([url]))
    }

    /// Makes a client of a network with several nodes, with commitment `confirmed`: where one does not answer the next one is asked.
    pub fn over(nodes: &Endpoints) -> Self {
        Self::over_at(nodes, CommitmentConfig::confirmed())
    }

    /// As [`Self::over`], with another commitment.
    pub fn over_at(nodes: &Endpoints, commitment: CommitmentConfig) -> Self {
        let config = || RpcClientConfig::with_commitment(commitment);
        let whole = Transport::new(nodes);
        let each = match nodes.urls.0.len() {
            0 | 1 => Arc::default(),
            count => (0..count).map(|place| RpcClient::new_sender(whole.only(place), config())).collect(),
        };
        let nodes = Some(nodes.clone());
        Self { each, nodes, ..Self::with_rpc(RpcClient::new_sender(whole, config())) }
    }

    /// Makes a client over a given JSON-RPC client, with the commitment and timeouts of that client.
    pub fn with_rpc(rpc: RpcClient) -> Self {
        Self {
            rpc: Arc::new(rpc),
            each: Arc::default(),
            nodes: None,
            trusts: false,
            genesis: Arc::default(),
            journal: None,
            label: "".into(),
            polls: Polls::default(),
            old_polls: Polls::of_history(),
            paid: Paid::default(),
            recent: Recent::default(),
            meters: Vec::new(),
        }
    }

    /// Returns the same client with a journal, in which it records each transaction before it sends it.
    #[must_use]
    pub fn with_journal(mut self, journal: Journal) -> Self {
        self.journal = Some(journal);
        self
    }

    /// Returns the same client for a node of one's own, which neither lags nor forgets: what it says once is believed. Other nodes are asked twice which accounts exist, and which transactions there are.
    #[must_use]
    pub const fn trusting(mut self) -> Self {
        self.trusts = true;
        self
    }

    /// Returns a client that records its transactions in the journal with this label.
    #[must_use]
    pub fn labelled(&self, label: &str) -> Self {
        Self { label: label.into(), ..self.clone() }
    }

    /// Returns a client whose fees are added to this meter, too.
    #[must_use]
    pub fn metered(&self, meter: &FeeMeter) -> Self {
        let mut metered = self.clone();
        metered.meters.push(meter.clone());
        metered
    }

    /// Adds the fee of a transaction to the client's meters, which [`Self::send`] does by itself unless its outcome was unknown; lamports.
    pub fn note_fee(&self, lamports: u64) {
        self.meters.iter().for_each(|meter| meter.add(lamports));
    }

    /// Returns the genesis hash of the network, which identifies it. The network is asked only once.
    ///
    /// # Errors
    /// [`ClientError::Rpc`].
    pub async fn genesis(&self) -> Result<Hash, ClientError> {
        let ask = || async {
            self.rpc.get_genesis_hash().await.map_err(ClientError::rpc("asking for the network's genesis"))
        };
        self.genesis.get_or_try_init(ask).await.copied()
    }

    /// Returns the underlying JSON-RPC client, for everything that this type does not cover.
    pub fn rpc(&self) -> &RpcClient {
        &self.rpc
    }

    /// The nodes one by one, for questions that a single node may not decide; the connection where there is one node.
    pub(crate) fn each(&self) -> &[RpcClient] {
        if self.each.is_empty() { std::slice::from_ref(&*self.rpc) } else { &self.each }
    }

    /// Whom to ask for the so-many-th time: a few times the node that serves everything else, then each in turn. One that stays wrong decides nothing.
    fn in_turn(&self, time: u32) -> &RpcClient {
        const FEW: u32 = 3;
        let Some(later) = time.checked_sub(FEW) else { return &self.rpc };
        let each = self.each();
        each.get(later as usize % each.len()).unwrap_or(&self.rpc)
    }

    /// Returns the commitment with which everything is read.
    pub fn commitment(&self) -> CommitmentConfig {
        self.rpc.commitment()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_reads_at_the_commitment_of_its_connection() {
        let url = "http://127.0.0.1:8899";
        assert_eq!(Client::new(url).commitment(), CommitmentConfig::confirmed());
        let rpc = RpcClient::new_with_commitment(url.to_owned(), CommitmentConfig::finalized());
        assert_eq!(Client::with_rpc(rpc).commitment(), CommitmentConfig::finalized());
    }
}
