//! The market on models of prices, and what the correlation with a stock is worth.

use evergreen_sdk::presets::Asset;
use rayon::prelude::*;
use serde::Serialize;

use super::history::{ELASTICITY, STEP};
use super::{Options, arbitrageur};
use crate::contract::{SimContract, Spot, YEAR};
use crate::crowd::{Crowd, Flow, Looks};
use crate::paths::bars::Bar;
use crate::paths::models::Model;
use crate::random::Rng;
use crate::run::{RunOutcome, RunSetup, SimKeeper, run};
use crate::statistics::ratio;

/// A year of a model, many times.
#[derive(Clone, Debug, Serialize)]
pub struct MonteCarloRow {
    /// The model.
    pub model: String,
    /// The flow of buyers.
    pub flow: String,
    /// Share of pool cash that they would reserve.
    pub utilisation: f64,
    /// Caps of covered writers, as a share of pool cash, and what they gain of the first capital.
    pub writers: [f64; 2],
    /// Runs.
    pub runs: u64,
    /// Mean return of a year, as a fraction.
    pub mean: f64,
    /// Its 95 % interval.
    pub interval: [f64; 2],
    /// Standard deviation of a year's return.
    pub deviation: f64,
    /// The return that one run in a hundred falls below.
    pub worst_hundredth: f64,
    /// What buyers gain of their premium, without direction.
    pub edge: f64,
    /// Payments that failed, in all runs.
    pub failed_payouts: u32,
}

/// Caps of covered writers in the rows that have any, as a share of pool cash.
const COVERED: f64 = 0.2;

