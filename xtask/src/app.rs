//! The web app: its files in `target/app`, the command that has them inside, and its tests in a real browser.

use std::{
    ffi::OsString,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use anyhow::{Context, Result, ensure};

use crate::{
    browser::Browser,
    command::{cargo, output, run},
    paths, sbf,
    sbf::Cache,
    steps::{seconds, step},
    system,
    typescript::{Node, Workshop, crates, lay_out},
};

/// Folder of the sources.
pub const SOURCES: &str = "app";
/// Most bytes of a first visit, compressed.
const MOST: &str = "250000";

/// Node, and a folder with the sources and their packages.
struct Bench {
    node: Node,
    folder: PathBuf,
    package: PathBuf,
}

impl Bench {
    /// Lays the sources out beside the package @evergreen/sdk, which is in `package`.
    fn open(package: PathBuf) -> Result<Self> {
        let cache = Cache::open()?;
        let node = Node::get(&cache)?;
        let sources = paths::root().join(SOURCES);
        let packages = node.packages(&cache, &sources, "npm")?;
        let folder = paths::root().join("target/app-build");
        lay_out(&sources, &folder, &packages)?;
        std::os::unix::fs::symlink(&package, folder.join("sdk")).context("linking the package")?;
        Ok(Self { node, folder, package })
    }

    fn script(&self, script: &str) -> Command {
        let mut node = self.node.run();
        node.arg(script).env("EVERGREEN_SDK", &self.package).current_dir(&self.folder);
        node
    }

    fn vite(&self, out: &Path) -> Command {
        let mut vite = self.script("node_modules/vite/bin/vite.js");
        vite.args(["build", "--logLevel", "error"]).env("EVERGREEN_OUT", out);
        vite
    }

    /// Builds the files, and their smaller forms; fails if a first visit is too large.
    fn build(&self) -> Result<PathBuf> {
        let out = paths::root().join("target/app");
        step("checking the app's types", || output(&mut self.script("node_modules/typescript/bin/tsc")).map(drop))?;
        step("building the app", || output(&mut self.vite(&out)).map(drop))?;
        let sizes = step("compressing the app", || output(self.script("compress.mjs").arg(&out).arg(MOST)))?;
        eprintln!("  {}", sizes.trim());
        Ok(out)
    }
}

/// Builds the files of the app; returns their folder.
fn files() -> Result<(Bench, PathBuf)> {
    let workshop = Workshop::open()?;
    workshop.compile()?;
    let package = workshop.package()?;
    // Both hold the cache while they look into it.
    drop(workshop);
    let bench = Bench::open(package)?;
    let files = bench.build()?;
    Ok((bench, files))
}

/// Builds the app, and the command with the app inside.
pub fn build() -> Result<()> {
    system::setup()?;
    files()?;
    run(cargo().args(["build", "--locked", "-p", "evergreen-cli", "--features", "app"]).current_dir(paths::root()))?;
    eprintln!("  `target/debug/evergreen app` serves it; with --release in the place of debug, see docs/app.md");
    Ok(())
}

/// Builds the app and starts a local market with it. Returns the exit code.
pub fn demo(arguments: &[OsString]) -> Result<i32> {
    system::setup()?;
    sbf::build::build(&[sbf::build::EVERGREEN])?;
    let (_, files) = files()?;
    eprintln!("  compiling the command; the first time this takes minutes");
    let market = paths::root().join("target/app-market");
    let status = cargo()
        .args(["run", "--locked", "-p", "evergreen-cli", "--", "localnet", "--app", "--dir"])
        .arg(market)
        .args(arguments)
        .env("EVERGREEN_APP", files)
        .current_dir(paths::root())
        .status()
        .context("starting cargo")?;
    Ok(status.code().unwrap_or(1))
}

/// Tests the app in a browser on local networks; gets one where the machine has none.
pub fn test() -> Result<()> {
    let (bench, files) = files()?;
    in_browser(&bench, files, &Browser::get(&Cache::open()?)?)
}

/// Builds the app, and tests it in the machine's browser. Where it has none, `EVERGREEN_BROWSER=1` gets Debian's; without it the app is built and not tested.
pub fn check() -> Result<()> {
    let (bench, files) = files()?;
    let browser = match std::env::var_os("EVERGREEN_BROWSER").is_some_and(|set| !set.is_empty()) {
        true => Some(Browser::get(&Cache::open()?)?),
        false => Browser::at_hand()?,
    };
    match browser {
        Some(browser) => in_browser(&bench, files, &browser),
        None => {
            eprintln!(
                "  no browser here, so the app is built and NOT tested: `EVERGREEN_BROWSER=1` or `cargo xtask app --test` gets one"
            );
            Ok(())
        }
    }
}

fn in_browser(bench: &Bench, files: PathBuf, browser: &Browser) -> Result<()> {
    run(crates().arg("--no-run"))?;
    let program = paths::deploy_dir().join("evergreen.so");
    ensure!(program.is_file(), "{} is missing: run `cargo xtask build`", program.display());
    let wallet = paths::root().join("target/app-test");
    step("compiling the tests of the app", || {
        output(bench.script("node_modules/typescript/bin/tsc").arg("-p").arg("test/tsconfig.json"))?;
        output(bench.vite(&wallet).args(["-c", "test/vite.config.ts"]))
    })?;
    let mut tests: Vec<PathBuf> = Vec::new();
    for entry in fs::read_dir(bench.folder.join("built-test")).context("reading the compiled tests")? {
        let path = entry?.path();
        if path.to_string_lossy().ends_with(".test.js") {
            tests.push(path);
        }
    }
    tests.sort();
    ensure!(!tests.is_empty(), "there are no tests in {SOURCES}/test");
    let run_file = |test: &Path| {
        let mut node = bench.node.run();
        node.args(["--test", "--test-reporter=spec"])
            .arg(test)
            .env("EVERGREEN_COMMAND", paths::root().join("target/debug/evergreen"))
            .env("EVERGREEN_PROGRAM", &program)
            .env("EVERGREEN_APP", &files)
            .env("EVERGREEN_WALLET", wallet.join("wallet.js"))
            .env("EVERGREEN_SHOTS", paths::root().join("target/app-shots"))
            .current_dir(&bench.folder);
        browser.tell(&mut node);
        run(&mut node)
    };
    // One file at a time: each has a network of its own. Browser, market and prices go on in real time beside a test, so a file that fails is run once more, and
    // it is told which one did.
    let (start, mut twice) = (Instant::now(), Vec::new());
    for test in &tests {
        let name = test.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let file = Instant::now();
        if let Err(error) = run_file(test) {
            eprintln!("  {name} has failed and is run once more: {error:#}");
            run_file(test)?;
            twice.push(name.clone());
        }
        eprintln!("  {name:<60} {:>8}", seconds(file.elapsed()));
    }
    let twice = if twice.is_empty() { "none".to_string() } else { twice.join(", ") };
    eprintln!("  {} files in {}; run twice: {twice}", tests.len(), seconds(start.elapsed()));
    Ok(())
}
