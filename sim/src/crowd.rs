//! Those who buy: which side they take, how much, and what price keeps them away.

use crate::contract::{SimContract, Value, YEAR};
use crate::paths::SimPath;
use crate::pool::{Costs, POINT, Scene};
use crate::random::Rng;

/// Which options the crowd buys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Flow {
    /// Calls only.
    Calls,
    /// Puts only.
    Puts,
    /// Calls after a week of rising prices, puts after one of falling ones.
    Trend,
    /// Calls and puts in turn.
    Balanced,
    /// Puts five to ten per cent out of the money, to hedge what they own.
    Hedgers,
    /// Both at once, by those who know that the next day moves more than its quote says.
    InformedOfVolatility,
    /// The right side of a move of more than five per cent in the next hour, known beforehand by a tenth of the crowd.
    InformedOfJumps,
}

impl Flow {
    /// All flows.
    pub const ALL: [Self; 7] = [
        Self::Calls,
        Self::Puts,
        Self::Trend,
        Self::Balanced,
        Self::Hedgers,
        Self::InformedOfVolatility,
        Self::InformedOfJumps,
    ];

    /// Returns its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Calls => "calls",
            Self::Puts => "puts",
            Self::Trend => "trend",
            Self::Balanced => "balanced",
            Self::Hedgers => "hedgers",
            Self::InformedOfVolatility => "informed of volatility",
            Self::InformedOfJumps => "informed of jumps",
        }
    }
}

/// Which costs of a holding keep buyers away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Looks {
    /// Those beyond the fees and the spread of a calm market, for which the crowd has its size: ask and bid away from the mark, funding of a burst, carry.
    BeyondCalm,
    /// All of them: the crowd has its size where options cost nothing but their funding.
    Everything,
    /// What the rule for direction takes, alone.
    DirectionRule,
}

/// A crowd of buyers.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Crowd {
    /// What it buys.
    pub flow: Flow,
    /// Share of pool cash that its options would reserve if prices kept nobody away.
    pub utilisation: f64,
    /// By which power of e demand falls when the expected cost of a holding grows by the premium; zero for buyers who do not look.
    pub elasticity: f64,
    /// Which costs count.
    pub looks: Looks,
    /// How many times as large each purchase is, and as rare.
    pub lump: f64,
}

/// Parts of the size in tenors, shortest first.
const OF_TENORS: [f64; 3] = [0.3, 0.5, 0.2];
/// A holder stays for this part of a tenor.
pub const STAY: f64 = 0.5;
/// Purchases of a tenor during one stay.
const PURCHASES: [f64; 3] = [6.0, 7.0, 8.0];

/// What somebody wants to buy.
pub struct WantedPurchase {
    /// The contract.
    pub contract: SimContract,
    /// Units of the index before the price keeps anybody away.
    pub size: f64,
    /// When it is to be closed.
    pub until: f64,
}

impl Crowd {
    /// Returns what the crowd buys in a half-hour, of each tenor at random times.
    pub fn wishes(
        &self,
        scene: &Scene<'_>,
        path: &SimPath,
        step: usize,
        cash: f64,
        rng: &mut Rng,
    ) -> Vec<WantedPurchase> {
        let m = scene.market;
        // Sizes are shared out in units of the index; what these reserve is the share of pool cash.
        let width = |tenor: usize| 0.5 * (m.tenors[tenor].call_cap - m.tenors[tenor].put_cap);
        let reserved: f64 = OF_TENORS.iter().enumerate().map(|(tenor, part)| part * width(tenor)).sum();
        let mut wishes = Vec::new();
        for (tenor, part) in OF_TENORS.iter().enumerate() {
            let stay = STAY * m.tenors[tenor].seconds;
            if !rng.chance(POINT * PURCHASES[tenor] / (stay * self.lump)) {
                continue;
            }
            let reserve = self.utilisation * cash * part * width(tenor) / reserved;
            let years = m.tenors[tenor].seconds / YEAR;
            let (mark, deviation) = (scene.quoted.mark(years), scene.quoted.mark(years) * years.sqrt());
            for (call, share) in self.sides(path, step, mark, rng) {
                let distance = self.distance(deviation, rng) * if call { 1.0 } else { -1.0 };
                let strike = on_grid(scene.spot.price * distance.exp());
                let contract = SimContract::new(call, strike, m.tenors[tenor].seconds, m.cap_ratio(call, tenor));
                let size =
                    self.lump * share * reserve / PURCHASES[tenor] * (0.5 + rng.uniform()) / contract.cap_payoff();
                wishes.push(WantedPurchase { contract, size, until: scene.now + stay * (0.5 + rng.uniform()) });
            }
        }
        wishes
    }

