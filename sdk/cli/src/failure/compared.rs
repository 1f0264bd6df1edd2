//! The numbers that the program compares, in units that people read. The program logs native units, unix seconds and points; what each
//! number of each error is stands in [`UNITS`] alone.

use crate::{
    amount::Token,
    output::{date, span},
};
use evergreen_sdk::{convert, failure::Refusal};

/// What the program logs with each error, with the unit of each number in its place:
///
/// | word | unit |
/// | --- | --- |
/// | `native` | native units of the collateral |
/// | `shares` | shares, which have the decimals of the collateral |
/// | `points` | points, the unit of size |
/// | `moment` | unix seconds |
/// | `time` | a span of seconds |
/// | `dollars` | dollars |
/// | `lamports` | lamports |
/// | `bps` | basis points |
/// | `extension` | an extension of Token-2022, with what is wrong with it |
/// | `plain` | a count, a number of something, a name or an address, or a parameter as `--set` takes it |
pub const UNITS: &[(&str, &str)] = &[
    ("AccountNotEmpty", "cash {native}, {native} owed to it, {plain} orders, {plain} stakes"),
    ("AccountSizeLimit", "position {points} points, limit {points}"),
    ("AnotherLosesLess", "brings {bps} bps of its mark, slot {plain} brings {bps}"),
    ("BelowMinimum", "worth {native} now, at least {native} asked"),
    ("CommitmentOpen", "committed at {moment}"),
    ("CommitmentOpen", "committed at {moment}, before {moment}"),
    ("CommitmentOpen", "order {plain}"),
    ("DebtsOpen", "accounts owe {native}"),
    ("Decimals", "mint has {plain} decimals"),
    ("DelegateRests", "{time} s are left, and {time} s after each trade"),
    ("DepositCap", "pool cash {native} after the deposit, cap {native}"),
    ("DirectionLimit", "delta {native} on this side with all that is committed, limit {native}"),
    ("FeeBelowLatencyFloor", "fees {plain} + {plain} bps, latency floor {plain} bps for each"),
    ("FeeBelowWaitingFloor", "fees {plain} + {plain} bps, waiting floors {plain} and {plain} bps"),
    ("HealthLowered", "health changes by {native}"),
    ("HealthLowered", "health {native} after, {native} before"),
    ("HealthLowered", "maintenance health {native} after, {native} before"),
    ("InArrears", "{native} in arrears, cash {native}"),
    ("IncomeNotSwept", "{native} is due to insurance"),
    ("AllowanceExceeded", "may cost {native}, allowance {native}"),
    ("InsufficientCash", "cash {native} after the trade, {native} before"),
    ("InsufficientCash", "cash {native} beside tip and bond, the most to pay {native}"),
    ("InsufficientCash", "cash {native}, asked {native}"),
    ("InsufficientCash", "stake {native}, free cash {native}"),
    ("InsufficientHealth", "initial health {native} after the trade"),
    ("InsufficientHealth", "initial health {native} afterwards"),
    ("InsufficientHealth", "initial health {native} beside tip and bond"),
    ("InvalidParameter", "price_owner {plain} is no oracle of this kind"),
    ("InvalidParameter", "timelock is {time}, must be {time} to {time}"),
    ("InvalidParameter", "two tenors of {time}"),
    ("InvalidParameter", "{plain} is {plain}, at least {plain}"),
    ("InvalidParameter", "{plain} is {plain}, at most {plain}"),
    ("InvalidParameter", "{plain} is {plain}, must be {plain} to {plain}"),
    ("LegCount", "{plain} legs"),
    ("LegCount", "{plain} legs in a reducing order"),
    ("LegNotReducing", "holds {points} points"),
    ("LegNotReducing", "leg {plain} must only close"),
    ("LegRepeated", "leg {plain}"),
    ("LegZero", "leg {plain}"),
    ("LimitExceeded", "net {native}, limit {native}"),
    ("MarkWouldJump", "a target of {plain} bps becomes {plain}, at most {plain} bps of itself at once"),
    (
        "MarkWouldJump",
        "the volatility of {plain} s becomes {plain} bps, from {plain}, at most {plain} bps of itself at once",
    ),
    ("MarkWouldJump", "volatility is outside {plain} to {plain} bps"),
    ("MarkWouldJump", "{plain} moves by {plain}, at most {plain} at once"),
    ("MarketAccountMissing", "underlying {plain}"),
    ("MarketAccountUnneeded", "underlying {plain}"),
    ("MarketAccountUnneeded", "{plain}"),
    ("MintRefused", "mint extension {extension} is not accepted as it is set"),
    ("NoBadDebt", "cash {native}"),
    ("NotAtCapacity", "free cash {native}"),
    ("NotLiquidatable", "maintenance health {native}"),
    ("NotLiquidatable", "maintenance health {native} at the better ends of the bands"),
    ("NotSilent", "silent from {moment}, now {moment}"),
    ("NotTightening", "{plain} {plain} above the present {plain}"),
    ("NothingOwed", "cash {native}"),
    ("NothingPayable", "payable {native}, withdrawal worth {native}"),
    ("NothingToDeleverage", "{points} points asked, {points} too many written"),
    ("NothingToDeleverage", "{points} points too many written"),
    ("NothingToMigrate", "type or size of no account of version {plain}"),
    ("NothingToMigrate", "version {plain}"),
    ("NoticeMissing", "given at {moment}, now {moment}"),
    ("NoticeRunning", "until {moment}"),
    ("OffGrid", "now {moment}, executed from {moment} on"),
    ("OffGrid", "{time} s after a full minute, at most {time}"),
    ("OptionNotListed", "strike {dollars}, tenor {time} s"),
    ("OrderExpiry", "expires at {moment}, now {moment}"),
    ("OrderMissing", "order of {plain}"),
    ("OrderMissing", "order {plain}, expected {plain}"),
    ("OrderNotTriggered", "spot {dollars}, trigger {dollars}"),
    ("OrderPriceTooEarly", "published {moment}, order placed {moment}"),
    ("PartTooSmall", "pays {native}, {native} at least"),
    ("PauseTooLong", "pause of {time} s"),
    ("PauseTooLong", "pause until {moment}, exits at most until {moment}, again from {moment}"),
    ("PauseTooLong", "this exit can be paused again from {moment}, now {moment}"),
    ("Paused", "{plain} is paused until {moment}, now {moment}"),
    ("Paused", "{plain} rests with {plain} until {moment}, now {moment}"),
    ("PoolExhausted", "pool cash {native}, {native} missing"),
    ("FundingUncollected", "{native} missing, accounts owe {native}"),
    ("PoolInUse", "{plain} series in use, {native} reserved"),
    ("PositionTooSmall", "position {points} points, at least {points}"),
    ("PriceExponent", "exponent {plain}"),
    ("PriceFromFuture", "published {time} s in the future"),
    ("PriceNotEarlier", "published {time} s before, expected {time} to {time}"),
    ("PriceNotFirst", "published {moment}, wanted is the first after {moment}"),
    ("PriceNotFirst", "published {moment}, wanted is one after {moment}, until {moment}"),
    ("PriceNotPositive", "price {plain}"),
    ("PriceNotTrading", "status {plain}"),
    ("PriceStale", "age {time} s, at most {time} s"),
    ("PriceStale", "age {time} s, this pool takes {time} s"),
    ("PriceUncertain", "price {dollars} ± {dollars}, EMA price {dollars}, earlier price {dollars}"),
    ("PriceUnconfirmed", "price {dollars}"),
    ("PriceWrongOwner", "owner {plain}, configured {plain}"),
    ("ProposalAnnounced", "made from {moment} on, now {moment}"),
    ("ProposalExpired", "expired at {moment}, now {moment}"),
    ("ProposalExpired", "to be accepted until {moment}, now {moment}"),
    ("ProposalOutdated", "made for {plain}, now {plain}"),
    ("ProposalOutdated", "proposal {plain}, the admin's first {plain}"),
    ("ProposalTooEarly", "ready at {moment}, now {moment}"),
    ("RentTooLow", "funding {native} a day, rent {native}"),
    ("RentPaid", "series {plain} of generation {plain}"),
    ("GrowthLimit", "reserves {native} above {native} for now"),
    ("ReserveLimit", "reserves and premiums {native} above pool cash {native}"),
    ("ReserveLimit", "reserves {native} above {native} of pool cash {native}"),
    ("SampleDue", "sample of {moment} is due, last taken {moment}"),
    ("SeedTooSmall", "first deposit {native}, at least {native}"),
    ("SeriesInUse", "liquidity of {moment} needs it"),
    ("SeriesInUse", "long {points} points, short {points}, commitments {plain}"),
    ("SeriesNotAtCap", "price {dollars}, cap {dollars}"),
    ("SeriesSizeLimit", "open interest {points} points, limit {points}"),
    ("SharesNotSpent", "capital {native}, at the start {native}"),
    ("SharesSpent", "assets {native}, at the start {native}"),
    ("ShortExceedsLong", "short open interest {points} points, long {points}"),
    ("SilenceTooYoung", "series end from {moment}, now {moment}"),
    ("StrikeOffGrid", "strike {dollars} is no multiple of {dollars}"),
    ("StrikeOffGrid", "strike {dollars} too far from spot {dollars}"),
    ("System.ResultWithNegativeLamports", "insufficient lamports {lamports}, need {lamports}"),
    ("TooManyOrders", "{plain} orders open"),
    ("TooManyPositions", "{plain} taken, {plain} more"),
    ("FeeUnsigned", "transferred {native}, received {native}"),
    ("VaultMismatch", "transferred {native}, received {native}"),
    ("VaultMismatch", "transferred {native}, sent {native}"),
    ("VaultMismatch", "vault {native}, ledger {native}"),
    ("WithdrawalCooling", "ready at {moment}, minute {moment}"),
    ("WithdrawalNotFirst", "withdrawal {plain}, first {plain}"),
    ("WithdrawalNotFirst", "withdrawal {plain} of another class"),
    ("WritersUnsettled", "{plain} exercised series"),
    ("WrongNumber", "number {plain}, the next is {plain}"),
    ("WrongNumber", "proposal {plain}, the next is {plain}"),
];

