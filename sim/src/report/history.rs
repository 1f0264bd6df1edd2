//! The market on history.

use std::collections::BTreeMap;

use anyhow::Result;
use evergreen_sdk::presets::Asset;
use rayon::prelude::*;
use serde::Serialize;

use super::{Options, arbitrageur};
use crate::arbitrage::Arbitrageur;
use crate::crowd::{Crowd, Flow, Looks};
use crate::params::SimMarket;
use crate::paths::{SimPath, bars, bridge, models::Model};
use crate::random::Rng;
use crate::rule::DirectionRule;
use crate::run::{GainParts, Month, Refused, RunOutcome, RunSetup, SimKeeper, run};
use crate::statistics::{Mean, ratio, spread};

/// The flows of the history table.
pub const FLOWS: [Flow; 4] = [Flow::Calls, Flow::Puts, Flow::Trend, Flow::Balanced];
/// Share of pool cash that buyers reserve in a calm market whose direction costs nothing.
pub const UTILISATION: f64 = 0.4;
/// How much demand falls with the cost of a holding.
pub const ELASTICITY: f64 = 3.0;
/// Seconds of a step of a path.
pub const STEP: f64 = 300.0;

/// What became of a market on history: means over bridges.
#[derive(Clone, Debug, Serialize)]
pub struct HistoryRow {
    /// What is varied, in words.
    pub rule: String,
    /// The underlying.
    pub asset: String,
    /// The calendar years of the history.
    pub period: String,
    /// The flow of buyers.
    pub flow: String,
    /// Whether there are arbitrageurs.
    pub arbitrageurs: bool,
    /// Return of a share by year, as a fraction.
    pub years: BTreeMap<i64, f64>,
    /// Runs: bridges of the history.
    pub runs: u64,
    /// Value of a share at the end over that at the beginning, the geometric mean of the bridges.
    pub total: f64,
    /// Where 95 % of the bridges lie.
    pub total_interval: [f64; 2],
    /// The worst year of any bridge.
    pub worst_year: f64,
    /// Where the worst year of 95 % of the bridges lies.
    pub worst_year_interval: [f64; 2],
    /// The worst thirty days of any bridge.
    pub worst_month: f64,
    /// Largest fall on the way.
    pub drawdown: f64,
    /// Where that of 95 % of the bridges lies.
    pub drawdown_interval: [f64; 2],
    /// What a share earns a year, in parts.
    pub parts: GainParts,
    /// Payments that failed, in all bridges.
    pub failed_payouts: u32,
    /// What buyers gain of their premium, without direction.
    pub edge: f64,
    /// Its 95 % interval.
    pub edge_interval: [f64; 2],
    /// What that is made of.
    pub loss: Loss,
    /// Mean size of the skew.
    pub skew: f64,
    /// Mean carry a year.
    pub carry: f64,
    /// Mean reserves over pool cash.
    pub utilisation: f64,
    /// What limits have refused.
    pub refused: Refused,
    /// What arbitrageurs gain a year on each dollar of delta, after their costs.
    pub arbitrage: f64,
    /// Value of a share at every tenth day, on the first bridge.
    pub curve: Vec<f32>,
    /// Years of market simulated for this row.
    pub market_years: f64,
}

/// What buyers lose of their premium, in parts that add up: each with half of its 95 % interval, of months.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct Loss {
    /// Fees.
    pub fees: [f64; 2],
    /// The confidence of prices.
    pub spread: [f64; 2],
    /// The ask above the mark and the bid below it.
    pub quotes: [f64; 2],
    /// Carry.
    pub carry: [f64; 2],
    /// The rest: funding and marks, less what the moves of the price brought.
    pub time: [f64; 2],
}

/// Returns the paths of all histories, several bridges each.
///
/// # Errors
/// For histories of fewer than two bars.
pub fn paths(options: &Options) -> Result<Vec<(Asset, Vec<SimPath>)>> {
    let mut found = Vec::new();
    for (asset, bars) in &options.histories {
        let bridge = |run: u64| match bars {
            Some(bars) => bridge::path(asset.name(), bars, &mut Rng::new(options.seed, run), STEP),
            None => Ok(made(*asset, options.seed + run)),
        };
        found.push((*asset, (0..options.bridges).map(bridge).collect::<Result<_>>()?));
    }
    Ok(found)
}

/// Returns five years that never were: bursts of volatility, two years of rising prices, a crash, and two mixed ones.
pub fn made(asset: Asset, seed: u64) -> SimPath {
    let sigma = SimMarket::preset(asset).volatility.start * 1.25;
    let model = Model::Bursts { sigma, roughness: 0.45 };
    let mut path = SimPath { name: asset.name().to_owned(), start: 1_451_606_400.0, step: STEP, ln: Vec::new() };
    for (year, drift) in [0.8, 2.0, -1.0, 0.6, 1.2].into_iter().enumerate() {
        let part = model.path(&mut Rng::new(seed, year as u64), 1.0, drift, STEP);
        let shift = path.ln.last().map_or(0.0, |last| last - part.ln[0]);
        let new = part.ln.iter().skip(usize::from(year > 0)).map(|ln| ln + shift);
        path.ln.extend(new);
    }
    path
}

