//! Checks that keep the structure as it is: words, layers of the program, doors, sizes of files.
//!
//! They read the tracked files as text, so they take less than a second and need no compiler.

mod rules;

use std::fs;

use anyhow::{Context, Result, ensure};

use crate::{
    command::{command, output},
    paths,
};
use rules::{DOORS, Door, LAYERS, LONG_FILES, MOST_LINES, WORDS, WORDS_NOT_READ, Word};

/// A tracked file.
struct File {
    /// Its path from the root of the checkout.
    path: String,
    text: String,
}

/// Runs all checks, prints a line for each, and fails if one has found something.
pub fn check() -> Result<()> {
    let files = tracked()?;
    let mut found = Vec::new();
    for (name, breaks) in [
        ("words", words(&files, WORDS)),
        ("layers", layers(&files, "programs/evergreen/src/", LAYERS)),
        ("doors", doors(&files, DOORS)),
        ("sizes", sizes(&files, LONG_FILES)),
        ("attacks", attacks(&files, "tests/ATTACKS.md")),
    ] {
        eprintln!("  {name}: {} files, {} found", files.len(), breaks.len());
        found.extend(breaks);
    }
    ensure!(found.is_empty(), "the structure has changed:\n  {}", found.join("\n  "));
    Ok(())
}

fn tracked() -> Result<Vec<File>> {
    let listed = output(command("git").args(["ls-files", "-co", "--exclude-standard"]).current_dir(paths::root()))?;
    let read = |path: &str| -> Option<Result<File>> {
        let kind = path.rsplit('.').next()?;
        let on_disk = paths::root().join(path);
        (matches!(kind, "rs" | "md" | "toml" | "json") && on_disk.is_file()).then(|| {
            let text = fs::read_to_string(&on_disk).with_context(|| format!("reading {path}"))?;
            Ok(File { path: path.to_string(), text })
        })
    };
    listed.lines().filter_map(read).collect()
}

fn words(files: &[File], words: &[Word]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|f| !WORDS_NOT_READ.iter().any(|skipped| f.path.starts_with(skipped))) {
        for (number, line) in (1usize..).zip(file.text.lines()) {
            for word in words.iter().filter(|w| !w.allowed.iter().any(|prefix| file.path.starts_with(prefix))) {
                if has_word(line, word.word) {
                    found.push(format!("{}:{number}: `{}`: say `{}`", file.path, word.word, word.better));
                }
            }
        }
    }
    found
}

/// Whether the line holds the word as a whole identifier.
fn has_word(line: &str, word: &str) -> bool {
    let inside = |c: char| c.is_ascii_alphanumeric() || c == '_';
    line.match_indices(word).any(|(at, _)| {
        let before = line[..at].chars().next_back();
        let after = line[at + word.len()..].chars().next();
        !before.is_some_and(inside) && !after.is_some_and(inside)
    })
}

fn layers(files: &[File], root: &str, layers: &[&[&str]]) -> Vec<String> {
    let rank = |module: &str| layers.iter().position(|layer| layer.contains(&module));
    let mut found = Vec::new();
    for file in files.iter().filter(|f| f.path.ends_with(".rs") && !f.path.ends_with("tests.rs")) {
        let Some(inside) = file.path.strip_prefix(root) else { continue };
        let module = inside.split(['/', '.']).next().unwrap_or_default();
        let Some(own) = rank(module) else {
            found.push(format!("{}: module `{module}` has no layer", file.path));
            continue;
        };
        let text = file.text.split("#[cfg(test)]").next().unwrap_or_default();
        for used in modules_used(text) {
            if rank(&used).is_some_and(|other| other < own) {
                found.push(format!("{}: `{module}` uses `{used}`, which lies above it", file.path));
            }
        }
    }
    found
}