    /// Returns kinds and parts of a purchase.
    fn sides(&self, path: &SimPath, step: usize, sigma: f64, rng: &mut Rng) -> Vec<(bool, f64)> {
        let steps = |seconds: f64| (seconds / path.step) as usize;
        let ahead = |seconds: f64| path.ln[(step + steps(seconds)).min(path.ln.len() - 1)] - path.ln[step];
        match self.flow {
            Flow::Calls => vec![(true, 1.0)],
            Flow::Puts | Flow::Hedgers => vec![(false, 1.0)],
            Flow::Balanced => vec![(rng.chance(0.5), 1.0)],
            Flow::Trend => {
                let week_ago = path.ln[step.saturating_sub(steps(7.0 * 86_400.0))];
                vec![(path.ln[step] >= week_ago, 1.0)]
            }
            Flow::InformedOfVolatility if ahead(86_400.0).abs() > sigma * (1.0f64 / 365.0).sqrt() => {
                vec![(true, 0.5), (false, 0.5)]
            }
            Flow::InformedOfVolatility => Vec::new(),
            Flow::InformedOfJumps => {
                let coming = ahead(3_600.0);
                let informed = coming.abs() > 0.05 && rng.chance(0.1);
                vec![(if informed { coming > 0.0 } else { rng.chance(0.5) }, 1.0)]
            }
        }
    }

    /// Returns how far out of the money a purchase is, as a logarithm.
    fn distance(&self, deviation: f64, rng: &mut Rng) -> f64 {
        match self.flow {
            Flow::Hedgers => 0.05 + 0.05 * rng.uniform(),
            _ => {
                let draw = rng.uniform();
                let deviations = if draw < 0.5 {
                    0.0
                } else if draw < 0.8 {
                    0.5
                } else {
                    1.0
                };
                deviations * deviation
            }
        }
    }

    /// Returns the part of a wish that its price leaves: `e^(−elasticity · cost/premium)`. Whoever is paid comes in at most double size.
    pub fn left(&self, wish: &WantedPurchase, value: &Value, rent: f64, scene: &Scene<'_>) -> f64 {
        if self.elasticity == 0.0 || value.value <= 0.0 {
            return 1.0;
        }
        let (costs, burst) = self.expected(wish, value, rent, scene);
        let cost = match self.looks {
            Looks::BeyondCalm => costs.quotes + burst + costs.carry,
            Looks::Everything => costs.all() + burst,
            Looks::DirectionRule => costs.carry,
        };
        (-self.elasticity * cost / value.value).exp().min(2.0)
    }

    /// Returns what a unit of a wish is expected to cost beside its value and the funding of a calm market, and the funding of the present burst.
    fn expected(&self, wish: &WantedPurchase, value: &Value, rent: f64, scene: &Scene<'_>) -> (Costs, f64) {
        let (m, contract, stay) = (scene.market, &wish.contract, wish.until - scene.now);
        let burst = scene.quoted.marks.burst.max(1.0);
        // What is left of a burst at the end of the holding, and how long it lasts until then.
        let left = (-stay / burst).exp();
        let [ask, bid] = [true, false].map(|buys| scene.traded(contract, value, buys).value);
        let fee = |rate: f64| (rate * scene.spot.price).min(m.fee_value_cap * value.value);
        let costs = Costs {
            fees: fee(m.fee_open) + fee(m.fee_close),
            spread: 2.0 * value.delta.abs() * m.spread_confidences * m.confidence,
            quotes: (ask - value.value) + left * (value.value - bid),
            carry: rent * stay / YEAR,
        };
        let calm = contract.value(scene.spot, contract.sigma(scene.spot, scene.quoted.calm, m.smile));
        let above = (value.funding - calm.time_value).max(0.0);
        (costs, above / (contract.tenor * YEAR) * burst * (1.0 - left))
    }
}

/// Returns the nearest strike of a grid of about one per cent of the price, in steps of 1, 2 or 5.
pub fn on_grid(price: f64) -> f64 {
    let rough = 0.01 * price;
    let power = 10f64.powf(rough.log10().floor());
    let step = [5.0, 2.0, 1.0].into_iter().map(|digit| digit * power).find(|step| *step <= rough).unwrap_or(power);
    (price / step).round() * step
}
