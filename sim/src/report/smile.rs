//! What holders of options out of the money lose by the smile, and without one: on the history by which it is chosen, and on those that judge it.

use evergreen_sdk::presets::Asset;
use rayon::prelude::*;
use serde::Serialize;

use crate::contract::SimSmile;
use crate::params::SimMarket;
use crate::paths::SimPath;
use crate::strategies::{Quotes, SimLeg, SimStrategy, When};

/// Distances out of the money.
pub const OUT: [f64; 4] = [0.0, 0.05, 0.1, 0.2];

/// Calls or puts of a tenor on a history.
#[derive(Clone, Debug, Serialize)]
pub struct SmileRow {
    /// The underlying.
    pub asset: String,
    /// The calendar years of the history.
    pub period: String,
    /// Days of the tenor.
    pub days: f64,
    /// Whether they are calls.
    pub call: bool,
    /// Mean gain of premium with half of its 95 % interval by [`OUT`], with the smile of the presets.
    pub with: [[f64; 2]; OUT.len()],
    /// The same with one volatility for all strikes.
    pub without: [[f64; 2]; OUT.len()],
}

/// Buys every day and holds for half a tenor, hedged once at opening, without fees and spread: what is left is what quotes of the strike are worth.
pub fn play(paths: &[(Asset, Vec<SimPath>)]) -> Vec<SmileRow> {
    let rows = paths.iter().flat_map(|(asset, bridges)| {
        let market = SimMarket { fee_open: 0.0, fee_close: 0.0, confidence: 0.0, ..SimMarket::preset(*asset) };
        let flat = SimMarket { smile: SimSmile::default(), ..market.clone() };
        let [with, without] = [&market, &flat]
            .map(|market| bridges.par_iter().map(|path| Quotes::new(market, path)).collect::<Vec<Quotes<'_>>>());
        let cases: Vec<(usize, bool)> = (0..3).flat_map(|tenor| [(tenor, true), (tenor, false)]).collect();
        let play = |&(tenor, call): &(usize, bool)| {
            let days = market.tenors[tenor].seconds / 86_400.0;
            let gains = |all: &[Quotes<'_>]| {
                OUT.map(|out| {
                    let legs = vec![SimLeg { call, out, sign: 1.0, tenor }];
                    let strategy = SimStrategy { name: String::new(), legs, when: When::Always, days: days / 2.0 };
                    let edge = Quotes::play_on_all(all, &strategy, 0..all[0].steps());
                    [edge.mean, 0.5 * (edge.interval[1] - edge.interval[0])]
                })
            };
            let (asset, period) = (market.asset.to_owned(), bridges[0].period());
            SmileRow { asset, period, days, call, with: gains(&with), without: gains(&without) }
        };
        cases.par_iter().map(play).collect::<Vec<_>>()
    });
    rows.collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::models::Model;
    use crate::random::Rng;

    #[test]
    fn a_skew_makes_puts_dearer_and_calls_cheaper_out_of_the_money_alone() {
        let path = Model::Gbm { sigma: 0.55 }.path(&mut Rng::new(91, 0), 1.0, 0.0, 300.0);
        let smile = SimMarket::preset(Asset::Btc).smile;
        for row in play(&[(Asset::Btc, vec![path])]) {
            let gains = |place: usize| [row.with[place][0], row.without[place][0]];
            let [[at_the_money, same], [with, without]] = [gains(0), gains(1)];
            // What was bought at the money is sold half a tenor later at a moneyness whose variance is a half, and its value is at most proportional to the
            // volatility: the convexity brings half of itself, and the skew what the mean of the year's holdings happens to be away from zero.
            let holdings = 365.0 / (0.5 * row.days);
            let tolerance = 0.5 * smile.convexity + smile.skew.abs() * (0.5 / holdings).sqrt();
            println!("{} days: {at_the_money:.4}, {same:.4}, at most {tolerance:.4} apart", row.days);
            assert!((at_the_money - same).abs() < tolerance, "{row:?}");
            assert!(row.call || with < without, "{row:?}");
        }
    }
}
