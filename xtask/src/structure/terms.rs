//! Compares the web app's dictionaries with the terms of the glossary: what a text says by a term in English it says by that language's term.

use std::collections::BTreeMap;

use super::{File, Report};

const GLOSSARY: &str = "docs/glossary.md";
/// Begins the heading of the table, whose further columns are named as the dictionaries are.
const HEADING: &str = "| `en` |";
const WORDS: &str = "app/src/words/";

/// Compares each dictionary with each term.
pub fn check(files: &[File]) -> Report {
    let mut report = Report { name: "terms", count: 0, things: "terms of the web app", breaks: Vec::new() };
    let text = |path: &str| files.iter().find(|file| file.path == path).map(|file| file.text.as_str());
    let mut lines = text(GLOSSARY).unwrap_or_default().lines().skip_while(|line| !line.starts_with(HEADING));
    let languages = lines.next().map(cells).unwrap_or_default();
    if languages.is_empty() {
        report.breaks.push(format!("{GLOSSARY} has no table that begins with `{HEADING}`"));
    }
    let dictionaries: Vec<_> = languages
        .iter()
        .map(|name| texts(text(&format!("{WORDS}{}.ts", name.trim_matches('`'))).unwrap_or_default()))
        .collect();
    for (name, dictionary) in languages.iter().zip(&dictionaries) {
        if dictionary.is_empty() {
            report.breaks.push(format!("{GLOSSARY} names {name}, of which there is no dictionary in {WORDS}"));
        }
    }
    for row in lines.skip(1).take_while(|line| line.starts_with('|')) {
        let terms: Vec<Vec<String>> = cells(row).iter().map(|cell| forms(cell)).collect();
        report.count += 1;
        if terms.len() != languages.len() {
            report.breaks.push(format!(
                "{GLOSSARY}: `{row}` has {} terms for {} languages",
                terms.len(),
                languages.len()
            ));
        }
        let Some((english, others)) =
            terms.split_first().zip(dictionaries.first()).map(|(terms, words)| ((terms.0, words), terms.1))
        else {
            continue;
        };
        let used: Vec<_> = english.1.iter().filter(|(_, said)| has_word(said, english.0)).collect();
        if used.is_empty() {
            report.breaks.push(format!("{GLOSSARY}: no text says `{}`", english.0.join(", ")));
        }
        for ((term, dictionary), name) in others.iter().zip(dictionaries.iter().skip(1)).zip(languages.iter().skip(1)) {
            for (key, said) in &used {
                let Some(translated) = dictionary.get(*key) else { continue };
                if !term.iter().any(|form| translated.contains(form)) {
                    let term = term.join("`, `");
                    report.breaks.push(format!("{name}, {key}: `{translated}` says `{said}` without `{term}`"));
                }
            }
        }
    }
    report
}

/// The cells of a row.
fn cells(row: &str) -> Vec<&str> {
    row.trim().trim_matches('|').split('|').map(str::trim).collect()
}

/// The forms of a term, in small letters.
fn forms(cell: &str) -> Vec<String> {
    cell.split(',').map(|form| form.trim().to_lowercase()).filter(|form| !form.is_empty()).collect()
}

/// The texts of a dictionary by key, in small letters and without what is filled in.
fn texts(source: &str) -> BTreeMap<&str, String> {
    let entries = source.lines().filter_map(|line| line.strip_prefix("  ")?.strip_suffix("\",")?.split_once(": \""));
    entries.map(|(key, said)| (key, without_places(said).to_lowercase())).collect()
}

fn without_places(said: &str) -> String {
    said.split('{')
        .enumerate()
        .map(|(at, part)| if at == 0 { part } else { part.split_once('}').map_or("", |(_, rest)| rest) })
        .collect()
}

/// Whether a text has a form as a whole word.
fn has_word(said: &str, forms: &[String]) -> bool {
    let is_apart = |letter: Option<char>| letter.is_none_or(|letter| !letter.is_alphanumeric());
    forms.iter().any(|form| {
        said.match_indices(form.as_str()).any(|(at, _)| {
            let (before, after) = (said.get(..at), said.get(at.saturating_add(form.len())..));
            is_apart(before.and_then(|text| text.chars().next_back()))
                && is_apart(after.and_then(|text| text.chars().next()))
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaks(table: &str, german: &str) -> Vec<String> {
        let english = "const en = {\n  mark: \"Mark\",\n  markets: \"Markets of {mark}\",\n  far: \"far from the strikes\",\n};\n";
        let files = [
            File::new(GLOSSARY, &format!("# Glossary\n\n| `en` | `de` |\n| --- | --- |\n{table}\nMore.\n")),
            File::new("app/src/words/en.ts", english),
            File::new("app/src/words/de.ts", german),
        ];
        check(&files).breaks
    }

    #[test]
    fn a_text_without_its_term_is_told() {
        let words = "  mark: \"Marke\",\n  markets: \"Handel {mark}\",\n  far: \"weit vom Basispreis\",\n";
        assert_eq!(breaks("| mark | marke |\n| strike, strikes | Basispreis |", words), Vec::<String>::new());
        let other = words.replace("Marke", "Kurs").replace("Basispreis", "Strike");
        let told = breaks("| mark | marke |\n| strike, strikes | Basispreis |", &other);
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(told[0].contains("`de`, mark: `kurs`"), "{told:?}");
    }

    #[test]
    fn a_table_that_compares_nothing_is_told() {
        let words = "  mark: \"Marke\",\n";
        assert_eq!(breaks("| vega | Vega |", words).len(), 1);
        assert_eq!(breaks("| mark | marke | x |", words).len(), 1);
        assert_eq!(breaks("| mark | marke |", "").len(), 1);
        assert_eq!(check(&[]).breaks.len(), 1);
    }
}
