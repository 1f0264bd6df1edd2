//! What became of each fault: a record that the runs write, and the document that is made from it.

use std::{collections::BTreeMap, fmt::Write as _, fs};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use super::list::{List, Mutant, Suite};
use crate::paths;

/// Path of the record.
pub const RECORD: &str = "tests/mutants.json";
/// Path of the document.
pub const DOCUMENT: &str = "docs/mutants.md";
/// Most tests that a row names.
const NAMED: usize = 3;

/// What became of a fault.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Fate {
    /// A test failed that passes without it.
    Caught,
    /// Tests took far longer than without it.
    Endless,
    /// The tests that were run passed.
    Survived,
    /// It does not compile.
    NotBuilt,
}

/// The last run of a fault.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Run {
    /// The fault that was planted, as [`Mutant::key`].
    pub key: String,
    /// What became of it.
    pub fate: Fate,
    /// Tests that failed.
    pub by: Vec<String>,
    /// Whether all tests of the suite were run, and not only those that the fault names.
    pub whole: bool,
    /// The commit whose sources it was planted in.
    pub commit: String,
    /// Seconds for building and testing.
    pub seconds: u64,
}

/// Runs by name of the fault.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Record(pub BTreeMap<String, Run>);

/// How many faults had which fate.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// All faults of the list.
    pub all: usize,
    /// Those that were found.
    pub caught: usize,
    /// Those that were not.
    pub survived: usize,
    /// Those with which the program does the same, so that none can find them.
    pub same: usize,
    /// Those that do not compile.
    pub not_built: usize,
    /// Those that were not planted as they are now.
    pub not_run: usize,
}

impl Record {
    /// Reads the record; an empty one if there is none.
    pub fn load() -> Result<Self> {
        let Ok(text) = fs::read_to_string(paths::root().join(RECORD)) else { return Ok(Self::default()) };
        Self::parse(&text)
    }

    /// Reads a record.
    pub fn parse(text: &str) -> Result<Self> {
        serde_json::from_str(text).with_context(|| format!("reading {RECORD}"))
    }

    /// Writes the record and its document. Runs of faults that are no longer in the list are left out.
    pub fn save(&mut self, list: &List) -> Result<()> {
        self.0.retain(|name, _| list.mutant.iter().any(|mutant| mutant.name == *name));
        let text = serde_json::to_string_pretty(&self.0)? + "\n";
        fs::write(paths::root().join(RECORD), text).with_context(|| format!("writing {RECORD}"))?;
        fs::write(paths::root().join(DOCUMENT), self.document(list)?).with_context(|| format!("writing {DOCUMENT}"))
    }

    /// Returns the run of a fault as it is now.
    pub fn of(&self, mutant: &Mutant) -> Result<Option<&Run>> {
        let key = mutant.key()?;
        Ok(self.0.get(&mutant.name).filter(|run| run.key == key))
    }

    /// Counts fates.
    pub fn counts(&self, list: &List) -> Result<Counts> {
        let mut counts = Counts { all: list.mutant.len(), ..Counts::default() };
        for mutant in &list.mutant {
            let count = match self.of(mutant)?.map(|run| run.fate) {
                Some(Fate::Caught | Fate::Endless) => &mut counts.caught,
                Some(Fate::Survived) if mutant.same.is_some() => &mut counts.same,
                Some(Fate::Survived) => &mut counts.survived,
                Some(Fate::NotBuilt) => &mut counts.not_built,
                None => &mut counts.not_run,
            };
            *count += 1;
        }
        Ok(counts)
    }

    /// Returns the text of the document.
    pub fn document(&self, list: &List) -> Result<String> {
        let mut text = String::from(HEAD);
        let counts = self.counts(list)?;
        let _ = writeln!(text, "{}\n", counts.sentence());
        for (suite, title) in [
            (Suite::Mathematics, "The mathematics (tests of `evergreen-math`)"),
            (Suite::Program, "The program (tests of the bytecode, `--test program`)"),
        ] {
            let _ =
                writeln!(text, "## {title}\n\n| fault | kind | file | outcome | by |\n| --- | --- | --- | --- | --- |");
            for mutant in list.mutant.iter().filter(|mutant| mutant.suite() == suite) {
                text += &row(mutant, self.of(mutant)?);
            }
            text.push('\n');
        }
        Ok(text.trim_end().to_owned() + "\n")
    }
}

