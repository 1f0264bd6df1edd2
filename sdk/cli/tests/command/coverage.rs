//! Every command is in a document, and so is run by a test.

use crate::market::{alone, text};
use evergreen_test_support::{
    documents::{COMMAND, CURATOR, KEEPER, OPERATOR, TRADER},
    schema,
};
use std::path::Path;

/// The documents whose commands tests run.
const DOCUMENTS: [&str; 5] = [COMMAND, TRADER, OPERATOR, KEEPER, CURATOR];

/// All commands that have no commands below them, as their own help lists them.
fn leaves(folder: &Path, path: &str, found: &mut Vec<String>) {
    let help = text(&alone(folder, &format!("{path} --help")));
    let below = help.lines().skip_while(|line| *line != "Commands:").skip(1).take_while(|line| !line.is_empty());
    // Descriptions that take several lines are indented further.
    let names = below.filter_map(|line| line.strip_prefix("  ").filter(|rest| !rest.starts_with(' ')));
    let names: Vec<&str> = names.filter_map(|rest| rest.split(' ').next()).filter(|name| *name != "help").collect();
    if names.is_empty() {
        found.push(path.to_owned());
    }
    for name in names {
        leaves(folder, format!("{path} {name}").trim(), found);
    }
}

/// Commands that print no document: shells read what they write.
const NO_DOCUMENT: [&str; 1] = ["completions"];

/// Commands that no test runs to their end: they need a feed that has been silent for a week, or a class that has lost all its capital.
const NOT_RUN: [&str; 4] = ["series silent", "series end", "lp renew", "lp redeem"];

#[test]
fn every_command_has_a_schema() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut all = Vec::new();
    leaves(folder.path(), "", &mut all);
    // `localnet` alone is a command with commands below it.
    all.push("localnet".to_owned());
    let named = |leaf: &String| {
        schema::command(&if leaf.starts_with("quote") { format!("{leaf} --pool X") } else { leaf.clone() })
    };
    let mut missing: Vec<String> = all.iter().map(named).filter(|name| !schema::has(name)).collect();
    missing.retain(|name| !NO_DOCUMENT.iter().chain(&NOT_RUN).any(|none| none == name));
    missing.dedup();
    assert!(
        missing.is_empty(),
        "docs/output.schema.json has no definition of {missing:?}: a test has to run them with --json"
    );
    for none in NO_DOCUMENT.into_iter().chain(NOT_RUN) {
        assert!(all.iter().any(|leaf| leaf == none), "{none} is no command");
        assert!(!schema::has(none), "{none} has a definition");
    }
}

#[test]
fn every_command_is_in_a_document() {
    let folder = tempfile::tempdir().expect("a folder");
    let mut all = Vec::new();
    leaves(folder.path(), "", &mut all);
    assert!(all.len() > 40, "{} commands found: {all:?}", all.len());
    let lines: Vec<&str> =
        DOCUMENTS.iter().flat_map(|text| text.lines()).filter_map(|l| l.trim().strip_prefix("evergreen ")).collect();
    let is_said = |command: &str| lines.iter().any(|line| *line == command || line.starts_with(&format!("{command} ")));
    // Quotes, trades and orders share one grammar, and one piece of code that reads it: each shape is said of one of them.
    let is_said_of_another = |command: &str| {
        let shape = ["quote ", "trade ", "orders place "].iter().find_map(|verb| command.strip_prefix(verb));
        shape.is_some_and(|shape| ["quote", "trade"].iter().any(|verb| is_said(&format!("{verb} {shape}"))))
    };
    let unsaid: Vec<&String> = all.iter().filter(|command| !is_said(command) && !is_said_of_another(command)).collect();
    assert!(unsaid.is_empty(), "no document runs {unsaid:?}");
}
