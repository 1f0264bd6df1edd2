//! Whoever takes the other side of direction and hedges it elsewhere.
//!
//! Once a day they look at the skew that they have seen until the day before. Where its carry pays more than their own funding, their costs and the
//! capital that they bind, they buy options deep in the money on the side that is paid, as many as bring the carry down to that, within their
//! size; they hedge their deltas elsewhere, once a day, at a cost. Where the skew has turned against them they leave.

use crate::contract::{SimContract, Spot, YEAR};
use crate::pool::{Closed, Owner, Scene, SimLot, SimPool};
use crate::random::Rng;
use crate::rule::PoolExposure;

/// An arbitrageur's costs and limits.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Arbitrageur {
    /// What their hedge costs a year.
    pub funding: f64,
    /// Cost of a trade of the hedge, as a share of its notional.
    pub trade_cost: f64,
    /// What they ask beside, a year: trading here, the mark-up of the options, and return on what they bind.
    pub hurdle: f64,
    /// Largest delta that they take, as a share of the pool's net asset value.
    pub limit: f64,
    /// Half-life of the average of the skew that they go by, in days.
    pub patience: f64,
    /// Chance of a day on which they do nothing.
    pub absent: f64,
    /// Place of the tenor that they use.
    pub tenor: usize,
    /// How far in the money their options are, as a logarithm.
    pub depth: f64,
}

impl Arbitrageur {
    /// Returns one who uses a tenor at this depth in the money: 11 % funding, 10 basis points a trade, a size of the pool's net asset value.
    pub const fn using(tenor: usize, depth: f64) -> Self {
        Self { funding: 0.11, trade_cost: 0.001, hurdle: 0.3, limit: 1.0, patience: 7.0, absent: 0.05, tenor, depth }
    }
}

/// Smallest trade, as a share of the pool's net asset value.
const LEAST: f64 = 0.02;

/// Their state.
#[derive(Clone, Debug, Default)]
pub struct SimPosition {
    /// Units of the index that they hold elsewhere.
    hedge: f64,
    /// Price at the last hedging.
    price: f64,
    /// The skew as they go by it.
    seen: Option<PoolExposure>,
    /// What they have gained.
    pub gain: f64,
    /// Delta dollars that they held, summed over days.
    pub delta_days: f64,
}

impl SimPosition {
    /// Counts what an ended lot of theirs brought.
    pub fn ended(&mut self, closed: &Closed) {
        self.gain += closed.proceeds - closed.lot.paid;
    }

    /// Their day: hedging, and trades.
    pub fn day(&mut self, who: &Arbitrageur, pool: &mut SimPool, scene: &Scene<'_>, rng: &mut Rng) {
        self.accrue(who, scene.spot);
        if !rng.chance(who.absent) {
            if let Some(seen) = self.seen {
                self.strike_anew(who, pool, scene);
                self.trade(who, pool, scene, seen);
            }
            let wanted = -own_delta(pool) / scene.spot.price;
            self.gain -= (wanted - self.hedge).abs() * scene.spot.price * who.trade_cost;
            self.hedge = wanted;
        }
        // What they go by tomorrow: an average, since a trade pays only over weeks.
        let now = pool.exposure();
        let kept = (-1.0 / who.patience).exp2();
        let skew = self.seen.map_or(now.skew, |seen| kept * seen.skew + (1.0 - kept) * now.skew);
        self.seen = Some(PoolExposure { skew, ..now });
    }

    /// The hedge gains its day's move and costs its funding.
    fn accrue(&mut self, who: &Arbitrageur, spot: Spot) {
        self.gain += self.hedge * (spot.price - self.price);
        self.gain -= self.hedge.abs() * self.price * who.funding / 365.0;
        self.delta_days += self.hedge.abs() * self.price;
        self.price = spot.price;
    }

