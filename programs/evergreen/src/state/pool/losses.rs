//! Losses by seizure: their assignment to a pool's ledgers, and the loss index that scales claims when they are next opened.

use super::Pool;
use crate::{
    emit_event,
    errors::{EvergreenError, MathContext},
    events::{DistressChanged, LossApplied},
    state::{MarginAccount, WithdrawalRequest},
    types::{LossIndex, ShareClass, VaultLedgers},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, seizure};

impl Pool {
    /// Returns the loss index of the claims on the vault of a class.
    pub const fn loss_index_of(&self, class: ShareClass) -> LossIndex {
        match class {
            ShareClass::Main => self.loss_index,
            ShareClass::Insurance => self.insurance_loss_index,
        }
    }

    /// Checks that an account is this pool's and scales its cash, its referrer's share and the tip of its commitment by the losses
    /// by seizure that they have not borne yet, rounded down. The pool's ledgers have borne these losses already.
    ///
    /// Errors: `WrongPool`, `WrongVersion`.
    pub fn apply_losses(&self, account: &mut MarginAccount, key: &Pubkey) -> Result<()> {
        self.check()?;
        account.check(key)?;
        if account.loss_index == self.loss_index {
            return Ok(());
        }
        let held = |account: &MarginAccount| account.commitment.tip.saturating_add(account.commitment.bond);
        let before = (account.cash, account.referral_due, held(account));
        if account.cash > 0 {
            let left = account.loss_index.claim(account.cash().positive_part().0, self.loss_index)?;
            account.cash = Native(left).to_delta().program()?.0;
        }
        account.referral_due = account.loss_index.claim(account.referral_due, self.loss_index)?;
        account.commitment.tip = account.loss_index.claim(account.commitment.tip, self.loss_index)?;
        account.commitment.bond = account.loss_index.claim(account.commitment.bond, self.loss_index)?;
        account.loss_index = self.loss_index;
        emit_event!(LossApplied {
            pool: *key,
            owner: account.owner,
            sub_account: account.sub_account,
            cash_lost: before.0.saturating_sub(account.cash).unsigned_abs(),
            referral_lost: before.1.saturating_sub(account.referral_due),
            tip_lost: before.2.saturating_sub(held(account)),
        });
        Ok(())
    }

    /// Returns all ledgers as they stand.
    pub const fn ledgers(&self) -> VaultLedgers {
        VaultLedgers {
            insurance_cash: self.insurance_cash,
            insurance_withdrawals_due: self.insurance_withdrawals_due,
            insurance_due: self.insurance_due,
            fees_due: self.fees_due,
            pool_cash: self.pool_cash,
            margin_cash: self.margin_cash,
            withdrawals_due: self.withdrawals_due,
            referrals_due: self.referrals_due,
            tips_due: self.tips_due,
        }
    }

    /// Assigns the tokens missing in the insurance vault, which holds `vault` native units: first to insurance's capital, then to
    /// its executed withdrawals. Errors: `Overflow`.
    pub fn socialize_insurance_loss(&mut self, vault: u64) -> Result<()> {
        let ledger = Native(self.insurance_cash).checked_add(Native(self.insurance_withdrawals_due)).program()?;
        let shortfall = Native(ledger.0.saturating_sub(vault));
        if shortfall.is_zero() {
            return Ok(());
        }
        let (mut capital, mut claims) = ([Native(self.insurance_cash)], [Native(self.insurance_withdrawals_due)]);
        let loss_index =
            seizure::assign(shortfall, &mut capital, &mut claims, self.insurance_loss_index.math()).program()?;
        self.insurance_loss_index = LossIndex::stored(loss_index);
        let ([capital], [withdrawals]) = (capital, claims);
        self.insurance_cash = capital.0;
        self.insurance_withdrawals_due = withdrawals.0;
        Ok(())
    }

