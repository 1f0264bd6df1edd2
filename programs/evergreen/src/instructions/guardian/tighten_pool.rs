//! Lowers caps of a pool at once.

use crate::{events::PoolTightened, seeds, state::*};
use anchor_lang::prelude::*;

/// Accounts of `tighten_pool`, `halt_pool`, `announce_buyback` and `accept_curator`.
#[derive(Accounts)]
pub struct TightenPool<'info> {
    /// This is the guardian, or the pool's curator: the admin for a pool of the protocol. To accept, the pending curator.
    pub by: Signer<'info>,
    /// The protocol names guardian and admin.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// This account is changed.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
}

/// Errors: `Unauthorized`, and those of [`Pool::tighten`].
pub(crate) fn tighten_pool(ctx: Context<TightenPool>, caps: PoolCaps) -> Result<()> {
    let by = ctx.accounts.by.key();
    let mut pool = ctx.accounts.pool.load_mut()?;
    pool.check_guardian(&*ctx.accounts.protocol.load()?, &by)?;
    pool.tighten(&caps)?;
    emit!(PoolTightened { pool: ctx.accounts.pool.key(), caps, config_version: pool.config_version, by });
    Ok(())
}
