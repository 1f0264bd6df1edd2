//! Frees the slot of a series without open interest.

use crate::{ensure, events::SeriesRetired, state::*};
use anchor_lang::prelude::*;

/// Accounts of `retire_series`.
#[derive(Accounts)]
pub struct RetireSeries<'info> {
    /// The series' book.
    #[account(mut)]
    pub book: AccountLoader<'info, Book>,
}

/// Old references never name the next series: the slot's generation goes up when it is listed again.
pub(crate) fn retire_series(ctx: Context<RetireSeries>, id: SeriesId) -> Result<()> {
    let mut book = ctx.accounts.book.load_mut()?;
    let pool = book.pool;
    book.check(&pool)?;
    let series = book.series_mut(id)?;
    ensure!(
        series.is_unused(),
        SeriesInUse,
        "open interest: long {} points, short {}",
        series.long_points,
        series.short_points
    );
    series.free();
    emit!(SeriesRetired { pool, series: id });
    Ok(())
}
