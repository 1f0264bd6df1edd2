//! Errors in words that say what to do next, and exit codes.

mod advice;
mod unknown;

pub use advice::advice;
pub use unknown::{Stale, Unknown};

use evergreen_sdk::{
    client::{ClientError, FillError, SendError},
    failure::Refusal,
    plan::PlanError,
    price::ServiceError,
    quote::QuoteError,
    strategy::StrategyError,
};
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
#[derive(Debug, Serialize)]
pub struct Report {
    /// What went wrong.
    pub error: String,
    /// The program's name of the cause, if it refused.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<String>,
    /// What to do next.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<String>,
    /// Of a trade that was committed and not filled: what was done, and what came of it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub receipt: Option<serde_json::Value>,
    /// Exit code of the command.
    pub exit_code: u8,
}

impl Report {
    /// Makes the report of an error with its whole chain.
    pub fn of(error: &anyhow::Error) -> Self {
        if let Some(NotFilled { cause, next, receipt, .. }) = error.downcast_ref::<NotFilled>() {
            let (cause, next) = (Some(cause.clone()), Some((*next).to_owned()));
            return Self { error: words(error), cause, next, receipt: receipt.clone(), exit_code: 3 };
        }
        if let Some(Unknown { next, receipt, .. }) = error.downcast_ref::<Unknown>() {
            let cause = error.chain().find_map(refusal).and_then(name);
            let next = Some((*next).to_owned());
            return Self { error: words(error), cause, next, receipt: receipt.clone(), exit_code: 6 };
        }
        let refusal = error.chain().find_map(refusal);
        let cause = refusal.and_then(name);
        let (exit_code, next) = match (refusal, &cause) {
            (Some(refusal), Some(name)) => (3, advice(name).or_else(|| general(refusal)).map(str::to_owned)),
            (Some(refusal), None) => (3, Some(foreign_advice(refusal).into())),
            (None, _) => error.chain().find_map(known).unwrap_or((1, None)),
        };
        Self { error: words(error), cause, next, receipt: None, exit_code }
    }

    /// Makes the report of a command line that cannot be read, without usage and help.
    pub fn of_usage(error: &clap::Error) -> Self {
        let text = error.to_string();
        let first = text.split("\n\n").next().unwrap_or_default();
        let words: Vec<&str> = first.lines().map(str::trim).collect();
        let words = words.join(" ");
        let error = words.trim_start_matches("error: ").to_owned();
        Self { error, cause: None, next: None, receipt: None, exit_code: 2 }
    }

    /// For people.
    pub fn text(&self) -> String {
        let next = self.next.as_ref().map(|next| format!("\n  next: {next}")).unwrap_or_default();
        format!("error: {}{next}", self.error)
    }

    /// For machines.
    pub fn json(&self) -> String {
        serde_json::to_string(self).unwrap_or_else(|_| self.text())
    }
}

