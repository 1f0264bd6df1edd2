//! The price of direction: what a pool charges for the risk that its options' deltas add up.
//!
//! Candidates behind one trait. `x` is the *skew*: what all traders' options gain if the price doubles at their present slopes, over the
//! pool's net asset value. It is positive where traders are long and the pool is short the underlying.

use evergreen_math::carry::CarryRule;
use evergreen_sdk::presets;

use crate::contract::{SimContract, Value};

/// What a pool is exposed to, as shares of its net asset value.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct PoolExposure {
    /// The skew `x`.
    pub skew: f64,
    /// Net short cap payoff of calls.
    pub calls: f64,
    /// Net short cap payoff of puts.
    pub puts: f64,
    /// Memory of the rule (an adaptive rate, per year).
    pub memory: f64,
}

impl PoolExposure {
    /// Returns the net short cap payoff of options of this kind.
    pub fn of_kind(&self, call: bool) -> f64 {
        if call { self.calls } else { self.puts }
    }
}

/// A rule for the price of direction.
pub trait DirectionRule: Send + Sync {
    /// Its name with its parameters.
    fn name(&self) -> String;

    /// Returns the `κ` of the inventory potential, given that of the presets.
    fn kappa(&self, preset: f64) -> f64 {
        preset
    }

    /// Returns the carry: what a holder pays a year on each dollar of delta, negative where they are paid.
    fn carry(&self, _exposure: &PoolExposure) -> f64 {
        0.0
    }

    /// Returns what a holder of one option pays a year beside its funding, in dollars.
    fn rent(&self, _contract: &SimContract, value: &Value, exposure: &PoolExposure) -> f64 {
        self.carry(exposure) * value.delta
    }

    /// Returns the memory after some years at an exposure.
    fn remember(&self, exposure: &PoolExposure, _years: f64) -> f64 {
        exposure.memory
    }

    /// Returns how much a trade may add to one side of the delta: both sides, that one first, are over net asset value.
    fn room(&self, _own: f64, _other: f64) -> f64 {
        f64::INFINITY
    }
}

/// The candidates of the comparison, from today's rule to the one that is recommended.
pub fn candidates() -> Vec<Box<dyn DirectionRule>> {
    let bent = Carry { bend: 0.3, ..Carry::straight(1.0) };
    vec![
        Box::new(Potential { kappa: Some(0.01) }),
        Box::new(Potential { kappa: Some(0.05) }),
        Box::new(SkewedFunding { phi: 3.0 }),
        Box::new(InventoryMark { kappa: 0.02 }),
        Box::new(Carry::straight(2.0)),
        Box::new(Carry::straight(6.0)),
        Box::new(bent),
        Box::new(AdaptiveCarry { phi: 1.0, gain: 20.0, limit: 3.0 }),
        Box::new(Limited { rule: Potential { kappa: Some(0.01) }, capacity: recommended().0.capacity }),
        Box::new(Limited { rule: Carry::straight(6.0), capacity: recommended().0.capacity }),
        Box::new(recommended()),
    ]
}

/// Returns the rule of the program with the parameters of the presets.
pub fn recommended() -> Sided<Carry> {
    let pool = presets::pool_params();
    let base = f64::from(pool.carry_base_bps[0]) / 1e4;
    program(share(pool.carry_bps), share(pool.direction_limit_bps[0]), base)
}

/// Returns the rule of the program: a carry of `φ·x`, cut at `φ` times the limit, and a limit of each side beside the program's part of the other.
pub fn program(phi: f64, capacity: f64, offset: f64) -> Sided<Carry> {
    let rule = Carry { limit: phi * capacity, offset, ..Carry::straight(phi) };
    Sided(Limited { rule, capacity }, share(CarryRule::OTHER_SIDE.0))
}

fn share(bps: u16) -> f64 {
    f64::from(bps) / 1e4
}

/// An inventory potential: charged at opening, paid back at closing.
#[derive(Clone, Copy, Debug)]
pub struct Potential {
    /// `κ`, or the presets'.
    pub kappa: Option<f64>,
}

impl DirectionRule for Potential {
    fn name(&self) -> String {
        match self.kappa {
            None => "potential of the presets".to_owned(),
            Some(kappa) => format!("potential {:.0} %", 100.0 * kappa),
        }
    }

