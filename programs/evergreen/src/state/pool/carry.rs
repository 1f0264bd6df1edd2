//! Carry of a pool on each of its underlyings: both sides of its delta, the average of their difference over half-hours, and the rates that follow from it.

use super::Pool;
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::Series,
    types::{Bits128, MAX_UNDERLYINGS},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, CarryRate, Dollars, Native, NativeDelta, Rounding, Seconds, UnixTime,
    carry::{CarryRule, CarrySum, DeltaSum, Sides},
};

/// Number of half-hours whose rates are kept: four hours.
pub const CARRY_RATES: usize = 8;
/// Seconds from one rate to the next.
pub const HALF_HOUR: i64 = 1_800;
/// The same as a span.
const SPAN_OF_RATE: Seconds = Seconds(HALF_HOUR as u32);
/// Half-hours from the oldest rate that is kept to the newest.
const SPAN: u32 = CARRY_RATES as u32 - 1;

/// Carry of a pool on one underlying. The rate of a half-hour follows from the average net delta of the half-hour before, and from depth and net delta at
/// its beginning. As neither changes between two touches, no transaction is needed at a boundary: the next one computes what has come since.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct PoolCarry {
    /// This is the net delta: the upward side less the downward one, in native units. Positive where traders are long and the pool is short.
    pub net_delta: i64,
    /// It is what commitments may add to the upward side, in native units.
    pub committed_up: u64,
    /// It is what commitments may add to the downward side, in native units.
    pub committed_down: u64,
    /// It is the delta of those who gain when the price rises, in points times 2^−16 dollars: the sum over live series of [`Series::sides`].
    pub up: Bits128,
    /// It is the delta of those who gain when the price falls, in the same unit.
    pub down: Bits128,
    /// These are the unix seconds up to which the sums below go.
    pub touched: i64,
    /// This is the integral of the carry over time, in millionths a year times seconds.
    pub carried: i64,
    /// This is the net delta times seconds since the beginning of the half-hour, in native units times seconds.
    pub sum: Bits128,
    /// These are the rates of the last half-hours, in millionths a year, each at its number modulo [`CARRY_RATES`].
    pub rates: [i32; CARRY_RATES],
}

/// What a trade takes of the room on one side of an underlying, in native units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct RoomTaken {
    /// It is all that the trade opens on the side.
    pub all: u64,
    /// It is the part of it by slopes that somebody has measured within an hour. Only that counts for the other side.
    pub measured: u64,
}

/// What a trade takes of the room for direction on one underlying.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Room {
    /// This is the upward side.
    pub up: RoomTaken,
    /// This is the downward side.
    pub down: RoomTaken,
}

impl Room {
    /// Adds a leg that opens so much, native units, positive upward, by a slope that was `measured` within an hour or not. Errors: `Overflow`.
    pub fn add(&mut self, delta: i64, measured: bool) -> Result<()> {
        let side = if delta < 0 { &mut self.down } else { &mut self.up };
        let size = delta.unsigned_abs();
        side.all = side.all.checked_add(size).ok_or(EvergreenError::Overflow)?;
        if measured {
            side.measured = side.measured.checked_add(size).ok_or(EvergreenError::Overflow)?;
        }
        Ok(())
    }

    /// What it takes on a side, and what it opens on the other.
    const fn of(&self, up: bool) -> (RoomTaken, RoomTaken) {
        if up { (self.up, self.down) } else { (self.down, self.up) }
    }
}

/// Bits of an integral of the carry that [`Carried`] leaves out: it counts in units of half a rate of one a second.
const CARRIED_SHIFT: u32 = 19;

/// An integral of the carry over time as a series keeps it, in 2^19 millionths a year times seconds, modulo 2^32: the difference of two is right for spans of
/// six years at 600 % a year.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct Carried(pub u32);

impl Carried {
    fn of(sum: i64) -> Self {
        let units = (sum >> CARRIED_SHIFT) & i64::from(u32::MAX);
        Self(u32::try_from(units).unwrap_or_default())
    }

