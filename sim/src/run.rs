//! A run: one path, one crowd, one rule.

use std::collections::BTreeMap;

use crate::arbitrage::{Arbitrageur, SimPosition};
use crate::contract::{Spot, YEAR};
use crate::crowd::Crowd;
use crate::params::SimMarket;
use crate::paths::{SimPath, bars};
use crate::pool::{Closed, Owner, POINT, Scene, SimLot, SimPool};
use crate::random::Rng;
use crate::rule::DirectionRule;
use crate::volatility::{SimQuoted, Volatility};

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

/// Gains of the crowd that ended in one month.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Month {
    /// Gain without what the deltas at opening gained by moves of the price.
    pub edge: f64,
    /// Gain.
    pub gain: f64,
    /// Premiums.
    pub premium: f64,
}

/// What a share of liquidity earns a year, as sums of shares of its value: funding, carry, fees and options make up the whole.
#[derive(Clone, Copy, Debug, Default, PartialEq, serde::Serialize)]
pub struct GainParts {
    /// Funding of what traders hold, less that of what they have written.
    pub funding: f64,
    /// Carry.
    pub carry: f64,
    /// The main class's part of fees.
    pub fees: f64,
    /// Premiums and spreads, less what closing and exercise pay and what open options gain in value: the moves of the market.
    pub options: f64,
    /// Of these, what exercises paid, a negative number.
    pub payoffs: f64,
    /// Of these, what half-hours brought that moved by four deviations or more.
    pub jumps: f64,
}

impl GainParts {
    /// Returns the whole.
    pub fn all(&self) -> f64 {
        self.funding + self.carry + self.fees + self.options
    }

    /// Returns these parts with a multiple of others added.
    pub fn plus(&self, other: &Self, factor: f64) -> Self {
        Self {
            funding: self.funding + factor * other.funding,
            carry: self.carry + factor * other.carry,
            fees: self.fees + factor * other.fees,
            options: self.options + factor * other.options,
            payoffs: self.payoffs + factor * other.payoffs,
            jumps: self.jumps + factor * other.jumps,
        }
    }
}

/// What came of a run.
#[derive(Clone, Debug)]
pub struct RunOutcome {
    /// Change of the value of a share by calendar year, as fractions.
    pub years: BTreeMap<i64, f64>,
    /// Value of a share at the end over that at the beginning.
    pub factor: f64,
    /// Largest fall from a peak on the way, as a fraction.
    pub drawdown: f64,
    /// Payments that failed.
    pub failed_payouts: u32,
    /// Gains of the crowd by month since the beginning.
    pub months: Vec<Month>,
    /// Mean skew, and mean of its size.
    pub skew: [f64; 2],
    /// Mean carry a year.
    pub carry: f64,
    /// Mean reserves over pool cash.
    pub utilisation: f64,
    /// Arbitrageur's gain a year on each dollar of delta held.
    pub arbitrage: f64,
    /// Years of the path.
    pub length: f64,
    /// Value of a share at the end of each day.
    pub days: Vec<f32>,
    /// What a share earns a year, in parts.
    pub parts: GainParts,
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
    record: Record,
}

/// What is measured on the way.
struct Record {
    years: BTreeMap<i64, f64>,
    year: i64,
    /// Value of a share at the beginning of the year, at its peak, and a month ago.
    begun: f64,
    peak: f64,
    month_ago: f64,
    drawdown: f64,
    sums: [f64; 4],
    points: f64,
    days: Vec<f32>,
    parts: GainParts,
    /// Share, income, payoffs and logarithm of the price at the last point.
    last: (f64, [f64; 3], f64, f64),
}

impl<'a> World<'a> {
    fn new(setup: &'a RunSetup<'a>, path: &'a SimPath) -> Self {
        let year = bars::year_of(path.start);
        Self {
            setup,
            path,
            pool: SimPool::new(1e6),
            shares: 1e6,
            position: SimPosition::default(),
            volatility: Volatility::start(&setup.market.volatility, path.ln[0], path.start),
            months: Vec::new(),
            touched: None,
            record: Record {
                years: BTreeMap::new(),
                year,
                begun: 1.0,
                peak: 1.0,
                month_ago: 1.0,
                drawdown: 0.0,
                sums: [0.0; 4],
                points: 0.0,
                days: Vec::new(),
                parts: GainParts::default(),
                last: (1.0, [0.0; 3], 0.0, path.ln[0]),
            },
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
        if closed.lot.owner == Owner::Arbitrageur {
            return self.position.ended(closed);
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
    }

    fn open_wished(&mut self, scene: &Scene<'_>, step: usize, rng: &mut Rng) {
        let crowd = &self.setup.crowd;
        for wish in crowd.wishes(scene, self.path, step, self.pool.cash, rng) {
            let value = scene.value(&wish.contract);
            if wish.contract.is_capped_at(scene.spot.price) || value.value <= 0.0 {
                continue;
            }
            let rent = scene.rule.rent(&wish.contract, &value, &self.pool.exposure());
            let size = wish.size * crowd.left(&wish, &value, rent, scene.now);
            let mut lot = SimLot::new(Owner::Crowd, wish.contract, value, size, wish.until);
            lot.size *= self.pool.fits(scene, &lot);
            if lot.size > 1e-12 {
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
