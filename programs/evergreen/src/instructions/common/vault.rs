//! The one door through which tokens leave and enter a vault on somebody's behalf.

use crate::{
    ensure,
    state::{Pool, ShareClass},
    token::{Movement, balance_of, check_mint},
};
use anchor_lang::{error::ErrorCode, prelude::*};
use anchor_spl::associated_token::get_associated_token_address_with_program_id;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use evergreen_math::Native;

/// A vault of a pool and the token account on the other side. The functions here compare the addresses with the pool's,
/// and a transfer asks for two different accounts, so Anchor need not look for duplicates (1,200 compute units).
#[derive(Accounts)]
pub struct VaultAccounts<'info> {
    /// This is the vault.
    #[account(mut, dup)]
    pub vault: Box<InterfaceAccount<'info, TokenAccount>>,
    /// This is the token account outside.
    #[account(mut, dup, token::mint = mint)]
    pub wallet: Box<InterfaceAccount<'info, TokenAccount>>,
    /// This is the collateral.
    pub mint: Box<InterfaceAccount<'info, Mint>>,
    /// This is the token program of the collateral.
    pub token_program: Interface<'info, TokenInterface>,
    /// CHECK: it is the pool's other vault, which is only looked at: what is missing there may be borne by whom this vault pays.
    pub other_vault: UncheckedAccount<'info>,
}

/// A payment that has begun: vault and mint are looked at, the ledgers have yet to change.
pub(crate) struct Payment<'a, 'info> {
    pool: &'a AccountLoader<'info, Pool>,
    class: ShareClass,
    tokens: &'a mut VaultAccounts<'info>,
}

impl<'info> VaultAccounts<'info> {
    /// Begins a payment out of the vault of a class, before the ledgers change: a mint that no longer passes the policy stops
    /// no exit, but the pool is marked as distressed.
    ///
    /// Errors: `WrongVersion`, `WrongPool` unless vaults, mint and token program are the pool's, `VaultMismatch`.
    #[inline(never)]
    pub(crate) fn begin_payment<'a>(
        &'a mut self,
        pool: &'a AccountLoader<'info, Pool>,
        class: ShareClass,
    ) -> Result<Payment<'a, 'info>> {
        self.check(&*pool.load()?, class)?;
        if check_mint(&self.mint.to_account_info()).is_err() {
            pool.load_mut()?.set_distressed(&pool.key(), true);
        }
        Ok(Payment { pool, class, tokens: self })
    }

    /// Takes tokens into the vault of a class, with the signature of the wallet's owner or delegate. The ledgers have already
    /// changed by the amount.
    ///
    /// 1. The mint must pass the policy now.
    /// 2. Both accounts change by exactly the amount.
    /// 3. The vault holds at least what its ledgers add up to.
    ///
    /// Errors: `WrongVersion`, `WrongPool`, `MintRefused`, `VaultMismatch`, and the token program's.
    #[inline(never)]
    pub(crate) fn receive(
        &mut self,
        pool: &AccountLoader<'info, Pool>,
        class: ShareClass,
        authority: &Signer<'info>,
        amount: Native,
    ) -> Result<()> {
        self.check(&*pool.load()?, class)?;
        let movement = Movement {
            from: &mut self.wallet,
            to: &mut self.vault,
            authority: authority.to_account_info(),
            mint: &self.mint,
            program: &self.token_program,
            hook: &[],
        };
        movement.deposit(amount)?;
        pool.load()?.check_class_vault(class, self.vault.amount)
    }

    /// Checks where an owner is paid by an instruction that anyone may send. With the owner's signature that is any token account of the owner. Without it that is the
    /// associated one: others may spend from another account, or watch it, or its owner may have forgotten it. Errors: `Unauthorized` where it is somebody else's,
    /// `ConstraintAssociated`.
    #[inline(never)]
    pub(crate) fn check_wallet_of(&self, owner: &Pubkey, has_signed: bool) -> Result<()> {
        ensure!(self.wallet.owner == *owner, Unauthorized);
        if !has_signed {
            let (mint, program) = (self.mint.key(), self.token_program.key());
            let associated = get_associated_token_address_with_program_id(owner, &mint, &program);
            require_keys_eq!(self.wallet.key(), associated, ErrorCode::ConstraintAssociated);
        }
        Ok(())
    }

    /// Checks the accounts, and that nothing is missing in the other vault: until that is assigned nobody is paid before they bear their part of it, and nobody who pays in bears any.
    #[inline(never)]
    fn check(&self, pool: &Pool, class: ShareClass) -> Result<()> {
        pool.check()?;
        let other = class.other();
        ensure!(
            self.vault.key() == pool.vault_of(class)
                && self.other_vault.key() == pool.vault_of(other)
                && self.mint.key() == pool.mint
                && self.token_program.key() == pool.token_program,
            WrongPool
        );
        pool.check_class_vault(other, balance_of(&self.other_vault)?)
    }
}

impl<'info> Payment<'_, 'info> {
    /// Pays tokens out of the vault, after the ledgers have changed by the amount, with the accounts that a transfer hook of the mint asks for:
    ///
    /// 1. The vault loses exactly the amount; a transfer fee that the issuer has set since is the receiver's.
    /// 2. The vault still holds at least what its ledgers add up to.
    ///
    /// Errors: `VaultMismatch`, and the token program's.
    pub(crate) fn pay(self, amount: Native, hook: &[AccountInfo<'info>]) -> Result<()> {
        self.pay_due(amount, hook, true)
    }

    /// As [`Self::pay`], where anyone may ask for the payment: whoever it is due to bears a transfer fee only if they have signed. Otherwise anybody could make them pay one that they would wait for
    /// the end of. Errors: `VaultMismatch`, `FeeUnsigned`, and the token program's.
    #[inline(never)]
    pub(crate) fn pay_due(self, amount: Native, hook: &[AccountInfo<'info>], has_signed: bool) -> Result<()> {
        let signer = self.pool.load()?.signer();
        let movement = Movement {
            from: &mut self.tokens.vault,
            to: &mut self.tokens.wallet,
            authority: self.pool.to_account_info(),
            mint: &self.tokens.mint,
            program: &self.tokens.token_program,
            hook,
        };
        movement.release(amount, &signer, has_signed)?;
        self.pool.load()?.check_class_vault(self.class, self.tokens.vault.amount)
    }
}
