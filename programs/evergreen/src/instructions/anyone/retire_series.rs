//! Frees the slot of a series without open interest.

use crate::{ensure, events::SeriesRetired, instructions::common::read, state::*};
use anchor_lang::prelude::*;

/// Accounts of `retire_series`.
#[derive(Accounts)]
pub struct RetireSeries<'info> {
    /// This is the pool.
    pub pool: AccountLoader<'info, Pool>,
    /// This is its registry.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
}

/// Old references never name the next series: the slot's generation goes up when it is listed again. A series whose last options were closed since the
/// last full minute stays until liquidity of that minute no longer needs it.
///
/// Errors: `SeriesInUse`.
pub(crate) fn retire_series(ctx: Context<RetireSeries>, id: SeriesId) -> Result<()> {
    let accounts = ctx.accounts;
    let pool = accounts.pool.key();
    let mut registry = accounts.registry.load_mut()?;
    registry.check(&pool)?;
    let state = read(&accounts.pool)?;
    let now = Clock::get()?.unix_timestamp;
    let series = registry.series_mut(id)?;
    ensure!(!state.is_slot_valued(id.slot, now), SeriesInUse, "liquidity of {} needs it", state.later.minute);
    series.retire()?;
    emit!(SeriesRetired { pool, series: id });
    Ok(())
}
