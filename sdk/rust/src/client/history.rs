//! What has happened, the newest first: reads as far back as is asked for, and no further.

use super::{
    Client, ClientError, Record, Transaction,
    stream::{MOST, signature_of},
};
use crate::events;
use anchor_lang::prelude::Pubkey;
use futures_util::{StreamExt, TryStreamExt, stream};
use solana_rpc_client::rpc_client::GetConfirmedSignaturesForAddress2Config;
use solana_signature::Signature;
use std::collections::VecDeque;

/// Records asked for at the same time.
const AT_ONCE: usize = 8;

/// All successful transactions that name an address, backwards in time: the newest first, each once.
///
/// [`EventStream`](super::EventStream) goes on from the newest of them without a gap.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::{address, client::{EventHistory, EventStream}};
///
/// // The last ten transactions of the program, and then whatever comes.
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
    /// Nothing older than these unix seconds.
    since: Option<i64>,
    before: Option<Signature>,
    /// Known and not read yet, the newest first.
    signatures: VecDeque<Signature>,
    /// Read and not handed out yet, the newest first.
    records: VecDeque<(Signature, Record)>,
    at_the_end: bool,
}

impl EventHistory {
    /// From now backwards.
    pub const fn new(client: Client, address: Pubkey) -> Self {
        Self {
            client,
            address,
            page: MOST,
            since: None,
            before: None,
            signatures: VecDeque::new(),
            records: VecDeque::new(),
            at_the_end: false,
        }
    }

    /// How many signatures are asked for at a time, 1 to 1,000; a thousand otherwise.
    pub fn pages_of(mut self, transactions: usize) -> Self {
        self.page = transactions.clamp(1, MOST);
        self
    }

    /// Ends before the first transaction that is older than these unix seconds. One whose time the network does not know
    /// counts as young enough.
    pub const fn since(mut self, unix: i64) -> Self {
        self.since = Some(unix);
        self
    }

    /// The next older transaction; `None` when there is none, or none that the network remembers.
    ///
    /// # Errors
    /// [`ClientError`]. Nothing is lost by one: the next call goes on where this one failed.
    pub async fn next(&mut self) -> Result<Option<Transaction>, ClientError> {
        while self.records.is_empty() {
            if self.signatures.is_empty() {
                if self.at_the_end {
                    return Ok(None);
                }
                self.read_page().await?;
                continue;
            }
            let some: Vec<Signature> = self.signatures.iter().copied().take(AT_ONCE).collect();
            let client = &self.client;
            let read = some.iter().copied().map(|signature| async move {
                let record = client.record(&signature).await?;
                Ok::<_, ClientError>((signature, record))
            });
            let read: Vec<_> = stream::iter(read).buffered(AT_ONCE).try_collect().await?;
            self.signatures.drain(..some.len());
            // A record knows its time for certain; what is said in lists of signatures some networks make up.
            let is_old = |time: Option<i64>| self.since.zip(time).is_some_and(|(since, time)| time < since);
            let young = read.iter().position(|(_, record)| is_old(record.block_time)).unwrap_or(read.len());
            if young < read.len() {
                self.at_the_end = true;
                self.signatures.clear();
            }
            self.records.extend(read.into_iter().take(young));
        }
        let Some((signature, record)) = self.records.pop_front() else { return Ok(None) };
        Ok(Some(Transaction {
            signature,
            slot: record.slot,
            block_time: record.block_time,
            events: events::from_logs(&record.logs),
            truncated: events::is_truncated(&record.logs),
        }))
    }

    /// One more page of signatures. Nothing is kept of one that cannot be read.
    async fn read_page(&mut self) -> Result<(), ClientError> {
        let config = GetConfirmedSignaturesForAddress2Config {
            before: self.before,
            until: None,
            limit: Some(self.page),
            commitment: Some(self.client.commitment()),
        };
        let page = self.client.rpc().get_signatures_for_address_with_config(&self.address, config).await;
        let page = page.map_err(ClientError::rpc(format!("transactions of {}", self.address)))?;
        let mut found = VecDeque::new();
        let mut last = None;
        for entry in &page {
            let signature = signature_of(&entry.signature)?;
            if entry.err.is_none() {
                found.push_back(signature);
            }
            last = Some(signature);
        }
        (self.signatures, self.at_the_end) = (found, page.len() < self.page);
        self.before = last.or(self.before);
        Ok(())
    }
}