    /// Returns the carry between `earlier` and this.
    pub fn since(self, earlier: Self) -> CarrySum {
        let units = self.0.wrapping_sub(earlier.0);
        CarrySum(i64::from(i32::from_ne_bytes(units.to_ne_bytes())) << CARRIED_SHIFT)
    }
}

/// Returns the number of a moment's half-hour since 1970.
#[inline(never)]
pub fn half_hour(moment: i64) -> u32 {
    // The machine divides unsigned numbers only.
    u32::try_from(moment.max(0).unsigned_abs().div_euclid(HALF_HOUR.unsigned_abs())).unwrap_or(u32::MAX)
}

/// Unix seconds at which a half-hour begins.
fn beginning(half_hour: u32) -> i64 {
    i64::from(half_hour).saturating_mul(HALF_HOUR)
}

impl PoolCarry {
    /// Returns both sides of the delta.
    #[inline(never)]
    pub const fn sides(&self) -> Sides {
        Sides { up: self.up.get(), down: self.down.get() }
    }

    const fn place(half_hour: u32) -> usize {
        (half_hour as usize).rem_euclid(CARRY_RATES)
    }

    /// Returns the rate of a half-hour; of one that is too old to be kept, the oldest that is, and of one that has not begun, the newest.
    #[inline(never)]
    pub fn rate(&self, of: u32) -> CarryRate {
        let newest = half_hour(self.touched);
        CarryRate(self.rates[Self::place(of.clamp(newest.saturating_sub(SPAN), newest))])
    }

    /// Brings the rates up to `now`, by a rule and a depth that have not changed since the last touch. A clock that stands still or goes back changes
    /// nothing. Errors: `Overflow`.
    #[inline(never)]
    pub fn advance(&mut self, rule: &CarryRule, depth: Native, now: i64) -> Result<()> {
        if now <= self.touched {
            return Ok(());
        }
        let (from, to) = (half_hour(self.touched), half_hour(now));
        if to > from {
            let next = from.saturating_add(1);
            self.add_time(beginning(next))?;
            let present = NativeDelta(self.net_delta);
            let average = DeltaSum(self.sum.get()).average(SPAN_OF_RATE).program()?;
            self.rates[Self::place(next)] = rule.rate(average, present, depth).program()?.0;
            if to > next {
                // Nothing has changed since, so the average of each later half-hour is the present net delta.
                let rate = rule.rate(present, present, depth).program()?.0;
                // Each factor is below 2^32, and half-hours are fewer than seconds.
                let rest = i64::from(to.saturating_sub(next).saturating_sub(1)).checked_mul(rate.into());
                let all = rest.and_then(|rest| rest.checked_add(self.rates[Self::place(next)].into()));
                self.carry_on(all.and_then(|all| all.checked_mul(HALF_HOUR)))?;
                for later in next.saturating_add(1).max(to.saturating_sub(SPAN))..=to {
                    self.rates[Self::place(later)] = rate;
                }
            }
            (self.sum, self.touched) = (Bits128::default(), beginning(to));
        }
        self.add_time(now)
    }

    /// Returns the integral of the carry up to `moment`, unix seconds, or up to the last touch where that was before; further back than rates are kept, by the
    /// oldest of them. Nothing saturates: a rate is below 2^26 whatever the rule, and a span below 2^32 seconds, so the sum and each product are below 2^58.
    #[inline(never)]
    pub fn carried(&self, moment: i64) -> Carried {
        let (mut sum, mut until) = (self.carried, self.touched);
        for _ in 0..CARRY_RATES {
            let half_hour = half_hour(until.saturating_sub(1));
            let from = beginning(half_hour).max(moment);
            if from >= until {
                return Carried::of(sum);
            }
            sum = sum.saturating_sub(i64::from(self.rate(half_hour).0).saturating_mul(until.saturating_sub(from)));
            until = from;
        }
        let older = until.saturating_sub(moment).max(0);
        Carried::of(sum.saturating_sub(i64::from(self.rate(half_hour(moment)).0).saturating_mul(older)))
    }

