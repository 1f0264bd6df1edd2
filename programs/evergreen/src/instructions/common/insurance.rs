//! The vaults between which insurance money moves.

use crate::{ensure, instructions::common::read, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};

/// Both vaults of a pool. The functions here compare the addresses with the pool's, so Anchor
/// need not look for duplicates (1,200 compute units).
#[derive(Accounts)]
pub struct InsuranceVaults<'info> {
    /// This is the main vault.
    #[account(mut, dup)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// This is the insurance vault.
    #[account(mut, dup)]
    pub insurance_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// This is the collateral.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// This is the token program of the collateral.
    pub token_program: Interface<'info, TokenInterface>,
}

impl<'info> InsuranceVaults<'info> {
    /// Moves the tokens that one vault owes the other, and returns the signed amount, native units: positive
    /// into the insurance vault. Errors: `WrongPool`, `VaultMismatch`, `FeeUnsigned` while the token takes a fee of transfers, and the token program's.
    pub(crate) fn settle_due(&mut self, pool: &AccountLoader<'info, Pool>, hook: &[AccountInfo<'info>]) -> Result<i64> {
        let signer = self.check(pool)?;
        self.check_ledgers(&*pool.load()?)?;
        let due = pool.load()?.insurance_due;
        let class = if due > 0 { ShareClass::Insurance } else { ShareClass::Main };
        let amount = token::nonzero(due.unsigned_abs())?;
        self.towards(class, pool, hook).between_vaults(amount, &signer)?;
        Ok(due)
    }

    /// Errors: `WrongPool` unless vaults, mint and token program are the pool's.
    pub(crate) fn check(&self, pool: &AccountLoader<'info, Pool>) -> Result<PoolSigner> {
        let pool = read(pool)?;
        ensure!(
            self.vault.key() == pool.vault
                && self.insurance_vault.key() == pool.insurance_vault
                && self.mint.key() == pool.mint
                && self.token_program.key() == pool.token_program,
            WrongPool
        );
        Ok(pool.signer())
    }

    /// A transfer into the vault of a class, out of the other, with the accounts that a transfer hook of the mint asks for.
    fn towards<'a>(
        &'a mut self,
        class: ShareClass,
        pool: &AccountLoader<'info, Pool>,
        hook: &'a [AccountInfo<'info>],
    ) -> token::Movement<'a, 'info> {
        let (from, to) = match class {
            ShareClass::Main => (&mut self.insurance_vault, &mut self.vault),
            ShareClass::Insurance => (&mut self.vault, &mut self.insurance_vault),
        };
        let (mint, program) = (&self.mint, &self.token_program);
        token::Movement { from, to, authority: pool.to_account_info(), mint, program, hook }
    }

    /// Errors: `VaultMismatch` while a vault holds less than its ledgers.
    #[inline(never)]
    pub(crate) fn check_ledgers(&self, pool: &Pool) -> Result<()> {
        pool.check_class_vault(ShareClass::Main, self.vault.amount)?;
        pool.check_class_vault(ShareClass::Insurance, self.insurance_vault.amount)
    }
}
