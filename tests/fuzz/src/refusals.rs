//! Refusals have names: a number of the program, the framework or the token programs, or one of the runtime's words for wrong accounts.

use evergreen_tests::Outcome;

/// What the runtime and the programs of the system say without a number.
const WORDS: [&str; 9] = [
    "IncorrectProgramId",
    "InvalidAccountData",
    "MissingRequiredSignature",
    "PrivilegeEscalation",
    "InsufficientFundsForRent",
    "AccountNotFound",
    // A mint has a transfer hook, whose accounts were not passed.
    "MissingAccount",
    "UninitializedAccount",
    // An account that the call writes is passed as a price, too.
    "AccountBorrowFailed",
];

/// Asserts that a transaction succeeded or was refused by a check: not by a panic, an arithmetic trap or an exhausted limit.
///
/// # Panics
/// If it was refused without a name.
pub fn check_named(outcome: &Outcome) {
    let Some(failure) = &outcome.failure else { return };
    let named = outcome.code.is_some() || WORDS.iter().any(|word| failure.contains(word));
    assert!(named, "a refusal without a name: {failure}\n{}", outcome.log());
}