/// Returns the models, at the long-run volatility of an asset and beyond.
fn models(sigma: f64) -> [(&'static str, Model); 5] {
    [
        ("GBM at the long-run volatility", Model::Gbm { sigma }),
        ("GBM at one and a half times that", Model::Gbm { sigma: 1.5 * sigma }),
        (
            "Merton: 18 jumps a year of -8 ± 6 %",
            Model::Merton { sigma: 0.8 * sigma, jumps: 18.0, mean: -0.08, deviation: 0.06 },
        ),
        (
            "Heston with a half-life of two days",
            Model::Heston { sigma, half_life_days: 2.0, of_variance: 4.0, correlation: -0.3 },
        ),
        ("rough bursts", Model::Bursts { sigma, roughness: 0.6 }),
    ]
}

/// Plays all models with arbitrageurs, without drift.
pub fn play(options: &Options) -> Vec<MonteCarloRow> {
    let market = crate::params::SimMarket::preset(Asset::Btc);
    let mut jobs = Vec::new();
    for (name, model) in models(market.volatility.start) {
        for (flow, utilisation) in [(Flow::Balanced, 0.4), (Flow::Calls, 0.4), (Flow::Puts, 0.4)] {
            jobs.push((name, model, flow, utilisation, 0.0));
        }
    }
    let [calm, _, jumps, _, bursts] = models(market.volatility.start);
    for (flow, (name, model)) in [
        (Flow::Hedgers, calm),
        (Flow::Hedgers, jumps),
        (Flow::InformedOfJumps, jumps),
        (Flow::InformedOfVolatility, calm),
        (Flow::InformedOfVolatility, bursts),
    ] {
        jobs.push((name, model, flow, 0.4, 0.0));
    }
    for (name, model) in [calm, jumps, bursts] {
        jobs.push((name, model, Flow::Balanced, 0.4, COVERED));
    }
    for (flow, utilisation) in [(Flow::Balanced, 0.2), (Flow::Balanced, 0.6)] {
        jobs.push((calm.0, calm.1, flow, utilisation, 0.0));
    }
    let rule = Box::new(crate::rule::recommended());
    let play = |(name, model, flow, utilisation, writers): &(&str, Model, Flow, f64, f64)| {
        let setup = RunSetup {
            market: &market,
            rule: rule.as_ref(),
            crowd: Crowd {
                flow: *flow,
                utilisation: *utilisation,
                elasticity: ELASTICITY,
                looks: Looks::BeyondCalm,
                lump: 1.0,
            },
            arbitrageur: Some(arbitrageur(&market)),
            liquidity_moves: true,
            keeper: SimKeeper { delay_steps: 1, fails: 0.01, absent: [0.0; 2] },
            writers: *writers,
        };
        let one = |number: u64| {
            let path = model.path(&mut Rng::new(options.seed + 2_000, number), 1.0, 0.0, STEP);
            run(&setup, &path, &mut Rng::new(options.seed + 3_000, number))
        };
        let outcomes: Vec<RunOutcome> = (0..options.runs).into_par_iter().map(one).collect();
        row(name, *flow, *utilisation, *writers, &outcomes)
    };
    jobs.iter().map(play).collect()
}

fn row(model: &str, flow: Flow, utilisation: f64, writers: f64, outcomes: &[RunOutcome]) -> MonteCarloRow {
    let mut returns: Vec<f64> = outcomes.iter().map(|outcome| outcome.factor - 1.0).collect();
    returns.sort_by(f64::total_cmp);
    let n = returns.len() as f64;
    let mean = returns.iter().sum::<f64>() / n;
    let deviation = (returns.iter().map(|one| (one - mean).powi(2)).sum::<f64>() / (n - 1.0).max(1.0)).sqrt();
    let half = 1.96 * deviation / n.sqrt();
    let months = || outcomes.iter().flat_map(|outcome| &outcome.months);
    MonteCarloRow {
        model: model.to_owned(),
        flow: flow.name().to_owned(),
        utilisation,
        writers: [writers, outcomes.iter().map(|outcome| outcome.others.writers).sum::<f64>() / n],
        runs: outcomes.len() as u64,
        mean,
        interval: [mean - half, mean + half],
        deviation,
        worst_hundredth: returns[(0.01 * n) as usize],
        edge: months().map(|month| month.edge).sum::<f64>() / months().map(|month| month.premium).sum::<f64>(),
        failed_payouts: outcomes.iter().map(|outcome| outcome.failed_payouts).sum(),
    }
}

/// What the correlation of a stock with an underlying is worth to holders who count in the stock's token.
#[derive(Clone, Debug, Serialize)]
pub struct Quanto {
    /// The underlying.
    pub asset: String,
    /// Correlation of daily moves on the stock's trading days.
    pub correlation: f64,
    /// Volatility of the stock.
    pub stock_volatility: f64,
    /// Volatility of the underlying over the same days.
    pub volatility: f64,
    /// Drift of the index in the token's measure, a year: the offset of the carry that pays for it.
    pub drift: f64,
    /// Its 95 % interval, of months.
    pub drift_interval: [f64; 2],
    /// The base of the carry that pays for it, in basis points: `carry_base_bps`.
    pub base_bps: i16,
    /// Its 95 % interval.
    pub base_interval_bps: [i16; 2],
    /// What an at-the-money call gains by it in half a tenor, as a share of its premium, by tenor.
    pub of_premium: Vec<f64>,
}

/// Measures the stock against each underlying that has a history.
pub fn quanto(options: &Options) -> Vec<Quanto> {
    let Some(stock) = &options.stock else { return Vec::new() };
    let with_bars = options.histories.iter().filter_map(|(asset, bars)| Some((*asset, bars.as_ref()?)));
    with_bars.filter_map(|(asset, bars)| measure(asset, bars, stock)).collect()
}

fn measure(asset: Asset, bars: &[Bar], stock: &[Bar]) -> Option<Quanto> {
    let day = |bar: &Bar| (bar.time / 86_400.0).floor() as i64;
    let closes: std::collections::BTreeMap<i64, f64> = bars.iter().map(|bar| (day(bar), bar.close.ln())).collect();
    let both: Vec<(f64, f64)> =
        stock.iter().filter_map(|bar| Some((*closes.get(&day(bar))?, bar.close.ln()))).collect();
    if both.len() < 30 {
        return None;
    }
    // Pairs of days of one month, as one observation of what the drift is made of.
    let mut months: std::collections::BTreeMap<i64, (f64, f64)> = std::collections::BTreeMap::new();
    let days: Vec<i64> = stock.iter().map(day).filter(|day| closes.contains_key(day)).collect();
    let moves: Vec<(f64, f64)> = both.windows(2).map(|pair| (pair[1].0 - pair[0].0, pair[1].1 - pair[0].1)).collect();
    let sum = |of: fn(&(f64, f64)) -> f64| moves.iter().map(of).sum::<f64>();
    let (xx, yy, xy) = (sum(|m| m.0 * m.0), sum(|m| m.1 * m.1), sum(|m| m.0 * m.1));
    let years = (day(&stock[stock.len() - 1]) - day(&stock[0])) as f64 / 365.0;
    let correlation = xy / (xx * yy).sqrt();
    let (volatility, stock_volatility) = ((xx / years).sqrt(), (yy / years).sqrt());
    for (pair, moved) in days.windows(2).zip(&moves) {
        let month = months.entry(pair[1] / 30).or_default();
        month.0 += moved.0 * moved.1;
        month.1 += (pair[1] - pair[0]) as f64 / 365.0;
    }
    // The covariance a year is the product of the correlation and both volatilities.
    let covariance = ratio(&months.into_values().collect::<Vec<_>>());
    let drift = covariance.mean;
    let bps = |x: f64| (1e4 * x).round().clamp(-5_000.0, 5_000.0) as i16;
    let interval = [drift - covariance.half, drift + covariance.half];
    let market = crate::params::SimMarket::preset(asset);
    let of_tenor = |(tenor, params): (usize, &crate::params::Tenor)| {
        let contract = SimContract::new(true, 100.0, params.seconds, market.cap_ratio(true, tenor));
        let value = contract.value(Spot::new(100.0), market.volatility.start);
        drift * value.delta * 0.5 * params.seconds / YEAR / value.value
    };
    let of_premium = market.tenors.iter().take(3).enumerate().map(of_tenor).collect();
    Some(Quanto {
        asset: asset.name().to_owned(),
        correlation,
        stock_volatility,
        volatility,
        drift,
        drift_interval: interval,
        base_bps: bps(drift),
        base_interval_bps: interval.map(bps),
        of_premium,
    })
}
