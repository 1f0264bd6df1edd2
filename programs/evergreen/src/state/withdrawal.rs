//! A queued withdrawal of liquidity.

use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    types::ShareClass,
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, Rounding};

/// Shares on their way out. Seeds: `withdrawal`, pool, class, number.
///
/// The shares are burnt when the withdrawal is made, but count as shares until they are executed: a withdrawal takes part
/// in losses while it waits.
#[account]
#[derive(InitSpace, Debug)]
pub struct WithdrawalRequest {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Share class: 0 main, 1 insurance.
    pub class: u8,
    /// Place in the class's queue.
    pub number: u64,
    /// The pool.
    pub pool: Pubkey,
    /// Who is paid.
    pub owner: Pubkey,
    /// Shares not yet executed.
    pub shares: u64,
    /// Insurance class only: the most that all remaining shares may pay, native units: their worth when the withdrawal
    /// was made. Gains that arrive later go to those who stay. `u64::MAX` for the main class.
    pub worth_at_request: u64,
    /// Executed and not yet claimed, native units.
    pub payable: u64,
    /// Unix seconds of the request.
    pub requested_at: i64,
    /// Seizures that the payable amount has already borne: share left, 2^−63, and epoch.
    pub loss_factor: u64,
    /// See `loss_factor`.
    pub loss_epoch: u32,
    /// Unix seconds from which it may be executed by the cooldown of the time of the request: a longer one does not reach back.
    pub ready_at: i64,
    /// Zero, for later versions.
    pub reserved: [u8; 12],
}

impl WithdrawalRequest {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + Self::INIT_SPACE;

    /// Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        ensure!(self.version == super::LAYOUT_VERSION, WrongVersion);
        Ok(())
    }

    /// Unix seconds from which it may be executed: the cooldown of the request, or the pool's present one where that is shorter.
    pub fn ready(&self, cooldown: i64) -> i64 {
        self.ready_at.min(self.requested_at.saturating_add(cooldown))
    }

    /// Share class.
    pub const fn share_class(&self) -> ShareClass {
        if self.class == 0 { ShareClass::Main } else { ShareClass::Insurance }
    }

    /// Turns `shares` into a payable amount; what the rest may pay falls in proportion, rounded down.
    pub fn execute(&mut self, shares: u64, amount: Native) -> Result<()> {
        let rest = self.shares.checked_sub(shares).ok_or(EvergreenError::Overflow)?;
        if self.worth_at_request != u64::MAX {
            let worth = Native(self.worth_at_request).mul_div(rest, self.shares, Rounding::Floor).program()?;
            self.worth_at_request = worth.0;
        }
        self.shares = rest;
        self.payable = self.payable.checked_add(amount.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }
}
