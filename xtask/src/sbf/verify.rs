//! The verifiable build: the same program from two clean folders, byte for byte, always by the one pinned toolchain.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, ensure};

use super::{build::EVERGREEN, toolchain::Toolchain};
use crate::{
    command::{command, output, run, sha256_file},
    paths,
};

/// Builds the program twice and prints its hash, as `solana-verify get-executable-hash` does: SHA-256 of the file without the
/// zeros at its end. Fails if the two builds differ, or if something in the checkout is not committed.
pub fn verify() -> Result<()> {
    let changed = output(command("git").args(["status", "--porcelain"]).current_dir(paths::root()))?;
    ensure!(changed.is_empty(), "a release is built from what is committed; these files are not:\n{changed}");
    // One commit for both, wherever the branch goes meanwhile.
    let commit = output(command("git").args(["rev-parse", "HEAD"]).current_dir(paths::root()))?;
    let toolchain = Toolchain::get()?;
    let mut hashes = Vec::new();
    // The folders' names have different lengths: a path that gets into the program shows.
    for name in ["one", "another-one"] {
        let dir = paths::root().join("target/verify").join(name);
        if dir.exists() {
            fs::remove_dir_all(&dir).with_context(|| format!("removing {}", dir.display()))?;
        }
        export(commit.trim(), &dir)?;
        let elf = build(&toolchain, &dir)?;
        let hash = executable_hash(&elf)?;
        eprintln!("  {name}: {hash}");
        hashes.push(hash);
    }
    ensure!(hashes[0] == hashes[1], "the two builds differ");
    println!("{}", hashes[0]);
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

/// SHA-256 of an ELF without the zeros at its end, which an account on the chain may have more of.
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
