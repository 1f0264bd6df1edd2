//! Announces a buy-back.

use crate::{events::BuybackAnnounced, seeds, state::*};
use anchor_lang::prelude::*;

/// Accounts of `announce_buyback`.
#[derive(Accounts)]
pub struct AnnounceBuyback<'info> {
    /// This is the pool's curator.
    pub by: Signer<'info>,
    /// The protocol, which names the admin.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Series registry of the pool, in which it is kept how much of each series the pool is alone the writer of.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
}

/// No price is read, and nothing else is chosen: the premium is that of the parameters, which a proposal has published, and the moment is three days from now.
/// Errors: `Unauthorized`, and those of [`crate::state::Pool::announce_buyback`].
pub(crate) fn announce_buyback(ctx: Context<AnnounceBuyback>) -> Result<()> {
    let by = ctx.accounts.by.key();
    let mut pool = ctx.accounts.pool.load_mut()?;
    pool.check_curator(&*ctx.accounts.protocol.load()?, &by)?;
    let moment = pool.announce_buyback(Clock::get()?.unix_timestamp)?;
    let mut registry = ctx.accounts.registry.load_mut()?;
    registry.check(&ctx.accounts.pool.key())?;
    registry.announce_buyback();
    emit!(BuybackAnnounced { pool: ctx.accounts.pool.key(), moment, premium_bps: pool.buyback_bps, by });
    Ok(())
}
