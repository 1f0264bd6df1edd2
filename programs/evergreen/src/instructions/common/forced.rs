//! Closing positions against their owner's will.

use super::*;
use crate::{
    engine::{Fill, MarketContext, PoolEngine},
    oracle::PriceUse,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `close_for_cash`, `close_for_place` and `auto_deleverage`. Remaining accounts: for each underlying of the account's positions
/// the underlying and its price, in the latter two the first one published after the moment of the notice; in the first one an underlying without a price takes the place of that.
#[derive(Accounts)]
pub struct ForcedClose<'info> {
    /// This is the caller.
    pub keeper: Signer<'info>,
    /// This is the pool, and the account of the holder or writer.
    pub market: MarketAccounts<'info>,
}

/// Closes positions of a settled account, which the key names in events, and returns the fills.
pub(crate) type Closing<'a> = dyn Fn(&mut PoolEngine, &mut MarginAccount, &Pubkey) -> Result<Vec<Fill>> + 'a;

/// 1. No pause stops it: it costs nobody a penalty, and while holders' debts were not made good the pool would pay for them.
/// 2. After a notice: its moment is over and not long ago, no commitment of the account from before that moment can still be filled, and all
///    prices are the first ones after it. Without one (`notice` is `None`) they are recent.
/// 3. Whole units of funding are settled, and of what is closed all of it, `close` closes, what the pool may not pay of the funding stays owed, and what was closed is told.
///
/// Errors: `WrongVersion`, `NoticeMissing`, `CommitmentOpen`, those of [`MarketContext::load_first_after`] and of `close`, `PoolExhausted`.
#[inline(never)]
pub(crate) fn force_close<'info>(
    ctx: Context<'info, ForcedClose<'info>>,
    notice: Option<(SeriesId, NoticeCause)>,
    close: &Closing<'_>,
) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    accounts.market.protocol.load()?.check()?;
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    let market = match notice {
        None => MarketContext::load(&pool, ctx.remaining_accounts, PriceUse::ForcedClose, now)?,
        Some((series, cause)) => {
            let moment = pool.notice(&registry, series, cause, now)?;
            account.commitment.check_none_before(moment, now)?;
            MarketContext::load_first_after(&pool, ctx.remaining_accounts, PriceUse::ForcedClose, moment, now)?
        }
    };
    let mut engine = PoolEngine::open_for_others(&mut pool, &mut registry, &market, &mut account, &key)?;
    let fills = close(&mut engine, &mut account, &key)?;
    engine.owe(&mut account, &key)?;
    emit_closed(&fills, key, accounts.keeper.key(), &account, &pool)
}
