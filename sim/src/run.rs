//! A run: one path, one crowd, one rule.

use crate::arbitrage::{Arbitrageur, SimPosition};
use crate::contract::{Spot, YEAR};
use crate::crowd::{Crowd, Flow, Looks};
use crate::params::SimMarket;
use crate::paths::{SimPath, bars};
use crate::pool::{Closed, Owner, POINT, Scene, SimLot, SimPool};
use crate::random::Rng;
use crate::rule::DirectionRule;
use crate::volatility::{SimQuoted, Volatility};

mod outcome;

use outcome::Record;
pub use outcome::{GainParts, Month, Others, Refused, RunOutcome};

/// Tokens of the pool at first.
pub const CAPITAL: f64 = 1e6;

/// What is run.
pub struct RunSetup<'a> {
    /// The market.
    pub market: &'a SimMarket,
    /// The rule for direction.
    pub rule: &'a dyn DirectionRule,
    /// The buyers.
    pub crowd: Crowd,
    /// Who hedges elsewhere, if anybody does.
    pub arbitrageur: Option<Arbitrageur>,
    /// Liquidity that comes after good months and leaves after bad ones.
    pub liquidity_moves: bool,
    /// Keepers.
    pub keeper: SimKeeper,
    /// Caps of those who write and have the cash for it, as a share of pool cash; zero for none.
    pub writers: f64,
}

/// How keepers work.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimKeeper {
    /// Steps of the path between a touch of a cap and its exercise, which needs the price to be there still.
    pub delay_steps: usize,
    /// Chance of a day without any keeper: no samples, no points, no exercise, no trades.
    pub fails: f64,
    /// Days since the beginning on which there is none for certain, the last one excluded.
    pub absent: [f64; 2],
}

impl SimKeeper {
    /// Keepers that are never late.
    pub const PROMPT: Self = Self { delay_steps: 0, fails: 0.0, absent: [0.0; 2] };
}

/// Runs a setup on a path.
pub fn run(setup: &RunSetup<'_>, path: &SimPath, rng: &mut Rng) -> RunOutcome {
    World::new(setup, path).run(rng)
}

struct World<'a> {
    setup: &'a RunSetup<'a>,
    path: &'a SimPath,
    pool: SimPool,
    shares: f64,
    position: SimPosition,
    volatility: Volatility,
    months: Vec<Month>,
    /// Step at which a cap was touched, while the keeper is on their way.
    touched: Option<usize>,
    /// What covered writers have gained.
    written: f64,
    record: Record,
}

impl<'a> World<'a> {
    fn new(setup: &'a RunSetup<'a>, path: &'a SimPath) -> Self {
        let year = bars::year_of(path.start);
        Self {
            setup,
            path,
            pool: SimPool::new(CAPITAL),
            shares: CAPITAL,
            position: SimPosition::default(),
            volatility: Volatility::start(&setup.market.volatility, path.ln[0], path.start),
            months: Vec::new(),
            touched: None,
            written: 0.0,
            record: Record::new(year, path.ln[0]),
        }
    }

    fn run(mut self, rng: &mut Rng) -> RunOutcome {
        let per_point = (POINT / self.path.step).round().max(1.0) as usize;
        let per_day = (86_400.0 / self.path.step).round() as usize;
        let market = self.setup.market;
        let (mut last_point, mut awake) = (0, true);
        for step in 0..self.path.ln.len() {
            if step % per_day == 0 {
                let (keeper, day) = (&self.setup.keeper, (step / per_day) as f64);
                awake = !rng.chance(keeper.fails) && !(keeper.absent[0]..keeper.absent[1]).contains(&day);
            }
            if !awake {
                continue;
            }
            let now = self.path.start + step as f64 * self.path.step;
            let spot = Spot { ln: self.path.ln[step], price: self.path.ln[step].exp() };
            self.volatility.sample(&market.volatility, spot.ln, now, market.speed(now - 1.0));
            let mut scene = Scene { market, rule: self.setup.rule, spot, quoted: SimQuoted::default(), now };
            self.exercise(&scene, step);
            if step % per_point != 0 {
                continue;
            }
            scene.quoted = self.volatility.quoted(&market.volatility, spot.ln, now, market.speed(now));
            self.pool.point(&scene, (step - last_point) as f64 * self.path.step);
            last_point = step;
            self.close_due(&scene);
            self.open_wished(&scene, step, rng);
            self.write_covered(&scene, step, rng);
            if let Some(who) = self.setup.arbitrageur.as_ref().filter(|_| step % per_day == 0) {
                self.position.day(who, &mut self.pool, &scene, rng);
            }
            self.part(spot.ln, scene.quoted.marks.front);
            if !self.measure(now, step % per_day == 0, step % (30 * per_day) == 0) {
                break;
            }
        }
        self.outcome()
    }

