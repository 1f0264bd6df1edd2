//! Settlement of positions, and what a pool may pay for it.

use super::{
    PoolEngine, check_writers_settled,
    pool_engine::{Settling, cap_payoff},
};
use crate::{
    emit_event, ensure,
    errors::MathContext,
    events::{FundingSettled, PaymentCut, PaymentOwed, PositionSettled, SeriesRetired},
    state::{MAX_POSITIONS, MarginAccount, SeriesId, SeriesStatus},
    types::Bits128,
};
use anchor_lang::prelude::*;
use evergreen_math::{FundingIndex, Native, NativeDelta, Points, Rounding, funding};

impl PoolEngine<'_> {
    /// Settles the funding of all positions of an account, and pays those whose series has been exercised.
    pub fn settle(&mut self, account: &mut MarginAccount, key: &Pubkey) -> Result<()> {
        self.settle_by(account, key, Settling::All)
    }

    /// Settles the funding of the positions in live series in this way, and pays those in exercised series.
    #[inline(never)]
    pub(super) fn settle_by(&mut self, account: &mut MarginAccount, key: &Pubkey, way: Settling) -> Result<()> {
        let mut ended = false;
        self.take_up(account, Some(key))?;
        for place in 0..MAX_POSITIONS {
            let position = account.positions[place];
            if position.points == 0 {
                continue;
            }
            let series = self.registry.series(position.series())?;
            match series.status() {
                SeriesStatus::Live if way != Settling::All && !self.market.has(series.underlying) => {}
                SeriesStatus::Live => {
                    self.mark(position.series())?;
                    if way == Settling::PricedUnits {
                        self.move_units(account, key, place)?;
                    } else {
                        self.settle_funding(account, key, place)?;
                    }
                }
                _ => ended |= self.settle_before_payoffs(account, key, place)?,
            }
        }
        self.settle_payoffs(account, key, ended)
    }

    /// Settles what a position of a series that has ended owes: all of a written one, and the funding of a bought one. Returns whether a payoff is to be paid for it.
    fn settle_before_payoffs(&mut self, account: &mut MarginAccount, key: &Pubkey, place: usize) -> Result<bool> {
        if account.positions[place].points().is_short() {
            self.settle_exercised(account, key, place)?;
            return Ok(false);
        }
        self.settle_funding(account, key, place)?;
        Ok(true)
    }

    /// Pays what bought positions of series that have ended pay, if there are any, after all else is settled.
    fn settle_payoffs(&mut self, account: &mut MarginAccount, key: &Pubkey, any: bool) -> Result<()> {
        self.count_collected()?;
        if !any {
            return Ok(());
        }
        for place in 0..MAX_POSITIONS {
            let position = account.positions[place];
            if position.points > 0 && self.registry.series(position.series())?.status() == SeriesStatus::Exercised {
                self.settle_exercised(account, key, place)?;
            }
        }
        Ok(())
    }

    /// Counts what the account has paid on balance as found: it is the pool's before anything is paid for an option. Otherwise whoever owed funding would be paid it out of the part of a
    /// payoff that a pool cannot pay, and so more for the same option than who has paid before. Where it is the pool that has paid, what of it is the account's claim is told when it is set aside.
    pub(super) fn count_collected(&mut self) -> Result<()> {
        self.settled = self.pool.means()?;
        if self.settled.spendable > self.found.spendable {
            self.found = self.settled;
        }
        Ok(())
    }

    /// Begins anew: what was paid until now is settled.
    #[inline(never)]
    pub(super) fn begin_anew(&mut self) -> Result<()> {
        self.found = self.pool.means()?;
        self.settled = self.found;
        Ok(())
    }

    /// Takes up what the pool owes an account beside its positions: it is owed as any funding, and what the pool may not pay of it is set aside again. `key` names the account in the event.
    #[inline(always)]
    pub(super) fn take_up(&mut self, account: &mut MarginAccount, key: Option<&Pubkey>) -> Result<()> {
        if account.unpaid == 0 { Ok(()) } else { self.take_up_claim(account, key) }
    }

    #[inline(never)]
    fn take_up_claim(&mut self, account: &mut MarginAccount, key: Option<&Pubkey>) -> Result<()> {
        let before = account.unpaid;
        self.pool.take_up(account)?;
        tell_owed(account, before, key);
        Ok(())
    }

    /// Takes back what this instruction has paid the account beyond what the pool may pay. What was settled beside payoffs is the account's claim, less what was paid in again where that `sets_off`: to close something is a debt like any
    /// other, and what opens is paid in cash, since who sold it again would be paid before other claims. Together with all other claims it is paid the part that lies
    /// free for them ([`Pool::record_claim`](crate::state::Pool::record_claim)). Returns what stays owed of it, and what is missing beside it ([`Pool::overpaid`](crate::state::Pool::overpaid)), which [`Self::cut`] takes where the
    /// owner wants to go without it. `key` names the account in the event.
    #[inline(never)]
    pub(super) fn set_aside(
        &mut self,
        account: &mut MarginAccount,
        key: Option<&Pubkey>,
        sets_off: bool,
    ) -> Result<(Native, Native)> {
        if self.pool.unfunded().is_zero() && self.pool.overpaid(&self.found)?.is_zero() {
            return Ok((Native::ZERO, Native::ZERO));
        }
        let claimed = self.settled.missing_beside_free(&self.found)?;
        let paid_in =
            if sets_off { self.pool.means()?.spendable.0.saturating_sub(self.settled.spendable.0) } else { 0 };
        let claim = Native(claimed.0.saturating_sub(NativeDelta(paid_in).positive_part().0));
        self.pool.record_claim(account, claim)?;
        self.pool.share_out()?;
        let mut owed = Native::ZERO;
        if !claim.is_zero() {
            self.pool.take_up_set_aside(account)?;
            owed = Native(account.unpaid);
            tell_owed(account, 0, key);
        }
        Ok((owed, self.pool.overpaid(&self.found)?))
    }

    /// Ends what somebody else than the owner has done to an account: whatever the pool may not pay of the funding that it owes the account stays owed. Others must not choose the moment at which
    /// somebody goes without, and nobody must wait for a pool to have cash. A payoff, and what an option is sold for, is paid whole: until it can be, the option stays, and what is reserved for it. `key` names the
    /// account in the event. Errors: `PoolExhausted`.
    #[inline(never)]
    pub fn owe(&mut self, account: &mut MarginAccount, key: &Pubkey) -> Result<()> {
        let (_, missing) = self.set_aside(account, Some(key), true)?;
        ensure!(missing.is_zero(), PoolExhausted, "pool cash {}, {} missing", self.pool.pool_cash, missing.0);
        self.begin_anew()
    }

    /// Ends a liquidation: all that the pool may not pay stays owed, also of what options were sold for. Returns how much, native units.
    #[inline(never)]
    pub(super) fn owe_all(&mut self, account: &mut MarginAccount, key: &Pubkey) -> Result<Native> {
        let (owed, rest) = self.set_aside(account, Some(key), true)?;
        self.pool.record_claim(account, rest)?;
        tell_owed(account, owed.0, Some(key));
        owed.checked_add(rest).program()
    }

    /// Ends what the owner does with an account: funding stays owed as in [`Self::owe`], and of payoffs they take what there is. Errors: `FundingUncollected`.
    #[inline(never)]
    pub fn owe_or_cut(&mut self, account: &mut MarginAccount, key: &Pubkey) -> Result<()> {
        let (_, rest) = self.set_aside(account, Some(key), true)?;
        self.cut(account, Some(key), rest)
    }

    /// Takes back all that the pool may not pay, also of what stayed owed before: the account is paid what there is, and nothing stays owed. Only its owner may want that. Errors: `FundingUncollected`.
    #[inline(never)]
    pub fn cut_payments(&mut self, account: &mut MarginAccount, key: &Pubkey) -> Result<()> {
        let (owed, rest) = self.set_aside(account, None, true)?;
        self.take_up(account, None)?;
        self.cut(account, Some(key), rest.checked_add(owed).program()?)
    }

    /// Takes back so many native units, which the account goes without. That is for the owner to want, and only where nothing is left to be collected, nor any writer of a series that has ended, of whom one may owe what
    /// another one is owed. `key` names the account in the event. Errors: `FundingUncollected`, `WritersUnsettled`.
    pub(super) fn cut(&mut self, account: &mut MarginAccount, key: Option<&Pubkey>, amount: Native) -> Result<()> {
        if amount.is_zero() {
            return Ok(());
        }
        self.pool.check_collected(self.registry, amount, self.market.now())?;
        check_writers_settled(self.pool, self.registry, self.market.now().0)?;
        self.pool.pay_account(account, amount.to_delta().and_then(|cut| cut.checked_neg()).program()?)?;
        if let Some(key) = key {
            emit_event!(PaymentCut { account: *key, amount: amount.0 });
        }
        Ok(())
    }

    /// Settles an account for its owner as far as no price is needed: pays positions in exercised series, and moves the funding of the others up to where their series were last touched.
    /// Returns whether anything was settled.
    pub fn settle_unpriced(&mut self, account: &mut MarginAccount, key: &Pubkey) -> Result<bool> {
        let (mut settled, mut ended) = (account.unpaid > 0, false);
        self.take_up(account, Some(key))?;
        for place in 0..MAX_POSITIONS {
            let position = account.positions[place];
            if position.points == 0 {
                continue;
            }
            let series = self.registry.series(position.series())?;
            if series.status() == SeriesStatus::Exercised {
                ended |= self.settle_before_payoffs(account, key, place)?;
                settled = true;
            } else if position.snapshot() != series.funding().index {
                self.settle_funding(account, key, place)?;
                settled = true;
            }
        }
        self.settle_payoffs(account, key, ended)?;
        Ok(settled)
    }

    /// Moves the funding that a position owes since it was last settled, rounded up against the account.
    pub(super) fn settle_funding(&mut self, account: &mut MarginAccount, key: &Pubkey, place: usize) -> Result<()> {
        let position = account.positions[place];
        let (id, points) = (position.series(), position.points());
        let series = self.registry.series_mut(id)?;
        let index = series.funding().index;
        let owed = funding::owed(points, index, position.snapshot(), self.scale).program()?;
        series.replace_position(points, position.snapshot(), points, self.scale)?;
        // The points do not change, so neither cover nor debts do.
        account.store(place, id, points, index);
        let amount = owed.checked_neg().program()?;
        if amount.0 != 0 {
            self.pool.pay_account(account, amount)?;
            emit_event!(FundingSettled { account: *key, series: id, amount: amount.0 });
        }
        Ok(())
    }

    /// Settles what is left of a unit of the funding of an account's position in a series, rounded up against the account, before anything of it is closed.
    #[inline(never)]
    pub(super) fn settle_rest(&mut self, account: &mut MarginAccount, key: &Pubkey, series: SeriesId) -> Result<()> {
        match account.find(series) {
            Some(place) if account.positions[place].snapshot() != self.registry.series(series)?.funding().index => {
                self.settle_funding(account, key, place)
            }
            _ => Ok(()),
        }
    }

    /// Settles the funding of a position as if the index of its series stood at `index`, between where it was settled and where the index is: the rest of it is not settled yet.
    pub(super) fn settle_funding_until(
        &mut self,
        account: &mut MarginAccount,
        key: &Pubkey,
        place: usize,
        index: FundingIndex,
    ) -> Result<()> {
        let id = account.positions[place].series();
        let series = self.registry.series_mut(id)?;
        let present = core::mem::replace(&mut series.funding_index, Bits128::new(index.0));
        self.settle_funding(account, key, place)?;
        self.registry.series_mut(id)?.funding_index = present;
        Ok(())
    }

    /// Pays a position of a series that has ended: last funding, then the payoff of the series, rounded against the account.
    /// It needs no price, because the payoff is fixed.
    pub fn settle_exercised(&mut self, account: &mut MarginAccount, key: &Pubkey, place: usize) -> Result<()> {
        let points = account.positions[place].points();
        self.settle_points(account, key, place, points)
    }

    /// Pays so many points of a position of a series that has ended; the funding of all of it is settled before.
    #[inline(never)]
    pub(super) fn settle_points(
        &mut self,
        account: &mut MarginAccount,
        key: &Pubkey,
        place: usize,
        points: Points,
    ) -> Result<()> {
        self.settle_funding(account, key, place)?;
        let position = account.positions[place];
        let id = position.series();
        let series = self.registry.series_mut(id)?;
        ensure!(series.status() == SeriesStatus::Exercised, NothingToSettle);
        let cap_payoff = cap_payoff(&series.terms()?)?;
        let payoff = self.scale.native(points, series.payoff(), Rounding::Floor).program()?;
        let left = position.points().checked_sub(points).program()?;
        self.replace(id, cap_payoff, position.points(), position, left)?;
        self.pool.store_position(account, place, id, left, position.snapshot(), (cap_payoff, self.scale))?;
        let capital = self.pool.capital()?;
        self.pool.pay_account(account, payoff)?;
        let now = self.market.now().0;
        self.pool.record_settlement(now, id.slot, points.0, capital)?;
        emit_event!(PositionSettled { account: *key, series: id, points: points.0, amount: payoff.0 });
        let is_valued = self.pool.is_slot_valued(id.slot, now);
        let series = self.registry.series_mut(id)?;
        if !is_valued && series.free_if_settled() {
            emit_event!(SeriesRetired { pool: self.registry.pool, series: id });
        }
        Ok(())
    }
}

/// Tells by how much what an account is owed beside its positions has changed from `before`, native units, where a key names it.
#[inline(never)]
fn tell_owed(account: &MarginAccount, before: u64, key: Option<&Pubkey>) {
    let amount = 0i64.saturating_add_unsigned(account.unpaid).saturating_sub_unsigned(before);
    if let Some(key) = key.filter(|_| amount != 0) {
        emit_event!(PaymentOwed { account: *key, amount });
    }
}
