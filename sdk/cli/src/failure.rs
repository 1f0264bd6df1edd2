//! Errors in words that say what to do next, and exit codes.

mod advice;
mod compared;
mod exit;
mod incomplete;
mod known;
mod meant;
mod network;
mod unknown;
mod usage;

pub use advice::advice;
pub use exit::{Exit, help};
pub use incomplete::Incomplete;
pub use network::told as in_words;
pub use unknown::{Stale, Unknown};
pub use usage::Line;

use crate::{
    amount::{Amount, Token},
    carried::completed,
    output::date,
};
use evergreen_sdk::{
    client::{ClientError, FillError, SendError},
    failure::Refusal,
    plan::PlanError,
    quote::QuoteError,
};
use known::{foreign_advice, general, known};
use serde::Serialize;

/// Something is wrong in the command line: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// The person has not confirmed: exit code 5.
#[derive(Debug, thiserror::Error)]
#[error("not confirmed: nothing was sent")]
pub struct Declined;

/// A committed trade that was not filled, or a deposit that was given back: exit code 3.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct NotFilled {
    message: String,
    cause: String,
    next: &'static str,
    receipt: Option<serde_json::Value>,
}

impl NotFilled {
    /// What came of it, the reason's name, and what to do.
    pub const fn new(message: String, cause: String, next: &'static str) -> Self {
        Self { message, cause, next, receipt: None }
    }

    /// The same with the receipt of the commitment.
    pub fn with_receipt(self, receipt: serde_json::Value) -> Self {
        Self { receipt: Some(receipt), ..self }
    }
}

/// What the chain would refuse, found before anything was signed: exit code 3.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{message}")]
pub struct Precluded {
    message: String,
    cause: &'static str,
    next: String,
    fits: Option<serde_json::Value>,
}

/// Name of the cause where the wallet holds too few tokens.
const TOO_FEW_TOKENS: &str = "TooFewTokens";
/// Name of the cause where the wallet holds too little SOL.
const TOO_LITTLE_SOL: &str = "TooLittleSol";

/// The program's name of the cause where an account cannot be closed.
const ACCOUNT_NOT_EMPTY: &str = "AccountNotEmpty";

impl Precluded {
    /// By too few tokens: what the wallet holds and what is missing, and what to do.
    pub const fn by_tokens(message: String, next: String) -> Self {
        Self::by(TOO_FEW_TOKENS, message, next)
    }

    /// By too little SOL, likewise.
    pub const fn by_sol(message: String, next: String) -> Self {
        Self::by(TOO_LITTLE_SOL, message, next)
    }

    /// By what an account still holds: what it is, and the commands that remove it.
    pub const fn by_account(message: String, next: String) -> Self {
        Self::by(ACCOUNT_NOT_EMPTY, message, next)
    }

    /// By a rule, under the name of its error.
    pub const fn by(cause: &'static str, message: String, next: String) -> Self {
        Self { message, cause, next, fits: None }
    }

    /// The same with the largest amount that would be accepted now.
    pub fn with_most(self, most: &Amount) -> Self {
        Self { fits: Some(serde_json::json!({ "most": most })), ..self }
    }
}

/// What would work in the place of something that is refused. It stands in the chain of an error and says nothing there by itself.
#[derive(Debug, thiserror::Error)]
#[error("")]
pub struct Hint {
    /// What the numbers of the refusal consist of; may be empty.
    pub more: String,
    /// What to do.
    pub next: String,
    /// The numbers, for machines.
    pub fits: serde_json::Value,
}

/// An error with what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub struct Advised {
    message: String,
    next: String,
}

/// An error that says what to do next.
pub fn advised(message: impl Into<String>, next: impl Into<String>) -> anyhow::Error {
    Advised { message: message.into(), next: next.into() }.into()
}

/// A failure as it is reported.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// What went wrong.
    pub error: String,
    /// The program's name of the cause, if it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// What would be accepted now, where that was computed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub fits: Option<serde_json::Value>,
    /// Of a trade that was committed and not filled: what was done, and what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<serde_json::Value>,
    /// Exit code of the command.
    pub exit_code: u8,
}

