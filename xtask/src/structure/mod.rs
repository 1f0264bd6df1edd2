//! Checks that keep the structure as it is. The rules and their reasons are in `xtask/structure.toml`.
//!
//! The checks read the files of the checkout as text, so they take a second or two and need no compiler. An exception that nothing needs
//! any more is a break of the rules as well, so that the rules stay short.

mod accounts;
mod attacks;
mod commits;
mod config;
mod constants;
mod cycles;
mod evidence;
mod fields;
mod layers;
mod manifests;
mod modules;
mod mutants;
mod names;
mod sizes;
mod source;
mod terms;
mod test_code;
mod walks;
mod words;

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::{
    command::{command, output},
    paths,
};
use config::{Config, Place};

/// Path of the rules.
const RULES: &str = "xtask/structure.toml";

/// A text file of the checkout.
struct File {
    /// Path of the file from the root of the checkout.
    path: String,
    text: String,
}

/// Result of one check.
struct Report {
    name: &'static str,
    /// Number of things that it has checked.
    count: usize,
    /// Name of these things.
    things: &'static str,
    /// One line for each break of a rule.
    breaks: Vec<String>,
}

/// Runs all checks, prints a line for each, and fails if one has found a break of a rule.
pub fn check() -> Result<()> {
    let reports = run(&tracked()?, &rules()?)?;
    let mut breaks = Vec::new();
    for report in reports {
        let (name, count, things) = (report.name, report.count, report.things);
        eprintln!("  {name}: {count} {things}, {} breaks", report.breaks.len());
        breaks.extend(report.breaks.into_iter().map(|text| format!("{name}: {text}")));
    }
    ensure!(
        breaks.is_empty(),
        "{} breaks of the rules in {RULES}; change the code, or add an exception with its reason there:\n  {}",
        breaks.len(),
        breaks.join("\n  ")
    );
    Ok(())
}

/// Writes the table of attacks, their tests and what these expect into its document.
pub fn write_attacks() -> Result<()> {
    attacks::write(&tracked()?, &rules()?.attacks)
}

/// Reads the rules.
fn rules() -> Result<Config> {
    let rules = fs::read_to_string(paths::root().join(RULES)).with_context(|| format!("reading {RULES}"))?;
    toml::from_str(&rules).with_context(|| format!("reading {RULES}"))
}

fn run(files: &[File], rules: &Config) -> Result<Vec<Report>> {
    Ok(vec![
        words::words(files, &rules.words),
        words::texts(files, &rules.texts),
        test_code::check(files, &rules.test_texts),
        names::check(files, &rules.names),
        constants::check(files, &rules.constants),
        manifests::check(files, &rules.crates)?,
        layers::check(files, &rules.layers),
        cycles::check(files, &rules.cycles),
        sizes::check(files, &rules.sizes),
        accounts::check(files, &rules.accounts),
        fields::check(files, &rules.fields),
        accounts::doors(files, &rules.doors),
        attacks::check(files, &rules.attacks),
        mutants::check(files)?,
        walks::check(files, &rules.walks),
        commits::check(&rules.commits)?,
        evidence::check(files),
        terms::check(files),
    ])
}

/// Returns the text files of the checkout that git does not ignore, also those that are not committed yet.
fn tracked() -> Result<Vec<File>> {
    let mut git = command("git");
    let listed = output(git.args(["ls-files", "-co", "--exclude-standard"]).current_dir(paths::root()))?;
    let mut files = Vec::new();
    for path in listed.lines() {
        let on_disk = paths::root().join(path);
        if !on_disk.is_file() {
            continue;
        }
        let bytes = fs::read(&on_disk).with_context(|| format!("reading {path}"))?;
        if let Ok(text) = String::from_utf8(bytes) {
            files.push(File { path: path.to_string(), text });
        }
    }
    Ok(files)
}

impl File {
    #[cfg(test)]
    fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_string(), text: text.to_string() }
    }

    fn is_rust(&self) -> bool {
        self.path.ends_with(".rs")
    }

    fn is_typescript(&self) -> bool {
        self.path.ends_with(".ts") || self.path.ends_with(".tsx")
    }
}

/// Returns the index of the place that this path is in.
fn place_of(places: &[Place], path: &str) -> Option<usize> {
    places.iter().position(|place| path.starts_with(&place.path))
}

/// Returns the message about an exception that nothing needs.
fn unneeded(what: &str, reason: &str) -> String {
    format!("{RULES}: nothing needs the exception for {what} (\"{reason}\") any more; strike it out")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_rules_of_this_repository_can_be_read() {
        let rules = fs::read_to_string(paths::root().join(RULES)).unwrap();
        let rules: Config = toml::from_str(&rules).unwrap();
        assert!(!rules.words.word.is_empty());
    }

    #[test]
    fn an_exception_without_a_reason_is_refused() {
        let place: Result<Place, _> = toml::from_str("path = \"a\"");
        let error = place.unwrap_err().to_string();
        assert!(error.contains("missing field `reason`"), "{error}");
    }
}