/// What the program has compared, for people. What it logs in a way that is not known here stays as it is.
pub fn in_words(refusal: &Refusal, compared: &str, token: Option<&Token>) -> String {
    let known = UNITS.iter().filter(|(name, _)| refusal.is_named(name));
    // The one with the most words of its own fits best.
    let fitting = known.filter_map(|(_, template)| Some((own_letters(template), filled(template, compared, token)?)));
    fitting.max_by_key(|(letters, _)| *letters).map_or_else(|| compared.to_owned(), |(_, words)| words)
}

/// How many letters of a template are not in place of a value.
fn own_letters(template: &str) -> usize {
    template.split('{').map(|part| part.split_once('}').map_or(part, |(_, own)| own).len()).sum()
}

/// A template with the values of a text that it fits, each in words.
fn filled(template: &str, text: &str, token: Option<&Token>) -> Option<String> {
    let mut words = String::new();
    let (mut template, mut text) = (template, text);
    while let Some((before, rest)) = template.split_once('{') {
        let (unit, after) = rest.split_once('}')?;
        text = text.strip_prefix(before)?;
        let literal = after.split('{').next().unwrap_or_default();
        let end = if literal.is_empty() { text.len() } else { text.find(literal)? };
        words += before;
        words += &in_unit(unit, &text[..end], token);
        // The word for the unit is part of the value then.
        let named = matches!(unit, "time" | "points" | "shares");
        let said = [" s", " points", " shares"].into_iter().find(|said| named && after.starts_with(said));
        template = said.map_or(after, |said| &after[said.len()..]);
        text = text[end..].strip_prefix(said.unwrap_or_default())?;
    }
    (template == text).then(|| words + template)
}

