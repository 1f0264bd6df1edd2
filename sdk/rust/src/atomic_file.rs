//! Files that are replaced atomically: a file is either complete or not there, also after a crash of the process or the machine.
//!
//! ```
//! use evergreen_sdk::atomic_file;
//!
//! # let folder = tempfile::tempdir()?;
//! let path = folder.path().join("state.json");
//! atomic_file::write(&path, b"{}")?;
//! assert_eq!(std::fs::read(&path)?, b"{}");
//! # Ok::<(), std::io::Error>(())
//! ```

use std::{
    fs::File,
    io::{Result, Write},
    path::Path,
};
use tempfile::Builder;

/// Suffix of the names of files that are being written.
const DRAFT: &str = ".draft";

/// Replaces a file by one with this content, or creates it. The content is on disk when this returns, and readers find either
/// the old file or the new one.
///
/// # Errors
/// Fails with the system's error when the folder is missing or cannot be written; the old file is then unchanged.
pub fn write(path: &Path, content: &[u8]) -> Result<()> {
    replace(path, |file| file.write_all(content)).map(drop)
}

/// Does what [`write()`] does, with a function that fills the file, and may lock it, before the file gets its name. Returns the
/// open file.
///
/// # Errors
/// Fails with the function's error or the system's; the old file is then unchanged, unless only the last sync of the folder failed.
pub fn replace(path: &Path, fill: impl FnOnce(&mut File) -> Result<()>) -> Result<File> {
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    let mut builder = Builder::new();
    builder.suffix(DRAFT);
    // Temporary files are private by default. The file shall have the permissions of any file that the process creates.
    #[cfg(unix)]
    builder.permissions(std::os::unix::fs::PermissionsExt::from_mode(0o666));
    let mut draft = builder.tempfile_in(folder)?;
    fill(draft.as_file_mut())?;
    draft.as_file().sync_all()?;
    let file = draft.persist(path)?;
    File::open(folder)?.sync_all()?;
    Ok(file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::fs::TryLockError;
    use std::{fs, io};

    #[test]
    fn a_failure_leaves_the_old_file_and_no_draft() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("state");
        write(&path, b"old").unwrap();
        let failed = replace(&path, |file| {
            file.write_all(b"ne")?;
            Err(io::Error::other("the disk is full"))
        });
        assert_eq!(failed.unwrap_err().to_string(), "the disk is full");
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
        write(&path, b"new").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"new");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn a_file_has_the_permissions_of_any_other() {
        use std::os::unix::fs::PermissionsExt;

        let folder = tempfile::tempdir().unwrap();
        let [ours, plain] = ["ours", "plain"].map(|name| folder.path().join(name));
        write(&ours, b"").unwrap();
        fs::write(&plain, b"").unwrap();
        let [ours, plain] = [ours, plain].map(|path| fs::metadata(path).unwrap().permissions().mode());
        assert_eq!(ours, plain);
    }

    #[test]
    fn a_lock_stays_with_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("locked");
        let kept = replace(&path, |file| file.lock()).unwrap();
        assert!(matches!(File::open(&path).unwrap().try_lock(), Err(TryLockError::WouldBlock)));
        drop(kept);
        assert!(File::open(&path).unwrap().try_lock().is_ok());
    }
}
