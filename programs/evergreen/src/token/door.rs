//! The one place where tokens enter and leave a vault on somebody's behalf.

use super::{Movement, check_mint};
use crate::state::{Pool, ShareClass};
use anchor_lang::prelude::*;
use anchor_spl::token_interface::{Mint, TokenAccount, TokenInterface};
use evergreen_math::Native;

/// The vault of a pool's class, and the token account on the other side.
pub struct VaultDoor<'a, 'info> {
    /// The pool; its ledgers have already changed by the amount that is moved.
    pub pool: &'a AccountLoader<'info, Pool>,
    /// Whose vault it is.
    pub class: ShareClass,
    /// The vault.
    pub vault: &'a mut InterfaceAccount<'info, TokenAccount>,
    /// The token account outside.
    pub outside: &'a mut InterfaceAccount<'info, TokenAccount>,
    /// Collateral.
    pub mint: &'a InterfaceAccount<'info, Mint>,
    /// Token program of the collateral.
    pub program: &'a Interface<'info, TokenInterface>,
}

impl<'info> VaultDoor<'_, 'info> {
    /// Pays tokens out of the vault:
    ///
    /// 1. A mint that no longer passes the policy stops no exit, but the pool is marked as distressed.
    /// 2. The vault loses exactly the amount; a transfer fee that the issuer has set since is the receiver's.
    /// 3. The vault still holds at least what its ledgers add up to.
    ///
    /// Errors: `VaultMismatch`, and the token program's.
    #[inline(never)]
    pub fn pay(self, amount: Native) -> Result<()> {
        if check_mint(&self.mint.to_account_info()).is_err() {
            self.pool.load_mut()?.set_distressed(&self.pool.key(), true);
        }
        let (mint, bump) = {
            let pool = self.pool.load()?;
            (pool.mint, pool.bump)
        };
        let movement = Movement {
            from: &mut *self.vault,
            to: &mut *self.outside,
            authority: self.pool.to_account_info(),
            mint: self.mint,
            program: self.program,
        };
        movement.release(amount, &mint, bump)?;
        self.pool.load()?.check_class_vault(self.class, self.vault)
    }

    /// Takes tokens into the vault with the signature of the outside account's owner or delegate:
    ///
    /// 1. The mint must pass the policy now.
    /// 2. Both accounts change by exactly the amount.
    /// 3. The vault holds at least what its ledgers add up to.
    ///
    /// Errors: `MintRefused`, `VaultMismatch`, and the token program's.
    #[inline(never)]
    pub fn receive(self, authority: &Signer<'info>, amount: Native) -> Result<()> {
        let movement = Movement {
            from: &mut *self.outside,
            to: &mut *self.vault,
            authority: authority.to_account_info(),
            mint: self.mint,
            program: self.program,
        };
        movement.deposit(amount)?;
        self.pool.load()?.check_class_vault(self.class, self.vault)
    }
}
