//! The state file. It records for people which step was done when, and by which transactions; no step decides by it.

use anyhow::{Context, Result, bail};
use evergreen_sdk::{address, atomic_file};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::{
    fs::{File, TryLockError},
    path::{Path, PathBuf},
};

/// Version of the file's format.
const FORMAT: u32 = 1;

/// A transaction that has landed, or a step that was found complete.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// Number of the step.
    pub step: u16,
    /// Description of the transaction, or name of the complete step.
    pub what: String,
    /// Time on the chain's clock, in unix seconds.
    pub time: i64,
    /// Signature of the transaction; `None` for a complete step.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<String>,
    /// Slot of the transaction, or the slot in which the step was found complete.
    pub slot: u64,
}

/// Contents of the state file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Contents {
    format: u32,
    cluster: String,
    genesis_hash: String,
    program: String,
    complete: Vec<u16>,
    entries: Vec<Entry>,
}

/// A state file. While it is open for writing, no other run can open it.
#[derive(Debug)]
pub struct Record {
    path: PathBuf,
    contents: Contents,
    /// File that is locked but never written to, because the state file itself is replaced by every write.
    _lock: Option<File>,
}

impl Record {
    /// Reads the file if it exists; writes nothing.
    ///
    /// # Errors
    /// Returns an error for a file that cannot be read, is no state file, or is one of another cluster, network or program.
    pub fn read(path: &Path, cluster: &str, genesis_hash: &str) -> Result<Self> {
        let program = address::PROGRAM.to_string();
        let fresh = Contents {
            format: FORMAT,
            cluster: cluster.to_owned(),
            genesis_hash: genesis_hash.to_owned(),
            program,
            complete: Vec::new(),
            entries: Vec::new(),
        };
        let contents = match std::fs::read_to_string(path) {
            Ok(text) => {
                let known: Contents = serde_json::from_str(&text)
                    .with_context(|| format!("{} is no state file of migrations", path.display()))?;
                check(&known, &fresh).with_context(|| format!("the state file {}", path.display()))?;
                known
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => fresh,
            Err(error) => return Err(error).with_context(|| format!("reading the state file {}", path.display())),
        };
        Ok(Self { path: path.to_owned(), contents, _lock: None })
    }

    /// Reads the file as [`Self::read`] does, and locks it against other runs until the record is dropped or the process ends.
    ///
    /// # Errors
    /// Returns the same errors as [`Self::read`], and an error when another run has locked the file.
    pub fn open(path: &Path, cluster: &str, genesis_hash: &str) -> Result<Self> {
        let name = path.with_added_extension("lock");
        let lock = File::create(&name).with_context(|| format!("making {}", name.display()))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => bail!("another run has the state file {}", path.display()),
            Err(TryLockError::Error(error)) => {
                return Err(error).with_context(|| format!("locking {}", name.display()));
            }
        }
        Ok(Self { _lock: Some(lock), ..Self::read(path, cluster, genesis_hash)? })
    }

    /// Path of the file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Entries of the file, in the order in which they were added.
    pub fn entries(&self) -> &[Entry] {
        &self.contents.entries
    }

    /// Adds an entry; a transaction that has an entry already is not added again.
    ///
    /// # Errors
    /// Returns an error when the file cannot be written.
    pub fn add(&mut self, entry: Entry) -> Result<()> {
        if entry.signature.is_some() && self.contents.entries.iter().any(|known| known.signature == entry.signature) {
            return Ok(());
        }
        self.contents.entries.push(entry);
        self.write()
    }

    /// Adds an entry for a complete step, unless the step has one already.
    ///
    /// # Errors
    /// Returns an error when the file cannot be written.
    pub fn complete(&mut self, step: u16, what: &str, time: i64, slot: u64) -> Result<()> {
        if self.contents.complete.contains(&step) {
            return Ok(());
        }
        self.contents.complete.push(step);
        self.add(Entry { step, what: what.to_owned(), time, signature: None, slot })
    }

