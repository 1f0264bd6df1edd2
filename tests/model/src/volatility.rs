//! Volatilities of marks and trades, from *Volatility* in docs/mathematics.md: the one file that knows the rule.

use crate::{
    calendar::Week,
    option::{Contract, YEAR},
    real::Real,
};

/// What an underlying's parameters say about its volatility.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Half-life of the fast average, seconds.
    pub half_life: i128,
    /// Half-life of the slow one, in half-lives of the fast one.
    pub slow_half_lives: i128,
    /// Seconds between samples.
    pub interval: i128,
    /// Standard deviations at which a sample is cut.
    pub sample_cap: i128,
    /// Least volatility, basis points.
    pub least_bps: i128,
    /// Largest volatility, basis points.
    pub most_bps: i128,
    /// Multiplier of the root of the larger average, basis points.
    pub multiplier_bps: i128,
    /// Largest change of marks in an hour, basis points.
    pub change_bps: i128,
    /// Speeds of days.
    pub week: Week,
    /// Skew and convexity of the smile, basis points.
    pub smile: (i128, i128),
}

/// What the samples so far have left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Estimate {
    /// Fast average of variance a year.
    pub fast: Real,
    /// Slow average.
    pub slow: Real,
    /// Volatility of marks of the shortest tenor when the last sample was taken.
    pub front: Real,
    /// The same of the longest tenor.
    pub back: Real,
    /// Price of the last sample.
    pub price: Real,
    /// Its grid time.
    pub grid_time: i64,
    /// When it was taken.
    pub taken_at: i64,
}

/// Volatilities at the money at one moment and price.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// That of marks of the shortest tenor.
    front: Real,
    /// That of marks of the longest tenor.
    back: Real,
    /// At which anybody buys.
    pub ask: Real,
    /// What is left when a burst is over.
    pub calm: Real,
    /// For how long a burst lasts, seconds.
    burst: i128,
}

impl Rule {
    fn clamped(&self, sigma: Real) -> Real {
        sigma.max(bps(self.least_bps)).min(bps(self.most_bps))
    }

    /// Returns the volatility to which an average leads: `clamp(mult · √average, σ_min, σ_max)`.
    fn target(&self, average: &Real) -> Real {
        self.clamped(&bps(self.multiplier_bps) * &average.sqrt())
    }

    /// Returns the volatility of marks of a tenor, seconds, at a moment.
    pub fn mark(&self, estimate: &Estimate, now: i64, tenor: i128) -> Real {
        let [front, back] = self.ends(estimate, now);
        between([&front, &back], self.burst(), tenor)
    }

    /// Returns for how long a burst lasts, seconds: 13/6 of the fast half-life.
    const fn burst(&self) -> i128 {
        13 * self.half_life / 6
    }

    /// Returns the volatilities of marks at a moment, of the shortest and the longest tenor: each follows its target.
    fn ends(&self, estimate: &Estimate, now: i64) -> [Real; 2] {
        let larger = self.target(estimate.fast.clone().max(estimate.slow.clone()).as_ref());
        [
            self.limited(&estimate.front, larger, now - estimate.taken_at),
            self.limited(&estimate.back, self.target(&estimate.slow), now - estimate.taken_at),
        ]
    }

    /// Returns a volatility that follows a target for some seconds, by a factor of at most `1 + (x − x²/2)·t`.
    fn limited(&self, sigma: &Real, target: Real, seconds: i64) -> Real {
        let x = bps(self.change_bps);
        let hours = Real::ratio(i128::from(seconds.max(0)), 3_600);
        let factor = &Real::whole(1) + &(&(&x - &(&(&x * &x) / &Real::whole(2))) * &hours);
        let (least, most) = (sigma / &factor, sigma * &factor);
        target.max(least).min(most)
    }

    /// Returns the volatilities at a moment, at the price of a trade.
    pub fn quoted(&self, estimate: &Estimate, now: i64, price: &Real) -> Quoted {
        let [front, back] = self.ends(estimate, now);
        let target = self.target(estimate.fast.clone().max(estimate.slow.clone()).as_ref());
        let slow = self.target(&estimate.slow);
        let sampled = self.sampled(estimate, now, price);
        let calm = back.clone().min(slow);
        let ask = front.clone().max(target).max(sampled);
        Quoted { calm, ask, front, back, burst: self.burst() }
    }

    /// Returns the target that a sample at a price would leave.
    fn sampled(&self, estimate: &Estimate, now: i64, price: &Real) -> Real {
        // The return counts for the time since the last grid time, at least to the next one.
        let seconds = i128::from(now - estimate.grid_time).max(self.interval);
        let least = price.clone().min(estimate.price.clone());
        let change = &(price - &estimate.price).abs() / &least;
        let until = estimate.grid_time + i64::try_from(seconds).expect("seconds");
        let years = Real::ratio(self.week.between(estimate.grid_time, until), YEAR << 16);
        let larger = estimate.fast.clone().max(estimate.slow.clone());
        let floor = &bps(self.least_bps) * &bps(self.least_bps);
        let cut = &Real::whole(self.sample_cap * self.sample_cap) * &larger.max(floor);
        let sample = (&(&change * &change) / &years).min(cut);
        let most = &bps(self.most_bps) / &bps(self.multiplier_bps);
        let most = &most * &most;
        let moved = |average: &Real, half_life: i128| {
            let weight = (&Real::ratio(seconds, half_life) * &Real::whole(2).ln()).min(Real::whole(1));
            (average + &(&weight * &(&sample - average))).min(most.clone())
        };
        let fast = moved(&estimate.fast, self.half_life);
        let slow = moved(&estimate.slow, self.half_life * self.slow_half_lives);
        self.target(&fast.max(slow))
    }

    /// Returns the volatility of an option where that at the money is `sigma`: `σ·(1 + a·m + b·m²)` within 5 to 400 %.
    pub fn smile(&self, sigma: &Real, contract: &Contract, price: &Real) -> Real {
        let years = Real::ratio(contract.tenor, YEAR);
        let moneyness = &(&Real::whole(contract.strike) / price).ln() / &(sigma * &years.sqrt());
        let m = moneyness.max(Real::whole(-4)).min(Real::whole(4));
        let bent = &(&bps(self.smile.0) * &m) + &(&bps(self.smile.1) * &(&m * &m));
        (sigma * &(&Real::whole(1) + &bent)).max(bps(500)).min(bps(40_000))
    }
}

impl Quoted {
    /// Returns the volatility of marks of a tenor, seconds.
    pub fn mark(&self, tenor: i128) -> Real {
        between([&self.front, &self.back], self.burst, tenor)
    }

    /// Returns the volatility at which anybody sells an option of a tenor, seconds.
    pub fn bid(&self, tenor: i128) -> Real {
        let funding = &(&self.ask - &self.calm) * &Real::ratio(self.burst, tenor);
        (&self.calm - &funding).max(bps(500))
    }
}

/// Returns `back + (front − back)·burst/(burst + T)`.
fn between([front, back]: [&Real; 2], burst: i128, tenor: i128) -> Real {
    back + &(&(front - back) * &Real::ratio(burst, burst + tenor))
}

/// Returns basis points as a number.
pub fn bps(number: i128) -> Real {
    Real::ratio(number, 10_000)
}

impl AsRef<Self> for Real {
    fn as_ref(&self) -> &Self {
        self
    }
}
