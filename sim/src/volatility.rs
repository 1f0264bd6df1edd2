//! The volatility of quotes in floating point: the rules of `evergreen_math::volatility`.

use crate::contract::{SimContract, SimSmile, Spot, Value, YEAR};

/// Parameters of the volatility of one underlying.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimVolatilityParams {
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
    /// Volatility of marks of the shortest tenor at the last sample.
    pub front: f64,
    /// That of the longest; at most `front`.
    pub back: f64,
    /// Logarithm of the price of the last sample.
    pub last_ln: f64,
    /// Second of the last sample.
    pub last_time: f64,
}

/// Volatilities of marks at the money: values and health. Funding is paid at `front`.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SimMarks {
    /// That of the next moment: it follows the larger average.
    pub front: f64,
    /// What is left of it when a burst is over: it follows the slow average, and is at most `front`.
    pub back: f64,
    /// Mean life of what a burst adds, in seconds.
    pub burst: f64,
}

impl SimMarks {
    /// Returns the marks of a market in which no burst is on.
    pub const fn calm(sigma: f64) -> Self {
        Self { front: sigma, back: sigma, burst: 0.0 }
    }

    /// Returns the volatility of marks of a tenor, in years: the mean of what a burst adds over the life of the option.
    pub fn of(&self, tenor: f64) -> f64 {
        self.back + (self.front - self.back) * self.part(tenor)
    }

    /// Values a contract at its mark, and its funding at that of the shortest tenor.
    pub fn value(&self, contract: &SimContract, spot: Spot, smile: SimSmile) -> Value {
        let at = |at_the_money: f64| contract.value(spot, contract.sigma(spot, at_the_money, smile));
        let value = at(self.of(contract.tenor));
        let funding = if self.front > self.back { at(self.front).time_value } else { value.time_value };
        Value { funding, ..value }
    }

    /// Returns the part of a burst that the marks of a tenor hold.
    fn part(&self, tenor: f64) -> f64 {
        self.burst / (self.burst + tenor * YEAR)
    }
}

/// Volatilities at the money.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SimQuoted {
    /// Those of marks.
    pub marks: SimMarks,
    /// What is left of a mark when a burst is over.
    pub calm: f64,
    /// At which traders buy.
    pub ask: f64,
}

impl SimQuoted {
    /// Returns what is quoted where no burst is on.
    pub const fn calm(sigma: f64) -> Self {
        Self { marks: SimMarks::calm(sigma), calm: sigma, ask: sigma }
    }

    /// Returns the volatility of marks of a tenor, in years.
    pub fn mark(&self, tenor: f64) -> f64 {
        self.marks.of(tenor)
    }

    /// Returns the volatility at which options of a tenor, in years, are sold and written: what the burst adds to funding is taken off.
    pub fn bid(&self, tenor: f64) -> f64 {
        (self.calm - (self.ask - self.calm) * self.marks.burst / (tenor * YEAR)).max(0.05)
    }

    /// Returns the volatility at which options of a tenor, in years, are bought or sold.
    pub fn side(&self, buys: bool, tenor: f64) -> f64 {
        if buys { self.ask } else { self.bid(tenor) }
    }
}

impl Volatility {
    /// Returns the estimate of a new underlying.
    pub fn start(params: &SimVolatilityParams, ln_price: f64, now: f64) -> Self {
        let average = (params.start / params.multiplier).powi(2);
        Self {
            fast: average,
            slow: average,
            front: params.start,
            back: params.start,
            last_ln: ln_price,
            last_time: now,
        }
    }

    /// Returns the volatilities of marks. Both are within their bounds and follow their targets by the limit per hour.
    pub fn marks(&self, params: &SimVolatilityParams, now: f64) -> SimMarks {
        let (target, elapsed) = (self.target(params), now - self.last_time);
        let [front, back] = [(self.front, target.front), (self.back, target.back)]
            .map(|(from, target)| params.limited(from, target, elapsed));
        SimMarks { front, back, ..target }
    }

