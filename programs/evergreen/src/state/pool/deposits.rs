//! Tokens of deposits in transit: in the main vault, but not yet capital.

use super::{Pool, add, sub};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::LiquidityRequest,
    types::ShareClass,
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, Rounding};

impl Pool {
    /// Checks that a deposit of `amount` native units leaves pool cash, with `transit` native units of other deposits, within its cap.
    /// Errors: `DepositCap`.
    pub fn check_cap(&self, amount: Native, transit: Native) -> Result<()> {
        let parts = [amount.0, transit.0].iter().try_fold(self.cash().0, |sum, part| sum.checked_add(*part));
        let (cash, cap) = (parts.ok_or(EvergreenError::Overflow)?, self.params.max_pool_cash);
        ensure!(cash <= cap, DepositCap, "pool cash {} after the deposit, cap {}", cash, cap);
        Ok(())
    }

    /// Takes `amount` native units into transit. Its room below the cap is reserved, so no later deposit keeps it from being executed.
    /// Errors: `DepositCap`, `Overflow`.
    pub fn begin_deposit(&mut self, amount: Native) -> Result<()> {
        self.check_cap(amount, Native(self.deposits_due))?;
        self.deposits_due = add(self.deposits_due, amount.0)?;
        Ok(())
    }

    /// Turns the tokens of a deposit into capital, for `shares`, and returns their amount in native units. Errors: `Overflow`.
    pub fn finish_deposit(&mut self, request: &mut LiquidityRequest, shares: u64) -> Result<Native> {
        let amount = Native(core::mem::take(&mut request.deposit));
        self.deposits_due = sub(self.deposits_due, amount.0)?;
        self.add_shares(ShareClass::Main, amount, shares)?;
        Ok(amount)
    }

    /// Sets the tokens of a deposit aside for its owner to claim, less a fee in native units, which becomes the providers'. Errors: `Overflow`.
    pub fn return_deposit(&mut self, request: &mut LiquidityRequest, fee: Native) -> Result<()> {
        let amount = core::mem::take(&mut request.deposit);
        let rest = sub(amount, fee.0)?;
        self.deposits_due = sub(self.deposits_due, amount)?;
        self.withdrawals_due = add(self.withdrawals_due, rest)?;
        request.payable = add(request.payable, rest)?;
        self.add_pool_cash(fee)
    }

    /// Returns what a lapsed deposit of `amount` costs, in native units, rounded up. It is nothing while there are no providers, to whom alone the
    /// choice does harm.
    pub fn lapse_fee(&self, amount: Native) -> Result<Native> {
        if self.main.total == 0 {
            return Ok(Native::ZERO);
        }
        amount.share(LiquidityRequest::LAPSE_FEE, Rounding::Ceil).program()
    }
}
