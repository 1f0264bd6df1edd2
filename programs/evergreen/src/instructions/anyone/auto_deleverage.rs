//! Closes written options of a series of which more is written than bought, after notice.

use crate::{
    instructions::common::*,
    state::{NoticeCause, SeriesId},
};
use anchor_lang::prelude::*;

/// Closes written options at the first price after the moment of the notice, at the bid, without penalty or fee, at most until short
/// open interest equals long open interest. The price must be certain, and a healthy writer must not end below maintenance.
pub(crate) fn auto_deleverage<'info>(
    ctx: Context<'info, ForcedClose<'info>>,
    series: SeriesId,
    points: u64,
) -> Result<()> {
    let notice = Some((series, NoticeCause::Excess));
    force_close(ctx, notice, &|engine, account, key| engine.auto_deleverage(account, key, series, points))
}
