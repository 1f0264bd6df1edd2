//! Following the chain: final transactions in their order, and in front of them those that are only confirmed.

use crate::store::{Store, StoreError, Writer};
use evergreen_sdk::{
    address::PROGRAM,
    client::{Client, ClientError, EventStream, Transaction},
};
use futures_util::{StreamExt as _, TryStreamExt as _, stream};
use solana_commitment_config::CommitmentConfig;
use solana_signature::Signature;
use std::{collections::VecDeque, time::Duration};

/// Transactions of one batch.
const BATCH: usize = 500;
/// Number of records that are requested at the same time.
const AT_ONCE: usize = 8;
/// Largest number of signatures of one page.
const MOST: usize = 1_000;

/// Reason why indexing has stopped.
#[derive(Debug, thiserror::Error)]
pub enum IndexError {
    /// The network.
    #[error("{0}")]
    Network(#[from] ClientError),
    /// The store.
    #[error("{0}")]
    Store(#[from] StoreError),
}

/// Follows the chain into a store.
pub struct Indexer {
    writer: Writer,
    store: Store,
    /// Of the network at `finalized`.
    finals: EventStream,
    /// Final transactions that are read and not stored, because the time of the first one's block is not known yet.
    waiting: VecDeque<Transaction>,
    /// The last one that was waited for, so that the log tells it once.
    told: Option<Signature>,
    finalized: Client,
    confirmed: Client,
    connect: Box<dyn Fn(CommitmentConfig) -> Client + Send + Sync>,
    /// Whether something was not stored: the stream is then behind it, and begins again after what is stored.
    has_failed: bool,
}

impl Indexer {
    /// Begins where the store ends. `connect` makes a client of the network at a commitment.
    ///
    /// # Errors
    /// [`IndexError::Store`].
    pub async fn open(
        store: &Store,
        connect: impl Fn(CommitmentConfig) -> Client + Send + Sync + 'static,
    ) -> Result<Self, IndexError> {
        let writer = Writer::open(store).await?;
        let finals = after(&writer, connect(CommitmentConfig::finalized()));
        let [finalized, confirmed] = [CommitmentConfig::finalized(), CommitmentConfig::confirmed()].map(&connect);
        Ok(Self {
            writer,
            store: store.clone(),
            finals,
            waiting: VecDeque::new(),
            told: None,
            finalized,
            confirmed,
            connect: Box::new(connect),
            has_failed: false,
        })
    }

    /// Goes on for ever, one round an interval. What fails is told in the log and tried again.
    pub async fn run(mut self, interval: Duration) {
        loop {
            match self.round().await {
                Ok(0) => tokio::time::sleep(interval).await,
                Ok(_) => {}
                Err(error) => {
                    tracing::warn!(%error, "a round of the index has failed, and is tried again");
                    tokio::time::sleep(interval.max(Duration::from_secs(1))).await;
                }
            }
        }
    }

    /// Takes what there is: up to a batch of final transactions, and once there are no more of them, the confirmed ones. Returns how many were new.
    ///
    /// # Errors
    /// [`IndexError`]. Nothing is lost or taken twice: the next round goes on.
    pub async fn round(&mut self) -> Result<usize, IndexError> {
        if self.has_failed {
            self.writer = Writer::open(&self.store).await?;
            self.finals = after(&self.writer, (self.connect)(CommitmentConfig::finalized()));
            self.waiting.clear();
        }
        // A round that is dropped on its way has failed, too.
        self.has_failed = true;
        let taken = self.take().await;
        self.has_failed = matches!(taken, Err(IndexError::Store(_)));
        taken
    }

    async fn take(&mut self) -> Result<usize, IndexError> {
        let batch = self.finals().await?;
        if !batch.is_empty() {
            self.writer.finalize(&batch).await?;
            if batch.len() == BATCH {
                return Ok(BATCH);
            }
        }
        Ok(batch.len() + self.confirm().await?)
    }

    /// Reads the next final transactions whose time is known, up to a batch of them. What they add up to is in the order of the chain, so one without a time holds up those after it, and is
    /// asked for again; until then they stay what they were, confirmed.
    async fn finals(&mut self) -> Result<Vec<Transaction>, IndexError> {
        let mut failure = None;
        while self.waiting.len() < BATCH && failure.is_none() {
            match self.finals.poll().await {
                Ok(Some(transaction)) => self.waiting.push_back(transaction),
                Ok(None) => break,
                // What came before is taken; the stream goes on behind it.
                Err(error) => failure = Some(error),
            }
        }
        let mut batch = Vec::new();
        while let Some(first) = self.waiting.front_mut() {
            if first.block_time.is_none() {
                match self.finalized.block_time(&first.signature).await {
                    Ok(time) => first.block_time = time,
                    Err(error) => failure = failure.or(Some(error)),
                }
            }
            if first.block_time.is_none() {
                if self.told.replace(first.signature) != Some(first.signature) {
                    let (signature, slot) = (first.signature, first.slot);
                    tracing::warn!(%signature, slot, "no node knows the time of a final block yet: it is asked for again, and nothing after it is counted");
                }
                break;
            }
            batch.extend(self.waiting.pop_front());
        }
        match failure {
            Some(error) if batch.is_empty() => Err(error.into()),
            _ => Ok(batch),
        }
    }

    /// Compares the confirmed transactions with those that are stored, and takes the new ones.
    async fn confirm(&mut self) -> Result<usize, IndexError> {
        let window = self.window().await?;
        let stored: Vec<Signature> = self.writer.confirmed().collect();
        let same = stored.iter().zip(&window).take_while(|(stored, told)| *stored == *told).count();
        // A node that lags tells fewer than are stored; that takes nothing back.
        if same < stored.len() && same < window.len() {
            self.writer.withdraw_after(same).await?;
        }
        let mut taken = 0;
        // What differs was withdrawn, so what is told in its place is new.
        let new: Vec<Signature> = window.iter().skip(same).copied().collect();
        for some in new.chunks(BATCH) {
            let client = &self.confirmed;
            let read = some.iter().copied().map(|signature| async move { client.transaction(&signature).await });
            let batch: Vec<_> = stream::iter(read).buffered(AT_ONCE).try_collect().await?;
            taken += batch.len();
            self.writer.confirm(&batch).await?;
        }
        Ok(taken)
    }

    /// Returns the successful transactions after the last final one that is stored, at the commitment of the client, the oldest first.
    async fn window(&self) -> Result<Vec<Signature>, IndexError> {
        let until = self.writer.newest_final().map(|(signature, _)| signature);
        let mut found = self.confirmed.signatures_since(&PROGRAM, until, MOST).await?;
        found.reverse();
        Ok(found)
    }
}

/// Returns the final transactions after those that are stored.
fn after(writer: &Writer, client: Client) -> EventStream {
    EventStream::new(client, PROGRAM, writer.newest_final().map(|(signature, _)| signature))
}
