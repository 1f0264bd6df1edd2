//! The volatility of quotes in floating point: the rules of `evergreen_math::volatility`.

use crate::contract::YEAR;

/// Longest gap between samples that counts in full as the weight of a return, in seconds.
const FULL_SAMPLE_GAP: f64 = 3_600.0;

/// Parameters of the volatility of one underlying.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VolatilityParams {
    /// Half-life of the average, in seconds.
    pub half_life: f64,
    /// Least seconds between samples.
    pub min_interval: f64,
    /// Half-life of a second, slow average, in seconds: the larger of both counts, so that quotes rise fast and fall slowly. Zero for
    /// none, as on chain today.
    pub slow_half_life: f64,
    /// A return is cut at this many standard deviations.
    pub cut: f64,
    /// Weight of the average against the long-run variance.
    pub weight: f64,
    /// Long-run volatility per √year.
    pub long_run: f64,
    /// Mark-up on the blended volatility.
    pub multiplier: f64,
    /// Least volatility of quotes.
    pub min: f64,
    /// Largest volatility of quotes.
    pub max: f64,
    /// The most that it moves in an hour, as a share of itself.
    pub max_change: f64,
}

/// The estimate at one moment.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Volatility {
    /// Average of squared log returns, per year.
    pub average: f64,
    /// The slow average of the same.
    pub slow: f64,
    /// Volatility of quotes at the last sample.
    pub sigma: f64,
    /// Logarithm of the price of the last sample.
    pub last_ln: f64,
    /// Second of the last sample.
    pub last_time: f64,
}

impl Volatility {
    /// Returns the estimate of a new underlying, at the long-run level.
    pub fn start(params: &VolatilityParams, ln_price: f64, now: f64) -> Self {
        let average = params.long_run * params.long_run;
        Self { average, slow: average, sigma: params.target(average), last_ln: ln_price, last_time: now }
    }

    /// Returns the volatility of quotes at the money. It is within its bounds and follows its target by the limit per hour.
    pub fn at_the_money(&self, params: &VolatilityParams, now: f64) -> f64 {
        let gap = now - self.last_time;
        let target = params.target(params.decayed(self.average.max(self.slow_of(params)), gap));
        params.limited(self.sigma, target, gap)
    }

    /// Takes a price into the average; before the least interval has passed nothing changes. Variance runs at this speed.
    pub fn sample(&mut self, params: &VolatilityParams, ln_price: f64, now: f64, speed: f64) {
        let gap = now - self.last_time;
        if gap < params.min_interval {
            return;
        }
        let sigma = self.at_the_money(params, now);
        let average = params.decayed(self.average, gap);
        let largest = params.cut * params.cut * params.blended(average.max(self.slow_of(params)));
        let moved = ln_price - self.last_ln;
        let variance = (moved * moved * YEAR / (gap * speed)).min(largest);
        let weight = 1.0 - (-gap.min(FULL_SAMPLE_GAP) / params.half_life).exp2();
        if params.slow_half_life > 0.0 {
            self.slow += (1.0 - (-gap / params.slow_half_life).exp2()) * (variance - self.slow);
        }
        self.average = average + weight * (variance - average);
        (self.sigma, self.last_ln, self.last_time) = (sigma, ln_price, now);
    }

    fn slow_of(&self, params: &VolatilityParams) -> f64 {
        if params.slow_half_life > 0.0 { self.slow } else { 0.0 }
    }
}

impl VolatilityParams {
    fn blended(&self, average: f64) -> f64 {
        let long_run = self.long_run * self.long_run;
        long_run + self.weight * (average - long_run)
    }

    fn target(&self, average: f64) -> f64 {
        (self.multiplier * self.blended(average).max(0.0).sqrt()).clamp(self.min, self.max)
    }

    /// The average after a gap decays toward the long-run variance over what is beyond an hour. The limit on the decay of the target
    /// that the program adds is left out: it matters in gaps of days only.
    fn decayed(&self, average: f64, gap: f64) -> f64 {
        if gap <= FULL_SAMPLE_GAP {
            return average;
        }
        let long_run = self.long_run * self.long_run;
        long_run + (average - long_run) * (-(gap - FULL_SAMPLE_GAP) / self.half_life).exp2()
    }

    fn limited(&self, sigma: f64, target: f64, elapsed: f64) -> f64 {
        let x = self.max_change;
        let factor = 1.0 + (x - 0.5 * x * x) * elapsed / 3_600.0;
        target.clamp(sigma / factor, sigma * factor).clamp(self.min, self.max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::Market;
    use crate::random::Rng;
    use evergreen_math::volatility::{self, VolatilityParams as Exact};
    use evergreen_math::{BasisPoints, Dollars, Ratio, Seconds, UnixTime};

    fn ratio(x: f64) -> Ratio {
        Ratio::from_bits((x * 64f64.exp2()) as i128)
    }

    fn float(x: Ratio) -> f64 {
        x.to_bits() as f64 * (-64f64).exp2()
    }

    #[test]
    fn a_month_of_samples_gives_the_volatility_of_the_chain() {
        let params = Market::btc().volatility;
        let exact = Exact {
            half_life: Seconds(params.half_life as u32),
            min_interval: Seconds(params.min_interval as u32),
            sample_cap_sigmas: params.cut as u16,
            ewma_weight: BasisPoints((params.weight * 1e4).round() as u16),
            long_run: ratio(params.long_run),
            multiplier: ratio(params.multiplier),
            min: ratio(params.min),
            max: ratio(params.max),
            max_change_per_hour: BasisPoints((params.max_change * 1e4).round() as u16),
        };
        let mut rng = Rng::new(3, 0);
        let (mut ln, mut now) = (60_000f64.ln(), 0u32);
        let price = |ln: f64| Dollars::from_bits((ln.exp() * 64f64.exp2()) as i128);
        let mut fast = Volatility::start(&params, ln, 0.0);
        let mut state = exact.start(price(ln), UnixTime(0)).unwrap();
        for step in 0..8_640 {
            now += 300;
            // A burst in the middle, and a jump a day.
            let sigma = if (3_000..4_000).contains(&step) { 2.5 } else { 0.5 };
            ln += sigma * (300.0 / YEAR).sqrt() * rng.normal() + if step % 288 == 0 { -0.04 } else { 0.0 };
            fast.sample(&params, ln, f64::from(now), 1.0);
            state = volatility::sample(&exact, &state, price(ln), UnixTime(now.into())).unwrap();
            let there = float(volatility::sigma_base(&exact, &state, UnixTime(now.into())).unwrap());
            let here = fast.at_the_money(&params, f64::from(now));
            assert!((here / there - 1.0).abs() < 1e-6, "step {step}: {here}, {there}");
        }
    }
}
