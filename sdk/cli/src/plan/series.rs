//! Listing, retiring and ending series.

use super::{fits, option};
use crate::{
    args::series::{Add, List, OneSeries},
    context::{Context, PoolContext, series_name},
    failure::{Precluded, advised},
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::solana_program::instruction::Instruction,
    client::Filter,
    evergreen::state::{Pool, SeriesId},
    instruction::{self as build, PriceFeed},
    math::{Points, UnixTime},
    strategy::{Contract, Part, Strategy},
};

/// A series that is listed, retired or ended.
pub struct SeriesPlan {
    /// The pool.
    pub pool: PoolContext,
    /// Its contract.
    pub contract: Contract,
    /// Its slot and generation, now or once it is listed.
    pub id: Option<SeriesId>,
    /// To be sent.
    pub instructions: [Instruction; 1],
}

/// The pools that were asked about.
///
/// # Errors
/// Failures of the network; a pool that is not there.
pub async fn pools(context: &Context, args: &List) -> Result<Vec<PoolContext>> {
    let names: Vec<String> = match &args.pool {
        Some(name) => vec![name.clone()],
        None => {
            let pools = context.client.find::<Pool>(Filter::ALL).await?.value;
            pools.iter().map(|(key, _)| key.to_string()).collect()
        }
    };
    let mut pools = Vec::new();
    for name in &names {
        pools.push(context.pool(name).await?);
    }
    Ok(pools)
}

/// The transaction that lists a series.
///
/// # Errors
/// When it is already listed; what the program would refuse; failures of the network.
pub async fn add(context: &Context, args: &Add) -> Result<SeriesPlan> {
    let pool = context.pool(&args.pool).await?;
    let contract = option::contract(&pool, &args.contract)?;
    if let Some(id) = contract.find(&pool.view.registry) {
        let message = format!("the {} is listed already, as {}", pool.words(&contract), series_name(id));
        return Err(advised(message, "trade it: `evergreen quote buy`"));
    }
    // A plan for a trade of one point tells which slot the series gets.
    let strategy = Strategy { legs: vec![Part { contract, points: Points(1) }] };
    if let Some((error, next)) = fits::off_grid(&pool, &strategy) {
        return Err(Precluded::by("StrikeOffGrid", error, next).into());
    }
    let now = UnixTime(pool.view.now);
    let resolved = strategy.resolve(&pool.view.registry, &pool.view.underlyings(), now)?;
    let id = resolved.legs.first().map(|leg| leg.series);
    let market = &pool.view.markets[usize::from(contract.terms.underlying)];
    let list = build::list_series(pool.keys(), &market.feed, contract.request());
    Ok(SeriesPlan { pool, contract, id, instructions: [list] })
}

/// The transaction that retires a series.
///
/// # Errors
/// When it is not there; failures of the network.
pub async fn retire(context: &Context, args: &OneSeries) -> Result<SeriesPlan> {
    of_one(context, args, |pool, _| build::retire_series(pool.keys(), args.series)).await
}

/// The transaction that reports that nobody samples the underlying of a series.
///
/// # Errors
/// When the series is not there; failures of the network.
pub async fn silent(context: &Context, args: &OneSeries) -> Result<SeriesPlan> {
    of_one(context, args, |_, feed| build::report_silence(feed)).await
}

/// The transaction that ends a series whose feed has ended for good.
///
/// # Errors
/// When it is not there; failures of the network.
pub async fn end(context: &Context, args: &OneSeries) -> Result<SeriesPlan> {
    of_one(context, args, |pool, feed| build::end_series(pool.keys(), args.series, feed.underlying)).await
}

/// One instruction about a series and its underlying.
async fn of_one(
    context: &Context,
    args: &OneSeries,
    instruction: impl FnOnce(&PoolContext, &PriceFeed) -> Instruction,
) -> Result<SeriesPlan> {
    let pool = context.pool(&args.pool).await?;
    let id = args.series;
    let Some(contract) = Contract::of(&pool.view.registry, id) else {
        let message = format!("there is no series {} in the pool {}", series_name(id), pool.name);
        return Err(advised(message, "see `evergreen series list`"));
    };
    let feed = pool.view.markets[usize::from(contract.terms.underlying)].feed;
    let instruction = instruction(&pool, &feed);
    Ok(SeriesPlan { pool, contract, id: Some(id), instructions: [instruction] })
}
