//! Exit codes and advice for errors that are no refusals of the program.

use super::{Advised, Declined, Exit, Stale, TOO_LITTLE_SOL, Usage};
use crate::amount::NotAboveZero;
use evergreen_sdk::{
    client::{ClientError, FillError, JournalError, SendError},
    failure::{Cause, Refusal},
    plan::PlanError,
    price::ServiceError,
    quote::QuoteError,
    strategy::StrategyError,
};

/// What is known of an error.
#[derive(Default)]
pub struct Known {
    /// Exit code of the command.
    pub exit: Exit,
    /// Name of the cause, if it has one.
    pub cause: Option<&'static str>,
    /// What to do next.
    pub next: Option<String>,
}

/// What to do where the journal cannot be written.
const NOT_NOTED: &str =
    "nothing was sent: what is under way has to be noted first; make room, or name another folder in XDG_STATE_HOME";

/// Exit code and advice for errors that do not come from the program.
pub fn known(error: &(dyn std::error::Error + 'static)) -> Option<Known> {
    let say = |exit: Exit, words: &str| Some(Known { exit, cause: None, next: Some(words.to_owned()) });
    // Whatever is refused has a name, so that programs need not read sentences: the program's own where it has one.
    let refuse =
        |cause, words: &str| Some(Known { exit: Exit::Refused, cause: Some(cause), next: Some(words.to_owned()) });
    if let Some(advised) = error.downcast_ref::<Advised>() {
        return say(Exit::Failed, &advised.next);
    }
    if error.is::<Usage>() || error.is::<NotAboveZero>() {
        return Some(Known { exit: Exit::Usage, ..Known::default() });
    }
    if error.is::<Declined>() {
        return say(Exit::NotConfirmed, "answer y at a terminal, or give --yes");
    }
    if error.is::<Stale>() {
        return say(Exit::Failed, "that is told now: the same command again does it once more");
    }
    match error.downcast_ref::<FillError>() {
        Some(FillError::Send(inner)) => return known(inner),
        Some(FillError::Plan(inner)) => return known(inner),
        Some(FillError::Client(inner)) => return known(inner),
        Some(FillError::NoPrice { .. }) => {
            return say(
                Exit::Network,
                "the trade is committed: the same command again, or `evergreen fill`, goes on; `evergreen price show` tells whether \
                 prices come",
            );
        }
        Some(FillError::ClockStands { .. }) => {
            return say(
                Exit::Network,
                "on a local market let the clock go on: `evergreen localnet clock resume`, or `evergreen localnet advance 1m`; \
                 elsewhere the network has stopped: try again later",
            );
        }
        None => {}
    }
    if error.is::<JournalError>() {
        return say(Exit::Failed, NOT_NOTED);
    }
    // A plan shows a wrapped error in its own message, not as its source.
    match error.downcast_ref::<PlanError>() {
        Some(PlanError::Strategy(inner)) => return known(inner),
        Some(PlanError::Quote(inner)) => return known(inner),
        Some(PlanError::Price(_)) => return refuse("NoPrice", "check --prices, and `evergreen doctor`"),
        None => {}
    }
    if let Some(error) = error.downcast_ref::<StrategyError>() {
        return match error {
            StrategyError::Tenor => refuse("UnknownTenor", "`evergreen price show` lists the tenors"),
            StrategyError::Strike(_) => {
                say(Exit::Usage, "take a strike near the price: `evergreen series list` shows the grid")
            }
            StrategyError::RegistryFull => {
                refuse("RegistryFull", "take a listed series, or retire one: `evergreen series list`")
            }
            StrategyError::Size => refuse("LegZero", "give a size above 0"),
            StrategyError::Strikes { .. } => refuse("StrikesInOrder", "exchange the strikes, or move them apart"),
            StrategyError::SameContract => {
                refuse("SameContract", "name another --strike or --tenor than the position has")
            }
            StrategyError::UnknownSeries => refuse("UnknownSeries", "see `evergreen positions`"),
            StrategyError::NothingHeld => refuse("LegNotReducing", "see `evergreen positions`"),
            StrategyError::UnknownUnderlying => {
                refuse("UnknownUnderlying", "`evergreen pool show` lists the underlyings")
            }
            StrategyError::Overflow => refuse("Overflow", "take a smaller size"),
        };
    }
    if let Some(QuoteError::NoPrice(_)) = error.downcast_ref::<QuoteError>() {
        return refuse("NoPrice", "there is no price account: check --prices, and `evergreen doctor`");
    }
    match error.downcast_ref::<ServiceError>() {
        Some(ServiceError::Unreachable { .. } | ServiceError::TooMany { .. } | ServiceError::Status { .. }) => {
            return say(Exit::Network, "nothing was sent; try again, or name another price service with --hermes");
        }
        Some(ServiceError::Unauthorized { .. }) => {
            return say(Exit::Failed, "put the key into an environment variable and name that with --hermes-token-env");
        }
        Some(_) => {
            return say(
                Exit::Failed,
                "nothing was sent; is it a price service of Pyth (Hermes)? check --hermes and --prices",
            );
        }
        None => {}
    }
    let client = match error.downcast_ref::<SendError>() {
        Some(SendError::Client(client)) => client,
        Some(SendError::Unknown { .. }) => {
            return say(
                Exit::Unknown,
                "give the same command again: it finds out what became of the transaction before it sends another",
            );
        }
        Some(SendError::Expired(_)) => return say(Exit::Network, "nothing was done; the network is busy, try again"),
        Some(error) if error.lacks_sol() => {
            let found = say(
                Exit::Refused,
                "send SOL to it, which fees and rent are paid with: `evergreen doctor` shows what it holds",
            );
            return found.map(|found| Known { cause: Some(TOO_LITTLE_SOL), ..found });
        }
        Some(SendError::Journal(_)) => {
            return say(Exit::Failed, NOT_NOTED);
        }
        Some(_) => return say(Exit::Failed, "nothing was done; `evergreen doctor` looks what may be the matter"),
        None => error.downcast_ref::<ClientError>()?,
    };
    match client {
        ClientError::Rpc { .. } | ClientError::Socket(_) => {
            say(Exit::Network, "is the network there? check --url, and `evergreen doctor`")
        }
        ClientError::Missing(_) => say(Exit::Failed, "check the network and the address: `evergreen doctor`"),
        _ => Some(Known::default()),
    }
}

/// What to do about a refusal of a program that this one calls, by the names of program and error.
pub fn foreign_advice(name: &str) -> Option<&'static str> {
    let (program, error) = name.split_once('.')?;
    Some(match (program, error) {
        ("System", "ResultWithNegativeLamports") => {
            "send SOL to the key that pays, for the rent of new accounts and fees: `evergreen doctor` shows what it holds"
        }
        ("System", "AccountAlreadyInUse") => "it is there already: give the command again, it looks anew",
        ("Token" | "Token-2022", "InsufficientFunds") => {
            "take a smaller amount, or send tokens to the wallet: `evergreen doctor` shows what it holds"
        }
        ("Token" | "Token-2022", "OwnerMismatch") => "sign with the key of the wallet that holds the tokens: --keypair",
        ("Token" | "Token-2022", "AccountFrozen" | "MintPaused") => {
            "only the issuer of the token can undo that; until then no tokens move"
        }
        ("Token-2022", guard) if guard.starts_with("CpiGuard") => {
            "switch the guard off first: spl-token disable-cpi-guard"
        }
        ("Token-2022", "NoMemo") => {
            "switch the memo requirement of the wallet off first: spl-token disable-required-transfer-memos"
        }
        _ => "the token or another program refused: nothing was done; `evergreen doctor` looks what may be the matter",
    })
}

/// What to do about a check of Anchor's that has no advice of its own.
pub fn general(refusal: &Refusal) -> Option<&'static str> {
    matches!(refusal.cause, Cause::Anchor { .. }).then_some(
        "an account is not what the program wants: check --pool and --url, and with `evergreen doctor` that command and program \
         are of one version",
    )
}
