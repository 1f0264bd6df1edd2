//! The legs of a trade in a pool, from what was said on the command line.

use super::option;
use crate::{
    args::{
        legs::{LegSize, LegText, Legs},
        option::{SizeArgs, Strike},
        trade::{CollarArgs, MarketArgs, Roll, Single, Straddle, TradeSpec, Vertical},
    },
    context::{PoolContext, series_name},
    failure::{Usage, advised},
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    evergreen::state::MarginAccount,
    math::{Points, Seconds, option::OptionKind},
    strategy::{Contract, ContractTerms, Part, Strategy},
};

/// Most legs of a trade.
const MAX_LEGS: usize = 4;

/// Its legs in a pool, at the prices of now; `account` is the one that trades, if it is there.
///
/// # Errors
/// [`Usage`]; a missing price; a position to roll that is not there.
pub fn strategy<E: Args>(spec: &TradeSpec<E>, pool: &PoolContext, account: Option<&MarginAccount>) -> Result<Strategy> {
    Ok(match spec {
        TradeSpec::Buy(form) => bought(pool, &form.what)?,
        TradeSpec::Sell(form) => bought(pool, &form.what)?.reversed()?,
        TradeSpec::CoveredWrite(form) => {
            let (contract, size) = single(pool, &form.what)?;
            Strategy::covered_write(contract.terms, contract.kind, contract.strike, size)?
        }
        TradeSpec::Straddle(form) => {
            let Straddle { market, strike, size, write } = &form.what;
            let (market, size) = market_of(pool, market, size)?;
            let bought = Strategy::straddle(market, option::strike(pool, *strike, market.underlying)?, size)?;
            if *write { bought.reversed()? } else { bought }
        }
        TradeSpec::Strangle(form) => {
            let (market, put, call, size) = wings(pool, &form.what.wings)?;
            let bought = Strategy::strangle(market, put, call, size)?;
            if form.what.write { bought.reversed()? } else { bought }
        }
        TradeSpec::Vertical(form) => {
            let Vertical { market, put, buy, write, size, .. } = &form.what;
            let (market, size) = market_of(pool, market, size)?;
            let kind = if *put { OptionKind::Put } else { OptionKind::Call };
            let strike = |strike: &Strike| option::strike(pool, *strike, market.underlying);
            Strategy::vertical(market, kind, strike(buy)?, strike(write)?, size)?
        }
        TradeSpec::Collar(form) => {
            let (market, put, call, size) = wings(pool, &form.what)?;
            Strategy::collar(market, put, call, size)?
        }
        TradeSpec::Roll(form) => roll(pool, &form.what, account)?,
        TradeSpec::Legs(form) => legs(pool, &form.what)?,
    })
}

fn single(pool: &PoolContext, args: &Single) -> Result<(Contract, Points)> {
    let contract = option::contract(pool, &args.contract)?;
    Ok((contract, option::points(pool, &args.size, &pool.symbol(contract.terms.underlying))?))
}

fn bought(pool: &PoolContext, args: &Single) -> Result<Strategy> {
    let (contract, points) = single(pool, args)?;
    Ok(Strategy { legs: vec![Part { contract, points }] })
}

fn market_of(pool: &PoolContext, args: &MarketArgs, size: &SizeArgs) -> Result<(ContractTerms, Points)> {
    let underlying = pool.underlying(&args.underlying)?;
    let market = ContractTerms { underlying, tenor: Seconds(args.tenor) };
    Ok((market, option::points(pool, size, &pool.symbol(underlying))?))
}

fn wings(pool: &PoolContext, args: &CollarArgs) -> Result<(ContractTerms, u64, u64, Points)> {
    let (market, size) = market_of(pool, &args.market, &args.size)?;
    let strike = |strike: Strike| option::strike(pool, strike, market.underlying);
    Ok((market, strike(args.put)?, strike(args.call)?, size))
}

fn roll(pool: &PoolContext, args: &Roll, account: Option<&MarginAccount>) -> Result<Strategy> {
    let id = args.series;
    let none = || advised(format!("there is no position on series {}", series_name(id)), "see `evergreen positions`");
    let account = account.ok_or_else(none)?;
    let held = account.find(id).map(|place| account.positions[place].points).ok_or_else(none)?;
    let from = Contract::of(&pool.view.registry, id).ok_or_else(none)?;
    let underlying = from.terms.underlying;
    let points = option::portion(pool, args.size.as_ref(), Points(held), &pool.symbol(underlying))?;
    let to = Contract {
        terms: ContractTerms { underlying, tenor: args.tenor.map_or(from.terms.tenor, Seconds) },
        kind: from.kind,
        strike: args.strike.map_or(Ok(from.strike), |strike| option::strike(pool, strike, underlying))?,
    };
    Ok(Strategy::roll(&pool.view.registry, (id, points), to)?)
}

fn legs(pool: &PoolContext, args: &Legs) -> Result<Strategy> {
    if args.legs.len() > MAX_LEGS {
        return Err(Usage(format!("{} legs, a trade has {MAX_LEGS} at most", args.legs.len())).into());
    }
    let legs = args.legs.iter().map(|leg| part(pool, leg)).collect::<Result<_>>()?;
    Ok(Strategy { legs })
}

fn part(pool: &PoolContext, leg: &LegText) -> Result<Part> {
    let underlying = pool.underlying(&leg.underlying)?;
    let size = match &leg.size {
        LegSize::Coins(size) => option::points_of(pool, size, &pool.symbol(underlying))?,
        LegSize::Points(points) => Points(*points),
    };
    let points = if leg.sell { Points(-size.0) } else { size };
    let terms = ContractTerms { underlying, tenor: Seconds(leg.tenor) };
    let strike = option::strike(pool, leg.strike, underlying)?;
    Ok(Part { contract: Contract { terms, kind: leg.kind, strike }, points })
}
