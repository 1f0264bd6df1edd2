//! Liquidations: how much of a written option is closed, and what it costs.

use super::{Books, Contract, Tick, signed};
use evergreen_math::{
    BasisPoints, Native, NativeDelta, Points, Rounding,
    bounds::value_at_most,
    funding,
    margin::{Blend, HealthLevel, Moves, Portfolio},
    option::{OptionPricer, PricePoint},
};

const LEVELS: [HealthLevel; 2] = [HealthLevel::Target, HealthLevel::Maintenance];

/// Steps of the search for the size.
const STEPS: usize = 6;

/// What a leg that closes part of a written option does to health.
struct Closing<'a> {
    books: &'a Books,
    now: &'a Portfolio<2>,
    then: &'a Portfolio<2>,
    cash: NativeDelta,
    cash_then: NativeDelta,
    notional: NativeDelta,
    size: i64,
}

impl Closing<'_> {
    fn at(&self, points: i64) -> Blend {
        Blend { part: points.unsigned_abs(), whole: self.size.unsigned_abs() }
    }

    /// Returns target health when so many points are closed, before the penalty.
    fn before_penalty(&self, points: i64) -> i64 {
        let at = self.at(points);
        let way = self.now.way_to(self.then, HealthLevel::Target).expect("a way");
        let cash = at.of(self.cash, self.cash_then, Rounding::Floor).expect("cash");
        cash.0 + way.options(at).expect("options").0
    }

    /// Returns target health when so many points are closed and the penalty is paid, less one unit for each of two roundings.
    fn health(&self, points: i64) -> i64 {
        let health = self.before_penalty(points);
        let closed = self.at(points).of(NativeDelta::ZERO, self.notional, Rounding::Ceil).expect("a notional");
        let gain = NativeDelta(health - self.before_penalty(0));
        let most = self.books.params.penalty().most(closed.positive_part(), gain).expect("a penalty");
        health - signed(most) - 2
    }

    /// Returns the fewest points that bring target health to zero, found on chords, or all of them.
    fn needed(&self) -> i64 {
        let (mut too_few, mut health_too_few) = (0, self.before_penalty(0));
        let (mut enough, mut health_enough) = (self.size, self.health(self.size));
        if health_enough < 0 {
            return self.size;
        }
        for _ in 0..STEPS {
            let gap = enough - too_few;
            let (span, missing) = ((health_enough - health_too_few).max(0), (-health_too_few).max(0));
            let gap_of = Native(gap.unsigned_abs());
            let Ok(step) = gap_of.mul_div(missing.unsigned_abs(), span.unsigned_abs(), Rounding::Ceil) else { break };
            let guess = too_few + signed(step).clamp(1, gap);
            if guess == enough {
                break;
            }
            let health = self.health(guess);
            if health < 0 {
                (too_few, health_too_few) = (guess, health);
                health_enough >>= 1;
            } else {
                (enough, health_enough) = (guess, health);
            }
        }
        enough
    }
}

impl Books {
    /// Returns the portfolio of an account at a price, both levels measured together.
    fn portfolio(&self, who: &'static str, levels: [HealthLevel; 2], tick: &Tick) -> Portfolio<2> {
        let mut portfolio = Portfolio::new(levels, self.params.margin()).expect("a portfolio");
        let account = &self.accounts[who];
        let spot = PricePoint::new(tick.price).expect("a price");
        let against =
            |(contract, held): (&Contract, &super::Held)| Moves::against(contract.terms().kind(), Points(held.points));
        let moves = account.positions.iter().map(against).reduce(Moves::and);
        portfolio.restrict(0, moves.unwrap_or_default()).expect("moves");
        for (contract, held) in &account.positions {
            let terms = contract.terms();
            let sigma = self.market.smiled(self.market.mark(tick.now, &terms), &terms, spot);
            let shocks = self.market.shocks();
            portfolio.add(0, Points(held.points), &terms, sigma, tick.price, &shocks, self.scale).expect("a position");
        }
        portfolio
    }

    fn health(&self, who: &'static str, level: HealthLevel, tick: &Tick) -> i64 {
        let cash = NativeDelta(self.accounts[who].cash);
        self.portfolio(who, LEVELS, tick).health(level, cash, NativeDelta::ZERO).expect("a health").0
    }

    /// Somebody else settles an account without a price: exercised positions are paid, and whole units of funding are moved up to where series stand.
    pub fn settle_unpriced(&mut self, who: &'static str) {
        let contracts: Vec<Contract> = self.accounts[who].positions.keys().copied().collect();
        for contract in contracts {
            let (line, held) = (&self.lines[&contract], self.accounts[who].positions[&contract]);
            if line.payoff.is_some() {
                self.pay_off(who, &contract);
                continue;
            }
            let points = Points(held.points);
            let since = line.funding.index.since(held.snapshot).expect("funding");
            let [most, least] = [Rounding::Ceil, Rounding::Floor]
                .map(|rounding| self.scale.native(points, since, rounding).expect("funding"));
            let whole = if most.0 > 0 { least } else { most };
            let snapshot = funding::settled_up_to(points, held.snapshot, whole, self.scale).expect("an index");
            let line = self.lines.get_mut(&contract).expect("a series");
            let present = std::mem::replace(&mut line.funding.index, snapshot);
            self.settle_funding(who, &contract);
            self.lines.get_mut(&contract).expect("a series").funding.index = present;
        }
    }

