//! Stops new risk, new liquidity and new series in a pool at once.

use super::TightenPool;
use crate::events::PoolHalted;
use anchor_lang::prelude::*;

/// Exits, trades that only shrink positions, top-ups of margin, liquidation and exercise go on. Errors: `Unauthorized`.
pub(crate) fn halt_pool(ctx: Context<TightenPool>) -> Result<()> {
    let by = ctx.accounts.by.key();
    let mut pool = ctx.accounts.pool.load_mut()?;
    pool.check_guardian(&*ctx.accounts.protocol.load()?, &by)?;
    pool.halt()?;
    emit!(PoolHalted { pool: ctx.accounts.pool.key(), config_version: pool.config_version, by });
    Ok(())
}