    /// Returns what the volatilities of marks follow.
    pub fn target(&self, params: &SimVolatilityParams) -> SimMarks {
        SimMarks { front: params.target(self.larger()), back: params.target(self.slow), burst: params.burst() }
    }

    /// Returns all volatilities. Trades count what the mark is known to follow: who sells what the slow average leaves of it, who buys what a sample at this price would
    /// add. Variance runs at this speed.
    pub fn quoted(&self, params: &SimVolatilityParams, ln_price: f64, now: f64, speed: f64) -> SimQuoted {
        let (marks, target) = (self.marks(params, now), self.target(params));
        let gap = (now - self.last_time).max(params.interval);
        // The return and its weight are at least those of a sample.
        let moved = (ln_price - self.last_ln).abs().exp_m1();
        let variance = (moved * moved * YEAR / (gap * speed)).min(params.largest(self.larger()));
        let next = |average: f64, half_life: f64| {
            let weight = (std::f64::consts::LN_2 * gap / half_life).min(1.0);
            average + weight * (variance - average).max(0.0)
        };
        let expected = next(self.fast, params.fast_half_life).max(next(self.slow, params.slow_half_life));
        let ask = marks.front.max(target.front).max(params.target(expected));
        SimQuoted { marks, calm: marks.back.min(target.back), ask }
    }

    /// Takes a price into the averages; before the interval has passed nothing changes. Variance runs at this speed.
    pub fn sample(&mut self, params: &SimVolatilityParams, ln_price: f64, now: f64, speed: f64) {
        let gap = now - self.last_time;
        if gap < params.interval {
            return;
        }
        let (marks, moved) = (self.marks(params, now), ln_price - self.last_ln);
        let variance = (moved * moved * YEAR / (gap * speed)).min(params.largest(self.larger()));
        let next = |average: f64, half_life: f64| {
            let weight = 1.0 - (-gap / half_life).exp2();
            (average + weight * (variance - average)).min((params.max / params.multiplier).powi(2))
        };
        self.fast = next(self.fast, params.fast_half_life);
        self.slow = next(self.slow, params.slow_half_life);
        (self.front, self.back, self.last_ln, self.last_time) = (marks.front, marks.back, ln_price, now);
    }

    fn larger(&self) -> f64 {
        self.fast.max(self.slow)
    }
}

impl SimVolatilityParams {
    fn target(&self, average: f64) -> f64 {
        (self.multiplier * average.sqrt()).clamp(self.min, self.max)
    }

    /// Returns the seconds of [`SimMarks::burst`].
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
    use crate::params::SimMarket;
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
        let params = SimMarket::btc().volatility;
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
            let quoted = fast.quoted(&params, ln, f64::from(now), 1.0);
            let tenors = [1, 7, 30].map(|days| days * Seconds::DAY.0);
            let years = tenors.map(|tenor| f64::from(tenor) / YEAR);
            let here = [quoted.marks.front, quoted.marks.back, quoted.calm, quoted.ask].into_iter();
            let here = here.chain(years.map(|tenor| quoted.mark(tenor))).chain(years.map(|tenor| quoted.bid(tenor)));
            let exact = [there.marks.front, there.marks.back, there.calm, there.ask].into_iter();
            let exact = exact.chain(tenors.map(|tenor| there.mark(Seconds(tenor)).unwrap()));
            let exact = exact.chain(tenors.map(|tenor| there.bid(Seconds(tenor)).unwrap()));
            for (here, there) in here.zip(exact) {
                assert!((here / float(there) - 1.0).abs() < 1e-6, "step {step}: {here}, {}", float(there));
            }
            widest = widest.max(quoted.ask / quoted.calm);
        }
        assert!(widest > 2.0, "trades never counted a move of their marks: {widest}");
    }
}
