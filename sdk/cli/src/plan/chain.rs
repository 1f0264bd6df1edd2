//! The options of a tenor, with what a size costs.

use super::{fits, option};
use crate::{
    args::chain::ChainArgs,
    context::{Context, PoolContext},
    failure::advised,
};
use anyhow::Result;
use evergreen_sdk::{
    evergreen::{OptionLeg, state::MarginAccount},
    math::{Dollars, Seconds},
    offers::PLENTY,
    plan::{ChainRow, Planner},
    strategy::ContractTerms,
};

/// An option with the most that could be bought and sold of it now.
pub struct PricedOption {
    /// Prices and positions.
    pub row: ChainRow,
    /// Points that could be bought.
    pub buy: u64,
    /// Points that could be sold: what is held, and what can be written beyond that.
    pub sell: u64,
}

/// The options of a tenor.
pub struct PricedChain {
    /// The pool.
    pub pool: PoolContext,
    /// Underlying and tenor.
    pub terms: ContractTerms,
    /// Price of the underlying, dollars.
    pub spot: Dollars,
    /// Points of the size that prices are for.
    pub points: i64,
    /// By strike, calls before puts.
    pub entries: Vec<PricedOption>,
}

/// Reads a pool and an account, and asks for prices as of now, as if the account had plenty of cash: what is refused then is refused by the pool.
///
/// # Errors
/// [`Usage`](crate::failure::Usage); a price that is missing or refused; a tenor that is not offered; failures of the network.
pub async fn read(context: &Context, args: &ChainArgs) -> Result<PricedChain> {
    let pool = context.pool(&args.pool).await?;
    let place = pool.underlying(&args.underlying)?;
    let terms = ContractTerms { underlying: place, tenor: Seconds(args.tenor) };
    let underlying = &pool.view.markets[usize::from(place)].underlying;
    if underlying.tenor(args.tenor).is_err() {
        let message = format!("{} has no options of {}", args.underlying, crate::output::span(args.tenor.into()));
        return Err(advised(message, format!("offered: --tenor {}", fits::offered_tenors(underlying).join(", "))));
    }
    let points = match args.points {
        Some(points) => points,
        None => option::points_of(&pool, &args.size, &pool.symbol(place))?.0,
    };
    // A chain needs no key: without one nothing is held.
    let owner = context.owner(args.owner).ok();
    let account = match &owner {
        Some(owner) => context.find::<MarginAccount>(&pool.account_key(owner, args.account)).await?,
        None => None,
    };
    let spot = pool.view.price(place)?.spot;
    let planner = Planner {
        deposit: PLENTY,
        sub_account: args.account,
        ..Planner::new(&pool.view, context.source(), owner.unwrap_or_default())
    };
    let strikes = planner.strikes(terms, args.strikes)?;
    let wanted = |row: &ChainRow| if row.option.put { !args.call } else { !args.put };
    let rows = planner.chain(account.as_deref(), terms, points, &strikes)?;
    let most = |row: &ChainRow, sign: i64| -> u64 {
        let leg = OptionLeg { option: row.option, points: sign };
        let Ok(draft) = planner.draft(account.as_deref(), &[leg]) else { return 0 };
        draft.view.capacity_of(&draft.account, &draft.legs).unwrap_or(0)
    };
    let entries = rows.into_iter().filter(wanted).map(|row| {
        let (buy, sell) = (most(&row, 1), most(&row, -1));
        PricedOption { row, buy, sell }
    });
    let entries = entries.collect();
    Ok(PricedChain { pool, terms, spot, points, entries })
}
