//! The price of a minute, at which withdrawals are executed, and what is paid out.

use super::{WithdrawalPlan, address_of, requests};
use crate::{
    args::lp::Claim,
    context::{Context, PoolContext, sought::Sign},
    failure::advised,
    output,
};
use anchor_spl::associated_token::spl_associated_token_account::instruction::create_associated_token_account_idempotent;
use anyhow::Result;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::ClockWatch,
    evergreen::{
        engine::{DepositOutcome, withdrawal_minute},
        state::LiquidityRequest,
    },
    instruction as build,
    quote::PoolView,
};
use std::time::Duration;

/// How often the network is asked.
const INTERVAL: Duration = Duration::from_millis(400);

/// The pool with the prices after a full minute, soon after it; at once where the minute is not to be waited for, because the program would refuse the
/// withdrawal all the same or passes it.
pub(super) async fn at_minute(
    context: &Context,
    pool: &PoolContext,
    withdrawal: &LiquidityRequest,
) -> Result<PoolView> {
    let class = withdrawal.share_class();
    // The next full minute is the earliest that can execute it.
    let next = LiquidityRequest::grid_time(pool.view.now).saturating_add_unsigned(LiquidityRequest::GRID);
    if withdrawal.shares == 0 || withdrawal.ready(pool.view.pool.cooldown(class)) > next {
        return Ok(pool.view.clone());
    }
    // Until the window after that minute is over, by the chain's clock.
    let until = next.saturating_add(LiquidityRequest::GRID_WINDOW);
    let mut clock = ClockWatch::default();
    loop {
        let ask = context.client.view_for_withdrawals(*pool.keys(), class, context.source());
        let found = output::during("waiting for the first price after a full minute", ask).await?.value;
        let now = match found {
            Some(view) if withdrawal_minute(&view.pool, withdrawal, view.now).is_ok() => return Ok(view),
            Some(view) => view.now,
            None => context.client.clock().await?.value,
        };
        if now > until {
            break;
        }
        clock.check(now, next)?;
        tokio::time::sleep(INTERVAL).await;
    }
    let message = "nobody has posted the first price after a full minute";
    Err(advised(message, "try again: withdrawals are executed within 20 seconds after a full minute"))
}

/// The pool with the first prices after the minute of a deposit that nobody has executed in time; `None` where they are not posted, and for other requests.
async fn view_of_end(context: &Context, pool: &PoolContext, request: &LiquidityRequest) -> Result<Option<PoolView>> {
    if request.deposit == 0 {
        return Ok(None);
    }
    Ok(context.client.view_for_deposit(*pool.keys(), request, context.source()).await?.value)
}

/// The transactions that pay out executed withdrawal requests, one for each.
///
/// # Errors
/// When there is none; failures of the network.
pub async fn claim(context: &Context, args: &Claim, me: Pubkey) -> Result<(PoolContext, Vec<WithdrawalPlan>)> {
    let owner = (!args.everybody).then(|| args.owner.unwrap_or(me));
    let signs: Vec<Sign<'_>> = owner.into_iter().map(Sign::Shares).collect();
    let pool = context.pool_for(args.which.pool.as_deref(), &signs).await?;
    let class = args.which.class.share_class();
    let mut found = requests(context, &pool, owner, class).await?;
    let (first, now) = (pool.view.pool.shares(class).first_withdrawal, pool.view.now);
    // One of which nothing waits is closed by a claim; a deposit that has lapsed is ended before.
    let lapsed = |request: &LiquidityRequest| request.deposit > 0 && now > request.deadline();
    found.retain(|request| request.payable > 0 || request.is_over(first) || lapsed(request));
    if found.is_empty() {
        let whose = owner.map_or_else(|| "anybody".into(), |owner| owner.to_string());
        let message = format!("no withdrawal of {whose} has been executed in {}, and no deposit given back", pool.name);
        let next = "see `evergreen lp withdrawals`; `evergreen lp execute` when its time has come";
        return Err(advised(message, next));
    }
    let (mint, program) = (pool.keys().mint, pool.keys().token_program);
    let mut ended = Vec::new();
    for request in found {
        let view = view_of_end(context, &pool, &request).await?;
        if view.is_some() || !pool.view.is_price_awaited(&request) || request.deposit == 0 {
            ended.push((request, view));
        }
    }
    if ended.is_empty() {
        let message =
            "the deposit waits for the first price after its minute, which tells what it costs that nobody executed it";
        return Err(advised(message, "a keeper posts it; where none does, all tokens come back a day later"));
    }
    let plan = |(request, view): (LiquidityRequest, Option<PoolView>)| -> Result<WithdrawalPlan> {
        let (mut instructions, mut pays) = (Vec::new(), Some(request.payable));
        if request.deposit > 0 {
            let needed = |view: &PoolView| view.feeds(&view.needed_for(request.share_class(), request.minute));
            let feeds = view.as_ref().map_or_else(Vec::new, needed);
            instructions.push(build::execute_deposit(pool.keys(), &request, &feeds));
            pays = match view.as_ref().unwrap_or(&pool.view).deposit_execution(&request, true)?.outcome {
                DepositOutcome::Returned { amount, .. } => Some(amount.0),
                // The first deposit of a class waits for nothing, and its shares are minted after all.
                DepositOutcome::Executed { .. } => None,
            };
        }
        if pays.is_some() {
            // The owner may have closed the token account meanwhile.
            instructions.push(create_associated_token_account_idempotent(&me, &request.owner, &mint, &program));
            instructions.push(build::claim_liquidity(request.owner, pool.keys(), class, address_of(&request)));
        }
        Ok(WithdrawalPlan {
            class: args.which.class,
            address: address_of(&request),
            number: request.place(),
            owner: request.owner,
            shares: request.shares,
            worth: None,
            pays,
            least: None,
            passed: false,
            ready_at: request.ready(pool.view.pool.cooldown(class)),
            instructions,
        })
    };
    let plans = ended.into_iter().map(plan).collect::<Result<_>>()?;
    Ok((pool, plans))
}
