//! Closes positions of an account below maintenance margin, until target health is restored.

use crate::{
    engine::{MarketContext, PoolEngine},
    ensure,
    errors::MathContext,
    events::Liquidated,
    instructions::common::*,
    oracle::PriceUse,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `liquidate`. Remaining accounts: for each underlying of the account's positions the underlying and its
/// price.
#[derive(Accounts)]
pub struct Liquidate<'info> {
    /// This is the owner of `liquidator_account`.
    pub liquidator: Signer<'info>,
    /// The account of this pool is liquidated.
    pub market: MarketAccounts<'info>,
    /// It receives the reward as cash.
    #[account(mut)]
    pub liquidator_account: AccountLoader<'info, MarginAccount>,
}

/// 1. Funding is settled.
/// 2. Legs are closed as far as target health asks, penalty and reward are paid: [`PoolEngine::liquidate`].
/// 3. Insurance may add to the reward; no tokens move (a debt is `absorb_bad_debt`'s).
pub(crate) fn liquidate<'info>(ctx: Context<'info, Liquidate<'info>>, legs: Vec<Leg>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.market.check_running(Action::Liquidate, now)?;
    ensure!(accounts.market.account.key() != accounts.liquidator_account.key(), SameAccount);
    let OpenedMarket { mut pool, mut registry, mut account, pool_key, key } = accounts.market.open()?;
    let mut liquidator = open_account(&pool, &pool_key, &accounts.liquidator_account)?;
    let signer = accounts.liquidator.key();
    liquidator.check_owner(&signer)?;
    ensure!(signer != account.owner, SelfLiquidation);

    let market = MarketContext::load(&pool, ctx.remaining_accounts, PriceUse::Liquidation, now)?;
    let mut engine = PoolEngine::open_for_others(&mut pool, &mut registry, &market, &mut account, &key)?;
    let done = engine.liquidate(&mut account, &key, &mut liquidator, &legs)?;
    emit!(Liquidated {
        account: key,
        liquidator: accounts.liquidator_account.key(),
        penalty: done.penalty.total().program()?.0,
        reward: done.reward()?.0,
        from_insurance: done.from_insurance.0,
        health_before: done.health_before.0,
        health_after: done.health_after.0,
        cash: account.cash,
    });
    Ok(())
}
