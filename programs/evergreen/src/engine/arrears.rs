//! Arrears: fees that fell due when their account could not pay them.
//!
//! A trade that only reduces has no bond. Where it lapses it costs twice the fee of its trade, and an account that holds options may have no cash for that. What
//! is missing is taken out of whatever the account receives later, before its owner can get it.

use super::{PoolEngine, priced::free_cash};
use crate::{
    emit_event, ensure,
    events::ArrearsCollected,
    state::{MarginAccount, Pool, SeriesRegistry},
};
use anchor_lang::prelude::*;
use evergreen_math::Native;

/// Collects the arrears of an account as far as its cash covers them, before it pays anything out or adds risk, at `now` in unix seconds. `key` names the account in the event.
/// Errors: `InArrears` where something is left.
#[inline(never)]
pub fn clear_arrears(pool: &mut Pool, account: &mut MarginAccount, key: &Pubkey, now: i64) -> Result<()> {
    let fee = clear(pool, account, now)?;
    tell(account, key, fee);
    Ok(())
}

/// As [`clear_arrears`], without the event. Returns what was collected.
#[inline(never)]
pub(super) fn clear(pool: &mut Pool, account: &mut MarginAccount, now: i64) -> Result<Native> {
    let fee = pool.collect_arrears(account, Native(account.arrears), now)?;
    ensure!(account.arrears == 0, InArrears, "{} in arrears, cash {}", account.arrears, account.cash);
    Ok(fee)
}

/// Collects the arrears of an account as far as it has cash that no written option of its can ever need, so that nobody's margin is taken. `key` names
/// the account in the event.
#[inline(never)]
pub fn collect_arrears(
    pool: &mut Pool,
    registry: &SeriesRegistry,
    account: &mut MarginAccount,
    key: &Pubkey,
    now: i64,
) -> Result<()> {
    if account.arrears == 0 {
        return Ok(());
    }
    let free = free_cash(pool.scale()?, registry, account)?.positive_part();
    let fee = pool.collect_arrears(account, free, now)?;
    tell(account, key, fee);
    Ok(())
}

/// Collects the arrears of an account that has just received cash, where no price and no series is at hand: out of all of its cash, unless it has written
/// options. `key` names the account in the event.
#[inline(never)]
pub fn collect_arrears_of_holder(pool: &mut Pool, account: &mut MarginAccount, key: &Pubkey, now: i64) -> Result<()> {
    if account.arrears == 0 || account.has_written() {
        return Ok(());
    }
    let fee = pool.collect_arrears(account, Native(account.arrears), now)?;
    tell(account, key, fee);
    Ok(())
}

/// Tells what was collected.
#[inline(never)]
pub(super) fn tell(account: &MarginAccount, key: &Pubkey, fee: Native) {
    if !fee.is_zero() {
        emit_event!(ArrearsCollected { account: *key, fee: fee.0, arrears: account.arrears });
    }
}

impl PoolEngine<'_> {
    /// Collects the arrears of a settled account as [`collect_arrears`] does.
    pub fn collect_arrears(&mut self, account: &mut MarginAccount, key: &Pubkey) -> Result<()> {
        collect_arrears(self.pool, self.registry, account, key, self.market.now().0)
    }

    /// Returns how much of a fee an account can pay without falling below maintenance, out of the cash that it has, native units, rounded down.
    #[inline(never)]
    pub(super) fn payable(&mut self, account: &MarginAccount) -> Result<Native> {
        let cash = account.cash();
        let spare = self.health_of(cash, &account.positions, evergreen_math::margin::HealthLevel::Maintenance)?;
        Ok(spare.min(cash).positive_part())
    }
}