    fn write(&self) -> Result<()> {
        let failed = || format!("writing the state file {}", self.path.display());
        let mut text = serde_json::to_string_pretty(&self.contents).with_context(failed)?;
        text.push('\n');
        atomic_file::write(&self.path, text.as_bytes()).with_context(failed)
    }
}

fn check(known: &Contents, ours: &Contents) -> Result<()> {
    if known.format != FORMAT {
        bail!("has format {}, this command writes {FORMAT}", known.format);
    }
    for (what, theirs, ours) in [
        ("cluster", &known.cluster, &ours.cluster),
        ("network with the genesis hash", &known.genesis_hash, &ours.genesis_hash),
        ("program", &known.program, &ours.program),
    ] {
        if theirs != ours {
            bail!("is of the {what} {theirs}, not {ours}: name another one with --state");
        }
    }
    Ok(())
}

/// Returns the SHA-256 of a program's bytecode without the zeros at its end, which a deployment may add.
pub(crate) fn bytecode_sha256(bytes: &[u8]) -> [u8; 32] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    Sha256::digest(&bytes[..end]).into()
}

/// Returns the hash of a compiled program in a file; it is comparable with [`crate::program_sha256`].
///
/// # Errors
/// Returns an error when the file cannot be read.
pub fn sha256_of_file(path: &Path) -> Result<[u8; 32]> {
    let bytes = std::fs::read(path).with_context(|| format!("reading {}", path.display()))?;
    Ok(bytecode_sha256(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ENTRY: &str = "create the protocol";

    fn entry() -> Entry {
        Entry { step: 3, what: ENTRY.into(), time: 5, signature: Some("s".into()), slot: 7 }
    }

    #[test]
    fn entries_are_added_once_and_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let mut record = Record::open(&path, "devnet", "hash").unwrap();
        assert!(!path.exists());
        record.add(entry()).unwrap();
        record.add(entry()).unwrap();
        record.complete(3, "protocol", 6, 8).unwrap();
        record.complete(3, "protocol", 7, 9).unwrap();
        drop(record);
        let again = Record::read(&path, "devnet", "hash").unwrap();
        assert_eq!(again.entries().len(), 2);
        assert_eq!(again.entries()[0], entry());
        // The state file and its lock are left, and no temporary file.
        let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|file| file.unwrap().file_name()).collect();
        assert_eq!(names.len(), 2, "{names:?}");
    }

    #[test]
    fn a_state_file_of_something_else_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        Record::open(&path, "devnet", "hash").unwrap().add(entry()).unwrap();
        let words = |cluster, hash| format!("{:#}", Record::read(&path, cluster, hash).unwrap_err());
        assert!(
            words("mainnet", "hash").contains("of the cluster devnet, not mainnet"),
            "{}",
            words("mainnet", "hash")
        );
        assert!(words("devnet", "other").contains("genesis hash hash, not other"), "{}", words("devnet", "other"));
        std::fs::write(&path, "{}").unwrap();
        assert!(words("devnet", "hash").contains("is no state file"), "{}", words("devnet", "hash"));
    }

    #[test]
    fn two_runs_do_not_share_a_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state.json");
        let first = Record::open(&path, "devnet", "hash").unwrap();
        let error = Record::open(&path, "devnet", "hash").unwrap_err().to_string();
        assert!(error.contains("another run has the state file"), "{error}");
        drop(first);
        Record::open(&path, "devnet", "hash").unwrap();
    }

    #[test]
    fn zeros_at_the_end_do_not_count() {
        assert_eq!(bytecode_sha256(&[1, 0, 2, 0, 0]), bytecode_sha256(&[1, 0, 2]));
        assert_ne!(bytecode_sha256(&[1, 0, 2]), bytecode_sha256(&[1, 2]));
        assert_eq!(bytecode_sha256(&[0]), bytecode_sha256(&[]));
    }
}
