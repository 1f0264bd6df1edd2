//! Movements of tokens. After each, the vault must have changed by exactly the amount that the ledgers changed by.

#![warn(missing_docs)]

mod create;
mod policy;

use crate::{ensure, errors::EvergreenError, seeds};
use anchor_lang::prelude::*;
use anchor_spl::token::Token;
use anchor_spl::token_interface::{self, Burn, Mint, MintTo, TokenAccount, TokenInterface, TransferChecked};
pub use create::{create_share_mint, create_vault};
use evergreen_math::Native;
pub use policy::check_mint;

/// The accounts of a transfer of collateral.
pub struct Movement<'a, 'info> {
    /// From here.
    pub from: &'a mut InterfaceAccount<'info, TokenAccount>,
    /// To here.
    pub to: &'a mut InterfaceAccount<'info, TokenAccount>,
    /// Owner of `from`.
    pub authority: AccountInfo<'info>,
    /// Mint.
    pub mint: &'a InterfaceAccount<'info, Mint>,
    /// Token program of the mint.
    pub program: &'a Interface<'info, TokenInterface>,
}

impl<'info> Movement<'_, 'info> {
    /// Moves tokens into a vault with the user's signature; the mint must pass the policy now.
    /// Errors: `MintRefused`, `VaultMismatch`, and the token program's.
    pub fn deposit(self, amount: Native) -> Result<()> {
        check_mint(&self.mint.to_account_info())?;
        self.transfer(amount, &[])
    }

    /// Moves tokens out of, or between, vaults with the pool's signature. The policy does not stand in the way of
    /// an exit; what the token itself forbids does. Errors: `VaultMismatch`, and the token program's.
    pub fn release(self, amount: Native, mint: &Pubkey, pool_bump: u8) -> Result<()> {
        self.transfer(amount, &[&[seeds::POOL, mint.as_ref(), &[pool_bump]]])
    }

    #[inline(never)]
    fn transfer(self, amount: Native, signer: &[&[&[u8]]]) -> Result<()> {
        ensure!(self.from.key() != self.to.key(), SameAccount);
        let before = (self.from.amount, self.to.amount);
        token_interface::transfer_checked(
            CpiContext::new_with_signer(
                self.program.key(),
                TransferChecked {
                    from: self.from.to_account_info(),
                    mint: self.mint.to_account_info(),
                    to: self.to.to_account_info(),
                    authority: self.authority,
                },
                signer,
            ),
            amount.0,
            self.mint.decimals,
        )?;
        self.from.reload()?;
        self.to.reload()?;
        let moved = (before.0.checked_sub(self.from.amount), self.to.amount.checked_sub(before.1));
        ensure!(
            moved == (Some(amount.0), Some(amount.0)),
            VaultMismatch,
            "transferred {}, moved {:?}",
            amount.0,
            moved
        );
        Ok(())
    }
}

/// Mints shares with the pool's signature.
pub fn mint_shares<'info>(
    pool: &AccountInfo<'info>,
    signer: (&Pubkey, u8),
    mint: &InterfaceAccount<'info, Mint>,
    to: &InterfaceAccount<'info, TokenAccount>,
    program: &Program<'info, Token>,
    shares: u64,
) -> Result<()> {
    let (collateral, bump) = signer;
    token_interface::mint_to(
        CpiContext::new_with_signer(
            program.key(),
            MintTo { mint: mint.to_account_info(), to: to.to_account_info(), authority: pool.clone() },
            &[&[seeds::POOL, collateral.as_ref(), &[bump]]],
        ),
        shares,
    )
}

/// Burns a holder's shares with his signature.
pub fn burn_shares<'info>(
    mint: &InterfaceAccount<'info, Mint>,
    from: &InterfaceAccount<'info, TokenAccount>,
    owner: &Signer<'info>,
    program: &Program<'info, Token>,
    shares: u64,
) -> Result<()> {
    token_interface::burn(
        CpiContext::new(
            program.key(),
            Burn { mint: mint.to_account_info(), from: from.to_account_info(), authority: owner.to_account_info() },
        ),
        shares,
    )
}

/// An amount that must not be zero. Errors: `ZeroAmount`.
pub fn nonzero(amount: u64) -> Result<Native> {
    if amount == 0 { Err(error!(EvergreenError::ZeroAmount)) } else { Ok(Native(amount)) }
}
