//! The two classes of shares and their queues of withdrawal requests.

use super::{Pool, ShareLedger, add, sub};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::LiquidityRequest,
    types::{DAY, ShareClass, timelock},
};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, Native, NativeDelta, Rounding, shares};

impl Pool {
    /// Returns what part of a class may leave in the day of `now`, unix seconds: all of it in the last days before a change of the curator is ready. A limit would keep those in who ask
    /// after the curator, who knows of the change before it is proposed.
    pub const fn daily_outflow(&self, now: i64) -> BasisPoints {
        let is_lifted = self.leaving_from <= now && now < self.leaving_until;
        if is_lifted { BasisPoints::ONE } else { BasisPoints(self.params.daily_outflow_bps) }
    }

    /// Lifts that limit in the last [`timelock::TO_LEAVE`] before a proposal of `now` is ready, unix seconds: from the first, the limit would be lifted for who has asked and waited before they
    /// proposed, and for nobody else. While another one waits it is lifted as early as for that.
    pub fn let_everybody_leave(&mut self, ready_at: i64, now: i64) {
        let from = ready_at.saturating_sub(timelock::TO_LEAVE);
        self.leaving_from = if now < self.leaving_until { self.leaving_from.min(from) } else { from };
        self.leaving_until = self.leaving_until.max(ready_at);
    }

    /// Returns the shares of a class.
    pub const fn shares(&self, class: ShareClass) -> &ShareLedger {
        match class {
            ShareClass::Main => &self.main,
            ShareClass::Insurance => &self.insurance,
        }
    }

    /// Returns the shares of a class for changes.
    pub const fn shares_mut(&mut self, class: ShareClass) -> &mut ShareLedger {
        match class {
            ShareClass::Main => &mut self.main,
            ShareClass::Insurance => &mut self.insurance,
        }
    }

    /// Returns the vault that holds the capital of a class.
    pub const fn vault_of(&self, class: ShareClass) -> Pubkey {
        match class {
            ShareClass::Main => self.vault,
            ShareClass::Insurance => self.insurance_vault,
        }
    }

    /// Returns the share mint of a class.
    pub const fn share_mint(&self, class: ShareClass) -> Pubkey {
        match class {
            ShareClass::Main => self.main_mint,
            ShareClass::Insurance => self.insurance_mint,
        }
    }

    /// Returns the seconds between request and execution of a withdrawal of this class.
    pub const fn cooldown(&self, class: ShareClass) -> i64 {
        let seconds = match class {
            ShareClass::Main => self.params.main_cooldown,
            ShareClass::Insurance => self.params.insurance_cooldown,
        };
        seconds as i64
    }

    /// Records a deposit of `amount` native units for `shares`. Errors: `Overflow`.
    pub fn add_shares(&mut self, class: ShareClass, amount: Native, shares: u64) -> Result<()> {
        match class {
            ShareClass::Main => {
                self.add_pool_cash(amount)?;
                self.depth = add(self.depth, amount.0)?;
            }
            ShareClass::Insurance => self.insurance_cash = add(self.insurance_cash, amount.0)?,
        }
        let ledger = self.shares_mut(class);
        ledger.total = add(ledger.total, shares)?;
        Ok(())
    }

    /// Sets `amount` native units aside for executed `shares`. `done` says that the first withdrawal request is fully executed.
    pub fn execute_shares(&mut self, class: ShareClass, shares: u64, amount: Native, done: bool) -> Result<()> {
        self.shares_mut(class).execute(shares, amount, done)?;
        match class {
            ShareClass::Main => {
                self.take_pool_cash(amount)?;
                self.depth = self.depth.saturating_sub(amount.0);
                self.withdrawals_due = add(self.withdrawals_due, amount.0)?;
            }
            ShareClass::Insurance => {
                self.insurance_cash = sub(self.insurance_cash, amount.0)?;
                self.insurance_withdrawals_due = add(self.insurance_withdrawals_due, amount.0)?;
            }
        }
        Ok(())
    }

    /// Takes a claimed amount, in native units, out of what is set aside.
    pub fn pay_claim(&mut self, class: ShareClass, amount: Native) -> Result<()> {
        let due = match class {
            ShareClass::Main => &mut self.withdrawals_due,
            ShareClass::Insurance => &mut self.insurance_withdrawals_due,
        };
        *due = sub(*due, amount.0)?;
        Ok(())
    }

    /// Cancels a withdrawal request. Returns the shares that waited and those of them that come back: in the insurance class no more than
    /// are worth what the request could have paid, rounded down, because gains since then are the other holders'. Shares of an earlier
    /// generation all come back: [`RetiredShares`](crate::state::RetiredShares) counts them. Errors: `ZeroShares`.
    pub fn cancel_withdrawal(&mut self, withdrawal: &mut LiquidityRequest) -> Result<(u64, u64)> {
        let class = withdrawal.share_class();
        let shares = core::mem::take(&mut withdrawal.shares);
        ensure!(shares > 0, ZeroShares);
        let most = core::mem::take(&mut withdrawal.worth_at_request);
        withdrawal.least = 0;
        if withdrawal.generation != self.generation(class) {
            return Ok((shares, shares));
        }
        let assets = self.insurance_worth()?;
        let worth = match class {
            ShareClass::Insurance if !assets.is_zero() => self.insurance.worth(shares, assets.to_delta().program()?)?,
            _ => Native::ZERO,
        };
        let back = match worth {
            Native(worth) if worth > most => Native(shares).mul_div(most, worth, Rounding::Floor).program()?.0,
            _ => shares,
        };
        let ledger = self.shares_mut(class);
        ledger.in_withdrawals = sub(ledger.in_withdrawals, shares)?;
        ledger.total = sub(ledger.total, sub(shares, back)?)?;
        Ok((shares, back))
    }
}