/// The modules of the crate that a file names: `crate::module` and the first names within `crate::{…}`. Comments do not count.
fn modules_used(text: &str) -> Vec<String> {
    let code: Vec<&str> = text.lines().filter(|line| !line.trim_start().starts_with("//")).collect();
    let code = code.join("\n");
    let mut used = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        let before = code[..at].chars().next_back();
        let rest = &code[at + "crate::".len()..];
        if before == Some('$') || before.is_some_and(|c| c.is_ascii_alphanumeric() || c == '_') {
            continue;
        }
        if let Some(list) = rest.strip_prefix('{') {
            let (mut depth, mut name) = (0usize, String::new());
            for c in list.chars() {
                match c {
                    '{' => depth += 1,
                    '}' if depth == 0 => break,
                    '}' => depth -= 1,
                    ',' if depth == 0 => used.push(std::mem::take(&mut name)),
                    _ if depth == 0 => name.push(c),
                    _ => {}
                }
            }
            used.push(name);
        } else {
            used.push(rest.to_string());
        }
    }
    let first = |path: &String| {
        let name = path.trim_start();
        let end = name.find(|c: char| !(c.is_ascii_alphanumeric() || c == '_')).unwrap_or(name.len());
        name[..end].to_string()
    };
    let mut names: Vec<String> = used.iter().map(first).collect();
    names.sort_unstable();
    names.dedup();
    names
}

fn doors(files: &[File], doors: &[Door]) -> Vec<String> {
    let mut found = Vec::new();
    for door in doors {
        let read =
            |f: &&File| f.path.ends_with(".rs") && f.path.starts_with(door.within) && !f.path.starts_with("xtask/");
        for file in files.iter().filter(read) {
            if file.text.contains(door.pattern) && !door.files.contains(&file.path.as_str()) {
                found.push(format!("{}: `{}` is said elsewhere only: {}", file.path, door.pattern, door.reason));
            }
        }
        for path in door.files {
            if !files.iter().any(|f| f.path == *path && f.text.contains(door.pattern)) {
                found.push(format!("{path}: no longer says `{}`; strike it out of the rules", door.pattern));
            }
        }
    }
    found
}

fn sizes(files: &[File], long: &[(&str, &str)]) -> Vec<String> {
    let mut found = Vec::new();
    for file in files.iter().filter(|f| f.path.ends_with(".rs")) {
        let (lines, listed) = (file.text.lines().count(), long.iter().any(|(path, _)| *path == file.path));
        if lines > MOST_LINES && !listed {
            found.push(format!("{}: {lines} lines, at most {MOST_LINES}", file.path));
        }
        if lines <= MOST_LINES && listed {
            found.push(format!("{}: {lines} lines need no reason; strike it out of the rules", file.path));
        }
    }
    found
}

/// Compares the numbered list of attacks with the tests that carry their numbers.
fn attacks(files: &[File], catalogue: &str) -> Vec<String> {
    let Some(list) = files.iter().find(|f| f.path == catalogue) else {
        return vec![format!("{catalogue} is missing")];
    };
    let listed = list.text.lines().filter_map(|line| line.split_once(". ")?.0.parse::<u32>().ok());
    let listed: Vec<u32> = listed.collect();
    let tests = files.iter().filter(|f| f.path.ends_with(".rs") && f.path.starts_with("tests/"));
    let numbers = tests.flat_map(|f| f.text.match_indices("fn a").map(|(at, _)| &f.text[at + "fn a".len()..]));
    let tested: Vec<u32> = numbers
        .filter_map(|rest| {
            let (number, _) = rest.split_once('_')?;
            (number.len() == 2).then(|| number.parse().ok()).flatten()
        })
        .collect();
    let untested = listed.iter().filter(|n| !tested.contains(n)).map(|n| format!("attack {n} has no test `a{n:02}_…`"));
    let mut found: Vec<String> = untested.collect();
    found.extend(
        tested.iter().filter(|n| !listed.contains(n)).map(|n| format!("a test of attack {n}, which is not listed")),
    );
    found
}

#[cfg(test)]
mod tests;
