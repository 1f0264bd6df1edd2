//! *A trade* of docs/protocol.md: what is committed, and what that reserves and sets aside.

use crate::{
    real::Real,
    rules::{carry::HALF_HOUR, fees::times, health::Level},
    state::{Account, Commitment, Leg, Market, Series},
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::evergreen::errors::EvergreenError as Error;

/// What somebody wants to trade.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Number of the trade.
    pub number: i128,
    /// Slots, points, and whether each must only close.
    pub legs: Vec<(u8, i128, bool)>,
    /// Least change of cash.
    pub min_net: i128,
}

/// Returns how many points of a trade open something, beside a position.
fn opening(position: i128, points: i128) -> i128 {
    let after = position + points;
    if position.signum() * after.signum() < 0 { after.abs() } else { (after.abs() - position.abs()).max(0) }
}

impl Market {
    /// Commits a trade. Returns the errors of all rules that it breaks, and whether roundings decide about another.
    ///
    /// # Errors
    /// Where funding has to be settled, and has not been brought up to now.
    pub fn commit(&mut self, key: &Pubkey, wanted: &Wanted) -> Result<(Vec<Error>, bool), String> {
        let account = &self.accounts[key];
        let mut broken = Vec::new();
        let mut refuse = |when: bool, error: Error| {
            if when {
                broken.push(error);
            }
        };
        refuse(wanted.number != account.next, Error::WrongNumber);
        refuse(account.commitment.is_some(), Error::CommitmentOpen);
        refuse(wanted.legs.is_empty() || wanted.legs.len() > 4, Error::LegCount);
        for (at, (slot, points, closing)) in wanted.legs.iter().enumerate() {
            refuse(*points == 0, Error::LegZero);
            refuse(wanted.legs[..at].iter().any(|other| other.0 == *slot), Error::LegRepeated);
            let held = account.points(*slot);
            refuse(*closing && !shrinks(held, *points), Error::LegNotReducing);
        }
        if !broken.is_empty() {
            return Ok((broken, false));
        }
        let reduces = wanted.legs.iter().all(|(slot, points, _)| shrinks(account.points(*slot), *points));
        let legs: Vec<Leg> = wanted.legs.iter().map(|leg| self.leg(account, *leg)).collect();
        (self.pool.level, self.pool.level_at) = (self.level_at(self.now), self.now);
        self.reserve(&legs);
        let mut broken = self.capacity(key, &legs, reduces);
        // Arrears come before tip and bond.
        self.collect(key);
        if !reduces && self.accounts[key].arrears > 0 {
            broken.push(Error::InArrears);
        }
        let caps = self.short_caps(key);
        let cash = self.accounts[key].cash;
        let bond = if reduces { 0 } else { legs.iter().map(|leg| self.bond(leg)).sum() };
        let tip = if reduces { self.params.fill_tip.min((cash - caps).max(0)) } else { self.params.fill_tip };
        self.credit(key, -(tip + bond));
        self.pool.tips_due += tip + bond;
        // A price is read only where written options need more than the cash that is left; then funding is settled first.
        let mut unsure = false;
        if !reduces && caps > cash - tip - bond {
            self.settle(key)?;
        }
        if !reduces {
            let left = self.accounts[key].cash;
            if left < (-wanted.min_net).max(0) || cash < 0 {
                broken.push(Error::InsufficientCash);
            }
            if caps > left {
                for level in [Level::Initial, Level::Maintenance] {
                    match self.is_healthy(key, level) {
                        Some(true) => {}
                        Some(false) => broken.push(Error::InsufficientHealth),
                        None => unsure = true,
                    }
                }
            }
        }
        let (now, params) = (self.now, self.params);
        let account = self.accounts.get_mut(key).expect("an account");
        account.next += 1;
        account.commitment = Some(Commitment { tip, ..Commitment::of(now, wanted.min_net, bond, legs, &params) });
        Ok((broken, unsure))
    }

    /// Returns a leg with what it opens and what it reserves on its side.
    pub fn leg(&self, account: &Account, (slot, points, closing): (u8, i128, bool)) -> Leg {
        let (series, opening) = (&self.series[&slot], opening(account.points(slot), points));
        // The slope of the last valuation; if that is more than an hour ago, the strike at least.
        let stale = self.now - series.measured > 2 * HALF_HOUR;
        let slope = if stale { series.slope.abs().max(series.contract.strike << 16) } else { series.slope.abs() };
        let upward = (points > 0) != series.contract.put;
        let unit = (1_i128 << 16) * 10_i128.pow(self.exponent);
        let delta = -(-opening * slope).div_euclid(unit) * if upward { 1 } else { -1 };
        // The program marks every leg that only closes.
        let closing = closing || shrinks(account.points(slot), points);
        Leg { slot, points, closing, opening, delta }
    }

    /// Returns the bond of a leg: twice the fee of opening it at its strike; where only commitments hold the series, at least so much that an eighth of it is ten
    /// seconds' rent of a slot.
    pub fn bond(&self, leg: &Leg) -> i128 {
        let series = &self.series[&leg.slot];
        let notional = times(leg.points.abs(), &Real::whole(series.contract.strike), self.exponent).up(0);
        let fee = -(-notional * 2 * self.params.fee_open_bps).div_euclid(10_000);
        let rent = -(-self.pool.cash.max(0) * 10 * 8).div_euclid(50_000 * 86_400);
        if series.open == [0, 0] { fee.max(rent) } else { fee }
    }

    /// Reserves what legs open.
    pub fn reserve(&mut self, legs: &[Leg]) {
        self.reserve_or_release(legs, 1);
    }

    /// Gives back what the legs of a commitment have reserved.
    pub fn release(&mut self, legs: &[Leg]) {
        self.reserve_or_release(legs, -1);
    }

