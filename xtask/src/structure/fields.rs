//! Checks that docs of fields are sentences, because they end in the interface description.

use std::collections::BTreeSet;

use super::{
    File, Report,
    config::Fields,
    source::{find_word, in_name},
};

/// These words begin a clause within a sentence.
const CLAUSES: [&str; 17] = [
    "that", "which", "who", "whom", "whose", "where", "when", "if", "while", "what", "how", "before", "after", "until",
    "once", "as", "because",
];

/// Finds docs of public fields whose first sentence has none of the verbs.
pub fn check(files: &[File], rules: &Fields) -> Report {
    let verbs: BTreeSet<&str> = rules.verbs.iter().map(String::as_str).collect();
    let is_read = |file: &&File| file.is_rust() && rules.sources.iter().any(|source| file.path.starts_with(source));
    let (mut count, mut breaks) = (0, Vec::new());
    for file in files.iter().filter(is_read) {
        for (line, doc) in fields(&file.text) {
            count += 1;
            if !has_main_verb(&sentence(&doc), &verbs) {
                breaks.push(format!("{}:{line}: `{doc}` has no verb: {}", file.path, rules.reason));
            }
        }
    }
    Report { name: "fields", count, things: "fields", breaks }
}

/// Whether a sentence has a verb beside those of its clauses: "the time at which it ends" and "what it pays" have one and are no sentences.
fn has_main_verb(sentence: &str, verbs: &BTreeSet<&str>) -> bool {
    let words = || sentence.split(|c: char| !c.is_alphabetic()).map(str::to_lowercase);
    let is_verb = |word: &String| verbs.contains(word.as_str());
    let is_clause = |word: &String| CLAUSES.contains(&word.as_str());
    let count = words().filter(is_verb).count();
    let begins_with_clause = words().find(|word| is_verb(word) || is_clause(word)).is_some_and(|word| is_clause(&word));
    // A sentence whose own verb comes first has it, whatever follows.
    if begins_with_clause { count > words().filter(is_clause).count() } else { count > 0 }
}

/// Returns the docs of public fields, with the numbers of their first lines.
fn fields(text: &str) -> Vec<(usize, String)> {
    let (mut found, mut doc, mut open) = (Vec::new(), None::<(usize, String)>, 0i32);
    for (number, line) in (1usize..).zip(text.lines().map(str::trim)) {
        if let Some(words) = line.strip_prefix("///") {
            let (_, text) = doc.get_or_insert_with(|| (number, String::new()));
            text.push_str(words);
            continue;
        }
        // An attribute may have several lines.
        if open > 0 || line.starts_with("#[") {
            open += line.matches(['[', '(']).count() as i32 - line.matches([']', ')']).count() as i32;
            continue;
        }
        let known = doc.take();
        if is_field(line) {
            found.extend(known.map(|(number, text)| (number, text.trim().to_owned())));
        }
    }
    found
}

/// Whether a line begins a public field of a struct.
fn is_field(line: &str) -> bool {
    let Some(at) = find_word(line, "pub").next().filter(|at| *at == 0) else { return false };
    let rest = line[at + 3..].trim_start();
    let rest = rest.strip_prefix("(crate)").or_else(|| rest.strip_prefix("(super)")).unwrap_or(rest).trim_start();
    let name = rest.find(|c| !in_name(c)).unwrap_or(0);
    name > 0 && rest[name..].starts_with(':') && !rest[name..].starts_with("::")
}

/// Returns the first sentence or clause of a doc, without code and links.
fn sentence(doc: &str) -> String {
    let (mut text, mut code, mut link) = (String::new(), false, 0);
    for c in doc.strip_prefix("CHECK:").unwrap_or(doc).chars() {
        match c {
            '`' => code = !code,
            '[' if !code => link += 1,
            ']' if !code => link -= 1,
            _ if !code && link == 0 => text.push(c),
            _ => {}
        }
    }
    let end = [". ", ": ", "; "].iter().filter_map(|mark| text.find(mark)).min();
    text.truncate(end.unwrap_or(text.len()));
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_verb_of_a_clause_makes_no_sentence() {
        let verbs = BTreeSet::from(["is", "pays", "ends"]);
        for sentence in
            ["Unix seconds at which it ends", "The account that pays", "A vault, which pays", "What it pays"]
        {
            assert!(!has_main_verb(sentence, &verbs), "{sentence}");
        }
        for sentence in
            ["It is the time at which it ends", "The account that pays is closed", "It is what it pays", "It pays"]
        {
            assert!(has_main_verb(sentence, &verbs), "{sentence}");
        }
    }

    #[test]
    fn a_field_needs_a_verb_before_its_first_stop() {
        let rules = "sources = [\"p/\"]\nverbs = [\"is\", \"pays\"]\nreason = \"rule\"";
        let rules: Fields = toml::from_str(rules).unwrap();
        let text = "pub struct A {\n    /// The pool. It is big.\n    #[account(\n        mut\n    )]\n    pub a: B,\n    /// It `is`\n    /// paid.\n    pub(crate) b: B,\n    \
                    /// It pays: all.\n    pub c: C,\n    /// A function.\n    pub fn d() {}\n    own: D,\n}";
        let report = check(&[File::new("p/a.rs", text), File::new("q/a.rs", text)], &rules);
        assert_eq!(report.count, 3);
        assert_eq!(
            report.breaks,
            ["p/a.rs:2: `The pool. It is big.` has no verb: rule", "p/a.rs:7: `It `is` paid.` has no verb: rule"]
        );
    }
}