impl ShareLedger {
    /// Returns the shares for a deposit of `amount`, rounded down, when all shares are worth `assets` at the upper bound, both in
    /// native units.
    ///
    /// Errors: `ZeroShares`, `NoNetAssetValue`, `SharesSpent`.
    pub fn for_deposit(&self, amount: Native, assets: NativeDelta) -> Result<u64> {
        let (worth, start) = (assets.positive_part(), self.cost_at_start());
        ensure!(worth.is_zero() || !self.is_spent(worth), SharesSpent, "assets {}, at the start {}", worth.0, start);
        let minted = shares::shares_for_deposit(amount, self.total, assets).program()?;
        ensure!(minted > 0, ZeroShares);
        Ok(minted)
    }

    /// Returns the worth of `shares`, rounded down, when all shares are worth `assets` at the lower bound, both in native units.
    #[inline(never)]
    pub fn worth(&self, shares: u64, assets: NativeDelta) -> Result<Native> {
        shares::amount_for_shares(shares, self.total, assets).program()
    }

    /// Returns what may still be executed in the day of `now`, when all shares are worth `assets`, both in native units. Begins a
    /// new day when the last one is over.
    pub fn day_allowance(&mut self, assets: Native, limit: BasisPoints, now: i64) -> Result<Native> {
        if now >= self.day_start.saturating_add(DAY) {
            self.day_start = now;
            self.day_outflow = 0;
        }
        // The limit is a share of the assets at the beginning of the day, so what has left since is added back.
        let base = assets.checked_add(Native(self.day_outflow)).program()?;
        // The limit is rounded up, so that the last units can be withdrawn.
        let most = base.share(limit, Rounding::Ceil).program()?;
        Ok(Native(most.0.saturating_sub(self.day_outflow)))
    }

    /// Adds a withdrawal request of `shares` to the queue and returns its place. Errors: `Overflow`.
    pub fn enqueue(&mut self, shares: u64) -> Result<u64> {
        let number = self.next_withdrawal;
        self.next_withdrawal = number.checked_add(1).ok_or(EvergreenError::Overflow)?;
        self.in_withdrawals = self.in_withdrawals.checked_add(shares).ok_or(EvergreenError::Overflow)?;
        Ok(number)
    }

    /// Goes on to the next withdrawal request of the queue. Errors: `Overflow`.
    pub fn pass_first(&mut self) -> Result<()> {
        self.first_withdrawal = self.first_withdrawal.checked_add(1).ok_or(EvergreenError::Overflow)?;
        Ok(())
    }

    /// Goes on without the first withdrawal request, whose least amount is not met: moves it to the end of the queue where it `stays`, and returns
    /// its new place; otherwise it leaves. Errors: `BelowMinimum` where it is the only one, and holds up nobody.
    pub fn rotate(&mut self, stays: bool) -> Result<Option<u64>> {
        let number = self.next_withdrawal;
        ensure!(number.saturating_sub(self.first_withdrawal) > 1, BelowMinimum, "the only withdrawal of the queue");
        self.pass_first()?;
        if !stays {
            return Ok(None);
        }
        self.next_withdrawal = number.checked_add(1).ok_or(EvergreenError::Overflow)?;
        Ok(Some(number))
    }

    /// Removes executed shares, for which `amount` native units are set aside, and the first withdrawal request when it is `done`.
    pub fn execute(&mut self, shares: u64, amount: Native, done: bool) -> Result<()> {
        self.total = self.total.checked_sub(shares).ok_or(EvergreenError::Overflow)?;
        self.in_withdrawals = self.in_withdrawals.checked_sub(shares).ok_or(EvergreenError::Overflow)?;
        self.day_outflow = self.day_outflow.checked_add(amount.0).ok_or(EvergreenError::Overflow)?;
        if done { self.pass_first() } else { Ok(()) }
    }
}

/// Result of one execution of a withdrawal request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ExecutedPart {
    /// These are the shares executed.
    pub shares: u64,
    /// This is the amount set aside for the shares, in native units.
    pub amount: Native,
}

/// Returns how many shares of the withdrawal request can be paid now, and their amount. All shares of the class are worth `assets`,
/// and `free` may be paid out, both in native units. Shares and amount are rounded down. Returns `None` where the shares are worth less
/// than their owner's least amount: the queue then goes on without it. Errors: `NothingPayable`.
pub fn size_of_execution(
    pool: &mut Pool,
    withdrawal: &LiquidityRequest,
    assets: NativeDelta,
    free: Native,
    now: i64,
) -> Result<Option<ExecutedPart>> {
    let class = withdrawal.share_class();
    let limit = pool.daily_outflow(now);
    let ledger = pool.shares_mut(class);
    let allowance = ledger.day_allowance(assets.positive_part(), limit, now)?;
    let payable = allowance.0.min(free.0);
    let worth = if assets.0 > 0 { ledger.worth(withdrawal.shares, assets)?.0 } else { 0 };
    let worth = worth.min(withdrawal.worth_at_request);
    if worth < withdrawal.least.max(1) {
        return Ok(None);
    }
    if worth <= payable {
        return Ok(Some(ExecutedPart { shares: withdrawal.shares, amount: Native(worth) }));
    }
    // Only part of the shares is executed: their number is rounded down, and they are paid their worth, which is at most `payable`.
    let shares = Native(withdrawal.shares).mul_div(payable, worth, Rounding::Floor).program()?.0;
    let amount = Native(worth).mul_div(shares, withdrawal.shares, Rounding::Floor).program()?;
    ensure!(shares > 0 && !amount.is_zero(), NothingPayable, "payable {}, withdrawal worth {}", payable, worth);
    Ok(Some(ExecutedPart { shares, amount }))
}
