//! Finds texts that the code of tests must not contain.

use std::collections::BTreeSet;

use super::{
    File, Report,
    config::Text,
    place_of,
    source::{line_of, test_code, whole_code},
    unneeded,
};

/// Finds texts that tests must not contain outside of comments and strings.
pub fn check(files: &[File], rules: &[Text]) -> Report {
    let mut breaks = Vec::new();
    let mut needed = BTreeSet::new();
    let mut count = 0;
    for file in files.iter().filter(|file| file.is_rust()) {
        let code = if is_test(&file.path) { whole_code(&file.text) } else { test_code(&file.text) };
        count += usize::from(!code.trim().is_empty());
        for (index, rule) in rules.iter().enumerate() {
            for (at, _) in code.match_indices(&rule.text) {
                match place_of(&rule.allowed, &file.path) {
                    Some(place) => {
                        needed.insert((index, place));
                    }
                    None => {
                        let line = line_of(&code, at);
                        breaks.push(format!("{}:{line}: `{}`: {}", file.path, rule.text, rule.reason));
                    }
                }
            }
        }
    }
    for (index, rule) in rules.iter().enumerate() {
        for (place, allowed) in rule.allowed.iter().enumerate() {
            if !needed.contains(&(index, place)) {
                breaks.push(unneeded(&format!("`{}` in {}", rule.text, allowed.path), &allowed.reason));
            }
        }
    }
    Report { name: "tests", count, things: "files with tests", breaks }
}

/// Whether all code of a file is for tests.
fn is_test(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaks(files: &[(&str, &str)], allowed: &str) -> Vec<String> {
        let rule = toml::from_str(&format!("text = \".is_err()\"\nreason = \"which?\"\nallowed = [{allowed}]"));
        let files: Vec<File> = files.iter().map(|(path, text)| File::new(path, text)).collect();
        check(&files, &[rule.unwrap()]).breaks
    }

    const BARE: &str = "\nassert!(x.is_err());";

    #[test]
    fn all_of_a_test_file_is_read() {
        for path in ["tests/src/a.rs", "sdk/rust/tests/network/a.rs", "src/a/tests.rs"] {
            assert_eq!(breaks(&[(path, BARE)], ""), [format!("{path}:2: `.is_err()`: which?")]);
        }
    }

    #[test]
    fn shipped_code_may_contain_the_text_and_tests_in_the_same_file_may_not() {
        let shipped = "if x.is_err() { return; }\n";
        assert!(breaks(&[("src/a.rs", shipped)], "").is_empty());
        let both = format!("{shipped}#[cfg(test)]\nmod tests {{ {BARE} }}\n{shipped}");
        assert_eq!(breaks(&[("src/a.rs", &both)], ""), ["src/a.rs:4: `.is_err()`: which?"]);
    }

    #[test]
    fn comments_and_strings_may_contain_the_text() {
        assert!(breaks(&[("tests/a.rs", "// x.is_err()\nlet y = \".is_err()\";")], "").is_empty());
    }

    #[test]
    fn an_exception_is_reported_when_nothing_needs_it() {
        let allowed = "{ path = \"tests/a.rs\", reason = \"r\" }";
        assert!(breaks(&[("tests/a.rs", BARE)], allowed).is_empty());
        assert_eq!(breaks(&[("tests/a.rs", "")], allowed).len(), 1);
    }
}
