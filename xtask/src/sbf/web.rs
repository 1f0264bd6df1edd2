//! The client library in a page: WebAssembly, with the compiler of the programs and the linker of the host's toolchain.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use super::{cache::Cache, debian::Rust};
use crate::{
    command::{self, command, output},
    paths,
};

const TARGET: &str = "wasm32-unknown-unknown";
/// Nothing draws random numbers; without this flag a crate that could would not compile.
const FLAGS: &str = "--cfg\u{1f}getrandom_backend=\"unsupported\"";

/// Compiles the crate `evergreen-web` and returns the path of the module, as the linker leaves it.
pub fn build() -> Result<PathBuf> {
    let (rust, linker) = (Rust::get(&Cache::open()?)?, linker()?);
    let target = paths::root().join("target/web");
    fs::create_dir_all(&target).with_context(|| format!("creating {}", target.display()))?;
    let mut cargo = rust.cargo();
    cargo
        .args(["rustc", "--locked", "--profile", "web", "-p", "evergreen-web", "--lib", "--crate-type", "cdylib"])
        .args(["--target", TARGET, "-Zbuild-std=std,panic_abort", "-Zbuild-std-features=", "--target-dir"])
        .arg(&target)
        .env("RUSTC_BOOTSTRAP", "1")
        // The library as it is: a page has an allocator, and no programs' machine.
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", rust.library())
        .env("CARGO_ENCODED_RUSTFLAGS", FLAGS)
        .env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker)
        .env_remove("CARGO_TARGET_DIR")
        .current_dir(paths::root());
    command::run(&mut cargo)?;
    let module = target.join(TARGET).join("web/evergreen_web.wasm");
    ensure!(module.is_file(), "{} was not built", module.display());
    Ok(module)
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
