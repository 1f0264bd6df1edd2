//! A journal of pending transactions on disk, from which their outcomes can be found after an interruption.

mod recover;

pub use recover::{Interrupted, RecoveryMode, RecoveryOutcome};

use super::{JournalError, numbered::Numbered};
use crate::atomic_file;
use serde::{Deserialize, Serialize};
use solana_hash::Hash;
use solana_transaction::versioned::VersionedTransaction;
use std::{
    fs::{self, File, TryLockError},
    io::{self, Read, Write},
    path::{Path, PathBuf},
    sync::Arc,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// File name extension of complete entries.
const COMPLETE: &str = "json";
/// Age from which a transaction can no longer land if the network does not know its blockhash. A blockhash is valid for one to two
/// minutes.
const FORGOTTEN: Duration = Duration::from_secs(300);

/// A folder with one file for every pending transaction.
///
/// A client [with a journal](super::Client::with_journal) writes an entry to disk before it sends a transaction for the first time.
/// It removes the entry when the transaction has expired or failed, or, if it has landed, when the
/// [`Confirmed`](super::Confirmed) is dropped. A process that ends at any point thus leaves entries of the transactions whose outcome
/// it has not reported, and [`Client::recover`](super::Client::recover) finds out their outcomes.
///
/// Several processes may share a folder: an entry is locked while its process runs.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::client::{Journal, RecoveryOutcome, RecoveryMode, SendOptions};
///
/// let client = client.with_journal(Journal::open("journal")?);
/// for found in client.recover(&SendOptions::default(), |_| RecoveryMode::Wait).await? {
///     match found.outcome {
///         RecoveryOutcome::Confirmed { slot } => println!("`{}` was done after all, in slot {slot}", found.label),
///         RecoveryOutcome::Failed(error) => println!("`{}` failed: {error}", found.label),
///         RecoveryOutcome::Expired => println!("`{}` was not done and never will be", found.label),
///         RecoveryOutcome::Taken => println!("`{}` was done, or another command that took its number", found.label),
///         RecoveryOutcome::UnderWay => unreachable!("recovery has waited for the outcome"),
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

/// The content of an entry.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Record {
    /// Label that the sender gave the transaction.
    label: String,
    /// Signature, base58.
    signature: String,
    /// Blockhash over which the transaction is signed, base58.
    blockhash: String,
    /// Last block height at which the transaction can land.
    last_valid: u64,
    /// Genesis hash of the network, base58.
    genesis: String,
    /// Time of the machine's clock, unix seconds.
    written_at: u64,
    /// The number that the chain compares, if the transaction names one.
    #[serde(default)]
    numbered: Option<Numbered>,
    /// The whole signed transaction, hexadecimal.
    transaction: String,
}

/// An entry that this process has locked.
#[derive(Debug)]
pub(super) struct Entry {
    path: PathBuf,
    /// Open file that holds the lock.
    _file: File,
}

/// An entry whose outcome is known; its file is removed when this value is dropped.
#[derive(Debug)]
pub(super) struct Settled(Option<Entry>);

impl Drop for Settled {
    fn drop(&mut self) {
        // A panic keeps the outcome from being told. If a file cannot be removed, recovery finds the entry again, with the same
        // outcome.
        if std::thread::panicking() {
            return;
        }
        if let Some(entry) = &self.0 {
            let _ = fs::remove_file(&entry.path);
        }
    }
}

impl Entry {
    pub(super) const fn settled(self) -> Settled {
        Settled(Some(self))
    }
}

impl Settled {
    /// Leaves the file for a later recovery.
    fn keep(mut self) {
        self.0 = None;
    }
}

impl Journal {
    /// Opens a folder, and creates it if it is missing.
    ///
    /// # Errors
    /// [`JournalError`] when the folder cannot be created.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, JournalError> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(JournalError::at(&folder))?;
        Ok(Self { folder: Arc::new(folder) })
    }

    /// Returns the folder of the journal.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Tells whether the journal has an entry of a transaction: it is pending, or its outcome is not yet acknowledged.
    pub fn has(&self, signature: &str) -> bool {
        self.folder.join(format!("{signature}.{COMPLETE}")).exists()
    }

    /// Tells whether a process that has ended has left an entry with a wanted label, whose outcome nobody has been told.
    ///
    /// # Errors
    /// [`JournalError`] when the folder or an entry cannot be read.
    pub fn has_abandoned(&self, is_wanted: impl Fn(&str) -> bool) -> Result<bool, JournalError> {
        Ok(!self.abandoned(is_wanted)?.is_empty())
    }

    /// Writes the entry of a transaction, which is on disk when this returns.
    pub(super) fn write(
        &self,
        label: &str,
        transaction: &VersionedTransaction,
        last_valid: u64,
        genesis: &Hash,
        numbered: Option<&Numbered>,
    ) -> Result<Entry, JournalError> {
        let signature = transaction.signatures.first().copied().unwrap_or_default().to_string();
        let path = self.folder.join(format!("{signature}.{COMPLETE}"));
        let bytes = bincode::serialize(transaction).map_err(|error| io::Error::other(error.to_string()));
        let record = Record {
            label: label.to_owned(),
            signature,
            blockhash: transaction.message.recent_blockhash().to_string(),
            last_valid,
            genesis: genesis.to_string(),
            written_at: unix_now(),
            numbered: numbered.cloned(),
            transaction: hex::encode(bytes.map_err(JournalError::at(&path))?),
        };
        let file = atomic_file::replace(&path, |file| {
            // The lock belongs to the file, not to its name.
            file.lock()?;
            file.write_all(&serde_json::to_vec(&record)?)
        });
        let file = file.map_err(JournalError::at(&path))?;
        Ok(Entry { path, _file: file })
    }

    /// Returns the entries with a wanted label whose process has ended, the oldest first. A transaction whose entry is incomplete was
    /// never sent. Other entries are not locked, not even for a moment, so that whoever wants them finds them.
    fn abandoned(&self, is_wanted: impl Fn(&str) -> bool) -> Result<Vec<(Entry, Record)>, JournalError> {
        let mut found = Vec::new();
        for item in fs::read_dir(&*self.folder).map_err(JournalError::at(&self.folder))? {
            let path = item.map_err(JournalError::at(&self.folder))?.path();
            if path.extension().is_none_or(|ending| ending != COMPLETE) {
                continue;
            }
            let mut file = match File::open(&path) {
                Ok(file) => file,
                // Its process has just removed it.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(JournalError::at(&path)(error)),
            };
            let mut text = String::new();
            file.read_to_string(&mut text).map_err(JournalError::at(&path))?;
            let record: Record = serde_json::from_str(&text)
                .map_err(|error| JournalError { path: path.clone(), source: error.into() })?;
            if !is_wanted(&record.label) {
                continue;
            }
            match file.try_lock() {
                Ok(()) => {}
                Err(TryLockError::WouldBlock) => continue,
                Err(TryLockError::Error(error)) => return Err(JournalError::at(&path)(error)),
            }
            if !path.exists() {
                continue;
            }
            found.push((Entry { path, _file: file }, record));
        }
        found.sort_by_key(|(_, record)| record.written_at);
        Ok(found)
    }
}

fn unix_now() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_secs())
}

#[cfg(test)]
mod tests;
