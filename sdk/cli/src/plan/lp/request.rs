//! A withdrawal request before it is made.

use super::WithdrawalPlan;
use crate::{
    amount::above_zero,
    args::lp::{Request, WantedShares},
    context::{Context, PoolContext, sought::Sign},
    failure::{Precluded, Usage, advised},
};
use anyhow::Result;
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::ShareClass,
    instruction as build,
    math::{BasisPoints, Native, Rounding},
};

/// The transaction that makes a withdrawal request.
///
/// # Errors
/// [`Usage`]; when fewer are held; failures of the network.
pub async fn request(context: &Context, args: &Request, me: Pubkey) -> Result<(PoolContext, WithdrawalPlan)> {
    let pool = context.pool_for(args.which.pool.as_deref(), &[Sign::Shares(me)]).await?;
    let class = args.which.class.share_class();
    let held = context.token_balance(pool.keys().shares(&me, class)).await?;
    let shares = above_zero(wanted(&pool, args.shares, held)?, "the number of shares")?;
    if shares > held {
        let message = format!("{} shares are held, {} asked for", pool.shares(held), pool.shares(shares));
        return Err(advised(message, "see `evergreen lp show`"));
    }
    let number = pool.view.pool.shares(class).next_withdrawal;
    // While all cash is reserved nothing could be paid at once, but a request can be made.
    let quote = pool.view.withdrawal(class, shares).ok();
    let worth = quote.map(|quote| quote.worth);
    let least = match args.least {
        Some(least) => {
            let least = above_zero(pool.native(least)?, "the least amount")?;
            if let Some(worth) = worth.filter(|worth| least > *worth) {
                return Err(least_above_worth(&pool, class, least, worth));
            }
            least
        }
        None => quote.map_or(1, |quote| quote.suggested_least()),
    };
    let id = context.client.next_number(&me).await?;
    let plan = WithdrawalPlan {
        class: args.which.class,
        address: address::request(&pool.keys().pool, class, &me, id),
        number: Some(number),
        owner: me,
        shares,
        worth,
        pays: None,
        least: Some(least),
        passed: false,
        ready_at: pool.view.now.saturating_add(pool.view.pool.cooldown(class)),
        instructions: vec![build::request_withdrawal(me, pool.keys(), class, id, shares, least)],
    };
    Ok((pool, plan))
}

/// The refusal of a request that nothing could execute at the worth of now: the queue would go on without it again and again.
fn least_above_worth(pool: &PoolContext, class: ShareClass, least: u64, worth: u64) -> anyhow::Error {
    let (least, now) = (pool.unsigned(least), pool.unsigned(worth));
    let why = match class {
        ShareClass::Main => {
            "the queue passes it until its shares have gained that much, and after eight passes for good"
        }
        ShareClass::Insurance => "a request of insurance never pays more than its shares were worth when it was made",
    };
    let message = format!("--least {least} is above what these shares are worth now, {now}: {why}");
    let next = format!("take --least {} at most, or leave it away: then it is 90 % of that", now.tokens);
    Precluded::by("LeastAboveWorth", message, next).with_most(&now).into()
}

/// Native units of shares; a part is rounded down.
fn wanted(pool: &PoolContext, shares: WantedShares, held: u64) -> Result<u64> {
    match shares {
        WantedShares::All => Ok(held),
        WantedShares::Part(part) => {
            let part = Native(held).share(BasisPoints(part), Rounding::Floor);
            part.map(|part| part.0).map_err(|error| Usage(error.to_string()).into())
        }
        WantedShares::Number(number) => pool.native(number),
    }
}
