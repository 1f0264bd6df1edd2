//! The chores that test, demonstrate and measure.

use std::{
    ffi::OsString,
    io::{BufRead, BufReader},
    process::{Command, Stdio},
    time::{Duration, Instant},
};

use anyhow::{Context, Result};

use crate::{
    command::{cargo, run},
    evidence, paths, sbf,
    steps::{seconds, section},
    system,
};

/// A step of [`test()`].
type Step = (&'static str, fn() -> Result<()>);

/// Packages whose tests need no chain. They are tested first and only once; the other tests are compiled with the same features without
/// them.
const QUICK: [&str; 3] = ["evergreen-int128", "evergreen-math", "xtask"];

/// All checks that a change has to pass, the quick ones first.
const STEPS: &[Step] = &[
    ("structure", crate::structure::check),
    ("formatting", || run(workspace("fmt").args(["--all", "--check"]))),
    ("licences and sources of dependencies", crate::deny::check),
    ("arithmetic on the host", || {
        let packages = QUICK.iter().flat_map(|package| ["-p", package]);
        // In the workspace, the client library enables this feature.
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
        sbf::build::build(&[sbf::build::EVERGREEN, sbf::build::PROBE, sbf::build::STANDIN, sbf::build::HOOK])
    }),
    ("interface description", crate::idl::check),
    ("all other tests", || run(&mut tests_of_the_program())),
    ("clients in TypeScript", crate::typescript::test),
    ("the web app, in a browser", crate::app::check),
    ("documentation", || {
        let mut doc = workspace("doc");
        run(doc.args(["--workspace", "--no-deps", "--locked"]).env("RUSTDOCFLAGS", "-D warnings"))
    }),
];

/// Runs all checks and stops at the first that fails.
pub fn test() -> Result<()> {
    let start = Instant::now();
    let mut times: Vec<(&str, Duration)> = Vec::new();
    let (_, took) = section("needs of the machine", system::setup)?;
    times.push(("needs of the machine", took));
    for (name, work) in STEPS {
        let (_, took) = section(name, work)?;
        times.push((name, took));
    }
    eprintln!("\nAll checks have passed.");
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
        // Cargo is not quiet, so that it shows its progress.
        .args(["--locked", "-p", "evergreen-demo", "--"])
        .args(arguments)
        .status()
        .context("starting cargo")?;
    // A process that a signal has ended has no exit code.
    Ok(status.code().unwrap_or(1))
}

/// Measures compute units and writes them to `tests/compute-units.json`.
pub fn bench() -> Result<()> {
    system::setup()?;
    sbf::build::build(&[sbf::build::EVERGREEN])?;
    run(workspace("test")
        // The whole workspace is named, so that nothing is compiled a second time with other features.
        .args(["--locked", "--workspace", "--test", "compute_units", "--", "--nocapture"])
        .env("EVERGREEN_WRITE_BENCH", "1"))
}

/// Builds the program and does random steps in its market until something does not hold or the time is over. Returns the exit code of that: 0 if all held, 1 if
/// not, 2 for a wrong call.
pub fn fuzz(arguments: &[OsString]) -> Result<i32> {
    search("fuzz", arguments)
}

/// Builds the program and searches for a sequence of actions that gains more than is allowed. Returns the exit code, as [`fuzz`].
pub fn hunt(arguments: &[OsString]) -> Result<i32> {
    search("hunt", arguments)
}

/// Runs a search of the package `evergreen-fuzz`; with `--keep` what its last line says is kept.
fn search(name: &str, arguments: &[OsString]) -> Result<i32> {
    system::setup()?;
    sbf::build::build(&[sbf::build::EVERGREEN])?;
    let (keep, arguments): (Vec<&OsString>, Vec<&OsString>) = arguments.iter().partition(|word| *word == "--keep");
    let mut search = workspace("run");
    search.args(["--locked", "--quiet", "--profile", "fuzz", "-p", "evergreen-fuzz", "--bin"]);
    search.arg(format!("evergreen-{name}")).arg("--").args(arguments);
    if keep.is_empty() {
        return Ok(search.status().context("starting cargo")?.code().unwrap_or(1));
    }
    let mut running = search.stdout(Stdio::piped()).spawn().context("starting cargo")?;
    let mut last = String::new();
    for line in BufReader::new(running.stdout.take().context("its output")?).lines() {
        last = line.context("reading its output")?;
        println!("{last}");
    }
    evidence::keep(name, &last)?;
    Ok(running.wait().context("waiting for it")?.code().unwrap_or(1))
}

/// Measures the client library and the keeper on this machine; fails if they are slower than their targets.
pub fn speed() -> Result<()> {
    for (package, binary) in [("evergreen-sdk", "evergreen-speed"), ("evergreen-keeper", "evergreen-keeper-speed")] {
        let choice = ["-p", package, "--features", "testing", "--bin", binary, "--", "--check"];
        run(workspace("run").args(["--release", "--locked"]).args(choice))?;
    }
    Ok(())
}

/// Measures one keeper for many pools on a local network: `size` is the number of pools and of accounts in each, for instance `200x50`. Fails if a liquidation
/// takes longer than it may.
pub fn pools(size: &str) -> Result<()> {
    system::setup()?;
    sbf::build::build(&[sbf::build::EVERGREEN])?;
    run(workspace("test")
        // The whole workspace is named, so that nothing is compiled a second time with other features.
        .args(["--locked", "--workspace", "--test", "keeper", "--", "--nocapture", "one_keeper_serves_many_pools"])
        .env("EVERGREEN_POOLS", size))
}

/// Simulates what every remaining choice of a price is worth at the preset parameters; fails if one pays.
pub fn choice() -> Result<()> {
    run(workspace("run").args(["--release", "--locked", "-p", "evergreen-sdk", "--bin", "evergreen-choice"]))
}

/// Simulates the market on history and on models, and shows whether liquidity earns and options are fairly priced. Options are those of
/// `evergreen-report`.
pub fn report(arguments: &[OsString]) -> Result<()> {
    let mut command = workspace("run");
    command.args(["--release", "--locked", "--quiet", "-p", "evergreen-sim", "--bin", "evergreen-report", "--"]);
    // Paths are those of whoever asks, not of the root of the checkout.
    let here = std::env::current_dir()?;
    let mut file = false;
    for argument in arguments {
        command.arg(if file { here.join(argument).into_os_string() } else { argument.clone() });
        file = ["--btc", "--eth", "--stock", "--json", "--html", "--write"].iter().any(|option| argument == option);
    }
    run(&mut command)
}

/// Returns the call of cargo for the tests that need a chain. All of the workspace is named, so that nothing is compiled a second time with other features, and all
/// tests are run also where one has failed, so that one run shows everything that is to be mended.
pub fn tests_of_the_program() -> Command {
    let mut test = workspace("test");
    test.args(["--workspace", "--locked", "--no-fail-fast"])
        .args(QUICK.iter().flat_map(|package| ["--exclude", package]));
    // The longest tests wait for the slots of a local network, so more of them run than there are processors.
    if std::env::var_os("RUST_TEST_THREADS").is_none() {
        test.env("RUST_TEST_THREADS", "4");
    }
    test
}

/// Returns a call of cargo in the workspace.
pub fn workspace(subcommand: &str) -> Command {
    let mut command = cargo();
    command.arg(subcommand).current_dir(paths::root());
    command
}
