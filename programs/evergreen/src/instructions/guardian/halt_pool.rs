//! Stops new risk, new liquidity and new series in a pool at once.

use super::TightenPool;
use crate::events::PoolHalted;
use anchor_lang::prelude::*;

/// Exits, trades that only shrink positions, top-ups of margin, liquidation and exercise go on. Errors: `Unauthorized`.
pub(crate) fn halt_pool(ctx: Context<TightenPool>) -> Result<()> {
    let by = ctx.accounts.guardian.key();
    ctx.accounts.protocol.load()?.check_guardian(&by)?;
    let mut pool = ctx.accounts.pool.load_mut()?;
    pool.check()?;
    pool.halt()?;
    emit!(PoolHalted { pool: ctx.accounts.pool.key(), config_version: pool.config_version, by });
    Ok(())
}
