//! Accrues funding of all series and measures net asset value anew.

use crate::{
    engine::{MarketContext, PoolEngine},
    events::PoolRefreshed,
    instructions::common::open,
    oracle::PriceUse,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `refresh_pool`. Remaining accounts: for each underlying with series the underlying and its price. Where one with open interest is missing, the
/// series of the others are brought up to date, and depth stays as it is.
#[derive(Accounts)]
pub struct RefreshPool<'info> {
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// This is the series registry of the pool.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
}

/// This keeps funding, slopes, net delta and depth current, at the mark of a recent price. Deposits and withdrawals of liquidity are valued anew by themselves.
pub(crate) fn refresh_pool<'info>(ctx: Context<'info, RefreshPool<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let mut pool = open(&accounts.pool)?;
    let mut registry = accounts.registry.load_mut()?;
    registry.check(&accounts.pool.key())?;
    let market = MarketContext::load(&pool, ctx.remaining_accounts, PriceUse::AddRisk, now)?;
    let assets = PoolEngine::new(&mut pool, &mut registry, &market)?.refresh()?;
    emit!(PoolRefreshed {
        pool: accounts.pool.key(),
        assets: assets.map(|assets| assets.0),
        reserved_collateral: pool.reserved_collateral,
        net_deltas: pool.underlyings.map(|underlying| underlying.carry.net_delta),
        carries: pool.underlyings.map(|underlying| underlying.carry.rate(half_hour(now)).0),
    });
    Ok(())
}