    /// Adds the time up to `until`, in the half-hour of the last touch, to the sums.
    fn add_time(&mut self, until: i64) -> Result<()> {
        let span = UnixTime(until).since(UnixTime(self.touched)).program()?;
        let sum = DeltaSum(self.sum.get()).plus(NativeDelta(self.net_delta), span).program()?;
        let rate = i64::from(self.rates[Self::place(half_hour(self.touched))]);
        self.carry_on(rate.checked_mul(i64::from(span.0)))?;
        (self.sum, self.touched) = (Bits128::new(sum.0), until);
        Ok(())
    }

    /// Adds to the integral of the carry; `None` is too much. Errors: `Overflow`.
    fn carry_on(&mut self, more: Option<i64>) -> Result<()> {
        let sum = more.and_then(|more| self.carried.checked_add(more));
        self.carried = sum.ok_or(EvergreenError::Overflow)?;
        Ok(())
    }
}

impl Pool {
    /// Returns how the carry of the underlying at `place` is set. Errors: `UnknownUnderlying`.
    pub fn carry_rule(&self, place: usize) -> Result<CarryRule> {
        let params = &self.params;
        let (limit, base) = (params.direction_limit_bps.get(place), params.carry_base_bps.get(place));
        let (Some(limit), Some(base)) = (limit, base) else { return err!(EvergreenError::UnknownUnderlying) };
        Ok(CarryRule { per_skew: BasisPoints(params.carry_bps), limit: BasisPoints(*limit), base: *base })
    }

    /// Brings the carry of all underlyings up to `now`. It has to come before any change of net delta, depth or parameters. Errors: `Overflow`.
    #[inline(never)]
    pub fn advance_carry(&mut self, now: i64) -> Result<()> {
        for place in 0..usize::from(self.underlying_count) {
            let (rule, depth) = (self.carry_rule(place)?, Native(self.depth));
            self.carry_mut(place)?.advance(&rule, depth, now)?;
        }
        Ok(())
    }

    /// Returns the carry of the underlying at `place`, brought up to `now`. Errors: `UnknownUnderlying`, `Overflow`.
    #[inline(never)]
    pub fn carry_at(&self, place: u8, now: UnixTime) -> Result<PoolCarry> {
        let place = usize::from(place);
        let mut carry = self.underlyings.get(place).ok_or(EvergreenError::UnknownUnderlying)?.carry;
        carry.advance(&self.carry_rule(place)?, Native(self.depth), now.0)?;
        Ok(carry)
    }

    /// Returns the net delta of the underlying at `place`, native units. Errors: `UnknownUnderlying`.
    pub fn net_delta(&self, place: u8) -> Result<i64> {
        let entry = self.underlyings.get(usize::from(place)).ok_or(EvergreenError::UnknownUnderlying)?;
        Ok(entry.carry.net_delta)
    }

    /// Stores both sides of underlyings as the sums over all series of each; `None` where not all of them were measured. Errors: `Overflow`.
    #[inline(never)]
    pub fn set_sides(&mut self, sides: [Option<Sides>; MAX_UNDERLYINGS]) -> Result<()> {
        let scale = self.scale()?;
        for (underlying, sides) in self.underlyings.iter_mut().zip(sides) {
            if let Some(sides) = sides {
                underlying.carry.net_delta = sides.net(scale).program()?.0;
                (underlying.carry.up, underlying.carry.down) = (Bits128::new(sides.up), Bits128::new(sides.down));
            }
        }
        Ok(())
    }

    fn carry_mut(&mut self, place: usize) -> Result<&mut PoolCarry> {
        let entry = self.underlyings.get_mut(place).ok_or(EvergreenError::UnknownUnderlying)?;
        Ok(&mut entry.carry)
    }