    /// Takes the point into the record; returns whether there is anything left.
    fn measure(&mut self, now: f64, day: bool, month: bool) -> bool {
        let share = self.pool.net_asset_value() / self.shares;
        if month && self.setup.liquidity_moves {
            self.move_liquidity(share, share / self.record.month_ago - 1.0);
        }
        let record = &mut self.record;
        if month {
            record.month_ago = share;
        }
        if day {
            record.days.push(share as f32);
        }
        record.peak = record.peak.max(share);
        record.drawdown = record.drawdown.max(1.0 - share / record.peak);
        let exposure = self.pool.exposure();
        let carry = self.setup.rule.carry(&exposure);
        let measured = [exposure.skew, exposure.skew.abs(), carry, self.pool.reserves / self.pool.cash];
        for (sum, x) in record.sums.iter_mut().zip(measured) {
            *sum += x;
        }
        record.points += 1.0;
        let year = bars::year_of(now);
        if year != record.year {
            record.years.insert(record.year, share / record.begun - 1.0);
            (record.begun, record.year) = (share, year);
        }
        share > 1e-6
    }

    /// Takes apart what the half-hour has brought.
    fn part(&mut self, ln: f64, sigma: f64) {
        let share = self.pool.net_asset_value() / self.shares;
        let (was, income, payoffs, ln_before) = self.record.last;
        let gained = |now: f64, before: f64| (now - before) / self.shares / was.max(1e-12);
        let [funding, carry, fees] = std::array::from_fn(|place| gained(self.pool.income[place], income[place]));
        let options = share / was.max(1e-12) - 1.0 - funding - carry - fees;
        let is_jump = (ln - ln_before).abs() > 4.0 * sigma * (POINT / YEAR).sqrt();
        let jumps = if is_jump { options } else { 0.0 };
        let parts = GainParts { funding, carry, fees, options, payoffs: -gained(self.pool.payoffs, payoffs), jumps };
        self.record.parts = self.record.parts.plus(&parts, 1.0);
        self.record.last = (share, self.pool.income, self.pool.payoffs, ln);
    }

    fn outcome(mut self) -> RunOutcome {
        let last = self.path.ln[self.path.ln.len() - 1];
        let share = self.pool.net_asset_value().max(0.0) / self.shares;
        self.record.years.insert(self.record.year, share / self.record.begun - 1.0);
        let spot = Spot { ln: last, price: last.exp() };
        let gain = self.setup.arbitrageur.as_ref().map(|who| self.position.finish(who, &self.pool, spot));
        let held = self.position.delta_days / 365.0;
        let open = self.pool.lots.iter().filter(|lot| lot.owner == Owner::Writer);
        let written = self.written + open.map(|lot| lot.size * lot.value.value - lot.paid).sum::<f64>();
        let others = Others {
            arbitrageurs: gain.unwrap_or_default() / CAPITAL,
            writers: written / CAPITAL,
            insurance: self.pool.insurance / CAPITAL,
            protocol: self.pool.protocol / CAPITAL,
        };
        let [skew, size, carry, utilisation] = self.record.sums.map(|sum| sum / self.record.points);
        RunOutcome {
            years: self.record.years,
            factor: share,
            drawdown: self.record.drawdown,
            failed_payouts: self.pool.failed_payouts,
            months: self.months,
            skew: [skew, size],
            carry,
            utilisation,
            arbitrage: gain.filter(|_| held > 0.0).map_or(0.0, |gain| gain / held),
            others,
            refused: self.record.refused.of_all(self.path.years()),
            length: self.path.years(),
            days: self.record.days,
            parts: GainParts::default().plus(&self.record.parts, 1.0 / self.path.years().max(1e-9)),
        }
    }