impl Counts {
    /// Says them.
    pub fn sentence(&self) -> String {
        let Self { all, caught, survived, same, not_built, not_run } = self;
        format!(
            "{all} faults: {caught} caught, {survived} survived, {same} change nothing, {not_built} do not compile, {not_run} not run."
        )
    }
}

fn row(mutant: &Mutant, run: Option<&Run>) -> String {
    let file = mutant.file().trim_start_matches("programs/").replace("/src/", "/");
    let (outcome, by) = match run {
        None => ("not run".to_owned(), String::new()),
        Some(Run { fate: Fate::Survived, .. }) if mutant.same.is_some() => {
            ("changes nothing".to_owned(), mutant.same.clone().unwrap_or_default())
        }
        Some(run) => {
            let part = if run.whole || mutant.suite() == Suite::Mathematics { "all tests" } else { "the named part" };
            let outcome = match run.fate {
                Fate::Caught => "caught".to_owned(),
                Fate::Endless => "caught: tests do not end".to_owned(),
                Fate::Survived => format!("**survived** {part}"),
                Fate::NotBuilt => "does not compile".to_owned(),
            };
            let more = run.by.len().saturating_sub(NAMED);
            let mut by: Vec<String> = run.by.iter().take(NAMED).map(|name| format!("`{name}`")).collect();
            if more > 0 {
                by.push(format!("{more} more"));
            }
            (outcome, by.join(", "))
        }
    };
    format!("| {} | {} | `{file}` | {outcome} | {by} |\n", mutant.name, mutant.kind)
}

const HEAD: &str = "\
# Planted faults

`cargo xtask mutants` puts each fault of [tests/mutants.toml](../tests/mutants.toml) into a copy of the sources, one at a time, compiles what it changes, and runs
tests until one fails that passes without it. It writes this page and the record beside the list, goes on where it was interrupted, and fails where a fault survives or does
not compile. `--only TEXT`, `--kind TEXT`, `--suite mathematics|program` and `--minutes N` run a part, `--again` repeats what was run, `--whole` runs all tests where the named part has
found nothing. Faults of the kind *audit* are those that an audit proved in earlier versions, put back. A fault that was changed since its run counts as not run. One that *changes nothing* has its
reason beside it: with it the program does the same, so no test can find it.

";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_document_tells_the_fate_of_each_fault_as_it_is_now() {
        let fault = |name: &str| {
            format!(
                "[[mutant]]\nname = \"{name}\"\nkind = \"k\"\nfile = \"programs/evergreen-math/src/a.rs\"\nfind = 'a'\nput = 'b'\n"
            )
        };
        let list = List::parse(&["one", "two", "three"].map(fault).concat()).unwrap();
        let run = |key: &str, fate| Run {
            key: key.to_owned(),
            fate,
            by: ["t", "u", "v", "w"].map(str::to_owned).to_vec(),
            whole: false,
            commit: "c".to_owned(),
            seconds: 1,
        };
        let key = list.mutant[0].key().unwrap();
        let mut record = Record::default();
        record.0.insert("one".to_owned(), run(&key, Fate::Caught));
        record.0.insert("two".to_owned(), run(&key, Fate::Survived));
        record.0.insert("three".to_owned(), run("another fault", Fate::Caught));
        let text = record.document(&list).unwrap();
        assert!(
            text.contains("3 faults: 1 caught, 1 survived, 0 change nothing, 0 do not compile, 1 not run."),
            "{text}"
        );
        assert!(text.contains("| one | k | `evergreen-math/a.rs` | caught | `t`, `u`, `v`, 1 more |"), "{text}");
        assert!(text.contains("| two | k | `evergreen-math/a.rs` | **survived** all tests |"), "{text}");
        assert!(text.contains("| three | k | `evergreen-math/a.rs` | not run |  |"), "{text}");
        let mut of_none = list;
        of_none.mutant[1].same = Some("two is one".to_owned());
        let text = record.document(&of_none).unwrap();
        assert!(text.contains("3 faults: 1 caught, 0 survived, 1 change nothing"), "{text}");
        assert!(text.contains("| two | k | `evergreen-math/a.rs` | changes nothing | two is one |"), "{text}");
        let same = Record::parse(&serde_json::to_string(&record.0).unwrap()).unwrap();
        assert_eq!(same, record);
    }
}
