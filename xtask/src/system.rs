//! Tools and libraries that the machine must have before anything can be compiled.

use anyhow::{Result, bail, ensure};

use crate::{
    command::{command, on_path, output},
    steps::step,
};

/// A tool or library that is needed, with Debian's package for it and a test whether it is there.
struct Need {
    what: &'static str,
    package: &'static str,
    met: fn() -> bool,
}

const NEEDS: &[Need] = &[
    Need { what: "a C compiler and linker", package: "build-essential", met: || on_path("cc").is_some() },
    Need { what: "pkg-config", package: "pkg-config", met: || on_path("pkg-config").is_some() },
    Need { what: "OpenSSL's headers", package: "libssl-dev", met: openssl },
    Need { what: "Python 3 with pip", package: "python3-pip", met: pip },
    Need { what: "PostgreSQL's server, for tests", package: "postgresql", met: postgres },
    Need { what: "sha256sum", package: "coreutils", met: || on_path("sha256sum").is_some() },
];

fn openssl() -> bool {
    // The crate that needs OpenSSL also reads these variables.
    let told = ["OPENSSL_DIR", "OPENSSL_LIB_DIR"].iter().any(|name| std::env::var_os(name).is_some());
    told || output(command("pkg-config").args(["--exists", "openssl"])).is_ok()
}

/// Whether the server is in Debian's place, or whoever has none skips its tests.
fn postgres() -> bool {
    let installed = std::fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let mut servers = installed.map(|version| version.path().join("bin/initdb"));
    std::env::var_os("EVERGREEN_WITHOUT_POSTGRES").is_some() || servers.any(|server| server.is_file())
}

fn pip() -> bool {
    output(command("python3").args(["-m", "pip", "--version"])).is_ok()
}

/// Checks all needs; as root on Debian, installs the missing packages.
pub fn setup() -> Result<()> {
    let missing: Vec<&Need> = NEEDS.iter().filter(|need| !(need.met)()).collect();
    if missing.is_empty() {
        return Ok(());
    }
    let packages: Vec<&str> = missing.iter().map(|need| need.package).collect();
    let packages_text = packages.join(" ");
    let names: Vec<&str> = missing.iter().map(|need| need.what).collect();
    if on_path("apt-get").is_none() || !is_root() {
        bail!("missing: {}. On Debian, as root: apt-get install {packages_text}", names.join(", "));
    }
    step(&format!("installing {packages_text}"), || {
        let install = || {
            output(
                command("apt-get")
                    .args(["-q", "-y", "--no-install-recommends", "install"])
                    .args(&packages)
                    .env("DEBIAN_FRONTEND", "noninteractive"),
            )
        };
        // If the lists of packages are missing or old, they are refreshed, and the installation is tried again.
        install().or_else(|_| {
            output(command("apt-get").args(["-q", "update"]))?;
            install()
        })
    })?;
    for need in missing {
        ensure!((need.met)(), "{} was installed, but {} is still missing", need.package, need.what);
    }
    Ok(())
}

fn is_root() -> bool {
    output(command("id").arg("-u")).is_ok_and(|id| id.trim() == "0")
}
