//! A stream of all events since a transaction: in order, each once, without gaps.

use super::{Client, ClientError, signatures::MOST};
use crate::events::Event;
use anchor_lang::prelude::Pubkey;
use futures_util::{StreamExt, stream};
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::config::{RpcTransactionLogsConfig, RpcTransactionLogsFilter};
use solana_signature::Signature;
use std::{collections::VecDeque, sync::Arc, time::Duration};
use tokio::{sync::Notify, task::JoinHandle, time::sleep};

/// Number of records that are requested at the same time.
const AT_ONCE: usize = 8;

/// A transaction with its events.
#[derive(Clone, Debug)]
pub struct Transaction {
    /// Signature of the transaction; a stream can resume after it.
    pub signature: Signature,
    /// Slot of the transaction.
    pub slot: u64,
    /// Time of the block, unix seconds, if known.
    pub block_time: Option<i64>,
    /// The program's events, in order.
    pub events: Vec<Event>,
    /// Whether the log is not whole, so that events are missing ([`events::is_truncated`](crate::events::is_truncated)).
    pub truncated: bool,
}

/// Events of all successful transactions that name an address, after a given transaction. The program's address gives all events, a
/// pool's address those of the pool.
///
/// Every transaction is returned once, in the order of the chain, when it has reached the client's commitment. With `confirmed` a
/// transaction could in theory disappear again, with `finalized` it cannot. Store [`Self::position`] together with the results of
/// the events, and resume from it.
///
/// A websocket only wakes the stream ([`Self::wake_by`]). The transactions always come from paging back to the last one that was
/// returned, so a lost notification loses no event.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::{address, client::EventStream};
///
/// let mut stream = EventStream::new(client, address::PROGRAM, None);
/// loop {
///     let transaction = stream.next().await?;
///     for event in &transaction.events {
///         println!("{}: {event:?}", transaction.signature);
///     }
///     // Store stream.position() with the result.
/// }
/// # }
/// ```
pub struct EventStream {
    client: Client,
    address: Pubkey,
    position: Option<Signature>,
    /// Signatures whose records are not read yet, the newest first.
    pending: Vec<Signature>,
    /// Records that are not returned yet, the oldest first.
    ready: VecDeque<Transaction>,
    interval: Duration,
    page: usize,
    wake: Option<Wake>,
}

struct Wake {
    notify: Arc<Notify>,
    task: JoinHandle<()>,
}

impl Drop for Wake {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl EventStream {
    /// Makes a stream of the transactions after `position`; with `None` it begins with the first that the network keeps.
    pub const fn new(client: Client, address: Pubkey, position: Option<Signature>) -> Self {
        Self {
            client,
            address,
            position,
            pending: Vec::new(),
            ready: VecDeque::new(),
            interval: Duration::from_secs(2),
            page: MOST,
            wake: None,
        }
    }

    /// Sets the interval at which the network is asked when nothing wakes the stream; the default is two seconds.
    pub const fn every(mut self, interval: Duration) -> Self {
        self.interval = interval;
        self
    }

    /// Sets how many transactions are requested at a time, 1 to 1,000; the default is 1,000.
    pub fn pages_of(mut self, transactions: usize) -> Self {
        self.page = transactions.clamp(1, MOST);
        self
    }

    /// Lets a websocket wake the stream as soon as a transaction names the address. The websocket reconnects by itself; while it is
    /// disconnected the stream asks at its interval.
    pub fn wake_by(mut self, ws_url: &str) -> Self {
        let notify = Arc::new(Notify::new());
        let (url, address, signal) = (ws_url.to_owned(), self.address, notify.clone());
        let commitment = self.client.commitment();
        let task = tokio::spawn(async move {
            let config = RpcTransactionLogsConfig { commitment: Some(commitment) };
            let filter = RpcTransactionLogsFilter::Mentions(vec![address.to_string()]);
            loop {
                if let Ok(socket) = PubsubClient::new(&url).await
                    && let Ok((mut logs, _)) = socket.logs_subscribe(filter.clone(), config.clone()).await
                {
                    signal.notify_one();
                    while logs.next().await.is_some() {
                        signal.notify_one();
                    }
                }
                sleep(Duration::from_secs(1)).await;
            }
        });
        self.wake = Some(Wake { notify, task });
        self
    }

    /// Returns the signature of the last transaction that was returned, after which the stream resumes.
    pub const fn position(&self) -> Option<Signature> {
        self.position
    }

    /// Returns the next transaction, and waits for it if there is none yet.
    ///
    /// # Errors
    /// [`ClientError`]. No transaction is lost: the next call continues where this one failed.
    pub async fn next(&mut self) -> Result<Transaction, ClientError> {
        loop {
            if let Some(found) = self.poll().await? {
                return Ok(found);
            }
            match &self.wake {
                Some(wake) => tokio::select! {
                    () = wake.notify.notified() => {}
                    () = sleep(self.interval) => {}
                },
                None => sleep(self.interval).await,
            }
        }
    }

    /// Returns the next transaction if there is one already.
    ///
    /// # Errors
    /// The same as those of [`Self::next`].
    pub async fn poll(&mut self) -> Result<Option<Transaction>, ClientError> {
        if self.ready.is_empty() {
            self.read().await?;
        }
        let Some(transaction) = self.ready.pop_front() else { return Ok(None) };
        self.position = Some(transaction.signature);
        Ok(Some(transaction))
    }

    /// Reads the records of the next transactions, a few at a time; what could be read before a failure counts.
    async fn read(&mut self) -> Result<(), ClientError> {
        if self.pending.is_empty() {
            self.pending = self.client.signatures_since(&self.address, self.position, self.page).await?;
        }
        let next: Vec<Signature> = self.pending.iter().rev().take(AT_ONCE).copied().collect();
        let client = &self.client;
        let mut read =
            stream::iter(next.into_iter().map(|signature| async move { client.transaction(&signature).await }))
                .buffered(AT_ONCE);
        while let Some(transaction) = read.next().await {
            match transaction {
                Ok(transaction) => {
                    self.pending.pop();
                    self.ready.push_back(transaction);
                }
                Err(_) if !self.ready.is_empty() => break,
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}
