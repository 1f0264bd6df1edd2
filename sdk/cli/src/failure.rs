//! Errors in words that say what to do next, and exit codes.

use evergreen_sdk::{
    client::{ClientError, SendError},
    failure::Refusal,
    plan::PlanError,
    quote::QuoteError,
    strategy::StrategyError,
};
use serde::Serialize;

/// Something is wrong in the command line: exit code 2.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Usage(pub String);

/// Nobody has said yes: exit code 5.
#[derive(Debug, thiserror::Error)]
#[error("not confirmed: nothing was sent")]
pub struct Declined;

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
    /// Exit code of the command.
    pub exit_code: u8,
}

impl Report {
    /// Of an error with its whole chain.
    pub fn of(error: &anyhow::Error) -> Self {
        let refusal = error.chain().find_map(refusal);
        let cause = refusal.and_then(name);
        let (exit_code, next) = match (refusal, &cause) {
            (Some(_), Some(name)) => (3, advice(name).map(str::to_owned)),
            (Some(refusal), None) => (3, Some(foreign_advice(refusal).into())),
            (None, _) => error.chain().find_map(known).unwrap_or((1, None)),
        };
        Self { error: words(error), cause, next, exit_code }
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

/// The chain in one line; transparent wrappers are not said twice.
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

/// Exit code and advice of errors that are not the program's.
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
    // What a plan wraps it shows as its own words, not as its source.
    match error.downcast_ref::<PlanError>() {
        Some(PlanError::Strategy(inner)) => return known(inner),
        Some(PlanError::Quote(inner)) => return known(inner),
        Some(PlanError::Price(_)) => return say(3, "check --prices, and `evergreen doctor`"),
        None => {}
    }
    if let Some(error) = error.downcast_ref::<StrategyError>() {
        return match error {
            StrategyError::Tenor => say(3, "`evergreen price show` lists the tenors"),
            StrategyError::BookFull => say(3, "take a listed series: `evergreen series list`"),
            _ => Some((3, None)),
        };
    }
    if let Some(QuoteError::NoPrice(_)) = error.downcast_ref::<QuoteError>() {
        return say(3, "there is no price account: check --prices, and `evergreen doctor`");
    }
    let client = match error.downcast_ref::<SendError>() {
        Some(SendError::Client(client)) => client,
        Some(SendError::Unknown { .. }) => return say(4, "look the transaction up before sending again"),
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
    // Both token programs say so when an account holds less than is to leave it.
    const INSUFFICIENT_FUNDS: u32 = 1;
    let tokens = [anchor_spl::token::ID, anchor_spl::token_2022::ID].map(|program| program.to_string());
    match &refusal.cause {
        Cause::Foreign { program: Some(program) } if tokens.contains(program) && refusal.code == INSUFFICIENT_FUNDS => {
            "the wallet holds less than that: `evergreen doctor` shows what it holds"
        }
        _ => "another program refused; the number above is its own error code",
    }
}

/// What to do about a refusal of the program.
fn advice(name: &str) -> Option<&'static str> {
    Some(match name {
        "InsufficientCash" => "pay in more: `evergreen deposit`, or --deposit with the trade",
        "InsufficientHealth" | "HealthLowered" => {
            "pay in more (`evergreen deposit`), trade less, or close something first"
        }
        "LimitExceeded" => "the price has moved: quote again, or allow more --slippage",
        "PriceStale" | "PriceRewound" | "PriceFromFuture" => {
            "the price is not fresh; try again in a moment, `evergreen price show` tells its age"
        }
        "PriceTooWide" => "the price is too uncertain now; try again in a moment",
        "LockLimit" | "ShortExceedsLong" | "SeriesSizeLimit" | "AccountSizeLimit" => {
            "that is more than can be traded now: take a smaller --size, or another strike"
        }
        "PositionTooSmall" => "take a larger --size",
        "DepositCap" | "BelowMinimum" => "change the amount: `evergreen pool show` tells the limits",
        "StrikeOffGrid" => "take another --strike: a multiple of the step near the price, or atm",
        "UnknownTenor" => "take another --tenor: `evergreen price show` lists them",
        "AccountNotEmpty" => "close positions and orders and withdraw all first: `evergreen close --all`",
        "TicketCooling" | "TicketNotFirst" => "wait until the ticket's turn has come: `evergreen lp show`",
        "NothingPayable" => "nothing can leave now: locks or the daily limit hold it back; try again later",
        "Paused" => "the action is paused; exits open again within a day",
        "PoolHalted" | "PoolDistressed" => "the pool takes no new risk; closing and withdrawing still work",
        "AccountNotInitialized" => "an account is missing; does the wallet hold the token? `evergreen doctor` looks",
        "Unauthorized" => "sign with the key of the owner or authority: --keypair",
        "TooManyPositions" | "TooManyOrders" => "close or cancel something first",
        _ => return None,
    })
}
