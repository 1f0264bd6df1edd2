//! The errors of all instructions: one error per cause.

#![warn(missing_docs)]

mod codes;
mod display;

use anchor_lang::prelude::*;
use codes::error_codes;
pub use display::{DisplayDollars, DisplayOption};
use evergreen_math::MathError;

error_codes! {
/// Errors of the program. Where two numbers were compared, both are in the transaction's log.
#[derive(bytemuck::CheckedBitPattern)]
pub enum EvergreenError {
    // Arithmetic.
    /// A result does not fit its type.
    #[msg("Arithmetic: a result does not fit its type")]
    Overflow,
    /// An internal divisor is zero.
    #[msg("Arithmetic: division by zero")]
    DivisionByZero,
    /// The spot price is too far from the strike to be valued.
    #[msg("Pricing: spot / strike outside [0.01, 100]")]
    MoneynessOutOfRange,
    /// The volatility cannot be priced.
    #[msg("Pricing: volatility outside [5 %, 400 %]")]
    VolatilityOutOfRange,
    /// The tenor cannot be priced.
    #[msg("Pricing: tenor outside [1 hour, 90 days]")]
    TenorOutOfRange,
    /// The cap ratio cannot be priced.
    #[msg("Pricing: cap ratio must be above 1 for a call and between 0 and 1 for a put")]
    CapOutOfRange,
    /// An elementary function was called outside its domain.
    #[msg("Arithmetic: argument outside a function's domain")]
    Domain,
    /// A parameter is outside its range; the log names it.
    #[msg("Parameter out of range; the log names it")]
    InvalidParameter,
    /// Time runs backwards.
    #[msg("Clock: time runs backwards")]
    TimeReversed,

    // Accounts.
    /// An account belongs to another pool.
    #[msg("Account belongs to another pool")]
    WrongPool,
    /// The signer is not allowed to do this.
    #[msg("Signer is neither the owner nor an allowed role")]
    Unauthorized,
    /// A price or underlying account is missing from the remaining accounts.
    #[msg("Remaining accounts: underlying or price account missing")]
    MarketAccountMissing,
    /// An underlying was passed twice.
    #[msg("Remaining accounts: an underlying was passed twice")]
    MarketAccountRepeated,
    /// An underlying was passed that neither a leg nor a position needs.
    #[msg("Remaining accounts: neither a leg nor a position needs this underlying")]
    MarketAccountUnneeded,
    /// An underlying is not one of this pool's.
    #[msg("Remaining accounts: underlying is not listed in this pool")]
    UnknownUnderlying,
    /// The layout version of the account is not the program's.
    #[msg("Account has another layout version; migrate it first")]
    WrongVersion,
    /// The instruction names the same account twice.
    #[msg("The same account was passed twice")]
    SameAccount,
    /// The account still holds money or positions.
    #[msg("Account still holds cash or positions")]
    AccountNotEmpty,
    /// A pool needs one to four different underlyings.
    #[msg("A pool needs one to four different underlyings")]
    UnderlyingCount,

    // Prices.
    /// The price account is not owned by the configured oracle program.
    #[msg("Price: account is not owned by the configured oracle program")]
    PriceWrongOwner,
    /// The price account cannot be decoded.
    #[msg("Price: account cannot be decoded as a price update")]
    PriceUndecodable,
    /// The price account belongs to another feed.
    #[msg("Price: account is of another feed")]
    PriceWrongFeed,
    /// The price update is only partially verified.
    #[msg("Price: update is only partially verified")]
    PriceNotVerified,
    /// The price is zero or negative.
    #[msg("Price: zero or negative")]
    PriceNotPositive,
    /// The exponent is outside the accepted range.
    #[msg("Price: exponent outside [-12, 0]")]
    PriceExponent,
    /// The publish time lies in the future.
    #[msg("Price: published in the future")]
    PriceFromFuture,
    /// The price is too old.
    #[msg("Price: too old")]
    PriceStale,
    /// The price is too uncertain for this action.
    #[msg("Price: confidence too wide, or too far from the EMA price, for this action")]
    PriceUncertain,
    /// The price is far from the EMA price, and the price some seconds before it is missing.
    #[msg("Price: far from the EMA price; the price before the commitment is needed, too")]
    PriceUnconfirmed,
    /// The price that is to confirm another was not published some seconds before it.
    #[msg("Price: not published some seconds before the one that it is to confirm")]
    PriceNotEarlier,

    // Series and trading.
    /// The slot is free or out of range, or it holds a series of another generation.
    #[msg("Series: no such slot and generation")]
    UnknownSeries,
    /// The series has been exercised.
    #[msg("Series: already exercised; settle instead")]
    SeriesExercised,
    /// No position of the account is in an exercised series, and none owes or is owed enough funding up to where its series was last touched.
    #[msg("Account: nothing to settle")]
    NothingToSettle,
    /// The spot price is at or beyond the cap.
    #[msg("Series: spot is at the cap; only closing and exercise are possible")]
    SeriesAtCap,
    /// The spot price is not at the cap.
    #[msg("Series: spot has not reached the cap")]
    SeriesNotAtCap,
    /// The underlying was sampled within a day, or nobody has reported that it was not.
    #[msg("Underlying: it is sampled; its feed has not ended")]
    NotSilent,
    /// Somebody has reported already that nobody samples the underlying.
    #[msg("Underlying: its silence is reported already")]
    SilenceReported,
    /// The notice of seven days after the report is not over.
    #[msg("Underlying: its series end seven days after the report, unless somebody samples it")]
    SilenceTooYoung,
    /// It is reported that nobody samples the underlying, so no risk is added on it.
    #[msg("Underlying: reported as silent; sample it first")]
    UnderlyingSilent,
    /// The series still has open interest.
    #[msg("Series: still has open interest")]
    SeriesInUse,
    /// All slots of the registry are taken.
    #[msg("Series registry: no free slot; retire a series without open interest first")]
    RegistryFull,
    /// The strike is not on the grid or too far from spot.
    #[msg("Strike: not on the grid, or too far from spot")]
    StrikeOffGrid,
    /// The tenor is not offered.
    #[msg("Tenor: not offered by this underlying")]
    UnknownTenor,
    /// A trade needs one to four legs.
    #[msg("Trade: needs one to four legs")]
    LegCount,
    /// Two legs name the same series.
    #[msg("Trade: two legs name the same series")]
    LegRepeated,
    /// A leg has size zero.
    #[msg("Trade: a leg has size zero")]
    LegZero,
    /// A leg of a liquidation would not shrink a position.
    #[msg("Liquidation: a leg must shrink an existing position")]
    LegNotReducing,
    /// All position slots of the account are taken.
    #[msg("Account: all position slots are taken")]
    TooManyPositions,
    /// The net price is beyond the limit given.
    #[msg("Trade: net price is beyond the limit")]
    LimitExceeded,
    /// Written options would exceed bought ones.
    #[msg("Trade: short open interest would exceed long open interest")]
    ShortExceedsLong,
    /// Short open interest does not exceed long open interest by the points named.
    #[msg("Rebalance: short open interest does not exceed long open interest by that much")]
    NothingToDeleverage,
    /// The size limit of the series is exceeded.
    #[msg("Trade: the series' size limit is exceeded")]
    SeriesSizeLimit,
    /// The size limit of the account is exceeded.
    #[msg("Trade: the account's size limit is exceeded")]
    AccountSizeLimit,
    /// Reserved collateral would exceed its limit, a share of pool cash.
    #[msg("Pool: reserves would exceed the share of pool cash allowed")]
    ReserveLimit,
    /// Reserves would grow by more than their share of pool cash in an hour.
    #[msg("Pool: its reserves may not grow so fast; more can be bought within the hour")]
    GrowthLimit,
    /// Net delta would exceed its limit, a share of the pool's depth, on the side that the trade adds to.
    #[msg("Pool: traders would be long or short more than the pool takes of this underlying")]
    DirectionLimit,

    // Margin.
    /// Cash would be negative.
    #[msg("Margin: not enough cash")]
    InsufficientCash,
    /// Fees of earlier lapses have to be paid before anything is paid out or risk is added.
    #[msg("Margin: the account is in arrears with fees")]
    InArrears,
    /// Initial health would be negative.
    #[msg("Margin: initial health would be negative")]
    InsufficientHealth,
    /// A trade that only reduces risk would lower maintenance health.
    #[msg("Margin: a reducing trade must not lower maintenance health")]
    HealthLowered,
    /// The account is not below maintenance.
    #[msg("Liquidation: account is not below maintenance margin")]
    NotLiquidatable,
    /// The owner of the account would be its liquidator.
    #[msg("Liquidation: the owner of the account cannot be the liquidator")]
    SelfLiquidation,
    /// The account has no bad debt.
    #[msg("Account has no bad debt: cash is not negative, or positions are open")]
    NoBadDebt,

    // Liquidity.
    /// The amount is zero.
    #[msg("Amount is zero")]
    ZeroAmount,
    /// The deposit is too small for one share.
    #[msg("Liquidity: deposit is worth less than one share")]
    ZeroShares,
    /// The result is below the minimum that the caller gave.
    #[msg("Liquidity: result is below the minimum given")]
    BelowMinimum,
    /// Writers of an exercised series have yet to pay, so what insurance loses is not yet known.
    #[msg("Liquidity: writers of an exercised series are not settled")]
    WritersUnsettled,
    /// The pool's net asset value is zero or negative.
    #[msg("Liquidity: pool has no net asset value")]
    NoNetAssetValue,
    /// The pool's deposit cap is reached.
    #[msg("Liquidity: deposit cap of the pool is reached")]
    DepositCap,
    /// The cooldown of the withdrawal request has not ended.
    #[msg("Withdrawal: cooldown has not ended")]
    WithdrawalCooling,
    /// Another withdrawal request is first in the queue.
    #[msg("Withdrawal: another withdrawal is first in the queue")]
    WithdrawalNotFirst,
    /// Reserves and the daily limit leave nothing to pay now.
    #[msg("Withdrawal: nothing can be paid now within the reserves and the daily limit")]
    NothingPayable,

    // Tokens.
    /// The mint has a property that the mint policy does not accept.
    #[msg("Token: mint has an extension or setting that is not accepted; the log names it")]
    MintRefused,
    /// The balance of the vault did not change by the amount transferred, or is below its ledgers.
    #[msg("Token: the vault did not change by the amount transferred")]
    VaultMismatch,
    /// The issuer takes a fee of transfers, and whoever the tokens are due to has not signed.
    #[msg("Token: the issuer takes a fee of transfers, so whoever the tokens are due to has to sign")]
    FeeUnsigned,
    /// A mint has more than 12 decimals.
    #[msg("Token: more than 12 decimals are not supported")]
    Decimals,

    // Governance.
    /// The action is paused.
    #[msg("Paused: this action is paused")]
    Paused,
    /// The pause is longer than allowed, or exits were paused within the last seven days.
    #[msg("Pause: longer than allowed, or exits were paused within the last 7 days")]
    PauseTooLong,
    /// A trading fee is below the oracle-latency floor.
    #[msg("Parameter: trading fee is below the oracle-latency floor")]
    FeeBelowLatencyFloor,
    /// A trading fee is so low that letting commitments lapse would pay.
    #[msg("Parameter: a trading fee is so low that letting commitments lapse would pay")]
    FeeBelowWaitingFloor,
    /// The last volatility sample is too recent.
    #[msg("Volatility: sampled too recently")]
    SampleTooEarly,
    /// The price account says that its feed is not trading now.
    #[msg("Price: the feed is not trading now")]
    PriceNotTrading,
    /// The pool is halted and accepts no new risk, liquidity or series.
    #[msg("Pool: halted; only what reduces risk or leaves is possible")]
    PoolHalted,
    /// The pool is distressed and accepts no new risk, liquidity or series: tokens were seized, or the mint is no longer acceptable.
    #[msg("Pool: distressed; only what reduces risk or leaves is possible")]
    PoolDistressed,
    /// The pool is not halted.
    #[msg("Pool: not halted")]
    PoolNotHalted,
    /// A cap would rise.
    #[msg("Pool: a cap can be lowered at once, raised only by a proposal; the log names it")]
    NotTightening,
    /// A trade would leave a position below the least size of the pool.
    #[msg("Trade: the position left is below the least size; close it in full")]
    PositionTooSmall,
    /// A change of parameters would move marks at once.
    #[msg("Parameter: changes too far at once, marks would jump; the log names it")]
    MarkWouldJump,
    /// The timelock of the proposal has not ended.
    #[msg("Proposal: timelock has not ended")]
    ProposalTooEarly,
    /// The execution of the proposal was announced, and the change is made later.
    #[msg("Proposal: announced; the change is made two minutes later")]
    ProposalAnnounced,
    /// The time to execute the proposal, or to accept the admin's role, is over.
    #[msg("Proposal: expired")]
    ProposalExpired,
    /// The target's configuration has changed since the proposal was made.
    #[msg("Proposal: made for an earlier configuration")]
    ProposalOutdated,
    /// The account is not the one that the proposal changes.
    #[msg("Proposal: changes another account")]
    ProposalWrongTarget,
    /// The pool's cash does not suffice for this payment, or in a distressed pool not beside the same part for others.
    #[msg("Pool: its cash does not suffice for this payment")]
    PoolExhausted,
    /// The pool could not pay all while accounts owe it what anyone can collect: funding, payoffs, or cash for which their options can be sold.
    #[msg("Pool: its cash does not suffice before accounts have paid what they owe")]
    FundingUncollected,

    // Orders.
    /// An order has neither limit nor trigger.
    #[msg("Order: needs a limit or a trigger price")]
    OrderUnconditional,
    /// The expiry of the order is past, or more than 90 days away.
    #[msg("Order: expiry must lie in the future, at most 90 days away")]
    OrderExpiry,
    /// A price was published before the order was placed.
    #[msg("Order: a price was published before the order was placed")]
    OrderPriceTooEarly,
    /// The spot price has not reached the trigger.
    #[msg("Order: spot has not reached the trigger price")]
    OrderNotTriggered,
    /// The account has too many open orders.
    #[msg("Order: the account has too many open orders")]
    TooManyOrders,
    /// A delegate promised a tip.
    #[msg("Order: only the owner can promise a tip, since a delegate cannot withdraw")]
    TipByDelegate,
    /// The owner lets the delegate's trades cost less than this one may.
    #[msg("Account: the trade may cost more in tip, fees and penalties than the owner allows the delegate")]
    AllowanceExceeded,
    /// A trade of a delegate's was committed a moment ago, and others come first.
    #[msg("Account: a delegate rests after each trade; orders of the owner's come first")]
    DelegateRests,
    /// A tip is due, but the keeper's margin account was not passed.
    #[msg("Order: a tip needs the keeper's margin account")]
    KeeperAccountMissing,
    /// The account has the present layout version already, or a type that the earlier version did not have.
    #[msg("Migration: the account is of this version already")]
    NothingToMigrate,

    // Closing for a place or for cash, and notices.
    /// Reserved collateral is below nine tenths of its limit, and a slot of the registry is free or can be freed.
    #[msg("Place: the pool is not at capacity, and a slot of its registry is free or can be freed")]
    NotAtCapacity,
    /// The series pays the rent of its place, or, where a notice is to be given, others that pay a smaller part of theirs free what is missing.
    #[msg("Place: the series pays its rent, or others pay a smaller part of theirs and free what is missing")]
    RentPaid,
    /// While capital is missing, bought options are opened only in series that pay the rent of the capital that they reserve; while notice is given of a series for its slot, only if it pays the rent of that.
    #[msg("Place: the pool is at capacity, and what is opened pays too little for its place")]
    RentTooLow,
    /// The account does not owe cash.
    #[msg("Cash: the account owes none")]
    NothingOwed,
    /// Another bought option of the account brings clearly more of what it is worth at the mark.
    #[msg("Cash: another bought option of the account loses less when it is sold; sell that one")]
    AnotherLosesLess,
    /// A notice of this kind runs for the series; nobody shifts its moment.
    #[msg("Notice: one runs already; it can be given anew when it is void")]
    NoticeRunning,
    /// No notice of this kind was given for the series, or it is void because nobody used it in time.
    #[msg("Notice: none was given, or the time to close after it is over; give notice first")]
    NoticeMissing,

    // Commitments.
    /// The option has no live series.
    #[msg("Option: not listed; list it first")]
    OptionNotListed,
    /// A committed trade waits for its price, and the account is held until then.
    #[msg("Commitment: a committed trade waits for its price; it is filled or lapses within seconds")]
    CommitmentOpen,
    /// No trade is committed.
    #[msg("Commitment: no trade waits for its price")]
    NothingCommitted,
    /// The order passed is not the one that the commitment comes from, or none was passed although it comes from one.
    #[msg("Commitment: the order that it comes from has to be passed, and no other")]
    OrderMissing,
    /// The price is not the first one published after the moment that counts, of a commitment, a notice or a sample.
    #[msg("Price: not the first one published after the moment that counts")]
    PriceNotFirst,
    /// The number of an order, committed trade, transfer, proposal or withdrawal request is not the next one.
    #[msg("Number: is not the next one")]
    WrongNumber,

    // Generations of shares.
    /// The capital of the class is below one part in 1,024 of what its shares cost at the start: shares would be too cheap to be fair.
    #[msg("Liquidity: the shares of the class are spent; renew them first")]
    SharesSpent,
    /// The capital of the class is not below one part in 1,024 of what its shares cost at the start.
    #[msg("Renewal: the class still has capital")]
    SharesNotSpent,
    /// Accounts owe the pool, so what the class has is not yet known.
    #[msg("Renewal: accounts still owe the pool")]
    DebtsOpen,
    /// Income of insurance waits in the main vault.
    #[msg("Renewal: income of insurance is not yet swept")]
    IncomeNotSwept,
    /// Options or commitments are open, whose gains would be the newcomers'.
    #[msg("Renewal: options or commitments of the pool are open")]
    PoolInUse,
    /// The request is no deposit, or its deposit has been given back.
    #[msg("Deposit: the request holds no tokens that wait for their minute")]
    DepositNotWaiting,
    /// Liquidity is executed only for some seconds after each full minute, and a deposit after the one that it waits for.
    #[msg("Liquidity: executed only within some seconds after a full minute")]
    OffGrid,

    // Pools of their curators.
    /// Only the curator of a private pool, and whom they sign for, provide liquidity.
    #[msg("Liquidity: the pool is private; its curator has to sign the deposit")]
    ProviderNotNamed,
    /// The pool lists no options of this kind or tenor.
    #[msg("Listing: the pool offers no options of this kind or tenor")]
    NotOffered,
    /// The first deposit of a curated pool, which stays, is too small.
    #[msg("Pool: its first deposit, which stays, is too small")]
    SeedTooSmall,
    /// The pool buys nothing back: it is not private, or its parameters name no premium.
    #[msg("Pool: it buys nothing back; a private pool does whose parameters name a premium")]
    NoBuyback,
    /// The pool names a premium of a buy-back, or has announced one, so it is the only writer of its options.
    #[msg("Trade: the pool buys back, so it is the only writer of its options")]
    WritesAlone,
    /// A part of what can be closed of an excess pays so little that most of it would be its rounding.
    #[msg("Rebalance: a part that pays so little is not closed by itself; name all that can be closed, or more")]
    PartTooSmall,

    // Samples that are due.
    /// The volatility sample of a half-hour before the price has not been taken, though it can be.
    #[msg("Volatility: the sample of the last half-hour is due; take it first")]
    SampleDue,
}
}

