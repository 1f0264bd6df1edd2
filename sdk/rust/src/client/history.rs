//! Past transactions with their events, the newest first. Only as many are read as are asked for.

use super::{Client, ClientError, Transaction, agreement::Listed, signatures::MOST};
use anchor_lang::prelude::Pubkey;
use futures_util::{StreamExt, stream};
use solana_signature::Signature;
use std::collections::{BTreeSet, VecDeque};

/// Number of records that are requested at the same time.
const AT_ONCE: usize = 16;
/// Records that are read before the first one is returned, and at most: whoever goes on is likely to want all.
const FEW: usize = 8;
const MANY: usize = 128;

/// All successful transactions that name an address, backwards in time: the newest first, each once.
///
/// An [`EventStream`](super::EventStream) continues from the newest of them without a gap.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::{address, client::{EventHistory, EventStream}};
///
/// // These are the last ten transactions of the program, and then the next one.
/// let mut past = EventHistory::new(client.clone(), address::PROGRAM).pages_of(10);
/// let mut newest = None;
/// for _ in 0..10 {
///     let Some(transaction) = past.next().await? else { break };
///     newest = newest.or(Some(transaction.signature));
///     println!("{}: {:?}", transaction.signature, transaction.events);
/// }
/// let mut future = EventStream::new(client, address::PROGRAM, newest);
/// println!("{:?}", future.next().await?.events);
/// # Ok(())
/// # }
/// ```
pub struct EventHistory {
    client: Client,
    address: Pubkey,
    page: usize,
    /// How many records are read next.
    window: usize,
    /// Earliest block time, unix seconds.
    since: Option<i64>,
    /// Transactions that are passed over.
    known: BTreeSet<Signature>,
    before: Option<Listed>,
    /// Signatures whose records are not read yet, the newest first.
    signatures: VecDeque<Signature>,
    /// Records that are not returned yet, the newest first.
    records: VecDeque<Transaction>,
    at_the_end: bool,
    /// Whether it has ended with the last transaction that the network lists.
    is_exhausted: bool,
}

impl EventHistory {
    /// Makes a history that begins with the newest transaction.
    pub const fn new(client: Client, address: Pubkey) -> Self {
        Self {
            client,
            address,
            page: MOST,
            window: FEW,
            since: None,
            known: BTreeSet::new(),
            before: None,
            signatures: VecDeque::new(),
            records: VecDeque::new(),
            at_the_end: false,
            is_exhausted: false,
        }
    }

    /// Sets how many signatures are requested at a time, 1 to 1,000; the default is 1,000.
    pub fn pages_of(mut self, transactions: usize) -> Self {
        self.page = transactions.clamp(1, MOST);
        self
    }

    /// Ends the history before the first transaction that is older than this time, in unix seconds. A transaction whose time the
    /// network does not know does not end it.
    pub const fn since(mut self, unix: i64) -> Self {
        self.since = Some(unix);
        self
    }

    /// Passes over transactions that are known already: their records are not read.
    pub(super) fn without(mut self, known: BTreeSet<Signature>) -> Self {
        self.known = known;
        self
    }

    /// Whether it has ended because the network lists nothing older: that was the first transaction, or the network keeps no older ones.
    pub const fn is_exhausted(&self) -> bool {
        self.is_exhausted
    }

    /// Returns the next older transaction; `None` when there is none, or the network keeps none.
    ///
    /// # Errors
    /// [`ClientError`]. No transaction is lost: the next call continues where this one failed.
    pub async fn next(&mut self) -> Result<Option<Transaction>, ClientError> {
        while self.records.is_empty() {
            if self.signatures.is_empty() {
                if self.at_the_end {
                    return Ok(None);
                }
                self.read_page().await?;
                continue;
            }
            self.read_records().await?;
        }
        Ok(self.records.pop_front())
    }

    /// Reads some more records; those before one that cannot be read are kept.
    async fn read_records(&mut self) -> Result<(), ClientError> {
        let client = &self.client;
        let some = self.signatures.iter().copied().take(self.window);
        let read = some.map(|signature| async move { client.transaction(&signature).await });
        let mut reading = stream::iter(read).buffered(AT_ONCE);
        // The time of a record is reliable; the times in lists of signatures are not on all networks.
        let is_old = |time: Option<i64>| self.since.zip(time).is_some_and(|(since, time)| time < since);
        let mut failure = None;
        while let Some(read) = reading.next().await {
            match read {
                Ok(record) if is_old(record.block_time) => {
                    self.at_the_end = true;
                    break;
                }
                Ok(record) => self.records.push_back(record),
                Err(error) => {
                    failure = Some(error);
                    break;
                }
            }
        }
        drop(reading);
        match self.at_the_end {
            true => self.signatures.clear(),
            false => drop(self.signatures.drain(..self.records.len())),
        }
        self.window = (2 * self.window).min(MANY);
        match failure {
            Some(error) if self.records.is_empty() => Err(error),
            _ => Ok(()),
        }
    }

    /// Reads one more page of signatures. If that fails, nothing changes.
    async fn read_page(&mut self) -> Result<(), ClientError> {
        let page = self.client.page_before(&self.address, self.before, self.page).await?;
        self.signatures = page.succeeded().filter(|signature| !self.known.contains(signature)).collect();
        self.at_the_end = page.last().is_none();
        self.is_exhausted = self.at_the_end;
        self.before = page.last().or(self.before);
        Ok(())
    }
}
