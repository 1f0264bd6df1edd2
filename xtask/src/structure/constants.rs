//! Checks that a constant which stands for one number everywhere gets this number in one place.

use std::collections::BTreeSet;

use super::{
    File, Report,
    config::Constants,
    source::{find_word, in_name, line_of, whole_code},
    unneeded,
};

/// Finds constants that get a number outside of the files that may give it to them.
pub fn check(files: &[File], rules: &[Constants]) -> Report {
    let mut breaks = Vec::new();
    let mut needed = BTreeSet::new();
    for file in files.iter().filter(|file| file.is_rust()) {
        let code = whole_code(&file.text);
        for (at, name) in numbered(&code) {
            for (index, rule) in rules.iter().enumerate().filter(|(_, rule)| rule.names.iter().any(|own| own == name)) {
                if rule.files.contains(&file.path) {
                    needed.insert((index, file.path.as_str()));
                } else {
                    let (place, known) = (line_of(&code, at), rule.files.join(", "));
                    breaks.push(format!("{}:{place}: `{name}` has its number in {known}: {}", file.path, rule.reason));
                }
            }
        }
    }
    for (index, rule) in rules.iter().enumerate() {
        for path in rule.files.iter().filter(|path| !needed.contains(&(index, path.as_str()))) {
            breaks.push(unneeded(&format!("`{}` in {path}", rule.names.join("`, `")), &rule.reason));
        }
    }
    Report { name: "constants", count: rules.len(), things: "rules", breaks }
}

/// Returns the constants whose value begins with a digit, with their offsets.
fn numbered(code: &str) -> impl Iterator<Item = (usize, &str)> {
    find_word(code, "const").filter_map(|at| {
        let rest = code[at + "const".len()..].trim_start();
        let name = &rest[..rest.find(|c| !in_name(c))?];
        let (kind, value) = rest[name.len()..].split_once('=')?;
        // What has no type between its name and the sign is no constant.
        let is_number = value.trim_start().starts_with(|c: char| c.is_ascii_digit());
        (kind.starts_with(':') && !kind.contains(';') && is_number).then_some((at, name))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_is_given_in_one_place_and_used_in_others() {
        let rule = || toml::from_str::<Constants>("names = [\"DAY\"]\nfiles = [\"a.rs\"]\nreason = \"once\"").unwrap();
        let a = || File::new("a.rs", "pub const DAY: i64 = 86_400;");
        let uses = File::new("b.rs", "const DAY: u32 = Seconds::DAY.0;\nconst DAYS: u8 = 3;\n// const DAY: i64 = 1;");
        assert!(check(&[a(), uses], &[rule()]).breaks.is_empty());
        let breaks = check(&[a(), File::new("b.rs", "\n    const DAY: i64 = 86_400;")], &[rule()]).breaks;
        assert_eq!(breaks, ["b.rs:2: `DAY` has its number in a.rs: once"]);
        assert_eq!(check(&[File::new("a.rs", "")], &[rule()]).breaks.len(), 1);
    }
}
