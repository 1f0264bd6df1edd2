//! Closing positions.

use super::option;
use crate::{
    args::close::Close,
    context::{
        Context, PoolContext, series_name,
        sought::{Sign, any},
    },
    failure::{Usage, advised},
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::{
        Leg,
        state::{MarginAccount, SeriesId},
    },
    math::{BasisPoints, Points, Seconds},
    plan::{Plan, Planner},
    quote::TradeQuote,
    strategy::Contract,
};

/// Transactions that close positions, in order: each trade is filled before the next one.
pub struct ClosePlan {
    /// The pool.
    pub pool: PoolContext,
    /// Address of the account.
    pub account: Pubkey,
    /// Each of them; one without a quote only withdraws.
    pub plans: Vec<Plan<Option<TradeQuote>>>,
    /// The least change of cash that each accepts, native units; none for one that only withdraws.
    pub limits: Vec<Option<i64>>,
    /// Whether only a part of a position is closed.
    pub is_part: bool,
    /// Whether the last one withdraws all cash.
    pub withdraws: bool,
    /// Orders of the account, which stay open.
    pub orders: u16,
}

/// Whether there is no such account any more: then nothing is left in it.
///
/// # Errors
/// Failures of the network.
pub async fn is_gone(context: &Context, args: &Close, me: Pubkey) -> Result<bool> {
    if context.is_nowhere(args.pool.as_deref(), me, args.account).await? {
        return Ok(true);
    }
    let pool = pool(context, args, me).await?;
    let is_there = context.find::<MarginAccount>(&pool.account_key(&me, args.account)).await?.is_some();
    Ok(!is_there && context.had_account(me, args.account, Some(pool.keys().pool)).await?)
}

/// The pool that was said, or the one in which the account holds what is to be closed.
async fn pool(context: &Context, args: &Close, owner: Pubkey) -> Result<PoolContext> {
    let said = args.pool.as_deref();
    let holds = |account: &MarginAccount| {
        let is_held = args.series.iter().all(|id| account.find(*id).is_some());
        is_held && (account.open_positions().next().is_some() || args.all && account.cash > 0)
    };
    let signs = [Sign::Account(owner, args.account, &holds), Sign::Account(owner, args.account, &any)];
    let (Some(underlying), true) = (&args.underlying, said.is_none_or(|said| context.is_shared(said))) else {
        return context.pool_for(said, &signs).await;
    };
    let mut found = context.sought(said, &signs).await?;
    if found.len() > 1 {
        let mut holders = Vec::new();
        for one in &found {
            let pool = context.pool(&one.address()?.to_string()).await?;
            let account = pool.account(context, &owner, args.account).await?;
            if pool.underlying(underlying).is_ok() && !meant(&pool, args, &account)?.is_empty() {
                holders.push(*one);
            }
        }
        // Where none holds it the error of one of them would tell half.
        if !holders.is_empty() {
            found = holders;
        }
    }
    context.only(&found, &signs).await?;
    context.found_out().await
}

/// The transactions that close the named positions, or everything.
///
/// # Errors
/// A position that is not there; what the program would refuse; failures of the network.
pub async fn close(context: &Context, args: &Close, me: Pubkey) -> Result<ClosePlan> {
    let owner = args.owner.unwrap_or(me);
    let pool = pool(context, args, owner).await?;
    let account = pool.account(context, &owner, args.account).await?;
    let planner = Planner {
        payer: me,
        trader: (me != owner).then_some(me),
        sub_account: args.account,
        slippage: BasisPoints(args.slippage),
        ..Planner::new(&pool.view, context.source(), owner)
    };
    let mut is_part = false;
    let plans = if args.all {
        planner.leave(&account)?
    } else {
        let named = named(&pool, args, &account)?;
        if args.size.is_some() && named.len() > 1 {
            return Err(Usage("--size is of one position, and several are named".into()).into());
        }
        let mut legs = Vec::new();
        for id in named {
            let Some(place) = account.find(id) else {
                let message = format!("there is no position on series {}", series_name(id));
                return Err(advised(message, "see `evergreen positions`"));
            };
            let held = Points(account.positions[place].points);
            let underlying = pool.contract(id).map_or_else(String::new, |of| pool.symbol(of.terms.underlying));
            let closed = option::portion(&pool, args.size.as_ref(), held, &underlying)?;
            is_part |= closed != held;
            legs.push(Leg { series: id, points: closed.0.saturating_neg() });
        }
        let Plan { instructions, quote, signers, lookup_tables } = planner.trade_legs(&account, &legs)?;
        vec![Plan { instructions, quote: Some(quote), signers, lookup_tables }]
    };
    let orders = account.open_orders;
    let account = pool.account_key(&owner, args.account);
    let limits = plans.iter().map(|plan| plan.quote.as_ref().map(|quote| planner.least_net(quote))).collect();
    Ok(ClosePlan { pool, account, plans, limits, is_part, withdraws: args.all, orders })
}

/// The positions that are named: by their series, or by the words of the one that is meant.
fn named(pool: &PoolContext, args: &Close, account: &MarginAccount) -> Result<Vec<SeriesId>> {
    if args.underlying.is_none() {
        return Ok(args.series.clone());
    }
    let words = |(id, contract): &(SeriesId, Contract)| format!("{} ({})", pool.words(contract), series_name(*id));
    match &meant(pool, args, account)?[..] {
        [(id, _)] => Ok(vec![*id]),
        [] => {
            let held: Vec<String> = held(pool, account).iter().map(words).collect();
            Err(match &held[..] {
                [] => advised("the account holds and has written nothing", "see `evergreen positions`"),
                held => advised("there is no such position", format!("there are {}", held.join(", "))),
            })
        }
        several => {
            let all: Vec<String> = several.iter().map(words).collect();
            let message = format!("{} positions may be meant: {}", several.len(), all.join(", "));
            Err(Usage(format!("{message}; --call or --put, --strike and --tenor say which, or --series")).into())
        }
    }
}

/// The positions of an account whose contracts are known.
fn held(pool: &PoolContext, account: &MarginAccount) -> Vec<(SeriesId, Contract)> {
    let ids = account.open_positions().map(|place| account.positions[place].series());
    ids.filter_map(|id| Some((id, pool.contract(id)?))).collect()
}

/// The positions that may be meant by the words of a command.
fn meant(pool: &PoolContext, args: &Close, account: &MarginAccount) -> Result<Vec<(SeriesId, Contract)>> {
    let Some(underlying) = &args.underlying else { return Ok(Vec::new()) };
    let place = pool.underlying(underlying)?;
    let strike = args.strike.map(|strike| option::strike(pool, strike, place)).transpose()?;
    let is_meant = |contract: &Contract| {
        contract.terms.underlying == place
            && args.kind().is_none_or(|kind| kind == contract.kind)
            && strike.is_none_or(|strike| strike == contract.strike)
            && args.tenor.is_none_or(|tenor| Seconds(tenor) == contract.terms.tenor)
    };
    Ok(held(pool, account).into_iter().filter(|(_, contract)| is_meant(contract)).collect())
}
