//! What became of what an interrupted process had sent.

use super::{FORGOTTEN, Record, Settled, unix_now};
use crate::client::{Client, ClientError, JournalError, SendError, SendOptions, retry::Deadline, standing::Standing};
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_rpc_client_api::client_error::TransactionError;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use std::{io, path::Path};
use tokio::time::sleep;

/// What became of a transaction.
///
/// ```
/// use evergreen_sdk::client::Outcome;
///
/// /// Whether what it was for has to be done (again).
/// fn is_open(outcome: &Outcome) -> Option<bool> {
///     match outcome {
///         Outcome::Confirmed { .. } => Some(false),
///         Outcome::Failed(_) | Outcome::Expired => Some(true),
///         Outcome::UnderWay => None,
///     }
/// }
/// assert_eq!(is_open(&Outcome::Confirmed { slot: 7 }), Some(false));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has landed and ran without an error.
    Confirmed {
        /// In this slot.
        slot: u64,
    },
    /// It has landed and failed: nothing has changed but the fee.
    Failed(TransactionError),
    /// It has not landed and never will.
    Expired,
    /// It may still land. Only where it was just looked up.
    UnderWay,
}

/// How far to go for the outcome of a transaction of the journal.
///
/// ```
/// use evergreen_sdk::client::RecoveryMode;
///
/// /// By the labels that `Client::labelled` gave: transfers are seen through, a keeper's work is not even waited for.
/// fn pursuit(label: &str) -> RecoveryMode {
///     match label.split(' ').next() {
///         Some("withdraw" | "deposit") => RecoveryMode::Resend,
///         Some("trade") => RecoveryMode::Wait,
///         _ => RecoveryMode::Look,
///     }
/// }
/// assert_eq!(pursuit("deposit 5 TSLA.M"), RecoveryMode::Resend);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryMode {
    /// Look it up once.
    Look,
    /// Wait until it has landed or expired: about a minute for one that never reached the network.
    Wait,
    /// Send what may still land again, and wait. It can land once only.
    Resend,
}

/// A transaction that an interrupted process had under way. It is struck out of the journal when this is dropped, unless it is
/// under way still.
#[derive(Debug)]
pub struct Interrupted {
    /// What it does, in its sender's words.
    pub label: String,
    /// Its signature.
    pub signature: Signature,
    /// What became of it.
    pub outcome: Outcome,
    _settled: Option<Settled>,
}

/// What is in a record, as types.
pub(super) struct Known {
    pub(super) signature: Signature,
    pub(super) blockhash: Hash,
    pub(super) genesis: Hash,
    pub(super) transaction: VersionedTransaction,
}

impl Known {
    pub(super) fn of(record: &Record, path: &Path) -> Result<Self, JournalError> {
        let wrong = |what: &str| JournalError { path: path.to_owned(), source: io::Error::other(format!("no {what}")) };
        let bytes = hex::decode(&record.transaction).map_err(|_| wrong("transaction"))?;
        Ok(Self {
            signature: record.signature.parse().map_err(|_| wrong("signature"))?,
            blockhash: record.blockhash.parse().map_err(|_| wrong("blockhash"))?,
            genesis: record.genesis.parse().map_err(|_| wrong("genesis hash"))?,
            transaction: bincode::deserialize(&bytes).map_err(|_| wrong("transaction"))?,
        })
    }
}

/// The first thing that a process does:
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::client::{Journal, Outcome, RecoveryMode, SendOptions};
///
/// let client = client.with_journal(Journal::open("journal")?);
/// let before = client.recover(&SendOptions::default(), |_| RecoveryMode::Wait).await?;
/// let done = before.iter().filter(|found| matches!(found.outcome, Outcome::Confirmed { .. })).count();
/// println!("{done} of {} transactions had been done", before.len());
/// # Ok(())
/// # }
/// ```
impl Client {
    /// Finds out what became of the transactions that interrupted processes had under way; `pursuit` says by their labels how far
    /// to go for it. Entries of other networks, and of processes that live, are left alone. Without a journal there is nothing
    /// to find.
    ///
    /// # Errors
    /// [`SendError::Unknown`] when the network does not answer for as long as the options' deadline, [`SendError::Journal`].
    pub async fn recover(
        &self,
        options: &SendOptions,
        pursuit: impl Fn(&str) -> RecoveryMode,
    ) -> Result<Vec<Interrupted>, SendError> {
        let Some(journal) = &self.journal else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let abandoned = journal.abandoned()?;
        if abandoned.is_empty() {
            return Ok(found);
        }
        let here = self.genesis().await?;
        for (entry, record) in abandoned {
            let known = Known::of(&record, &entry.path)?;
            if known.genesis != here {
                continue;
            }
            let outcome = match pursuit(&record.label) {
                RecoveryMode::Look => self.outcome(&known, &record, options).await?.0.unwrap_or(Outcome::UnderWay),
                pursuit => self.await_outcome(&known, &record, options, pursuit == RecoveryMode::Resend).await?,
            };
            let settled = (outcome != Outcome::UnderWay).then(|| entry.settled());
            let (label, signature) = (record.label, known.signature);
            found.push(Interrupted { label, signature, outcome, _settled: settled });
        }
        Ok(found)
    }

    async fn await_outcome(
        &self,
        known: &Known,
        record: &Record,
        options: &SendOptions,
        resend: bool,
    ) -> Result<Outcome, SendError> {
        let mut deadline = Deadline::new(options.deadline);
        let unknown = |error| SendError::Unknown { signature: known.signature, source: Box::new(error) };
        let mut next_send = tokio::time::Instant::now();
        loop {
            if resend && tokio::time::Instant::now() >= next_send {
                self.send_once(&known.transaction).await;
                next_send = tokio::time::Instant::now() + options.resend;
            }
            match self.outcome(known, record, options).await {
                Ok((Some(outcome), _)) => return Ok(outcome),
                Ok((None, height)) => deadline.heard(height, record.last_valid).map_err(unknown)?,
                Err(error) => deadline.missed(error).map_err(unknown)?,
            }
            sleep(options.poll).await;
        }
    }

    /// The outcome if it is known by now, otherwise the block height.
    async fn outcome(
        &self,
        known: &Known,
        record: &Record,
        options: &SendOptions,
    ) -> Result<(Option<Outcome>, u64), ClientError> {
        let doing = "looking up a transaction of the journal";
        let standing = self.standing(&known.signature, record.last_valid, options.commitment, true, doing).await?;
        let height = match standing {
            Standing::Confirmed(slot) => return Ok((Some(Outcome::Confirmed { slot }), slot)),
            Standing::Failed(error) => return Ok((Some(Outcome::Failed(error)), record.last_valid)),
            Standing::Expired => return Ok((Some(Outcome::Expired), record.last_valid)),
            Standing::Open(height) => height,
        };
        // A network that was started anew counts its blocks from the beginning.
        let age = unix_now().saturating_sub(record.written_at);
        if age > FORGOTTEN.as_secs() {
            let valid = self.rpc().is_blockhash_valid(&known.blockhash, CommitmentConfig::confirmed()).await;
            if !valid.map_err(ClientError::rpc(doing))? {
                return Ok((Some(Outcome::Expired), height));
            }
        }
        Ok((None, height))
    }
}
