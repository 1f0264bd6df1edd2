//! What a pool owes accounts beside their positions, and the index by which all of them are paid the same part.
//!
//! A claim is recorded at the present index, with the part of a unit that is set aside for it already. What lies free is set aside for all claims at once, and the index of what is left of a claim falls by the
//! same part. So it does not matter who is settled first, nor how often: whoever is settled later is behind by what they are owed since they were last settled, and by nothing else.

use super::Pool;
use crate::{
    errors::{EvergreenError, MathContext},
    state::MarginAccount,
    types::LossIndex,
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, NativeDelta};

impl Pool {
    /// Returns what accounts are owed beside their positions and nothing is set aside for yet, in native units.
    pub const fn unfunded(&self) -> Native {
        Native(self.unpaid.saturating_sub(self.payable))
    }

    /// Returns the part of what an account is owed beside its positions that is set aside for it, in native units, rounded down. Errors: `Overflow`.
    pub fn payable_to(&self, account: &MarginAccount) -> Result<Native> {
        if account.unpaid == 0 {
            return Ok(Native::ZERO);
        }
        let (left, _) = self.left_of(account)?;
        Ok(Native(account.unpaid.saturating_sub(left.0)).min(Native(self.payable)))
    }

    /// Returns what nothing is set aside for yet of what an account is owed beside its positions, in native units, rounded up, and by how much that is rounded, in units of 2^−32 of one. Errors: `Overflow`.
    fn left_of(&self, account: &MarginAccount) -> Result<(Native, u32)> {
        let claim = (Native(account.unpaid), account.paid_part);
        account.paid_index.math().left(claim, self.paid_index.math()).program()
    }

    /// Moves to an account's cash all that it is owed beside its positions. Errors: `Overflow`.
    pub fn take_up(&mut self, account: &mut MarginAccount) -> Result<()> {
        self.move_owed(account, Native(account.unpaid))
    }

    /// Moves to an account's cash what is set aside for it of what it is owed beside its positions. Errors: `Overflow`.
    pub fn take_up_set_aside(&mut self, account: &mut MarginAccount) -> Result<()> {
        self.move_owed(account, self.payable_to(account)?)
    }

    /// Moves to an account's cash `amount` native units of what it is owed; nothing but a part of a unit stays set aside for it. Errors: `Overflow`.
    #[inline(never)]
    fn move_owed(&mut self, account: &mut MarginAccount, amount: Native) -> Result<()> {
        let payable = self.payable_to(account)?;
        let (_, part) = self.left_of(account)?;
        self.owe(account, NativeDelta(0i64.saturating_sub_unsigned(amount.0)))?;
        // What roundings have left is free when nobody is owed it.
        self.payable = self.payable.saturating_sub(payable.0).min(self.unpaid);
        (account.paid_index, account.paid_part) = (self.paid_index, part);
        Ok(())
    }

    /// Records that `amount` native units of an account's cash stay owed, beside what was recorded of it at the present index. What is set aside of a unit for the claim that has been taken up is that of
    /// the new one. Errors: `Overflow`.
    #[inline(never)]
    pub fn record_claim(&mut self, account: &mut MarginAccount, amount: Native) -> Result<()> {
        if !amount.is_zero() {
            if account.unpaid == 0 && account.paid_index != self.paid_index {
                account.paid_part = 0;
            }
            account.paid_index = self.paid_index;
            self.owe(account, amount.to_delta().program()?)?;
        }
        Ok(())
    }

    /// Sets what lies free aside for all that is owed beside positions. Errors: `Overflow`.
    #[inline(never)]
    pub fn share_out(&mut self) -> Result<()> {
        let owed = self.unfunded();
        let paid = self.means()?.free().min(owed);
        if !paid.is_zero() {
            let left = Native(owed.0.saturating_sub(paid.0));
            self.paid_index = LossIndex::stored(self.paid_index.math().after_payment(left, owed).program()?);
            self.payable = self.payable.saturating_add(paid.0);
        }
        Ok(())
    }

    /// Sets aside what the pool owes an account and may not pay it now: `amount` native units go from its cash back to pool cash, and stay owed; the other way round if it is negative. Errors: `Overflow`.
    #[inline(never)]
    pub fn owe(&mut self, account: &mut MarginAccount, amount: NativeDelta) -> Result<()> {
        if account.cash < 0 {
            self.count_debts(account, u64::checked_sub)?;
        }
        account.unpaid = account.unpaid.checked_add_signed(amount.0).ok_or(EvergreenError::Overflow)?;
        if account.cash < 0 {
            self.count_debts(account, u64::checked_add)?;
        }
        self.unpaid = self.unpaid.checked_add_signed(amount.0).ok_or(EvergreenError::Overflow)?;
        self.pay_account(account, amount.checked_neg().program()?)
    }
}
