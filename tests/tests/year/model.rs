//! What the books of a pool on one underlying must say, computed beside the program: integers, the mathematics crate and the rules of the protocol. It is told who does what and at which price, and never looks at the chain.

mod carry;
mod earned;
mod liquidation;
mod market;
mod series;

use evergreen_math::{
    BasisPoints, FundingIndex, Native, NativeDelta, PointScale, Points, Ratio, Rounding, Seconds, funding,
    option::PricePoint,
    pool, reserve, shares,
    trade::{LegPricing, PriceBand},
};
use evergreen_sdk::evergreen::state::{PoolParams, UnderlyingParams};
use std::collections::BTreeMap;

pub use carry::Carry;
pub use market::{Market, Tick};
pub use series::{Contract, Line};

/// A position: points, and the funding index at which it was last settled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Held {
    pub points: i64,
    pub snapshot: FundingIndex,
}

/// A margin account.
#[derive(Clone, Debug, Default)]
pub struct Account {
    pub cash: i64,
    pub positions: BTreeMap<Contract, Held>,
}

impl Account {
    /// Returns the points held of a contract.
    pub fn points(&self, contract: &Contract) -> i64 {
        self.positions.get(contract).map_or(0, |held| held.points)
    }
}

/// The ledgers of the pool, native units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Ledgers {
    /// Cash of the main class.
    pub main: i64,
    /// Capital of the insurance class, in both vaults.
    pub insurance: i64,
    /// Fees of the protocol that nobody has collected.
    pub fees: i64,
    /// Shares of both classes.
    pub shares: [u64; 2],
}

/// How often something has happened.
pub type Counts = BTreeMap<&'static str, u32>;

/// The books.
#[derive(Clone, Debug)]
pub struct Books {
    pub params: PoolParams,
    pub scale: PointScale,
    pub market: Market,
    pub carry: Carry,
    pub ledgers: Ledgers,
    /// Net asset value at the last valuation, lower bound.
    pub depth: u64,
    unearned: earned::Unearned,
    pub lines: BTreeMap<Contract, Line>,
    pub accounts: BTreeMap<&'static str, Account>,
    pub counts: Counts,
}

/// Native units as the signed number that ledgers hold.
pub fn signed(amount: Native) -> i64 {
    i64::try_from(amount.0).expect("an amount of a pool")
}

impl Books {
    pub fn new(params: PoolParams, scale: u8, underlying: UnderlyingParams, price: i64, now: i64) -> Self {
        Self {
            params,
            scale: PointScale::new(scale).expect("a scale"),
            market: Market::new(underlying, price, now),
            carry: Carry::new(&params),
            ledgers: Ledgers::default(),
            depth: 0,
            unearned: earned::Unearned::default(),
            lines: BTreeMap::new(),
            accounts: BTreeMap::new(),
            counts: Counts::new(),
        }
    }

    pub fn count(&mut self, what: &'static str) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn account(&mut self, who: &'static str) -> &mut Account {
        self.accounts.get_mut(who).expect("an account")
    }

    /// Returns what a series reserves, native units.
    pub fn reserve(&self, contract: &Contract, line: &Line) -> i64 {
        let cap = contract.terms().cap_payoff().expect("a cap");
        signed(reserve::required(Points(line.long), cap, self.scale).expect("a reserve"))
    }

    /// Moves premium, funding or payoff from the main class to an account, or back.
    fn pay(&mut self, who: &'static str, amount: i64) {
        self.account(who).cash += amount;
        self.ledgers.main -= amount;
    }

    /// Brings the carry up to now, at the depth of the last valuation.
    pub fn advance(&mut self, now: i64) {
        self.carry.advance(Native(self.depth), now);
    }

    /// Accrues the funding of a series up to now and measures its slope at the present price. The carry has been brought up to now.
    fn touch(&mut self, contract: &Contract, tick: &Tick) {
        let line = self.lines.get_mut(contract).expect("a series");
        let before = line.sides();
        line.accrue(contract, &self.market, &self.carry, &self.params, tick.now);
        line.measure(contract, &self.market, tick);
        self.carry.shift(before, line.sides(), self.scale);
    }

