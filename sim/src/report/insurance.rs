//! Bad debt of writers without full cover, against insurance.

use evergreen_sdk::presets::Asset;
use rayon::prelude::*;
use serde::Serialize;

use super::Options;
use super::history::STEP;
use crate::paths::SimPath;
use crate::paths::models::Model;
use crate::random::Rng;
use crate::writers::{Losses, Writers, play as lose};

/// Writers whose caps are a fifth of main liquidity, half of what buyers hold at 40 % utilisation; insurance as large as a tenth of it; keepers
/// five minutes late.
pub const WRITERS: Writers = Writers { caps: 0.2, insurance: 0.1, late: 1, look: 0.005 };

/// The same for very many runs: keepers half an hour late, who look again after moves of 2 %. Both let writers lose more.
pub const MANY: Writers = Writers { late: 1, look: 0.02, ..WRITERS };
/// What they are called.
pub const IN_TURN: &str = "these three models in turn";
/// Seconds of a step of those runs.
const MANY_STEP: f64 = 1_800.0;

/// Many runs of writers on one kind of path.
#[derive(Clone, Debug, Serialize)]
pub struct InsuranceRow {
    /// The path, in words.
    pub path: String,
    /// The underlying.
    pub asset: String,
    /// Runs.
    pub runs: u64,
    /// Years of market simulated.
    pub market_years: f64,
    /// Runs with bad debt.
    pub with_bad_debt: u64,
    /// Runs whose bad debt exceeded what insurance held and got.
    pub exceeded: u64,
    /// Upper end of the 95 % interval of the share of such runs.
    pub exceeded_at_most: f64,
    /// Mean and largest bad debt of a run, over main liquidity.
    pub bad_debt: [f64; 2],
    /// Bad debt of the worst run in a thousand, over main liquidity.
    pub tail: f64,
    /// Liquidations, and those that left bad debt.
    pub liquidations: [u64; 2],
}

/// Plays writers on models, on crashes and on history.
pub fn play(options: &Options, paths: &[(Asset, Vec<SimPath>)]) -> Vec<InsuranceRow> {
    let mut assets: Vec<Asset> = paths.iter().map(|(asset, _)| *asset).collect();
    assets.dedup();
    let mut rows = Vec::new();
    for asset in assets.iter().copied() {
        let market = crate::params::SimMarket::preset(asset);
        for (name, model, fall) in kinds(market.volatility.start) {
            // A quarter of a year, in the middle of which the price jumps.
            let years = if fall == 0.0 { 1.0 } else { 0.25 };
            let one = |number: u64| {
                let mut path = model.path(&mut Rng::new(options.seed + 8_000, number), years, 0.0, STEP);
                let half = path.ln.len() / 2;
                for ln in &mut path.ln[half..] {
                    *ln += fall;
                }
                lose(&market, &WRITERS, &path, &mut Rng::new(options.seed + 9_000, number))
            };
            let runs = if fall == 0.0 { options.insurance_runs } else { options.insurance_runs.div_ceil(20) };
            let losses: Vec<Losses> = (0..runs).into_par_iter().map(one).collect();
            rows.push(row(name, market.asset, years, &losses));
        }
    }
    rows.extend(many(options, &assets));
    for (asset, bridges) in paths {
        let market = crate::params::SimMarket::preset(*asset);
        let one = |(number, path): (usize, &SimPath)| {
            lose(&market, &WRITERS, path, &mut Rng::new(options.seed + 9_500, number as u64))
        };
        let losses: Vec<Losses> = bridges.par_iter().enumerate().map(one).collect();
        rows.push(row(&format!("history {}", bridges[0].period()), market.asset, bridges[0].years(), &losses));
    }
    rows
}

/// Plays very many years of all underlyings and models in turn, keepers half an hour late.
fn many(options: &Options, assets: &[Asset]) -> Option<InsuranceRow> {
    let markets: Vec<_> = assets.iter().map(|asset| crate::params::SimMarket::preset(*asset)).collect();
    let one = |number: u64| {
        let market = &markets[(number % markets.len() as u64) as usize];
        let (_, model, _) = kinds(market.volatility.start)[(number / markets.len() as u64 % 3) as usize];
        let path = model.path(&mut Rng::new(options.seed + 12_000, number), 1.0, 0.0, MANY_STEP);
        lose(market, &MANY, &path, &mut Rng::new(options.seed + 13_000, number))
    };
    let losses: Vec<Losses> = (0..options.tail_runs).into_par_iter().map(one).collect();
    let names: Vec<&str> = markets.iter().map(|market| market.asset).collect();
    let name = format!("{IN_TURN}, keepers half an hour late");
    (!losses.is_empty()).then(|| row(&name, &names.join(" and "), 1.0, &losses))
}

/// Models, and jumps of the price as logarithms.
fn kinds(sigma: f64) -> [(&'static str, Model, f64); 6] {
    let gbm = Model::Gbm { sigma };
    let merton = |jumps, mean, deviation| Model::Merton { sigma: 0.8 * sigma, jumps, mean, deviation };
    [
        ("Merton: 18 jumps a year of -8 ± 6 %", merton(18.0, -0.08, 0.06), 0.0),
        ("Merton: 2 jumps a year of -15 ± 10 %", merton(2.0, -0.15, 0.1), 0.0),
        ("rough bursts", Model::Bursts { sigma, roughness: 0.6 }, 0.0),
        ("a fall of 20 % at once", gbm, (0.8f64).ln()),
        ("a fall of 40 % at once", gbm, (0.6f64).ln()),
        ("a rise of 25 % at once", gbm, (1.25f64).ln()),
    ]
}

fn row(path: &str, asset: &str, years: f64, losses: &[Losses]) -> InsuranceRow {
    let runs = losses.len() as u64;
    let count = |of: &dyn Fn(&Losses) -> bool| losses.iter().filter(|loss| of(loss)).count() as u64;
    let exceeded = count(&|loss| loss.bad_debt > WRITERS.insurance + loss.penalties);
    // Wilson's interval; of no event in n runs it leaves 3.8/n.
    let (n, p, z) = (runs as f64, exceeded as f64 / runs as f64, 1.96f64);
    let middle = p + z * z / (2.0 * n);
    let half = z * (p * (1.0 - p) / n + z * z / (4.0 * n * n)).sqrt();
    let mut debts: Vec<f64> = losses.iter().map(|loss| loss.bad_debt).collect();
    debts.sort_by(f64::total_cmp);
    let sum = |place: usize| losses.iter().map(|loss| u64::from(loss.liquidations[place])).sum();
    InsuranceRow {
        path: path.to_owned(),
        asset: asset.to_owned(),
        runs,
        market_years: n * years,
        with_bad_debt: count(&|loss| loss.bad_debt > 0.0),
        exceeded,
        exceeded_at_most: (middle + half) / (1.0 + z * z / n),
        bad_debt: [
            losses.iter().map(|loss| loss.bad_debt).sum::<f64>() / n,
            losses.iter().map(|loss| loss.bad_debt).fold(0.0, f64::max),
        ],
        tail: debts[((0.999 * n) as usize).min(debts.len() - 1)],
        liquidations: [sum(0), sum(1)],
    }
}
