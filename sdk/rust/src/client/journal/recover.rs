//! Recovery: the outcomes of transactions that an interrupted process has sent.

use super::{Entry, FORGOTTEN, Record, Settled, unix_now};
use crate::client::{
    Client, ClientError, JournalError, SendError, SendOptions,
    retry::Deadline,
    standing::{Sent, Standing},
};
use solana_hash::Hash;
use solana_rpc_client_api::client_error::TransactionError;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use std::{io, path::Path};
use tokio::time::sleep;

/// Outcome of a transaction.
///
/// ```
/// use evergreen_sdk::client::RecoveryOutcome;
///
/// /// Tells whether the transaction's purpose is still to be achieved; `None` if that is not known yet.
/// fn is_open(outcome: &RecoveryOutcome) -> Option<bool> {
///     match outcome {
///         RecoveryOutcome::Confirmed { .. } => Some(false),
///         RecoveryOutcome::Failed(_) | RecoveryOutcome::Expired => Some(true),
///         RecoveryOutcome::Taken | RecoveryOutcome::UnderWay => None,
///     }
/// }
/// assert_eq!(is_open(&RecoveryOutcome::Confirmed { slot: 7 }), Some(false));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum RecoveryOutcome {
    /// The transaction has landed and was executed without an error.
    Confirmed {
        /// Slot in which it landed.
        slot: u64,
    },
    /// The transaction has landed and failed; it has only cost its fee.
    Failed(TransactionError),
    /// The transaction has not landed and can no longer land. If it names a number that the chain compares, that number is free.
    Expired,
    /// The network no longer knows the transaction, and the number that it names is taken: by it, or by another transaction that names
    /// the same one. The history of the account tells which.
    Taken,
    /// The transaction may still land. Only [`RecoveryMode::Look`] gives this outcome.
    UnderWay,
}

/// What recovery does to find the outcome of a transaction.
///
/// ```
/// use evergreen_sdk::client::RecoveryMode;
///
/// /// Chooses by the label of `Client::labelled`: transfers are sent again, trades are waited for, other work is looked up.
/// fn mode_of(label: &str) -> RecoveryMode {
///     match label.split(' ').next() {
///         Some("withdraw" | "deposit") => RecoveryMode::Resend,
///         Some("trade") => RecoveryMode::Wait,
///         _ => RecoveryMode::Look,
///     }
/// }
/// assert_eq!(mode_of("deposit 5 TSLA.M"), RecoveryMode::Resend);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RecoveryMode {
    /// Recovery leaves the entry for the one that it belongs to, and asks nothing.
    Leave,
    /// Recovery looks the transaction up once.
    Look,
    /// Recovery waits until the transaction has landed or expired: about a minute for one that never reached the network.
    Wait,
    /// Recovery sends the transaction again while it may still land, and waits. It can land only once.
    Resend,
}

/// A transaction that an interrupted process has sent or was about to send. Its entry is removed from the journal when this value
/// is dropped, unless the transaction may still land.
#[derive(Debug)]
pub struct Interrupted {
    /// Label that the sender gave the transaction.
    pub label: String,
    /// Signature of the transaction.
    pub signature: Signature,
    /// Outcome of the transaction.
    pub outcome: RecoveryOutcome,
    /// When it was signed, by the machine's clock, unix seconds.
    pub signed_at: u64,
    /// Number that it names and the chain compares, if it names one. Where the purpose is pursued with this number again, it cannot be
    /// achieved twice.
    pub number: Option<u64>,
    settled: Option<Settled>,
}

impl Interrupted {
    /// Leaves the entry in the journal, so that it is found again.
    pub fn keep(mut self) {
        if let Some(settled) = self.settled.take() {
            settled.keep();
        }
    }
}

/// The decoded content of an entry.
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

