//! The build of a release. It uses the committed files and the one pinned toolchain, so that everybody gets the same bytes.

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use super::{
    build::{EVERGREEN, deploy, report},
    toolchain::Toolchain,
};
use crate::{
    command::{command, output, run, sha256_file},
    paths,
    steps::{section, step},
};

/// Variables that a release reads its contact from (`programs/evergreen/build.rs`), with their meanings.
const CONTACT: [(&str, &str); 3] = [
    ("EVERGREEN_SECURITY_CONTACT", "contact for reports of vulnerabilities, such as email:security@example.com"),
    ("EVERGREEN_PROJECT_URL", "the project's page"),
    ("EVERGREEN_SECURITY_POLICY", "the page that says how vulnerabilities are handled"),
];

/// Builds a release once, puts it into the deploy folder and prints its hash.
pub fn release() -> Result<()> {
    build_in(&["one"])
}

/// Builds a release twice, and fails if the two builds differ. Their folders have different names, so that the builds differ if a path
/// gets into the program.
pub fn verify() -> Result<()> {
    build_in(&["one", "another-one"])
}

/// Builds a release in each of the folders, and fails if two builds differ. All builds use the standard library in the cache, because its
/// path changes the order of functions; a repeated release needs the cache at the same path (RELEASING.md).
fn build_in(folders: &[&str]) -> Result<()> {
    contact(|name| env::var(name).ok())?;
    let changed = output(command("git").args(["status", "--porcelain"]).current_dir(paths::root()))?;
    ensure!(
        changed.is_empty(),
        "a release is built from committed files; these files have changes that are not committed:\n{changed}"
    );
    // All builds use this commit, even if the branch moves meanwhile.
    let commit = output(command("git").args(["rev-parse", "HEAD"]).current_dir(paths::root()))?;
    let toolchain = Toolchain::get()?;
    let mut built: Option<(PathBuf, String)> = None;
    for name in folders {
        let dir = paths::root().join("target/verify").join(name);
        if dir.exists() {
            fs::remove_dir_all(&dir).with_context(|| format!("removing {}", dir.display()))?;
        }
        step(&format!("exporting the committed files to {name}"), || export(commit.trim(), &dir))?;
        let (elf, _) = section(&format!("building in {name}"), || build(&toolchain, &dir))?;
        let hash = executable_hash(&elf)?;
        eprintln!("  {name}: {hash}");
        if let Some((_, first)) = &built {
            ensure!(*first == hash, "the two builds differ");
        } else {
            built = Some((elf, hash));
        }
    }
    let (elf, hash) = built.context("nothing was built")?;
    let deployed = paths::deploy_dir().join(format!("{}.so", EVERGREEN.library()));
    deploy(&elf, &deployed)?;
    report(&deployed)?;
    println!("{hash}");
    Ok(())
}

/// Fails unless the contact of the release is set.
fn contact(value: impl Fn(&str) -> Option<String>) -> Result<()> {
    let missing = CONTACT.iter().filter(|(name, _)| value(name).is_none_or(|value| value.is_empty()));
    let missing: Vec<String> = missing.map(|(name, what)| format!("  {name}: {what}")).collect();
    ensure!(
        missing.is_empty(),
        "a release names a contact for reports of vulnerabilities; set these variables of the environment. They become part of the \
         program, so a repeated build needs the same values:\n{}",
        missing.join("\n")
    );
    Ok(())
}

/// Writes the files of a commit into a folder.
fn export(commit: &str, dir: &Path) -> Result<()> {
    fs::create_dir_all(dir).with_context(|| format!("creating {}", dir.display()))?;
    let archive = dir.with_extension("tar");
    output(command("git").args(["archive", "--format=tar", commit, "-o"]).arg(&archive).current_dir(paths::root()))?;
    output(command("tar").arg("-xf").arg(&archive).arg("-C").arg(dir))?;
    fs::remove_file(&archive).with_context(|| format!("removing {}", archive.display()))
}

fn build(toolchain: &Toolchain, root: &Path) -> Result<PathBuf> {
    let target = root.join("target");
    fs::create_dir_all(&target).with_context(|| format!("creating {}", target.display()))?;
    let library = format!("lib{}.so", EVERGREEN.library());
    let mut cargo = toolchain.cargo_build(&target, &library, root)?;
    run(cargo.args(["-p", EVERGREEN.package(), "--target-dir"]).arg(&target))?;
    Ok(target.join("sbpf-solana/release").join(library))
}

/// Returns the SHA-256 of an ELF file without the zeros at its end, because an account on the chain may have more of them.
fn executable_hash(elf: &Path) -> Result<String> {
    let bytes = fs::read(elf).with_context(|| format!("reading {}", elf.display()))?;
    let trimmed = elf.with_extension("trimmed");
    fs::write(&trimmed, without_zeros(&bytes)).with_context(|| format!("writing {}", trimmed.display()))?;
    sha256_file(&trimmed)
}

fn without_zeros(bytes: &[u8]) -> &[u8] {
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    &bytes[..end]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_release_without_a_contact_says_what_to_set() {
        assert!(contact(|_| Some("x".to_string())).is_ok());
        let partly = |name: &str| (name != "EVERGREEN_PROJECT_URL").then(String::new);
        let error = contact(partly).unwrap_err().to_string();
        for (name, _) in CONTACT {
            assert!(error.contains(name), "{error}");
        }
        let one = |name: &str| (name != "EVERGREEN_PROJECT_URL").then(|| "x".to_string());
        let error = contact(one).unwrap_err().to_string();
        assert!(error.contains("EVERGREEN_PROJECT_URL") && !error.contains("EVERGREEN_SECURITY_POLICY"), "{error}");
    }

    #[test]
    fn only_zeros_at_the_end_do_not_count() {
        assert_eq!(without_zeros(&[0, 1, 0, 2, 0, 0]), [0, 1, 0, 2]);
        assert_eq!(without_zeros(&[0, 0]), [] as [u8; 0]);
        assert_eq!(without_zeros(&[3]), [3]);
    }

    #[test]
    fn the_hash_is_of_the_bytes_without_zeros() {
        let dir = std::env::temp_dir().join(format!("evergreen-verify-{}", std::process::id()));
        fs::create_dir_all(&dir).unwrap();
        let hash = |name: &str, bytes: &[u8]| {
            fs::write(dir.join(name), bytes).unwrap();
            executable_hash(&dir.join(name)).unwrap()
        };
        let plain = hash("a.so", b"abc");
        assert_eq!(plain, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(hash("b.so", b"abc\0\0\0"), plain);
        assert_ne!(hash("c.so", b"abd"), plain);
        fs::remove_dir_all(dir).unwrap();
    }
}
