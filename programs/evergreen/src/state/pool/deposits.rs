//! Tokens of deposits in transit: in the vault of their class, but not yet capital.

use super::{Pool, add, sub};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::LiquidityRequest,
    types::{ReturnReason, ShareClass},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, Rounding};

impl Pool {
    /// Checks that a deposit of `amount` native units leaves pool cash, with the other deposits in transit, within its cap. The insurance class has none.
    /// Errors: `DepositCap`.
    pub fn check_cap(&self, class: ShareClass, amount: Native) -> Result<()> {
        if class == ShareClass::Insurance {
            return Ok(());
        }
        let parts = [amount.0, self.deposits_due].iter().try_fold(self.cash().0, |sum, part| sum.checked_add(*part));
        let (cash, cap) = (parts.ok_or(EvergreenError::Overflow)?, self.params.max_pool_cash);
        ensure!(cash <= cap, DepositCap, "pool cash {} after the deposit, cap {}", cash, cap);
        Ok(())
    }

    /// Tokens in transit in the vault of a class.
    const fn deposits_due_mut(&mut self, class: ShareClass) -> &mut u64 {
        match class {
            ShareClass::Main => &mut self.deposits_due,
            ShareClass::Insurance => &mut self.insurance_deposits_due,
        }
    }

    /// Takes `amount` native units into transit. Its room below the cap is reserved, so no later deposit keeps it from being executed.
    /// Errors: `DepositCap`, `Overflow`.
    pub fn begin_deposit(&mut self, class: ShareClass, amount: Native) -> Result<()> {
        self.check_cap(class, amount)?;
        let due = self.deposits_due_mut(class);
        *due = add(*due, amount.0)?;
        Ok(())
    }

    /// Takes the tokens of a deposit out of transit and returns their amount, in native units. Errors: `Overflow`.
    fn take_deposit(&mut self, request: &mut LiquidityRequest) -> Result<Native> {
        let amount = core::mem::take(&mut request.deposit);
        let due = self.deposits_due_mut(request.share_class());
        *due = sub(*due, amount)?;
        Ok(Native(amount))
    }

    /// Turns the tokens of a deposit into capital, for `shares`, and returns their amount in native units. Errors: `Overflow`.
    pub fn finish_deposit(&mut self, request: &mut LiquidityRequest, shares: u64) -> Result<Native> {
        let amount = self.take_deposit(request)?;
        self.add_shares(request.share_class(), amount, shares)?;
        Ok(amount)
    }

    /// Sets the tokens of a deposit aside for its owner to claim, less what the reason costs, which becomes the providers'. Returns both, in native
    /// units; the fee is rounded up. It is nothing where there are no providers, or were none at the request, to whom alone a choice does harm. Other liquidity of the last full minute has no
    /// part in it; `now` in unix seconds. Errors: `Overflow`.
    #[inline(never)]
    pub fn return_deposit(
        &mut self,
        request: &mut LiquidityRequest,
        reason: ReturnReason,
        now: i64,
    ) -> Result<(Native, Native)> {
        let before = self.capital()?;
        let class = request.share_class();
        let amount = self.take_deposit(request)?;
        let fee = if self.shares(class).total == 0 || request.first != 0 {
            Native::ZERO
        } else {
            let lapse = amount.share(LiquidityRequest::LAPSE_FEE, Rounding::Ceil).program()?;
            lapse.share(reason.part_of_fee(), Rounding::Ceil).program()?
        };
        let rest = amount.checked_sub(fee).program()?;
        request.payable = add(request.payable, rest.0)?;
        match class {
            ShareClass::Main => {
                self.withdrawals_due = add(self.withdrawals_due, rest.0)?;
                self.add_pool_cash(fee)?;
            }
            ShareClass::Insurance => {
                self.insurance_withdrawals_due = add(self.insurance_withdrawals_due, rest.0)?;
                self.insurance_cash = add(self.insurance_cash, fee.0)?;
            }
        }
        self.record_capital(Self::done_at(now), before)?;
        Ok((rest, fee))
    }
}