/// A process begins with the recovery of what its predecessor has sent:
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::client::{Journal, RecoveryOutcome, RecoveryMode, SendOptions};
///
/// let client = client.with_journal(Journal::open("journal")?);
/// let before = client.recover(&SendOptions::default(), |_| RecoveryMode::Wait).await?;
/// let done = before.iter().filter(|found| matches!(found.outcome, RecoveryOutcome::Confirmed { .. })).count();
/// println!("{done} of {} transactions had been done", before.len());
/// # Ok(())
/// # }
/// ```
impl Client {
    /// Finds the outcomes of the transactions that interrupted processes have left in the journal. `mode_of` chooses by the label
    /// what is done for each. Entries of other networks, and of processes that still run, are left alone. Without a journal the
    /// result is empty.
    ///
    /// # Errors
    /// [`SendError::Unknown`] when an outcome stays open for as long as the options' deadline, [`SendError::Client`] when the network
    /// does not answer, [`SendError::Journal`].
    pub async fn recover(
        &self,
        options: &SendOptions,
        mode_of: impl Fn(&str) -> RecoveryMode,
    ) -> Result<Vec<Interrupted>, SendError> {
        let Some(journal) = &self.journal else { return Ok(Vec::new()) };
        let mut found = Vec::new();
        let abandoned = journal.abandoned(|label| mode_of(label) != RecoveryMode::Leave)?;
        if abandoned.is_empty() {
            return Ok(found);
        }
        let here = self.genesis().await?;
        for (entry, record) in abandoned {
            let mode = mode_of(&record.label);
            match self.recover_one(&here, entry, record, options, mode).await {
                Ok(one) => found.extend(one),
                Err(error) => {
                    // Nobody is told of the others now.
                    found.into_iter().for_each(Interrupted::keep);
                    return Err(error);
                }
            }
        }
        Ok(found)
    }

    async fn recover_one(
        &self,
        here: &Hash,
        entry: Entry,
        record: Record,
        options: &SendOptions,
        mode: RecoveryMode,
    ) -> Result<Option<Interrupted>, SendError> {
        let known = Known::of(&record, &entry.path)?;
        if known.genesis != *here {
            return Ok(None);
        }
        let outcome = match mode {
            RecoveryMode::Look => {
                self.outcome(&known, &record, options, 0).await?.0.unwrap_or(RecoveryOutcome::UnderWay)
            }
            mode => self.await_outcome(&known, &record, options, mode == RecoveryMode::Resend).await?,
        };
        // That something has not happened is believed only where the chain's own number says so.
        let outcome = match (&record.numbered, outcome) {
            (Some(numbered), RecoveryOutcome::Expired) if self.taken_since(numbered).await? > 0 => {
                RecoveryOutcome::Taken
            }
            (_, outcome) => outcome,
        };
        let settled = (outcome != RecoveryOutcome::UnderWay).then(|| entry.settled());
        let number = record.numbered.map(|numbered| numbered.number);
        let (label, signature, signed_at) = (record.label, known.signature, record.written_at);
        Ok(Some(Interrupted { label, signature, outcome, number, signed_at, settled }))
    }

    async fn await_outcome(
        &self,
        known: &Known,
        record: &Record,
        options: &SendOptions,
        resend: bool,
    ) -> Result<RecoveryOutcome, SendError> {
        let mut deadline = Deadline::new(options.deadline);
        let unknown = |error| SendError::Unknown { signature: known.signature, source: Box::new(error) };
        let mut next_send = tokio::time::Instant::now();
        let (mut sendings, mut questions) = (0, 0);
        loop {
            if resend && tokio::time::Instant::now() >= next_send {
                self.send_once(&known.transaction, sendings).await;
                sendings += 1;
                next_send = tokio::time::Instant::now() + options.resend;
            }
            questions += 1;
            match self.outcome(known, record, options, questions).await {
                Ok((Some(outcome), _)) => return Ok(outcome),
                Ok((None, height)) => deadline.heard(height, record.last_valid).map_err(unknown)?,
                Err(error) => deadline.missed(error).map_err(unknown)?,
            }
            sleep(options.poll).await;
        }
    }

    /// Returns the outcome if it is known by now, and the block height, which counts only without an outcome.
    async fn outcome(
        &self,
        known: &Known,
        record: &Record,
        options: &SendOptions,
        time: u32,
    ) -> Result<(Option<RecoveryOutcome>, u64), ClientError> {
        let doing = "looking up a transaction of the journal";
        let sent = Sent { signature: known.signature, blockhash: known.blockhash, last_valid: record.last_valid };
        let standing = self.standing(&sent, options.commitment, true, time, doing).await?;
        let height = match standing {
            Standing::Confirmed(slot) => return Ok((Some(RecoveryOutcome::Confirmed { slot }), slot)),
            Standing::Failed(error) => return Ok((Some(RecoveryOutcome::Failed(error)), record.last_valid)),
            Standing::Expired => return Ok((Some(RecoveryOutcome::Expired), record.last_valid)),
            Standing::Open(height) => height,
        };
        // A restarted network counts its blocks from zero again, so an old entry is judged by its blockhash too.
        let age = unix_now().saturating_sub(record.written_at);
        if age > FORGOTTEN.as_secs() && !self.is_valid(&known.blockhash, doing).await? {
            return Ok((Some(RecoveryOutcome::Expired), height));
        }
        Ok((None, height))
    }
}
