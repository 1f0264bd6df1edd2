//! Movements of money between a pool's ledgers.

use super::{Pool, add, sub};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::{MarginAccount, Order},
    types::SeriesId,
};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, Dollars, FundingIndex, Native, NativeDelta, PointScale, Points, Rounding, fees};

impl Pool {
    /// Adds `amount` native units to an account's cash, which are neither funding nor of its options: they pay for no trade that is committed already. Errors: `Overflow`.
    #[inline(never)]
    pub fn credit_margin(&mut self, account: &mut MarginAccount, amount: Native) -> Result<()> {
        account.commitment.count_added(amount.0);
        self.change_margin(account, amount.to_delta().program()?)
    }

    /// Removes an order from its account. Its tip goes to `keeper`, or back to the account if there is no keeper. Returns the tip, in
    /// native units.
    pub fn close_order(
        &mut self,
        order: &Order,
        account: &mut MarginAccount,
        keeper: Option<&mut MarginAccount>,
    ) -> Result<Native> {
        account.release_order()?;
        let tip = order.tip(self.loss_index)?;
        self.pay_tip(keeper.unwrap_or(account), tip)?;
        Ok(tip)
    }

    /// Takes `amount` native units out of an account's cash. Errors: `InsufficientCash`.
    pub fn pay_owner(&mut self, account: &mut MarginAccount, amount: Native) -> Result<()> {
        let cash = account.cash();
        ensure!(cash.positive_part() >= amount, InsufficientCash, "cash {}, asked {}", cash.0, amount.0);
        self.debit_margin(account, amount)
    }

    /// Takes `amount` native units out of an account's cash, which may become negative by it. Errors: `Overflow`.
    fn debit_margin(&mut self, account: &mut MarginAccount, amount: Native) -> Result<()> {
        self.change_margin(account, amount.to_delta().program()?.checked_neg().program()?)
    }

