//! The vaults between which insurance money moves.

use crate::{ensure, state::*, token};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use evergreen_math::Native;

/// Both vaults of a pool. The functions here compare the addresses with the pool's, so Anchor
/// need not look for duplicates (1,200 compute units).
#[derive(Accounts)]
pub struct InsuranceVaults<'info> {
    /// Main vault.
    #[account(mut, dup)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Insurance vault.
    #[account(mut, dup)]
    pub insurance_vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// Collateral.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// Token program of the collateral.
    pub token_program: Interface<'info, TokenInterface>,
}

impl<'info> InsuranceVaults<'info> {
    /// Moves what was drawn on insurance's capital to the main vault, where it is owed; nothing is asked of the vaults when
    /// nothing was drawn, so that a seizure does not stop liquidations. Errors: `WrongPool`.
    pub(crate) fn pay_main_vault(&mut self, pool: &AccountLoader<'info, Pool>, amount: Native) -> Result<()> {
        let (mint, bump) = self.check(pool)?;
        if amount.is_zero() {
            return Ok(());
        }
        self.towards(ShareClass::Main, pool).between_vaults(amount, &mint, bump)?;
        self.check_ledgers(pool)
    }

    /// Moves insurance's income from the main vault to its own. Errors: `WrongPool`.
    pub(crate) fn pay_insurance_vault(&mut self, pool: &AccountLoader<'info, Pool>, amount: Native) -> Result<()> {
        let (mint, bump) = self.check(pool)?;
        self.towards(ShareClass::Insurance, pool).between_vaults(amount, &mint, bump)?;
        self.check_ledgers(pool)
    }

    /// Moves what insurance pays of a loss to the main vault. A transfer fee may take part of it on the way: the caller
    /// looks at what has arrived. Errors: `WrongPool`, and the token program's.
    pub(crate) fn release_to_main(&mut self, pool: &AccountLoader<'info, Pool>, amount: Native) -> Result<()> {
        let (mint, bump) = self.check(pool)?;
        if amount.is_zero() {
            return Ok(());
        }
        self.towards(ShareClass::Main, pool).release(amount, &mint, bump)
    }

    /// Errors: `WrongPool` unless vaults, mint and token program are the pool's.
    pub(crate) fn check(&self, pool: &AccountLoader<'info, Pool>) -> Result<(Pubkey, u8)> {
        let pool = pool.load()?;
        pool.check()?;
        ensure!(
            self.vault.key() == pool.vault
                && self.insurance_vault.key() == pool.insurance_vault
                && self.mint.key() == pool.mint
                && self.token_program.key() == pool.token_program,
            WrongPool
        );
        Ok((pool.mint, pool.bump))
    }

    /// A transfer into the vault of a class, out of the other.
    fn towards(&mut self, class: ShareClass, pool: &AccountLoader<'info, Pool>) -> token::Movement<'_, 'info> {
        let (from, to) = match class {
            ShareClass::Main => (&mut self.insurance_vault, &mut self.vault),
            ShareClass::Insurance => (&mut self.vault, &mut self.insurance_vault),
        };
        let (mint, program) = (&self.mint, &self.token_program);
        token::Movement { from, to, authority: pool.to_account_info(), mint, program }
    }

    fn check_ledgers(&self, pool: &AccountLoader<'info, Pool>) -> Result<()> {
        let pool = pool.load()?;
        pool.check_class_vault(ShareClass::Main, &self.vault)?;
        pool.check_class_vault(ShareClass::Insurance, &self.insurance_vault)
    }
}
