//! Errors in words that say what to do next, and exit codes.

mod unknown;

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

/// A committed trade that was not filled: exit code 3.
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

/// What to do about a refusal of the program.
pub fn advice(name: &str) -> Option<&'static str> {
    Some(match name {
        "Overflow" => "a number is too large: take a smaller amount",
        "MoneynessOutOfRange" => "the price is too far from the strike to be valued: take a strike near the price",
        "InvalidParameter" => "change the parameter that is named above: docs/protocol.md tells its bounds",
        "WrongPool" => "the account is of another pool: name that one with --pool",
        "Unauthorized" => "sign with the key of the owner or authority: --keypair",
        "MarketAccountMissing" => "the account has changed meanwhile: try again",
        "UnknownUnderlying" => "`evergreen pool show` lists the underlyings of the pool",
        "WrongVersion" => {
            "bring the account to the present layout first: `evergreen migrate run --to 2`; `evergreen doctor` looks"
        }
        "SameAccount" => "take another account: the two have to differ",
        "AccountNotEmpty" => "close positions and orders and withdraw all first: `evergreen close --all`",
        "UnderlyingCount" => "name one to four different underlyings",
        "PriceWrongOwner" | "PriceUndecodable" | "PriceWrongFeed" | "PriceNotVerified" => {
            "that is not the account its price is read from: check --prices (upgraded, previous, legacy), and `evergreen doctor`"
        }
        "PriceNotPositive" | "PriceExponent" | "PriceNotTrading" => {
            "the feed gives no usable price now: try again later; without open positions `evergreen withdraw all` needs none"
        }
        "PriceStale" | "PriceUnconfirmed" | "PriceNotEarlier" | "PriceFromFuture" => {
            "the price is not fresh; try again in a moment, `evergreen price show` tells its age"
        }
        "PriceUncertain" => "the price is too uncertain now; try again in a moment, or only reduce: that needs less",
        "UnknownSeries" => {
            "the series is gone, or its slot is another's by now: quote again, see `evergreen series list`"
        }
        "SeriesExercised" => "its options were paid at the cap; the account's next trade or withdrawal settles that",
        "SeriesNotExercised" => "only an exercised series is settled: `evergreen series list` tells the status",
        "SeriesAtCap" => "the price has reached the cap: close, or take a strike whose cap is further away",
        "SeriesNotAtCap" => "wait until the price reaches the cap",
        "SeriesInUse" => "somebody holds or has written it: only a series without open interest can be retired",
        "RegistryFull" => {
            "take a listed series, or free a slot first: `evergreen series list`, `evergreen series retire`"
        }
        "StrikeOffGrid" => "take another --strike: a multiple of the step near the price, or atm",
        "UnknownTenor" => "take another --tenor: `evergreen price show` lists them",
        "LegCount" => "give one to four legs; an order that only reduces has one",
        "LegRepeated" => "two legs are the same option: put both sizes into one leg",
        "LegZero" => "give every leg a size above 0",
        "LegNotReducing" => "only positions that are open can be closed: `evergreen positions` shows them",
        "TooManyPositions" | "TooManyOrders" => "close or cancel something first",
        "LimitExceeded" => "the price has moved: quote again, or allow more --slippage, or another --min-net",
        "ShortExceedsLong" => {
            "only as much can be written as others have bought: take a smaller --size, or a series with more bought than written: \
             `evergreen series list`"
        }
        "NothingToDeleverage" => "no more is written than bought: there is nothing to balance",
        "SeriesSizeLimit" | "AccountSizeLimit" => {
            "that is more than can be traded now: take a smaller --size, or another strike"
        }
        "ReserveLimit" => "the pool's capital backs other options: take a smaller --size, or a tenor with a nearer cap",
        "PositionTooSmall" => "take a larger --size, or close the position in full",
        "InsufficientCash" | "InArrears" => "pay in more: `evergreen deposit`, or --deposit with the trade",
        "InsufficientHealth" | "HealthLowered" => {
            "pay in more (`evergreen deposit`), trade less, or close something first"
        }
        "NotLiquidatable" => {
            "the account has enough margin: `evergreen account show` tells at which price it is liquidated"
        }
        "SelfLiquidation" => "let somebody else do it: the owner may not",
        "NoBadDebt" => "only negative cash of an account without positions is bad debt",
        "ZeroAmount" => "name an amount above 0: there may be nothing to pay",
        "ZeroShares" => "deposit more: that is worth less than one share; or nothing waits that could be cancelled",
        "WritersUnsettled" => "anyone settles those who wrote it, as the keeper does; then withdrawals go on",
        "NoNetAssetValue" | "SharesSpent" => {
            "the class is worth next to nothing: `evergreen lp renew` begins new shares once its capital is gone"
        }
        "SharesNotSpent" => "the shares go on: deposit and withdraw as always",
        "DebtsOpen" => "anyone liquidates and absorbs them, as the keeper does; then shares can be renewed",
        "IncomeNotSwept" => "sweep it first, as the keeper does: `evergreen lp renew` does both",
        "PoolInUse" => "all options have to be closed or settled first: shares are renewed when nothing is open",
        "DepositCap" | "BelowMinimum" => "change the amount: `evergreen pool show` tells the limits",
        "WithdrawalCooling" | "WithdrawalNotFirst" => "wait until the withdrawal's turn has come: `evergreen lp show`",
        "NothingPayable" => "nothing can leave now: reserves or the daily limit hold it back; try again later",
        "MintRefused" => "the token has a property that is not accepted, which is named above: no pool can take it",
        "Decimals" => "the token has more decimals than are supported: no pool can take it",
        "VaultMismatch" => {
            "tokens are missing in the vault: anyone assigns the loss, `evergreen govern sync-vault`, then payments go on"
        }
        "Paused" => "the action is paused; exits open again within a day",
        "PauseTooLong" => "take a shorter pause, or wait until this exit may be paused again",
        "PoolHalted" | "PoolDistressed" => "the pool takes no new risk; closing and withdrawing still work",
        "PoolNotHalted" => "the pool is open: nothing has to be resumed",
        "WrongNumber" => {
            "another device or command of the same key came first, or this one was done before: `evergreen history` tells which; \
             given again, the command does it once more"
        }
        "PoolExhausted" => {
            "capital was seized: the pool pays once others have paid it; the owner may settle for what there is"
        }
        "FeeBelowLatencyFloor" => "raise the trading fees, or take only younger prices",
        "SampleTooEarly" => "somebody has sampled already: try again in a minute",
        "NotTightening" => "a cap can only be lowered at once; propose to raise it",
        "MarkWouldJump" => "change it in smaller steps, one proposal after the other",
        "ProposalTooEarly" => "wait until the timelock has ended",
        "ProposalExpired" | "ProposalOutdated" => "propose it again",
        "ProposalWrongTarget" => "name the account that the proposal was made for",
        "OrderUnconditional" => {
            "give the order a limit or a price to wait for: --min-net, --at-or-above, --at-or-below"
        }
        "OrderExpiry" => "take another --expires: 90d at most",
        "OrderPriceTooEarly" => "wait for the next price: an order is executed at prices published after it was placed",
        "OrderNotTriggered" => "wait until the price is there: `evergreen orders list` tells which",
        "TipByDelegate" => "leave --tip away, or let the owner place the order",
        "KeeperAccountMissing" => "the tip needs a margin account of your own: evergreen account open",
        "NothingToMigrate" => "nothing has to be done: the account is of the present layout",
        "OptionNotListed" => "list it first: `evergreen series add`; `evergreen trade buy` does that by itself",
        "CommitmentOpen" => {
            "a trade of the account waits for its price: `evergreen fill` fills it, `evergreen account show` tells what it is"
        }
        "NothingCommitted" => {
            "nothing waits to be filled: `evergreen positions` and `evergreen history` show what came of it"
        }
        "OrderMissing" => "the commitment comes from another order by now: give the command again, or `evergreen fill`",
        "PriceNotFirst" => {
            "only the first price after a commitment fills it: give `evergreen fill` again; it looks where that price is kept"
        }
        "MarketAccountUnneeded" => "the account's positions have changed meanwhile: give `evergreen fill` again",
        "NotAtCapacity" => "positions are closed for others only while the pool is at capacity or its registry is full",
        "RentPaid" => "its series pays for its place, or another one pays less",
        "NoticeRunning" => "notice was given already: positions can be closed ten minutes after that",
        "NoticeMissing" => "give notice first: positions can be closed ten minutes later",
        "AccountNotInitialized" => "an account is missing; does the wallet hold the token? `evergreen doctor` looks",
        "InstructionFallbackNotFound" => "the program is older than this command: take one of its version",
        _ => return None,
    })
}

#[cfg(test)]
mod tests;
