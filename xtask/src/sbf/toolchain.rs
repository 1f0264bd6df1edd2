//! The toolchain that is made from package registries only: its parts and its calls.

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
/// A linker that keeps the table of source lines.
const LINKER_WITH_LINES: &str = "#!/bin/sh\nexec \"$SBPF_LINKER_ITSELF\" --btf --sbpf-optimize=false \"$@\"\n";

/// Flags of every build. [`Toolchain::cargo_build`] adds flags with paths of the machine.
const FLAGS: &[&str] = &[
    "-Cpanic=abort",
    // The default of 225 makes the program 3 % larger and no instruction more than 2 % cheaper. The linker inlines once more, by its own
    // default: with a threshold of 100 there, a fill is dearer by 12 %.
    "-Cllvm-args=-inline-threshold=60",
    "-Crelocation-model=static",
    // The virtual machine has one thread and no atomic instructions.
    "-Cpasses=lower-atomic",
    "-Clink-arg=--llvm-args=-bpf-stack-size=4096",
    // The virtual machine loads and stores eight bytes at any address. Without this flag the linker emits loads and stores of single
    // bytes, which make up a third of all instructions.
    "-Clink-arg=--cpu-features=+allows-misaligned-mem-access",
    // A copy of more than nine words is a call of the machine's own, which takes some twenty units; by default copies of up to 128 words are written out as a load and
    // a store for each word. It makes the program 69,000 bytes smaller and instructions 0.9 % cheaper in the mean.
    "-Clink-arg=--llvm-args=-bpf-max-stores-per-memfunc=9",
    // Functions that compile to the same code are kept once: anchor writes one of each for every type of account. It makes the program
    // 33,000 bytes smaller; a call of a copy takes two units more.
    "-Clink-arg=--llvm-args=-enable-merge-functions=true",
];

/// Packages that are compiled for size: of the standard library what is not generic, which is texts of panics and errors, the text of an address, and encoders that only few
/// instructions call. Generic functions are compiled by who uses them. Together with one trial of closing instead of two it makes the program 7,400 bytes smaller, and instructions
/// 0.3 % cheaper in the mean, none more than 0.3 % dearer.
const FOR_SIZE: &[&str] =
    &["core", "alloc", "std", "solana-program-error", "solana-address", "five8", "bincode", "serde_core"];

/// Symbols of functions that are never inlined. Only failing instructions call those of errors: the name of an account in an error, the two keys that differ, the name of
/// an error; calls make the program 46,000 bytes smaller. `memcmp` is called until machine code is made, which knows that keys are only tested for being equal and compares four words;
/// inlined before, each place has its loop over bytes that finds the first difference, 29,000 bytes. Accounts are given back at seventy places, which costs no budgeted case a unit: 4,500 bytes. The writing of events would save some more and cost a fill 90 units.
/// Each expression matches to the end of the symbol: in an object symbols follow each other without a gap.
const NOT_INLINED: &[&str] = &[
    "_RINvMs[0-9a-zA-Z]*_Cs[0-9A-Za-z]+_17anchor_lang_errorNtB[0-9a-zA-Z]+_5Error17with_account_name(Re|NtCs[0-9A-Za-z]+_14solana_address7Address)ECs[0-9A-Za-z]+_9evergreen",
    "_RNvMs[0-9a-zA-Z]*_NtCs[0-9A-Za-z]+_9evergreen6errorsNtB[0-9a-zA-Z]+_14EvergreenError4name",
    "_RNvMs[0-9a-zA-Z]*_Cs[0-9A-Za-z]+_17anchor_lang_errorNtB[0-9a-zA-Z]+_5Error12with_pubkeys",
    "_RINvNtCs[0-9A-Za-z]+_4core3ptr13drop_in_placeNtCs[0-9A-Za-z]+_19solana_account_info11AccountInfoECs[0-9A-Za-z]+_(10anchor_spl|11anchor_lang|9evergreen)",
    "memcmp",
    "bcmp",
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
                "there is no working `cargo build-sbf`, and the toolchain from package registries \
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

    /// Returns a key that changes with the compiler, the edits of the standard library, the linker, the target and the flags.
    pub fn key(&self) -> Result<String> {
        let name = |path: &Path| -> Result<String> {
            let name = path.file_name().with_context(|| format!("{} has no name", path.display()))?;
            Ok(name.to_string_lossy().into_owned())
        };
        let linker = name(self.linker.ancestors().nth(2).context("the linker is in no folder")?)?;
        key(&name(&self.std_source)?, &linker, &[FLAGS, FOR_SIZE, NOT_INLINED].concat())
    }

    /// Returns the call of cargo that compiles one program. The caller adds the package and the target folder.
    ///
    /// `work` is a folder for the target's description and the linker's script; `library` is the file name of the program's library;
    /// `root` is the folder of the workspace.
    pub fn cargo_build(&self, work: &Path, library: &str, root: &Path) -> Result<Command> {
        let target = work.join("sbpf-solana.json");
        let linker = work.join("linker.sh");
        write_if_changed(&target, TARGET)?;
        write_if_changed(&linker, LINKER)?;
        make_executable(&linker)?;
        let mut flags: Vec<String> = FLAGS.iter().map(ToString::to_string).collect();
        flags.push(format!("-Clinker={}", linker.display()));
        // Paths of this machine are replaced, because otherwise every machine would build a different program.
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
            .args(
                FOR_SIZE.iter().flat_map(|name| {
                    ["--config".to_owned(), format!("profile.release.package.{name}.opt-level=\"z\"")]
                }),
            )
            .arg("--target")
            .arg(&target)
            .env("RUSTC_BOOTSTRAP", "1")
            .env("__CARGO_TESTS_ONLY_SRC_ROOT", self.std_source.join("library"))
            .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"))
            .env("SBPF_LINKER", &self.linker)
            .env("SBF_PROGRAM_LIB", library)
            .env("SBF_NOT_INLINED", NOT_INLINED.join("|"))
            .env_remove("CARGO_TARGET_DIR")
            .current_dir(root);
        Ok(cargo)
    }
}

