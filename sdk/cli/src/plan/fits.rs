//! The numbers that would work where a trade is refused. The program's own rules are asked again with other sizes and deposits, so none of them is
//! a guess, and each is as of now.

use super::trade::Intent;
use crate::{
    amount::Amount,
    args::trade::{TradeArgs, TradeSpec},
    context::{Context, PoolContext},
    failure::{Hint, refusal_of},
};
use anyhow::{Error, Result};
use clap::Args;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    convert::Decimal,
    evergreen::state::Underlying,
    math::Points,
    offers::PLENTY,
    plan::{Plan, PlanError},
    quote::TradeQuote,
    strategy::{Contract, Strategy, StrategyError},
};
use serde::Serialize;

/// Sizes are searched for in so many parts of the size that was asked for.
const PARTS: u64 = 1 << 20;

/// What would work.
#[derive(Debug, Default, Serialize)]
struct Fits {
    /// The deposit with which the trade fits, the one that was given included.
    #[serde(skip_serializing_if = "Option::is_none")]
    deposit: Option<Amount>,
    /// What the trade takes from the account until it is filled.
    #[serde(skip_serializing_if = "Option::is_none")]
    takes: Option<Takes>,
    /// The largest size of each leg that fits, in coins where the stock's price is known; empty where none does.
    #[serde(skip_serializing_if = "Option::is_none")]
    sizes: Option<Vec<String>>,
    /// The same in points, without sign.
    #[serde(skip_serializing_if = "Option::is_none")]
    points: Option<Vec<u64>>,
    /// The change of cash as of now, where a limit asks for more.
    #[serde(skip_serializing_if = "Option::is_none")]
    min_net: Option<Amount>,
    /// The nearest strikes, dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    strikes: Option<Vec<u64>>,
    /// The tenors that the underlying has, as `--tenor` takes them.
    #[serde(skip_serializing_if = "Option::is_none")]
    tenors: Option<Vec<String>>,
}

/// What a trade needs of an account's cash. Bond and tip are set aside when it is committed.
#[derive(Debug, Serialize)]
struct Takes {
    /// Cash that the account has, the deposit included.
    cash: Amount,
    /// The most that the trade may cost within its limit.
    most_to_pay: Amount,
    /// Comes back when the trade is filled.
    bond: Amount,
    /// It comes back when the owner fills the trade.
    tip: Amount,
    /// The three together.
    needed: Amount,
}

/// Reads a pool and the account in it, works out the legs, and what covers a covered write.
///
/// # Errors
/// As [`Intent::read_in`] and [`Intent::cover`].
pub async fn read_in<E: Args + AsRef<TradeArgs>>(
    context: &Context,
    spec: &TradeSpec<E>,
    pool: &str,
    signer: Pubkey,
) -> Result<Intent> {
    let mut intent = Intent::read_in(context, spec, pool, signer).await?;
    if matches!(spec, TradeSpec::CoveredWrite(_)) {
        let quote = with(&intent, context, PLENTY)?.quote;
        intent.cover(context, &quote)?;
    }
    Ok(intent)
}

/// The plan of a trade.
///
/// # Errors
/// [`PlanError`], also what the program would refuse, with the numbers that it would take.
pub fn plan(intent: &Intent, context: &Context) -> Result<Plan<TradeQuote>> {
    with(intent, context, intent.deposit)
}

/// The quote; an account that does not exist is taken to have paid in plenty.
///
/// # Errors
/// As [`plan`].
pub fn quote(intent: &Intent, context: &Context) -> Result<TradeQuote> {
    Ok(with(intent, context, if intent.is_real() { intent.deposit } else { PLENTY })?.quote)
}

fn with(intent: &Intent, context: &Context, deposit: u64) -> Result<Plan<TradeQuote>> {
    intent.plan_with(context, deposit).map_err(|error| explained(intent, context, error))
}

