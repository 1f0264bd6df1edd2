//! Payments out of a margin account.

use super::{MarketContext, PoolEngine, clear_arrears};
use crate::{
    ensure,
    oracle::PriceUse,
    state::{MarginAccount, Pool, SeriesRegistry},
};
use anchor_lang::prelude::*;

/// The accounts of a payment out of a margin account.
pub struct Payer<'a> {
    /// The pool.
    pub pool: &'a mut Pool,
    /// Series of the pool.
    pub registry: &'a mut SeriesRegistry,
    /// The margin account.
    pub account: &'a mut MarginAccount,
    /// Key of the margin account.
    pub key: &'a Pubkey,
}

/// Takes money out of an account with `take`, after its arrears. If the account has positions, prices must be certain, funding is settled first, and
/// initial and maintenance health must not be negative afterwards. Otherwise no price is read, so no oracle can prevent it.
///
/// Errors: those of [`MarketContext::load`] and of `take`, `InArrears`, `InsufficientHealth`.
#[inline(never)]
pub fn pay_out<'info, T>(
    from: Payer,
    markets: &'info [AccountInfo<'info>],
    now: i64,
    take: impl FnOnce(&mut Pool, &mut MarginAccount) -> Result<T>,
) -> Result<T> {
    let Payer { pool, registry, account, key } = from;
    if account.is_flat() {
        clear_arrears(pool, account, key, now)?;
        return take(pool, account);
    }
    let market = MarketContext::load(pool, markets, PriceUse::Mark, now)?;
    let mut engine = PoolEngine::open(pool, registry, &market, account, key)?;
    engine.owe_or_cut(account, key)?;
    clear_arrears(engine.pool, account, key, now)?;
    let taken = take(engine.pool, account)?;
    let health = engine.initial_health_floor(account)?;
    ensure!(!health.is_negative(), InsufficientHealth, "initial health {} afterwards", health.0);
    Ok(taken)
}
