//! Where things are: the checkout and the cache outside it.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail};

/// The checkout this tool was compiled in.
pub fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap_or(Path::new("."))
}

/// Where finished programs are put, as `cargo build-sbf` and Anchor do.
pub fn deploy_dir() -> PathBuf {
    root().join("target/deploy")
}

/// The folder the toolchain is kept in. It is outside the checkout, so that a clean checkout finds it again.
pub fn cache_dir() -> Result<PathBuf> {
    let set = |name: &str| env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let dir = if let Some(dir) = set("EVERGREEN_CACHE") {
        dir
    } else if let Some(dir) = set("XDG_CACHE_HOME") {
        dir.join("evergreen")
    } else if let Some(home) = set("HOME") {
        home.join(".cache/evergreen")
    } else {
        bail!("no home folder is known; say where the toolchain may be kept with EVERGREEN_CACHE");
    };
    fs::create_dir_all(&dir).with_context(|| format!("creating the cache folder {}", dir.display()))?;
    dir.canonicalize().with_context(|| format!("opening the cache folder {}", dir.display()))
}
