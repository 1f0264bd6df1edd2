//! Compiling programs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use super::toolchain::Toolchain;
use crate::{command, paths, steps::step};

/// A program of this workspace.
#[derive(Clone, Copy)]
pub struct Program {
    /// Name of its package.
    pub package: &'static str,
    /// Name of its library, and of the ELF file without its ending.
    pub library: &'static str,
}

/// The program that is released.
pub const EVERGREEN: Program = Program { package: "evergreen", library: "evergreen" };
/// A program for tests: runs arithmetic on the machine. It is never part of a release.
pub const PROBE: Program = Program { package: "evergreen-vm-probe", library: "evergreen_vm_probe" };

/// Compiles the programs into the deploy folder and returns their paths.
pub fn build(programs: &[Program]) -> Result<Vec<PathBuf>> {
    let toolchain = Toolchain::get()?;
    programs.iter().map(|program| build_one(&toolchain, *program)).collect()
}

fn build_one(toolchain: &Toolchain, program: Program) -> Result<PathBuf> {
    let target_dir = paths::root().join("target/sbf").join(toolchain.key()?);
    fs::create_dir_all(&target_dir).with_context(|| format!("creating {}", target_dir.display()))?;
    let library = format!("lib{}.so", program.library);
    let mut cargo = toolchain.cargo_build(&target_dir, &library, paths::root())?;
    cargo.args(["-p", program.package, "--target-dir"]).arg(&target_dir);
    command::run(&mut cargo)?;
    let built = target_dir.join("sbpf-solana/release").join(&library);
    let size = fs::metadata(&built).with_context(|| format!("{} was not built", built.display()))?.len();
    ensure!(size > 0, "{} is empty: the program asks for no shared library", built.display());
    let deployed = paths::deploy_dir().join(format!("{}.so", program.library));
    deploy(&built, &deployed)?;
    eprintln!("  {} ({size} bytes)", deployed.display());
    Ok(deployed)
}

/// Copies the ELF unless the same is there already, so that its time of change means something.
fn deploy(built: &Path, deployed: &Path) -> Result<()> {
    let new = fs::read(built).with_context(|| format!("reading {}", built.display()))?;
    if fs::read(deployed).is_ok_and(|old| old == new) {
        return Ok(());
    }
    step("putting the program in place", || {
        let dir = paths::deploy_dir();
        fs::create_dir_all(&dir).with_context(|| format!("creating {}", dir.display()))?;
        let draft = deployed.with_extension("so.draft");
        fs::write(&draft, &new)?;
        fs::rename(&draft, deployed)?;
        Ok(())
    })
}
