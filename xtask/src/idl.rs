//! The program's interface description (IDL), for clients in other languages and for explorers.
//!
//! Anchor's crate compiles the program in a special mode and runs it to make the description. Because that crate is slow to compile, it is
//! part of this tool only behind a feature. The chore compiles a second copy of the tool with the feature, and runs that copy.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::{
    command::{answer, cargo, command, run},
    paths, system,
};

const FILE: &str = "sdk/idl/evergreen.json";
/// The command of the second copy, which prints the description.
pub const PRINT: &str = "idl-print";

/// Writes the description into the repository unless it is up to date.
pub fn write() -> Result<()> {
    let idl = make()?;
    let path = paths::root().join(FILE);
    if fs::read_to_string(&path).is_ok_and(|now| now == idl) {
        eprintln!("  {FILE} is up to date");
        return Ok(());
    }
    if let Some(dir) = path.parent() {
        fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
    }
    fs::write(&path, idl).with_context(|| format!("writing {}", path.display()))?;
    eprintln!("  {FILE} is written");
    Ok(())
}

/// Fails if the description in the repository differs from the program's.
pub fn check() -> Result<()> {
    let idl = make()?;
    let kept = fs::read_to_string(paths::root().join(FILE)).with_context(|| format!("reading {FILE}"))?;
    if kept != idl {
        bail!("{FILE} differs from the program; `cargo xtask idl` writes it");
    }
    eprintln!("  {FILE} is up to date");
    Ok(())
}

fn make() -> Result<String> {
    system::setup()?;
    let dir = paths::root().join("target/idl/tool");
    run(cargo()
        .args(["build", "--locked", "-p", "xtask", "--features", "idl", "--target-dir"])
        .arg(&dir)
        .current_dir(paths::root()))?;
    // The copy is started directly, because `cargo run` sets a variable that makes Anchor's crate fail. Cargo's progress appears on
    // standard error.
    eprintln!("  compiling the program for its interface description");
    answer(command(dir.join("debug/xtask")).arg(PRINT))
}

/// Prints the description; only the second copy of the tool can do this.
#[cfg(feature = "idl")]
pub fn print() -> Result<()> {
    let target = paths::root().join("target/idl/program");
    let idl = anchor_lang_idl::build::IdlBuilder::new()
        .program_path(paths::root().join("programs/evergreen"))
        .cargo_args(vec![
            "--locked".to_string(),
            "--lib".to_string(),
            "--target-dir".to_string(),
            target.display().to_string(),
        ])
        .build()
        .context("building the interface description")?;
    println!("{}", serde_json::to_string_pretty(&idl)?);
    Ok(())
}

/// Fails, because only the second copy of the tool can print the description.
#[cfg(not(feature = "idl"))]
pub fn print() -> Result<()> {
    bail!("this tool was compiled without the feature `idl`: run `cargo xtask idl`")
}
