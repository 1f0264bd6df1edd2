//! Every refusal that a command can meet has advice, and its numbers have units.

mod foreign;
mod numbers;

use super::advice;
use evergreen_sdk::anchor_lang::error::ErrorCode;
use evergreen_sdk::failure::evergreen_error;

/// What no command can cause: numbers inside the program, and accounts that the client library never passes.
const NOT_FOR_USERS: [&str; 7] = [
    "DivisionByZero",
    "VolatilityOutOfRange",
    "TenorOutOfRange",
    "CapOutOfRange",
    "Domain",
    "TimeReversed",
    "MarketAccountRepeated",
];

#[test]
fn every_refusal_has_advice() {
    // Anchor numbers a program's errors from 6,000 on.
    let names: Vec<String> = (6_000..).map_while(evergreen_error).map(|error| error.name()).collect();
    assert!(names.len() > 90 && names.first().is_some_and(|name| name == "Overflow"), "{names:?}");
    let silent: Vec<&str> = names.iter().map(String::as_str).filter(|name| advice(name).is_none()).collect();
    assert_eq!(silent, NOT_FOR_USERS, "no advice for these");
    // What is no error any more needs none.
    let words = include_str!("advice.rs").split('"').skip(1).step_by(2);
    let advised: Vec<&str> = words.filter(|word| word.starts_with(char::is_uppercase) && !word.contains(' ')).collect();
    assert!(advised.len() > 80, "{advised:?}");
    let of_anchor =
        [ErrorCode::AccountNotInitialized, ErrorCode::InstructionFallbackNotFound].map(|error| error.name());
    let is_error = |word: &str| names.iter().chain(&of_anchor).any(|name| name == word);
    let unknown: Vec<&&str> = advised.iter().filter(|word| !is_error(word)).collect();
    assert!(unknown.is_empty(), "advice for {unknown:?}, which are no errors");
    for name in &names {
        let words = advice(name).unwrap_or("–");
        assert!(!words.ends_with('.') && !words.contains("  "), "{name}: {words}");
    }
}
