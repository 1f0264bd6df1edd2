//! The catalogue of attacks: each has a test with its number, and a document has a table of the attacks, their tests and what these expect.

use std::{collections::BTreeSet, fmt::Write as _, fs};

use anyhow::{Context, Result, bail};

use super::{
    File, Report,
    config::Attacks,
    source::{in_name, without_comments},
};
use crate::paths;

/// Line before the table in the document.
const BEGIN: &str = "<!-- The table is written by `cargo xtask attacks`. -->";
/// Line after it.
const END: &str = "<!-- End of the table. -->";
/// Enumerations of errors that tests name.
const ERRORS: [&str; 4] = ["EvergreenError::", "ErrorCode::", "TokenError::", "PlanError::"];

/// An attack of the catalogue.
struct Attack {
    number: u32,
    text: String,
}

/// A test of one or several attacks.
struct Test {
    numbers: Vec<u32>,
    /// Path of its file below the folder of tests.
    file: String,
    name: String,
    /// Names of the errors that it expects.
    errors: BTreeSet<String>,
    /// Whether it expects refusals, also where it does not name their errors.
    refused: bool,
}

/// Compares the numbered list of attacks with the names of tests, the table in the document with both, and the names of tests that documents give with the tests.
pub fn check(files: &[File], rules: &Attacks) -> Report {
    let report = |count, breaks| Report { name: "attacks", count, things: "attacks", breaks };
    let Some(list) = files.iter().find(|file| file.path == rules.catalogue) else {
        return report(0, vec![format!("{} is missing", rules.catalogue)]);
    };
    let listed = attacks(&list.text);
    let tests = tests(files, rules);
    let tested: BTreeSet<u32> = tests.iter().flat_map(|test| test.numbers.iter().copied()).collect();
    let untested = listed.iter().map(|attack| attack.number).filter(|number| !tested.contains(number));
    let mut breaks: Vec<String> =
        untested.map(|number| format!("attack {number} has no test `a{number:02}_…`")).collect();
    let unlisted = tested.iter().filter(|number| !listed.iter().any(|attack| attack.number == **number));
    breaks.extend(unlisted.map(|number| format!("a test of attack {number}, which is not in {}", rules.catalogue)));
    match files.iter().find(|file| file.path == rules.document) {
        None => breaks.push(format!("{} is missing", rules.document)),
        Some(document) if replaced(&document.text, &table(&listed, &tests)).as_ref() != Some(&document.text) => {
            breaks.push(format!("the table in {} is not that of today's tests: cargo xtask attacks", rules.document));
        }
        Some(_) => {}
    }
    breaks.extend(unknown_tests(files));
    report(listed.len(), breaks)
}

/// Writes the table of attacks into its document.
pub fn write(files: &[File], rules: &Attacks) -> Result<()> {
    let text = |path: &str| {
        let file = files.iter().find(|file| file.path == path);
        file.map(|file| &file.text).with_context(|| format!("{path} is missing"))
    };
    let table = table(&attacks(text(&rules.catalogue)?), &tests(files, rules));
    let Some(new) = replaced(text(&rules.document)?, &table) else {
        bail!("{} has no lines `{BEGIN}` and `{END}`", rules.document)
    };
    fs::write(paths::root().join(&rules.document), new).with_context(|| format!("writing {}", rules.document))
}

/// Reads the numbered lines of the catalogue.
fn attacks(catalogue: &str) -> Vec<Attack> {
    let attack = |line: &str| {
        let (number, text) = line.split_once(". ")?;
        Some(Attack { number: number.parse().ok()?, text: text.to_owned() })
    };
    catalogue.lines().filter_map(attack).collect()
}

/// Finds the tests whose names begin with numbers of attacks, in the order of files.
fn tests(files: &[File], rules: &Attacks) -> Vec<Test> {
    let mut found = Vec::new();
    for file in files.iter().filter(|file| file.is_rust() && file.path.starts_with(&rules.tests)) {
        let code = without_comments(&file.text);
        for (at, _) in code.match_indices("fn a") {
            let name: String = code[at + 3..].chars().take_while(|c| in_name(*c)).collect();
            let numbers = numbers(&name);
            if numbers.is_empty() {
                continue;
            }
            // Tests stand at the margin of their file.
            let rest = &code[at..];
            let body = &rest[..rest.find("\n}").unwrap_or(rest.len())];
            let errors = ERRORS.iter().flat_map(|kind| {
                body.match_indices(kind)
                    .map(|(at, _)| body[at + kind.len()..].chars().take_while(|c| in_name(*c)).collect())
            });
            let path = file.path.strip_prefix(&rules.tests).unwrap_or(&file.path).to_owned();
            let refused = ["refused(", "assert_error("].iter().any(|call| body.contains(call));
            found.push(Test { numbers, file: path, errors: errors.collect(), refused, name });
        }
    }
    found
}

/// Returns the numbers with which the name of a test begins: 30 and 37 for `a30_a37_mints`.
fn numbers(name: &str) -> Vec<u32> {
    let number = |part: &str| {
        let digits = part.strip_prefix('a').filter(|digits| digits.len() >= 2)?;
        digits.parse().ok()
    };
    // What follows the last underscore is no number of an attack.
    let parts = name.rsplit_once('_').map_or("", |(parts, _)| parts);
    parts.split('_').map_while(number).collect()
}

