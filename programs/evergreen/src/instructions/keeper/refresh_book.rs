//! Accrues funding of all series and measures net asset value anew.

use crate::{
    events::BookRefreshed,
    market::{Desk, Market},
    oracle::PriceUse,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `refresh_book`. Remaining accounts: for each underlying with series the underlying and its price.
#[derive(Accounts)]
pub struct RefreshBook<'info> {
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Its series.
    #[account(mut, has_one = pool)]
    pub book: AccountLoader<'info, Book>,
}

/// Deposits and withdrawals do the same by themselves; this keeps funding and inventory depth current between them.
pub(crate) fn refresh_book<'info>(ctx: Context<'info, RefreshBook<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let mut pool = accounts.pool.load_mut()?;
    pool.check()?;
    let mut book = accounts.book.load_mut()?;
    book.check(&accounts.pool.key())?;
    let market = Market::load(&mut pool, ctx.remaining_accounts, PriceUse::AddRisk, now)?;
    let assets = Desk::new(&mut pool, &mut book, &market)?.net_assets()?;
    emit!(BookRefreshed { pool: accounts.pool.key(), lower: assets.lower.0, upper: assets.upper.0, locks: pool.locks });
    Ok(())
}
