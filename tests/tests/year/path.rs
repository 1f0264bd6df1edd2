//! Half-hourly prices of a year: daily bars of a market with bursts and a trend that turns, bridged by the simulator. `EVERGREEN_BTC` and `EVERGREEN_ETH` name files of
//! bars instead, of which the last 367 days are played.

use evergreen_sim::{
    paths::{SimPath, bars, bars::Bar, bridge, models::Model},
    random::Rng,
};

/// Half-hours of a day, and of a year.
pub const DAY_STEPS: usize = 48;
pub const YEAR: usize = 365 * DAY_STEPS;

/// A quarter of a dollar in hundred-millionths of one: prices are multiples of it, which the program reads without rounding.
const GRAIN: f64 = 25_000_000.0;

/// Returns the bars of the file that is named for this underlying.
pub fn history(asset: &str) -> Option<Vec<Bar>> {
    let file = std::env::var_os(format!("EVERGREEN_{asset}"))?;
    let bars = bars::read(std::path::Path::new(&file)).expect("a file of bars");
    assert!(bars.len() > 366, "a year and a day of bars are needed: {} in the file", bars.len());
    Some(bars[bars.len() - 367..].to_vec())
}

/// Returns the published price of each half-hour and of a day more, the first one exactly the given dollars, and a calendar that begins at this unix time.
///
/// Bars are those of a history, or made up.
pub fn prices(dollars: f64, start: f64, seed: u64, history: Option<Vec<Bar>>) -> Vec<i64> {
    let days = history.unwrap_or_else(|| made(dollars, start, seed));
    let path: SimPath = bridge::path("year", &days, &mut Rng::new(seed, 9), 1_800.0).expect("a path");
    let published = |x: &f64| ((x.exp() / path.ln[0].exp() * dollars * 1e8 / GRAIN).round() * GRAIN) as i64;
    path.ln.iter().take(YEAR + DAY_STEPS).map(published).collect()
}

/// Returns daily bars of a market with bursts.
fn made(dollars: f64, start: f64, seed: u64) -> Vec<Bar> {
    let model = Model::Bursts { sigma: 0.75, roughness: 0.5 };
    let mut ln = vec![dollars.ln()];
    for (part, drift) in [1.1, -1.4, 0.9].into_iter().enumerate() {
        let part = model.path(&mut Rng::new(seed, part as u64), 0.4, drift, 1_800.0);
        let shift = ln[ln.len() - 1] - part.ln[0];
        ln.extend(part.ln.iter().skip(1).map(|x| x + shift));
    }
    ln.windows(DAY_STEPS + 1).step_by(DAY_STEPS).enumerate().map(|(day, prices)| bar(start, day, prices)).collect()
}

fn bar(start: f64, day: usize, prices: &[f64]) -> Bar {
    let of = |pick: fn(f64, f64) -> f64, from: f64| prices.iter().copied().fold(from, pick).exp();
    Bar {
        time: start + day as f64 * 86_400.0,
        open: prices[0].exp(),
        high: of(f64::max, f64::NEG_INFINITY),
        low: of(f64::min, f64::INFINITY),
        close: prices[DAY_STEPS].exp(),
    }
}
