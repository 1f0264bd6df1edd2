//! The pool: its ledgers, what it has written, and the price of a trade.

use crate::contract::{SimContract, Spot, Value, YEAR};
use crate::params::SimMarket;
use crate::rule::{DirectionRule, PoolExposure};
use crate::volatility::SimQuoted;

/// Seconds between points of funding.
pub const POINT: f64 = 1_800.0;

/// The world at a moment in which somebody trades.
#[derive(Clone, Copy)]
pub struct Scene<'a> {
    /// The market's parameters.
    pub market: &'a SimMarket,
    /// The rule for direction.
    pub rule: &'a dyn DirectionRule,
    /// Price of the underlying.
    pub spot: Spot,
    /// Volatilities at the money.
    pub quoted: SimQuoted,
    /// Unix time.
    pub now: f64,
}

impl Scene<'_> {
    /// Values a contract at its mark.
    pub fn value(&self, contract: &SimContract) -> Value {
        self.quoted.marks.value(contract, self.spot, self.market.smile)
    }

    /// Values a contract, given at its mark, for whoever buys or sells it.
    pub fn traded(&self, contract: &SimContract, mark: &Value, buys: bool) -> Value {
        let sigma = self.quoted.side(buys, contract.tenor);
        if sigma == self.quoted.mark(contract.tenor) {
            return *mark;
        }
        contract.value(self.spot, contract.sigma(self.spot, sigma, self.market.smile))
    }

    fn kappa(&self) -> f64 {
        self.rule.kappa(self.market.kappa)
    }
}

/// Who holds a lot.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Owner {
    /// The buyers whose flow is studied.
    Crowd,
    /// Who takes the other side of direction and hedges elsewhere.
    Arbitrageur,
    /// Writers whose cash covers their caps.
    Writer,
}

/// What a holder pays beside funding: each in tokens, never negative but the carry.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Costs {
    /// Fees.
    pub fees: f64,
    /// The confidence of prices.
    pub spread: f64,
    /// What the ask is above the mark, and the bid below it.
    pub quotes: f64,
    /// Carry; negative where it is received.
    pub carry: f64,
}

impl Costs {
    /// Returns the sum with a multiple of others.
    pub fn plus(&self, other: &Self, factor: f64) -> Self {
        Self {
            fees: self.fees + factor * other.fees,
            spread: self.spread + factor * other.spread,
            quotes: self.quotes + factor * other.quotes,
            carry: self.carry + factor * other.carry,
        }
    }

    /// Returns all of it.
    pub fn all(&self) -> f64 {
        self.fees + self.spread + self.quotes + self.carry
    }
}

/// Options that were bought or written at once.
#[derive(Clone, Debug)]
pub struct SimLot {
    /// What was traded.
    pub contract: SimContract,
    /// Units of the index, negative if written.
    pub size: f64,
    /// Who holds it.
    pub owner: Owner,
    /// When it is to be closed, unix time.
    pub until: f64,
    /// Its value at the last point, per unit.
    pub value: Value,
    /// What the rule for direction takes a year and unit, in force since the last point.
    pub rent: f64,
    /// What its holder has paid so far, without what closing brings.
    pub paid: f64,
    /// What of that was no funding and no value.
    pub costs: Costs,
    /// Value at opening, of all units: what gains are measured by.
    pub premium: f64,
    /// Price at opening.
    pub opened_at: f64,
    /// Delta dollars of all units at opening.
    pub opened_delta: f64,
}

impl SimLot {
    /// Returns a lot that is about to be opened.
    pub fn new(owner: Owner, contract: SimContract, value: Value, size: f64, until: f64) -> Self {
        let (rent, paid, premium, opened_at, opened_delta) = (0.0, 0.0, 0.0, 0.0, 0.0);
        let costs = Costs::default();
        Self { contract, size, owner, until, value, rent, paid, costs, premium, opened_at, opened_delta }
    }

    /// Returns delta dollars of all its units at the last valuation.
    pub fn delta(&self) -> f64 {
        self.size * self.value.delta
    }

