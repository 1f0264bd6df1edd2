//! Building what has a fault, and running tests until one fails.

use std::{
    collections::BTreeSet,
    fs,
    path::PathBuf,
    process::{Command, Stdio},
};

use anyhow::{Context, Result, bail};

use super::{
    list::{Mutant, Suite},
    record::Fate,
    tree::Tree,
};
use crate::{
    command::{cargo, command},
    paths,
    sbf::{self, toolchain::Toolchain},
};

/// Seconds after which tests count as endless: some times what they take on a busy machine.
const LIMIT: u32 = 1_800;
/// Exit code of `timeout` where it has ended its command.
const TIMED_OUT: i32 = 124;
/// The variable that names the folder of the programs for the tests (`tests/support/src/elf.rs`).
const PROGRAMS: &str = "EVERGREEN_PROGRAMS";
/// Packages whose tests run without a chain, as in `cargo xtask test`.
const QUICK: [&str; 3] = ["evergreen-int128", "evergreen-math", "xtask"];

/// What became of a fault.
pub struct Found {
    /// Its fate.
    pub fate: Fate,
    /// Tests that failed.
    pub by: Vec<String>,
    /// Whether all tests of the suite were run.
    pub whole: bool,
}

impl Found {
    const fn nothing(fate: Fate, whole: bool) -> Self {
        Self { fate, by: Vec::new(), whole }
    }
}

/// The tests, and what is known about them.
pub struct Tests {
    /// Sources in which faults of the mathematics are planted, where some were.
    mathematics: Option<Tree>,
    /// The same for the program, with its tests compiled. Both may run beside each other.
    program: Option<Tree>,
    toolchain: Option<Toolchain>,
    /// Tests of the program that pass without a fault.
    sound: BTreeSet<String>,
}

/// What a run of tests said.
enum Said {
    Passed,
    NotBuilt,
    Failed(Vec<String>),
    Endless,
}

impl Tests {
    /// Nothing is known yet.
    pub const fn new() -> Self {
        Self { mathematics: None, program: None, toolchain: None, sound: BTreeSet::new() }
    }

    /// Plants a fault and looks for it.
    pub fn look_for(&mut self, mutant: &Mutant, whole: bool) -> Result<Found> {
        match mutant.suite() {
            Suite::Mathematics => self.in_mathematics(mutant),
            Suite::Program => self.in_program(mutant, whole),
        }
    }

    fn in_mathematics(&mut self, mutant: &Mutant) -> Result<Found> {
        let tree = match &self.mathematics {
            Some(tree) => tree,
            None => {
                let tree = Tree::make("mathematics")?;
                let Said::Passed = said(&mut of_mathematics(&tree))? else {
                    bail!("the tests of the mathematics do not pass without a fault");
                };
                self.mathematics.insert(tree)
            }
        };
        let planted = mutant.plant(tree.root())?;
        let said = said(&mut of_mathematics(tree))?;
        drop(planted);
        Ok(match said {
            Said::Passed => Found::nothing(Fate::Survived, true),
            Said::NotBuilt => Found::nothing(Fate::NotBuilt, true),
            Said::Endless => Found::nothing(Fate::Endless, true),
            Said::Failed(by) => Found { fate: Fate::Caught, by, whole: true },
        })
    }

    fn in_program(&mut self, mutant: &Mutant, whole: bool) -> Result<Found> {
        let tree = match &self.program {
            Some(tree) => tree,
            None => self.program.insert(prepare()?),
        };
        let toolchain = match &self.toolchain {
            Some(toolchain) => toolchain,
            None => self.toolchain.insert(Toolchain::get()?),
        };
        let planted = mutant.plant(tree.root())?;
        let built = sbf::build::build_copy(toolchain, tree.root(), &paths::root().join("target/mutants/sbf"));
        drop(planted);
        let Ok(built) = built else { return Ok(Found::nothing(Fate::NotBuilt, false)) };
        fs::copy(&built, programs().join("evergreen.so")).context("the program with the fault")?;
        let mut parts = vec![(mutant.tests.clone(), false)];
        if whole {
            parts.push((Vec::new(), true));
        }
        for (filters, is_whole) in parts {
            let mut tests = of_program(&filters);
            let by = match said(tests.env(PROGRAMS, programs()))? {
                Said::Passed => continue,
                Said::NotBuilt => bail!("the tests of the program do not compile"),
                Said::Endless => return Ok(Found::nothing(Fate::Endless, is_whole)),
                Said::Failed(by) => self.of_fault(by)?,
            };
            if !by.is_empty() {
                return Ok(Found { fate: Fate::Caught, by, whole: is_whole });
            }
        }
        Ok(Found::nothing(Fate::Survived, whole))
    }

