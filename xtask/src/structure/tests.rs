use super::*;

fn file(path: &str, text: &str) -> File {
    File { path: path.to_string(), text: text.to_string() }
}

#[test]
fn a_word_is_found_whole_only() {
    assert!(has_word("let desk = 1;", "desk") && has_word("desk", "desk"));
    assert!(!has_word("desktop, my_desk, desk_2", "desk"));
    let files = [file("a.rs", "ok\nthe desk"), file("docs/glossary.md", "desk")];
    let rule = [Word { word: "desk", better: "engine", allowed: &[] }];
    assert_eq!(words(&files, &rule), ["a.rs:2: `desk`: say `engine`"]);
    let elsewhere = [Word { allowed: &["a."], ..rule[0] }];
    assert_eq!(words(&files, &elsewhere), [] as [&str; 0]);
}

#[test]
fn modules_are_read_from_paths_and_lists() {
    let text =
        "use crate::{engine::{A, b::C}, ensure, state::*};\nlet x = crate::errors::y;\n// crate::token\n$crate::oracle";
    assert_eq!(modules_used(text), ["engine", "ensure", "errors", "state"]);
}

#[test]
fn a_layer_uses_only_what_lies_below() {
    let layers_of: &[&[&str]] = &[&["high"], &["low"]];
    let check = |path: &str, text: &str| layers(&[file(path, text)], "src/", layers_of);
    assert_eq!(check("src/high/a.rs", "use crate::low::X;"), [] as [&str; 0]);
    assert_eq!(check("src/low.rs", "use crate::high::X;"), ["src/low.rs: `low` uses `high`, which lies above it"]);
    assert_eq!(check("src/low.rs", "#[cfg(test)]\nuse crate::high::X;"), [] as [&str; 0]);
    assert_eq!(check("src/new.rs", ""), ["src/new.rs: module `new` has no layer"]);
}

#[test]
fn a_door_is_used_where_it_is_listed_and_nowhere_else() {
    let rule = [Door { pattern: "pay(", within: "", files: &["a.rs"], reason: "one place" }];
    assert_eq!(doors(&[file("a.rs", "pay(1)"), file("b.rs", "nothing")], &rule), [] as [&str; 0]);
    assert_eq!(doors(&[file("a.rs", "pay(1)"), file("b.rs", "pay(2)")], &rule).len(), 1);
    assert_eq!(doors(&[file("a.rs", "")], &rule).len(), 1, "a rule that nothing needs is struck out");
}

#[test]
fn long_files_have_a_reason_and_short_ones_none() {
    let long = file("long.rs", &"\n".repeat(MOST_LINES + 1));
    assert_eq!(sizes(std::slice::from_ref(&long), &[]).len(), 1);
    assert_eq!(sizes(&[long], &[("long.rs", "because")]), [] as [&str; 0]);
    assert_eq!(sizes(&[file("short.rs", "")], &[("short.rs", "because")]).len(), 1);
}

#[test]
fn every_attack_has_a_test_and_every_number_is_listed() {
    let list = file("tests/ATTACKS.md", "# Title\n1. One\n12. Twelve\nSome words. And more");
    let check =
        |code: &str| attacks(&[file("tests/ATTACKS.md", &list.text), file("tests/a.rs", code)], "tests/ATTACKS.md");
    assert_eq!(check("fn a01_x() {}\nfn a12_y() {}\nfn again_() {}"), [] as [&str; 0]);
    assert_eq!(check("fn a01_x() {}"), ["attack 12 has no test `a12_…`"]);
    assert_eq!(check("fn a01_x() {}\nfn a12_y() {}\nfn a13_z() {}"), ["a test of attack 13, which is not listed"]);
    assert_eq!(attacks(&[], "tests/ATTACKS.md"), ["tests/ATTACKS.md is missing"]);
}
