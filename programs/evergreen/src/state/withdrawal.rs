//! A withdrawal request of liquidity.

use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    types::ShareClass,
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, Rounding};

/// A request to redeem shares. Seeds: `withdrawal`, pool, class, owner, the owner's number.
///
/// The shares are burnt when the request is made, but count as shares until they are executed. The request therefore bears its
/// part of losses while it waits.
#[account]
#[derive(InitSpace, Debug)]
pub struct WithdrawalRequest {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Class of the shares: 0 for main, 1 for insurance.
    pub class: u8,
    /// Place in the class's queue, which the chain gives.
    pub number: u64,
    /// The pool.
    pub pool: Pubkey,
    /// Who is paid.
    pub owner: Pubkey,
    /// Number that the owner has chosen; with owner, pool and class it makes the address. Requests of one moment therefore never
    /// collide, and one that is sent twice is made once.
    pub id: u64,
    /// Shares not yet executed.
    pub shares: u64,
    /// The most that the remaining shares may pay, in native units. In the insurance class it is their part of the class's capital
    /// at the time of the request, so later gains go to the other holders. It is `u64::MAX` in the main class.
    pub worth_at_request: u64,
    /// The least that the remaining shares must be worth together to be executed, in native units.
    pub least: u64,
    /// Amount that is executed and not yet claimed, in native units.
    pub payable: u64,
    /// Unix seconds of the request.
    pub requested_at: i64,
    /// Factor of the loss index up to which the payable amount has borne losses, in units of 2^−63.
    pub loss_factor: u64,
    /// Epoch of that loss index.
    pub loss_epoch: u32,
    /// Unix seconds at which the cooldown ends that was in force at the request. A longer cooldown set later does not apply.
    pub ready_at: i64,
    /// Generation of the shares.
    pub generation: u32,
    /// Zero, for later versions.
    pub reserved: [u8; 8],
}

impl WithdrawalRequest {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + Self::INIT_SPACE;

    /// Checks the layout version. Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        ensure!(self.version == super::LAYOUT_VERSION, WrongVersion);
        Ok(())
    }

    /// Returns the unix seconds from which the request may be executed. The shorter of the cooldown at the request and the pool's
    /// present one, `cooldown` in seconds, counts.
    pub fn ready(&self, cooldown: i64) -> i64 {
        self.ready_at.min(self.requested_at.saturating_add(cooldown))
    }

    /// Returns the class of the shares.
    pub const fn share_class(&self) -> ShareClass {
        if self.class == 0 { ShareClass::Main } else { ShareClass::Insurance }
    }

    /// Turns `shares` into `amount` native units payable. The least and the most that the remaining shares may pay fall in proportion,
    /// rounded down.
    pub fn execute(&mut self, shares: u64, amount: Native) -> Result<()> {
        let rest = self.shares.checked_sub(shares).ok_or(EvergreenError::Overflow)?;
        self.least = Native(self.least).mul_div(rest, self.shares, Rounding::Floor).program()?.0;
        if self.worth_at_request != u64::MAX {
            let worth = Native(self.worth_at_request).mul_div(rest, self.shares, Rounding::Floor).program()?;
            self.worth_at_request = worth.0;
        }
        self.shares = rest;
        self.payable = self.payable.checked_add(amount.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }
}
