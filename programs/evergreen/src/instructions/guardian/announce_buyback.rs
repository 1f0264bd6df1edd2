//! Announces a buy-back.

use super::tighten_pool::*;
use crate::{events::BuybackAnnounced, state::*};
use anchor_lang::prelude::*;

/// Accounts of `announce_buyback`.
#[derive(Accounts)]
pub struct AnnounceBuyback<'info> {
    /// The pool, and its curator, who signs.
    pub of: TightenPool<'info>,
    /// Series registry of the pool, in which it is kept how much of each series the pool is alone the writer of.
    #[account(mut)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
}

/// No price is read, and nothing else is chosen: the premium is that of the parameters, which a proposal has published, and the moment is three days from now.
/// Errors: `Unauthorized`, and those of [`crate::state::Pool::announce_buyback`].
pub(crate) fn announce_buyback(ctx: Context<AnnounceBuyback>) -> Result<()> {
    let of = &ctx.accounts.of;
    let (by, key) = (of.by.key(), of.pool.key());
    let mut pool = of.pool.load_mut()?;
    pool.check_curator(&*of.protocol.load()?, &by)?;
    let moment = pool.announce_buyback(Clock::get()?.unix_timestamp)?;
    let mut registry = ctx.accounts.registry.load_mut()?;
    registry.check(&key)?;
    registry.announce_buyback();
    emit!(BuybackAnnounced { pool: key, moment, premium_bps: pool.buyback_bps, by });
    Ok(())
}
