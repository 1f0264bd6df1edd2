//! What every remaining choice of a price is worth, with the preset fees, delay and window: `cargo xtask choice`.
//!
//! Five traders are simulated in a world as bad as the real one. Both hold options whose value moves as much as the underlying, the
//! worst case for the pool, so everything is in basis points of notional.
//!
//! - The one who knows sees the true price at every moment. Each second a price is published that is up to a second old, and the
//!   chain's clock lags the real one by up to two seconds. They commit to open and to close when what they know pays most.
//! - The one who waits ([`waiting`]) is their own keeper, and there is no other. When their price is published they send it if the true price has moved their way by the
//!   end of the window, and otherwise let the commitment lapse, which costs twice the fee of the trade. They commit in lively seconds alone, if that is better, and ask for
//!   another gain to open than to close.
//! - The one who exercises is one who waits next to a cap: they fill if they can exercise at once.
//! - The one who is early for the carry ([`foreseen::carry`]) takes the paid side for each half-hour whose rate they know, at the largest skew.
//! - The one who is early for samples ([`foreseen::samples`]) buys a straddle a second before a sample that they know will raise quotes, hedges it, and sells when they have risen.
//!   Its gain is that of a trade.
//!
//! For every volatility and confidence, thresholds are searched on one half of the paths, and judged on the other. Prices move as a
//! random walk whose seconds come in clusters (the volatility of a minute is one third or five thirds), with jumps of 10 to 50 basis
//! points, three an hour. Printed is the profit per hour of the best strategy, with the half-width of its 95 % interval.

mod foreseen;
mod waiting;

use evergreen_sdk::{evergreen::state::PoolParams, math::Seconds, presets};
use std::{fmt::Write, path::PathBuf, process::ExitCode};

/// Steps of the true price in a second.
const STEPS: usize = 10;
/// Seconds of a path: an hour.
const HOUR: usize = Seconds::HOUR.0 as usize;
/// Paths on which thresholds are chosen, and as many on which they are judged.
const PATHS: u64 = 80;
/// The same for the one who knows.
const KNOWN: usize = 40;
/// Annual volatilities in percent.
const VOLATILITIES: [f64; 4] = [66.0, 100.0, 150.0, 200.0];
/// Confidences in basis points.
const CONFIDENCES: [f64; 4] = [0.0, 1.0, 3.0, 5.0];
/// Thresholds of what a trader knows, in basis points.
const THRESHOLDS: [f64; 8] = [0.5, 1.0, 2.0, 4.0, 8.0, 12.0, 20.0, 30.0];
/// Longest time that a position is held, seconds.
const LONGEST: usize = 60;
/// Seconds by which the chain's clock lags at most.
const CLOCK_LAG: f64 = 2.0;

/// Random numbers that are the same in every run (SplitMix64, by Steele, Lea and Flood, 2014).
struct Random(u64);

impl Random {
    const fn word(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    /// A number from zero to one.
    fn unit(&mut self) -> f64 {
        (self.word() >> 11) as f64 / (1u64 << 53) as f64
    }

    /// A number of mean zero and variance one, nearly normal.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.unit()).sum::<f64>() - 6.0
    }
}

/// An hour of prices, in basis points from where it began.
struct Path {
    /// True price at every step.
    truth: Vec<f64>,
    /// Price published at every second, which is true at a moment up to a second earlier.
    published: Vec<f64>,
    /// Steps by which each published price is old.
    age: Vec<usize>,
}

impl Path {
    fn of(seed: u64, volatility: f64) -> Self {
        let mut random = Random(seed.wrapping_mul(0x0101_0101_0101_0101));
        let year_steps = 365.25 * 86_400.0 * STEPS as f64;
        let step = volatility / 100.0 / year_steps.sqrt() * 10_000.0;
        let (mut price, mut scale) = (0.0, 1.0);
        let jump = 3.0 / (HOUR * STEPS) as f64;
        let mut truth = Vec::with_capacity(HOUR * STEPS);
        for at in 0..HOUR * STEPS {
            if at.is_multiple_of(60 * STEPS) {
                // Variances of one ninth and of twenty-five ninths: their mean is 13/9, which the scale takes off again.
                scale = if random.unit() < 0.5 { 1.0 / 3.0 } else { 5.0 / 3.0 } / (13.0f64 / 9.0).sqrt();
            }
            price += step * scale * random.normal();
            if random.unit() < jump {
                let size = 10.0 + 40.0 * random.unit();
                price += if random.unit() < 0.5 { size } else { -size };
            }
            truth.push(price);
        }
        let age: Vec<usize> = (0..HOUR).map(|_| (random.unit() * (STEPS + 1) as f64) as usize).collect();
        let published = (0..HOUR).map(|second| truth[(second * STEPS).saturating_sub(age[second])]).collect();
        Self { truth, published, age }
    }

    /// Second of the publication that fills what is committed at a step, with the clock as far behind as it can be.
    fn filled_at(step: usize, delay: usize) -> usize {
        let clock = (step as f64 / STEPS as f64 - CLOCK_LAG).max(0.0) as usize;
        clock + delay + 1
    }

    /// By how much the true price at a step is above the price that will fill, as far as it can be known.
    fn known(&self, step: usize, second: usize) -> f64 {
        let stamped = (second * STEPS).saturating_sub(self.age[second]);
        self.truth[step] - self.truth[stamped.min(step)]
    }
}

/// What trading costs, in basis points of notional.
#[derive(Clone, Copy)]
struct Costs {
    open: f64,
    close: f64,
    confidence: f64,
    delay: usize,
    window: usize,
}

