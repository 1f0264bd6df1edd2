//! Gives notice that positions of a series will be closed against their owners' will.

use crate::{engine, ensure, events::NoticeGiven, instructions::common::read, state::*};
use anchor_lang::prelude::*;

/// Accounts of `give_notice`.
#[derive(Accounts)]
pub struct GiveNotice<'info> {
    /// This is the pool.
    pub pool: AccountLoader<'info, Pool>,
    /// This is the series registry of the pool.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// This is the underlying of the series.
    pub underlying: AccountLoader<'info, Underlying>,
}

/// The moment is ten minutes ahead, so that nobody knows its price and everybody can leave before. No price is read. What is required now is
/// required again when positions are closed.
pub(crate) fn give_notice(ctx: Context<GiveNotice>, series: SeriesId, cause: NoticeCause) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let pool = read(&accounts.pool)?;
    let mut registry = accounts.registry.load_mut()?;
    registry.check(&accounts.pool.key())?;
    let underlying = read(&accounts.underlying)?;
    let place = pool.underlying_index(&accounts.underlying.key())?;
    let own = registry.series(series)?.underlying;
    ensure!(usize::from(own) == place, UnknownUnderlying);
    let moment = engine::give_notice(&pool, &mut registry, &underlying, series, cause, now)?;
    emit!(NoticeGiven { pool: accounts.pool.key(), series, cause, moment });
    Ok(())
}
