//! The paragraph of docs/security.md that says in figures what was tried, and the record of runs from which it is made.

use std::fs;

use anyhow::{Context, Result, bail};

use crate::{
    mutants::{
        list::{LIST, List},
        record::{RECORD, Record},
    },
    paths,
};

/// The last runs that were kept: a name, a colon and what the run said, a line for each.
pub const RUNS: &str = "tests/runs.txt";
/// The document with the paragraph.
pub const DOCUMENT: &str = "docs/security.md";
const ATTACKS: &str = "tests/ATTACKS.md";
const COVERAGE: &str = "docs/coverage.md";
/// Line before the paragraph.
const BEGIN: &str = "<!-- The figures are written by `cargo xtask figures --write`. -->";
/// Line after it.
const END: &str = "<!-- End of the figures. -->";

/// Keeps what a run said in its last line, in place of what an earlier one of this name has said.
pub fn keep(name: &str, line: &str) -> Result<()> {
    let path = paths::root().join(RUNS);
    let old = fs::read_to_string(&path).unwrap_or_default();
    fs::write(&path, kept(&old, name, line)).with_context(|| format!("writing {RUNS}"))
}

fn kept(runs: &str, name: &str, line: &str) -> String {
    let others = runs.lines().filter(|old| !old.starts_with(&format!("{name}: ")));
    let mut all: Vec<String> = others.map(str::to_owned).chain([format!("{name}: {line}")]).collect();
    all.sort();
    all.join("\n") + "\n"
}

/// Returns the document with the paragraph that the other files give.
pub fn current(read: impl Fn(&str) -> Option<String>) -> Result<String> {
    let text = |path: &str| read(path).with_context(|| format!("{path} is missing"));
    let document = text(DOCUMENT)?;
    let (Some((before, _)), Some((_, after))) = (document.split_once(BEGIN), document.split_once(END)) else {
        bail!("{DOCUMENT} has no lines `{BEGIN}` and `{END}`")
    };
    let is_case = |line: &&str| line.split_once(". ").is_some_and(|(number, _)| number.parse::<u32>().is_ok());
    let cases = text(ATTACKS)?.lines().filter(is_case).count();
    let faults = Record::parse(&text(RECORD)?)?.counts(&List::parse(&text(LIST)?)?)?.sentence();
    let mut all = vec![
        format!("{cases} cases of the catalogue have tests."),
        format!("Of the faults that are planted: {faults}"),
        covered(&text(COVERAGE)?)?,
    ];
    for run in text(RUNS)?.lines() {
        let (name, said) = run.split_once(": ").with_context(|| format!("{RUNS}: `{run}` names no run"))?;
        all.push(format!("The last {name} that was kept said: *{said}*."));
    }
    Ok(format!("{before}{BEGIN}\n\n{}\n\n{END}{after}", all.join(" ")))
}

/// Says the last row of the table of coverage.
fn covered(page: &str) -> Result<String> {
    let row =
        page.lines().find_map(|line| line.strip_prefix("| all | ")).context("docs/coverage.md has no row `all`")?;
    let cells: Vec<&str> = row.trim_end_matches(" |").split(" | ").collect();
    let [lines, executed, ways, taken] = cells[..] else { bail!("{COVERAGE}: `{row}` has not four figures") };
    Ok(format!(
        "Of {lines} lines of the program its tests execute {executed}, and of {ways} ways out of jumps they take {taken}."
    ))
}

/// Writes the paragraph.
pub fn write() -> Result<()> {
    let text = current(|path| fs::read_to_string(paths::root().join(path)).ok())?;
    fs::write(paths::root().join(DOCUMENT), text).with_context(|| format!("writing {DOCUMENT}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_run_takes_the_place_of_the_last_one() {
        let one = kept("", "hunt", "HELD: 1");
        assert_eq!(kept(&kept(&one, "fuzz", "HELD: 2"), "hunt", "HELD: 3"), "fuzz: HELD: 2\nhunt: HELD: 3\n");
    }

    #[test]
    fn the_paragraph_quotes_each_file() {
        let read = |path: &str| {
            Some(match path {
                DOCUMENT => format!("# S\n\n{BEGIN}\n\nold\n\n{END}\n\nrest\n"),
                ATTACKS => "# A\n\n1. One\n2. Two\n".to_owned(),
                COVERAGE => "| all | 10 | 98.0 % | 40 | 50.0 % |\n".to_owned(),
                RECORD => "{}".to_owned(),
                LIST => "[[mutant]]\nname = \"n\"\nkind = \"k\"\nfile = \"programs/evergreen-math/src/a.rs\"\nfind = 'a'\nput = 'b'\n".to_owned(),
                _ => "fuzz: HELD: 7 steps\n".to_owned(),
            })
        };
        let text = current(read).unwrap();
        for part in [
            "2 cases",
            "1 faults: 0 caught",
            "Of 10 lines",
            "take 50.0 %",
            "The last fuzz that was kept said: *HELD: 7 steps*.",
        ] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(text.starts_with("# S\n\n") && text.ends_with("\n\nrest\n") && !text.contains("old"), "{text}");
        assert!(current(|path| read(path).filter(|_| path != RUNS)).unwrap_err().to_string().contains(RUNS));
    }
}