/// Plays all flows, with and without arbitrageurs, under each rule.
pub fn play(
    options: &Options,
    paths: &[(Asset, Vec<SimPath>)],
    rules: &[&dyn DirectionRule],
    flows: &[Flow],
) -> Vec<HistoryRow> {
    let mut jobs = Vec::new();
    for (asset, bridges) in paths {
        for rule in rules {
            for flow in flows {
                for with in [false, true] {
                    jobs.push((crate::params::SimMarket::preset(*asset), bridges, *rule, *flow, with, rule.name()));
                }
            }
        }
    }
    let play = |(market, bridges, rule, flow, with, name): &(
        SimMarket,
        &Vec<SimPath>,
        &dyn DirectionRule,
        Flow,
        bool,
        String,
    )| {
        let arbitrageur = with.then(|| arbitrageur(market));
        row(options.seed, name, &setup(market, *rule, *flow, UTILISATION, arbitrageur), bridges)
    };
    jobs.par_iter().map(play).collect()
}

/// Returns a market with prompt keepers and constant liquidity.
pub fn setup<'a>(
    market: &'a SimMarket,
    rule: &'a dyn DirectionRule,
    flow: Flow,
    utilisation: f64,
    arbitrageur: Option<Arbitrageur>,
) -> RunSetup<'a> {
    let crowd = Crowd { flow, utilisation, elasticity: ELASTICITY, looks: Looks::BeyondCalm, lump: 1.0 };
    RunSetup { market, rule, crowd, arbitrageur, liquidity_moves: false, keeper: SimKeeper::PROMPT, writers: 0.0 }
}

/// Plays the bridges of a history and takes the means.
pub fn row(seed: u64, name: &str, setup: &RunSetup<'_>, bridges: &[SimPath]) -> HistoryRow {
    let outcomes: Vec<RunOutcome> = bridges
        .iter()
        .enumerate()
        .map(|(index, path)| run(setup, path, &mut Rng::new(seed + 1_000, index as u64)))
        .collect();
    let n = outcomes.len() as f64;
    let mean = |of: &dyn Fn(&RunOutcome) -> f64| outcomes.iter().map(of).sum::<f64>() / n;
    let year_is_long = |year: i64| {
        let points = bridges[0].ln.len() as f64 * bridges[0].step;
        let days = (0..(points / 86_400.0) as u32)
            .filter(|day| bars::year_of(bridges[0].start + f64::from(*day) * 86_400.0) == year);
        days.count() >= 7
    };
    let years: BTreeMap<i64, f64> = outcomes[0]
        .years
        .keys()
        .filter(|year| year_is_long(**year))
        .map(|year| (*year, mean(&|outcome| outcome.years.get(year).copied().unwrap_or(-1.0))))
        .collect();
    let worst_of = |outcome: &RunOutcome| {
        let long = outcome.years.iter().filter(|(year, _)| years.contains_key(year));
        long.map(|(_, change)| *change).fold(f64::INFINITY, f64::min)
    };
    let all = |of: &dyn Fn(&RunOutcome) -> f64| outcomes.iter().map(of).collect::<Vec<f64>>();
    let worst_years = all(&worst_of);
    let month = |outcome: &RunOutcome| {
        let ends = outcome.days.iter().zip(outcome.days.iter().skip(30));
        ends.map(|(begin, end)| f64::from(end / begin) - 1.0).fold(f64::INFINITY, f64::min)
    };
    let parts = outcomes.iter().fold(GainParts::default(), |sum, outcome| sum.plus(&outcome.parts, 1.0 / n));
    // Bridges of one history are no independent months: their gains are added up before the interval is taken.
    let months = outcomes.iter().map(|outcome| outcome.months.len()).max().unwrap_or(0);
    let of_premium = |of: fn(&Month) -> f64| {
        let cluster = |month: usize| {
            let all = outcomes.iter().filter_map(|outcome| outcome.months.get(month));
            all.fold((0.0, 0.0), |sum, month| (sum.0 + of(month), sum.1 + month.premium))
        };
        let Mean { mean, half, .. } = ratio(&(0..months).map(cluster).collect::<Vec<_>>());
        [mean, half]
    };
    let [edge, half] = of_premium(|month| month.edge);
    let loss = Loss {
        fees: of_premium(|month| month.costs.fees),
        spread: of_premium(|month| month.costs.spread),
        quotes: of_premium(|month| month.costs.quotes),
        carry: of_premium(|month| month.costs.carry),
        time: of_premium(|month| -month.edge - month.costs.all()),
    };
    HistoryRow {
        rule: name.to_owned(),
        asset: setup.market.asset.to_owned(),
        period: bridges[0].period(),
        flow: setup.crowd.flow.name().to_owned(),
        arbitrageurs: setup.arbitrageur.is_some(),
        years,
        runs: outcomes.len() as u64,
        total: mean(&|outcome| outcome.factor.max(1e-9).ln()).exp(),
        total_interval: spread(&all(&|outcome| outcome.factor)),
        worst_year: worst_years.iter().copied().fold(f64::INFINITY, f64::min),
        worst_year_interval: spread(&worst_years),
        worst_month: all(&month).into_iter().fold(f64::INFINITY, f64::min),
        drawdown: mean(&|outcome| outcome.drawdown),
        drawdown_interval: spread(&all(&|outcome| outcome.drawdown)),
        parts,
        failed_payouts: outcomes.iter().map(|outcome| outcome.failed_payouts).sum(),
        edge,
        edge_interval: [edge - half, edge + half],
        loss,
        skew: mean(&|outcome| outcome.skew[1]),
        carry: mean(&|outcome| outcome.carry),
        utilisation: mean(&|outcome| outcome.utilisation),
        refused: Refused {
            volume: std::array::from_fn(|limit| mean(&|outcome| outcome.refused.volume[limit])),
            days: std::array::from_fn(|limit| mean(&|outcome| outcome.refused.days[limit])),
        },
        arbitrage: mean(&|outcome| outcome.arbitrage),
        curve: outcomes[0].days.iter().copied().step_by(10).collect(),
        market_years: outcomes.iter().map(|outcome| outcome.length).sum(),
    }
}