impl Toolchain {
    /// The same for a program that keeps the table of source lines of what was compiled with one. Its flags are those of every build, so nothing that
    /// has none is compiled again.
    pub fn cargo_build_with_lines(&self, work: &Path, library: &str, root: &Path) -> Result<Command> {
        let mut cargo = self.cargo_build(work, library, root)?;
        let linker = work.join("linker-with-lines.sh");
        write_if_changed(&linker, LINKER_WITH_LINES)?;
        make_executable(&linker)?;
        cargo.env("SBPF_LINKER", &linker).env("SBPF_LINKER_ITSELF", &self.linker);
        Ok(cargo)
    }
}

/// Returns the name of the folder for compiled files. The names of the toolchain's parts have hashes, so the key changes with the parts.
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

/// Writes a file unless it is so already.
pub fn write_if_changed(path: &Path, text: &str) -> Result<()> {
    if std::fs::read_to_string(path).is_ok_and(|now| now == text) {
        return Ok(());
    }
    std::fs::write(path, text).with_context(|| format!("writing {}", path.display()))
}

/// Makes a file a program.
pub fn make_executable(path: &Path) -> Result<()> {
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

    #[test]
    fn the_linker_is_told_which_functions_are_called() {
        let dir = std::env::temp_dir().join(format!("evergreen-linker-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (script, echo) = (dir.join("linker.sh"), dir.join("echo.sh"));
        write_if_changed(&script, LINKER).unwrap();
        write_if_changed(&echo, "#!/bin/sh\necho \"$@\" >\"${0%/*}/told\"\n").unwrap();
        make_executable(&script).unwrap();
        make_executable(&echo).unwrap();
        let link = |object: &[u8]| {
            std::fs::write(dir.join("a.o"), object).unwrap();
            let mut linker = Command::new(&script);
            linker.arg(dir.join("a.o")).arg("-Oz").arg("-o").arg(dir.join("x.so"));
            linker
                .env("SBPF_LINKER", &echo)
                .env("SBF_PROGRAM_LIB", "x.so")
                .env("SBF_NOT_INLINED", NOT_INLINED.join("|"));
            assert!(linker.status().unwrap().success());
            let told = std::fs::read_to_string(dir.join("told")).unwrap();
            (told, std::fs::read_to_string(dir.join("x.so.not-inlined")).unwrap())
        };
        let called = "_RNvMs_NtCsiRixwq4WOsv_9evergreen6errorsNtB4_14EvergreenError4name";
        let (told, list) =
            link(format!("BC\u{0}_RNvNtCs1_9evergreen4hot{called}_RNvCs1_9evergreen7another").as_bytes());
        assert_eq!(list, format!("{called},noinline\n"));
        assert!(told.contains(" -O2 ") && told.contains("--llvm-args=-forceattrs-csv-path="), "{told}");
        let (told, list) = link(b"_RNvNtCs1_9evergreen4hot");
        assert!(list.is_empty() && !told.contains("forceattrs"), "{told}");
        std::fs::remove_dir_all(dir).unwrap();
    }
}
