//! Checks dependencies with `cargo-deny` by the rules in `deny.toml`, and packages from npm with `npm audit`. The first tool is compiled into the cache.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::Result;

use crate::{
    app,
    command::{cargo, command, run},
    paths,
    sbf::Cache,
    typescript::{self, Node},
};

const VERSION: &str = "0.20.2";
/// Checks that need the crates only. The check `advisories` needs a database from a code host.
const CHECKS: [&str; 3] = ["licenses", "bans", "sources"];

/// Checks licences, bans and sources.
pub fn check() -> Result<()> {
    let tool = get()?;
    // The tool reads the manifests of all crates, also of crates for other systems.
    run(cargo().args(["fetch", "--quiet", "--locked"]).current_dir(paths::root()))?;
    run(deny(&tool).args(["--offline", "check", "--hide-inclusion-graph", "--allow", "no-license-field"]).args(CHECKS))
}

/// Looks up known vulnerabilities of all dependencies over the network: of crates, and of packages from npm.
pub fn advisories() -> Result<()> {
    run(deny(&get()?).args(["check", "advisories"]))?;
    let node = Node::get(&Cache::open()?)?;
    for sources in [app::SOURCES, typescript::SOURCES] {
        node.audit(sources)?;
    }
    Ok(())
}

fn deny(tool: &Path) -> std::process::Command {
    let mut command = command(tool);
    command.args(["--locked", "--workspace"]).current_dir(paths::root());
    command
}

/// Returns the path of the tool in the cache, after compiling it if it is not there.
fn get() -> Result<PathBuf> {
    let file = "bin/cargo-deny";
    let dir = Cache::open()?.part("deny", VERSION, &[file], |dir| {
        eprintln!("  compiling cargo-deny {VERSION}, about a minute");
        // Without optimisation the tool compiles in a minute, and a check takes a few seconds.
        run(cargo()
            .args(["install", "cargo-deny", "--version", VERSION, "--locked"])
            .args(["--no-default-features", "--debug", "--root"])
            .arg(dir)
            .env("CARGO_TARGET_DIR", dir.join("build"))
            .env("CARGO_PROFILE_DEV_DEBUG", "0")
            .current_dir(dir))?;
        fs::remove_dir_all(dir.join("build"))?;
        Ok(())
    })?;
    Ok(dir.join(file))
}
