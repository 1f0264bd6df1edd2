//! The carry of half-hours, out of the net delta of the half-hour before.

use evergreen_math::{BasisPoints, CarryRate, Native, NativeDelta, PointScale, carry::CarryRule};
use evergreen_sdk::evergreen::state::{HALF_HOUR, PoolParams};
use std::collections::BTreeMap;

/// The net delta, and the rates that have followed from it.
#[derive(Clone, Debug)]
pub struct Carry {
    pub net_delta: i64,
    /// Both sides of the delta, upward first, in points times 2^−16 dollars.
    pub sides: [i128; 2],
    rule: CarryRule,
    /// Moment up to which the sum goes.
    until: i64,
    /// Net delta times seconds of the half-hour that runs.
    sum: i128,
    rates: BTreeMap<i64, CarryRate>,
    /// The integral of the rate up to that moment, in millionths a year times seconds.
    total: i64,
}

impl Carry {
    pub fn new(params: &PoolParams) -> Self {
        let rule = CarryRule {
            per_skew: BasisPoints(params.carry_bps),
            limit: BasisPoints(params.direction_limit_bps[0]),
            base: params.carry_base_bps[0],
        };
        Self { net_delta: 0, sides: [0; 2], rule, until: 0, sum: 0, rates: BTreeMap::new(), total: 0 }
    }

    /// What a series adds to the sides has changed.
    pub fn shift(&mut self, before: [i128; 2], after: [i128; 2], scale: PointScale) {
        let [up, down] = [0, 1].map(|side| self.sides[side] - before[side] + after[side]);
        self.set([up, down], scale);
    }

    /// Takes the sides as the sums over all series.
    pub fn set(&mut self, [up, down]: [i128; 2], scale: PointScale) {
        self.sides = [up, down];
        let units = i128::from(scale.points_per_unit_dollar().get()) << 16;
        self.net_delta = i64::try_from((up - down).div_euclid(units)).expect("a net delta");
    }

    /// Returns the rate of the half-hour in which a moment lies.
    pub fn rate(&self, moment: i64) -> CarryRate {
        self.rates.get(&(moment / HALF_HOUR)).copied().unwrap_or(CarryRate::ZERO)
    }

    /// Returns the integral of the rate up to a moment that is not later than `until`, as a series keeps it: in 2^19 units, modulo 2^32.
    pub fn carried(&self, moment: i64) -> u32 {
        let (mut sum, mut until) = (self.total, self.until);
        while until > moment {
            let from = ((until - 1) / HALF_HOUR * HALF_HOUR).max(moment);
            sum -= i64::from(self.rate(from).0) * (until - from);
            until = from;
        }
        (sum >> 19) as u32
    }

    /// Lets the net delta stand until `now`: at the end of each half-hour the rate of the next one follows from its average and from what it is then.
    pub fn advance(&mut self, depth: Native, now: i64) {
        if self.until == 0 {
            self.until = now / HALF_HOUR * HALF_HOUR;
        }
        while self.until < now {
            let end = (self.until / HALF_HOUR + 1) * HALF_HOUR;
            let stop = end.min(now);
            self.sum += i128::from(self.net_delta) * i128::from(stop - self.until);
            self.total += i64::from(self.rate(self.until).0) * (stop - self.until);
            self.until = stop;
            if stop == end {
                let average = i64::try_from(self.sum / i128::from(HALF_HOUR)).expect("a net delta");
                let rate = self.rule.rate(NativeDelta(average), NativeDelta(self.net_delta), depth).expect("a rate");
                self.rates.insert(end / HALF_HOUR, rate);
                self.rates.retain(|half_hour, _| half_hour + 16 > end / HALF_HOUR);
                self.sum = 0;
            }
        }
    }
}
