//! What a wrong quote costs before it has followed: somebody knows at once that the volatility has changed, buys straddles as fast as the pool sells them, and
//! sells them a day later.

use evergreen_sdk::presets::Asset;
use rayon::prelude::*;
use serde::Serialize;

use super::Options;
use crate::contract::{SimContract, Spot};
use crate::crowd::on_grid;
use crate::params::SimMarket;
use crate::paths::models::Model;
use crate::pool::{Owner, POINT, Scene, SimLot, SimPool};
use crate::random::Rng;
use crate::rule::DirectionRule;
use crate::statistics::ratio;
use crate::volatility::Volatility;

/// Days before the change, and of the whole path.
const CALM: f64 = 30.0;
const DAYS: f64 = 33.0;
/// Hours in which they buy before they stop, for which the table has a column.
const HOURS: [f64; 3] = [0.5, 1.0, 3.0];
/// Steps of a path, in seconds.
const STEP: f64 = 300.0;
/// Tokens of the pool.
const CAPITAL: f64 = 1e6;
/// Part of the capital that one purchase of a leg reserves at most.
const PART: f64 = 0.02;

/// What they take.
#[derive(Clone, Debug, Serialize)]
pub struct InformedRow {
    /// What they know.
    pub event: String,
    /// Largest share of pool cash by which reserves grow in an hour; one for no limit.
    pub growth_limit: f64,
    /// Their mean gain as a share of the pool's capital, by the time for which they buy.
    pub taken: [f64; 3],
    /// Half of its 95 % interval.
    pub half: [f64; 3],
    /// Their largest gain in any run, of the longest time.
    pub largest: f64,
}

/// Plays the events with several limits, that of the presets included.
pub fn play(options: &Options) -> Vec<InformedRow> {
    let preset = SimMarket::preset(Asset::Btc).growth_limit;
    let mut limits = vec![1.0, 0.5, 0.25, 0.1];
    if !limits.contains(&preset) {
        limits.push(preset);
    }
    let events = [("volatility x 2", 2.0), ("volatility x 4", 4.0)];
    let jobs: Vec<_> = events.iter().flat_map(|event| limits.iter().map(move |limit| (*event, *limit))).collect();
    jobs.par_iter().map(|((name, multiple), limit)| row(options, name, *multiple, *limit)).collect()
}

fn row(options: &Options, event: &str, multiple: f64, growth_limit: f64) -> InformedRow {
    let market = SimMarket { growth_limit, ..SimMarket::preset(Asset::Btc) };
    let runs = options.runs.max(1);
    let gains: Vec<[f64; 3]> = (0..runs)
        .map(|number| {
            let path = path(options.seed, number, market.volatility.start, multiple);
            HOURS.map(|hours| gain(&market, &path, hours))
        })
        .collect();
    let means = [0, 1, 2].map(|place| ratio(&gains.iter().map(|gain| (gain[place], 1.0)).collect::<Vec<_>>()));
    let largest = gains.iter().map(|gain| gain[2]).fold(f64::NEG_INFINITY, f64::max);
    InformedRow {
        event: event.to_owned(),
        growth_limit,
        taken: means.map(|mean| mean.mean),
        half: means.map(|mean| mean.half),
        largest,
    }
}

/// Logarithms of a price whose volatility is this multiple of itself from a day on.
fn path(seed: u64, number: u64, sigma: f64, multiple: f64) -> Vec<f64> {
    let calm = Model::Gbm { sigma }.path(&mut Rng::new(seed + 9_000, number), DAYS / 365.0, 0.0, STEP);
    let mut lns = calm.ln.clone();
    for step in 1..lns.len() {
        let moved = calm.ln[step] - calm.ln[step - 1];
        let is_wild = step as f64 * STEP > CALM * 86_400.0;
        lns[step] = lns[step - 1] + if is_wild { multiple * moved } else { moved };
    }
    lns
}

/// What they gain who buy straddles of a day at the money at each half-hour of so many hours, and sell them a day later, in parts of the capital.
fn gain(market: &SimMarket, lns: &[f64], hours: f64) -> f64 {
    let rule = crate::rule::recommended();
    let mut pool = SimPool::new(CAPITAL);
    let mut volatility = Volatility::start(&market.volatility, lns[0], 0.0);
    let per_point = (POINT / STEP) as usize;
    let begin = CALM * 86_400.0;
    let mut result = 0.0;
    for (step, ln) in lns.iter().enumerate() {
        let now = step as f64 * STEP;
        let spot = Spot { ln: *ln, price: ln.exp() };
        volatility.sample(&market.volatility, *ln, now, market.speed(now - 1.0));
        if step % per_point != 0 {
            continue;
        }
        let quoted = volatility.quoted(&market.volatility, *ln, now, market.speed(now));
        let scene = Scene { market, rule: &rule as &dyn DirectionRule, spot, quoted, now };
        pool.point(&scene, POINT);
        let is_over = |lot: &SimLot| lot.until <= now;
        while let Some(place) = pool.lots.iter().position(|lot| lot.contract.is_capped_at(spot.price) || is_over(lot)) {
            let capped = pool.lots[place].contract.is_capped_at(spot.price);
            let closed = if capped { pool.exercise(&scene, place) } else { pool.close(&scene, place) };
            result += closed.proceeds - closed.lot.paid;
        }
        // They know it as soon as it begins, before any price tells.
        if (begin..begin + hours * 3_600.0).contains(&now) {
            buy(&mut pool, &scene, now);
        }
    }
    result / CAPITAL
}

/// Buys straddles, by turns a little of each leg, until nothing more fits.
fn buy(pool: &mut SimPool, scene: &Scene<'_>, now: f64) {
    let strike = on_grid(scene.spot.price);
    let lot = |call: bool| {
        let contract = SimContract::new(call, strike, scene.market.tenors[0].seconds, scene.market.cap_ratio(call, 0));
        let whole = SimLot::new(Owner::Crowd, contract, scene.value(&contract), 1.0, now + 86_400.0);
        SimLot { size: PART * CAPITAL / whole.reserve(), ..whole }
    };
    loop {
        let mut bought = false;
        for call in [true, false] {
            let mut leg = lot(call);
            let part = pool.fits(scene, &leg).part();
            leg.size *= part;
            if part > 1e-6 {
                pool.open(scene, leg);
                bought = true;
            }
        }
        if !bought {
            return;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_growth_bounds_what_is_taken_and_more_time_takes_more() {
        let options = Options {
            histories: Vec::new(),
            stock: None,
            bridges: 1,
            runs: 12,
            insurance_runs: 1,
            tail_runs: 0,
            fast: false,
            seed: 3,
        };
        let rows = play(&options);
        let of = |limit: f64| rows.iter().find(|row| row.event.ends_with('4') && row.growth_limit == limit).unwrap();
        let (free, tight) = (of(1.0), of(0.1));
        assert!(free.taken[0] > 0.0 && tight.taken[0] < 0.2 * free.taken[0], "{free:?} {tight:?}");
        assert!(tight.taken[2] > tight.taken[0], "{tight:?}");
        assert_eq!(rows.len(), 8);
    }
}
