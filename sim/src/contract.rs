//! The contract in floating point: the formulas of `evergreen_math::option`, with the slope in the price that the program does
//! not compute today.

/// Seconds of the year of the option formulas.
pub const YEAR: f64 = 31_536_000.0;

/// A capped everlasting option.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimContract {
    /// Whether it is a call.
    pub call: bool,
    /// Strike, in dollars.
    pub strike: f64,
    /// Cap price, in dollars.
    pub cap: f64,
    /// Tenor, in years.
    pub tenor: f64,
    ln_strike: f64,
    ln_cap: f64,
}

/// What one option on one unit of the index is worth.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Value {
    /// Value, in dollars.
    pub value: f64,
    /// Value above intrinsic, in dollars.
    pub time_value: f64,
    /// The same at the volatility at which funding is paid, in dollars.
    pub funding: f64,
    /// Price times slope of the value in the price, in dollars: what a holder gains if the price doubles at this slope.
    pub delta: f64,
}

/// The price of the underlying and its logarithm.
#[derive(Clone, Copy, Debug)]
pub struct Spot {
    /// Dollars.
    pub price: f64,
    /// Natural logarithm of them.
    pub ln: f64,
}

impl Spot {
    /// Returns the spot at a price.
    pub fn new(price: f64) -> Self {
        Self { price, ln: price.ln() }
    }
}

/// A smile over strikes: `σ·(1 + skew·m + convexity·m²)`, `m = ln(K/S)/(σ√T)` cut to ±4.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SimSmile {
    /// Positive when high strikes are dearer.
    pub skew: f64,
    /// Positive when strikes far from spot are dearer.
    pub convexity: f64,
}

impl SimContract {
    /// Makes a contract whose cap is a multiple of its strike.
    pub fn new(call: bool, strike: f64, tenor_seconds: f64, cap_ratio: f64) -> Self {
        let cap = strike * cap_ratio;
        Self { call, strike, cap, tenor: tenor_seconds / YEAR, ln_strike: strike.ln(), ln_cap: cap.ln() }
    }

    /// Returns the most that it pays, in dollars.
    pub fn cap_payoff(&self) -> f64 {
        (self.cap - self.strike).abs()
    }

    /// Returns whether a price is at the cap or beyond.
    pub fn is_capped_at(&self, price: f64) -> bool {
        if self.call { price >= self.cap } else { price <= self.cap }
    }

    /// Returns the volatility of its quotes, from that at the money.
    pub fn sigma(&self, spot: Spot, at_the_money: f64, smile: SimSmile) -> f64 {
        let m = ((self.ln_strike - spot.ln) / (at_the_money * self.tenor.sqrt())).clamp(-4.0, 4.0);
        (at_the_money * (1.0 + smile.skew * m + smile.convexity * m * m)).clamp(0.05, 4.0)
    }

    /// Values it at a volatility.
    pub fn value(&self, spot: Spot, sigma: f64) -> Value {
        if self.is_capped_at(spot.price) {
            return Value { value: self.cap_payoff(), time_value: 0.0, funding: 0.0, delta: 0.0 };
        }
        let u = (1.0 + 8.0 / (sigma * sigma * self.tenor)).sqrt();
        let (a, b) = (0.5 * (1.0 + u), 0.5 * (1.0 - u));
        let y = spot.ln - self.ln_strike;
        let width = (self.ln_cap - self.ln_strike).abs();
        let scale = self.strike / u;
        let out_of_the_money = (y < 0.0) == self.call;
        // Powers of a call and a put change places.
        let (outer, inner) = if self.call { (a, b) } else { (b, a) };
        if out_of_the_money {
            let time_value = scale * (-(-u * width).exp_m1()) * (outer * y).exp();
            return Value { value: time_value, time_value, funding: time_value, delta: outer * time_value };
        }
        let sign = if self.call { 1.0 } else { -1.0 };
        let image = -u * (self.ln_cap - spot.ln).abs();
        let plain = scale * (inner * y).exp();
        let time_value = plain * (-image.exp_m1());
        let delta = sign * spot.price + plain * (inner - outer * image.exp());
        Value { value: (spot.price - self.strike).abs() + time_value, time_value, funding: time_value, delta }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Rng;
    use evergreen_math::option::{OptionKind, Terms};
    use evergreen_math::{Dollars, Ratio, Seconds};

    fn bits(x: f64) -> i128 {
        (x * 64f64.exp2()) as i128
    }

    #[test]
    fn values_are_those_of_the_exact_pricer() {
        let mut rng = Rng::new(1, 0);
        let mut compared = 0;
        for _ in 0..5_000 {
            let call = rng.chance(0.5);
            let strike = (100.0 + 150_000.0 * rng.uniform()).floor();
            let tenor = [86_400, 7 * 86_400, 30 * 86_400][(3.0 * rng.uniform()) as usize];
            let cap = if call { 1.1 + 0.4 * rng.uniform() } else { 0.9 - 0.4 * rng.uniform() };
            // The exact pricer takes cap ratios for decimals.
            let cap = (cap * 1e4).round() / 1e4;
            let price = strike * (0.3 * rng.normal()).exp();
            let sigma = 0.2 + 1.5 * rng.uniform();
            let kind = if call { OptionKind::Call } else { OptionKind::Put };
            let ratio = Ratio::from_bits(bits(cap));
            let terms = Terms::new(kind, Dollars::from_int(strike as i64), Seconds(tenor), Some(ratio)).unwrap();
            let exact = terms.value(Ratio::from_bits(bits(sigma)), Dollars::from_bits(bits(price))).unwrap();
            let contract = SimContract::new(call, strike, f64::from(tenor), cap);
            let fast = contract.value(Spot::new(price), sigma);
            let exact = exact.time_value.to_bits() as f64 * (-64f64).exp2();
            let error = (fast.time_value - exact).abs();
            assert!(error <= 1e-9 * exact + 1e-9, "{contract:?} at {price}, {sigma}: {fast:?}, {exact}");
            compared += 1;
        }
        assert_eq!(compared, 5_000);
    }

    #[test]
    fn delta_is_the_slope_of_the_value() {
        let mut rng = Rng::new(2, 0);
        for _ in 0..5_000 {
            let call = rng.chance(0.5);
            let cap = if call { 1.2 } else { 0.8 };
            let contract = SimContract::new(call, 100.0, 7.0 * 86_400.0, cap);
            let (price, sigma) = (100.0 * (0.1 * rng.normal()).exp(), 0.3 + rng.uniform());
            let near =
                |f: f64| (price * f - contract.strike).abs() < 1e-3 || (price * f / contract.cap - 1.0).abs() < 1e-3;
            if contract.is_capped_at(price) || near(1.0) {
                continue;
            }
            let h = 1e-5;
            let at = |shift: f64| contract.value(Spot::new(price * (1.0 + shift)), sigma).value;
            let slope = (at(h) - at(-h)) / (2.0 * h);
            let delta = contract.value(Spot::new(price), sigma).delta;
            assert!((slope - delta).abs() < 2e-4 * price, "{contract:?} at {price}: {slope}, {delta}");
        }
    }
}
