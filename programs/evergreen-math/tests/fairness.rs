//! Fairness by simulation: a holder who pays the value at the start and funding while holding, and receives the value at the end
//! (or the payoff at the cap), gains and loses nothing on average, whenever the holder closes.
//!
//! Paths are geometric Brownian motion without drift. The gains of holding `delta` units of the index instead have a mean of
//! exactly zero. Subtracted as a control variate, and with antithetic paths, they leave a standard error below one per cent of
//! the funding, so that a funding rate wrong by two per cent is found.

use evergreen_math::option::{OptionKind, OptionPricer, Terms};
use evergreen_math::{Dollars, Ratio, Seconds};
use evergreen_test_support::random::Random;

const STEPS_PER_TENOR: usize = 100;
const PAIRS: usize = 1_500;

/// The moment when the holder closes, if the spot has not reached the cap before.
#[derive(Clone, Copy, Debug)]
enum Exit {
    /// After this many tenors.
    Fixed(f64),
    /// When the spot has risen to this factor of the first, at the latest after two tenors.
    UpMove(f64),
    /// When the spot has fallen to this factor of the first, at the latest after two tenors.
    StopLoss(f64),
    /// After an exponentially distributed time of this many tenors on average.
    Random(f64),
    /// Only at the cap, at the latest after six tenors.
    Cap,
}

/// Uniform and normal numbers.
struct Numbers(Random);

impl Numbers {
    fn uniform(&mut self) -> f64 {
        (self.0.word() >> 11) as f64 / (1u64 << 53) as f64 + 1e-17
    }

    fn normal(&mut self) -> f64 {
        (-2.0 * self.uniform().ln()).sqrt() * (std::f64::consts::TAU * self.uniform()).cos()
    }
}

struct Market {
    pricer: OptionPricer,
    sigma: f64,
    /// In years.
    tenor: f64,
    start: f64,
    cap: Option<f64>,
    upward: bool,
}

fn dollars(value: f64) -> Dollars {
    Dollars::from_bits((value * 2f64.powi(64)) as i128)
}

fn float(value: Dollars) -> f64 {
    value.to_bits() as f64 / 2f64.powi(64)
}

impl Market {
    fn new(kind: OptionKind, strike: i64, cap_percent: Option<i64>, days: u32, sigma: f64, start: f64) -> Self {
        let cap = cap_percent.map(|c| Ratio::from_bits((i128::from(c) << 64) / 100));
        let terms = Terms::new(kind, Dollars::from_int(strike), Seconds(days * 86_400), cap).unwrap();
        let pricer = OptionPricer::new(&terms, Ratio::from_bits((sigma * 2f64.powi(64)) as i128)).unwrap();
        let cap = terms.cap_price().map(float);
        Self { pricer, sigma, tenor: f64::from(days) / 365.0, start, cap, upward: kind == OptionKind::Call }
    }

    /// Returns value and time value in dollars, from the integers of the crate.
    fn at(&self, spot: f64) -> (f64, f64) {
        let valuation = self.pricer.at(dollars(spot)).unwrap();
        (float(valuation.value().unwrap()), float(valuation.time_value))
    }

    /// Returns the probability that a path from a to b crossed the cap in between.
    fn crossing(&self, a: f64, b: f64, dt: f64) -> f64 {
        let Some(cap) = self.cap else { return 0.0 };
        let beyond = if self.upward { b >= cap } else { b <= cap };
        if beyond { 1.0 } else { (-2.0 * (cap / a).ln() * (cap / b).ln() / (self.sigma * self.sigma * dt)).exp() }
    }

