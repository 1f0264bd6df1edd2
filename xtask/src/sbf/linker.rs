//! The linker `sbpf-linker`. It is compiled here against LLVM 23, because its released binaries are only on a code host.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context, Result, bail, ensure};

use super::cache::Cache;
use crate::{
    command::{cargo, command, on_path, output, run},
    steps::step,
};

const VERSION: &str = "0.2.6";
const FEATURES: &str = "bpf-linker/llvm-23,bpf-linker/llvm-link-static";

/// Python wheels with LLVM's static libraries: the base, and the back ends that the base lacks, such as BPF.
const WHEELS: &str = "\
mlc-llvm-static==23.1.1.post0 \
--hash=sha256:dcfec888abfaa418be77d41af585805f31463584cf9c90582992c00f392c1ac5
mlc-llvm-static-extra-targets==23.1.1.post0 \
--hash=sha256:c36e834d9a4e9cf9759f27fece65711ece7a2fc2b5a96dbb15d66f5e9e787929
";

const UNZIP: &str = "\
import glob, sys, zipfile
for wheel in sorted(glob.glob(sys.argv[1] + '/*.whl')):
    zipfile.ZipFile(wheel).extractall(sys.argv[2])
";

/// Returns the path of the linker in the cache, after compiling it if it is not there.
pub fn get(cache: &Cache) -> Result<PathBuf> {
    let made_from = format!("{VERSION} {FEATURES} {WHEELS}");
    let dir = cache.part("linker", &made_from, &["bin/sbpf-linker"], install)?;
    Ok(dir.join("bin/sbpf-linker"))
}

fn install(dir: &Path) -> Result<()> {
    ensure!(on_path("cc").is_some(), "no C compiler (cc) was found; on Debian: apt-get install build-essential");
    let python = ["python3", "python"]
        .into_iter()
        .find(|name| output(command(name).args(["-m", "pip", "--version"])).is_ok())
        .context("python3 with pip was not found; on Debian: apt-get install python3-pip")?;
    let wheels = dir.join("wheels");
    let unpacked = dir.join("llvm");
    fs::create_dir_all(&wheels)?;
    step("downloading LLVM 23 (92 MB)", || {
        let requirements = wheels.join("requirements.txt");
        fs::write(&requirements, WHEELS)?;
        output(
            command(python)
                .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check"])
                .args(["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r"])
                .arg(&requirements)
                .arg("-d")
                .arg(&wheels),
        )
        .context("getting LLVM's static libraries (they exist for Linux on x86_64)")
    })?;
    step("unpacking LLVM 23", || output(command(python).args(["-c", UNZIP]).arg(&wheels).arg(&unpacked)))?;
    let prefix = unpacked.join("mlc_llvm_static/static");
    eprintln!("  compiling sbpf-linker {VERSION}, which takes minutes");
    let lib = prefix.join("lib");
    run(cargo()
        .args(["install", "sbpf-linker", "--version", VERSION, "--locked"])
        .args(["--no-default-features", "--features", FEATURES, "--root"])
        .arg(dir)
        .env("CARGO_TARGET_DIR", dir.join("build"))
        .env("LLVM_PREFIX", &prefix)
        .env("ZLIB_PATH", &lib)
        .env("LIBZSTD_PATH", &lib)
        .current_dir(dir))?;
    let answer = output(command(dir.join("bin/sbpf-linker")).arg("--version"))?;
    if !answer.contains("LLVM 23") {
        bail!("the compiled sbpf-linker uses another LLVM: expected LLVM 23, found {answer}");
    }
    for unneeded in ["wheels", "llvm", "build"] {
        fs::remove_dir_all(dir.join(unneeded))?;
    }
    Ok(())
}