    /// Settles the funding of a position, rounded up against its holder.
    fn settle_funding(&mut self, who: &'static str, contract: &Contract) {
        let held = self.accounts[who].positions[contract];
        let line = self.lines.get_mut(contract).expect("a series");
        let points = Points(held.points);
        let owed = funding::owed(points, line.funding.index, held.snapshot, self.scale).expect("funding");
        line.replace(points, held.snapshot, points, self.scale);
        let snapshot = line.funding.index;
        self.account(who).positions.insert(*contract, Held { snapshot, ..held });
        self.pay(who, -owed.0);
    }

    /// Settles all positions of an account: funding of those that live, payoffs of those that have ended.
    fn settle(&mut self, who: &'static str, tick: &Tick) {
        let contracts: Vec<Contract> = self.accounts[who].positions.keys().copied().collect();
        for contract in contracts {
            if self.lines[&contract].payoff.is_some() {
                self.pay_off(who, &contract);
            } else {
                self.touch(&contract, tick);
                self.settle_funding(who, &contract);
            }
        }
    }

    /// Pays a position of an exercised series. The series is gone with its last position.
    fn pay_off(&mut self, who: &'static str, contract: &Contract) {
        self.settle_funding(who, contract);
        let held = self.accounts[who].positions[contract];
        let line = self.lines.get_mut(contract).expect("a series");
        let payoff = line.payoff.expect("an exercised series");
        let amount = self.scale.native(Points(held.points), payoff, Rounding::Floor).expect("a payoff");
        line.replace(Points(held.points), held.snapshot, Points::ZERO, self.scale);
        if !line.has_interest() {
            self.lines.remove(contract);
        }
        self.account(who).positions.remove(contract);
        self.pay(who, amount.0);
        self.count("payoffs");
    }

    /// Fills one leg; returns notional, and the fee that it would have cost.
    fn fill(&mut self, who: &'static str, contract: &Contract, change: i64, tick: &Tick, forced: bool) -> [Native; 2] {
        self.touch(contract, tick);
        let index = self.lines[contract].funding.index;
        let held = self.accounts[who].positions.get(contract).copied().unwrap_or(Held { points: 0, snapshot: index });
        let after = held.points + change;
        let spot = PricePoint::new(tick.price).expect("a price");
        let terms = contract.terms();
        let quoted = self.market.quoted(tick);
        let (sigma, prices) = if forced {
            (quoted.bid(terms.tenor()).expect("a volatility"), PriceBand::at_mark(spot))
        } else {
            let spread = BasisPoints(self.market.params.spread_conf_bps);
            let band = PriceBand::around(spot, tick.confidence, spread).expect("a band");
            (quoted.side(change > 0, contract.terms().tenor()).expect("a volatility"), band)
        };
        let pricing = LegPricing {
            terms: &terms,
            held: Points(held.points),
            change: Points(change),
            sigma: self.market.smiled(sigma, &terms, spot),
            prices,
            fees: self.params.fees(),
            scale: self.scale,
        };
        let cost = pricing.quote().expect("a quote");
        let line = self.lines.get_mut(contract).expect("a series");
        let before = line.sides();
        line.replace(Points(held.points), held.snapshot, Points(after), self.scale);
        self.carry.shift(before, line.sides(), self.scale);
        let positions = &mut self.account(who).positions;
        if after == 0 {
            positions.remove(contract);
        } else {
            positions.insert(*contract, Held { points: after, snapshot: index });
        }
        self.pay(who, cost.cash_change.0);
        self.set_aside(contract, change, cost.cash_change, tick, forced);
        if !forced {
            let parts = self.params.fee_split().expect("a split").split(cost.fee).expect("a fee");
            self.account(who).cash -= signed(cost.fee);
            self.ledgers.main += signed(parts.main);
            self.ledgers.insurance += signed(parts.insurance);
            self.ledgers.fees += signed(parts.protocol);
        }
        [cost.notional, cost.fee]
    }

    // What people do.