    /// Takes out of insurance's capital the shortfall of the main vault, which holds `vault` native units, beyond insurance's income
    /// there. Returns the amount, in native units. The caller moves the tokens, and then assigns the rest with
    /// [`Self::socialize_main_loss`].
    pub fn draw_on_insurance(&mut self, vault: u64) -> Result<Native> {
        let shortfall = self.main_vault_ledger()?.saturating_sub(vault);
        let drawn = shortfall.saturating_sub(self.insurance_due).min(self.insurance_cash);
        self.insurance_cash = self.insurance_cash.checked_sub(drawn).ok_or(EvergreenError::Overflow)?;
        Ok(Native(drawn))
    }

    /// Assigns the tokens missing in the main vault, which holds `vault` native units: first to insurance's income, then to
    /// protocol fees, then to pool cash. All claims on the vault bear the rest in proportion: cash of accounts, executed
    /// withdrawals, referrers' shares and tips. Pool cash counts the debts of accounts, which the vault does not hold, so pool
    /// cash bears no more than it has beyond these debts. Errors: `Overflow`.
    pub fn socialize_main_loss(&mut self, vault: u64) -> Result<()> {
        let shortfall = Native(self.main_vault_ledger()?.saturating_sub(vault));
        if shortfall.is_zero() {
            return Ok(());
        }
        let capital = Native(self.cash().0.saturating_sub(self.debts));
        let cash = self.margin_cash.checked_add_unsigned(self.debts).ok_or(EvergreenError::Overflow)?;
        let cash = u64::try_from(cash).map_err(crate::errors::too_large)?;
        let mut bearers = [self.insurance_due, self.fees_due, capital.0].map(Native);
        let mut claims = [cash, self.withdrawals_due, self.referrals_due, self.tips_due].map(Native);
        let loss_index = seizure::assign(shortfall, &mut bearers, &mut claims, self.loss_index.math()).program()?;
        self.loss_index = LossIndex::stored(loss_index);
        let [income, fees, capital_left] = bearers;
        let [cash, withdrawals, referrals, tips] = claims;
        self.insurance_due = income.0;
        self.fees_due = fees.0;
        self.take_pool_cash(capital)?;
        self.add_pool_cash(capital_left)?;
        self.inventory_depth = self.inventory_depth.saturating_sub(capital.0.saturating_sub(capital_left.0));
        self.margin_cash =
            cash.to_delta().program()?.0.checked_sub_unsigned(self.debts).ok_or(EvergreenError::Overflow)?;
        self.withdrawals_due = withdrawals.0;
        self.referrals_due = referrals.0;
        self.tips_due = tips.0;
        Ok(())
    }

    /// Returns whether pool cash covers reserved collateral.
    pub const fn covers_reserve(&self) -> bool {
        self.cash().0 >= self.reserved_collateral
    }

    /// Returns whether the pool is distressed: the mint is no longer acceptable, or tokens were seized.
    pub const fn is_distressed(&self) -> bool {
        self.flags & Self::DISTRESSED != 0
    }

    /// Marks the pool as distressed or as no longer distressed.
    pub fn set_distressed(&mut self, key: &Pubkey, distressed: bool) {
        if self.is_distressed() == distressed {
            return;
        }
        self.flags ^= Self::DISTRESSED;
        emit_event!(DistressChanged { pool: *key, distressed });
    }
}

impl WithdrawalRequest {
    /// Returns the loss index up to which the payable amount has borne losses.
    pub const fn loss_index(&self) -> LossIndex {
        LossIndex { factor: self.loss_factor, epoch: self.loss_epoch, padding: 0 }
    }

    /// Scales the payable amount by the losses up to `now`, rounded down.
    pub fn apply_losses(&mut self, now: LossIndex) -> Result<()> {
        self.payable = self.loss_index().claim(self.payable, now)?;
        self.loss_factor = now.factor;
        self.loss_epoch = now.epoch;
        Ok(())
    }
}
