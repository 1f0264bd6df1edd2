//! What the report finds out, as data; [`html`] shows it.

pub mod change;
pub mod effects;
pub mod fair;
pub mod history;
pub mod html;
pub mod informed;
pub mod insurance;
pub mod monte_carlo;
pub mod stress;
pub mod tables;

use anyhow::Result;
use evergreen_sdk::presets::Asset;
use rayon::prelude::*;
use serde::Serialize;

use crate::arbitrage::Arbitrageur;
use crate::contract::YEAR;
use crate::params::SimMarket;
use crate::paths::bars::Bar;
use crate::pool::POINT;
use crate::random::Rng;
use crate::rule::{self, DirectionRule};
use crate::search::{FoundStrategy, search};
use crate::statistics::Findings;
use crate::strategies::{self, Edge, Quotes};
use crate::volatility::Volatility;

/// What is reported on.
pub struct Options {
    /// Histories of the underlyings, made ones where there are none.
    pub histories: Vec<(Asset, Option<Vec<Bar>>)>,
    /// History of a stock.
    pub stock: Option<Vec<Bar>>,
    /// Bridges of each history.
    pub bridges: u64,
    /// Runs of each model.
    pub runs: u64,
    /// Runs of writers without full cover on each path.
    pub insurance_runs: u64,
    /// First seed.
    pub seed: u64,
}

/// Returns a word that changes with every parameter that the report depends on, and with the rule of quotes. Figures that name another one are stale.
pub fn fingerprint() -> String {
    let text = format!("{:?} {} {}", Asset::ALL.map(SimMarket::preset), rule::recommended().name(), quotes());
    // FNV-1a
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{:08x}", hash >> 32)
}

/// Returns what BTC is quoted by tenor in a day of a burst and in the day after it, to a ten-thousandth.
fn quotes() -> String {
    let market = SimMarket::preset(Asset::Btc);
    let params = &market.volatility;
    let mut estimate = Volatility::start(params, 0.0, 0.0);
    let (mut text, mut ln) = (String::new(), 0.0);
    for half_hour in 1..=96 {
        let now = POINT * f64::from(half_hour);
        ln += if half_hour <= 48 { 0.02 } else { 0.004 };
        estimate.sample(params, ln, now, 1.0);
        let quoted = estimate.quoted(params, ln + 0.01, now + 60.0, 1.0);
        for tenor in market.tenors.iter().filter(|_| half_hour % 12 == 0) {
            let years = tenor.seconds / YEAR;
            text +=
                &format!("{:.4} {:.4} {:.4} ", quoted.mark(years), quoted.side(true, years), quoted.side(false, years));
        }
    }
    text
}

/// Returns the arbitrageur of a market: they use a leg without curvature where there is one.
pub fn arbitrageur(market: &SimMarket) -> Arbitrageur {
    if market.tenors.len() > 3 { Arbitrageur::using(3, 0.18) } else { Arbitrageur::using(1, 0.09) }
}

/// Bridges of each history of which rules are compared and effects taken.
const FEW: usize = 4;

fn few(bridges: &[crate::paths::SimPath]) -> Vec<crate::paths::SimPath> {
    bridges.iter().take(FEW).cloned().collect()
}

/// Searches on each history, each with its own seed.
const SEARCHES: u64 = 2;

/// Everything that the report finds.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The rule for direction.
    pub rule: String,
    /// What tells these parameters from others.
    pub fingerprint: String,
    /// One row for each asset, flow, and whether there are arbitrageurs.
    pub history: Vec<history::HistoryRow>,
    /// The candidates for the price of direction, on the same history.
    pub comparison: Vec<history::HistoryRow>,
    /// What one parameter changes.
    pub effects: Vec<history::HistoryRow>,
    /// Simple strategies against the quotes.
    pub strategies: Vec<Edge>,
    /// What is left of them, all looked at together.
    pub findings: Findings,
    /// Strategies that a search found on the first half of each history.
    pub searched: Vec<FoundStrategy>,
    /// Bad debt of writers without full cover, against insurance.
    pub insurance: Vec<insurance::InsuranceRow>,
    /// Models of prices.
    pub monte_carlo: Vec<monte_carlo::MonteCarloRow>,
    /// Events.
    pub stress: Vec<stress::StressRow>,
    /// What time costs, by tenor.
    pub fair: Vec<fair::FairRow>,
    /// What who buys after a change of the volatility gains.
    pub change: Vec<change::ChangeRow>,
    /// What whoever knows of a change of the volatility takes.
    pub informed: Vec<informed::InformedRow>,
    /// What a stock's correlation is worth.
    pub quanto: Vec<monte_carlo::Quanto>,
    /// Market-years simulated, and seconds that it took.
    pub market_years: f64,
    /// Seconds.
    pub seconds: f64,
}

/// Makes the report; `progress` is told of each part.
///
/// # Errors
/// For histories of fewer than two bars.
pub fn make(options: &Options, progress: &dyn Fn(&str)) -> Result<Report> {
    let begun = std::time::Instant::now();
    let paths = history::paths(options)?;
    let rule = rule::recommended();
    progress("history");
    let history = history::play(options, &paths, &[&rule], &history::FLOWS);
    progress("comparison of rules for direction");
    let candidates = rule::candidates();
    let candidates: Vec<&dyn DirectionRule> = candidates.iter().map(AsRef::as_ref).collect();
    let few: Vec<_> = paths.iter().map(|(asset, bridges)| (*asset, few(bridges))).collect();
    let comparison = history::play(options, &few, &candidates, &history::FLOWS);
    progress("effects of parameters");
    let effects = effects::play(options, &few);
    progress("strategies");
    let (mut strategies, mut searched) = (Vec::new(), Vec::new());
    for (asset, bridges) in &paths {
        let market = SimMarket::preset(*asset);
        let quotes = Quotes::new(&market, &bridges[0]);
        strategies.par_extend(strategies::all(&market).par_iter().map(|strategy| quotes.play(strategy)));
        progress("search for strategies");
        let seeds: Vec<u64> = (0..SEARCHES).collect();
        let found = seeds.par_iter().flat_map(|seed| search(&quotes, &mut Rng::new(options.seed + 7_000, *seed)));
        searched.par_extend(found);
    }
    progress("writers and insurance");
    let insurance = insurance::play(options, &few);
    progress("models");
    let monte_carlo = monte_carlo::play(options);
    progress("stress");
    let stress = stress::play(options);
    progress("what time costs");
    let fair = fair::play(&few);
    let change = change::play(options);
    progress("whoever knows");
    let informed = informed::play(options);
    let quanto = monte_carlo::quanto(options);
    let years = |rows: &[history::HistoryRow]| rows.iter().map(|row| row.market_years).sum::<f64>();
    let market_years = years(&history)
        + years(&comparison)
        + years(&effects)
        + monte_carlo.iter().map(|row| row.runs as f64).sum::<f64>()
        + insurance.iter().map(|row| row.market_years).sum::<f64>();
    let seconds = begun.elapsed().as_secs_f64();
    let lucks: Vec<f64> = strategies.iter().map(|edge| edge.luck).collect();
    Ok(Report {
        rule: rule.name(),
        fingerprint: fingerprint(),
        findings: Findings::of(&lucks),
        history,
        comparison,
        effects,
        strategies,
        searched,
        insurance,
        monte_carlo,
        stress,
        fair,
        change,
        informed,
        quanto,
        market_years,
        seconds,
    })
}

#[cfg(test)]
mod tests;
