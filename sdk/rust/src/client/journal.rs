//! Transactions under way, on disk: what a process that was ended in the middle had sent.

mod recover;

pub use recover::{Interrupted, Outcome, RecoveryMode};

use super::JournalError;
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

/// Ending of complete entries.
const COMPLETE: &str = "json";
/// After so long nothing that was signed over a blockhash which the network does not know can land any more: blockhashes live
/// for one to two minutes.
const FORGOTTEN: Duration = Duration::from_secs(300);

/// A folder with one file for every transaction that is under way.
///
/// A client [with a journal](super::Client::with_journal) writes a transaction down, and sees it safely on disk, before it sends it
/// for the first time, and strikes it out when its outcome is known: when it has expired or failed, or, where it has landed,
/// when the [`Confirmed`](super::Confirmed) that tells so is dropped. A process that is ended at any point thus leaves behind what may have
/// landed without anybody having been told, and [`Client::recover`](super::Client::recover) finds out.
///
/// Several processes may share a folder: an entry is locked while its process lives.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::client::{Journal, Outcome, RecoveryMode, SendOptions};
///
/// let client = client.with_journal(Journal::open("journal")?);
/// for found in client.recover(&SendOptions::default(), |_| RecoveryMode::Wait).await? {
///     match found.outcome {
///         Outcome::Confirmed { slot } => println!("`{}` was done after all, in slot {slot}", found.label),
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

impl Journal {
    /// Opens a folder, making it where it is missing.
    ///
    /// # Errors
    /// [`JournalError`] when it cannot be made or read.
    pub fn open(folder: impl Into<PathBuf>) -> Result<Self, JournalError> {
        let folder = folder.into();
        fs::create_dir_all(&folder).map_err(JournalError::at(&folder))?;
        Ok(Self { folder: Arc::new(folder) })
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Whether a transaction is on record: under way, or its outcome not yet taken note of.
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
        let file = atomic_file::replace(&path, |file| {
            // The lock belongs to the file, not to its name.
            file.lock()?;
            file.write_all(&serde_json::to_vec(&record)?)
        });
        let file = file.map_err(JournalError::at(&path))?;
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

#[cfg(test)]
mod tests;
