//! Numbers that the program compares: the table of their units is that of the program's source.

use crate::{
    amount::Token,
    failure::{
        Report,
        compared::{UNITS, in_words},
    },
};
use evergreen_sdk::{
    failure::{Cause, Refusal, evergreen_error},
    math::PointScale,
};
use std::{
    collections::BTreeSet,
    fs,
    path::{Path, PathBuf},
};

/// Where the program's source is.
const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../programs/evergreen/src");

fn files(folder: &Path, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).expect("a folder").map(|entry| entry.expect("an entry").path()) {
        if entry.is_dir() {
            files(&entry, found);
        } else if entry.extension().is_some_and(|ending| ending == "rs") {
            found.push(entry);
        }
    }
}

/// The arguments of a call, whose opening bracket was read, as the source separates them by commas.
fn arguments(source: &str) -> Vec<String> {
    let (mut depth, mut quoted, mut all) = (0, false, vec![String::new()]);
    for letter in source.chars() {
        match letter {
            '"' => quoted = !quoted,
            '(' | '[' | '{' if !quoted => depth += 1,
            ')' | ']' | '}' if !quoted => depth -= 1,
            ',' if !quoted && depth == 0 => {
                all.push(String::new());
                continue;
            }
            _ => {}
        }
        if depth < 0 {
            break;
        }
        all.last_mut().expect("one at least").push(letter);
    }
    all.into_iter().map(|argument| argument.split_whitespace().collect::<Vec<_>>().join(" ")).collect()
}

/// Error, text and values of every text that the program logs with an error.
fn logged() -> Vec<(String, String, Vec<String>)> {
    let (mut all, mut found) = (Vec::new(), Vec::new());
    files(Path::new(SOURCE), &mut all);
    for path in all {
        let source = fs::read_to_string(path).expect("a file");
        for opening in ["ensure!(", "error_with_context!("] {
            for rest in source.split(opening).skip(1) {
                let mut arguments = arguments(rest);
                let Some(place) = arguments.iter().position(|argument| argument.starts_with('"')) else { continue };
                let values = arguments.split_off(place + 1).into_iter().filter(|value| !value.is_empty()).collect();
                let error = arguments[place - 1].rsplit("::").next().expect("a name").to_owned();
                found.push((error, arguments[place].trim_matches('"').replace("{:?}", "{}"), values));
            }
        }
    }
    found
}

/// A template as the program's source has it, and its units.
fn plain(template: &str) -> (String, Vec<&str>) {
    let mut parts = template.split(['{', '}']);
    let mut text = parts.next().unwrap_or_default().to_owned();
    let mut units = Vec::new();
    while let (Some(unit), Some(rest)) = (parts.next(), parts.next()) {
        units.push(unit);
        text += "{}";
        text += rest;
    }
    (text, units)
}

#[test]
fn every_number_that_the_program_compares_has_its_unit() {
    let logged = logged();
    assert!(logged.len() > 90, "{} texts found", logged.len());
    let known: BTreeSet<(String, String)> =
        UNITS.iter().map(|(name, template)| ((*name).to_owned(), plain(template).0)).collect();
    assert_eq!(known.len(), UNITS.len(), "a text of an error has one row");
    // A text without values needs no units; macros are defined with words of their own.
    let of_program: BTreeSet<(String, String)> = logged
        .iter()
        .filter(|(name, text, _)| text.contains("{}") && !name.contains('$'))
        .map(|(name, text, _)| (name.clone(), text.clone()))
        .collect();
    let missing: Vec<_> = of_program.difference(&known).collect();
    assert!(missing.is_empty(), "no units for {missing:#?}");
    let needless: Vec<_> = known.difference(&of_program).filter(|(name, _)| !name.contains('.')).collect();
    assert!(needless.is_empty(), "the program logs none of {needless:#?}");
    for (name, text, values) in &logged {
        for (_, template) in UNITS.iter().filter(|(of, template)| of == name && plain(template).0 == *text) {
            for (unit, value) in plain(template).1.iter().zip(values) {
                assert_eq!(*unit == "moment", is_moment(value, text), "{name}: {unit} for {value} in {text}");
                assert!(*unit == "dollars" || !value.contains("DisplayDollars"), "{name}: {unit} for {value}");
            }
        }
    }
}

