//! Simple strategies against the quotes: what each gains or loses of its premium, on a path, with nobody else in the pool.
//!
//! A position is opened at midnight and hedged once, at its opening, so that the direction of the path is not taken for skill. Means are
//! sums of gains over sums of premiums, and intervals are of months: positions of one month are one observation.

use crate::contract::{SimContract, Spot, Value, YEAR};
use crate::params::SimMarket;
use crate::paths::SimPath;
use crate::pool::POINT;
use crate::statistics::{Mean, ratio};
use crate::volatility::{SimMarks, Volatility};

mod list;

pub use list::all;

/// A leg: a kind, how far out of the money it is as a share of spot, and whether it is bought.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SimLeg {
    /// Whether it is a call.
    pub call: bool,
    /// Distance out of the money.
    pub out: f64,
    /// One if bought, −1 if written.
    pub sign: f64,
    /// Place of its tenor.
    pub tenor: usize,
}

/// When a strategy opens.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum When {
    /// Every day.
    Always,
    /// After a day that realised 1.3 times the quoted volatility.
    AfterBurst,
    /// After a week that realised less than 0.8 of the quoted volatility.
    AfterQuiet,
    /// After a day that fell by 4 % or more.
    AfterFall,
    /// On Saturdays.
    Weekend,
    /// At every point at which the mark of its tenor lies this share below what it follows, and so is going to rise.
    BeforeRise(f64),
    /// At every point at which it lies this share above what it follows.
    BeforeFall(f64),
    /// After a week in which at least two half-hours moved by four standard deviations: whoever waits for the next jump.
    JumpsInSeries,
    /// At every point after a half-hour that moved by this many standard deviations.
    AfterJump(f64),
}

/// A strategy.
#[derive(Clone, Debug, PartialEq)]
pub struct SimStrategy {
    /// What it does, in words.
    pub name: String,
    /// Its legs, at least one; the first has the tenor whose marks it goes by.
    pub legs: Vec<SimLeg>,
    /// When it opens.
    pub when: When,
    /// Days that it is held, unless a cap comes first; infinite for until the cap, four tenors at most.
    pub days: f64,
}

/// What a strategy gained.
#[derive(Clone, Debug, PartialEq, serde::Serialize)]
pub struct Edge {
    /// The strategy.
    pub name: String,
    /// The underlying.
    pub asset: String,
    /// The calendar years of the path.
    pub period: String,
    /// Mean gain as a share of premium.
    #[serde(rename = "mean_edge")]
    pub mean: f64,
    /// Ends of the 95 % interval of the mean.
    pub interval: [f64; 2],
    /// Chance of so much by luck alone.
    pub luck: f64,
    /// Positions.
    pub positions: usize,
    /// Months with positions.
    pub months: usize,
}

/// Gains and premiums by month, and positions.
#[derive(Default)]
struct Gains {
    months: std::collections::BTreeMap<i64, (f64, f64)>,
    positions: usize,
}

/// Counts by point the half-hours of the week before that moved by four deviations.
fn jumps(market: &SimMarket, path: &SimPath, per_point: usize, marks: &[SimMarks]) -> Vec<u32> {
    const WEEK: usize = 7 * 48;
    let prices: Vec<f64> = path.ln.iter().copied().step_by(per_point).collect();
    let deviation = |point: usize| marks[point].front / market.volatility.multiplier * (POINT / YEAR).sqrt();
    let is_jump = |point: usize| point > 0 && (prices[point] - prices[point - 1]).abs() > 4.0 * deviation(point - 1);
    let mut count = 0;
    let of = |point: usize| {
        count += u32::from(is_jump(point));
        count -= u32::from(point >= WEEK && is_jump(point - WEEK));
        count
    };
    (0..prices.len()).map(of).collect()
}

/// A path with the quotes' volatility at its points.
pub struct Quotes<'a> {
    market: &'a SimMarket,
    path: &'a SimPath,
    per_point: usize,
    /// Volatilities of marks at the money, by point.
    marks: Vec<SimMarks>,
    /// The estimate, by point.
    estimates: Vec<Volatility>,
    /// Half-hours of the week before that moved by four deviations, by point.
    jumps: Vec<u32>,
}