/// The table: a row for each attack, with its tests and the errors that these expect.
fn table(attacks: &[Attack], tests: &[Test]) -> String {
    let mut table = String::from("| case | what is tried | tests | what they expect |\n| --- | --- | --- | --- |\n");
    for Attack { number, text } in attacks {
        let of: Vec<&Test> = tests.iter().filter(|test| test.numbers.contains(number)).collect();
        let names: Vec<String> = of.iter().map(|test| format!("`{}` ({})", test.name, short(&test.file))).collect();
        let errors: BTreeSet<&String> = of.iter().flat_map(|test| &test.errors).collect();
        let mut expected: Vec<String> = errors.into_iter().map(|error| format!("`{error}`")).collect();
        if of.iter().any(|test| test.refused && test.errors.is_empty()) {
            expected.push("refused".to_owned());
        }
        if of.iter().any(|test| !test.refused && test.errors.is_empty()) {
            expected.push("amounts".to_owned());
        }
        let _ = writeln!(table, "| {number} | {text} | {} | {} |", names.join(", "), expected.join(", "));
    }
    table
}

/// The path of a file without what all of them have.
fn short(path: &str) -> &str {
    let path = path.strip_prefix("tests/").unwrap_or(path);
    path.strip_prefix("program/").unwrap_or(path)
}

/// Returns the document with this table between its lines; `None` if it does not have them.
fn replaced(document: &str, table: &str) -> Option<String> {
    let (before, rest) = document.split_once(BEGIN)?;
    let (_, after) = rest.split_once(END)?;
    Some(format!("{before}{BEGIN}\n\n{table}\n{END}{after}"))
}

/// Finds tests of audits that a document names and that do not exist. A name may be the beginning of several.
fn unknown_tests(files: &[File]) -> Vec<String> {
    let tests: Vec<&str> = files
        .iter()
        .filter(|file| file.is_rust())
        .flat_map(|file| file.text.match_indices("fn audit_").map(|(at, _)| &file.text[at + 3..]))
        .collect();
    let mut breaks = Vec::new();
    for file in files.iter().filter(|file| file.path.ends_with(".md")) {
        for (at, _) in file.text.match_indices("`audit_") {
            let name: String = file.text[at + 1..].chars().take_while(|c| in_name(*c)).collect();
            if !tests.iter().any(|test| test.starts_with(&name)) {
                breaks.push(format!("{}: there is no test `{name}…`", file.path));
            }
        }
    }
    breaks
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIST: &str = "# Title\n1. One\n12. Twelve\nSome words. And more";

    fn rules() -> Attacks {
        toml::from_str("catalogue = \"tests/ATTACKS.md\"\ntests = \"tests/\"\ndocument = \"docs/a.md\"").unwrap()
    }

    /// The check of this code beside a document with the right table.
    fn breaks(code: &str) -> Vec<String> {
        let (list, code) = (File::new("tests/ATTACKS.md", LIST), File::new("tests/a.rs", code));
        let mut files = vec![list, code];
        let table = table(&attacks(LIST), &tests(&files, &rules()));
        files.push(File::new("docs/a.md", &replaced(&format!("A\n{BEGIN}\n{END}\nB"), &table).unwrap()));
        check(&files, &rules()).breaks
    }

    #[test]
    fn every_attack_has_a_test_and_every_number_is_listed() {
        assert!(breaks("fn a01_x() {}\nfn a12_y() {}\nfn again_() {}").is_empty());
        assert!(breaks("fn a01_a12_x() {}").is_empty());
        assert_eq!(breaks("fn a01_x() {}"), ["attack 12 has no test `a12_…`"]);
        let unlisted = breaks("fn a01_x() {}\nfn a12_y() {}\nfn a13_z() {}");
        assert_eq!(unlisted, ["a test of attack 13, which is not in tests/ATTACKS.md"]);
    }

    #[test]
    fn a_row_tells_tests_and_errors() {
        let code = "fn a01_a12_x() {\n    refused(EvergreenError::Paused);\n    let f = || {\n    };\n}\nfn a12_y() {\n}\nfn z() {\n    ErrorCode::Other\n}";
        let found = tests(&[File::new("tests/tests/program/b.rs", code)], &rules());
        let table = table(&attacks(LIST), &found);
        let rows: Vec<&str> = table.lines().skip(2).collect();
        assert_eq!(rows[0], "| 1 | One | `a01_a12_x` (b.rs) | `Paused` |");
        assert_eq!(rows[1], "| 12 | Twelve | `a01_a12_x` (b.rs), `a12_y` (b.rs) | `Paused`, amounts |");
    }

    #[test]
    fn the_table_is_that_of_todays_tests() {
        let old = File::new("docs/a.md", &format!("{BEGIN}\n| 1 | Zero |\n{END}"));
        let files = [File::new("tests/ATTACKS.md", LIST), File::new("tests/a.rs", "fn a01_a12_x() {}"), old];
        assert_eq!(
            check(&files, &rules()).breaks,
            ["the table in docs/a.md is not that of today's tests: cargo xtask attacks"]
        );
        assert_eq!(check(&files[..2], &rules()).breaks, ["docs/a.md is missing"]);
    }

    #[test]
    fn a_test_that_a_document_names_exists() {
        let files = [File::new("a.rs", "fn audit_one_more() {}"), File::new("b.md", "`audit_one_*`, `audit_two`")];
        assert_eq!(unknown_tests(&files), ["b.md: there is no test `audit_two…`"]);
    }

    #[test]
    fn the_catalogue_must_be_there() {
        assert_eq!(check(&[], &rules()).breaks, ["tests/ATTACKS.md is missing"]);
    }
}
