//! Compares both vaults with their ledgers and the mint with the policy; anyone may call it.

use crate::instructions::common::*;
use crate::{events::VaultSynced, state::*, token};
use anchor_lang::prelude::*;
use evergreen_math::{Native, UnixTime};

/// Accounts of `sync_vault`.
#[derive(Accounts)]
pub struct SyncVault<'info> {
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// This is its registry.
    #[account(has_one = pool)]
    pub registry: AccountLoader<'info, SeriesRegistry>,
    /// These are its vaults.
    pub insurance: InsuranceVaults<'info>,
}

/// 1. What is missing in the insurance vault is assigned.
/// 2. What is missing in the main vault is assigned, first to insurance. No tokens move, so that neither a freeze nor a transfer fee
///    can prevent it.
/// 3. What the main vault holds beyond its ledgers makes good what the pool is short of beyond what anyone can get in from accounts: anybody pays what it owes by a transfer to the vault, also an issuer what they have seized.
/// 4. The pool is distressed after a loss and while the mint does not pass; no longer when the mint passes, the vaults
///    hold their ledgers and pool cash, without debts that nobody may pay, covers the reserves and the funding that it owes to writers.
pub(crate) fn sync_vault(ctx: Context<SyncVault>) -> Result<()> {
    let accounts = ctx.accounts;
    let vaults = &accounts.insurance;
    vaults.check(&accounts.pool)?;
    let key = accounts.pool.key();
    let now = Clock::get()?.unix_timestamp;
    let acceptable = token::check_mint(&vaults.mint.to_account_info()).is_ok();
    let mut pool = accounts.pool.load_mut()?;
    // A loss lowers the depth; carry up to now is that of the depth before.
    pool.advance_carry(now)?;
    let registry = accounts.registry.load()?;
    registry.check(&key)?;
    let (before, held) = (pool.ledgers(), vaults.vault.amount);
    pool.socialize_insurance_loss(vaults.insurance_vault.amount)?;
    pool.socialize_main_loss(held)?;
    let lost = pool.ledgers() != before;
    let short = pool.short_of(&registry, now)?;
    let owed = pool.owed_by_accounts(&registry, UnixTime(now))?;
    let found = pool.make_good(held, Native(short.0.saturating_sub(owed.0)))?;
    vaults.check_ledgers(&pool)?;
    let after = pool.ledgers();
    if after != before {
        emit!(VaultSynced { pool: key, before, after });
    }
    if lost || !acceptable {
        pool.set_distressed(&key, true);
    } else if short == found {
        pool.set_distressed(&key, false);
    }
    Ok(())
}