    /// Options that the price has moved away from where they were bought are closed; the same delta is bought anew.
    fn strike_anew(&mut self, who: &Arbitrageur, pool: &mut SimPool, scene: &Scene<'_>) {
        let mut index = 0;
        while index < pool.lots.len() {
            let lot = &pool.lots[index];
            let moved = (scene.spot.price / lot.opened_at).ln().abs();
            if lot.owner != Owner::Arbitrageur || moved <= 0.8 * who.depth {
                index += 1;
                continue;
            }
            let delta = lot.delta();
            let closed = pool.close(scene, index);
            self.ended(&closed);
            self.buy(who, pool, scene, delta > 0.0, delta.abs());
        }
    }

    fn trade(&mut self, who: &Arbitrageur, pool: &mut SimPool, scene: &Scene<'_>, seen: PoolExposure) {
        let depth = pool.depth.max(1e-9);
        let (own, skew, side) = (own_delta(pool), pool.delta / depth, seen.skew.signum());
        let pays =
            |size: f64| scene.rule.carry(&PoolExposure { skew: size * side, memory: pool.memory, ..seen }) * side;
        let asked = who.funding + who.hurdle;
        if pays(seen.skew.abs()) > asked && skew * side > 0.0 {
            // The size of skew at which the carry pays what they ask.
            let (mut low, mut high) = (0.0, seen.skew.abs());
            for _ in 0..40 {
                let middle = 0.5 * (low + high);
                if pays(middle) > asked { high = middle } else { low = middle }
            }
            let room = (who.limit - own.abs() / depth).max(0.0);
            let wanted = (skew.abs().min(seen.skew.abs()) - high).min(room);
            if wanted > LEAST {
                self.buy(who, pool, scene, side < 0.0, wanted * depth);
            }
        } else if own != 0.0 {
            // Leaving costs as much as weeks of funding: they leave as far as the skew has turned against them and stays so.
            let crowd = -own.signum();
            let turned = (-seen.skew * crowd).min(-skew * crowd).min(own.abs() / depth);
            self.leave(pool, scene, turned * depth);
        }
    }

    /// Closes lots of this delta in all.
    fn leave(&mut self, pool: &mut SimPool, scene: &Scene<'_>, delta: f64) {
        let mut left = delta;
        while left > LEAST * pool.depth.max(1e-9) {
            let Some(index) = pool.lots.iter().position(|lot| lot.owner == Owner::Arbitrageur) else { break };
            let of_lot = pool.lots[index].delta().abs();
            let part = if of_lot > left { left / of_lot } else { 1.0 };
            pool.split(index, part);
            let closed = pool.close(scene, index);
            self.ended(&closed);
            left -= of_lot * part;
        }
    }

    fn buy(&mut self, who: &Arbitrageur, pool: &mut SimPool, scene: &Scene<'_>, call: bool, delta: f64) {
        let away = if call { -who.depth } else { who.depth };
        let strike = crate::crowd::on_grid(scene.spot.price * away.exp());
        let m = scene.market;
        let contract = SimContract::new(call, strike, m.tenors[who.tenor].seconds, m.cap_ratio(call, who.tenor));
        let value = scene.value(&contract);
        if value.delta.abs() < 0.3 * scene.spot.price {
            return;
        }
        let size = delta / value.delta.abs();
        let mut lot = SimLot::new(Owner::Arbitrageur, contract, value, size, scene.now + 100.0 * YEAR);
        lot.size *= pool.fits(scene, &lot).part();
        if lot.size > 0.0 {
            pool.open(scene, lot);
        }
    }

    /// Values what is left at the end of a run, and returns the gain.
    pub fn finish(&mut self, who: &Arbitrageur, pool: &SimPool, spot: Spot) -> f64 {
        self.accrue(who, spot);
        let own = pool.lots.iter().filter(|lot| lot.owner == Owner::Arbitrageur);
        self.gain + own.map(|lot| lot.size * lot.value.value - lot.paid).sum::<f64>()
    }
}

fn own_delta(pool: &SimPool) -> f64 {
    pool.lots.iter().filter(|lot| lot.owner == Owner::Arbitrageur).map(SimLot::delta).sum()
}
