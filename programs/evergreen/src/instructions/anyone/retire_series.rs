//! Frees the slot of a series without open interest.

use crate::{events::SeriesRetired, state::*};
use anchor_lang::prelude::*;

/// Accounts of `retire_series`.
#[derive(Accounts)]
pub struct RetireSeries<'info> {
    /// The series' registry.
    #[account(mut)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
}

/// Old references never name the next series: the slot's generation goes up when it is listed again.
pub(crate) fn retire_series(ctx: Context<RetireSeries>, id: SeriesId) -> Result<()> {
    let mut registry = ctx.accounts.registry.load_mut()?;
    let pool = registry.pool;
    registry.check(&pool)?;
    registry.series_mut(id)?.retire()?;
    emit!(SeriesRetired { pool, series: id });
    Ok(())
}