    /// Exercises lots at their caps; a keeper who is late needs the price to be there still when they come.
    fn exercise(&mut self, scene: &Scene<'_>, step: usize) {
        let capped = |lot: &SimLot| lot.contract.is_capped_at(scene.spot.price);
        if !self.pool.lots.iter().any(capped) {
            self.touched = None;
            return;
        }
        let since = *self.touched.get_or_insert(step);
        if step - since < self.setup.keeper.delay_steps {
            return;
        }
        while let Some(index) = self.pool.lots.iter().position(capped) {
            let closed = self.pool.exercise(scene, index);
            self.ended(&closed, scene.now);
        }
    }

    fn close_due(&mut self, scene: &Scene<'_>) {
        while let Some(index) = self.pool.lots.iter().position(|lot| lot.until <= scene.now) {
            let closed = self.pool.close(scene, index);
            self.ended(&closed, scene.now);
        }
    }

    fn ended(&mut self, closed: &Closed, now: f64) {
        match closed.lot.owner {
            Owner::Arbitrageur => return self.position.ended(closed),
            Owner::Writer => {
                self.written += closed.proceeds - closed.lot.paid;
                return;
            }
            Owner::Crowd => {}
        }
        let month = ((now - self.path.start) / (YEAR / 12.0)) as usize;
        if self.months.len() <= month {
            self.months.resize(month + 1, Month::default());
        }
        let gain = closed.proceeds - closed.lot.paid;
        let moved = closed.lot.opened_delta * (closed.price / closed.lot.opened_at - 1.0);
        let entry = &mut self.months[month];
        entry.edge += gain - moved;
        entry.gain += gain;
        entry.premium += closed.lot.premium;
        entry.costs = entry.costs.plus(&closed.lot.costs, 1.0);
    }

    fn open_wished(&mut self, scene: &Scene<'_>, step: usize, rng: &mut Rng) {
        let crowd = &self.setup.crowd;
        for wish in crowd.wishes(scene, self.path, step, self.pool.cash, rng) {
            let value = scene.value(&wish.contract);
            if wish.contract.is_capped_at(scene.spot.price) || value.value <= 0.0 {
                continue;
            }
            let rent = scene.rule.rent(&wish.contract, &value, &self.pool.exposure());
            let size = wish.size * crowd.left(&wish, &value, rent, scene);
            let mut lot = SimLot::new(Owner::Crowd, wish.contract, value, size, wish.until);
            let fit = self.pool.fits(scene, &lot);
            self.record.refused.count(fit, lot.reserve(), scene.now);
            lot.size *= fit.part();
            if lot.size > 1e-12 {
                self.pool.open(scene, lot);
            }
        }
    }

    /// Writers with the cash for it sell what nobody has asked for, calls and puts alike.
    fn write_covered(&mut self, scene: &Scene<'_>, step: usize, rng: &mut Rng) {
        let utilisation = self.setup.writers;
        if utilisation == 0.0 {
            return;
        }
        let who = Crowd { flow: Flow::Balanced, utilisation, elasticity: 0.0, looks: Looks::Everything, lump: 1.0 };
        for wish in who.wishes(scene, self.path, step, self.pool.cash, rng) {
            let value = scene.value(&wish.contract);
            let mut lot = SimLot::new(Owner::Writer, wish.contract, value, -wish.size, wish.until);
            lot.size *= self.pool.fits(scene, &lot).part();
            if lot.size < 0.0 && !wish.contract.is_capped_at(scene.spot.price) {
                self.pool.open(scene, lot);
            }
        }
    }

    /// After a month that lost, a fifth of the liquidity leaves, a day's limit at most; after one that gained as much comes.
    fn move_liquidity(&mut self, share: f64, month: f64) {
        let market = self.setup.market;
        let wanted = if month < -0.03 {
            -0.2
        } else if month > 0.03 {
            0.2
        } else {
            0.0
        };
        let free = (self.pool.cash - self.pool.reserves / market.reserve_limit).max(0.0);
        let amount = (wanted * share * self.shares).max(-free).max(-market.daily_outflow * share * self.shares);
        self.pool.cash += amount;
        self.pool.depth += amount;
        self.shares += amount / share;
    }
}

#[cfg(test)]
mod tests;
