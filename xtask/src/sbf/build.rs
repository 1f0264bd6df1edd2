//! Compiles programs for the virtual machine and checks their stack frames.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};

use super::{
    elf::{self, FRAME},
    platform::Platform,
    toolchain::Toolchain,
};
use crate::{command, paths};

/// A program of this workspace.
#[derive(Clone, Copy)]
pub struct Program {
    /// Name of its package.
    package: &'static str,
    /// Name of its library, and of the ELF file without its ending.
    library: &'static str,
    /// Folder of its package in the workspace.
    folder: &'static str,
}

impl Program {
    /// Returns the name of its package.
    pub const fn package(&self) -> &'static str {
        self.package
    }

    /// Returns the name of its library.
    pub const fn library(&self) -> &'static str {
        self.library
    }
}

/// The program that is released.
pub const EVERGREEN: Program = Program { package: "evergreen", library: "evergreen", folder: "programs/evergreen" };
/// A program for tests, which runs arithmetic on the virtual machine. It is never part of a release.
pub const PROBE: Program =
    Program { package: "evergreen-vm-probe", library: "evergreen_vm_probe", folder: "tests/vm-probe" };
/// A program for tests, which stands in for Pyth's programs on a local network. It is never part of a release.
pub const STANDIN: Program =
    Program { package: "evergreen-pyth-standin", library: "evergreen_pyth_standin", folder: "tests/pyth-standin" };
/// A program for tests: a transfer hook. It is never part of a release.
pub const HOOK: Program = Program { package: "evergreen-hook", library: "evergreen_hook", folder: "tests/hook" };

/// Compiles the programs into the deploy folder.
pub fn build(programs: &[Program]) -> Result<()> {
    if let Some(platform) = Platform::find()? {
        eprintln!("  building with {}", platform.version());
        for program in programs {
            let folder = paths::root().join(program.folder);
            platform.build(&folder, &paths::deploy_dir())?;
            report(&paths::deploy_dir().join(format!("{}.so", program.library)))?;
        }
        return Ok(());
    }
    let toolchain = Toolchain::get()?;
    for program in programs {
        let elf = build_one(&toolchain, *program)?;
        report(&elf)?;
    }
    Ok(())
}

/// Prints the size of a program and the depth of its stack frames; fails if a frame is too deep.
pub(super) fn report(elf: &Path) -> Result<()> {
    let measures = elf::measure(elf)?;
    let shown = elf.strip_prefix(paths::root()).unwrap_or(elf);
    eprintln!(
        "  {}: {} bytes, SBPF v{}, deepest stack frame {} of {FRAME} bytes",
        shown.display(),
        measures.size,
        measures.version,
        measures.deepest_frame
    );
    Ok(())
}

fn build_one(toolchain: &Toolchain, program: Program) -> Result<PathBuf> {
    let key = toolchain.key()?;
    let sbf = paths::root().join("target/sbf");
    let target_dir = sbf.join(&key);
    if !target_dir.exists() {
        remove_others(&sbf, &key)?;
    }
    fs::create_dir_all(&target_dir).with_context(|| format!("creating {}", target_dir.display()))?;
    let library = format!("lib{}.so", program.library);
    let release = target_dir.join("sbpf-solana/release");
    let mut cargo = toolchain.cargo_build(&target_dir, &library, paths::root())?;
    cargo.args(["-p", program.package, "--target-dir"]).arg(&target_dir);
    let log = release.join("deps").join(format!("{library}.log"));
    let result = command::run(&mut cargo);
    explain_stack_overflow(&log, result.is_err())?;
    result?;
    let built = release.join(&library);
    let size = fs::metadata(&built).with_context(|| format!("{} was not built", built.display()))?.len();
    ensure!(size > 0, "{} is empty: the linker was not called for it", built.display());
    let deployed = paths::deploy_dir().join(format!("{}.so", program.library));
    deploy(&built, &deployed)?;
    Ok(deployed)
}

