//! The toolchain made from registries only: where its parts are and how it is called.

use std::{
    env::consts::{ARCH, OS},
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail};

use super::{cache::Cache, debian::Rust, linker, std_source};
use crate::command::sha256_text;

const TARGET: &str = include_str!("target.json");
const LINKER: &str = include_str!("linker.sh");

/// Flags of every build; paths of the machine come besides.
const FLAGS: &[&str] = &[
    "-Cpanic=abort",
    "-Crelocation-model=static",
    // The machine has one thread and no atomic instructions.
    "-Cpasses=lower-atomic",
    "-Clink-arg=--llvm-args=-bpf-stack-size=4096",
    // The machine loads and stores eight bytes at any address. Without this the linker does it byte by byte: a third
    // of all instructions.
    "-Clink-arg=--cpu-features=+allows-misaligned-mem-access",
];

/// A toolchain that is ready to use.
#[derive(Clone)]
pub struct Toolchain {
    rust: Rust,
    linker: PathBuf,
    std_source: PathBuf,
}

impl Toolchain {
    /// Finds the parts in the cache and makes those that are missing.
    pub fn get() -> Result<Self> {
        if (OS, ARCH) != ("linux", "x86_64") {
            bail!(
                "there is no working `cargo build-sbf`, and the toolchain we can put together from package registries \
                 exists for Linux on x86_64 only (this is {OS} on {ARCH}). Install Solana's tools, or use Debian 12 in \
                 a container"
            );
        }
        let cache = Cache::open()?;
        let rust = Rust::get(&cache)?;
        let std_source = std_source::get(&cache, &rust)?;
        let linker = linker::get(&cache)?;
        Ok(Self { rust, linker, std_source })
    }

    /// Changes with the compiler, the edits of the standard library, the linker, the target and the flags.
    pub fn key(&self) -> Result<String> {
        let name = |path: &Path| -> Result<String> {
            let name = path.file_name().with_context(|| format!("{} has no name", path.display()))?;
            Ok(name.to_string_lossy().into_owned())
        };
        let linker = name(self.linker.ancestors().nth(2).context("the linker is in no folder")?)?;
        key(&name(&self.std_source)?, &linker, FLAGS)
    }

    /// The cargo call that compiles one program. The caller adds the package and where to put it.
    ///
    /// `work` is a folder for the target's description and the linker's front; `library` the file name of the
    /// program's library.
    pub fn cargo_build(&self, work: &Path, library: &str, root: &Path) -> Result<Command> {
        let target = work.join("sbpf-solana.json");
        let linker = work.join("linker.sh");
        write_if_changed(&target, TARGET)?;
        write_if_changed(&linker, LINKER)?;
        make_executable(&linker)?;
        let mut flags: Vec<String> = FLAGS.iter().map(ToString::to_string).collect();
        flags.push(format!("-Clinker={}", linker.display()));
        // Paths of this machine must not get into the program, or every machine would build another one.
        for (from, to) in [
            (self.std_source.join("library"), "/std"),
            (cargo_home()?.join("registry/src"), "/registry"),
            (root.to_path_buf(), "/evergreen"),
        ] {
            flags.push(format!("--remap-path-prefix={}={to}", from.display()));
        }
        let mut cargo = self.rust.cargo();
        cargo
            .args(["build", "--release", "--locked", "--lib"])
            .args(["-Zjson-target-spec", "-Zbuild-std=std,panic_abort"])
            .arg("-Zbuild-std-features=")
            .arg("--target")
            .arg(&target)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("__CARGO_TESTS_ONLY_SRC_ROOT", self.std_source.join("library"))
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
            .env("SBPF_LINKER", &self.linker)
            .env("SBF_PROGRAM_LIB", library)
            .env_remove("CARGO_TARGET_DIR")
            .current_dir(root);
        Ok(cargo)
    }
}

/// The name of the folder for what is compiled: parts of the toolchain have a hash in their names already.
fn key(std_source: &str, linker: &str, flags: &[&str]) -> Result<String> {
    let made_by = format!("{std_source}\n{linker}\n{TARGET}\n{LINKER}\n{}", flags.join("\n"));
    Ok(sha256_text(&made_by)?.chars().take(12).collect())
}

fn cargo_home() -> Result<PathBuf> {
    if let Some(home) = std::env::var_os("CARGO_HOME") {
        return Ok(PathBuf::from(home));
    }
    let home = std::env::home_dir().context("no home folder is known")?;
    Ok(home.join(".cargo"))
}

fn write_if_changed(path: &Path, text: &str) -> Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|now| now == text) {
        return Ok(());
    }
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

fn make_executable(path: &Path) -> Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o755))
        .with_context(|| format!("making {} executable", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_compiled_is_not_used_again_after_any_change() {
        let now = key("std-1", "linker-1", FLAGS).unwrap();
        assert_eq!(now, key("std-1", "linker-1", FLAGS).unwrap());
        assert_eq!(now.len(), 12);
        for other in
            [key("std-2", "linker-1", FLAGS), key("std-1", "linker-2", FLAGS), key("std-1", "linker-1", &FLAGS[1..])]
        {
            assert_ne!(now, other.unwrap());
        }
    }
}
