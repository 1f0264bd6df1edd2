//! Paths of the checkout and of the cache outside of it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// Returns the folder of the checkout that this tool was compiled in.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Returns the folder of finished programs, which `cargo build-sbf` and Anchor use too.
pub fn deploy_dir() -> PathBuf {
    root().join("target/deploy")
}

/// Returns the folder of the toolchain and creates it if it does not exist. It is outside of the checkout, so that every clean checkout
/// finds it.
pub fn cache_dir() -> Result<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let dir = if let Some(dir) = set("EVERGREEN_CACHE") {
        dir
    } else if let Some(dir) = set("XDG_CACHE_HOME") {
        dir.join("evergreen")
    } else if let Some(home) = set("HOME") {
        home.join(".cache/evergreen")
    } else {
        bail!("no home folder is known: set EVERGREEN_CACHE to a folder for the toolchain");
    };
    fs::create_dir_all(&dir).with_context(|| format!("creating the cache folder {}", dir.display()))?;
    dir.canonicalize().with_context(|| format!("opening the cache folder {}", dir.display()))
}
