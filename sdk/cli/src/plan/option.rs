//! An option of a pool at the prices of now: contract, strike, size.

use crate::{
    amount::shown_coins,
    args::option::{ContractArgs, Portion, Size, SizeArgs, Strike},
    context::PoolContext,
    failure::{Precluded, Usage, advised},
};
use anyhow::Result;
use evergreen_sdk::{
    convert::{self, Decimal},
    math::{Points, Seconds},
    strategy::{Contract, ContractTerms},
};

/// The program's name of the cause where a position has less than is to be closed.
const NOT_REDUCING: &str = "LegNotReducing";

/// The contract in a pool, at the price of now.
///
/// # Errors
/// [`Usage`]; a missing price.
pub fn contract(pool: &PoolContext, args: &ContractArgs) -> Result<Contract> {
    let place = pool.underlying(&args.underlying)?;
    let terms = ContractTerms { underlying: place, tenor: Seconds(args.tenor) };
    Ok(Contract { terms, kind: args.kind(), strike: strike(pool, args.strike, place)? })
}

/// The strike in dollars on an underlying of a pool, at the price of now.
///
/// # Errors
/// [`Usage`]; a missing price.
pub fn strike(pool: &PoolContext, strike: Strike, place: u8) -> Result<u64> {
    let percent = match strike {
        Strike::Dollars(strike) => return Ok(strike),
        Strike::AtTheMoney => Decimal::ZERO,
        Strike::Moved(percent) => percent,
    };
    let spot = convert::dollars(pool.view.price(place)?.spot, 8)?;
    let step = Decimal::from(pool.view.markets[usize::from(place)].underlying.params.strike_step);
    let wanted = spot * (Decimal::from(100) + percent) / Decimal::from(100);
    let strike = (wanted / step).round() * step;
    let strike = strike.normalize().to_string().parse::<u64>().ok().filter(|strike| *strike > 0);
    strike.ok_or_else(|| Usage(format!("there is no strike {percent}% away from {spot}")).into())
}

/// The size in points.
///
/// # Errors
/// [`Usage`]; when a size in coins is given and no stock price is known.
pub fn points(pool: &PoolContext, args: &SizeArgs, underlying: &str) -> Result<Points> {
    let Some(size) = &args.size else {
        let points = args.points.filter(|points| *points > 0);
        return points.map(Points).ok_or_else(|| Usage("--points has to be above 0".into()).into());
    };
    points_of(pool, size, underlying)
}

/// So much of a position of these points: never more than it has. A size that is rounded as it is shown is all of it.
///
/// # Errors
/// As [`points`]; for a size that is more than a hundredth above what is held, and a share that is less than a point.
pub fn portion(pool: &PoolContext, wanted: Option<&Portion>, held: Points, underlying: &str) -> Result<Points> {
    let all = held.0.saturating_abs();
    let part = match wanted {
        None => all,
        Some(Portion::Coins(size)) => {
            let wanted = points_of(pool, size, underlying)?.0;
            if wanted > all.saturating_add(all / 100) {
                let held = pool.coins(all).map(shown_coins);
                let words = held.map_or_else(|| format!("{all} points"), |coins| format!("{coins} {underlying}"));
                let message = format!("{} {underlying} are more than the position has, {words}", size.coins);
                let next = "leave --size away to close all of it".to_owned();
                return Err(Precluded::by(NOT_REDUCING, message, next).into());
            }
            wanted.min(all)
        }
        Some(Portion::Share(share)) => i64::try_from(i128::from(all) * i128::from(*share) / 10_000).unwrap_or(all),
    };
    if part == 0 {
        return Err(Usage("this part of the position is less than a point".into()).into());
    }
    Ok(Points(held.0.signum().saturating_mul(part)))
}

/// Points of a size in coins, rounded as [`convert::points_of_size`] does.
///
/// # Errors
/// As [`points`].
pub fn points_of(pool: &PoolContext, size: &Size, underlying: &str) -> Result<Points> {
    if let Some(unit) = size.unit.as_ref().filter(|unit| !unit.eq_ignore_ascii_case(underlying)) {
        return Err(Usage(format!("--size is in {underlying}, not in {unit}")).into());
    }
    let Some(price) = pool.stock_price else {
        return Err(advised(
            format!("a size in {underlying} needs to know what one {} is worth", pool.name),
            "give it with --stock-price DOLLARS, or in the market file, or size the trade with --points",
        ));
    };
    let points = convert::points_of_size(size.coins, price, pool.view.pool.decimals, pool.view.pool.scale()?)?;
    if size.coins <= Decimal::ZERO {
        return Err(Usage("--size has to be above 0".into()).into());
    }
    if points.0 <= 0 {
        let point =
            pool.coins(1).map_or_else(String::new, |coins| format!(", about {}{underlying}", coins.normalize()));
        return Err(Usage(format!("--size {size} is less than a point{point}")).into());
    }
    Ok(points)
}