    /// Returns those of the failed tests that pass without the fault.
    fn of_fault(&mut self, failed: Vec<String>) -> Result<Vec<String>> {
        // Some are enough.
        const MOST: usize = 4;
        let mut by = Vec::new();
        for name in failed.iter().take(MOST) {
            if !self.sound.contains(name) {
                let mut alone = of_program(std::slice::from_ref(name));
                if !matches!(said(alone.arg("--exact"))?, Said::Passed) {
                    println!("{name} fails without the fault, too");
                    continue;
                }
                self.sound.insert(name.clone());
            }
            by.push(name.clone());
        }
        if !by.is_empty() {
            by.extend(failed.into_iter().skip(MOST));
        }
        Ok(by)
    }
}

/// The tests of the mathematics in these sources.
fn of_mathematics(tree: &Tree) -> Command {
    let mut tests = limited(cargo());
    tests.args(["test", "-p", "evergreen-math", "--locked", "--features", "analytics"]).current_dir(tree.root());
    tests
}

/// Compiles the tests of the program, and puts the other programs beside the one with the fault. Returns the sources for faults.
fn prepare() -> Result<Tree> {
    // The others have no faults, so those that are there will do.
    let others = [sbf::build::PROBE, sbf::build::STANDIN, sbf::build::HOOK];
    let missing = |other: &sbf::build::Program| !paths::deploy_dir().join(format!("{}.so", other.library())).exists();
    let wanted: Vec<_> = std::iter::once(sbf::build::EVERGREEN).chain(others.into_iter().filter(missing)).collect();
    sbf::build::build(&wanted)?;
    fs::create_dir_all(programs()).context("the folder of programs with faults")?;
    for entry in fs::read_dir(paths::deploy_dir()).context("the folder of programs")? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "so") {
            fs::copy(&path, programs().join(path.file_name().context("a name")?)).context("a program")?;
        }
    }
    let Said::Passed = said(of_program(&[]).arg("--list"))? else { bail!("the tests of the program do not compile") };
    Tree::make("program")
}

/// The folder of programs with faults.
fn programs() -> PathBuf {
    paths::root().join("target/mutants/programs")
}

/// The tests of the compiled program whose names contain one of these; all of them for none. They are compiled as in `cargo xtask test`.
fn of_program(filters: &[String]) -> Command {
    let mut tests = limited(cargo());
    tests.args(["test", "--workspace", "--locked", "--quiet"]);
    tests.args(QUICK.iter().flat_map(|package| ["--exclude", package]));
    tests.args(["--test", "program", "--"]).args(filters).current_dir(paths::root());
    tests
}

/// The same command, which ends after [`LIMIT`] seconds.
fn limited(inner: Command) -> Command {
    let mut outer = command("timeout");
    outer.args(["--kill-after=10", &LIMIT.to_string()]).arg(inner.get_program());
    outer
}

/// Runs tests and reads what they say.
fn said(tests: &mut Command) -> Result<Said> {
    let output = tests.stdin(Stdio::null()).output().context("running tests")?;
    let text = String::from_utf8_lossy(&output.stdout);
    Ok(match output.status.code() {
        Some(0) => Said::Passed,
        Some(TIMED_OUT) => Said::Endless,
        _ => match failed(&text) {
            Some(names) => Said::Failed(names),
            None => Said::NotBuilt,
        },
    })
}

/// Returns the names of failed tests in the output of a test runner; `None` if no test was run.
fn failed(text: &str) -> Option<Vec<String>> {
    if !text.contains("test result: FAILED") && !text.contains("running ") {
        return None;
    }
    let mut names: Vec<String> = Vec::new();
    let mut lines = text.lines();
    while let Some(line) = lines.next() {
        // The last list of failures has names alone.
        if line != "failures:" {
            continue;
        }
        let listed = lines.by_ref().skip_while(|line| line.is_empty()).take_while(|line| !line.is_empty());
        let listed: Vec<&str> = listed.collect();
        if listed.iter().all(|line| line.starts_with("    ")) {
            names.extend(listed.iter().map(|line| line.trim().to_owned()));
        }
    }
    Some(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn failed_tests_are_read_from_the_last_list() {
        let text = "running 2 tests\n.F\nfailures:\n\n---- a::b stdout ----\nthread 'a' panicked\n\n\nfailures:\n    a::b\n    c\n\ntest result: FAILED. 1 passed";
        assert_eq!(failed(text), Some(vec!["a::b".to_owned(), "c".to_owned()]));
        assert_eq!(failed("error[E0308]: mismatched types"), None);
    }
}
