//! The one place where an instruction learns whether tokens are missing.

use crate::{
    ensure,
    state::{Pool, ShareClass},
    token,
};
use anchor_lang::prelude::*;

/// Both vaults of a pool, which are only looked at. Whatever changes a claim on a pool, or uses a share price, passes them: between a
/// seizure and its assignment nobody can step out of the loss.
#[derive(Accounts)]
pub struct Vaults<'info> {
    /// CHECK: it is the main vault, compared with the pool's.
    pub vault: UncheckedAccount<'info>,
    /// CHECK: it is the insurance vault, compared with the pool's.
    pub insurance_vault: UncheckedAccount<'info>,
}

impl Vaults<'_> {
    /// Checks that both vaults hold at least the sums of their ledgers. `sync_vault`, which anyone may call before, assigns what is
    /// missing. Errors: `WrongVersion`, `WrongPool`, `VaultMismatch`.
    #[inline(never)]
    pub(crate) fn check(&self, pool: &Pool) -> Result<()> {
        pool.check()?;
        for (class, vault) in [(ShareClass::Main, &self.vault), (ShareClass::Insurance, &self.insurance_vault)] {
            ensure!(vault.key() == pool.vault_of(class), WrongPool);
            pool.check_class_vault(class, token::balance_of(vault)?)?;
        }
        Ok(())
    }
}