/// The error of a trade with the numbers that would work, where there are any.
pub(super) fn explained(intent: &Intent, context: &Context, error: PlanError) -> Error {
    let hint = match &error {
        PlanError::Strategy(StrategyError::Tenor) => tenors(&intent.pool, &intent.strategy),
        PlanError::Strategy(StrategyError::Strike(_)) => strikes(&intent.pool, &intent.strategy),
        error => match refusal_of(error).unwrap_or_default().as_str() {
            "UnknownTenor" => tenors(&intent.pool, &intent.strategy),
            "StrikeOffGrid" => strikes(&intent.pool, &intent.strategy),
            "InsufficientCash" | "InsufficientHealth" | "HealthLowered" | "InArrears" => margin(intent, context),
            "ReserveLimit" | "GrowthLimit" | "RentTooLow" | "ShortExceedsLong" | "DirectionLimit"
            | "SeriesSizeLimit" | "AccountSizeLimit" => size(intent, context),
            "PositionTooSmall" => larger(intent, context),
            "LimitExceeded" => limit(intent, context),
            _ => None,
        },
    };
    match hint {
        Some(hint) => Error::from(error).context(hint),
        None => error.into(),
    }
}

/// The error of an order that cannot be placed, with the strikes or tenors that could be named.
pub(super) fn ordered(pool: &PoolContext, strategy: Option<&Strategy>, error: Error) -> Error {
    let cause = error.downcast_ref::<PlanError>().map(|error| match error {
        PlanError::Strategy(StrategyError::Tenor) => "UnknownTenor".to_owned(),
        PlanError::Strategy(StrategyError::Strike(_)) => "StrikeOffGrid".to_owned(),
        error => refusal_of(error).unwrap_or_default(),
    });
    let hint = strategy.and_then(|strategy| match cause.unwrap_or_default().as_str() {
        "UnknownTenor" => tenors(pool, strategy),
        "StrikeOffGrid" => strikes(pool, strategy),
        _ => None,
    });
    match hint {
        Some(hint) => error.context(hint),
        None => error,
    }
}

fn hint(more: String, next: String, fits: &Fits) -> Option<Hint> {
    Some(Hint { more, next, fits: serde_json::to_value(fits).ok()? })
}

/// What a trade needs of the account, and the deposit with which it fits.
fn margin(intent: &Intent, context: &Context) -> Option<Hint> {
    let pool = &intent.pool;
    let quote = intent.plan_with(context, PLENTY).ok()?.quote;
    let cash = i64::try_from(i128::from(quote.before.cash) - i128::from(PLENTY) + i128::from(intent.deposit)).ok()?;
    let most = intent.least_net(context, &quote).min(0).saturating_neg();
    // Whoever only reduces promises no more than they have.
    let tip = if quote.bond > 0 { pool.view.pool.params.fill_tip } else { 0 };
    let needed = most.saturating_add_unsigned(quote.bond).saturating_add_unsigned(tip);
    let takes = Takes {
        cash: pool.amount(cash),
        most_to_pay: pool.amount(most),
        bond: pool.unsigned(quote.bond),
        tip: pool.unsigned(tip),
        needed: pool.amount(needed),
    };
    let deposit = pool.unsigned(intent.least_deposit(context));
    let more = format!(
        "the account has {}, and until the trade is filled it takes {}: {} at most to pay, a bond of {}, a tip of {}",
        takes.cash, takes.needed, takes.most_to_pay.tokens, takes.bond.tokens, takes.tip.tokens
    );
    let next = if intent.owner == intent.signer {
        format!(
            "with --deposit {} it fits now; bond and tip come back when the command fills the trade itself; or take a smaller --size",
            deposit.tokens
        )
    } else {
        let owner = intent.owner;
        format!(
            "its owner pays in {deposit} (evergreen deposit), or anyone with --owner {owner}; or take a smaller --size"
        )
    };
    hint(more, next, &Fits { deposit: Some(deposit), takes: Some(takes), ..Fits::default() })
}

/// The limit that would be met as of now.
fn limit(intent: &Intent, context: &Context) -> Option<Hint> {
    let deposit = if intent.is_real() { intent.deposit } else { PLENTY };
    let net = intent.pool.amount(intent.without_limit(context, deposit).ok()?.quote.net);
    let next = format!(
        "{} as of now: --min-net={} would be met, or a little less for a price that moves until it is filled; --slippage counts from the quote",
        net.flow(),
        net.tokens
    );
    hint(String::new(), next, &Fits { min_net: Some(net), ..Fits::default() })
}