/// The chain of causes in one line; transparent wrappers are not repeated.
fn words(error: &anyhow::Error) -> String {
    let mut said: Vec<String> = Vec::new();
    for part in error.chain().map(ToString::to_string) {
        if !said.last().is_some_and(|last| last.ends_with(&part)) {
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

fn name(refusal: &Refusal) -> Option<String> {
    use evergreen_sdk::failure::Cause;
    match &refusal.cause {
        Cause::Evergreen { name, .. } | Cause::Anchor { name, .. } => Some(name.clone()),
        Cause::Foreign { .. } => None,
    }
}

/// Exit code and advice for errors that do not come from the program.
fn known(error: &(dyn std::error::Error + 'static)) -> Option<(u8, Option<String>)> {
    let say = |code: u8, words: &str| Some((code, Some(words.to_owned())));
    if let Some(advised) = error.downcast_ref::<Advised>() {
        return Some((1, Some(advised.next.clone())));
    }
    if error.is::<Usage>() {
        return Some((2, None));
    }
    if error.is::<Declined>() {
        return say(5, "answer y, or give --yes");
    }
    if error.is::<Stale>() {
        return say(1, "that is told now: the same command again does it once more");
    }
    match error.downcast_ref::<FillError>() {
        Some(FillError::Send(inner)) => return known(inner),
        Some(FillError::Plan(inner)) => return known(inner),
        Some(FillError::Client(inner)) => return known(inner),
        Some(FillError::NoPrice { .. }) => {
            return say(
                4,
                "the trade is committed: the same command again, or `evergreen fill`, goes on; `evergreen price show` tells whether \
                 prices come",
            );
        }
        None => {}
    }
    // A plan shows a wrapped error in its own message, not as its source.
    match error.downcast_ref::<PlanError>() {
        Some(PlanError::Strategy(inner)) => return known(inner),
        Some(PlanError::Quote(inner)) => return known(inner),
        Some(PlanError::Price(_)) => return say(3, "check --prices, and `evergreen doctor`"),
        None => {}
    }
    if let Some(error) = error.downcast_ref::<StrategyError>() {
        return match error {
            StrategyError::Tenor => say(3, "`evergreen price show` lists the tenors"),
            StrategyError::Strike(_) => say(2, "take a strike near the price: `evergreen series list` shows the grid"),
            StrategyError::RegistryFull => say(3, "take a listed series, or retire one: `evergreen series list`"),
            StrategyError::Size => say(3, "give a size above 0"),
            StrategyError::Strikes { .. } => say(3, "exchange the strikes, or move them apart"),
            StrategyError::SameContract => say(3, "name another --strike or --tenor than the position has"),
            StrategyError::UnknownSeries | StrategyError::NothingHeld => say(3, "see `evergreen positions`"),
            StrategyError::UnknownUnderlying => say(3, "`evergreen pool show` lists the underlyings"),
            StrategyError::Overflow => say(3, "take a smaller size"),
        };
    }
    if let Some(QuoteError::NoPrice(_)) = error.downcast_ref::<QuoteError>() {
        return say(3, "there is no price account: check --prices, and `evergreen doctor`");
    }
    match error.downcast_ref::<ServiceError>() {
        Some(ServiceError::Unreachable { .. } | ServiceError::TooMany { .. } | ServiceError::Status { .. }) => {
            return say(4, "nothing was sent; try again, or name another price service with --hermes");
        }
        Some(ServiceError::Unauthorized { .. }) => {
            return say(1, "put the key into an environment variable and name that with --hermes-token-env");
        }
        Some(_) => {
            return say(1, "nothing was sent; is it a price service of Pyth (Hermes)? check --hermes and --prices");
        }
        None => {}
    }
    let client = match error.downcast_ref::<SendError>() {
        Some(SendError::Client(client)) => client,
        Some(SendError::Unknown { .. }) => {
            return say(
                6,
                "give the same command again: it finds out what became of the transaction before it sends another",
            );
        }
        Some(SendError::Expired(_)) => return say(4, "nothing was done; the network is busy, try again"),
        Some(_) => return say(1, "nothing was done; does the payer have SOL for fees? `evergreen doctor` looks"),
        None => error.downcast_ref::<ClientError>()?,
    };
    match client {
        ClientError::Rpc { .. } | ClientError::Socket(_) => {
            say(4, "is the network there? check --url, and `evergreen doctor`")
        }
        ClientError::Missing(_) => say(1, "check the network and the address: `evergreen doctor`"),
        _ => Some((1, None)),
    }
}

/// What to do about a refusal of another program.
fn foreign_advice(refusal: &Refusal) -> &'static str {
    use evergreen_sdk::failure::Cause;
    // Both token programs return this when an account holds less than the transfer.
    const INSUFFICIENT_FUNDS: u32 = 1;
    let tokens = [anchor_spl::token::ID, anchor_spl::token_2022::ID].map(|program| program.to_string());
    match &refusal.cause {
        Cause::Foreign { program: Some(program) } if tokens.contains(program) && refusal.code == INSUFFICIENT_FUNDS => {
            "the wallet holds less than that: `evergreen doctor` shows what it holds"
        }
        _ => "another program refused; the number above is its own error code",
    }
}

/// What to do about a check of Anchor's that has no advice of its own.
fn general(refusal: &Refusal) -> Option<&'static str> {
    use evergreen_sdk::failure::Cause;
    matches!(refusal.cause, Cause::Anchor { .. }).then_some(
        "an account is not what the program wants: check --pool and --url, and with `evergreen doctor` that command and program \
         are of one version",
    )
}

#[cfg(test)]
mod tests;
