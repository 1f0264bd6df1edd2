//! What an account owes and is owed, settled by somebody else.
//!
//! Others must not choose the moment at which somebody goes without. So what an account owes and is owed is moved in full, and what the pool may not pay of it stays owed ([`PoolEngine::owe`]); of an ended series that was bought as many points as
//! the pool may pay. Whole native units of funding are moved, and a position is settled just as far as they go: whoever settles others often costs them nothing.

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
    /// Counts what a position paid, or owed where it is negative.
    const fn count(&mut self, due: NativeDelta) {
        self.settled = true;
        self.collected = Native(self.collected.0.saturating_add(due.negative_part().0));
    }
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
    /// Settles an account without its owner, as far as no price is needed:
    ///
    /// 1. What the pool owed it before, funding of all positions, and what written ones in series that have ended owe or are owed on balance, are set off against one another. What the pool may not pay of the rest stays owed.
    /// 2. Payoffs of bought ones, for which the pool has reserved, are paid, or as many points as the pool may pay. What the account has paid on balance pays no payoff: it is the pool's for all. What that frees pays what stayed owed.
    #[inline(never)]
    pub fn settle_for_others(&mut self, account: &mut MarginAccount, key: &Pubkey) -> Result<SetOff> {
        let (mut result, unpaid) = (SetOff::default(), account.unpaid);
        self.take_up(account, Some(key))?;
        for place in 0..MAX_POSITIONS {
            if account.positions[place].points != 0 {
                self.set_off(account, key, place, &mut result)?;
            }
        }
        self.count_collected()?;
        self.owe(account, key)?;
        let mut has_freed = false;
        for place in 0..MAX_POSITIONS {
            if account.positions[place].points > 0 {
                has_freed |= self.settle_payable(account, key, place, &mut result)?;
            }
        }
        if has_freed {
            self.begin_anew()?;
            self.take_up(account, Some(key))?;
            self.count_collected()?;
            self.owe(account, key)?;
        }
        result.settled |= has_freed || account.unpaid < unpaid;
        result.waiting = Native(result.waiting.0.saturating_add(account.unpaid));
        Ok(result)
    }

    /// Settles a position but for its payoff where it was bought.
    fn set_off(&mut self, account: &mut MarginAccount, key: &Pubkey, place: usize, result: &mut SetOff) -> Result<()> {
        let position = account.positions[place];
        let Due { funding, ended, payoff } = self.due(&position)?;
        if ended.is_some() && position.points().is_short() {
            self.settle_exercised(account, key, place)?;
            result.count(funding.checked_add(payoff).program()?);
        } else if funding.0 == 0 {
            // Nothing that is as much as a unit is due.
        } else if ended.is_some() {
            self.settle_funding(account, key, place)?;
            result.count(funding);
        } else if self.move_funding(account, key, place, funding)? {
            result.count(funding);
        }
        Ok(())
    }

    /// Pays what the pool may pay of a bought position of a series that has ended, whose funding is settled. Returns whether it has paid any.
    fn settle_payable(
        &mut self,
        account: &mut MarginAccount,
        key: &Pubkey,
        place: usize,
        result: &mut SetOff,
    ) -> Result<bool> {
        let all = account.positions[place].points();
        let Due { ended: Some(ended), payoff, .. } = self.due(&account.positions[place])? else { return Ok(false) };
        let points = self.payable_points(account, all, ended)?;
        if points != all {
            result.waiting = Native(result.waiting.0.saturating_add(payoff.positive_part().0));
        }
        if points.is_zero() {
            return Ok(false);
        }
        self.settle_points(account, key, place, points)?;
        Ok(true)
    }

    /// Returns what settling a position pays its account. Errors: `UnknownSeries`, `Overflow`.
    #[inline(never)]
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

    /// Returns how many of the bought `points` of a series that has ended can be paid, rounded down: all of them, or as many as the pool may pay beside what the account owes, and at least those that make good the
    /// account's own debt. Paying them frees what is reserved for them.
    #[inline(never)]
    fn payable_points(
        &mut self,
        account: &mut MarginAccount,
        points: Points,
        (payoff, cap_payoff): (Dollars, Dollars),
    ) -> Result<Points> {
        let of_all = self.scale.native(points, payoff, Rounding::Floor).program()?;
        let freed = self.scale.native(points, cap_payoff, Rounding::Floor).program()?.positive_part();
        let with_none = self.missing_if_paid(account, NativeDelta::ZERO, Native::ZERO)?;
        let with_all = self.missing_if_paid(account, of_all, freed)?;
        if with_all.0 <= 0 {
            return Ok(points);
        }
        // What makes good the account's own debt takes nothing out of the pool, as far as insurance could not pay that debt. Otherwise its debt would be waited for by others who owe as well.
        let debt = account.cash().negative_part().min(self.pool.uncovered_debts()?).min(of_all.positive_part());
        // Three units are for the roundings of the points that are paid.
        let spare = with_none.negative_part().0.saturating_sub(3);
        let span = spare.saturating_add(with_all.0.unsigned_abs());
        // Points are at most 2^63, so their part fits.
        let part = |of| share_of(Native(points.0.unsigned_abs()), of, Rounding::Floor);
        let most = part((spare, span))?.max(part((debt.0, of_all.positive_part().0))?);
        Ok(Points(most.to_delta().program()?.0))
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

    /// Moves the whole units of funding of a position in a live series; all of it, rounded up against the account, where the rounding is less than a hundredth of it.
    #[inline(never)]
    pub(super) fn move_units(&mut self, account: &mut MarginAccount, key: &Pubkey, place: usize) -> Result<()> {
        let due = self.due(&account.positions[place])?.funding;
        if due.0.unsigned_abs() >= Self::LEAST_PART {
            self.settle_funding(account, key, place)?;
        } else if due.0 != 0 {
            self.move_funding(account, key, place, due)?;
        }
        Ok(())
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
