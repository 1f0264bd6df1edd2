//! No public function of the two crates of arithmetic is absent from the tests that look for panics: the sources are read and compared.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What the tests are that call every function.
const TESTS: [&str; 4] = [
    "tests/no_panic.rs",
    "tests/money/no_panic.rs",
    "tests/money/no_panic",
    "../evergreen-int128/tests/against_native.rs",
];

/// Returns all files of Rust at or below a path.
fn files(path: &Path) -> Vec<PathBuf> {
    if path.is_file() {
        return if path.extension().is_some_and(|end| end == "rs") { vec![path.to_path_buf()] } else { Vec::new() };
    }
    let entries = fs::read_dir(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    entries.flat_map(|entry| files(&entry.unwrap().path())).collect()
}

fn identifier(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '$').unwrap_or(text.len());
    &text[..end]
}

/// Returns the types that a macro of a file makes, each with the macro's name.
fn made(text: &str) -> Vec<(&str, &str)> {
    let mut made = Vec::new();
    let mut maker = None;
    for line in text.lines() {
        if let Some(name) = line.strip_suffix("! {").filter(|name| !name.contains(' ')) {
            maker = Some(name);
        } else if line == "}" {
            maker = None;
        } else if let Some(maker) = maker.filter(|_| !line.trim_start().starts_with("//")) {
            made.push((maker, identifier(line.trim_start())));
        }
    }
    made
}

/// Returns the public functions of a crate by their names, each with its types, or with its module where it has none.
fn functions(of_crate: &Path) -> BTreeMap<String, Vec<String>> {
    let mut functions: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for file in files(&of_crate.join("src")) {
        let text = fs::read_to_string(&file).unwrap();
        let module = file.file_stem().unwrap().to_str().unwrap();
        let (mut within, mut maker) = (None, None);
        for line in text.lines() {
            let code = line.trim_start();
            if let Some(name) = code.strip_prefix("macro_rules! ") {
                maker = Some(identifier(name));
            }
            if code.starts_with("impl") && code.ends_with('{') {
                let after = code.rsplit_once(" for ").map_or(code, |(_, after)| after);
                let after = after.trim_start_matches("impl<const LEVELS: usize>").trim_start_matches("impl");
                within = Some((identifier(after.trim_start()).to_string(), line.len() - code.len()));
            } else if within.as_ref().is_some_and(|(_, depth)| line.len() - code.len() == *depth && code == "}") {
                within = None;
            } else if line == "}" {
                maker = None;
            }
            let Some(found) = code.strip_prefix("pub ").and_then(|code| code.split_once("fn ")) else { continue };
            if !["", "const "].contains(&found.0) {
                continue;
            }
            let owners = match (&within, maker) {
                (Some((name, _)), Some(maker)) if name == "$name" => {
                    made(&text).into_iter().filter(|(by, _)| *by == maker).map(|(_, name)| name.to_string()).collect()
                }
                (Some((name, _)), _) => vec![name.clone()],
                (None, _) => vec![module.to_string()],
            };
            assert!(!owners.is_empty(), "{}: {line}", file.display());
            functions.entry(identifier(found.1).to_string()).or_default().extend(owners);
        }
    }
    functions
}

/// Returns whether a text calls a function of this name, as a whole word, perhaps with parameters of its type.
fn calls(text: &str, name: &str) -> bool {
    text.match_indices(name).any(|(place, _)| {
        let (before, after) = (text[..place].chars().next_back(), &text[place + name.len()..]);
        let is_word = before.is_none_or(|c| !c.is_alphanumeric() && c != '_');
        is_word && (after.starts_with('(') || after.starts_with("::<"))
    })
}

#[test]
fn every_public_function_is_called() {
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let this = Path::new(file!()).file_name().unwrap();
    let tests: Vec<PathBuf> = TESTS.iter().flat_map(|path| files(&here.join(path))).collect();
    let tests = tests.iter().filter(|path| path.file_name() != Some(this));
    let tests: String = tests.map(|path| fs::read_to_string(path).unwrap()).collect();
    let (mut count, mut absent) = (0, Vec::new());
    for of_crate in [here.to_path_buf(), here.join("../evergreen-int128")] {
        for (name, owners) in functions(&of_crate) {
            // A name that several types have is written with its type.
            let is_alone = owners.len() == 1;
            for owner in owners {
                count += 1;
                let of_owner = format!("{owner}::{name}");
                let is_called = calls(&tests, &of_owner) || (is_alone && calls(&tests, &name));
                if !is_called {
                    absent.push(format!("{owner}::{name}"));
                }
            }
        }
    }
    println!("{count} public functions");
    assert!(count > 150, "the sources are read as before: {count} functions");
    assert!(
        absent.is_empty(),
        "{} functions are called by no test that looks for panics:\n{}",
        absent.len(),
        absent.join("\n")
    );
}

#[test]
fn a_macros_functions_belong_to_each_of_its_types() {
    let found = functions(Path::new(env!("CARGO_MANIFEST_DIR")));
    assert_eq!(found["mul_floor"], ["Dollars", "Ratio"]);
    let integers = ["BasisPoints", "Native", "NativeDelta", "Points", "Seconds", "UnixTime"];
    assert_eq!(
        {
            let mut types = found["is_zero"].clone();
            types.sort();
            types
        },
        integers
    );
    assert_eq!(found["advance"], ["SeriesFunding"]);
    assert_eq!(found["way_to"], ["Portfolio"]);
    assert!(found["owed"].contains(&"pool".into()) && found["owed"].contains(&"funding".into()));
}
