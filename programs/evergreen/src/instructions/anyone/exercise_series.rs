//! Exercises a series for everyone once the price has certainly reached its cap.

use crate::{
    engine::MarketContext,
    errors::EvergreenError,
    events::{SeriesExercised, SeriesRetired},
    instructions::common::open,
    oracle::PriceUse,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `exercise_series`. Remaining accounts: the series' underlying and its price.
#[derive(Accounts)]
pub struct ExerciseSeries<'info> {
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// This is the series registry of the pool.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
}

/// 1. The price less its confidence (of a put: plus) must be at or beyond the cap, and both ends of its band if it is not fresh.
/// 2. Funding accrues a last time, at the rate in force.
/// 3. Its options leave the net delta.
/// 4. Positions wait for settlement, which needs no price.
///
/// Nobody can pause it: a pause over a touch of the cap would decide against the holders, and whoever can begin one may have written the options.
pub(crate) fn exercise_series<'info>(ctx: Context<'info, ExerciseSeries<'info>>, id: SeriesId) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let mut pool = open(&accounts.pool)?;
    let market = MarketContext::load(&pool, ctx.remaining_accounts, PriceUse::Liquidation, now)?;
    let mut registry = accounts.registry.load_mut()?;
    registry.check(&accounts.pool.key())?;
    let series = registry.live_mut(id)?;
    let spot = market.check_capped(series)?;
    let cap_payoff = series.terms()?.cap_payoff().ok_or(EvergreenError::CapOutOfRange)?;
    market.accrue(series, &pool)?;
    let EndedSeries { funding_index, unused } =
        pool.end_series(series, id.slot, cap_payoff, (now, Some(market.done_at())))?;
    emit!(SeriesExercised {
        pool: accounts.pool.key(),
        series: id,
        spot: spot.to_bits(),
        funding_index: funding_index.0,
    });
    if unused {
        emit!(SeriesRetired { pool: accounts.pool.key(), series: id });
    }
    Ok(())
}