    /// Somebody's account is opened, or gets tokens.
    pub fn deposit(&mut self, who: &'static str, amount: u64) {
        self.accounts.entry(who).or_default().cash += signed(Native(amount));
    }

    /// A series is listed.
    pub fn list(&mut self, contract: Contract, tick: &Tick) {
        let mut line = Line::new(tick.now);
        line.measure(&contract, &self.market, tick);
        assert!(self.lines.insert(contract, line).is_none(), "a new series");
        self.count("series");
    }

    /// A series that nobody uses is retired.
    pub fn retire(&mut self, contract: &Contract) {
        let line = self.lines.remove(contract).expect("a series");
        assert!(!line.has_interest(), "a series that nobody uses");
    }

    /// The first price after the grid time is sampled, and is the point of its half-hour.
    pub fn sample(&mut self, tick: &Tick) {
        self.market.sample(tick);
        self.count("samples");
    }

    /// A trade is filled: funding of all positions first, then leg by leg.
    pub fn trade(&mut self, who: &'static str, legs: &[(Contract, i64)], tick: &Tick) {
        self.advance(tick.now);
        self.settle(who, tick);
        for (contract, change) in legs {
            self.fill(who, contract, *change, tick, false);
        }
        self.count("trades");
    }

    /// A series has reached its cap.
    pub fn exercise(&mut self, contract: &Contract, tick: &Tick) {
        self.advance(tick.now);
        let line = self.lines.get_mut(contract).expect("a series");
        line.accrue(contract, &self.market, &self.carry, &self.params, tick.now);
        self.carry.shift(line.sides(), [0; 2], self.scale);
        line.payoff = Some(contract.terms().cap_payoff().expect("a cap"));
        if !line.has_interest() {
            self.lines.remove(contract);
        }
        self.count("exercises");
    }

    /// Insurance, then the main class, pays the debt of an account without positions.
    pub fn absorb(&mut self, who: &'static str) {
        let debt = -self.accounts[who].cash;
        let paid = debt.min(self.ledgers.insurance);
        self.ledgers.insurance -= paid;
        self.ledgers.main -= debt - paid;
        self.account(who).cash = 0;
        self.count("bad debts");
    }

    /// All series are valued at the mark: funding, slopes, net delta and depth.
    pub fn refresh(&mut self, tick: &Tick) {
        self.advance(tick.now);
        let spot = PricePoint::new(tick.price).expect("a price");
        let mut sides = [0; 2];
        for (contract, line) in &mut self.lines {
            if line.has_interest() {
                line.accrue(contract, &self.market, &self.carry, &self.params, tick.now);
            }
            let sigma = self.market.smiled(self.market.mark(tick.now, &contract.terms()), &contract.terms(), spot);
            line.set_slope(pool::value_and_slope(&contract.terms(), sigma, spot).expect("a value").slope);
            sides = [0, 1].map(|side| sides[side] + line.sides()[side]);
        }
        self.carry.set(sides, self.scale);
        let marks = self.market.marks(tick.now);
        let assets = self.value(tick, (Rounding::Ceil, false), |_, tenor| marks.of(tenor).expect("a volatility"));
        self.depth = assets.positive_part().0;
        self.count("valuations");
    }

    /// Returns net asset value with series at these volatilities by net points, rounded as asked; in a bound what was taken on counts at the bid. Funding of all series accrues.
    fn value(
        &mut self,
        tick: &Tick,
        (rounding, is_bound): (Rounding, bool),
        sigma: impl Fn(Points, Seconds) -> Ratio,
    ) -> NativeDelta {
        let (mut assets, quoted) = (NativeDelta(self.ledgers.main), self.market.valued(tick));
        let (spot, minute) = (PricePoint::new(tick.price).expect("a price"), tick.now - tick.now % 60);
        for (contract, line) in self.lines.iter_mut().filter(|(_, line)| line.has_interest()) {
            let (terms, net, taken) = (contract.terms(), line.net(), i64::from(is_bound) * line.taken.left(minute));
            let (bid, at_spread) =
                (quoted.bid(terms.tenor()).expect("a volatility"), sigma(Points(net.0 - taken), terms.tenor()));
            let first = if at_spread == bid { net.0 } else { net.0 - taken };
            for (points, sigma) in [(first, at_spread), (net.0 - first, bid)] {
                let sigma = self.market.smiled(sigma, &terms, spot);
                let owed = pool::owed(&terms, sigma, spot, Points(points), (self.scale, rounding)).expect("a value");
                assets = assets.checked_sub(owed).expect("a sum");
            }
            line.accrue(contract, &self.market, &self.carry, &self.params, tick.now);
            assets = assets.checked_add(line.claim(self.scale)).expect("a sum");
        }
        assets
    }

