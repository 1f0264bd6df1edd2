//! *Carry* of docs/mathematics.md: both sides, net delta, and the rates of half-hours.

use crate::{
    real::Real,
    state::{LIVE, Market, Series, Sides},
    witness::{Range, Witness},
};

/// Seconds of a half-hour.
pub const HALF_HOUR: i64 = 1_800;

impl Sides {
    /// Brings the sums up to a moment, and finds the rates of the half-hours that have begun meanwhile.
    pub fn touch(&mut self, now: i64, carry_bps: i128, depth: i128) {
        while self.touched < now {
            let next = (self.touched / HALF_HOUR + 1) * HALF_HOUR;
            let until = next.min(now);
            self.sum += self.net * i128::from(until - self.touched);
            self.touched = until;
            if until == next {
                let average = self.sum / i128::from(HALF_HOUR);
                self.rates[slot_of(next)] = self.rate(average, carry_bps, depth);
                self.sum = 0;
            }
        }
    }

    /// `c = base + φ·x̄`, the second part cut to `±φ·x_max`, and zero where `x̄·x ≤ 0`; millionths a year.
    fn rate(&self, average: i128, carry_bps: i128, depth: i128) -> i128 {
        let base = self.base_bps * 100;
        if average.signum() * self.net.signum() <= 0 {
            return base;
        }
        let most = carry_bps * 100 * self.limit_bps / 10_000;
        let skewed = if depth == 0 { most * average.signum() } else { average * carry_bps * 100 / depth };
        base + skewed.clamp(-most, most)
    }

    /// Returns the carry of the half-hour in which a moment lies, as of now.
    pub fn carry_at(&self, moment: i64) -> i128 {
        // The rates of eight half-hours are kept; a point that is older takes the oldest of them.
        let oldest = (self.touched / HALF_HOUR - 7) * HALF_HOUR;
        self.rates[slot_of(moment.max(oldest))]
    }
}

/// Returns the place of the rate of the half-hour of a moment.
fn slot_of(moment: i64) -> usize {
    usize::try_from((moment / HALF_HOUR).rem_euclid(8)).expect("below eight")
}

/// Returns what a series adds to both sides, in points times 2^−16 dollars.
fn sides_of(series: &Series) -> [i128; 2] {
    if series.status != LIVE {
        return [0, 0];
    }
    let [long, short] = series.open.map(|points| points * series.slope.abs());
    if series.contract.put { [short, long] } else { [long, short] }
}

impl Market {
    /// Measures the slope of a series at the mark and a price of now, which the chain has done.
    ///
    /// # Errors
    /// Where the chain has another slope than the documents allow.
    pub fn measure(&mut self, slot: u8, seen: &Series, witness: &mut Witness) -> Result<(), String> {
        let series = &self.series[&slot];
        let underlying = &self.underlyings[&series.underlying];
        let spot = &underlying.price.spot;
        let mark = underlying.rule.mark(&underlying.estimate, self.now, series.contract.tenor);
        let sigma = underlying.rule.smile(&mark, &series.contract, spot);
        let worth = series.contract.worth(spot, &sigma);
        let error = &worth.slope_error + &Real::binary(1, 30);
        let ends = [&worth.slope - &error, &worth.slope + &error].map(|slope| slope.down(16));
        let slope = witness.within("slope, 2^-16 dollars", Range { least: ends[0], most: ends[1] }, seen.slope)?;
        let now = self.now;
        self.reshape(slot, |series| (series.slope, series.measured) = (slope, now));
        Ok(())
    }

    /// Changes a series, and both sides of its underlying by as much.
    pub fn reshape(&mut self, slot: u8, change: impl FnOnce(&mut Series)) {
        let series = self.series.get_mut(&slot).expect("a series");
        let before = sides_of(series);
        change(series);
        let (after, place) = (sides_of(series), series.underlying);
        let unit = (1 << 16) * 10_i128.pow(self.exponent);
        let sides = self.sides.get_mut(&place).expect("its sides");
        sides.up += after[0] - before[0];
        sides.down += after[1] - before[1];
        sides.net = (sides.up - sides.down).div_euclid(unit);
    }
}
