//! A volatility that changes for good: what whoever sees it in the prices gains by buying straddles on the days after.

use evergreen_sdk::presets::Asset;
use rayon::prelude::*;
use serde::Serialize;

use super::Options;
use super::history::STEP;
use crate::params::SimMarket;
use crate::paths::SimPath;
use crate::paths::models::Model;
use crate::random::Rng;
use crate::statistics::ratio;
use crate::strategies::{Quotes, SimLeg, SimStrategy, When};

/// Day of the change, and days of a path.
const CHANGE: usize = 60;
const DAYS: usize = 90;
/// Days after the change on which they buy, the last ones excluded: the day after, the next three, a week.
pub const WINDOWS: [[usize; 2]; 3] = [[1, 2], [2, 5], [5, 12]];

/// What buyers of one tenor gain.
#[derive(Clone, Debug, Serialize)]
pub struct ChangeRow {
    /// By what the volatility is multiplied.
    pub multiple: f64,
    /// Days of the tenor.
    pub days: f64,
    /// Mean gain of premium, hedged once at opening, held for half a tenor, by [`WINDOWS`].
    pub gained: [f64; 3],
    /// Half of its 95 % interval.
    pub half: [f64; 3],
}

/// Plays changes on BTC.
pub fn play(options: &Options) -> Vec<ChangeRow> {
    let market = SimMarket::preset(Asset::Btc);
    [2.0, 4.0].into_iter().flat_map(|multiple| rows(options, &market, multiple)).collect()
}

fn rows(options: &Options, market: &SimMarket, multiple: f64) -> Vec<ChangeRow> {
    let runs: Vec<u64> = (0..options.runs.max(4)).collect();
    let per_day = (86_400.0 / STEP) as usize;
    // By run, tenor and window: gain and premium, of which only the ratio is known, so a run's premium is one.
    let play = |run: &u64| {
        let path = path(options.seed, *run, market.volatility.start, multiple);
        let quotes = Quotes::new(market, &path);
        [0, 1, 2].map(|tenor| {
            let days = market.tenors[tenor].seconds / 86_400.0;
            let leg = |call| SimLeg { call, out: 0.0, sign: 1.0, tenor };
            let legs = vec![leg(true), leg(false)];
            let strategy = SimStrategy { name: String::new(), legs, when: When::Always, days: days / 2.0 };
            WINDOWS.map(|[from, to]| {
                quotes.play_within(&strategy, (CHANGE + from) * per_day..(CHANGE + to - 1) * per_day + 1).mean
            })
        })
    };
    let gains: Vec<[[f64; 3]; 3]> = runs.par_iter().map(play).collect();
    let row = |tenor: usize| {
        let means =
            [0, 1, 2].map(|window| ratio(&gains.iter().map(|gain| (gain[tenor][window], 1.0)).collect::<Vec<_>>()));
        ChangeRow {
            multiple,
            days: market.tenors[tenor].seconds / 86_400.0,
            gained: means.map(|mean| mean.mean),
            half: means.map(|mean| mean.half),
        }
    };
    (0..3).map(row).collect()
}

/// Returns a path whose volatility is this multiple of itself from a day on.
fn path(seed: u64, run: u64, sigma: f64, multiple: f64) -> SimPath {
    let calm = Model::Gbm { sigma }.path(&mut Rng::new(seed + 11_000, run), DAYS as f64 / 365.0, 0.0, STEP);
    let mut path = calm.clone();
    for step in 1..path.ln.len() {
        let moved = calm.ln[step] - calm.ln[step - 1];
        let is_wild = step as f64 * STEP > CHANGE as f64 * 86_400.0;
        path.ln[step] = path.ln[step - 1] + if is_wild { multiple * moved } else { moved };
    }
    path
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_volatility_changes_and_long_tenors_follow_last() {
        let before = CHANGE * 288;
        let path = path(5, 0, 0.5, 2.0);
        let part = |range: std::ops::Range<usize>| SimPath { ln: path.ln[range].to_vec(), ..path.clone() }.realised(1);
        assert!((part(0..before) / 0.5 - 1.0).abs() < 0.03 && (part(before..path.ln.len()) - 1.0).abs() < 0.03);
        let options = Options {
            histories: Vec::new(),
            stock: None,
            bridges: 1,
            runs: 24,
            insurance_runs: 1,
            tail_runs: 0,
            fast: false,
            seed: 5,
        };
        let rows = play(&options);
        assert_eq!(rows.len(), 6);
        for rows in rows.chunks(3) {
            let mean = |row: &ChangeRow| row.gained.iter().sum::<f64>() / 3.0;
            assert!(mean(&rows[2]) > mean(&rows[0]) + 0.05, "{rows:?}");
            assert!(rows.iter().all(|row| row.half.iter().all(|half| *half > 0.0 && *half < 1.0)), "{rows:?}");
        }
    }
}