    /// Returns net asset value for whoever comes (at which closing pays the pool most) or leaves (at which it costs most), at the prices of a minute.
    fn bound(&mut self, tick: &Tick, comes: bool) -> NativeDelta {
        self.advance(tick.now);
        let quoted = self.market.valued(tick);
        let sigma = |net: Points, tenor| match (comes, net.is_short()) {
            (true, true) => quoted.mark(tenor).expect("a volatility"),
            (false, false) => quoted.ask,
            _ => quoted.bid(tenor).expect("a volatility"),
        };
        self.value(tick, (if comes { Rounding::Floor } else { Rounding::Ceil }, true), sigma)
    }

    /// A deposit of liquidity in the main class, at the prices of its minute. Returns its shares.
    pub fn provide(&mut self, amount: u64, tick: &Tick) -> u64 {
        let is_first = self.ledgers.shares[0] == 0;
        let bound = if is_first { NativeDelta(self.ledgers.main) } else { self.bound(tick, true) };
        let assets = self.less_unearned(bound, 0, tick.now);
        let new = shares::shares_for_deposit(Native(amount), self.ledgers.shares[0], assets).expect("shares");
        self.ledgers.shares[0] += new;
        self.ledgers.main += signed(Native(amount));
        self.depth += amount;
        self.limit_unearned(assets.positive_part().0, tick.now);
        self.count("deposits of liquidity");
        new
    }

    /// A deposit in the insurance class. Returns its shares.
    pub fn insure(&mut self, amount: u64) -> u64 {
        let (all, worth) = (self.ledgers.shares[1], NativeDelta(self.ledgers.insurance));
        let new = shares::shares_for_deposit(Native(amount), all, worth).expect("shares");
        self.ledgers.shares[1] += new;
        self.ledgers.insurance += signed(Native(amount));
        new
    }

    /// Shares of the main class are paid, at the prices of a minute. Returns the amount.
    pub fn redeem(&mut self, redeemed: u64, tick: &Tick) -> u64 {
        let bound = self.bound(tick, false);
        let assets = self.less_unearned(bound, redeemed, tick.now);
        let amount = shares::amount_for_shares(redeemed, self.ledgers.shares[0], assets).expect("an amount").0;
        self.ledgers.shares[0] -= redeemed;
        self.ledgers.main -= signed(Native(amount));
        self.depth = self.depth.saturating_sub(amount);
        self.limit_unearned(assets.positive_part().0.saturating_sub(amount), tick.now);
        self.count("withdrawals of liquidity");
        amount
    }

    /// Returns what shares of the insurance class are worth.
    pub fn worth_of_insurance(&self, shares: u64) -> u64 {
        let (all, worth) = (self.ledgers.shares[1], NativeDelta(self.ledgers.insurance));
        shares::amount_for_shares(shares, all, worth).expect("an amount").0
    }

    /// Shares of the insurance class are paid: what they are worth, and no more than when it was requested. Returns the amount.
    pub fn redeem_insurance(&mut self, redeemed: u64, at_request: u64) -> u64 {
        let amount = self.worth_of_insurance(redeemed).min(at_request);
        self.ledgers.shares[1] -= redeemed;
        self.ledgers.insurance -= signed(Native(amount));
        amount
    }

    /// The protocol's fees are collected. Returns the amount.
    pub fn collect(&mut self) -> u64 {
        core::mem::take(&mut self.ledgers.fees).unsigned_abs()
    }
}