    /// Returns the lower of initial and maintenance health of a settled account.
    pub fn initial(&self, who: &'static str, tick: &Tick) -> i64 {
        let cash = NativeDelta(self.accounts[who].cash);
        let portfolio = self.portfolio(who, [HealthLevel::Initial, HealthLevel::Maintenance], tick);
        portfolio.health(HealthLevel::Initial, cash, NativeDelta::ZERO).expect("a health").0
    }

    /// Returns a hundredth of the notional of an account's positions, native units.
    pub fn room(&self, who: &'static str, tick: &Tick) -> i64 {
        let points: i64 = self.accounts[who].positions.values().map(|held| held.points.abs()).sum();
        self.scale.native(Points(points), tick.price, Rounding::Ceil).expect("a notional").0 / 100
    }

    /// Returns the maintenance health that an account has when its funding is settled now. Nothing changes.
    pub fn maintenance(&self, who: &'static str, tick: &Tick) -> i64 {
        let mut then = self.clone();
        then.advance(tick.now);
        then.settle(who, tick);
        then.health(who, HealthLevel::Maintenance, tick)
    }

    /// Liquidates an account by one leg that buys back a written option; the reward is the liquidator's.
    pub fn liquidate(&mut self, who: &'static str, liquidator: &'static str, contract: &Contract, tick: &Tick) {
        self.advance(tick.now);
        self.settle(who, tick);
        let [target, maintenance] = LEVELS.map(|level| self.health(who, level, tick));
        assert!(maintenance < 0, "{who} has maintenance health {maintenance}");
        let (points, spot) = (-self.accounts[who].points(contract), PricePoint::new(tick.price).expect("a price"));
        assert!(points > 0, "a written option");
        let terms = contract.terms();
        let sigma = self.market.smiled(self.market.mark(tick.now, &terms), &terms, spot);
        let bid = self.market.quoted(tick).bid(terms.tenor()).expect("a volatility");
        let sold = self.market.smiled(bid, &terms, spot);
        let value = value_at_most(&OptionPricer::new(&terms, sold).expect("a pricer"), spot).expect("a value");
        let cost = self.scale.native(Points(points), value, Rounding::Ceil).expect("a cost").0;
        let now = self.portfolio(who, LEVELS, tick);
        let mut then = now;
        let shocks = self.market.shocks();
        let values = then.values(0, Points(-points), &terms, sigma, tick.price, &shocks).expect("values");
        then.change(&values, Points(-points), Points::ZERO, self.scale).expect("a change");
        let cash = NativeDelta(self.accounts[who].cash);
        let notional = self.scale.native(Points(points), tick.price, Rounding::Ceil).expect("a notional");
        let cash_then = NativeDelta(cash.0 - cost);
        let closing = Closing { books: self, now: &now, then: &then, cash, cash_then, notional, size: points };
        let needed = closing.needed();
        let helps =
            needed < points || closing.health(points) > closing.before_penalty(0) || closing.health(points) >= 0;
        let [notional, waived] = self.fill(who, contract, needed, tick, true);
        let gain = LEVELS.map(|level| self.health(who, level, tick));
        let gain = (gain[0] - target).min(gain[1] - maintenance);
        let mut equity = self.accounts[who].cash;
        for (contract, held) in &self.accounts[who].positions {
            let terms = contract.terms();
            let sigma = self.market.smiled(self.market.mark(tick.now, &terms), &terms, spot);
            let pricer = OptionPricer::new(&terms, sigma).expect("a pricer");
            let value = evergreen_math::bounds::valuation_at_least(&pricer, spot).expect("a value");
            let value = value.value().expect("a value");
            equity += self.scale.native(Points(held.points), value, Rounding::Floor).expect("a worth").0;
        }
        let params = self.params.penalty();
        let due = if helps { params.due(notional, NativeDelta(gain)).expect("a penalty") } else { Native::ZERO };
        let penalty = params.penalty(due, NativeDelta(equity), NativeDelta(gain)).expect("a penalty");
        self.account(who).cash -= signed(penalty.total().expect("a penalty"));
        self.account(liquidator).cash += signed(penalty.liquidator);
        self.ledgers.insurance += signed(penalty.insurance);
        self.count("liquidations");
        if self.accounts[who].positions.is_empty() {
            let (open, close) = (self.params.fee_open_bps, self.params.fee_close_bps);
            let waived = waived.mul_div(open.min(close).into(), close.into(), Rounding::Floor).expect("a fee");
            let own = waived.share(BasisPoints(self.params.fee_insurance_bps), Rounding::Floor).expect("a part");
            let wanted = own.0.min(self.params.min_liquidation_reward).saturating_sub(penalty.liquidator.0);
            // What covers a debt is nobody's reward.
            let debts: i64 = self.accounts.values().map(|account| (-account.cash).max(0)).sum();
            let paid = signed(Native(wanted)).min((self.ledgers.insurance - debts).max(0));
            self.ledgers.insurance -= paid;
            self.account(liquidator).cash += paid;
        } else {
            self.count("liquidations in part");
        }
    }
}
