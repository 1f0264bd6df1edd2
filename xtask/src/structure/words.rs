//! Finds words that have a better one, and texts that no file may contain.

use std::collections::BTreeSet;

use super::{
    File, RULES, Report,
    config::{Text, Words},
    place_of,
    source::find_word,
    unneeded,
};

/// Finds words that have a better one.
pub fn words(files: &[File], rules: &Words) -> Report {
    let mut breaks = Vec::new();
    // The exceptions that were needed, by index of the word and index of its place.
    let mut needed = BTreeSet::new();
    let mut count = 0;
    for file in files.iter().filter(|file| rules.endings.iter().any(|ending| file.path.ends_with(ending))) {
        let is_read = place_of(&rules.not_read, &file.path).is_none();
        count += usize::from(is_read);
        for (index, word) in rules.word.iter().enumerate() {
            if !is_read && !word.also_in.iter().any(|path| file.path.starts_with(path)) {
                continue;
            }
            let allowed = place_of(&word.allowed, &file.path);
            for old in &word.old {
                // This quick test saves time, because most files contain none of the words.
                if !file.text.contains(old.as_str()) {
                    continue;
                }
                for (number, line) in (1usize..).zip(file.text.lines()) {
                    if find_word(line, old).next().is_none() {
                        continue;
                    }
                    match allowed {
                        Some(place) => {
                            needed.insert((index, place));
                        }
                        None => breaks.push(format!("{}:{number}: `{old}`: say `{}`", file.path, word.new)),
                    }
                }
            }
        }
    }
    for (index, word) in rules.word.iter().enumerate() {
        for (place, allowed) in word.allowed.iter().enumerate() {
            if !needed.contains(&(index, place)) {
                breaks.push(unneeded(&format!("`{}` in {}", word.old.join("`, `"), allowed.path), &allowed.reason));
            }
        }
    }
    Report { name: "words", count, things: "files", breaks }
}

/// Finds texts that no file may contain.
pub fn texts(files: &[File], rules: &[Text]) -> Report {
    let mut breaks = Vec::new();
    for rule in rules {
        let mut needed = BTreeSet::new();
        // The file of rules is left out, because it names the texts.
        for file in files.iter().filter(|file| file.path != RULES && file.text.contains(&rule.text)) {
            if let Some(place) = place_of(&rule.allowed, &file.path) {
                needed.insert(place);
                continue;
            }
            for (number, line) in (1usize..).zip(file.text.lines()) {
                if line.contains(&rule.text) {
                    breaks.push(format!("{}:{number}: `{}`: {}", file.path, rule.text, rule.reason));
                }
            }
        }
        for (place, allowed) in rule.allowed.iter().enumerate() {
            if !needed.contains(&place) {
                breaks.push(unneeded(&format!("`{}` in {}", rule.text, allowed.path), &allowed.reason));
            }
        }
    }
    Report { name: "texts", count: files.len(), things: "files", breaks }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rules(allowed: &str) -> Words {
        toml::from_str(&format!(
            "endings = [\".rs\", \".md\"]\n\
             not_read = [{{ path = \"glossary\", reason = \"explains it\" }}]\n\
             [[word]]\nold = [\"desk\", \"Desk\"]\nnew = \"engine\"\nallowed = [{allowed}]\n"
        ))
        .unwrap()
    }

    #[test]
    fn a_word_is_reported_with_its_line_and_the_better_word() {
        let files = [
            File::new("a.rs", "ok\nthe desk, a desktop\nDesk"),
            File::new("glossary.md", "desk"),
            File::new("data.csv", "desk"),
        ];
        let report = words(&files, &rules(""));
        assert_eq!(report.breaks, ["a.rs:2: `desk`: say `engine`", "a.rs:3: `Desk`: say `engine`"]);
        assert_eq!(report.count, 1);
    }

    #[test]
    fn exceptions_apply_to_their_place_and_are_reported_when_nothing_needs_them() {
        let allowed = "{ path = \"furniture/\", reason = \"a table\" }";
        assert!(words(&[File::new("furniture/a.rs", "a desk")], &rules(allowed)).breaks.is_empty());
        let breaks = words(&[File::new("a.rs", "")], &rules(allowed)).breaks;
        assert_eq!(breaks.len(), 1);
        assert!(breaks[0].contains("strike it out"), "{breaks:?}");
    }

    #[test]
    fn a_word_is_read_for_where_others_are_not() {
        let read = "{ path = \"b.rs\", reason = \"a table\" }]\nalso_in = [\"glossary\"";
        let files = [File::new("glossary.md", "desk"), File::new("b.rs", "desk")];
        assert_eq!(words(&files, &rules(read)).breaks, ["glossary.md:1: `desk`: say `engine`"]);
    }

    #[test]
    fn texts_are_found_also_inside_words() {
        let rule: Text = toml::from_str("text = \".invalid\"\nreason = \"nobody reads it\"").unwrap();
        let report = texts(&[File::new("a.md", "x@y.invalid"), File::new("b.md", "valid")], &[rule]);
        assert_eq!(report.breaks, ["a.md:1: `.invalid`: nobody reads it"]);
    }
}