/// Compiles the released program of a copy of the sources, and returns its ELF file. What is compiled lies in a folder of its own, which begins as a copy of that
/// of the checkout, so the dependencies are compiled once and no fault of the copy gets into the checkout's program.
pub fn build_copy(toolchain: &Toolchain, sources: &Path, target_dir: &Path) -> Result<PathBuf> {
    let work = paths::root().join("target/sbf").join(toolchain.key()?);
    if !target_dir.exists() {
        command::run(command::command("cp").arg("-a").args([&work, target_dir]))?;
    }
    let library = format!("lib{}.so", EVERGREEN.library);
    // The flags name the checkout, since other flags would compile everything again.
    let mut cargo = toolchain.cargo_build(&work, &library, paths::root())?;
    command::run(cargo.args(["-p", EVERGREEN.package, "--target-dir"]).arg(target_dir).current_dir(sources))?;
    Ok(target_dir.join("sbpf-solana/release").join(library))
}

/// Compiles a program with a table of the source lines of its instructions, and returns the ELF file. The linker moves no instruction
/// afterwards, because the table would be wrong then; so the program is larger and dearer than the one without, and does the same.
pub fn build_with_lines(toolchain: &Toolchain, program: Program, target_dir: &Path) -> Result<PathBuf> {
    let work = paths::root().join("target/sbf").join(toolchain.key()?);
    if !target_dir.exists() && work.exists() {
        command::run(command::command("cp").arg("-a").args([&work, target_dir]))?;
    }
    fs::create_dir_all(target_dir).with_context(|| format!("creating {}", target_dir.display()))?;
    let library = format!("lib{}.so", program.library);
    let mut cargo = toolchain.cargo_build_with_lines(&work, &library, paths::root())?;
    for package in [program.package, "evergreen-math"] {
        cargo.args(["--config", &format!("profile.release.package.{package}.debug=\"line-tables-only\"")]);
    }
    cargo.args(["--config", "profile.release.strip=false"]);
    command::run(cargo.args(["-p", program.package, "--target-dir"]).arg(target_dir))?;
    Ok(target_dir.join("sbpf-solana/release").join(library))
}

/// Removes folders of earlier toolchains.
fn remove_others(sbf: &Path, key: &str) -> Result<()> {
    let Ok(entries) = fs::read_dir(sbf) else { return Ok(()) };
    for entry in entries {
        let path = entry?.path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != key) {
            fs::remove_dir_all(&path).with_context(|| format!("removing {}", path.display()))?;
        }
    }
    Ok(())
}

/// Fails with a plain explanation if the linker has reported stack frames that are too deep.
fn explain_stack_overflow(log: &Path, failed: bool) -> Result<()> {
    let Ok(text) = fs::read_to_string(log) else { return Ok(()) };
    let mut functions: Vec<&str> = text
        .lines()
        .filter(|line| line.contains("stack limit is exceeded") || line.contains("overlaps incoming"))
        .map(|line| line.split("in function ").nth(1).and_then(|rest| rest.split(' ').next()).unwrap_or(line))
        .collect();
    functions.sort_unstable();
    functions.dedup();
    if functions.is_empty() {
        return Ok(());
    }
    // If this build failed before linking, the log may be that of an earlier, failed link.
    let when = if failed { "the last time it was linked, " } else { "" };
    bail!(
        "{when}these functions needed more than the {FRAME} bytes of a stack frame; split them or put large values \
         into a Box:\n  {}",
        functions.join("\n  ")
    )
}

/// Copies the ELF file unless an equal file is there already, so that its modification time is that of the last change.
pub(super) fn deploy(built: &Path, deployed: &Path) -> Result<()> {
    let new = fs::read(built).with_context(|| format!("reading {}", built.display()))?;
    if fs::read(deployed).is_ok_and(|old| old == new) {
        return Ok(());
    }
    let dir = paths::deploy_dir();
    fs::create_dir_all(&dir).with_context(|| format!("creating {}", dir.display()))?;
    let draft = deployed.with_extension("so.draft");
    fs::write(&draft, &new).with_context(|| format!("writing {}", draft.display()))?;
    fs::rename(&draft, deployed).with_context(|| format!("putting {} in place", deployed.display()))
}
