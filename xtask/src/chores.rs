//! Tests, demonstration, measurements.

use std::{
    ffi::OsString,
    process::Command,
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::{
    command::{cargo, run},
    paths, sbf,
    steps::{seconds, section},
    system,
};

/// A step of [`test()`].
type Step = (&'static str, fn() -> Result<()>);

/// Packages whose tests need no chain: they run first, and once. Leaving them out of the rest does not change the features that
/// the rest is compiled with.
const QUICK: [&str; 3] = ["evergreen-int128", "evergreen-math", "xtask"];

/// Everything that must hold before a change is good, the quick things first.
const STEPS: &[Step] = &[
    ("structure", crate::structure::check),
    ("formatting", || run(workspace("fmt").args(["--all", "--check"]))),
    ("licences and sources of dependencies", crate::deny::check),
    ("arithmetic on the host", || {
        let packages = QUICK.iter().flat_map(|package| ["-p", package]);
        // The workspace has this feature by way of the client library.
        run(workspace("test").args(["--locked", "--features", "evergreen-math/analytics"]).args(packages))
    }),
    ("clippy", || {
        run(workspace("clippy").args([
            "--workspace",
            "--all-targets",
            "--features",
            "xtask/idl",
            "--locked",
            "--",
            "-D",
            "warnings",
        ]))
    }),
    ("programs for the virtual machine, and their stack frames", || {
        sbf::build::build(&[sbf::build::EVERGREEN, sbf::build::PROBE, sbf::build::STANDIN])
    }),
    ("interface description", crate::idl::check),
    ("all other tests", || {
        let packages = QUICK.iter().flat_map(|package| ["--exclude", package]);
        run(workspace("test").args(["--workspace", "--locked"]).args(packages))
    }),
    ("documentation", || {
        let mut doc = workspace("doc");
        run(doc.args(["--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"))
    }),
];

/// Runs all steps and stops at the first that fails.
pub fn test() -> Result<()> {
    let start = Instant::now();
    let mut times: Vec<(&str, Duration)> = Vec::new();
    let (_, took) = section("what the machine needs", system::setup)?;
    times.push(("what the machine needs", took));
    for (name, work) in STEPS {
        let (_, took) = section(name, work)?;
        times.push((name, took));
    }
    eprintln!("\nAll is well.");
    for (name, took) in times {
        eprintln!("  {name:<60} {:>9}", seconds(took));
    }
    eprintln!("  {:<60} {:>9}", "total", seconds(start.elapsed()));
    Ok(())
}

/// Builds the program and starts the demonstration. Returns its exit code.
pub fn demo(arguments: &[OsString]) -> Result<i32> {
    system::setup()?;
    sbf::build::build(&[sbf::build::EVERGREEN])?;
    eprintln!("  compiling the demonstration; the first time this takes minutes");
    let status = workspace("run")
        // Not quiet: cargo shows how far it has come.
        .args(["--locked", "-p", "evergreen-demo", "--"])
        .args(arguments)
        .status()
        .context("starting cargo")?;
    // A process that was ended by a signal has no code.
    Ok(status.code().unwrap_or(1))
}

/// Measures compute units and writes them down.
pub fn bench() -> Result<()> {
    system::setup()?;
    sbf::build::build(&[sbf::build::EVERGREEN])?;
    run(workspace("test")
        // The whole workspace, so that nothing is compiled a second time with other features.
        .args(["--locked", "--workspace", "--test", "compute_units", "--", "--nocapture"])
        .env("EVERGREEN_WRITE_BENCH", "1"))
}

/// Measures the client library and the keeper on this machine; fails when they are slower than promised.
pub fn speed() -> Result<()> {
    for (package, binary) in [("evergreen-sdk", "evergreen-speed"), ("evergreen-keeper", "evergreen-keeper-speed")] {
        let choice = ["-p", package, "--features", "testing", "--bin", binary, "--", "--check"];
        run(workspace("run").args(["--release", "--locked"]).args(choice))?;
    }
    Ok(())
}

fn workspace(subcommand: &str) -> Command {
    let mut command = cargo();
    command.arg(subcommand).current_dir(paths::root());
    command
}
