//! What an account owes and is owed, settled by somebody else.
//!
//! Others must not choose the moment at which somebody goes without. So what an account owes is moved in full, and of what it is owed as much as the pool may pay beside it; the rest stays owed. Whole native units of funding are moved, and a position is settled just
//! as far as they go: whoever settles others often costs them nothing.

use super::{PoolEngine, pool_engine::cap_payoff};
use crate::{
    errors::MathContext,
    state::{MAX_POSITIONS, MarginAccount, Position, SeriesStatus, share_of},
};
use anchor_lang::prelude::*;
use evergreen_math::{Dollars, Native, NativeDelta, Points, Rounding, funding};

/// What came of a settlement by somebody else.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SetOff {
    /// Whether anything was settled.
    pub settled: bool,
    /// What the account owed in its positions and has been taken, from its cash or from what it is owed, native units.
    pub collected: Native,
    /// What the account is still owed because the pool may not pay it now, native units; of an ended series of which only some points are paid all that was owed.
    pub waiting: Native,
}

impl SetOff {
    /// Counts what a position owed, zero or negative.
    const fn collect(&mut self, due: NativeDelta) {
        self.settled = true;
        self.collected = Native(self.collected.0.saturating_add(due.negative_part().0));
    }

    /// Counts what waits, for whoever is told why.
    const fn wait(&mut self, due: Native) {
        self.waiting = Native(self.waiting.0.saturating_add(due.0));
    }
}

/// In which order positions are settled: what an account owes pays what it is owed, but for payoffs, and a payoff frees what is reserved for it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Step {
    Debts,
    Payoffs,
    Credits,
}

/// What a position pays its account when it is settled, native units.
struct Due {
    /// Funding, whole native units; in a series that has ended rounded against the account.
    funding: NativeDelta,
    /// Payoff and cap payoff of a point, dollars, where the series has ended.
    ended: Option<(Dollars, Dollars)>,
    /// Payoff of all points.
    payoff: NativeDelta,
}

