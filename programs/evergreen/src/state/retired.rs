//! Shares of an earlier generation, and what is left for them.

use crate::{
    errors::{EvergreenError, MathContext},
    types::ShareClass,
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, Rounding};

/// What is left for the shares of one generation of a class. Seeds: `retired`, pool, class, generation.
#[cfg_attr(feature = "idl-build", account)]
#[cfg_attr(not(feature = "idl-build"), derive(AnchorSerialize, AnchorDeserialize, Clone))]
#[derive(InitSpace, Debug)]
pub struct RetiredShares {
    /// This is the layout version.
    pub version: u8,
    /// This is the bump of this address.
    pub bump: u8,
    /// This is the class of the shares: 0 for main, 1 for insurance.
    pub class: u8,
    /// This is the generation of the shares.
    pub generation: u32,
    /// This is the pool.
    pub pool: Pubkey,
    /// Who has paid for this account and gets its rent back.
    pub payer: Pubkey,
    /// These are the shares that are not yet redeemed, those of withdrawal requests included.
    pub shares: u64,
    /// What is left for them, in native units. It lies in the class's vault among the executed withdrawals.
    pub amount: u64,
    /// It is the factor of the loss index up to which the amount has borne losses, in units of 2^−63.
    pub loss_factor: u64,
    /// This is the epoch of that loss index.
    pub loss_epoch: u32,
    /// It is zero, for later versions.
    pub reserved: [u8; 32],
}
super::stored::stored!(RetiredShares, [178, 180, 234, 184, 241, 140, 18, 50]);

impl RetiredShares {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + Self::INIT_SPACE;

    /// Checks the layout version. Errors: `WrongVersion`.
    pub(super) fn check(&self) -> Result<()> {
        super::check_version(self.version)
    }

    /// Returns the class of the shares.
    pub const fn share_class(&self) -> ShareClass {
        if self.class == 0 { ShareClass::Main } else { ShareClass::Insurance }
    }

    /// Takes the part of `shares` out of the amount and returns it, in native units, rounded down; the last shares get all that is left.
    /// Errors: `Overflow` for more shares than there are.
    pub fn redeem(&mut self, shares: u64) -> Result<Native> {
        let rest = self.shares.checked_sub(shares).ok_or(EvergreenError::Overflow)?;
        let part = Native(self.amount).mul_div(shares, self.shares, Rounding::Floor).program()?;
        self.shares = rest;
        self.amount = self.amount.checked_sub(part.0).ok_or(EvergreenError::Overflow)?;
        Ok(part)
    }
}