    /// Returns one holder's profit net of the control variate, and the funding paid; a `flip` of −1 mirrors the normal numbers.
    fn hold(&self, exit: Exit, random: &mut Numbers, flip: f64) -> (f64, f64) {
        let dt = self.tenor / STEPS_PER_TENOR as f64;
        let tenors = match exit {
            Exit::Fixed(tenors) => tenors,
            Exit::UpMove(_) | Exit::StopLoss(_) => 2.0,
            Exit::Random(mean) => -mean * random.uniform().ln(),
            Exit::Cap => 6.0,
        };
        let steps = ((tenors * STEPS_PER_TENOR as f64).round() as usize).max(1);
        let mut spot = self.start;
        let (premium, mut time_value) = self.at(spot);
        let (mut value, mut funding, mut hedge) = (premium, 0.0, 0.0);
        for _ in 0..steps {
            let bump = spot * 1e-4;
            let delta = (self.at(spot + bump).0 - value) / bump;
            let shock = flip * random.normal() * self.sigma * dt.sqrt();
            let next = spot * (shock - 0.5 * self.sigma * self.sigma * dt).exp();
            let draw = random.uniform();
            if draw < self.crossing(spot, next, dt) {
                let cap = self.cap.unwrap();
                hedge += delta * (cap - spot);
                // The time value falls to zero, on average half a step from here.
                funding += 0.5 * time_value * 0.5 * dt / self.tenor;
                value = (cap - float(self.pricer.terms().strike())).abs();
                break;
            }
            let (next_value, next_time_value) = self.at(next);
            hedge += delta * (next - spot);
            funding += 0.5 * (time_value + next_time_value) * dt / self.tenor;
            (spot, value, time_value) = (next, next_value, next_time_value);
            match exit {
                Exit::UpMove(factor) if spot >= self.start * factor => break,
                Exit::StopLoss(factor) if spot <= self.start * factor => break,
                _ => {}
            }
        }
        (value - premium - funding - hedge, funding)
    }

    /// Returns the mean profit, its standard error, and the mean funding.
    fn simulate(&self, exit: Exit, seed: u64) -> (f64, f64, f64) {
        let (mut sum, mut squares, mut funding) = (0.0, 0.0, 0.0);
        for pair in 0..PAIRS {
            let seed = seed.wrapping_mul(1_000_003).wrapping_add(pair as u64) << 20;
            let (one, one_funding) = self.hold(exit, &mut Numbers(Random(seed)), 1.0);
            let (other, other_funding) = self.hold(exit, &mut Numbers(Random(seed)), -1.0);
            let profit = (one + other) / 2.0;
            sum += profit;
            squares += profit * profit;
            funding += (one_funding + other_funding) / 2.0;
        }
        let n = PAIRS as f64;
        let mean = sum / n;
        (mean, ((squares / n - mean * mean) / (n - 1.0)).sqrt(), funding / n)
    }
}

fn check(name: &str, market: &Market) {
    let exits = [Exit::Fixed(1.0), Exit::UpMove(1.04), Exit::StopLoss(0.95), Exit::Random(1.0), Exit::Cap];
    for (seed, exit) in exits.into_iter().enumerate() {
        let (mean, error, funding) = market.simulate(exit, seed as u64 + 1);
        let shown = format!("{exit:?}");
        println!("{name:<16}{shown:<16} profit {mean:>8.2} ± {error:>5.2}   funding {funding:>8.2}");
        assert!(mean.abs() <= 3.0 * error, "{name} {exit:?}: {mean} ± {error}");
        // A funding rate that is two per cent too high or too low would not pass.
        for wrong in [-0.02, 0.02] {
            let mean = mean - wrong * funding;
            assert!(mean.abs() > 3.0 * error, "{name} {exit:?} misses an error of {wrong}: {mean} ± {error}");
        }
    }
}

#[test]
fn capped_call() {
    check("capped call", &Market::new(OptionKind::Call, 100_000, Some(120), 7, 0.6, 98_000.0));
}

#[test]
fn capped_put() {
    check("capped put", &Market::new(OptionKind::Put, 100_000, Some(85), 7, 0.6, 98_000.0));
}

#[test]
fn uncapped_call() {
    check("uncapped call", &Market::new(OptionKind::Call, 100_000, None, 7, 0.6, 101_000.0));
}