/// A value in words; one that is no number stays as it is, as does an option's: `Some(5)` is 5.
fn in_unit(unit: &str, value: &str, token: Option<&Token>) -> String {
    let bare = value.strip_prefix("Some(").and_then(|rest| rest.strip_suffix(')')).unwrap_or(value);
    if bare == "None" {
        return "none".into();
    }
    let Ok(number) = bare.parse::<i64>() else {
        if unit == "extension" {
            return extension(bare);
        }
        return if unit == "dollars" { dollars(bare) } else { bare.to_owned() };
    };
    match (unit, token) {
        ("native", Some(token)) => token.amount(number).to_string(),
        ("native", None) => format!("{number} units of the token"),
        ("shares", Some(token)) => format!("{} shares", convert::tokens(number, token.decimals).normalize()),
        ("shares", None) => format!("{number} units of shares"),
        ("points", token) => match token.and_then(|token| token.coins(number)) {
            Some(coins) => format!("{coins} coins ({number} points)"),
            None => format!("{number} points"),
        },
        ("moment", _) if number == 0 => "never".into(),
        ("moment", _) => date(number),
        ("time", _) => u64::try_from(number).map_or_else(|_| format!("{number} s"), span),
        ("dollars", _) => dollars(bare),
        ("lamports", _) => format!("{} SOL", convert::tokens(number, 9).normalize()),
        _ => bare.to_owned(),
    }
}

/// An extension of a mint that no pool takes, and why not.
fn extension(name: &str) -> String {
    let why = match name {
        "TransferFeeConfig" => "a part of each transfer goes to the issuer, now or from the next epoch on",
        "TransferHook" => "each transfer has to call another program, which may refuse it",
        "DefaultAccountState" => "new accounts are frozen",
        "Pausable" => "its issuer has stopped all transfers",
        "ConfidentialTransferMint" => "any account may hide what it holds, without approval",
        "NonTransferable" => "it cannot be transferred",
        "InterestBearingConfig" => "wallets show it with interest that nobody pays",
        "MintCloseAuthority" => "its issuer can close it and make another of its address",
        _ => return name.to_owned(),
    };
    format!("{name} ({why})")
}

/// Dollars without zeros at their end.
fn dollars(value: &str) -> String {
    let short = if value.contains('.') { value.trim_end_matches('0').trim_end_matches('.') } else { value };
    format!("${short}")
}