/// The largest size that fits, of all legs in proportion.
fn size(intent: &Intent, context: &Context) -> Option<Hint> {
    let deposit = if intent.is_real() { intent.deposit } else { PLENTY };
    let taken = |parts: u64| intent.of(&part_of(&intent.strategy, parts), context, deposit).is_ok();
    let Some(most) = largest(taken) else {
        let next = "no size of it fits now: `evergreen pool show` tells the room, `evergreen series list` what is bought and written".into();
        return hint(
            String::new(),
            next,
            &Fits { sizes: Some(Vec::new()), points: Some(Vec::new()), ..Fits::default() },
        );
    };
    // Sizes are shown to six places, so that what is shown fits when it is typed.
    let typed = |points: i64| intent.pool.coins_within(points);
    sized(
        intent,
        &part_of(&intent.strategy, most),
        typed,
        "fits now, and no more: the room changes with every trade of others",
    )
}

/// The smallest size that fits, of all legs in proportion.
fn larger(intent: &Intent, context: &Context) -> Option<Hint> {
    let deposit = if intent.is_real() { intent.deposit } else { PLENTY };
    let least = smallest(|parts| intent.of(&part_of(&intent.strategy, parts), context, deposit).is_ok())?;
    let typed = |points: i64| {
        // Not less than it needs, where the last place does not hold it.
        let coins = intent.pool.coins(points)?;
        let near = coins.round_dp(6);
        Some(if near < coins { near + Decimal::new(1, 6) } else { near }.normalize())
    };
    sized(intent, &part_of(&intent.strategy, least), typed, "fits, and no less")
}

/// A size that fits in the place of the one that was asked for; `typed` are the coins to type for points.
fn sized(intent: &Intent, fitting: &Strategy, typed: impl Fn(i64) -> Option<Decimal>, words: &str) -> Option<Hint> {
    let legs = || fitting.legs.iter();
    let points: Vec<u64> = legs().map(|leg| leg.points.0.unsigned_abs()).collect();
    let coins: Option<Vec<String>> = legs()
        .map(|leg| {
            let coins = typed(leg.points.0.saturating_abs())?;
            Some(format!("{coins}{}", intent.pool.symbol(leg.contract.terms.underlying)))
        })
        .collect();
    let sizes = coins.unwrap_or_else(|| points.iter().map(|points| format!("{points} points")).collect());
    let said = match &sizes[..] {
        [one] if one.ends_with(" points") => format!("--points {}", points[0]),
        [one] => format!("--size {one}"),
        several => format!("sizes of {}", several.join(", ")),
    };
    let next = format!("{said} {words}");
    hint(String::new(), next, &Fits { sizes: Some(sizes), points: Some(points), ..Fits::default() })
}

/// A strategy with so many parts of its size.
fn part_of(strategy: &Strategy, parts: u64) -> Strategy {
    let mut part = strategy.clone();
    for leg in &mut part.legs {
        let points = i128::from(leg.points.0) * i128::from(parts) / i128::from(PARTS);
        leg.points = Points(i64::try_from(points).unwrap_or(leg.points.0));
    }
    part
}

/// The most parts that are taken. Halves are tried until one is; what is taken is less than all that was refused above it.
fn largest(taken: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut refused, mut good) = (PARTS, PARTS / 2);
    while good > 0 && !taken(good) {
        (refused, good) = (good, good / 2);
    }
    if good == 0 {
        return None;
    }
    while refused - good > 1 {
        let middle = good + (refused - good) / 2;
        if taken(middle) { good = middle } else { refused = middle }
    }
    Some(good)
}

/// The fewest parts that are taken, more than all. Doubles are tried until one is; what is taken is more than all that was refused below it.
fn smallest(taken: impl Fn(u64) -> bool) -> Option<u64> {
    let (mut refused, mut good) = (PARTS, PARTS * 2);
    while !taken(good) {
        if good >= PARTS << 30 {
            return None;
        }
        (refused, good) = (good, good * 2);
    }
    while good - refused > 1 {
        let middle = refused + (good - refused) / 2;
        if taken(middle) { good = middle } else { refused = middle }
    }
    Some(good)
}

/// The tenors of the underlying of the first leg that has one that is not offered.
fn tenors(pool: &PoolContext, strategy: &Strategy) -> Option<Hint> {
    let wrong = |contract: &Contract| {
        let market = pool.view.markets.get(usize::from(contract.terms.underlying))?;
        market.underlying.tenor(contract.terms.tenor.0).is_err().then_some(market)
    };
    let market = strategy.legs.iter().find_map(|leg| wrong(&leg.contract))?;
    let tenors = offered_tenors(&market.underlying);
    let next = format!("offered: --tenor {}", tenors.join(", "));
    hint(String::new(), next, &Fits { tenors: Some(tenors), ..Fits::default() })
}

