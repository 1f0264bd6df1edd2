//! Compares both vaults with their ledgers and the mint with the policy; anyone may call it.

use crate::instructions::common::*;
use crate::{events::VaultSynced, state::*, token};
use anchor_lang::prelude::*;

/// Accounts of `sync_vault`.
#[derive(Accounts)]
pub struct SyncVault<'info> {
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Its vaults.
    pub insurance: InsuranceVaults<'info>,
}

/// 1. What is missing in the insurance vault is assigned.
/// 2. Insurance pays what is missing in the main vault as far as it goes, and the rest is assigned there. (A transfer fee that
///    the issuer has set is a loss like the others. While the token cannot be transferred at all, this fails as a whole.)
/// 3. The pool is distressed after a loss and while the mint does not pass; no longer when the mint passes, the vaults
///    hold their ledgers and pool cash covers the reserves.
pub(crate) fn sync_vault(ctx: Context<SyncVault>) -> Result<()> {
    let accounts = ctx.accounts;
    let vaults = &mut accounts.insurance;
    vaults.check(&accounts.pool)?;
    let key = accounts.pool.key();
    let (before, drawn) = {
        let mut pool = accounts.pool.load_mut()?;
        let before = pool.ledgers();
        pool.socialize_insurance_loss(vaults.insurance_vault.amount)?;
        (before, pool.draw_on_insurance(vaults.vault.amount)?)
    };
    vaults.release_to_main(&accounts.pool, drawn)?;
    let acceptable = token::check_mint(&vaults.mint.to_account_info()).is_ok();
    let mut pool = accounts.pool.load_mut()?;
    pool.socialize_main_loss(vaults.vault.amount)?;
    pool.check_class_vault(ShareClass::Main, &vaults.vault)?;
    pool.check_class_vault(ShareClass::Insurance, &vaults.insurance_vault)?;
    let after = pool.ledgers();
    if after != before {
        emit!(VaultSynced { pool: key, drawn: drawn.0, before, after });
    }
    if after != before || !acceptable {
        pool.set_distressed(&key, true);
    } else if pool.covers_reserve() {
        pool.set_distressed(&key, false);
    }
    Ok(())
}