/// Profit of an hour of the one who knows, who opens and closes when that is worth so much.
fn knowing(path: &Path, costs: Costs, open: f64, close: f64) -> f64 {
    let (mut profit, mut step) = (0.0, 10 * STEPS);
    let end = (HOUR - LONGEST - 20) * STEPS;
    while step < end {
        let second = Path::filled_at(step, costs.delay);
        let known = path.known(step, second);
        if known.abs() < open {
            step += 1;
            continue;
        }
        let side = known.signum();
        profit -= side * path.published[second] + costs.open + costs.confidence;
        let limit = step + LONGEST * STEPS;
        step = step.max(second * STEPS) + 1;
        let closed = loop {
            let second = Path::filled_at(step, costs.delay);
            if -side * path.known(step, second) > close || step >= limit {
                break second;
            }
            step += 1;
        };
        profit += side * path.published[closed] - costs.close - costs.confidence;
        step = step.max(closed * STEPS) + 1;
    }
    profit
}

/// Mean and half-width of the 95 % interval.
fn summary(profits: &[f64]) -> (f64, f64) {
    let n = profits.len() as f64;
    let mean = profits.iter().sum::<f64>() / n;
    let variance = profits.iter().map(|p| (p - mean).powi(2)).sum::<f64>() / (n - 1.0);
    (mean, 1.96 * (variance / n).sqrt())
}

/// The best of some strategies by the first half of the paths, judged by the second.
fn best<P, S: Copy>(paths: &[P], strategies: &[S], profit: impl Fn(&P, S) -> f64) -> (f64, f64) {
    let (choose, judge) = paths.split_at(paths.len() / 2);
    let mean = |strategy: S| summary(&choose.iter().map(|path| profit(path, strategy)).collect::<Vec<_>>()).0;
    let chosen = strategies.iter().copied().max_by(|a, b| mean(*a).total_cmp(&mean(*b)));
    chosen.map_or((0.0, 0.0), |s| summary(&judge.iter().map(|path| profit(path, s)).collect::<Vec<_>>()))
}

/// Document that has the table, between a line `<!-- choice -->` and the next `<!-- end -->`.
fn document() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/protocol.md"))
}

/// Writes the table into its document. Nothing if it has no place there.
fn write(table: &str) -> Option<()> {
    let text = std::fs::read_to_string(document()).ok()?;
    let (before, rest) = text.split_once("<!-- choice -->\n")?;
    let (_, after) = rest.split_once("<!-- end -->")?;
    std::fs::write(document(), format!("{before}<!-- choice -->\n{table}<!-- end -->{after}")).ok()
}

/// Returns the table of all cells, and whether no choice pays in any of them.
fn table(params: &PoolParams) -> (String, bool) {
    let spread = f64::from(presets::btc(presets::PYTH_RECEIVER).params.spread_conf_bps) / 10_000.0;
    let (delay, window) = (params.fill_delay as usize, params.fill_window as usize);
    let mut text = String::from(
        "| volatility | confidence | who knows | who waits | who exercises | lapse, fees | early for the carry | early for samples |\n\
         | --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    let pairs: Vec<(f64, f64)> = THRESHOLDS.iter().flat_map(|a| THRESHOLDS.iter().map(|b| (*a, *b))).collect();
    let mut safe = true;
    for volatility in VOLATILITIES {
        let paths: Vec<Path> = (1..=2 * PATHS).map(|seed| Path::of(seed, volatility)).collect();
        let lively: Vec<_> = paths.iter().map(|path| waiting::Lively::of(path, volatility)).collect();
        let samples: Vec<_> = (1..=PATHS).filter_map(|seed| foreseen::Samples::of(seed, volatility)).collect();
        for confidence in CONFIDENCES {
            let (open, close) = (f64::from(params.fee_open_bps), f64::from(params.fee_close_bps));
            let costs = Costs { open, close, confidence: confidence * spread, delay, window };
            let known = &paths[..2 * KNOWN];
            let knows = best(known, &pairs, |path, (open, close)| knowing(path, costs, open, close));
            let waits = waiting::waiting(&lively, costs);
            // A straddle has two legs with half of a delta each.
            let round_trip = open + close + 2.0 * confidence * spread;
            let carry = foreseen::carry(params, round_trip);
            let early = foreseen::samples(&samples, 2.0 * (open + close) + 2.0 * confidence * spread);
            // Beyond the largest volatility of quotes they are too low for whoever knows of it, samples or not.
            safe &= carry <= 0.0 && (early.0 <= 0.0 || volatility > 100.0);
            // Who knows nothing commits to nothing, and gains nothing.
            safe &= knows.0 <= 0.0 && waits.trading.0 < 0.0 && waits.exercising.0 <= 0.0;
            let bond = waits.bond.map_or_else(|| "more".into(), |bond| bond.to_string());
            let interval = |(mean, half): (f64, f64)| format!("{mean:.1} ± {half:.1}");
            let _ = writeln!(
                text,
                "| {volatility} % | {confidence} bp | {} | {} | {} | {bond} | {carry:.1} | {} |",
                interval(knows),
                interval(waits.trading),
                interval(waits.exercising),
                interval(early)
            );
        }
    }
    (text, safe)
}

fn main() -> ExitCode {
    let params = presets::pool_params();
    let (text, safe) = table(&params);
    println!(
        "fees {} and {} bps, delay {} s, window {} s; basis points of notional an hour, best strategy",
        params.fee_open_bps, params.fee_close_bps, params.fill_delay, params.fill_window
    );
    print!("{text}");
    if std::env::var_os("EVERGREEN_WRITE_DOCUMENTS").is_some() && write(&text).is_none() {
        eprintln!("{} has no place for the table", document().display());
        return ExitCode::FAILURE;
    }
    if safe { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
