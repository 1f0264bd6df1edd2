//! Planted faults: `cargo xtask mutants` shows which of them the tests find.

pub mod list;
pub mod record;
mod suite;
mod tree;

use std::{
    ffi::OsString,
    fs,
    time::{Duration, Instant},
};

use anyhow::{Context, Result, bail};

use crate::{paths, system};
use list::{LIST, List, Mutant, Suite};
use record::{Fate, Record, Run};
use suite::Tests;

const USAGE: &str = "\
Usage: cargo xtask mutants [--only TEXT] [--kind TEXT] [--suite mathematics|program] [--minutes N] [--again] [--whole]
       cargo xtask mutants --list";

/// Which faults are planted, and how they are looked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Options {
    only: Option<String>,
    kind: Option<String>,
    suite: Option<Suite>,
    time: Option<Duration>,
    again: bool,
    whole: bool,
    list: bool,
}

impl Options {
    fn parse(words: &[String]) -> Result<Self> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().cloned().with_context(|| format!("`{word}` has no value\n\n{USAGE}"));
            match word.as_str() {
                "--only" => options.only = Some(value()?),
                "--kind" => options.kind = Some(value()?),
                "--suite" => {
                    options.suite = Some(match value()?.as_str() {
                        "mathematics" => Suite::Mathematics,
                        "program" => Suite::Program,
                        other => bail!("no suite `{other}`\n\n{USAGE}"),
                    });
                }
                "--minutes" => {
                    let minutes: u64 = value()?.parse().context("--minutes")?;
                    options.time = Some(Duration::from_secs(minutes.saturating_mul(60)));
                }
                "--again" => options.again = true,
                "--whole" => options.whole = true,
                "--list" => options.list = true,
                _ => bail!("invalid option `{word}`\n\n{USAGE}"),
            }
        }
        Ok(options)
    }

    fn takes(&self, mutant: &Mutant) -> bool {
        self.only.as_ref().is_none_or(|text| mutant.name.contains(text))
            && self.kind.as_ref().is_none_or(|text| mutant.kind.contains(text))
            && self.suite.is_none_or(|suite| mutant.suite() == suite)
    }

    /// Whether a fault has to be run, given its last run.
    fn wants(&self, last: Option<&Run>) -> bool {
        let Some(last) = last else { return true };
        self.again || last.fate == Fate::NotBuilt || (self.whole && last.fate == Fate::Survived && !last.whole)
    }
}

/// Reads the list.
pub fn read_list() -> Result<List> {
    let text = fs::read_to_string(paths::root().join(LIST)).with_context(|| format!("reading {LIST}"))?;
    List::parse(&text)
}

/// Plants faults and looks for them. Returns the exit code: 0 if all that were wanted are found, 1 if not.
pub fn run(arguments: &[OsString]) -> Result<i32> {
    let words: Vec<String> = arguments.iter().map(|word| word.to_string_lossy().into_owned()).collect();
    let options = Options::parse(&words)?;
    let (list, mut record) = (read_list()?, Record::load()?);
    let chosen: Vec<&Mutant> = list.mutant.iter().filter(|mutant| options.takes(mutant)).collect();
    if options.list {
        for mutant in &chosen {
            println!("{} ({}, {})", mutant.name, mutant.kind, mutant.file());
        }
        return Ok(0);
    }
    let mut waiting = Vec::new();
    for mutant in &chosen {
        if options.wants(record.of(mutant)?) {
            waiting.push(*mutant);
        }
    }
    if !waiting.is_empty() {
        let start = Instant::now();
        system::setup()?;
        let commit = tree::commit()?;
        let mut tests = Tests::new();
        for (place, mutant) in waiting.iter().enumerate() {
            if options.time.is_some_and(|time| start.elapsed() >= time) {
                println!("{} faults are left for another time", waiting.len() - place);
                break;
            }
            let begun = Instant::now();
            let found = tests.look_for(mutant, options.whole)?;
            let seconds = begun.elapsed().as_secs();
            println!(
                "{}/{} {}: {:?} in {seconds} s {}",
                place + 1,
                waiting.len(),
                mutant.name,
                found.fate,
                found.by.join(", ")
            );
            let (key, name) = (mutant.key()?, mutant.name.clone());
            let run = Run { key, fate: found.fate, by: found.by, whole: found.whole, commit: commit.clone(), seconds };
            // The other suite may run beside this one.
            record = Record::load()?;
            record.0.insert(name, run);
            record.save(&list)?;
        }
    }
    record.save(&list)?;
    let part = List { mutant: chosen.into_iter().cloned().collect() };
    let counts = record.counts(&part)?;
    for mutant in &part.mutant {
        if let Some(run) = record.of(mutant)?.filter(|run| matches!(run.fate, Fate::Survived | Fate::NotBuilt)) {
            if run.fate == Fate::Survived && mutant.same.is_some() {
                continue;
            }
            println!("{:?}: {}", run.fate, mutant.name);
        }
    }
    println!("{}", counts.sentence());
    Ok(i32::from(counts.survived + counts.not_built > 0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_choose_faults() {
        let words = ["--only", "fee", "--suite", "program", "--minutes", "3", "--again"].map(str::to_owned);
        let options = Options::parse(&words).unwrap();
        assert_eq!(options.time, Some(Duration::from_secs(180)));
        assert!(options.again && !options.whole);
        let wrong = Options::parse(&["--no".to_owned()]).unwrap_err().to_string();
        assert!(wrong.contains("invalid option `--no`"), "{wrong}");
        let wrong = Options::parse(&["--suite".to_owned(), "x".to_owned()]).unwrap_err().to_string();
        assert!(wrong.contains("no suite `x`"), "{wrong}");
    }

    #[test]
    fn what_was_run_is_not_run_again_unless_asked() {
        let run =
            |fate, whole| Run { key: String::new(), fate, by: Vec::new(), whole, commit: String::new(), seconds: 0 };
        let whole = Options { whole: true, ..Options::default() };
        assert!(Options::default().wants(None));
        assert!(!Options::default().wants(Some(&run(Fate::Caught, false))));
        assert!(Options::default().wants(Some(&run(Fate::NotBuilt, false))));
        assert!(!Options::default().wants(Some(&run(Fate::Survived, false))));
        assert!(whole.wants(Some(&run(Fate::Survived, false))));
        assert!(!whole.wants(Some(&run(Fate::Survived, true))));
    }
}