    /// Returns what it reserves.
    pub fn reserve(&self) -> f64 {
        self.size.max(0.0) * self.contract.cap_payoff()
    }
}

/// A lot that is gone, with what closing or exercise paid.
#[derive(Clone, Debug)]
pub struct Closed {
    /// The lot.
    pub lot: SimLot,
    /// What it brought, in tokens.
    pub proceeds: f64,
    /// Price at the end.
    pub price: f64,
}

/// The pool and all open lots.
#[derive(Clone, Debug)]
pub struct SimPool {
    /// Tokens of the main pool, with what is held of inventory charges.
    pub cash: f64,
    /// Insurance's tokens.
    pub insurance: f64,
    /// The protocol's tokens.
    pub protocol: f64,
    /// Reserves of bought options.
    pub reserves: f64,
    /// Level from which the growth of reserves counts, and its unix time.
    pub level: (f64, f64),
    /// Net short cap payoff, calls and puts.
    pub net_short: [f64; 2],
    /// Inventory charges that may be refunded, calls and puts.
    pub held: [f64; 2],
    /// Memory of the rule.
    pub memory: f64,
    /// Net delta dollars of all lots at their last valuation.
    pub delta: f64,
    /// Delta dollars of the lots that gain when the price rises, and of those that gain when it falls, neither negative.
    pub sides: [f64; 2],
    /// Net asset value at the last point.
    pub depth: f64,
    /// Open lots.
    pub lots: Vec<SimLot>,
    /// Payments that the pool could not make.
    pub failed_payouts: u32,
    /// Income from funding, from what the rule for direction takes, and from fees.
    pub income: [f64; 3],
    /// What exercised options were paid, less what exercised writers paid.
    pub payoffs: f64,
}

/// What a trade costs.
#[derive(Clone, Copy, Debug)]
pub struct Quote {
    /// What the trader pays, fee and charge included; negative where they are paid.
    pub pays: f64,
    /// Of that, what is no value.
    pub costs: Costs,
    fee: f64,
    charge: f64,
}

impl SimPool {
    /// Returns a pool with some tokens.
    pub fn new(cash: f64) -> Self {
        Self {
            cash,
            insurance: 0.0,
            protocol: 0.0,
            reserves: 0.0,
            level: (0.0, f64::NEG_INFINITY),
            net_short: [0.0; 2],
            held: [0.0; 2],
            memory: 0.0,
            delta: 0.0,
            sides: [0.0; 2],
            depth: cash,
            lots: Vec::new(),
            failed_payouts: 0,
            income: [0.0; 3],
            payoffs: 0.0,
        }
    }

    /// Returns what the pool is exposed to.
    pub fn exposure(&self) -> PoolExposure {
        let depth = self.depth.max(1e-9);
        PoolExposure {
            skew: self.delta / depth,
            calls: self.net_short[0] / depth,
            puts: self.net_short[1] / depth,
            memory: self.memory,
        }
    }

    /// Returns net asset value: cash without held charges, less the value of what traders hold.
    pub fn net_asset_value(&self) -> f64 {
        self.cash - self.held[0] - self.held[1] - self.lots.iter().map(|lot| lot.size * lot.value.value).sum::<f64>()
    }

    fn potential(&self, x: f64, kappa: f64) -> f64 {
        let (x, depth) = (x.max(0.0), self.depth.max(1e-9));
        if x < depth { kappa * x * x / (2.0 * depth) } else { kappa * (x - 0.5 * depth) }
    }

    fn charge(&self, call: bool, change: f64, kappa: f64) -> f64 {
        let kind = usize::from(!call);
        let (was, is) =
            (self.potential(self.net_short[kind], kappa), self.potential(self.net_short[kind] + change, kappa));
        if is >= was { is - was } else { -self.held[kind].min(was) * (was - is) / was }
    }