    /// Moves the sides of an underlying, and the net delta with them, by what a series' part of them has changed. Errors: `UnknownUnderlying`, `Overflow`.
    #[inline(never)]
    pub(super) fn move_sides(&mut self, underlying: u8, before: Sides, after: Sides) -> Result<()> {
        if before == after {
            return Ok(());
        }
        let scale = self.scale()?;
        let carry = self.carry_mut(usize::from(underlying))?;
        let sides = carry.sides().with(before, after).program()?;
        carry.net_delta = sides.net(scale).program()?.0;
        (carry.up, carry.down) = (Bits128::new(sides.up), Bits128::new(sides.down));
        Ok(())
    }

    /// Stores the slope of a series at a price of `now`, in dollars, and moves the sides with it. Errors: `UnknownUnderlying`, `Overflow`.
    #[inline(never)]
    pub fn measure(&mut self, series: &mut Series, slope: Dollars, now: UnixTime) -> Result<()> {
        let before = series.sides();
        series.set_slope(slope, now);
        self.move_sides(series.underlying, before, series.sides())
    }

    /// Returns the size of a side of the underlying at `place` with all that is committed on it, rounded up, and the largest to which a trade may add that opens
    /// `beside` on the other side, rounded down, native units ([`CarryRule::largest`]). What others have committed on the other side may never be filled, so it
    /// does not count. Errors: `UnknownUnderlying`, `Overflow`.
    #[inline(never)]
    pub fn side_and_limit(&self, place: usize, up: bool, beside: u64) -> Result<(u64, u64)> {
        let scale = self.scale()?;
        let carry = &self.underlyings.get(place).ok_or(EvergreenError::UnknownUnderlying)?.carry;
        let sides = carry.sides();
        let committed = if up { carry.committed_up } else { carry.committed_down };
        let side =
            sides.side(up, scale, Rounding::Ceil).and_then(|side| side.checked_add(Native(committed))).program()?;
        let other =
            sides.side(!up, scale, Rounding::Floor).and_then(|other| other.checked_add(Native(beside))).program()?;
        let limit = self.carry_rule(place)?.largest(Native(self.depth), other).program()?;
        Ok((side.0, limit.0))
    }

    /// Reserves room for what the legs of a commitment open, by underlying. Each side that they add to must stay within its limit with everything else that is
    /// committed on it. Errors: `DirectionLimit`, `UnknownUnderlying`, `Overflow`.
    #[inline(never)]
    pub fn reserve_direction(&mut self, rooms: &[Room]) -> Result<()> {
        for (place, room) in rooms.iter().enumerate() {
            for up in [true, false] {
                let (taken, beside) = room.of(up);
                if taken.all == 0 {
                    continue;
                }
                change_room(self.carry_mut(place)?, up, taken.all, u64::checked_add)?;
                let (side, limit) = self.side_and_limit(place, up, beside.measured)?;
                ensure!(
                    side <= limit,
                    DirectionLimit,
                    "delta {} on this side with all that is committed, limit {}",
                    side,
                    limit
                );
            }
        }
        Ok(())
    }

    /// Releases what [`Self::reserve_direction`] has reserved. Errors: `UnknownUnderlying`, `Overflow`.
    pub fn release_direction(&mut self, rooms: &[Room]) -> Result<()> {
        for (place, room) in rooms.iter().enumerate() {
            for up in [true, false] {
                let (taken, _) = room.of(up);
                if taken.all != 0 {
                    change_room(self.carry_mut(place)?, up, taken.all, u64::checked_sub)?;
                }
            }
        }
        Ok(())
    }
}

/// Changes what is committed on one side.
fn change_room(carry: &mut PoolCarry, up: bool, taken: u64, by: fn(u64, u64) -> Option<u64>) -> Result<()> {
    let side = if up { &mut carry.committed_up } else { &mut carry.committed_down };
    *side = by(*side, taken).ok_or(EvergreenError::Overflow)?;
    Ok(())
}

#[cfg(test)]
mod tests;
