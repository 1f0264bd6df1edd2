//! Transactions under way, on disk: what a process that was ended in the middle had sent.

use super::{Client, ClientError, SendError, SendOptions};
use serde::{Deserialize, Serialize};
use solana_commitment_config::CommitmentConfig;
use solana_hash::Hash;
use solana_rpc_client_api::client_error::TransactionError;
use solana_signature::Signature;
use solana_transaction::versioned::VersionedTransaction;
use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};
use tokio::time::sleep;

/// Ending of complete entries.
const COMPLETE: &str = "json";
/// After so long nothing that was signed over a blockhash which the network does not know can land any more: blockhashes live
/// for one to two minutes.
const FORGOTTEN: Duration = Duration::from_secs(300);

/// A folder with one file for every transaction that is under way.
///
/// A client [with a journal](Client::with_journal) writes a transaction down, and sees it safely on disk, before it sends it
/// for the first time, and strikes it out when its outcome is known: when it has expired or failed, or, where it has landed,
/// when the [`Landed`](super::Landed) that tells so is dropped. A process that is ended at any point thus leaves behind what may have
/// landed without anybody having been told, and [`Client::recover`] finds out.
///
/// Several processes may share a folder: an entry is locked while its process lives.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::client::{Journal, Outcome, Pursuit, SendOptions};
///
/// let client = client.with_journal(Journal::open("journal")?);
/// for found in client.recover(&SendOptions::default(), |_| Pursuit::Wait).await? {
///     match found.outcome {
///         Outcome::Landed { slot } => println!("`{}` was done after all, in slot {slot}", found.label),
///         Outcome::Failed(error) => println!("`{}` failed: {error}", found.label),
///         Outcome::Expired => println!("`{}` was not done and never will be", found.label),
///         Outcome::UnderWay => unreachable!("it was waited for"),
///     }
/// }
/// // client.labelled("deposit 5 TSLA.M").send(...)
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Journal {
    folder: Arc<PathBuf>,
}

/// A failure to keep the journal.
///
/// ```
/// use evergreen_sdk::client::Journal;
///
/// // A folder below a file cannot be made.
/// let file = std::env::current_exe()?;
/// let error = Journal::open(file.join("journal")).err().ok_or("a folder below a file?")?;
/// println!("{error}; choose another than {}", error.path.display());
/// assert!(error.path.starts_with(&file));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, thiserror::Error)]
#[error("the journal {}: {source}", path.display())]
pub struct JournalError {
    /// File or folder.
    pub path: PathBuf,
    /// What the system said.
    #[source]
    pub source: io::Error,
}

impl JournalError {
    fn at(path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self { path, source }
    }
}

/// What is written down of a transaction.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    /// What it does, in the sender's words.
    label: String,
    /// Base58.
    signature: String,
    /// The blockhash that it is signed over, base58.
    blockhash: String,
    /// Last block height at which it can land.
    last_valid: u64,
    /// First hash of its network, base58.
    genesis: String,
    /// Unix seconds of the machine's clock.
    written_at: u64,
    /// The whole signed transaction, hexadecimal.
    transaction: String,
}

/// A transaction on record, locked by this process.
#[derive(Debug)]
pub(super) struct Entry {
    path: PathBuf,
    /// Holds the lock.
    _file: File,
}

/// A transaction whose outcome is known: struck out when this is dropped.
#[derive(Debug)]
pub(super) struct Settled(Entry);

impl Drop for Settled {
    fn drop(&mut self) {
        // A file that cannot be removed is found again, and found to have the same outcome.
        let _ = fs::remove_file(&self.0.path);
    }
}

impl Entry {
    pub(super) const fn settled(self) -> Settled {
        Settled(self)
    }
}

/// What became of a transaction.
///
/// ```
/// use evergreen_sdk::client::Outcome;
///
/// /// Whether what it was for has to be done (again).
/// fn is_open(outcome: &Outcome) -> Option<bool> {
///     match outcome {
///         Outcome::Landed { .. } => Some(false),
///         Outcome::Failed(_) | Outcome::Expired => Some(true),
///         Outcome::UnderWay => None,
///     }
/// }
/// assert_eq!(is_open(&Outcome::Landed { slot: 7 }), Some(false));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It has landed and ran without an error.
    Landed {
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
/// use evergreen_sdk::client::Pursuit;
///
/// /// By the labels that `Client::labelled` gave: money out is waited for, a keeper's work is not.
/// fn pursuit(label: &str) -> Pursuit {
///     match label.split(' ').next() {
///         Some("withdraw" | "deposit") => Pursuit::Resend,
///         Some("trade") => Pursuit::Wait,
///         _ => Pursuit::Look,
///     }
/// }
/// assert_eq!(pursuit("deposit 5 TSLA.M"), Pursuit::Resend);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Pursuit {
    /// Look it up once.
    Look,
    /// Wait until it has landed or expired: about a minute for one that never reached the network.
    Wait,
    /// Send what may still land again, and wait. It can land once only.
    Resend,
}