/// Whether the source calls a value by a word for a moment.
fn is_moment(value: &str, text: &str) -> bool {
    const WORDS: [&str; 18] = [
        "minute",
        "now",
        "until",
        "ready",
        "moment",
        "deadline",
        "next",
        "end",
        "last",
        "running",
        "given_at",
        "committed_at",
        "publish_time",
        "expires_at",
        "ready_at",
        "pending_until",
        "from",
        "published",
    ];
    const NONE: [&str; 4] = ["the next is", "spot", "published {} s", "volatility"];
    // A price is called by the word for its publication, too.
    let is_price = text == "price {}";
    let words = value.split(|letter: char| !letter.is_alphanumeric() && letter != '_');
    let named = words.filter(|word| !word.is_empty()).any(|word| WORDS.contains(&word));
    named && !is_price && !NONE.iter().any(|words| text.contains(words))
}

fn token() -> Token {
    Token { name: "TSLA.M".into(), decimals: 8, price: Some(300.into()), scale: PointScale::new(8).ok() }
}

fn refusal(name: &str, compared: &str) -> Refusal {
    let error = (6_000..).map_while(evergreen_error).find(|error| error.name() == name);
    let refusal = match error {
        Some(error) => Refusal::from_code(error.into()),
        None => {
            let known = evergreen_sdk::failure::Foreign::of("11111111111111111111111111111111", 1);
            assert!(known.is_some_and(|known| known.full_name() == name), "{name} is no error");
            Refusal { cause: Cause::Foreign { program: None, known }, ..Refusal::from_code(1) }
        }
    };
    Refusal { compared: Some(compared.to_owned()), ..refusal }
}

/// Whatever the error: no native units, no unix seconds.
#[test]
fn no_refusal_tells_native_units_or_unix_seconds() {
    for (name, template) in UNITS {
        let (text, units) = plain(template);
        let value = |unit: &&str| match *unit {
            "native" | "shares" | "lamports" => "123456789012",
            "points" => "123456789",
            "moment" => "1790000000",
            "time" => "75",
            "dollars" => "100000.250000",
            _ => "7",
        };
        let mut compared = text.clone();
        for unit in &units {
            compared = compared.replacen("{}", value(unit), 1);
        }
        let refusal = refusal(name, &compared);
        let said = in_words(&refusal, &compared, Some(&token()));
        for raw in ["123456789012", "1790000000", "75", "100000.250000"] {
            assert!(!said.split([' ', ',']).any(|word| word == raw), "{name}: {said}");
        }
        for (unit, words) in [
            ("native", "1234.56789012 TSLA.M ($370370.37)"),
            ("shares", "1234.56789012 shares"),
            ("lamports", "123.456789012 SOL"),
            ("moment", "2026-09-21 14:13:20 UTC"),
            ("time", "1 min 15 s"),
            ("dollars", "$100000.25"),
            ("points", "coins (123456789 points)"),
        ] {
            assert_eq!(units.contains(&unit), said.contains(words), "{name}: {said}");
        }
    }
}

#[test]
fn a_price_that_does_not_come_is_told_with_its_date() {
    let error = evergreen_sdk::client::FillError::NoPrice { moment: 1_790_000_000, waited: 30, own: None };
    let said = Report::of(&error.into(), None).error;
    assert!(said.contains("2026-09-21 14:13:20 UTC") && !said.contains("1790000000"), "{said}");
}

#[test]
fn a_report_has_the_numbers_in_words() {
    let refusal = refusal("InsufficientCash", "cash -246256753, asked 100");
    let error =
        evergreen_sdk::client::SendError::Refused { refusal: Box::new(refusal), signature: None, logs: Vec::new() };
    let report = Report::of(&error.into(), Some(&token()));
    assert_eq!(
        report.error,
        "Margin: not enough cash (InsufficientCash): cash -2.46256753 TSLA.M (-$738.77), asked 0.000001 TSLA.M ($0.00)"
    );
    assert_eq!((report.cause.as_deref(), report.exit_code), (Some("InsufficientCash"), 3));
}