impl<'a> Quotes<'a> {
    /// Samples the path as keepers do.
    pub fn new(market: &'a SimMarket, path: &'a SimPath) -> Self {
        let per_point = (POINT / path.step).round().max(1.0) as usize;
        let mut volatility = Volatility::start(&market.volatility, path.ln[0], path.start);
        let mut marks = Vec::with_capacity(path.ln.len() / per_point + 1);
        let mut estimates = Vec::with_capacity(path.ln.len() / per_point + 1);
        for (step, ln) in path.ln.iter().enumerate() {
            let now = path.start + step as f64 * path.step;
            volatility.sample(&market.volatility, *ln, now, market.speed(now - 1.0));
            if step % per_point == 0 {
                marks.push(volatility.marks(&market.volatility, now));
                estimates.push(volatility);
            }
        }
        let jumps = jumps(market, path, per_point, &marks);
        Self { market, path, per_point, marks, estimates, jumps }
    }

    fn spot(&self, step: usize) -> Spot {
        Spot { ln: self.path.ln[step], price: self.path.ln[step].exp() }
    }

    fn opens(&self, strategy: &SimStrategy, step: usize) -> bool {
        let per_day = (86_400.0 / self.path.step) as usize;
        let realised = |days: usize| {
            let from = step.saturating_sub(days * per_day);
            let squares: f64 = self.path.ln[from..=step].windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum();
            (squares * YEAR / ((step - from).max(1) as f64 * self.path.step)).sqrt()
        };
        // Deviations are those of the hours to come, of whatever tenor.
        let quoted = self.marks[step / self.per_point].front / self.market.volatility.multiplier;
        match strategy.when {
            When::Always => true,
            When::AfterBurst => realised(1) > 1.3 * quoted,
            When::AfterQuiet => realised(7) < 0.8 * quoted,
            When::AfterFall => self.path.ln[step] - self.path.ln[step.saturating_sub(per_day)] < -0.04,
            When::JumpsInSeries => self.jumps[step / self.per_point] >= 2,
            When::BeforeRise(by) => self.arrival(strategy.legs[0].tenor, step) > 1.0 + by,
            When::BeforeFall(by) => self.arrival(strategy.legs[0].tenor, step) * (1.0 + by) < 1.0,
            When::AfterJump(by) => {
                // At any step, also before the sample that will hold the jump.
                let moved = (self.path.ln[step] - self.path.ln[step.saturating_sub(self.per_point)]).abs();
                moved > by * quoted * (POINT / YEAR).sqrt()
            }
            // The first of January 1970 was a Thursday.
            When::Weekend => ((self.path.start + step as f64 * self.path.step) / 86_400.0).floor() as i64 % 7 == 2,
        }
    }

    /// Returns what the mark of a tenor follows, over the mark.
    fn arrival(&self, tenor: usize, step: usize) -> f64 {
        let (point, years) = (step / self.per_point, self.market.tenors[tenor].seconds / YEAR);
        self.estimates[point].target(&self.market.volatility).of(years) / self.marks[point].of(years)
    }

    /// Values a contract for whoever buys or sells it.
    fn traded(&self, contract: &SimContract, step: usize, buys: bool) -> Value {
        let (spot, estimate) = (self.spot(step), &self.estimates[step / self.per_point]);
        let now = self.path.start + step as f64 * self.path.step;
        let quoted = estimate.quoted(&self.market.volatility, spot.ln, now, self.market.speed(now));
        let sigma = quoted.side(buys, contract.tenor);
        contract.value(spot, contract.sigma(spot, sigma, self.market.smile))
    }

    fn value(&self, contract: &SimContract, step: usize) -> Value {
        self.marks[step / self.per_point].value(contract, self.spot(step), self.market.smile)
    }

    /// Returns gain and premium of one leg that is opened at a step.
    fn leg(&self, strategy: &SimStrategy, leg: &SimLeg, opened: usize) -> (f64, f64) {
        let (m, open) = (self.market, self.spot(opened));
        let away = if leg.call { 1.0 + leg.out } else { 1.0 - leg.out };
        let tenor = &m.tenors[leg.tenor];
        let contract = SimContract::new(leg.call, open.price * away, tenor.seconds, m.cap_ratio(leg.call, leg.tenor));
        let mut value = self.value(&contract, opened);
        let (premium, delta) = (self.traded(&contract, opened, leg.sign > 0.0).value, value.delta);
        let cost = |value: &Value, price: f64, fee: f64| {
            (fee * price).min(m.fee_value_cap * value.value) + value.delta.abs() * m.confidence * m.spread_confidences
        };
        let mut costs = cost(&value, open.price, m.fee_open);
        let last = (opened + (strategy.days * 86_400.0 / self.path.step) as usize).min(self.path.ln.len() - 1);
        let (mut funding, mut step) = (0.0, opened);
        let mut worth = None;
        while step < last {
            step += 1;
            let price = self.path.ln[step].exp();
            if contract.is_capped_at(price) {
                worth = Some(contract.cap_payoff());
                break;
            }
            if step % self.per_point == 0 {
                let speed = m.speed(self.path.start + step as f64 * self.path.step - 1.0);
                funding += speed * value.funding * POINT / YEAR / contract.tenor;
                value = self.value(&contract, step);
            }
        }
        let end = self.spot(step);
        if worth.is_none() {
            value = self.traded(&contract, step, leg.sign < 0.0);
            costs += cost(&value, end.price, m.fee_close);
        }
        let moved = delta * (end.price / open.price - 1.0);
        let bought = worth.unwrap_or(value.value) - premium - funding - moved;
        (leg.sign * bought - costs, premium)
    }