/// A transaction that an interrupted process had under way. It is struck out of the journal when this is dropped, unless it is
/// under way still.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::client::{Outcome, Pursuit, SendOptions};
///
/// for found in client.recover(&SendOptions::default(), |_| Pursuit::Look).await? {
///     if found.outcome == Outcome::UnderWay {
///         println!("`{}` ({}) may still land; it stays in the journal", found.label, found.signature);
///     }
/// }
/// # Ok(())
/// # }
/// ```
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

/// Asked from outside, for instance by a monitor:
///
/// ```
/// use evergreen_sdk::client::Journal;
///
/// # let folder = tempfile::tempdir()?;
/// # let folder = folder.path();
/// let journal = Journal::open(folder)?;
/// let under_way = std::fs::read_dir(journal.folder())?.count();
/// assert_eq!(under_way, 0);
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
impl Journal {
    /// Opens a folder, making it where it is missing.
    ///
    /// ```
    /// use evergreen_sdk::client::Journal;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// // One folder for all processes of a user; a second opening is no harm.
    /// let path = folder.path().join("evergreen/journal");
    /// let (mine, other) = (Journal::open(&path)?, Journal::open(&path)?);
    /// assert!(path.is_dir() && mine.folder() == other.folder());
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    /// [`JournalError`] when it cannot be made or read.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, JournalError> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(JournalError::at(&folder))?;
        Ok(Self { folder: Arc::new(folder) })
    }

    /// Its folder.
    ///
    /// ```
    /// use evergreen_sdk::client::Journal;
    ///
    /// # let folder = tempfile::tempdir()?;
    /// let journal = Journal::open(folder.path().join("journal"))?;
    /// assert!(journal.folder().ends_with("journal"));
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a transaction is on record: under way, or its outcome not yet taken note of.
    ///
    /// ```
    /// use evergreen_sdk::client::Journal;
    ///
    /// /// Whether a transaction that a log file speaks of still has to be recovered.
    /// fn is_open(journal: &Journal, signature: &str) -> bool {
    ///     journal.has(signature)
    /// }
    /// # let folder = tempfile::tempdir()?;
    /// # let signature = "5VERv8NMvzbJMEkV8xnrLkEaWRtSz9CosKDYjCJjBRnbJLgp8uirBgmQpjKhoR4tjF3ZpRzrFmBV6UjKdiSZkQUW";
    /// assert!(!is_open(&Journal::open(folder.path())?, signature), "struck out, or never sent");
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    pub fn has(&self, signature: &str) -> bool {
        self.folder.join(format!("{signature}.{COMPLETE}")).exists()
    }

    /// Writes a transaction down; when this returns it is on disk.
    pub(super) fn write(
        &self,
        label: &str,
        transaction: &VersionedTransaction,
        last_valid: u64,
        genesis: &Hash,
    ) -> Result<Entry, JournalError> {
        let signature = transaction.signatures.first().copied().unwrap_or_default().to_string();
        let path = self.folder.join(format!("{signature}.{COMPLETE}"));
        let draft = self.folder.join(format!("{signature}.draft"));
        let bytes = bincode::serialize(transaction).map_err(|error| io::Error::other(error.to_string()));
        let record = Record {
            label: label.to_owned(),
            signature,
            blockhash: transaction.message.recent_blockhash().to_string(),
            last_valid,
            genesis: genesis.to_string(),
            written_at: unix_now(),
            transaction: hex::encode(bytes.map_err(JournalError::at(&path))?),
        };
        let mut file = File::create(&draft).map_err(JournalError::at(&draft))?;
        let mut complete = || -> io::Result<()> {
            // The lock belongs to the file, not to its name.
            file.lock()?;
            file.write_all(&serde_json::to_vec(&record)?)?;
            file.sync_all()?;
            fs::rename(&draft, &path)?;
            File::open(&*self.folder)?.sync_all()
        };
        complete().map_err(JournalError::at(&path))?;
        Ok(Entry { path, _file: file })
    }

    /// Entries whose process has ended, the oldest first. What a process did not finish writing was never sent.
    fn abandoned(&self) -> Result<Vec<(Entry, Record)>, JournalError> {
        let mut found = Vec::new();
        for item in fs::read_dir(&*self.folder).map_err(JournalError::at(&self.folder))? {
            let path = item.map_err(JournalError::at(&self.folder))?.path();
            if path.extension().is_none_or(|ending| ending != COMPLETE) {
                continue;
            }
            let mut file = match File::open(&path) {
                Ok(file) => file,
                // Its owner has just struck it out.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(JournalError::at(&path)(error)),
            };
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(JournalError::at(&path)(error)),
            }
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(JournalError::at(&path))?;
            if !path.exists() {
                continue;
            }
            let record: Record = serde_json::from_str(&text)
                .map_err(|error| JournalError { path: path.clone(), source: error.into() })?;
            found.push((Entry { path, _file: file }, record));
        }
        found.sort_by_key(|(_, record)| record.written_at);
        Ok(found)
    }
}

fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

/// What is in a record, as types.
struct Known {
    signature: Signature,
    blockhash: Hash,
    genesis: Hash,
    transaction: VersionedTransaction,
}

impl Known {
    fn of(record: &Record, path: &Path) -> Result<Self, JournalError> {
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
/// use evergreen_sdk::client::{Journal, Outcome, Pursuit, SendOptions};
///
/// let client = client.with_journal(Journal::open("journal")?);
/// let before = client.recover(&SendOptions::default(), |_| Pursuit::Wait).await?;
/// let done = before.iter().filter(|found| matches!(found.outcome, Outcome::Landed { .. })).count();
/// println!("{done} of {} transactions had been done", before.len());
/// # Ok(())
/// # }
/// ```
impl Client {
    /// Finds out what became of the transactions that interrupted processes had under way; `pursuit` says by their labels how far
    /// to go for it. Entries of other networks, and of processes that live, are left alone. Without a journal there is nothing
    /// to find.
    ///
    /// ```no_run
    /// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
    /// use evergreen_sdk::client::{Outcome, Pursuit, SendOptions};
    ///
    /// // Deposits are seen through; the rest is looked up once.
    /// let pursuit = |label: &str| if label.starts_with("deposit") { Pursuit::Resend } else { Pursuit::Look };
    /// for found in client.recover(&SendOptions::default(), pursuit).await? {
    ///     if let Outcome::Landed { slot } = found.outcome {
    ///         println!("`{}` was done in slot {slot}", found.label);
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// [`SendError::Unknown`] when the network does not answer for as long as the options' patience, [`SendError::Journal`].
    pub async fn recover(
        &self,
        options: &SendOptions,
        pursuit: impl Fn(&str) -> Pursuit,
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
                Pursuit::Look => self.outcome(&known, &record, options).await?.unwrap_or(Outcome::UnderWay),
                pursuit => self.await_outcome(&known, &record, options, pursuit == Pursuit::Resend).await?,
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
        let mut silent_since: Option<tokio::time::Instant> = None;
        let mut next_send = tokio::time::Instant::now();
        loop {
            if resend && tokio::time::Instant::now() >= next_send {
                self.send_once(&known.transaction).await;
                next_send = tokio::time::Instant::now() + options.resend;
            }
            match self.outcome(known, record, options).await {
                Ok(Some(outcome)) => return Ok(outcome),
                Ok(None) => silent_since = None,
                Err(error) => {
                    let since = *silent_since.get_or_insert_with(tokio::time::Instant::now);
                    if since.elapsed() > options.patience {
                        return Err(SendError::Unknown { signature: known.signature, source: Box::new(error) });
                    }
                }
            }
            sleep(options.poll).await;
        }
    }

    /// The outcome, if it is known by now. Height before status: what is not there at a height beyond its last one never will be.
    async fn outcome(
        &self,
        known: &Known,
        record: &Record,
        options: &SendOptions,
    ) -> Result<Option<Outcome>, ClientError> {
        let doing = "looking up a transaction of the journal";
        let height = self.rpc().get_block_height_with_commitment(CommitmentConfig::confirmed()).await;
        let height = height.map_err(ClientError::rpc(doing))?;
        let statuses = self.rpc().get_signature_statuses_with_history(&[known.signature]).await;
        let status = statuses.map_err(ClientError::rpc(doing))?.value.into_iter().next().flatten();
        if let Some(status) = status {
            let landed = status.satisfies_commitment(options.commitment);
            return Ok(match status.err {
                Some(error) => Some(Outcome::Failed(error)),
                None => landed.then_some(Outcome::Landed { slot: status.slot }),
            });
        }
        if height > record.last_valid {
            return Ok(Some(Outcome::Expired));
        }
        // A network that was started anew counts its blocks from the beginning.
        let age = unix_now().saturating_sub(record.written_at);
        if age > FORGOTTEN.as_secs() {
            let valid = self.rpc().is_blockhash_valid(&known.blockhash, CommitmentConfig::confirmed()).await;
            if !valid.map_err(ClientError::rpc(doing))? {
                return Ok(Some(Outcome::Expired));
            }
        }
        Ok(None)
    }
}

#[cfg(test)]
mod tests;
