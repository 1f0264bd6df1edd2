//! Closing positions.

use crate::{
    args::close::Close,
    context::{Context, PoolContext, series_name},
    failure::advised,
};
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::{Leg, state::MarginAccount},
    math::BasisPoints,
    plan::{Plan, Planner},
    quote::TradeQuote,
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
    /// Whether the last one withdraws all cash.
    pub withdraws: bool,
    /// Orders of the account, which stay open.
    pub orders: u16,
}

/// Whether there is no such account: then nothing is left in it.
///
/// # Errors
/// Failures of the network.
pub async fn is_gone(context: &Context, args: &Close, me: Pubkey) -> Result<bool> {
    let pool = context.pool(&args.pool).await?;
    Ok(context.find::<MarginAccount>(&pool.account_key(&me, args.account)).await?.is_none())
}

/// The transactions that close the named positions, or everything.
///
/// # Errors
/// A position that is not there; what the program would refuse; failures of the network.
pub async fn close(context: &Context, args: &Close, me: Pubkey) -> Result<ClosePlan> {
    let pool = context.pool(&args.pool).await?;
    let owner = args.owner.unwrap_or(me);
    let account = pool.account(context, &owner, args.account).await?;
    let planner = Planner {
        payer: me,
        trader: (me != owner).then_some(me),
        sub_account: args.account,
        slippage: BasisPoints(args.slippage),
        ..Planner::new(&pool.view, context.source(), owner)
    };
    let plans = if args.all {
        planner.leave(&account)?
    } else {
        let mut legs = Vec::new();
        for id in &args.series {
            let Some(place) = account.find(*id) else {
                let message = format!("there is no position on series {}", series_name(*id));
                return Err(advised(message, "see `evergreen positions`"));
            };
            legs.push(Leg { series: *id, points: account.positions[place].points.saturating_neg() });
        }
        let Plan { instructions, quote, signers, lookup_tables } = planner.trade_legs(&account, &legs)?;
        vec![Plan { instructions, quote: Some(quote), signers, lookup_tables }]
    };
    let orders = account.open_orders;
    let account = pool.account_key(&owner, args.account);
    let limits = plans.iter().map(|plan| plan.quote.as_ref().map(|quote| planner.least_net(quote))).collect();
    Ok(ClosePlan { pool, account, plans, limits, withdraws: args.all, orders })
}