    /// Returns the steps of the path.
    pub fn steps(&self) -> usize {
        self.path.ln.len()
    }

    /// Plays a strategy on the path.
    pub fn play(&self, strategy: &SimStrategy) -> Edge {
        self.play_within(strategy, 0..self.steps())
    }

    /// Plays a strategy with positions that are opened within these steps of the path.
    pub fn play_within(&self, strategy: &SimStrategy, steps: std::ops::Range<usize>) -> Edge {
        self.edge(strategy, self.gains(strategy, steps))
    }

    /// Plays a strategy on several bridges of one history, whose months are one observation each.
    pub fn play_on_all(all: &[Quotes<'_>], strategy: &SimStrategy, steps: std::ops::Range<usize>) -> Edge {
        use rayon::prelude::*;
        let played: Vec<Gains> = all.par_iter().map(|quotes| quotes.gains(strategy, steps.clone())).collect();
        let together = played.into_iter().reduce(|mut sum, gains| {
            for (month, gain) in gains.months {
                let entry = sum.months.entry(month).or_default();
                *entry = (entry.0 + gain.0, entry.1 + gain.1);
            }
            Gains { positions: sum.positions + gains.positions, ..sum }
        });
        all[0].edge(strategy, together.unwrap_or_default())
    }

    fn gains(&self, strategy: &SimStrategy, steps: std::ops::Range<usize>) -> Gains {
        let per_day = (86_400.0 / self.path.step) as usize;
        let mut months: std::collections::BTreeMap<i64, (f64, f64)> = std::collections::BTreeMap::new();
        let mut positions = 0;
        // A month of quotes comes first.
        let often = matches!(strategy.when, When::BeforeRise(_) | When::BeforeFall(_) | When::AfterJump(_));
        let every = if often { 1 } else { per_day };
        let mut free_from = 0;
        let end = steps.end.min(self.path.ln.len().saturating_sub(per_day));
        for opened in (steps.start.max(30 * per_day).next_multiple_of(per_day)..end).step_by(every) {
            if opened < free_from || !self.opens(strategy, opened) {
                continue;
            }
            positions += 1;
            free_from = opened + self.per_point;
            let month = ((opened as f64 * self.path.step) / (YEAR / 12.0)) as i64;
            let sums = months.entry(month).or_default();
            for leg in &strategy.legs {
                let (gain, premium) = self.leg(strategy, leg, opened);
                sums.0 += gain / self.spot(opened).price;
                sums.1 += premium / self.spot(opened).price;
            }
        }
        Gains { months, positions }
    }

    fn edge(&self, strategy: &SimStrategy, gains: Gains) -> Edge {
        let clusters: Vec<(f64, f64)> = gains.months.into_values().collect();
        let Mean { mean, half, luck } = ratio(&clusters);
        Edge {
            name: strategy.name.clone(),
            asset: self.market.asset.to_owned(),
            period: self.path.period(),
            mean,
            interval: [mean - half, mean + half],
            luck,
            positions: gains.positions,
            months: clusters.len(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::models::Model;
    use crate::random::Rng;

    #[test]
    fn a_buyer_of_options_below_their_worth_gains_and_a_writer_loses() {
        let mut market = SimMarket::btc();
        (market.volatility.min, market.volatility.start, market.volatility.max) = (0.6, 0.6, 0.6);
        let path = Model::Gbm { sigma: 0.9 }.path(&mut Rng::new(41, 0), 2.0, 0.0, 300.0);
        let quotes = Quotes::new(&market, &path);
        let strategies = all(&market);
        let edge = |name: &str| quotes.play(strategies.iter().find(|strategy| strategy.name == name).unwrap());
        let (bought, written) = (edge("7 days, buy a call 0 % out"), edge("7 days, write a call 0 % out"));
        assert!(bought.interval[0] > 0.0 && written.interval[1] < 0.0, "{bought:?}, {written:?}");
        assert!(bought.mean + written.mean < 0.0, "costs are paid by both");
    }
}
