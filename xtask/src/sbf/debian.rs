//! Rust 1.96 with the matching sources of the standard library, from Debian's packages.
//!
//! The packages are unpacked into the cache and not installed, so the machine's own Rust does not change.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};

use super::cache::Cache;
use crate::{
    command::{command, on_path, output},
    steps::step,
};

/// The Rust version that everything was tested with. Debian replaces packages by newer builds of the same version.
pub const VERSION: &str = "1.96.";
/// The packages that are used, in the order in which apt is asked for them.
const PACKAGES: &[&str] = &["rustc-web", "libstd-rust-web-dev", "cargo-web", "rust-web-src"];
/// Version of the way of unpacking.
const LAYOUT: u32 = 1;

/// Rust in the cache.
#[derive(Clone)]
pub struct Rust {
    dir: PathBuf,
}

impl Rust {
    /// Returns Rust in the cache, after downloading and unpacking it if it is not there.
    pub fn get(cache: &Cache) -> Result<Self> {
        let made_from = format!("{LAYOUT} {VERSION} {PACKAGES:?}");
        let check = ["usr/bin/rustc", "usr/bin/cargo", "packages"];
        let dir = cache.part("rust", &made_from, &check, install)?;
        let rust = Self { dir };
        rust.check()?;
        Ok(rust)
    }

    /// Returns the path of the compiler.
    pub fn rustc(&self) -> PathBuf {
        self.dir.join("usr/bin/rustc")
    }

    /// Returns a command for the cargo of the same version.
    pub fn cargo(&self) -> Command {
        let mut cargo = command(self.dir.join("usr/bin/cargo"));
        cargo.env("LD_LIBRARY_PATH", self.libraries());
        cargo.env("RUSTC", self.rustc());
        cargo
    }

    /// Returns the folder of the standard library's sources.
    pub fn library(&self) -> PathBuf {
        self.dir.join("library")
    }

    /// Returns the names and versions of the packages that it was unpacked from.
    pub fn packages(&self) -> Result<String> {
        fs::read_to_string(self.dir.join("packages")).context("reading the list of packages")
    }

    fn libraries(&self) -> PathBuf {
        self.dir.join("usr/lib/x86_64-linux-gnu")
    }

    fn check(&self) -> Result<()> {
        let mut rustc = command(self.rustc());
        rustc.env("LD_LIBRARY_PATH", self.libraries()).arg("--version");
        for (name, mut program) in [
            ("rustc", rustc),
            ("cargo", {
                let mut cargo = self.cargo();
                cargo.arg("--version");
                cargo
            }),
        ] {
            let version = output(&mut program).with_context(|| {
                format!("the unpacked {name} does not start; `cargo xtask clean-cache` and try again")
            })?;
            ensure!(version.starts_with(&format!("{name} {VERSION}")), "expected {name} {VERSION}x, found {version}");
        }
        Ok(())
    }
}

fn install(dir: &Path) -> Result<()> {
    let packages = step("finding Debian's packages of Rust 1.96", find_packages)?;
    let debs = dir.join("debs");
    fs::create_dir_all(&debs)?;
    step(&format!("downloading {} packages", packages.len()), || {
        output(
            command("apt-get")
                // Without this option, apt warns that its own user cannot write to this folder.
                .args(["-q", "-o", "APT::Sandbox::User=root", "download"])
                .args(&packages)
                .current_dir(&debs),
        )
    })?;
    step("unpacking the packages", || {
        for entry in fs::read_dir(&debs)? {
            output(command("dpkg-deb").arg("-x").arg(entry?.path()).arg(dir))?;
        }
        let sources = source_folder(&dir.join("usr/src"))?;
        fs::rename(sources.join("library"), dir.join("library"))
            .context("taking the standard library out of rust-web-src")?;
        // The compiler's own sources, the documentation and the archives are most of the size, and are not needed.
        for unneeded in ["usr/src", "usr/share", "debs"] {
            fs::remove_dir_all(dir.join(unneeded))?;
        }
        fs::write(dir.join("packages"), packages.join("\n") + "\n")?;
        Ok(())
    })
}

fn source_folder(dir: &Path) -> Result<PathBuf> {
    for entry in fs::read_dir(dir).with_context(|| format!("reading {}", dir.display()))? {
        let path = entry?.path();
        if path.join("library/std").is_dir() {
            return Ok(path);
        }
    }
    bail!("the package rust-web-src holds no standard library")
}

/// Returns all packages to unpack, as `name=version`: those of Rust, and the libraries that they need and this machine lacks.
fn find_packages() -> Result<Vec<String>> {
    for tool in ["apt-get", "apt-cache", "dpkg-deb"] {
        ensure!(
            on_path(tool).is_some(),
            "{tool} is missing. Without a working `cargo build-sbf`, the toolchain is put together from Debian's \
             packages: use Debian 12, or install Solana's tools"
        );
    }
    let wanted = match wanted_packages() {
        Ok(wanted) => wanted,
        Err(_) => {
            // The lists of packages may be missing or old. Refreshing them needs root. If it fails, the second look fails too, with an
            // error that says what to do.
            let _ = output(command("apt-get").args(["-q", "update"]));
            wanted_packages()?
        }
    };
    // A simulated installation names the libraries that are not installed.
    let plan = output(command("apt-get").args(["-q", "-s", "--no-install-recommends", "install"]).args(&wanted))
        .context("asking apt which libraries Rust needs")?;
    let mut packages = wanted;
    for line in plan.lines() {
        let mut words = line.split_whitespace();
        if words.next() != Some("Inst") {
            continue;
        }
        let (Some(name), Some(version)) = (words.next(), words.find_map(|word| word.strip_prefix('('))) else {
            continue;
        };
        let package = format!("{name}={version}");
        if !packages.contains(&package) {
            packages.push(package);
        }
    }
    // If Rust is installed already, the simulation does not name the package that has the compiler itself.
    if !packages.iter().any(|package| package.starts_with("libstd-rust-web-1")) {
        let version = packages[0].split_once('=').map_or("", |(_, version)| version);
        packages.push(format!("libstd-rust-web-1.96={version}"));
    }
    Ok(packages)
}

fn wanted_packages() -> Result<Vec<String>> {
    let mut wanted = Vec::new();
    let mut first = None;
    for name in PACKAGES {
        let table = output(command("apt-cache").args(["madison", name]))?;
        let version = table.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim).find(|version| {
            version.starts_with(VERSION) && first.as_deref().is_none_or(|first: &str| first == *version)
        });
        let Some(version) = version else {
            bail!(
                "Debian's package {name} {VERSION}x is not available here; apt knows:\n{}\n\
                 If the lists of packages are old, run `apt-get update` as root. If Debian has moved on to a \
                 newer Rust, the pins in xtask/src/sbf have to be renewed; see docs/building.md",
                if table.trim().is_empty() { "no package of that name" } else { table.trim_end() }
            );
        };
        first.get_or_insert(version.to_string());
        wanted.push(format!("{name}={version}"));
    }
    Ok(wanted)
}
