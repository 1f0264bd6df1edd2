//! Checks and how they came out.

use crate::{
    output::table,
    plan::doctor::{Check, Severity},
};

/// The text for people.
pub fn text(checks: &[Check]) -> String {
    let mut shown = table(["ok", "check", "result"]);
    for check in checks {
        let mark = match check.outcome {
            Severity::Good => "✓",
            Severity::Warning => "!",
            Severity::Bad => "✗",
        };
        let next = check.next.as_ref().map_or_else(String::new, |next| format!("\n→ {next}"));
        shown.add_row([mark.to_owned(), check.check.clone(), format!("{}{next}", check.details)]);
    }
    shown.to_string()
}
