//! The edited copy of the standard library's sources.

use std::path::PathBuf;

use anyhow::Result;

use super::{cache::Cache, debian::Rust, std_edits};
use crate::{
    command::{command, output},
    steps::step,
};

/// Returns the folder whose `library` has the edited copy. Its name changes with the edits and the compiler, because cargo would not
/// notice a change of the files.
pub fn get(cache: &Cache, rust: &Rust) -> Result<PathBuf> {
    let made_from = format!("{}{}", rust.packages()?, std_edits::fingerprint());
    let check = [
        "library/std/build.rs",
        "library/std/src/panicking.rs",
        "library/std/src/hash/random.rs",
        "library/std/src/sys/alloc/mod.rs",
    ];
    cache.part("std", &made_from, &check, |dir| {
        step("editing a copy of the standard library", || {
            output(command("cp").arg("-a").arg(rust.library()).arg(dir))?;
            std_edits::apply(&dir.join("library"))
        })
    })
}
