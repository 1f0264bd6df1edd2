//! Solana's own `cargo build-sbf`, where it is installed and works.

use std::{
    env, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::{cache::Cache, front};
use crate::{
    command::{command, output, sha256_text},
    steps::step,
};

/// Manifest of a minimal program, which shows whether the tool finds its compiler and linker.
const TRIAL_MANIFEST: &str = "\
[package]
name = \"trial\"
version = \"0.1.0\"
edition = \"2021\"
[lib]
crate-type = [\"cdylib\"]
[workspace]
";
const TRIAL_SOURCE: &str = "\
#[no_mangle]
pub extern \"C\" fn entrypoint(_input: *mut u8) -> u64 {
    0
}
#[no_mangle]
fn custom_panic(_info: &core::panic::PanicInfo<'_>) {}
";
/// Part of the tool's message about a function that needs more stack than there is. The tool builds the program nevertheless.
const STACK_COMPLAINT: &str = "exceeded max offset";

/// A `cargo build-sbf` that has proved to work.
pub struct Platform {
    tool: PathBuf,
    version: String,
}

impl Platform {
    /// Finds a working tool. A tool that is found for the first time is tried on a small program; the outcome is kept for each version.
    pub fn find() -> Result<Option<Self>> {
        if env::var_os("EVERGREEN_REGISTRY_TOOLCHAIN").is_some() {
            return Ok(None);
        }
        let Some(tool) = tool() else { return Ok(None) };
        let Ok(version) = output(command(&tool).arg("--version")) else {
            eprintln!("  {} does not print its version; the toolchain from package registries is used", tool.display());
            return Ok(None);
        };
        let version = version.split_whitespace().collect::<Vec<_>>().join(" ");
        let cache = Cache::open()?;
        let key: String = sha256_text(&format!("{} {version}", tool.display()))?.chars().take(12).collect();
        let dir = cache.dir().join(format!("trial-{key}"));
        let outcome = dir.join("outcome");
        if !outcome.exists() {
            let result = step("trying the installed cargo build-sbf", || Ok(trial(&tool, &dir)))?;
            let text = result.err().map_or("works".to_string(), |error| format!("{error:#}"));
            fs::write(&outcome, text).context("remembering the outcome of the trial")?;
        }
        if fs::read_to_string(&outcome)? == "works" {
            return Ok(Some(Self { tool, version }));
        }
        eprintln!(
            "  the installed {version} did not work, and the toolchain from package registries is used; the reason is in {}; remove that file to \
             try again",
            outcome.display()
        );
        Ok(None)
    }

    /// Returns the version that the tool has printed.
    pub fn version(&self) -> &str {
        &self.version
    }

    /// Compiles the program in `folder` into `deploy`.
    pub fn build(&self, folder: &Path, deploy: &Path) -> Result<()> {
        let said = run_and_listen(
            command(&self.tool)
                .args(["--arch", "v3", "--manifest-path"])
                .arg(folder.join("Cargo.toml"))
                .arg("--sbf-out-dir")
                .arg(deploy)
                .args(["--", "--locked"]),
        )?;
        if said.contains(STACK_COMPLAINT) {
            bail!("a function needs more stack than a frame has; see above for its name");
        }
        Ok(())
    }
}

/// Returns the tool on the search path that is not the script of [`front`].
fn tool() -> Option<PathBuf> {
    env::split_paths(&env::var_os("PATH")?)
        .map(|dir| dir.join("cargo-build-sbf"))
        .find(|path| path.is_file() && !fs::read(path).is_ok_and(|bytes| front::is_ours(&bytes)))
}

fn trial(tool: &Path, dir: &Path) -> Result<()> {
    fs::create_dir_all(dir.join("src"))?;
    fs::write(dir.join("Cargo.toml"), TRIAL_MANIFEST)?;
    fs::write(dir.join("src/lib.rs"), TRIAL_SOURCE)?;
    output(
        command(tool)
            .args(["--arch", "v3", "--manifest-path"])
            .arg(dir.join("Cargo.toml"))
            .arg("--sbf-out-dir")
            .arg(dir)
            .env_remove("CARGO_TARGET_DIR"),
    )?;
    super::elf::measure(&dir.join("trial.so")).map(drop)
}

/// Runs a command and returns its standard error, because warnings matter even if the command succeeds.
fn run_and_listen(command: &mut Command) -> Result<String> {
    let output = command.stdout(Stdio::inherit()).output().context("starting cargo build-sbf")?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    eprint!("{said}");
    if !output.status.success() {
        bail!("cargo build-sbf failed ({})", output.status);
    }
    Ok(said)
}
