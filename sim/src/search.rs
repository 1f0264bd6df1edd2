//! A search for strategies that gain: combinations of the given rules, found on one part of a history and judged on the other.

use crate::random::Rng;
use crate::strategies::{Edge, Quotes, SimLeg, SimStrategy, When};

/// Strategies drawn at random.
const DRAWN: usize = 120;
/// Of these, the best that are improved.
const KEPT: usize = 6;
/// Changes that are tried on each of them.
const CHANGES: usize = 25;
/// Months with positions below which a strategy does not count.
const LEAST_MONTHS: usize = 6;

/// A strategy that was found on the first half of a path, with what it gained on both.
#[derive(Clone, Debug, serde::Serialize)]
pub struct FoundStrategy {
    /// What it gained where it was found.
    pub fitted: Edge,
    /// What it gained on the other half.
    pub judged: Edge,
}

/// Searches the first half of the first of several bridges of a history, and judges the best on the second half of all of them.
pub fn search(all: &[Quotes<'_>], rng: &mut Rng) -> Vec<FoundStrategy> {
    let quotes = &all[0];
    let half = quotes.steps() / 2;
    let fit = |strategy: &SimStrategy| {
        let edge = quotes.play_within(strategy, 0..half);
        // The lower end of the interval: what is rarely possible and gains much by chance is not searched for.
        let score = if edge.months < LEAST_MONTHS { f64::NEG_INFINITY } else { edge.interval[0] };
        (score, edge)
    };
    let mut best: Vec<(f64, SimStrategy, Edge)> = (0..DRAWN)
        .map(|_| {
            let strategy = named(draw(rng));
            let (score, edge) = fit(&strategy);
            (score, strategy, edge)
        })
        .collect();
    best.sort_by(|a, b| b.0.total_cmp(&a.0));
    best.truncate(KEPT);
    for entry in &mut best {
        for _ in 0..CHANGES {
            let changed = named(change(&entry.1, rng));
            let (score, edge) = fit(&changed);
            if score > entry.0 {
                *entry = (score, changed, edge);
            }
        }
    }
    let counted = best.into_iter().filter(|entry| entry.0 > f64::NEG_INFINITY);
    counted
        .map(|(_, strategy, fitted)| FoundStrategy {
            fitted,
            judged: Quotes::play_on_all(all, &strategy, half..quotes.steps()),
        })
        .collect()
}

fn pick<T: Copy>(all: &[T], rng: &mut Rng) -> T {
    all[((rng.uniform() * all.len() as f64) as usize).min(all.len() - 1)]
}

fn when(rng: &mut Rng) -> When {
    pick(
        &[
            When::Always,
            When::AfterBurst,
            When::AfterQuiet,
            When::AfterFall,
            When::Weekend,
            When::JumpsInSeries,
            When::BeforeRise(0.02),
            When::BeforeRise(0.1),
            When::BeforeFall(0.02),
            When::AfterJump(3.0),
            When::AfterJump(6.0),
        ],
        rng,
    )
}

fn leg(tenor: usize, rng: &mut Rng) -> SimLeg {
    let out = pick(&[-0.05, 0.0, 0.02, 0.05, 0.1, 0.2], rng);
    SimLeg { call: rng.chance(0.5), out, sign: if rng.chance(0.5) { 1.0 } else { -1.0 }, tenor }
}

fn draw(rng: &mut Rng) -> SimStrategy {
    let tenor = pick(&[0, 1, 2], rng);
    let of = |rng: &mut Rng| if rng.chance(0.25) { pick(&[0, 1, 2], rng) } else { tenor };
    let legs = (0..pick(&[1, 2, 2], rng)).map(|_| leg(of(rng), rng)).collect();
    let days = pick(&[0.25, 0.5, 1.0, 3.0, 7.0, 15.0], rng);
    SimStrategy { name: String::new(), legs, when: when(rng), days }
}

fn change(strategy: &SimStrategy, rng: &mut Rng) -> SimStrategy {
    let mut changed = strategy.clone();
    let other = draw(rng);
    match (rng.uniform() * 4.0) as u8 {
        0 => changed.legs.iter_mut().for_each(|leg| leg.tenor = other.legs[0].tenor),
        1 => changed.when = other.when,
        2 => changed.days = other.days,
        _ => {
            let place = ((rng.uniform() * changed.legs.len() as f64) as usize).min(changed.legs.len() - 1);
            changed.legs[place] = leg(changed.legs[place].tenor, rng);
        }
    }
    changed
}

/// Gives a strategy the name that says what it does.
fn named(mut strategy: SimStrategy) -> SimStrategy {
    let leg = |leg: &SimLeg| {
        let (verb, kind) = (if leg.sign > 0.0 { "buy" } else { "write" }, if leg.call { "call" } else { "put" });
        let (place, tenor) = (if leg.out < 0.0 { "in" } else { "out" }, ["1-day", "7-day", "30-day"][leg.tenor]);
        format!("{verb} a {tenor} {kind} {:.0} % {place}", 100.0 * leg.out.abs())
    };
    let legs: Vec<String> = strategy.legs.iter().map(leg).collect();
    let when = match strategy.when {
        When::Always => "always".to_owned(),
        When::AfterBurst => "after a burst".to_owned(),
        When::AfterQuiet => "after a quiet week".to_owned(),
        When::AfterFall => "after a fall".to_owned(),
        When::Weekend => "on Saturdays".to_owned(),
        When::JumpsInSeries => "after two jumps within a week".to_owned(),
        When::BeforeRise(by) => format!("before marks rise by {:.0} %", 100.0 * by),
        When::BeforeFall(by) => format!("before marks fall by {:.0} %", 100.0 * by),
        When::AfterJump(by) => format!("after a jump of {by} deviations"),
    };
    strategy.name = format!("{} {when}, for {} days", legs.join(", "), strategy.days);
    strategy
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::params::SimMarket;
    use crate::paths::models::Model;

    #[test]
    fn a_search_finds_what_is_there_and_is_judged_elsewhere() {
        // Options at 30 % of volatility on moves of 60 %: whoever buys gains, in both halves.
        let mut market = SimMarket::btc();
        (market.volatility.min, market.volatility.start, market.volatility.max) = (0.3, 0.3, 0.3);
        let path = Model::Gbm { sigma: 0.6 }.path(&mut Rng::new(71, 0), 2.0, 0.0, 300.0);
        let quotes = Quotes::new(&market, &path);
        let found = search(std::slice::from_ref(&quotes), &mut Rng::new(72, 0));
        assert!(!found.is_empty());
        assert!(found.iter().all(|one| one.fitted.interval[0] > 0.0), "{found:?}");
        assert!(found.iter().any(|one| one.judged.interval[0] > 0.0 && one.fitted.name == one.judged.name));
    }
}