    /// Quotes a trade of `size` units of a contract of this value; `fee` is the rate on notional.
    pub fn quote(&self, scene: &Scene<'_>, contract: &SimContract, value: &Value, size: f64, fee: f64) -> Quote {
        let (m, price) = (scene.market, scene.spot.price);
        let mark = value.value;
        let value = scene.traded(contract, value, size > 0.0);
        let charge = self.charge(contract.call, size * contract.cap_payoff(), scene.kappa());
        let per_unit =
            if contract.is_capped_at(price) { 0.0 } else { (fee * price).min(m.fee_value_cap * value.value) };
        let fee = size.abs() * per_unit + m.fee_value_cap * charge.abs();
        let spread = (size * value.delta).abs() * m.spread_confidences * m.confidence;
        let costs = Costs { fees: fee, spread, quotes: size * (value.value - mark), carry: 0.0 };
        Quote { pays: size * value.value + spread + charge + fee, costs, fee, charge }
    }

    /// Moves what a quoted trade moves between the ledgers.
    fn pay(&mut self, scene: &Scene<'_>, contract: &SimContract, size: f64, quote: Quote) {
        let (m, kind) = (scene.market, usize::from(!contract.call));
        self.net_short[kind] += size * contract.cap_payoff();
        self.held[kind] = (self.held[kind] + quote.charge).max(0.0);
        let parts = [m.fee_insurance * quote.fee, (1.0 - m.fee_main - m.fee_insurance) * quote.fee];
        self.insurance += parts[0];
        self.protocol += parts[1];
        self.cash += quote.pays - parts[0] - parts[1];
        self.income[2] += m.fee_main * quote.fee;
    }

    /// Opens a lot at its value. The caller has cut it to what [`fits`](Self::fits).
    pub fn open(&mut self, scene: &Scene<'_>, mut lot: SimLot) {
        let quote = self.quote(scene, &lot.contract, &lot.value, lot.size, scene.market.fee_open);
        self.pay(scene, &lot.contract, lot.size, quote);
        self.level = (self.level_at(scene), scene.now);
        self.reserves += lot.reserve();
        lot.paid = quote.pays;
        lot.costs = quote.costs;
        lot.premium = lot.size.abs() * lot.value.value;
        lot.opened_at = scene.spot.price;
        lot.opened_delta = lot.delta();
        self.shift(lot.opened_delta, 1.0);
        lot.rent = scene.rule.rent(&lot.contract, &lot.value, &self.exposure());
        self.lots.push(lot);
    }

    /// Splits the lot at a place of the list: this part of it stays there, the rest becomes a lot at the end of the list.
    pub fn split(&mut self, index: usize, part: f64) {
        if part >= 1.0 {
            return;
        }
        let mut rest = self.lots[index].clone();
        for (lot, share) in [(&mut self.lots[index], part), (&mut rest, 1.0 - part)] {
            lot.size *= share;
            lot.paid *= share;
            lot.premium *= share;
            lot.opened_delta *= share;
            lot.costs = Costs::default().plus(&lot.costs, share);
        }
        self.lots.push(rest);
    }

    /// Closes the lot at a place of the list, at its present value.
    pub fn close(&mut self, scene: &Scene<'_>, index: usize) -> Closed {
        let mut lot = self.lots.swap_remove(index);
        self.shift(lot.delta(), -1.0);
        lot.value = scene.value(&lot.contract);
        let quote = self.quote(scene, &lot.contract, &lot.value, -lot.size, scene.market.fee_close);
        self.reserves = (self.reserves - lot.reserve()).max(0.0);
        self.pay(scene, &lot.contract, -lot.size, quote);
        lot.costs = lot.costs.plus(&quote.costs, 1.0);
        self.check_cash();
        Closed { proceeds: -quote.pays, price: scene.spot.price, lot }
    }

