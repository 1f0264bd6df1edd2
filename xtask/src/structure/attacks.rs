//! Checks that every attack of the catalogue has a test with its number.

use super::{File, Report, config::Attacks};

/// Compares the numbered list of attacks with the names of tests.
pub fn check(files: &[File], rules: &Attacks) -> Report {
    let report = |count, breaks| Report { name: "attacks", count, things: "attacks", breaks };
    let Some(list) = files.iter().find(|file| file.path == rules.catalogue) else {
        return report(0, vec![format!("{} is missing", rules.catalogue)]);
    };
    let number = |line: &str| line.split_once(". ")?.0.parse::<u32>().ok();
    let listed: Vec<u32> = list.text.lines().filter_map(number).collect();
    let tests = files.iter().filter(|file| file.is_rust() && file.path.starts_with(&rules.tests));
    let numbers = tests.flat_map(|file| file.text.match_indices("fn a").map(|(at, _)| &file.text[at + "fn a".len()..]));
    let tested: Vec<u32> = numbers
        .filter_map(|rest| {
            let (number, _) = rest.split_once('_')?;
            (number.len() >= 2).then(|| number.parse().ok()).flatten()
        })
        .collect();
    let untested = listed.iter().filter(|number| !tested.contains(number));
    let mut breaks: Vec<String> =
        untested.map(|number| format!("attack {number} has no test `a{number:02}_…`")).collect();
    let unlisted = tested.iter().filter(|number| !listed.contains(number));
    breaks.extend(unlisted.map(|number| format!("a test of attack {number}, which is not in {}", rules.catalogue)));
    report(listed.len(), breaks)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaks(code: &str) -> Vec<String> {
        let rules: Attacks = toml::from_str("catalogue = \"tests/ATTACKS.md\"\ntests = \"tests/\"").unwrap();
        let list = File::new("tests/ATTACKS.md", "# Title\n1. One\n12. Twelve\nSome words. And more");
        check(&[list, File::new("tests/a.rs", code)], &rules).breaks
    }

    #[test]
    fn every_attack_has_a_test_and_every_number_is_listed() {
        assert!(breaks("fn a01_x() {}\nfn a12_y() {}\nfn again_() {}").is_empty());
        assert_eq!(breaks("fn a01_x() {}"), ["attack 12 has no test `a12_…`"]);
        let unlisted = breaks("fn a01_x() {}\nfn a12_y() {}\nfn a13_z() {}");
        assert_eq!(unlisted, ["a test of attack 13, which is not in tests/ATTACKS.md"]);
    }

    #[test]
    fn the_catalogue_must_be_there() {
        let rules: Attacks = toml::from_str("catalogue = \"A.md\"\ntests = \"tests/\"").unwrap();
        assert_eq!(check(&[], &rules).breaks, ["A.md is missing"]);
    }
}