/// The tenors of an underlying as the command takes them, the shortest first.
pub(super) fn offered_tenors(underlying: &Underlying) -> Vec<String> {
    let offered = underlying.params.tenors.iter().filter(|tenor| tenor.seconds > 0);
    let mut offered: Vec<u32> = offered.map(|tenor| tenor.seconds).collect();
    offered.sort_unstable();
    offered.into_iter().map(tenor_word).collect()
}

/// A tenor as the command takes it.
fn tenor_word(seconds: u32) -> String {
    match seconds {
        _ if seconds.is_multiple_of(86_400) => format!("{}d", seconds / 86_400),
        _ if seconds.is_multiple_of(3_600) => format!("{}h", seconds / 3_600),
        _ => format!("{seconds}s"),
    }
}

/// The strikes next to the first one that is not on the grid, or too far away.
fn strikes(pool: &PoolContext, strategy: &Strategy) -> Option<Hint> {
    let wrong = |contract: &&Contract| {
        let place = contract.terms.underlying;
        let spot = pool.view.price(place).ok().map(|price| price.spot);
        spot.is_some_and(|spot| {
            pool.view.markets[usize::from(place)].underlying.check_strike(contract.strike, spot).is_err()
        })
    };
    let contract = strategy.legs.iter().map(|leg| &leg.contract).find(wrong)?;
    let strikes = nearest(pool, contract)?;
    let words: Vec<String> = strikes.iter().map(u64::to_string).collect();
    let next = format!("nearest: --strike {}", words.join(" or "));
    hint(String::new(), next, &Fits { strikes: Some(strikes), ..Fits::default() })
}

/// What is wrong with a strike that is not on the grid, or too far from the price, and the nearest ones that can be listed.
pub(super) fn off_grid(pool: &PoolContext, strategy: &Strategy) -> Option<(String, String)> {
    let hint = strikes(pool, strategy)?;
    let contract = &strategy.legs.first()?.contract;
    let place = usize::from(contract.terms.underlying);
    let step = u64::from(pool.view.markets.get(place)?.underlying.params.strike_step);
    let why = if contract.strike.checked_rem(step) == Some(0) && contract.strike > 0 {
        format!("is too far from the price of {}", pool.symbol(contract.terms.underlying))
    } else {
        format!("is no multiple of ${step}")
    };
    Some((format!("the strike ${} {why}", contract.strike), hint.next))
}

/// The strikes on either side of a strike that can be listed, or the last one on its side.
fn nearest(pool: &PoolContext, contract: &Contract) -> Option<Vec<u64>> {
    let place = contract.terms.underlying;
    let underlying = &pool.view.markets[usize::from(place)].underlying;
    let spot = pool.view.price(place).ok()?.spot;
    let step = u64::from(underlying.params.strike_step).max(1);
    let is_good = |at: &u64| at.checked_mul(step).is_some_and(|strike| underlying.check_strike(strike, spot).is_ok());
    let below = contract.strike / step;
    let around: Vec<u64> = [below, below.saturating_add(1)].into_iter().filter(is_good).map(|at| at * step).collect();
    if !around.is_empty() {
        return Some(around);
    }
    // The grid between the strike at the price, which is good, and this one, which is not.
    let at_money = super::option::strike(pool, crate::args::option::Strike::AtTheMoney, place).ok()? / step;
    let (mut good, mut bad) = (at_money, below);
    while good.abs_diff(bad) > 1 {
        let middle = good.min(bad) + good.abs_diff(bad) / 2;
        if is_good(&middle) { good = middle } else { bad = middle }
    }
    is_good(&good).then(|| vec![good * step])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_part_is_found() {
        for most in [1, 2, 3, 1_000, PARTS / 2, PARTS - 1] {
            assert_eq!(largest(|parts| parts <= most), Some(most));
        }
        // Where small sizes are refused, too.
        assert_eq!(largest(|parts| (5_000..=9_000).contains(&parts)), Some(9_000));
        assert_eq!(largest(|_| false), None);
        for least in [PARTS + 1, 3 * PARTS, PARTS << 20] {
            assert_eq!(smallest(|parts| parts >= least), Some(least));
        }
        assert_eq!(smallest(|_| false), None);
    }

    #[test]
    fn tenors_are_said_as_they_are_given() {
        assert_eq!([86_400, 30 * 86_400, 43_200, 90].map(tenor_word), ["1d", "30d", "12h", "90s"]);
    }
}