    /// Exercises the lot at a place of the list for its cap payoff.
    pub fn exercise(&mut self, scene: &Scene<'_>, index: usize) -> Closed {
        let lot = self.lots.swap_remove(index);
        let (payoff, kind) = (lot.contract.cap_payoff(), usize::from(!lot.contract.call));
        let was = self.potential(self.net_short[kind], scene.kappa());
        self.net_short[kind] -= lot.size * payoff;
        let is = self.potential(self.net_short[kind], scene.kappa());
        // What was held for exercised options is the pool's.
        if is < was {
            self.held[kind] *= is / was;
        }
        self.shift(lot.delta(), -1.0);
        self.reserves = (self.reserves - lot.reserve()).max(0.0);
        self.cash -= lot.size * payoff;
        self.payoffs += lot.size * payoff;
        self.check_cash();
        Closed { proceeds: lot.size * payoff, price: scene.spot.price, lot }
    }

    /// Counts a lot's delta dollars in, or out where `sign` is negative.
    fn shift(&mut self, delta: f64, sign: f64) {
        self.delta += sign * delta;
        let side = &mut self.sides[usize::from(delta < 0.0)];
        *side = (*side + sign * delta.abs()).max(0.0);
    }

    fn check_cash(&mut self) {
        if self.cash < -1e-9 * self.depth.abs() {
            self.failed_payouts += 1;
        }
    }

    /// Brings all lots to a point: funding since the last one at the rates in force, then values and rates anew.
    pub fn point(&mut self, scene: &Scene<'_>, seconds: f64) {
        let (years, mut value, mut delta, mut sides) = (seconds / YEAR, 0.0, 0.0, [0.0; 2]);
        let speed = scene.market.speed(scene.now - 0.5 * seconds.min(POINT));
        for lot in &mut self.lots {
            let plain = lot.size * lot.value.funding / lot.contract.tenor * years * speed;
            let owed = plain + lot.size * lot.rent * years;
            lot.costs.carry += owed - plain;
            self.cash += owed;
            lot.paid += owed;
            self.income[0] += plain;
            self.income[1] += owed - plain;
            lot.value = scene.value(&lot.contract);
            value += lot.size * lot.value.value;
            delta += lot.delta();
            sides[usize::from(lot.delta() < 0.0)] += lot.delta().abs();
        }
        (self.delta, self.sides) = (delta, sides);
        self.depth = self.cash - self.held[0] - self.held[1] - value;
        self.memory = scene.rule.remember(&self.exposure(), years);
        let exposure = self.exposure();
        for lot in &mut self.lots {
            lot.rent = scene.rule.rent(&lot.contract, &lot.value, &exposure);
        }
    }

    /// Returns the level from which the growth of reserves counts: it follows them by at most the growth of an hour an hour.
    fn level_at(&self, scene: &Scene<'_>) -> f64 {
        let step = scene.market.growth_limit * self.cash.max(0.0) * (scene.now - self.level.1) / 3_600.0;
        if self.level.0 < self.reserves {
            (self.level.0 + step).min(self.reserves)
        } else {
            (self.level.0 - step).max(self.reserves)
        }
    }

    /// Returns which part of a lot can be opened, by each limit alone: [`Limit::ALL`].
    pub fn fits(&self, scene: &Scene<'_>, lot: &SimLot) -> Fit {
        let (needed, added) = (lot.reserve(), lot.delta());
        let of_reserve = |free: f64| if needed > 0.0 { (free / needed).clamp(0.0, 1.0) } else { 1.0 };
        let growth = self.level_at(scene) + scene.market.growth_limit * self.cash - self.reserves;
        let (own, depth) = (usize::from(added < 0.0), self.depth.max(1e-9));
        let room = scene.rule.room(self.sides[own] / depth, self.sides[1 - own] / depth) * depth;
        let of_direction = if added == 0.0 || room.is_infinite() { 1.0 } else { (room / added.abs()).clamp(0.0, 1.0) };
        Fit([of_reserve(scene.market.reserve_limit * self.cash - self.reserves), of_direction, of_reserve(growth)])
    }
}

mod limits;
#[cfg(test)]
mod tests;

pub use limits::{Fit, Limit};