/// Returns the error with the place in the code that raised it.
///
/// The function is out of line, because inlined construction of errors would take a tenth of the program's size and of a
/// trade's compute units.
#[cold]
#[inline(never)]
#[track_caller]
pub fn refuse(error: EvergreenError) -> Error {
    let place = core::panic::Location::caller();
    Error::from(error).with_source(anchor_lang::error::Source { filename: place.file(), line: place.line() })
}

/// Converts an error of the math crate to the program's error.
#[cold]
#[inline(never)]
pub fn math(error: MathError) -> Error {
    match error {
        MathError::Overflow => EvergreenError::Overflow,
        MathError::DivisionByZero => EvergreenError::DivisionByZero,
        MathError::MoneynessOutOfRange => EvergreenError::MoneynessOutOfRange,
        MathError::VolatilityOutOfRange => EvergreenError::VolatilityOutOfRange,
        MathError::TenorOutOfRange => EvergreenError::TenorOutOfRange,
        MathError::CapOutOfRange => EvergreenError::CapOutOfRange,
        MathError::Domain => EvergreenError::Domain,
        MathError::InvalidParameter => EvergreenError::InvalidParameter,
        MathError::TimeReversed => EvergreenError::TimeReversed,
        MathError::NoNetAssetValue => EvergreenError::NoNetAssetValue,
        MathError::TooMany => EvergreenError::TooManyPositions,
        MathError::ZeroShares => EvergreenError::ZeroShares,
        MathError::SampleTooEarly => EvergreenError::SampleTooEarly,
    }
    .into()
}