    fn kappa(&self, preset: f64) -> f64 {
        self.kappa.unwrap_or(preset)
    }
}

/// Funding times `1 + φ·X/D`, calls and puts apart.
#[derive(Clone, Copy, Debug)]
pub struct SkewedFunding {
    /// `φ`.
    pub phi: f64,
}

impl DirectionRule for SkewedFunding {
    fn name(&self) -> String {
        format!("funding x (1 + {}·X/D)", self.phi)
    }

    fn rent(&self, contract: &SimContract, value: &Value, exposure: &PoolExposure) -> f64 {
        self.phi * exposure.of_kind(contract.call).max(0.0) * value.time_value / contract.tenor
    }
}

/// Funding on a mark that inventory moves: what `κ·X/D` of cap payoff adds to it is paid per tenor.
#[derive(Clone, Copy, Debug)]
pub struct InventoryMark {
    /// `κ`.
    pub kappa: f64,
}

impl DirectionRule for InventoryMark {
    fn name(&self) -> String {
        format!("funding on the mark moved by {:.0} %", 100.0 * self.kappa)
    }

    fn rent(&self, contract: &SimContract, _value: &Value, exposure: &PoolExposure) -> f64 {
        self.kappa * exposure.of_kind(contract.call).max(0.0) * contract.cap_payoff() / contract.tenor
    }
}

/// A carry on delta of `φ·x`, with an offset for the quanto drift, and bounded.
#[derive(Clone, Copy, Debug)]
pub struct Carry {
    /// `φ`: the rate a year at a skew of one.
    pub phi: f64,
    /// How much steeper it becomes: the rate is `φ·x·(1 + (x/bend)²)`; infinite for a straight line.
    pub bend: f64,
    /// The rate at a skew of zero, `ρ·σ_S·σ_P` for a stock that correlates with the underlying.
    pub offset: f64,
    /// Largest part of the rate that the skew makes, either way.
    pub limit: f64,
}

impl Carry {
    /// Returns a straight carry without offset, at most ten times the delta a year.
    pub fn straight(phi: f64) -> Self {
        Self { phi, bend: f64::INFINITY, offset: 0.0, limit: 10.0 }
    }
}

impl DirectionRule for Carry {
    fn name(&self) -> String {
        let bend = if self.bend.is_finite() { format!(", bend {}", self.bend) } else { String::new() };
        let offset = if self.offset == 0.0 { String::new() } else { format!(", offset {:.2}", self.offset) };
        format!("carry {}·x{bend}{offset}", self.phi)
    }

    fn carry(&self, exposure: &PoolExposure) -> f64 {
        let x = exposure.skew;
        let steepness = 1.0 + (x / self.bend).powi(2);
        self.offset + (self.phi * x * steepness).clamp(-self.limit, self.limit)
    }
}

/// A carry whose rate keeps moving while there is skew: `φ·x + m`, `dm/dt = gain·x`, never of the sign that would have the pool pay.
#[derive(Clone, Copy, Debug)]
pub struct AdaptiveCarry {
    /// `φ`.
    pub phi: f64,
    /// By how much the rate moves in a year at a skew of one.
    pub gain: f64,
    /// Bound of the moving part.
    pub limit: f64,
}

impl DirectionRule for AdaptiveCarry {
    fn name(&self) -> String {
        format!("carry {}·x + ∫{}·x", self.phi, self.gain)
    }

    fn carry(&self, exposure: &PoolExposure) -> f64 {
        let rate = self.phi * exposure.skew + exposure.memory;
        if rate * exposure.skew > 0.0 { rate } else { 0.0 }
    }

    fn remember(&self, exposure: &PoolExposure, years: f64) -> f64 {
        (exposure.memory + self.gain * exposure.skew * years).clamp(-self.limit, self.limit)
    }
}

/// Another rule with a capacity of direction: no trade may take the skew further beyond it.
#[derive(Clone, Copy, Debug)]
pub struct Limited<R> {
    /// The rule.
    pub rule: R,
    /// Largest skew.
    pub capacity: f64,
}

