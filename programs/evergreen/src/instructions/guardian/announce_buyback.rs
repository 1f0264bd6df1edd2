//! Announces a buy-back.

use super::tighten_pool::*;
use crate::events::BuybackAnnounced;
use anchor_lang::prelude::*;

/// No price is read, and nothing else is chosen: the premium is that of the parameters, which a proposal has published, and the moment is three days from now.
/// Errors: `Unauthorized`, and those of [`crate::state::Pool::announce_buyback`].
pub(crate) fn announce_buyback(ctx: Context<TightenPool>) -> Result<()> {
    let (by, key) = (ctx.accounts.by.key(), ctx.accounts.pool.key());
    let mut pool = ctx.accounts.pool.load_mut()?;
    pool.check_curator(&*ctx.accounts.protocol.load()?, &by)?;
    let moment = pool.announce_buyback(Clock::get()?.unix_timestamp)?;
    emit!(BuybackAnnounced { pool: key, moment, premium_bps: pool.buyback_bps, by });
    Ok(())
}
