//! Tells which lines and branches of the program its tests execute on the virtual machine.

use std::{ffi::OsString, fs, path::Path};

use anyhow::{Context, Result};

use crate::{
    chores,
    command::run,
    paths,
    sbf::{build, toolchain::Toolchain},
    system,
};

/// The programs, which `tests/support/src/elf.rs` looks for.
const PROGRAMS: &str = "EVERGREEN_PROGRAMS";
/// Folder of the notes of what is executed (`tests/src/coverage.rs`).
const NOTES: &str = "EVERGREEN_COVERAGE";
/// The page that has the table.
const DOCUMENT: &str = "docs/coverage.md";

/// Runs the tests of the program that `arguments` choose, all if there are none, on a program with a table of its source lines; writes the page, and
/// `lcov.info` and `missing.txt` in `target/coverage`. A test that fails is told and counts: the program with the table is dearer than the released one,
/// so tests of budgets fail.
pub fn run_tests(arguments: &[OsString]) -> Result<()> {
    system::setup()?;
    let out = paths::root().join("target/coverage");
    let programs = emptied(&out.join("programs"))?;
    let notes = emptied(&out.join("notes"))?;
    let toolchain = Toolchain::get()?;
    // A machine that notes what is executed loads no program without symbols, so all of them are compiled so.
    for program in [build::EVERGREEN, build::PROBE, build::STANDIN, build::HOOK] {
        let elf = build::build_with_lines(&toolchain, program, &out.join("sbf"))?;
        let name = format!("{}.so", program.library());
        fs::copy(&elf, programs.join(&name)).with_context(|| format!("copying {name}"))?;
    }
    let tests = run(chores::tests_of_the_program()
        .args(["--features", "evergreen-tests/coverage", "--test", "program", "--no-fail-fast", "--"])
        .args(arguments)
        .env(PROGRAMS, &programs)
        .env(NOTES, &notes));
    if let Err(error) = tests {
        eprintln!("  {error:#}; what they executed counts");
    }
    run(chores::workspace("run")
        .args(["--locked", "--quiet", "-p", "evergreen-coverage", "--"])
        .args([&programs.join("evergreen.so"), &notes])
        .arg(paths::root())
        .args([&out, &paths::root().join(DOCUMENT)]))
}

/// Returns the folder, which is empty.
fn emptied(folder: &Path) -> Result<std::path::PathBuf> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    Ok(folder.to_path_buf())
}
