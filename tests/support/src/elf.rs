//! Paths of the compiled programs.

use std::path::{Path, PathBuf};

/// Folder whose programs are tested in the place of those that were built last (`cargo xtask mutants`).
const FOLDER: &str = "EVERGREEN_PROGRAMS";

/// Returns the path of the compiled program `name` (`evergreen`, `evergreen_vm_probe`, `evergreen_pyth_standin`, `evergreen_hook`).
///
/// # Panics
/// If it has not been built; the message says how to build it.
pub fn elf_path(name: &str) -> PathBuf {
    let built = || Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy");
    let folder = std::env::var_os(FOLDER).map_or_else(built, PathBuf::from);
    let path = folder.join(name).with_extension("so");
    assert!(path.is_file(), "{} is missing. Build it first: cargo xtask build --probe", path.display());
    path
}
