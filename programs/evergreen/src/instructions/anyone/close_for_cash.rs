//! Sells bought options of an account that owes cash.

use crate::{instructions::common::*, state::SeriesId};
use anchor_lang::prelude::*;

/// Negative cash is a loan from the pool, which an account could otherwise keep for as long as its positions cover it. As many bought options
/// are sold as make it good, at a recent price, at the bid and without fee: the debt bounds what whoever sells can choose.
pub(crate) fn close_for_cash<'info>(ctx: Context<'info, ForcedClose<'info>>, series: SeriesId) -> Result<()> {
    force_close(ctx, None, &|engine, account, key| engine.close_for_cash(account, key, series))
}
