//! A copy of the checkout in which faults are planted, so that the checkout itself never has one.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result};

use crate::{
    command::{command, output},
    paths,
};

/// A copy of all files of the checkout that git does not ignore.
pub struct Tree {
    root: PathBuf,
}

impl Tree {
    /// Makes the copy of this name, or brings it up to date. Files that are as before keep their times, so little is compiled again.
    pub fn make(name: &str) -> Result<Self> {
        let root = paths::root().join("target/mutants").join(name);
        let mut git = command("git");
        let listed = output(git.args(["ls-files", "-co", "--exclude-standard"]).current_dir(paths::root()))?;
        let mut kept = std::collections::BTreeSet::new();
        for path in listed.lines() {
            let from = paths::root().join(path);
            let Ok(bytes) = fs::read(&from) else { continue };
            kept.insert(root.join(path));
            let to = root.join(path);
            if fs::read(&to).is_ok_and(|old| old == bytes) {
                continue;
            }
            let folder = to.parent().context("a file in a folder")?;
            fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
            fs::write(&to, bytes).with_context(|| format!("writing {}", to.display()))?;
        }
        remove_others(&root, &kept, &root.join("target"))?;
        Ok(Self { root })
    }

    /// Returns its folder.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// Removes files that the checkout no longer has.
fn remove_others(folder: &Path, kept: &std::collections::BTreeSet<PathBuf>, target: &Path) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() && path != target {
            remove_others(&path, kept, target)?;
        } else if path.is_file() && !kept.contains(&path) {
            fs::remove_file(&path).with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(())
}

/// Returns the commit of the checkout, with a mark where files differ from it.
pub fn commit() -> Result<String> {
    let described =
        output(command("git").args(["describe", "--always", "--dirty", "--exclude=*"]).current_dir(paths::root()))?;
    Ok(described.trim().to_owned())
}