    /// Moves `amount` native units of premium, funding or payoff from pool cash to an account's cash, or back if it is negative. A
    /// pool may have less than that: the instruction as a whole must then not take more than [`Pool::overpaid`] allows.
    /// Errors: `Overflow`.
    pub fn pay_account(&mut self, account: &mut MarginAccount, amount: NativeDelta) -> Result<()> {
        self.change_margin(account, amount)?;
        self.pool_cash = self.pool_cash.checked_sub(amount.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Writes a position of an account and updates its cover and the pool's bad debts. A position without points frees its place.
    /// `cap_payoff` is the cap payoff of the series, in dollars; the change of cover is rounded against the account.
    pub fn store_position(
        &mut self,
        account: &mut MarginAccount,
        place: usize,
        series: SeriesId,
        points: Points,
        snapshot: FundingIndex,
        (cap_payoff, scale): (Dollars, PointScale),
    ) -> Result<()> {
        if account.cash < 0 {
            self.count_debts(account, u64::checked_sub)?;
        }
        let (was, is) = (account.positions[place].points.max(0), points.0.max(0));
        account.store(place, series, points, snapshot);
        if was != is {
            let rounding = if is > was { Rounding::Floor } else { Rounding::Ceil };
            let bought = is.checked_sub(was).ok_or(EvergreenError::Overflow)?;
            let size = Points(bought.checked_abs().ok_or(EvergreenError::Overflow)?);
            let change = scale.native(size, cap_payoff, rounding).program()?.positive_part().0;
            account.cover = if bought > 0 { add(account.cover, change)? } else { account.cover.saturating_sub(change) };
            if is == 0 && account.is_flat() {
                account.cover = 0;
            }
        }
        if account.cash < 0 {
            self.count_debts(account, u64::checked_add)?;
        }
        Ok(())
    }

    /// Counts what an account owes in the pool's debts, or counts it no more. Errors: `Overflow`.
    #[inline(never)]
    pub(super) fn count_debts(&mut self, account: &MarginAccount, change: fn(u64, u64) -> Option<u64>) -> Result<()> {
        let parts = [account.cash().negative_part(), account.bad_debt(), account.covered_debt()];
        for (sum, part) in [&mut self.debts, &mut self.bad_debts, &mut self.covered_debts].into_iter().zip(parts) {
            *sum = change(*sum, part.0).ok_or(EvergreenError::Overflow)?;
        }
        Ok(())
    }

    fn change_margin(&mut self, account: &mut MarginAccount, change: NativeDelta) -> Result<()> {
        if account.cash < 0 {
            self.count_debts(account, u64::checked_sub)?;
        }
        account.cash = account.cash.checked_add(change.0).ok_or(EvergreenError::Overflow)?;
        if account.cash < 0 {
            self.count_debts(account, u64::checked_add)?;
        }
        self.margin_cash = self.margin_cash.checked_add(change.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Takes a fee from an account's cash and splits it. A referrer gets a share of the protocol's part, and the curator one of the main class's, both
    /// rounded down.
    #[inline(never)]
    pub fn charge_fee(&mut self, account: &mut MarginAccount, fee: Native) -> Result<FeeShares> {
        let parts = self.params.fee_split()?.split(fee).program()?;
        let referrer = if account.referrer == Pubkey::default() {
            Native::ZERO
        } else {
            parts.protocol.share(BasisPoints(self.params.referrer_bps), Rounding::Floor).program()?
        };
        let protocol = parts.protocol.checked_sub(referrer).program()?;
        let curator = match self.params.curator_bps {
            0 => Native::ZERO,
            share => parts.main.share(BasisPoints(share), Rounding::Floor).program()?,
        };
        let main = parts.main.checked_sub(curator).program()?;
        self.debit_margin(account, fee)?;
        self.add_pool_cash(main)?;
        self.curator_due = add(self.curator_due, curator.0)?;
        self.add_insurance_due(parts.insurance)?;
        self.fees_due = add(self.fees_due, protocol.0)?;
        self.referrals_due = add(self.referrals_due, referrer.0)?;
        account.referral_due = add(account.referral_due, referrer.0)?;
        Ok(FeeShares { main, curator, insurance: parts.insurance, protocol, referrer })
    }

    /// Takes the parts of a fee out of the ledgers again, and adds them to the cash of the account that has paid it. Errors: `Overflow`.
    #[inline(never)]
    pub fn give_back_fee(&mut self, account: &mut MarginAccount, fee: &FeeShares) -> Result<()> {
        self.take_pool_cash(fee.main)?;
        self.curator_due = sub(self.curator_due, fee.curator.0)?;
        self.draw_on_insurance(fee.insurance)?;
        self.fees_due = sub(self.fees_due, fee.protocol.0)?;
        self.referrals_due = sub(self.referrals_due, fee.referrer.0)?;
        account.referral_due = sub(account.referral_due, fee.referrer.0)?;
        self.credit_margin(account, fee.total()?)
    }

    /// Takes what a trade costs that was not filled from an account's cash, at a moment that somebody chooses, `now` in unix seconds: liquidity of the last full minute has no part in it. It is
    /// the main class's, whole: of whatever else got a part, who lets trades lapse could be the one who gets it. Errors: `Overflow`.
    #[inline(never)]
    pub fn charge_income(&mut self, account: &mut MarginAccount, fee: Native, now: i64) -> Result<()> {
        let before = self.capital()?;
        self.pay_account(account, fee.to_delta().program()?.checked_neg().program()?)?;
        self.record_capital(Self::done_at(now), before)
    }

    /// Takes up to `most` native units out of an account's positive cash for its arrears, which are the main class's, at `now` in unix seconds. Returns how much.
    /// Errors: `Overflow`.
    #[inline(never)]
    pub fn collect_arrears(&mut self, account: &mut MarginAccount, most: Native, now: i64) -> Result<Native> {
        let amount = Native(account.arrears).min(most).min(account.cash().positive_part());
        if amount.is_zero() {
            return Ok(Native::ZERO);
        }
        account.arrears = sub(account.arrears, amount.0)?;
        self.charge_income(account, amount, now)?;
        Ok(amount)
    }

    /// Takes the unclaimed share of an account's referrer out of the ledgers and returns it, in native units. Errors: `ZeroAmount`.
    pub fn take_referral(&mut self, account: &mut MarginAccount) -> Result<Native> {
        let amount = core::mem::take(&mut account.referral_due);
        ensure!(amount > 0, ZeroAmount);
        self.referrals_due = sub(self.referrals_due, amount)?;
        Ok(Native(amount))
    }

    /// Moves the unclaimed share of an account's referrer to protocol fees and returns it, in native units. A referrer who cannot be
    /// paid therefore cannot keep the owner from closing the account.
    pub fn forfeit_referral(&mut self, account: &mut MarginAccount) -> Result<Native> {
        let amount = core::mem::take(&mut account.referral_due);
        self.referrals_due = sub(self.referrals_due, amount)?;
        self.fees_due = add(self.fees_due, amount)?;
        Ok(Native(amount))
    }

    /// Sets a tip in native units aside out of an account's cash. Errors: `InsufficientCash`.
    pub fn reserve_tip(&mut self, account: &mut MarginAccount, tip: Native) -> Result<()> {
        self.pay_owner(account, tip)?;
        self.tips_due = add(self.tips_due, tip.0)?;
        Ok(())
    }

    /// Adds a tip that was set aside, in native units, to an account's cash. Errors: `Overflow`.
    pub fn pay_tip(&mut self, account: &mut MarginAccount, tip: Native) -> Result<()> {
        self.tips_due = sub(self.tips_due, tip.0)?;
        self.credit_margin(account, tip)
    }

    /// Takes a liquidation penalty from an account's cash. The liquidator's account gets its part, and insurance gets the rest.
    pub fn charge_penalty(
        &mut self,
        account: &mut MarginAccount,
        liquidator: &mut MarginAccount,
        penalty: fees::Penalty,
    ) -> Result<()> {
        let total = penalty.total().program()?;
        account.penalty_counted = account.penalty_counted.saturating_sub(total.0);
        self.debit_margin(account, total)?;
        self.credit_margin(liquidator, penalty.liquidator)?;
        self.add_insurance_due(penalty.insurance)
    }

    /// Adds `amount` native units to pool cash; they come from another ledger of the main vault or from outside. Errors: `Overflow`.
    pub fn add_pool_cash(&mut self, amount: Native) -> Result<()> {
        let amount = amount.to_delta().program()?;
        self.pool_cash = self.pool_cash.checked_add(amount.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Takes `amount` native units from pool cash. The caller has checked that they may be taken. Errors: `Overflow`.
    pub fn take_pool_cash(&mut self, amount: Native) -> Result<()> {
        let amount = amount.to_delta().program()?;
        self.pool_cash = self.pool_cash.checked_sub(amount.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    fn add_insurance_due(&mut self, amount: Native) -> Result<()> {
        let amount = amount.to_delta().program()?;
        self.insurance_due = self.insurance_due.checked_add(amount.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Returns the capital of the insurance class in both vaults, in native units. Errors: `Overflow`.
    pub fn insurance_assets(&self) -> Result<Native> {
        let assets = self.insurance_cash.checked_add_signed(self.insurance_due);
        assets.map(Native).ok_or_else(|| error!(EvergreenError::Overflow))
    }

    /// Returns what insurance has beyond all debts of accounts, whether or not positions cover them, in native units. Nothing else of it may leave: not to who withdraws, nor as a reward.
    /// This limits what is paid and does not enter the share price. Errors: `Overflow`.
    fn spare_insurance(&self) -> Result<Native> {
        Ok(Native(self.insurance_assets()?.0.saturating_sub(self.debts)))
    }

    /// Returns how much the insurance vault may pay to withdrawals now, in native units: what insurance has beyond all debts of accounts, of what lies there. Errors: `Overflow`.
    pub fn free_insurance(&self) -> Result<Native> {
        Ok(self.spare_insurance()?.min(Native(self.insurance_cash)))
    }

    /// Returns the worth of all shares of the insurance class, in native units: its capital less all bad debts.
    pub fn insurance_worth(&self) -> Result<Native> {
        Ok(self.insurance_balance()?.positive_part())
    }

    /// Returns the capital of the insurance class less all bad debts, in native units. Where it is negative nobody can deposit: a deposit
    /// would pay for losses that are older.
    pub fn insurance_balance(&self) -> Result<NativeDelta> {
        let bad_debts = Native(self.bad_debts).to_delta().program()?;
        self.insurance_assets()?.to_delta().program()?.checked_sub(bad_debts).program()
    }

    /// Returns the bad debts that insurance cannot pay, in native units. The main class bears them.
    pub fn uncovered_bad_debts(&self) -> Result<Native> {
        Ok(Native(self.bad_debts.saturating_sub(self.insurance_assets()?.0)))
    }

    /// Returns the debts of accounts that insurance could not pay, in native units.
    pub fn uncovered_debts(&self) -> Result<Native> {
        Ok(Native(self.debts.saturating_sub(self.insurance_assets()?.0)))
    }

    /// Pays a liquidator up to `wanted` native units out of what insurance has beyond all debts, and returns the payment. Errors: `Overflow`.
    pub fn pay_reward(&mut self, liquidator: &mut MarginAccount, wanted: Native) -> Result<Native> {
        let paid = wanted.min(self.spare_insurance()?);
        self.pay_from_insurance(liquidator, paid)
    }

    /// Pays an account `paid` native units, no more than insurance has, and returns them. No tokens move: what insurance pays
    /// beyond its income in the main vault is due to that vault, until `sweep_insurance` moves it.
    fn pay_from_insurance(&mut self, account: &mut MarginAccount, paid: Native) -> Result<Native> {
        self.draw_on_insurance(paid)?;
        self.credit_margin(account, paid)?;
        Ok(paid)
    }

    /// Takes `amount` native units, no more than insurance has, for the main vault. Errors: `Overflow`.
    pub(super) fn draw_on_insurance(&mut self, amount: Native) -> Result<()> {
        let amount = amount.to_delta().program()?;
        self.insurance_due = self.insurance_due.checked_sub(amount.0).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Covers the bad debt of an account: insurance pays what it has, and pool cash the rest. Returns both, in native units. Pool cash has that much, because nothing takes
    /// what it keeps for debts ([`Self::means`]). Errors: `Overflow`.
    pub fn pay_debt(&mut self, account: &mut MarginAccount) -> Result<(Native, Native)> {
        let insured = account.bad_debt().min(self.insurance_assets()?);
        let from_insurance = self.pay_from_insurance(account, insured)?;
        let rest = account.bad_debt();
        self.credit_margin(account, rest)?;
        self.take_pool_cash(rest)?;
        Ok((from_insurance, rest))
    }

    /// Records that `insurance_due` has been moved between the vaults, all of it. Errors: `Overflow`.
    pub fn sweep_insurance(&mut self) -> Result<()> {
        let due = core::mem::take(&mut self.insurance_due);
        self.insurance_cash = self.insurance_cash.checked_add_signed(due).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }
}

/// The parts of a fee, in native units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FeeShares {
    /// This is the part of the main class, without the curator's part.
    pub main: Native,
    /// This is the part of the curator.
    pub curator: Native,
    /// This is the part of the insurance class.
    pub insurance: Native,
    /// This is the part of the protocol, without the referrer's part.
    pub protocol: Native,
    /// This is the part of the account's referrer.
    pub referrer: Native,
}

impl FeeShares {
    /// The parts of no fee.
    pub const NONE: Self = Self {
        main: Native::ZERO,
        curator: Native::ZERO,
        insurance: Native::ZERO,
        protocol: Native::ZERO,
        referrer: Native::ZERO,
    };

    /// Returns the whole fee, in native units. Errors: `Overflow`.
    pub fn total(&self) -> Result<Native> {
        let parts = [self.curator, self.insurance, self.protocol, self.referrer];
        parts.into_iter().try_fold(self.main, |sum, part| sum.checked_add(part)).program()
    }
}
