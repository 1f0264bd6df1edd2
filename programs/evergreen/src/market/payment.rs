//! Money out of a margin account.

use super::{Desk, Market};
use crate::{
    ensure,
    oracle::PriceUse,
    state::{Book, MarginAccount, Pool},
};
use anchor_lang::prelude::*;

/// The accounts that money is taken out of, with the keys of pool and margin account.
pub struct Payer<'a> {
    /// The pool.
    pub pool: &'a mut Pool,
    /// Its series.
    pub book: &'a mut Book,
    /// The margin account.
    pub account: &'a mut MarginAccount,
    /// Key of the margin account.
    pub key: &'a Pubkey,
}

/// Takes money out of an account by `take`. With positions prices must be fresh, funding is settled first, and initial and
/// maintenance health must be left; without positions no price is read: nobody is trapped by an oracle.
///
/// Errors: those of [`Market::load`] and of `take`, `InsufficientHealth`.
#[inline(never)]
pub fn pay_out<'info, T>(
    from: Payer,
    markets: &'info [AccountInfo<'info>],
    now: i64,
    take: impl FnOnce(&mut Pool, &mut MarginAccount) -> Result<T>,
) -> Result<T> {
    let Payer { pool, book, account, key } = from;
    if account.is_flat() {
        return take(pool, account);
    }
    let market = Market::load(pool, markets, PriceUse::AddRisk, now)?;
    let mut desk = Desk::new(pool, book, &market)?;
    desk.settle(account, key)?;
    let taken = take(desk.pool, account)?;
    let health = desk.entry_health_or_less(account)?;
    ensure!(!health.is_negative(), InsufficientHealth, "initial health {} afterwards", health.0);
    Ok(taken)
}
