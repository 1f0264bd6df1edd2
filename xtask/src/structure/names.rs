//! Checks that no two crates give the same name to public types, and in some crates no two files.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    File, RULES, Report,
    config::Names,
    source::{find_word, in_name, line_of, shipped_code},
    unneeded,
};

const KINDS: &[&str] = &["pub struct ", "pub enum ", "pub trait ", "pub type ", "pub union "];

/// Finds names that several crates give to their public types, or several files of a crate that allows each name once.
pub fn check(files: &[File], rules: &Names) -> Report {
    // The key of a place is the file where each name is allowed once, and the crate elsewhere.
    let mut places: BTreeMap<String, BTreeMap<&str, String>> = BTreeMap::new();
    let mut breaks = Vec::new();
    for folder in &rules.crates {
        let source = format!("{folder}/src/");
        if !files.iter().any(|file| file.path.starts_with(&source)) {
            breaks.push(format!("{RULES}: there is no crate in {folder}"));
        }
        for file in files.iter().filter(|file| file.is_rust() && file.path.starts_with(&source)) {
            let code = shipped_code(&file.text);
            for (name, at) in types(&code) {
                let place = format!("{}:{}", file.path, line_of(&code, at));
                let key = if rules.once.contains(folder) { &file.path } else { folder };
                places.entry(name).or_default().entry(key).or_insert(place);
            }
        }
    }
    let mut needed = BTreeSet::new();
    for (name, crates) in places.iter().filter(|(_, crates)| crates.len() > 1) {
        if rules.shared.iter().any(|shared| shared.name == *name) {
            needed.insert(name.clone());
            continue;
        }
        let crates: Vec<&str> = crates.values().map(String::as_str).collect();
        breaks.push(format!("{}: `{name}` is the name of more than one type", crates.join(", ")));
    }
    for shared in rules.shared.iter().filter(|shared| !needed.contains(&shared.name)) {
        breaks.push(unneeded(&format!("the name `{}`", shared.name), &shared.reason));
    }
    Report { name: "names", count: places.len(), things: "public types", breaks }
}

/// Returns the names of public types and their offsets.
fn types(code: &str) -> Vec<(String, usize)> {
    let mut found = Vec::new();
    for kind in KINDS {
        for at in find_word(code, kind) {
            let name: String = code[at + kind.len()..].chars().take_while(|c| in_name(*c)).collect();
            // The name is empty where a macro makes it.
            if !name.is_empty() {
                found.push((name, at));
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaks(shared: &str) -> Vec<String> {
        let files = [
            File::new("a/src/lib.rs", "pub struct Leg;\npub(crate) struct Own;"),
            File::new("b/src/x.rs", "\npub enum Leg {}\n// pub struct Other;\nstruct Own;"),
            File::new("b/src/y.rs", "pub struct Leg;"),
        ];
        let rules = toml::from_str(&format!("crates = [\"a\", \"b\"]\nonce = []\nshared = [{shared}]")).unwrap();
        check(&files, &rules).breaks
    }

    #[test]
    fn a_name_of_two_files_of_a_crate_that_allows_it_once_is_reported() {
        let files = [File::new("a/src/x.rs", "pub struct Leg;"), File::new("a/src/y.rs", "pub struct Leg;")];
        let rules = |once: &str| toml::from_str(&format!("crates = [\"a\"]\nonce = [{once}]\nshared = []")).unwrap();
        assert!(check(&files, &rules("")).breaks.is_empty());
        let breaks = check(&files, &rules("\"a\"")).breaks;
        assert_eq!(breaks, ["a/src/x.rs:1, a/src/y.rs:1: `Leg` is the name of more than one type"]);
    }

    #[test]
    fn a_name_of_two_crates_is_reported_once() {
        assert_eq!(breaks(""), ["a/src/lib.rs:1, b/src/x.rs:2: `Leg` is the name of more than one type"]);
    }

    #[test]
    fn a_reason_allows_it_while_it_is_needed() {
        assert!(breaks("{ name = \"Leg\", reason = \"r\" }").is_empty());
        assert_eq!(breaks("{ name = \"Leg\", reason = \"r\" }, { name = \"Own\", reason = \"r\" }").len(), 1);
    }
}
