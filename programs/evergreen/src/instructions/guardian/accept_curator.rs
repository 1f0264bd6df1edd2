//! The pending curator of a pool takes over.

use super::TightenPool;
use crate::events::CuratorAccepted;
use anchor_lang::prelude::*;

/// Makes the pending curator, whose signature proves that somebody has the key, the curator, and voids all earlier proposals for the pool. Errors: those of
/// [`Pool::accept_curator`](crate::state::Pool::accept_curator).
pub(crate) fn accept_curator(ctx: Context<TightenPool>) -> Result<()> {
    let key = ctx.accounts.by.key();
    let mut pool = ctx.accounts.pool.load_mut()?;
    let forfeited = pool.accept_curator(&*ctx.accounts.protocol.load()?, &key, Clock::get()?.unix_timestamp)?;
    emit!(CuratorAccepted {
        pool: ctx.accounts.pool.key(),
        curator: pool.curator,
        forfeited,
        config_version: pool.config_version
    });
    Ok(())
}
