//! What time costs: funding at the money against what the moves of a history made fair, and what a tenor pays for quotes that move.

use evergreen_sdk::presets::Asset;
use rayon::prelude::*;
use serde::Serialize;

use crate::contract::{SimContract, Spot, YEAR};
use crate::params::{SimMarket, Tenor};
use crate::paths::SimPath;
use crate::pool::POINT;
use crate::statistics::{Mean, ratio};
use crate::volatility::{SimQuoted, Volatility};

/// Days at the beginning of a history that do not count: quotes are still those of the start.
const FIRST: usize = 30;

/// What a round trip should cost at most, of the premium.
pub const ROUND_TRIP: f64 = 0.06;

/// A tenor on a history.
#[derive(Clone, Debug, Serialize)]
pub struct FairRow {
    /// The underlying.
    pub asset: String,
    /// The calendar years of the history.
    pub period: String,
    /// Days of the tenor.
    pub days: f64,
    /// Funding at the money over what replicating it would have gained: above one buyers pay too much for time.
    pub paid: f64,
    /// Its 95 % interval, by months.
    pub interval: [f64; 2],
    /// Mean volatility at which options are bought, over the mark.
    pub ask: f64,
    /// Mean volatility at which they are sold, over the mark.
    pub bid: f64,
    /// What a round trip of a call at the money costs of its premium: ask and bid, fees, spread. Mean, median, and what one moment in ten exceeds.
    pub round_trip: [f64; 3],
    /// Part of the time in which it is at most [`ROUND_TRIP`].
    pub within: f64,
}

/// Measures the tenors of each history; its bridges are no months of their own.
pub fn play(paths: &[(Asset, Vec<SimPath>)]) -> Vec<FairRow> {
    let jobs: Vec<_> = paths
        .iter()
        .flat_map(|(asset, bridges)| {
            SimMarket::preset(*asset).tenors.into_iter().take(3).map(move |of| (*asset, bridges, of))
        })
        .collect();
    jobs.par_iter().map(|(asset, bridges, tenor)| row(&SimMarket::preset(*asset), bridges, tenor)).collect()
}

fn row(market: &SimMarket, bridges: &[SimPath], tenor: &Tenor) -> FairRow {
    let (params, years) = (&market.volatility, tenor.seconds / YEAR);
    let (mut months, mut sides, mut trips): (Vec<(f64, f64)>, _, _) = (Vec::new(), [0.0; 2], Vec::new());
    for path in bridges {
        let per_point = (POINT / path.step).round().max(1.0) as usize;
        let mut estimate = Volatility::start(params, path.ln[0], path.start);
        let prices: Vec<f64> = path.ln.iter().copied().step_by(per_point).collect();
        for (point, pair) in prices.windows(2).enumerate() {
            let now = path.start + POINT * point as f64;
            estimate.sample(params, pair[0], now, market.speed(now - 1.0));
            let days = point / 48;
            if days < FIRST {
                continue;
            }
            let quoted = estimate.quoted(params, pair[0], now, market.speed(now));
            let mark = quoted.mark(years);
            for (sum, buys) in sides.iter_mut().zip([true, false]) {
                *sum += quoted.side(buys, years) / mark;
            }
            trips.push(round_trip(market, tenor, &quoted));
            let month = (days - FIRST) / 30;
            if months.len() <= month {
                months.resize(month + 1, (0.0, 0.0));
            }
            // At the money a time value is proportional to the volatility, and curvature to its inverse.
            months[month].0 += quoted.marks.front * market.speed(now + 1.0);
            months[month].1 += (pair[1] - pair[0]).powi(2) * YEAR / POINT / mark;
        }
    }
    let Mean { mean, half, .. } = ratio(&months);
    let points = trips.len().max(1) as f64;
    let within = trips.iter().filter(|cost| **cost <= ROUND_TRIP).count() as f64 / points;
    let average = trips.iter().sum::<f64>() / points;
    trips.sort_by(f64::total_cmp);
    let quantile = |part: f64| trips.get((part * points) as usize).copied().unwrap_or(f64::NAN);
    FairRow {
        asset: market.asset.to_owned(),
        period: bridges[0].period(),
        days: tenor.seconds / 86_400.0,
        paid: mean,
        interval: [mean - half, mean + half],
        ask: sides[0] / points,
        bid: sides[1] / points,
        round_trip: [average, quantile(0.5), quantile(0.9)],
        within,
    }
}

/// Returns what buying a call at the money and selling it at once costs of its mark.
fn round_trip(market: &SimMarket, tenor: &Tenor, quoted: &SimQuoted) -> f64 {
    let (price, spot) = (100.0, Spot::new(100.0));
    let contract = SimContract::new(true, price, tenor.seconds, tenor.call_cap);
    let at = |sigma: f64| contract.value(spot, contract.sigma(spot, sigma, market.smile));
    let (ask, bid) = (at(quoted.side(true, contract.tenor)), at(quoted.side(false, contract.tenor)));
    let mark = at(quoted.mark(contract.tenor));
    let fee = |rate: f64, value: f64| (rate * price).min(market.fee_value_cap * value);
    let spread = 2.0 * mark.delta.abs() * market.spread_confidences * market.confidence;
    let fees = fee(market.fee_open, ask.value) + fee(market.fee_close, bid.value);
    (ask.value - bid.value + fees + spread) / mark.value
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::models::Model;
    use crate::random::Rng;

    #[test]
    fn time_is_fair_at_the_volatility_that_comes_and_dear_above_it() {
        let path = Model::Gbm { sigma: 0.6 }.path(&mut Rng::new(81, 0), 3.0, 0.0, 300.0);
        let paid = |sigma: f64| {
            let mut market = SimMarket { weekend: [1.0; 2], ..SimMarket::btc() };
            (market.volatility.min, market.volatility.start, market.volatility.max) = (sigma, sigma, sigma);
            let tenor = market.tenors[1];
            row(&market, std::slice::from_ref(&path), &tenor)
        };
        let (fair, dear) = (paid(0.6), paid(0.66));
        assert!((fair.paid - 1.0).abs() < 0.03 && fair.interval[1] - fair.interval[0] < 0.05, "{fair:?}");
        // Squared, because curvature falls as the time value rises.
        assert!((dear.paid / fair.paid - 1.21).abs() < 1e-6, "{dear:?}");
        assert_eq!((fair.ask, fair.bid), (1.0, 1.0));
        // Without bursts a round trip costs fees of 8 basis points and a spread of 3, of 2.9 % of the price.
        let [mean, median, most] = fair.round_trip;
        assert!((mean - 0.038).abs() < 0.001 && (mean / median - 1.0).abs() < 1e-9 && median == most, "{fair:?}");
        assert_eq!(fair.within, 1.0);
    }
}
