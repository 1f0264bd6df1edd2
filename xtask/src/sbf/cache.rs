//! Parts of the toolchain in the cache. Each is in a folder whose name has the hash of its inputs.
//!
//! A part is made in a temporary folder and moved into place when it is complete, with a stamp that lists the hashes of its important
//! files. A part without a stamp, or with files that do not match it, is made again.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};

use crate::{
    command::{sha256_file, sha256_text},
    paths, steps,
};

const STAMP: &str = "complete";

/// The locked cache. The lock keeps two runs from writing the same folders at a time.
pub struct Cache {
    dir: PathBuf,
    _lock: File,
}

impl Cache {
    /// Opens the cache and waits until no other run has locked it.
    pub fn open() -> Result<Self> {
        let dir = paths::cache_dir()?;
        let path = dir.join("lock");
        let lock = File::options()
            .create(true)
            .append(true)
            .open(&path)
            .with_context(|| format!("opening {}", path.display()))?;
        if lock.try_lock().is_err() {
            steps::step("waiting for another set-up to finish", || lock.lock().context("locking the cache"))?;
        }
        Ok(Self { dir, _lock: lock })
    }

    /// Returns the folder of the cache.
    pub fn dir(&self) -> &Path {
        &self.dir
    }

    /// Returns the folder of a part, after calling `make` if the part is missing or damaged.
    ///
    /// `made_from` describes all inputs that the result depends on; `check` lists the files whose hashes are in the stamp.
    pub fn part(
        &self,
        name: &str,
        made_from: &str,
        check: &[&str],
        make: impl FnOnce(&Path) -> Result<()>,
    ) -> Result<PathBuf> {
        let key: String = sha256_text(made_from)?.chars().take(12).collect();
        let dir = self.dir.join(format!("{name}-{key}"));
        if verify(&dir, check) {
            return Ok(dir);
        }
        if dir.exists() {
            eprintln!("  {} is damaged or incomplete and is made again", dir.display());
            fs::remove_dir_all(&dir).with_context(|| format!("removing {}", dir.display()))?;
        }
        // The folder's path may get into the files, so the temporary name differs only in its ending.
        let draft = self.dir.join(format!("{name}-{key}.draft"));
        if draft.exists() {
            fs::remove_dir_all(&draft).with_context(|| format!("removing {}", draft.display()))?;
        }
        fs::create_dir_all(&draft).with_context(|| format!("creating {}", draft.display()))?;
        make(&draft)?;
        let stamp = stamp(&draft, check)?;
        fs::write(draft.join(STAMP), stamp).context("writing the stamp")?;
        fs::rename(&draft, &dir).with_context(|| format!("moving {} into place", dir.display()))?;
        Ok(dir)
    }
}

/// Removes all parts from the cache.
pub fn clean() -> Result<()> {
    let dir = paths::cache_dir()?;
    let cache = Cache::open()?;
    // Only parts are removed, because the variable may point at a folder that has other files as well.
    for entry in fs::read_dir(&dir).with_context(|| format!("reading {}", dir.display()))? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else {
            continue;
        };
        if path.is_dir() && PARTS.iter().any(|part| name.starts_with(part)) {
            fs::remove_dir_all(&path).with_context(|| format!("removing {}", path.display()))?;
            eprintln!("  removed {}", path.display());
        }
    }
    drop(cache);
    Ok(())
}

/// Beginnings of the names of all parts.
const PARTS: &[&str] = &["rust-", "std-", "linker-", "front-", "trial-", "deny-", "node-", "npm-", "chromium-"];

fn stamp(dir: &Path, check: &[&str]) -> Result<String> {
    let mut text = String::new();
    for file in check {
        let path = dir.join(file);
        ensure!(path.is_file(), "{} should have been made", path.display());
        text += &format!("{} {file}\n", sha256_file(&path)?);
    }
    if text.is_empty() {
        bail!("nothing to check in {}", dir.display());
    }
    Ok(text)
}

fn verify(dir: &Path, check: &[&str]) -> bool {
    match (fs::read_to_string(dir.join(STAMP)), stamp(dir, check)) {
        (Ok(kept), Ok(now)) => kept == now,
        _ => false,
    }
}
