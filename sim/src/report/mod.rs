//! What the report finds out, as data; [`html`] shows it.

pub mod change;
pub mod effects;
pub mod fair;
pub mod history;
pub mod html;
pub mod informed;
pub mod insurance;
pub mod monte_carlo;
pub mod smile;
pub mod stress;
pub mod tables;

use anyhow::Result;
use evergreen_sdk::presets::Asset;
use rayon::prelude::*;
use serde::Serialize;

use crate::arbitrage::Arbitrageur;
use crate::contract::YEAR;
use crate::crowd::Flow;
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
    /// Years of writers with keepers half an hour late, of all underlyings together.
    pub tail_runs: u64,
    /// Whether it leaves out what takes longest: rules compared, strategies and the search for them, who knows, and a volatility that changes.
    pub fast: bool,
    /// First seed.
    pub seed: u64,
}

/// Parts of the work, with how much of all of it each is: measured as the tables of the document are made.
const PARTS: [(&str, f64); 12] = [
    ("history", 0.06),
    ("rules for direction", 0.13),
    ("effects of parameters", 0.06),
    ("strategies", 0.04),
    ("search for strategies", 0.03),
    ("the smile", 0.01),
    ("writers and insurance", 0.38),
    ("models", 0.12),
    ("events", 0.15),
    ("what time costs", 0.005),
    ("a volatility that changes", 0.01),
    ("whoever knows", 0.005),
];

/// Returns a word that changes with every parameter that the report depends on, and with the rule of quotes. Figures that name another one are stale.
pub fn fingerprint() -> String {
    let rule = rule::recommended();
    let text = format!("{:?} {:?} {} {}", Asset::ALL.map(SimMarket::preset), rule, quotes(), behaviour());
    // FNV-1a
    let hash = text
        .bytes()
        .fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
    format!("{:08x}", hash >> 32)
}

/// Returns what became of two months of BTC with all who act in it, to a thousandth.
fn behaviour() -> String {
    let (market, rule) = (SimMarket::preset(Asset::Btc), rule::recommended());
    let path = crate::paths::models::Model::Bursts { sigma: 0.6, roughness: 0.5 };
    let path = path.path(&mut Rng::new(1, 0), 60.0 / 365.0, 0.0, history::STEP);
    let mut setup = history::setup(&market, &rule, Flow::Calls, history::UTILISATION, Some(arbitrageur(&market)));
    setup.writers = 0.1;
    let outcome = crate::run::run(&setup, &path, &mut Rng::new(2, 0));
    let edge: f64 = outcome.months.iter().map(|month| month.edge).sum();
    format!("{:.3} {:.3} {:.0}", outcome.factor, outcome.utilisation, edge / 1e3)
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
    /// What is left of them on the other half, all looked at together.
    pub searched_findings: Findings,
    /// What holders out of the money lose with the smile, and without.
    pub smile: Vec<smile::SmileRow>,
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
    /// Seconds of processors that the process has taken, where the system tells.
    pub processor_seconds: Option<f64>,
}

impl Report {
    /// Returns the market-years that two free cores simulate in a minute.
    pub fn years_a_minute(&self) -> f64 {
        60.0 * self.market_years * 2.0 / self.processor_seconds.unwrap_or(2.0 * self.seconds).max(1e-9)
    }
}

/// Returns the seconds of processors that this process has taken, on Linux (`man 5 proc_pid_stat`: user and system time in hundredths of a second).
fn processor_seconds() -> Option<f64> {
    let stat = std::fs::read_to_string("/proc/self/stat").ok()?;
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11).map(|field| field.parse::<f64>().ok());
    Some((fields.next()?? + fields.next()??) / 100.0)
}

/// Makes the report; `progress` is told of each part, and of how much of all is done.
///
/// # Errors
/// For histories of fewer than two bars.
pub fn make(options: &Options, progress: &dyn Fn(&str, f64)) -> Result<Report> {
    let (begun, before) = (std::time::Instant::now(), processor_seconds());
    let mut parts = PARTS.iter();
    let mut done = 0.0;
    let mut next = || {
        if let Some((name, share)) = parts.next() {
            progress(name, done);
            done += share;
        }
        !options.fast
    };
    let paths = history::paths(options)?;
    let rule = rule::recommended();
    next();
    let history = history::play(options, &paths, &[&rule], &history::FLOWS);
    let candidates = rule::candidates();
    let candidates: Vec<&dyn DirectionRule> = candidates.iter().map(AsRef::as_ref).collect();
    let few: Vec<_> = paths.iter().map(|(asset, bridges)| (*asset, few(bridges))).collect();
    let comparison = if next() { history::play(options, &few, &candidates, &history::FLOWS) } else { Vec::new() };
    next();
    let effects = effects::play(options, &few);
    let (mut strategies, mut searched) = (Vec::new(), Vec::new());
    for is_search in [false, true] {
        if !next() {
            continue;
        }
        for (asset, bridges) in &paths {
            let market = SimMarket::preset(*asset);
            let quotes: Vec<Quotes<'_>> = bridges.par_iter().map(|path| Quotes::new(&market, path)).collect();
            if is_search {
                let seeds: Vec<u64> = (0..SEARCHES).collect();
                let found =
                    seeds.par_iter().flat_map(|seed| search(&quotes, &mut Rng::new(options.seed + 7_000, *seed)));
                searched.par_extend(found);
            } else {
                let some = &quotes[..quotes.len().min(FEW)];
                let all = strategies::all(&market);
                strategies.par_extend(all.par_iter().map(|one| Quotes::play_on_all(some, one, 0..some[0].steps())));
            }
        }
    }
    let smile = if next() { smile::play(&few) } else { Vec::new() };
    next();
    let insurance = insurance::play(options, &few);
    next();
    let monte_carlo = monte_carlo::play(options);
    next();
    let stress = stress::play(options);
    next();
    let fair = fair::play(&few);
    let change = if next() { change::play(options) } else { Vec::new() };
    let informed = if next() { informed::play(options) } else { Vec::new() };
    let quanto = monte_carlo::quanto(options);
    let years = |rows: &[history::HistoryRow]| rows.iter().map(|row| row.market_years).sum::<f64>();
    let market_years = years(&history)
        + years(&comparison)
        + years(&effects)
        + monte_carlo.iter().map(|row| row.runs as f64).sum::<f64>()
        + insurance.iter().map(|row| row.market_years).sum::<f64>();
    let seconds = begun.elapsed().as_secs_f64();
    let processor_seconds = processor_seconds().zip(before).map(|(now, before)| now - before);
    let lucks = |edges: &mut dyn Iterator<Item = &Edge>| Findings::of(&edges.map(|edge| edge.luck).collect::<Vec<_>>());
    Ok(Report {
        rule: rule.name(),
        fingerprint: fingerprint(),
        findings: lucks(&mut strategies.iter()),
        searched_findings: lucks(&mut searched.iter().map(|found| &found.judged)),
        history,
        comparison,
        effects,
        strategies,
        searched,
        smile,
        insurance,
        monte_carlo,
        stress,
        fair,
        change,
        informed,
        quanto,
        market_years,
        seconds,
        processor_seconds,
    })
}

#[cfg(test)]
mod tests;