impl PoolEngine<'_> {
    /// Settles an account without its owner, as far as no price is needed and the pool may pay what it is owed: whatever it owes, so that it can be counted on.
    ///
    /// 1. What positions owe is moved in full: the funding of those in live series and of bought ones in series that have ended, and what written ones in these owe on balance.
    /// 2. Funding that the account is owed is paid, or the part for which that and what the pool may pay are enough.
    /// 3. Payoffs of bought ones, for which the pool has reserved, are paid, or as many points as the pool may pay, and then what is left of 2. What the account has paid on balance pays no payoff: it is the pool's for all.
    #[inline(never)]
    pub fn settle_for_others(&mut self, account: &mut MarginAccount, key: &Pubkey) -> Result<SetOff> {
        let mut result = SetOff::default();
        for step in [Step::Debts, Step::Credits, Step::Payoffs, Step::Credits] {
            if step == Step::Payoffs {
                // What was short of credits may be had when payoffs have freed what was reserved for them.
                result.waiting = Native::ZERO;
                self.count_collected()?;
            }
            for place in 0..MAX_POSITIONS {
                if account.positions[place].points != 0 {
                    self.set_off(account, key, place, step, &mut result)?;
                }
            }
        }
        Ok(result)
    }

    fn set_off(
        &mut self,
        account: &mut MarginAccount,
        key: &Pubkey,
        place: usize,
        step: Step,
        result: &mut SetOff,
    ) -> Result<()> {
        let position = account.positions[place];
        let Due { funding, ended, payoff } = self.due(&position)?;
        let is_long = !position.points().is_short();
        let all = funding.checked_add(payoff).program()?;
        match (step, ended) {
            (Step::Debts, None) if funding.is_negative() => {
                let moved = self.move_funding(account, key, place, funding)?;
                if moved {
                    result.collect(funding);
                }
            }
            (Step::Debts, Some(_)) if is_long && funding.is_negative() => {
                self.settle_funding(account, key, place)?;
                result.collect(funding);
            }
            (Step::Debts, Some(_)) if !is_long && all.0 <= 0 => {
                self.settle_exercised(account, key, place)?;
                result.collect(all);
            }
            (Step::Payoffs, Some((each, cap))) if is_long => {
                let points = self.payable_points(account, position.points(), (funding, each, cap))?;
                if !points.is_zero() {
                    self.settle_points(account, key, place, points)?;
                    result.settled = true;
                }
                if points != position.points() {
                    result.wait(payoff.positive_part());
                }
            }
            (Step::Credits, _) if all.0 > 0 && (!is_long || funding.0 > 0) => {
                // What a bought option pays was tried before.
                let wanted = if is_long { funding } else { all };
                let missing = self.missing_if_paid(account, wanted, Native::ZERO)?.positive_part();
                let part = wanted.checked_sub(missing.to_delta().program()?).program()?;
                if missing.is_zero() && ended.is_some() && !is_long {
                    self.settle_exercised(account, key, place)?;
                    result.settled = true;
                } else if part.0 > 0 {
                    result.settled |= self.move_funding(account, key, place, part)?;
                }
                result.wait(missing);
            }
            _ => {}
        }
        Ok(())
    }

    /// Returns what settling a position pays its account. Errors: `UnknownSeries`, `Overflow`.
    fn due(&self, position: &Position) -> Result<Due> {
        let series = self.registry.series(position.series())?;
        let points = position.points();
        let since = series.funding().index.since(position.snapshot()).program()?;
        let is_live = series.status() == SeriesStatus::Live;
        // What is owed is rounded against the account for the last time where a series has ended, and before to whole units towards zero.
        let is_debt = points.is_short() == since.is_negative();
        let rounding = if is_live && is_debt { Rounding::Floor } else { Rounding::Ceil };
        let funding = self.scale.native(points, since, rounding).and_then(|owed| owed.checked_neg()).program()?;
        if is_live {
            return Ok(Due { funding, ended: None, payoff: NativeDelta::ZERO });
        }
        let payoff = self.scale.native(points, series.payoff(), Rounding::Floor).program()?;
        Ok(Due { funding, ended: Some((series.payoff(), cap_payoff(&series.terms()?)?)), payoff })
    }

    /// Returns how many of the bought `points` of a series that has ended can be paid, rounded down, with the funding that the position is owed: all of them, or as many as the pool may pay beside what the account owes. Paying
    /// them frees what is reserved for them.
    #[inline(never)]
    fn payable_points(
        &mut self,
        account: &mut MarginAccount,
        points: Points,
        (funding, payoff, cap_payoff): (NativeDelta, Dollars, Dollars),
    ) -> Result<Points> {
        let of_all = self.scale.native(points, payoff, Rounding::Floor).program()?;
        let freed = self.scale.native(points, cap_payoff, Rounding::Floor).program()?.positive_part();
        let with_none = self.missing_if_paid(account, funding, Native::ZERO)?;
        let with_all = self.missing_if_paid(account, funding.checked_add(of_all).program()?, freed)?;
        if with_all.0 <= 0 {
            return Ok(points);
        }
        // Three units are for the roundings of the points that are paid.
        let spare = with_none.negative_part().0.saturating_sub(3);
        let span = spare.saturating_add(with_all.0.unsigned_abs());
        // Points are at most 2^63, so their part fits.
        let part = share_of(Native(points.0.unsigned_abs()), (spare, span), Rounding::Floor)?;
        Ok(Points(part.to_delta().program()?.0))
    }

    /// Returns how much too much the pool would have paid in this instruction if it paid the account so many native units more and `freed` of what is reserved were free; negative where it
    /// may pay more. Nothing changes.
    #[inline(never)]
    fn missing_if_paid(
        &mut self,
        account: &mut MarginAccount,
        amount: NativeDelta,
        freed: Native,
    ) -> Result<NativeDelta> {
        self.pool.pay_account(account, amount)?;
        let mut left = self.pool.means()?;
        left.reserved = Native(left.reserved.0.saturating_sub(freed.0));
        let missing = left.missing(&self.found)?;
        self.pool.pay_account(account, amount.checked_neg().program()?)?;
        Ok(missing)
    }

    /// Pays an account whole units of the funding of a position, or takes them, and counts it as settled as far as they go. Returns whether it moved.
    #[inline(never)]
    fn move_funding(
        &mut self,
        account: &mut MarginAccount,
        key: &Pubkey,
        place: usize,
        amount: NativeDelta,
    ) -> Result<bool> {
        let position = account.positions[place];
        let (points, from) = (position.points(), position.snapshot());
        let owed = amount.checked_neg().program()?;
        let to = funding::settled_up_to(points, from, owed, self.scale).program()?;
        if to == from {
            return Ok(false);
        }
        self.settle_funding_until(account, key, place, to)?;
        Ok(true)
    }
}
