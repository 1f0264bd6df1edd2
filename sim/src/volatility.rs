//! The volatility of quotes in floating point: the rules of `evergreen_math::volatility`.

use crate::contract::YEAR;

/// Parameters of the volatility of one underlying.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct VolatilityParams {
    /// Half-life of the fast average, in seconds.
    pub fast_half_life: f64,
    /// Half-life of the slow average, in seconds: the larger of both counts, so that quotes rise fast and fall slowly.
    pub slow_half_life: f64,
    /// Seconds between samples.
    pub interval: f64,
    /// A return is cut at this many standard deviations.
    pub cut: f64,
    /// Volatility of a new underlying, per √year.
    pub start: f64,
    /// Mark-up on the larger average.
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
    /// Fast average of squared log returns, per year.
    pub fast: f64,
    /// The slow average of the same.
    pub slow: f64,
    /// Volatility of quotes at the last sample.
    pub sigma: f64,
    /// Logarithm of the price of the last sample.
    pub last_ln: f64,
    /// Second of the last sample.
    pub last_time: f64,
}

/// Volatilities of trades at the money.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Against {
    /// What is left of the mark when a burst is over.
    pub calm: f64,
    /// At which traders buy.
    pub ask: f64,
    /// Seconds for which all of `ask − calm` would add to funding what a burst adds.
    pub burst: f64,
}

impl Against {
    /// Returns the volatility at which options of a tenor, in years, are sold and written.
    pub fn bid(&self, tenor: f64) -> f64 {
        (self.calm - (self.ask - self.calm) * self.burst / (tenor * YEAR)).max(0.05)
    }

    /// Returns the volatility at which options of a tenor, in years, are bought or sold.
    pub fn side(&self, buys: bool, tenor: f64) -> f64 {
        if buys { self.ask } else { self.bid(tenor) }
    }
}

impl Volatility {
    /// Returns the estimate of a new underlying.
    pub fn start(params: &VolatilityParams, ln_price: f64, now: f64) -> Self {
        let average = (params.start / params.multiplier).powi(2);
        Self { fast: average, slow: average, sigma: params.start, last_ln: ln_price, last_time: now }
    }

    /// Returns the volatility of marks at the money. It is within its bounds and follows its target by the limit per hour.
    pub fn at_the_money(&self, params: &VolatilityParams, now: f64) -> f64 {
        params.limited(self.sigma, params.target(self.larger()), now - self.last_time)
    }

    /// Returns what the volatility of marks follows.
    pub fn target(&self, params: &VolatilityParams) -> f64 {
        params.target(self.larger())
    }

    /// Returns the volatilities of trades: they count what the mark is known to follow, who sells what the slow average leaves of it, who buys what a sample at this price would
    /// add. Variance runs at this speed.
    pub fn against(&self, params: &VolatilityParams, ln_price: f64, now: f64, speed: f64) -> Against {
        let mark = self.at_the_money(params, now);
        let gap = (now - self.last_time).max(params.interval);
        // The return and its weight are at least those of a sample.
        let moved = (ln_price - self.last_ln).abs().exp_m1();
        let variance = (moved * moved * YEAR / (gap * speed)).min(params.largest(self.larger()));
        let next = |average: f64, half_life: f64| {
            let weight = (std::f64::consts::LN_2 * gap / half_life).min(1.0);
            average + weight * (variance - average).max(0.0)
        };
        let expected = next(self.fast, params.fast_half_life).max(next(self.slow, params.slow_half_life));
        let target = params.target(self.larger());
        let ask = mark.max(target).max(params.target(expected));
        Against { calm: mark.min(params.target(self.slow)), ask, burst: params.burst() }
    }

    /// Takes a price into the averages; before the interval has passed nothing changes. Variance runs at this speed.
    pub fn sample(&mut self, params: &VolatilityParams, ln_price: f64, now: f64, speed: f64) {
        let gap = now - self.last_time;
        if gap < params.interval {
            return;
        }
        let (sigma, moved) = (self.at_the_money(params, now), ln_price - self.last_ln);
        let variance = (moved * moved * YEAR / (gap * speed)).min(params.largest(self.larger()));
        let next = |average: f64, half_life: f64| {
            let weight = 1.0 - (-gap / half_life).exp2();
            (average + weight * (variance - average)).min((params.max / params.multiplier).powi(2))
        };
        self.fast = next(self.fast, params.fast_half_life);
        self.slow = next(self.slow, params.slow_half_life);
        (self.sigma, self.last_ln, self.last_time) = (sigma, ln_price, now);
    }

    fn larger(&self) -> f64 {
        self.fast.max(self.slow)
    }
}

impl VolatilityParams {
    fn target(&self, average: f64) -> f64 {
        (self.multiplier * average.sqrt()).clamp(self.min, self.max)
    }

    /// Returns the seconds of [`Against::burst`].
    fn burst(&self) -> f64 {
        (self.fast_half_life * 13.0 / 6.0).floor()
    }

    fn largest(&self, average: f64) -> f64 {
        self.cut * self.cut * average.max(self.min * self.min)
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
    fn a_month_of_samples_gives_the_volatilities_of_the_chain() {
        let params = Market::btc().volatility;
        let exact = Exact {
            fast_half_life: Seconds(params.fast_half_life as u32),
            slow_half_life: Seconds(params.slow_half_life as u32),
            min_interval: Seconds(params.interval as u32),
            sample_cap_sigmas: params.cut as u16,
            start: ratio(params.start),
            week: evergreen_math::calendar::Week::EVEN,
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
        let mut widest: f64 = 0.0;
        for step in 0..8_640 {
            now += 300;
            // A burst in the middle, and a jump a day.
            let sigma = if (3_000..4_000).contains(&step) { 2.5 } else { 0.5 };
            ln += sigma * (300.0 / YEAR).sqrt() * rng.normal() + if step % 288 == 0 { -0.04 } else { 0.0 };
            let moment = UnixTime(now.into());
            if now % 1_800 == 0 {
                fast.sample(&params, ln, f64::from(now), 1.0);
                state = volatility::sample(&exact, &state, price(ln), moment, moment).unwrap();
            }
            let there = volatility::quoted(&exact, &state, price(ln), moment).unwrap();
            let against = fast.against(&params, ln, f64::from(now), 1.0);
            let days = [1, 7, 30].map(|days| days * Seconds::DAY.0);
            let bids = days.map(|tenor| against.bid(f64::from(tenor) / YEAR));
            let here = [against.calm, fast.at_the_money(&params, f64::from(now)), against.ask];
            let exact = days.map(|tenor| there.bid(Seconds(tenor)).unwrap());
            let here = here.into_iter().chain(bids);
            for (here, there) in here.zip([there.calm, there.mark, there.ask].into_iter().chain(exact)) {
                assert!((here / float(there) - 1.0).abs() < 1e-6, "step {step}: {here}, {}", float(there));
            }
            widest = widest.max(against.ask / against.calm);
        }
        assert!(widest > 2.0, "trades never counted a move of their marks: {widest}");
    }
}