    fn reserve_or_release(&mut self, legs: &[Leg], sign: i128) {
        for leg in legs {
            let series = self.series.get_mut(&leg.slot).expect("a series");
            series.commitments += sign;
            let side = usize::from(leg.points < 0);
            series.committed[side] += sign * leg.opening;
            let most = series.reserve(leg.opening, self.exponent);
            if leg.points > 0 {
                self.pool.committed_reserve += sign * most;
            } else {
                self.pool.committed_premiums += sign * most;
            }
            let sides = self.sides.get_mut(&series.underlying).expect("its sides");
            sides.committed[usize::from(leg.delta < 0)] += sign * leg.delta.abs();
        }
    }

    /// Returns the errors of all limits that what is committed now is beyond.
    pub fn capacity(&self, key: &Pubkey, legs: &[Leg], reduces: bool) -> Vec<Error> {
        let (account, mut broken) = (&self.accounts[key], Vec::new());
        let mut refuse = |when: bool, error: Error| {
            if when {
                broken.push(error);
            }
        };
        let opened = legs.iter().filter(|leg| account.points(leg.slot) == 0).count();
        let closed = legs.iter().filter(|leg| account.points(leg.slot) + leg.points == 0).count();
        refuse(account.positions.len() + opened > 12 + closed, Error::TooManyPositions);
        for leg in legs {
            let series = &self.series[&leg.slot];
            let after = account.points(leg.slot) + leg.points;
            refuse(after != 0 && after.abs() < self.params.min_account_points, Error::PositionTooSmall);
            if leg.opening == 0 {
                continue;
            }
            refuse(after.abs() > self.params.max_account_points, Error::AccountSizeLimit);
            let side = usize::from(leg.points < 0);
            refuse(series.open[side] + series.committed[side] > self.params.max_series_points, Error::SeriesSizeLimit);
            let written = series.open[1] + series.committed[1];
            // What the leg itself sells of a bought position is gone then.
            let bought = series.open[0] - account.points(leg.slot).clamp(0, leg.points.abs());
            refuse(leg.points < 0 && self.params.names_premium, Error::WritesAlone);
            refuse(leg.points < 0 && written > bought, Error::ShortExceedsLong);
        }
        if reduces {
            return broken;
        }
        let all = self.pool.reserved + self.pool.committed_reserve;
        let limit = (self.pool.cash * self.params.reserve_limit_bps).div_euclid(10_000);
        refuse(all > limit || all + self.pool.committed_premiums > self.pool.cash, Error::ReserveLimit);
        if legs.iter().any(|leg| leg.opening > 0 && leg.points > 0) {
            let room = (self.pool.cash * self.params.growth_limit_bps).div_euclid(10_000);
            refuse(all > self.pool.level + room, Error::GrowthLimit);
            refuse(all >= -(-limit * 9).div_euclid(10) && all > 0 && self.pays_too_little(legs), Error::RentTooLow);
        }
        for (place, sides) in &self.sides {
            let unit = (1_i128 << 16) * 10_i128.pow(self.exponent);
            let own = |up: bool| {
                legs.iter().filter(move |leg| self.series[&leg.slot].underlying == *place && (leg.delta > 0) == up)
            };
            for up in [true, false] {
                if own(up).all(|leg| leg.delta == 0) {
                    continue;
                }
                let (side, other) = if up { (sides.up, sides.down) } else { (sides.down, sides.up) };
                let side = -(-side).div_euclid(unit) + sides.committed[usize::from(!up)];
                let fresh = |leg: &&Leg| self.now - self.series[&leg.slot].measured <= 2 * HALF_HOUR;
                let beside: i128 = own(!up).filter(fresh).map(|leg| leg.delta.abs()).sum();
                let most = self.pool.depth * sides.limit_bps / 10_000 + (other.div_euclid(unit) + beside) * 3 / 4;
                refuse(side > most, Error::DirectionLimit);
            }
        }
        broken
    }

    /// Returns whether any bought leg pays less funding in a day, for its time value, than a thousandth of what it reserves; what nobody has touched for an hour counts as nothing.
    fn pays_too_little(&self, legs: &[Leg]) -> bool {
        let unit = 10_i128.pow(self.exponent) << 32;
        legs.iter().filter(|leg| leg.points > 0 && leg.opening > 0).any(|leg| {
            let series = &self.series[&leg.slot];
            let paid = (leg.opening * series.time_value * series.contract.strike).div_euclid(unit);
            let daily = (paid * 86_400).div_euclid(series.contract.tenor);
            let known = if self.now - series.touched <= 2 * HALF_HOUR { daily } else { 0 };
            known < series.reserve(leg.opening, self.exponent).div_euclid(1_000)
        })
    }

    /// Returns the level from which the growth of reserves counts: it follows them by at most a part of pool cash an hour.
    pub fn level_at(&self, now: i64) -> i128 {
        let hourly = (self.pool.cash * self.params.growth_limit_bps).div_euclid(10_000);
        let most = hourly * i128::from(now - self.pool.level_at) / 3_600;
        let reserves = self.pool.reserved + self.pool.committed_reserve;
        reserves.clamp((self.pool.level - most).max(0), self.pool.level + most)
    }
}

/// Whether a trade makes a position smaller and nothing else.
pub fn shrinks(position: i128, points: i128) -> bool {
    position.signum() * points.signum() < 0 && points.abs() <= position.abs()
}

impl Series {
    /// Returns the reserve of so many bought points, native units.
    pub fn reserve(&self, points: i128, exponent: u32) -> i128 {
        let below = 10_000 * 10_i128.pow(exponent);
        -(-points * self.contract.cap_payoff()).div_euclid(below)
    }
}
