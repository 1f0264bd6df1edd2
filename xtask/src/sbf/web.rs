//! The client library in a page: WebAssembly, with the compiler of the programs and the linker of the host's toolchain.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use super::{
    cache::Cache,
    debian::Rust,
    toolchain::{make_executable, write_if_changed},
};
use crate::{
    command::{self, command, output},
    paths,
};

const TARGET: &str = "wasm32-unknown-unknown";
/// Nothing draws random numbers; without this flag a crate that could would not compile.
const FLAGS: &str = "--cfg\u{1f}getrandom_backend=\"unsupported\"";
/// Links two modules, which export what a page calls.
const LINKER: &str = include_str!("web-linker.sh");
const MODULE: &str = "evergreen_web.wasm";

/// The client library as the linker leaves it.
pub struct Modules {
    /// With all calls.
    pub whole: PathBuf,
    /// With the calls of a first visit.
    pub first: PathBuf,
}

/// Compiles the crate `evergreen-web`.
pub fn build() -> Result<Modules> {
    let (rust, linker) = (Rust::get(&Cache::open()?)?, linker()?);
    let target = paths::root().join("target/web");
    fs::create_dir_all(&target).with_context(|| format!("creating {}", target.display()))?;
    let script = target.join("linker.sh");
    let changed = fs::read_to_string(&script).ok().as_deref() != Some(LINKER);
    let built = target.join(TARGET).join("web");
    let modules = Modules { whole: built.join(MODULE), first: target.join("first.wasm") };
    if changed || !modules.first.is_file() {
        // What another linker has made is linked anew.
        for made in [built.join("deps").join(MODULE), modules.whole.clone()] {
            if made.exists() {
                fs::remove_file(&made).with_context(|| format!("removing {}", made.display()))?;
            }
        }
    }
    write_if_changed(&script, LINKER)?;
    make_executable(&script)?;
    let mut cargo = rust.cargo();
    cargo
        .args(["rustc", "--locked", "--profile", "web", "-p", "evergreen-web", "--lib", "--crate-type", "cdylib"])
        .args(["--target", TARGET, "-Zbuild-std=std,panic_abort", "-Zbuild-std-features=", "--target-dir"])
        .arg(&target)
        // For the last crate alone, so that the others are compiled as they were wherever the checkout is.
        .args(["--", &format!("-Clinker={}", script.display())])
        .env("RUSTC_BOOTSTRAP", "1")
        // The library as it is: a page has an allocator, and no programs' machine.
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", rust.library())
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", &linker)
        .env("WASM_LINKER", linker)
        .env("WASM_FIRST", &modules.first)
        .env_remove("CARGO_TARGET_DIR")
        .current_dir(paths::root());
    command::run(&mut cargo)?;
    for module in [&modules.whole, &modules.first] {
        ensure!(module.is_file(), "{} was not built", module.display());
    }
    Ok(modules)
}

/// Finds the linker that every toolchain of rustup brings.
fn linker() -> Result<PathBuf> {
    let sysroot = output(command("rustc").args(["--print", "sysroot"]).current_dir(paths::root()))?;
    let version = output(command("rustc").arg("-vV").current_dir(paths::root()))?;
    let host = version.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let linker = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin/rust-lld");
    ensure!(linker.is_file(), "{} is missing: a toolchain of rustup has it", linker.display());
    Ok(linker)
}