impl<R: DirectionRule> DirectionRule for Limited<R> {
    fn name(&self) -> String {
        format!("{}, |x| at most {}", self.rule.name(), self.capacity)
    }

    fn kappa(&self, preset: f64) -> f64 {
        self.rule.kappa(preset)
    }

    fn carry(&self, exposure: &PoolExposure) -> f64 {
        self.rule.carry(exposure)
    }

    fn rent(&self, contract: &SimContract, value: &Value, exposure: &PoolExposure) -> f64 {
        self.rule.rent(contract, value, exposure)
    }

    fn remember(&self, exposure: &PoolExposure, years: f64) -> f64 {
        self.rule.remember(exposure, years)
    }

    fn room(&self, own: f64, other: f64) -> f64 {
        self.capacity - (own - other)
    }
}

/// Another rule with a limit of each side: the capacity and a part of the other side, so that no side, whoever leaves, is beyond the capacity over one less that part.
#[derive(Clone, Copy, Debug)]
pub struct Sided<R>(pub Limited<R>, pub f64);

impl<R: DirectionRule> DirectionRule for Sided<R> {
    fn name(&self) -> String {
        format!("{}, each side at most {} and {} of the other", self.0.rule.name(), self.0.capacity, self.1)
    }

    fn kappa(&self, preset: f64) -> f64 {
        self.0.kappa(preset)
    }

    fn carry(&self, exposure: &PoolExposure) -> f64 {
        self.0.carry(exposure)
    }

    fn rent(&self, contract: &SimContract, value: &Value, exposure: &PoolExposure) -> f64 {
        self.0.rent(contract, value, exposure)
    }

    fn remember(&self, exposure: &PoolExposure, years: f64) -> f64 {
        self.0.remember(exposure, years)
    }

    fn room(&self, own: f64, other: f64) -> f64 {
        self.0.capacity + self.1 * other - own
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_carry_never_has_the_pool_pay_on_the_whole() {
        let rules: [&dyn DirectionRule; 3] = [
            &Carry::straight(2.0),
            &Carry { bend: 0.3, ..Carry::straight(1.0) },
            &AdaptiveCarry { phi: 1.0, gain: 20.0, limit: 3.0 },
        ];
        for rule in rules {
            for step in -20..=20 {
                let exposure = PoolExposure { skew: f64::from(step) / 10.0, memory: 0.7, ..PoolExposure::default() };
                assert!(rule.carry(&exposure) * exposure.skew >= 0.0, "{} at {exposure:?}", rule.name());
            }
        }
    }

    #[test]
    fn the_rule_is_that_of_the_program_at_the_presets() {
        use evergreen_math::{BasisPoints, Native, NativeDelta};
        let (rule, pool) = (recommended(), presets::pool_params());
        let exact = CarryRule {
            per_skew: BasisPoints(pool.carry_bps),
            limit: BasisPoints(pool.direction_limit_bps[0]),
            base: pool.carry_base_bps[0],
        };
        let depth = 1_000_000_000u64;
        for step in -20..=20 {
            let skew = f64::from(step) / 20.0;
            let net = NativeDelta((skew * depth as f64) as i64);
            let there = f64::from(exact.rate(net, net, Native(depth)).unwrap().0) / 1e6;
            let here = rule.carry(&PoolExposure { skew, ..PoolExposure::default() });
            assert!((here - there).abs() < 2e-6, "{skew}: {here}, {there}");
            let other = f64::from(step + 20) / 20.0;
            let largest = exact.largest(Native(depth), Native((other * depth as f64) as u64)).unwrap();
            assert!((rule.room(0.1, other) + 0.1 - largest.0 as f64 / depth as f64).abs() < 1e-8);
        }
    }

    #[test]
    fn an_adaptive_carry_rises_while_the_skew_stays() {
        let rule = AdaptiveCarry { phi: 1.0, gain: 20.0, limit: 3.0 };
        let mut exposure = PoolExposure { skew: 0.2, ..PoolExposure::default() };
        exposure.memory = rule.remember(&exposure, 0.1);
        assert!((rule.carry(&exposure) - 0.6).abs() < 1e-12);
        exposure.memory = rule.remember(&exposure, 100.0);
        assert!((rule.carry(&exposure) - 3.2).abs() < 1e-12);
    }
}