impl Report {
    /// Makes the report of an error with its whole chain. `token` is the collateral of the pool that it is about: amounts are in it.
    pub fn of(error: &anyhow::Error, token: Option<&Token>) -> Self {
        let refusal = error.chain().find_map(refusal);
        let text = match refusal.and_then(|refusal| Some((refusal, refusal.compared.as_deref()?))) {
            Some((refusal, compared)) => words(error).replace(compared, &compared::in_words(refusal, compared, token)),
            None => words(error),
        };
        // The moments that are told by errors of the client library.
        let text = match error.chain().find_map(|cause| cause.downcast_ref::<FillError>()) {
            Some(FillError::NoPrice { moment, .. }) => text.replace(&moment.to_string(), &date(*moment)),
            Some(FillError::ClockStands { now, due, .. }) => {
                text.replace(&now.to_string(), &date(*now)).replace(&due.to_string(), &date(*due))
            }
            _ => text,
        };
        let report = |cause, next, exit: Exit| Self {
            error: text,
            cause,
            next,
            fits: None,
            receipt: None,
            exit_code: exit.code(),
        };
        if let Some(NotFilled { cause, next, receipt, .. }) = error.downcast_ref::<NotFilled>() {
            let report = report(Some(cause.clone()), Some((*next).to_owned()), Exit::Refused);
            return Self { receipt: receipt.clone(), ..report };
        }
        if let Some(Unknown { next, receipt, .. }) = error.downcast_ref::<Unknown>() {
            let report = report(refusal.and_then(name), Some((*next).to_owned()), Exit::Unknown);
            return Self { receipt: receipt.clone(), ..report };
        }
        if let Some(Incomplete { next, .. }) = error.downcast_ref::<Incomplete>() {
            return report(Some(Incomplete::CAUSE.to_owned()), Some((*next).to_owned()), Exit::Incomplete);
        }
        if let Some(Precluded { cause, next, fits, .. }) = error.downcast_ref::<Precluded>() {
            let report = report(Some((*cause).to_owned()), Some(next.clone()), Exit::Refused);
            return Self { fits: fits.clone(), ..report };
        }
        if let Some(Hint { more, next, fits }) = error.downcast_ref::<Hint>() {
            let found = error.chain().find_map(known).unwrap_or_default();
            let cause = refusal.and_then(name).or_else(|| found.cause.map(str::to_owned));
            let report = report(cause, Some(next.clone()), Exit::Refused);
            let error = if more.is_empty() { report.error.clone() } else { format!("{}; {more}", report.error) };
            return Self { error, fits: Some(fits.clone()), ..report };
        }
        let Some(refusal) = refusal else {
            let found = error.chain().find_map(known).unwrap_or_default();
            let report = report(found.cause.map(str::to_owned), found.next, found.exit);
            let is_client = error.chain().any(|cause| cause.is::<ClientError>());
            return match network::told(&report.error).filter(|_| is_client) {
                Some((error, next)) => Self { error, next: Some(next.to_owned()), ..report },
                None => report,
            };
        };
        let cause = name(refusal);
        let next = match &cause {
            Some(name) => advice(name).or_else(|| foreign_advice(name)).or_else(|| general(refusal)),
            None => Some("another program refused; the number above is its own error code"),
        };
        report(cause, next.map(str::to_owned), Exit::Refused)
    }

    /// Makes the report of an interruption.
    pub const fn interrupted(error: String, next: Option<String>, exit: Exit) -> Self {
        Self { error, cause: None, next, fits: None, receipt: None, exit_code: exit.code() }
    }

    /// The same, whose commands have the options of this run. How a command line is written is told without them.
    fn completed(&self) -> Self {
        if self.exit_code == Exit::Usage.code() {
            return self.clone();
        }
        Self { error: completed(&self.error), next: self.next.as_deref().map(completed), ..self.clone() }
    }

    /// For people.
    pub fn text(&self) -> String {
        let Self { error, next, .. } = self.completed();
        let next = next.map(|next| format!("\n  next: {next}")).unwrap_or_default();
        format!("error: {error}{next}")
    }

    /// For machines.
    pub fn json(&self) -> String {
        serde_json::to_string(&self.completed()).unwrap_or_else(|_| self.text())
    }
}

/// The chain of causes in one line; transparent wrappers are not repeated.
fn words(error: &anyhow::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for part in error.chain().map(ToString::to_string) {
        if !part.is_empty() && !said.last().is_some_and(|last| last.ends_with(&part)) {
            said.push(part);
        }
    }
    said.join(": ")
}

fn refusal<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Refusal> {
    if let Some(error) = error.downcast_ref::<SendError>() {
        return error.refusal();
    }
    // A wrapped error is shown as if it were this one, so it is no source of its own.
    match error.downcast_ref::<FillError>() {
        Some(FillError::Send(inner)) => return inner.refusal(),
        Some(FillError::Plan(inner)) => return refusal(inner),
        _ => {}
    }
    match error.downcast_ref::<PlanError>() {
        Some(PlanError::Quote(quote)) => return quote.refusal(),
        Some(_) => return None,
        None => {}
    }
    error.downcast_ref::<QuoteError>().and_then(QuoteError::refusal)
}

/// The name of the program's error where a plan would be refused.
pub fn refusal_of(error: &PlanError) -> Option<String> {
    refusal(error).and_then(name)
}

fn name(refusal: &Refusal) -> Option<String> {
    use evergreen_sdk::failure::Cause;
    match &refusal.cause {
        Cause::Evergreen { name, .. } | Cause::Anchor { name, .. } => Some(name.clone()),
        Cause::Foreign { known, .. } => known.map(|known| known.full_name()),
    }
}

#[cfg(test)]
mod tests;
