//! Paths of the compiled programs.

use std::path::{Path, PathBuf};

/// Returns the path of the compiled program `name` (`evergreen`, `evergreen_vm_probe`, `evergreen_pyth_standin`, `evergreen_hook`).
///
/// # Panics
/// If it has not been built; the message says how to build it.
pub fn elf_path(name: &str) -> PathBuf {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy").join(name).with_extension("so");
    assert!(path.is_file(), "{} is missing. Build it first: cargo xtask build --probe", path.display());
    path
}