/// Lets results of the math crate be used with `?` in handlers.
pub trait MathContext<T> {
    /// Returns the same result with the program's error.
    fn program(self) -> Result<T>;
}

impl<T> MathContext<T> for evergreen_math::MathResult<T> {
    fn program(self) -> Result<T> {
        self.map_err(math)
    }
}

/// Returns `error` unless `holds` is true, and logs what was compared. Off chain, where there is no log, the error carries
/// the text as its compared values.
#[macro_export]
macro_rules! ensure {
    ($holds:expr, $error:ident) => {
        if !$holds {
            return Err($crate::errors::refuse($crate::errors::EvergreenError::$error));
        }
    };
    ($holds:expr, $error:ident, $($logged:tt)+) => {
        if !$holds {
            return Err($crate::error_with_context!($crate::errors::EvergreenError::$error, $($logged)+));
        }
    };
}

/// Makes an error and logs a text that explains it. Off chain the error carries the text as its compared values.
#[macro_export]
macro_rules! error_with_context {
    ($error:expr, $($logged:tt)+) => {{
        #[cfg(any(target_os = "solana", target_arch = "bpf"))]
        anchor_lang::prelude::msg!($($logged)+);
        let error = $crate::errors::refuse($error);
        #[cfg(not(any(target_os = "solana", target_arch = "bpf")))]
        let error = error.with_values((format!($($logged)+), ""));
        error
    }};
}

/// Converts the error of a number that does not fit a narrower type to `Overflow`.
pub fn too_large(_: core::num::TryFromIntError) -> Error {
    EvergreenError::Overflow.into()
}
