//! Ends a series whose feed has ended for good.

use super::ExerciseSeries;
use crate::{
    ensure,
    errors::EvergreenError,
    events::{SeriesEnded, SeriesRetired},
    instructions::common::{open, read},
    state::*,
};
use anchor_lang::prelude::*;

/// Without a price no position can be closed and no pool valued, so one point of an option would hold capital and margin for ever.
///
/// 1. The silence of the underlying was reported seven days ago, and nobody has sampled it since.
/// 2. Funding ends with the last sample.
/// 3. Each point pays what it was worth at price and volatility of that sample, never more than the cap payoff.
/// 4. As at an exercise its options leave the net delta, and positions wait for settlement, which needs no price.
///
/// The accounts are those of an exercise; the remaining one is the underlying of the series, without a price.
pub(crate) fn end_series<'info>(ctx: Context<'info, ExerciseSeries<'info>>, id: SeriesId) -> Result<()> {
    let accounts = ctx.accounts;
    let mut pool = open(&accounts.pool)?;
    let named = ctx.remaining_accounts.first().ok_or(EvergreenError::MarketAccountMissing)?;
    let place = pool.underlying_index(named.key)?;
    let loader = AccountLoader::<Underlying>::try_from(named)?;
    let underlying = read(&loader)?;
    let now = Clock::get()?.unix_timestamp;
    underlying.check_ended(now)?;
    let mut registry = accounts.registry.load_mut()?;
    let key = accounts.pool.key();
    registry.check(&key)?;
    let series = registry.live_mut(id)?;
    ensure!(usize::from(series.underlying) == place, UnknownUnderlying);
    let payoff = underlying.last_value(series, &pool)?;
    let EndedSeries { funding_index, unused } = pool.end_series(series, id.slot, payoff, (now, None))?;
    emit!(SeriesEnded { pool: key, series: id, payoff: payoff.to_bits(), funding_index: funding_index.0 });
    if unused {
        emit!(SeriesRetired { pool: key, series: id });
    }
    Ok(())
}
