//! The one way into a pool: every instruction opens its accounts here, those of a margin account in one order.

use super::vaults::*;
use crate::{
    engine::Fill,
    errors::MathContext,
    events::Traded,
    seeds,
    state::{Action, MarginAccount, Pool, Protocol, SeriesRegistry, Versioned},
};
use anchor_lang::{Owner, ZeroCopy, prelude::*};
use core::cell::{Ref, RefMut};
use evergreen_math::NativeDelta;

/// Borrows an account to read it. Errors: `WrongVersion`.
pub(crate) fn read<'a, T: ZeroCopy + Owner + Versioned>(loader: &'a AccountLoader<'_, T>) -> Result<Ref<'a, T>> {
    let state = loader.load()?;
    state.check_layout()?;
    Ok(state)
}

/// Borrows an account to change it. Errors: `WrongVersion`.
pub(crate) fn open<'a, T: ZeroCopy + Owner + Versioned>(loader: &'a AccountLoader<'_, T>) -> Result<RefMut<'a, T>> {
    let state = loader.load_mut()?;
    state.check_layout()?;
    Ok(state)
}

/// What an instruction needs that changes an account's positions, or that depends on them.
#[derive(Accounts)]
pub struct MarketAccounts<'info> {
    /// The protocol stores the pauses.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// This is the series registry of the pool.
    #[account(mut, has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// It is the margin account that the instruction is about.
    #[account(mut, has_one = pool)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// These are the vaults of the pool.
    pub vaults: Vaults<'info>,
}

impl MarketAccounts<'_> {
    /// Errors: `WrongVersion`, `Paused` while the action is paused.
    pub(crate) fn check_running(&self, action: Action, now: i64) -> Result<()> {
        self.protocol.load()?.check_running(action, now)
    }

    /// Opens the accounts:
    ///
    /// 1. The pool has this program's layout version, and its vaults hold their ledgers.
    /// 2. The margin account has it, too, and is the pool's; losses that it has not borne yet are applied.
    /// 3. The series registry has this version and is the pool's.
    ///
    /// Errors: `WrongVersion`, `WrongPool`, `VaultMismatch`.
    #[inline(never)]
    pub(crate) fn open(&self) -> Result<OpenedMarket<'_>> {
        let (pool_key, key) = (self.pool.key(), self.account.key());
        let pool = self.pool.load_mut()?;
        self.vaults.check(&pool)?;
        let account = open_account(&pool, &pool_key, &self.account)?;
        let registry = self.registry.load_mut()?;
        registry.check(&pool_key)?;
        Ok(OpenedMarket { pool, registry, account, pool_key, key })
    }
}

/// A pool, its series and one margin account, borrowed and checked.
pub(crate) struct OpenedMarket<'a> {
    /// This is the pool.
    pub pool: RefMut<'a, Pool>,
    /// This is the series registry of the pool.
    pub registry: RefMut<'a, SeriesRegistry>,
    /// This is the margin account; its cash has borne every loss that the pool's claims have borne.
    pub account: RefMut<'a, MarginAccount>,
    /// This is the address of the pool.
    pub pool_key: Pubkey,
    /// This is the address of the margin account.
    pub key: Pubkey,
}

/// Opens a margin account of a pool: checks versions and that it is the pool's, and applies the losses that it has not borne yet.
///
/// Errors: `WrongVersion`, `WrongPool`.
pub(crate) fn open_account<'a>(
    pool: &Pool,
    pool_key: &Pubkey,
    account: &'a AccountLoader<'_, MarginAccount>,
) -> Result<RefMut<'a, MarginAccount>> {
    let mut opened = account.load_mut()?;
    pool.apply_losses(&mut opened, pool_key)?;
    Ok(opened)
}

/// Opens a pool and one of its margin accounts, where no series is touched. Errors: `WrongVersion`, `WrongPool`.
#[inline(never)]
pub(crate) fn open_pool_and_account<'a>(
    pool: &'a AccountLoader<'_, Pool>,
    account: &'a AccountLoader<'_, MarginAccount>,
) -> Result<(RefMut<'a, Pool>, RefMut<'a, MarginAccount>)> {
    let key = pool.key();
    let pool = pool.load_mut()?;
    let account = open_account(&pool, &key, account)?;
    Ok((pool, account))
}

/// The record of a trade that left account and pool as they are now; `net` is the change of cash by all legs, native units.
pub(crate) const fn traded(account: Pubkey, trader: Pubkey, net: i64, state: &MarginAccount, pool: &Pool) -> Traded {
    Traded {
        account,
        trader,
        net,
        cash: state.cash,
        pool_cash: pool.pool_cash,
        reserved_collateral: pool.reserved_collateral,
    }
}

/// Records what was closed against an owner's will. Errors: `Overflow`.
pub(crate) fn emit_closed(fills: &[Fill], key: Pubkey, by: Pubkey, state: &MarginAccount, pool: &Pool) -> Result<()> {
    let mut net = NativeDelta::ZERO;
    for fill in fills {
        emit!(fill.event(key)?);
        net = net.checked_add(fill.net()?).program()?;
    }
    emit!(traded(key, by, net.0, state, pool));
    Ok(())
}
