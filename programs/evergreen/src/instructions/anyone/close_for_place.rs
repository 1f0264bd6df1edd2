//! Closes positions in a series that pays too little for a slot or for capital that others want, or that the pool buys back, after notice.

use crate::{
    instructions::common::*,
    state::{NoticeCause, SeriesId},
};
use anchor_lang::prelude::*;

/// A bought option reserves its whole cap payoff, and a series takes one of 64 slots. Without this instruction a little money could keep all of
/// a pool's capital reserved, or all slots of its registry taken.
///
/// 1. Ten minutes ago notice was given that the series has to give way, for its slot or for its capital (`cause`). The same must be scarce
///    again, and the series still pay less than its rent.
/// 2. All of the position is closed at the first price after the moment of the notice, at the bid, without fee. Where a healthy
///    account would end below maintenance by it, all its positions on the underlying are closed.
///
/// Where the curator of a private pool that is wound down has announced a buy-back three days ago (`NoticeCause::Buyback`), positions of all series are closed in the same
/// way, for what they are worth and the premium on it: nothing has to be scarce.
pub(crate) fn close_for_place<'info>(
    ctx: Context<'info, ForcedClose<'info>>,
    series: SeriesId,
    cause: NoticeCause,
) -> Result<()> {
    let notice = Some((series, cause));
    force_close(ctx, notice, &|engine, account, key| engine.close_for_place(account, key, (series, cause)))
}
