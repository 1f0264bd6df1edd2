//! History between bars: a Brownian bridge that begins at each bar's open, touches its high and low, and ends at its close.
//!
//! The bridge's own volatility is the one that the range of the bar shows (Parkinson), folded at high and low, so that squared returns
//! of the steps add up to about what the day realised. Within a bar there are no jumps: days of a bridge are smooth, and conclusions
//! about hedging within a day are not to be drawn from them.

use anyhow::Result;

use crate::paths::Path;
use crate::paths::bars::{self, Bar};
use crate::random::Rng;

/// Makes a path of steps of `step` seconds from bars. Bars that are no longer than a step give their closes. A missing bar is bridged as one
/// whose range is its two ends.
///
/// # Errors
/// If there are fewer than two bars.
pub fn path(name: &str, bars: &[Bar], rng: &mut Rng, step: f64) -> Result<Path> {
    let span = bars::span(bars)?;
    let mut ln = Vec::new();
    let start = bars[0].time;
    if span <= step {
        let mut at = start;
        for bar in bars {
            while at <= bar.time {
                ln.push(bar.close.ln());
                at += step;
            }
        }
        return Ok(Path { name: name.to_owned(), start, step, ln });
    }
    let steps = (span / step).round() as usize;
    let mut expected = start;
    for (index, bar) in bars.iter().enumerate() {
        let missing = (((bar.time - expected) / span).round().max(0.0)) as usize;
        if missing > 0 && index > 0 {
            let from = bars[index - 1].close;
            let gap =
                Bar { time: expected, open: from, close: bar.open, high: from.max(bar.open), low: from.min(bar.open) };
            fill(&gap, missing * steps, rng, &mut ln);
        }
        fill(bar, steps, rng, &mut ln);
        expected = bar.time + span;
    }
    Ok(Path { name: name.to_owned(), start, step, ln })
}

/// Appends the path within one bar.
fn fill(bar: &Bar, steps: usize, rng: &mut Rng, ln: &mut Vec<f64>) {
    let [open, high, low, close] = [bar.open, bar.high, bar.low, bar.close].map(f64::ln);
    let range = high - low;
    if range <= 0.0 || steps < 4 {
        ln.extend((0..steps).map(|i| open + (close - open) * i as f64 / (steps.max(2) - 1) as f64));
        return;
    }
    // Parkinson: the mean square of the range is 4·ln 2 times the variance.
    let deviation = (range * range / (4.0 * std::f64::consts::LN_2) / (steps - 1) as f64).sqrt();
    // A day that rises has more often seen its low first.
    let low_first = rng.chance(if close > open { 0.75 } else { 0.25 });
    let last = steps - 1;
    let mut draw = || 1 + (rng.uniform() * (last - 1) as f64) as usize;
    let (mut first, mut second) = (draw(), draw());
    if first > second {
        std::mem::swap(&mut first, &mut second);
    }
    let (early, late) = if low_first { (low, high) } else { (high, low) };
    // Where an extreme is an end of the bar, that end touches it.
    let mut nodes = vec![(0, open), (first, early), (second.max(first + 1).min(last), late), (last, close)];
    nodes.dedup_by_key(|node| node.0);
    let from = ln.len();
    for pair in nodes.windows(2) {
        let ((begin, a), (end, b)) = (pair[0], pair[1]);
        let count = end - begin;
        let mut walk = vec![0.0; count + 1];
        for i in 1..=count {
            walk[i] = walk[i - 1] + deviation * rng.normal();
        }
        for (i, at) in walk.iter().enumerate().take(count) {
            let part = i as f64 / count as f64;
            let free = a + (b - a) * part + at - walk[count] * part;
            ln.push(fold(free, low, high));
        }
    }
    ln.push(close);
    debug_assert_eq!(ln.len() - from, steps);
}

/// Reflects a number at both ends of a range until it is within.
fn fold(x: f64, low: f64, high: f64) -> f64 {
    let width = high - low;
    let within = (x - low).rem_euclid(2.0 * width);
    low + if within > width { 2.0 * width - within } else { within }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::paths::models::Model;

    /// Daily bars of a path of one-minute steps.
    fn bars_of(path: &Path) -> Vec<Bar> {
        let day = |(index, prices): (usize, &[f64])| Bar {
            time: index as f64 * 86_400.0,
            open: prices[0].exp(),
            high: prices.iter().copied().fold(f64::MIN, f64::max).exp(),
            low: prices.iter().copied().fold(f64::MAX, f64::min).exp(),
            close: prices[prices.len() - 1].exp(),
        };
        path.ln.chunks_exact(1_440).enumerate().map(day).collect()
    }

    #[test]
    fn a_bridge_keeps_its_bars_and_their_variance() {
        let original = Model::Gbm { sigma: 0.6 }.path(&mut Rng::new(1, 0), 2.0, 0.0, 60.0);
        let bars = bars_of(&original);
        let bridged = path("test", &bars, &mut Rng::new(1, 1), 300.0).unwrap();
        assert_eq!(bridged.ln.len(), bars.len() * 288);
        for (bar, prices) in bars.iter().zip(bridged.ln.chunks_exact(288)) {
            let (low, high) = prices.iter().fold((f64::MAX, f64::MIN), |(low, high), x| (low.min(*x), high.max(*x)));
            assert!((prices[0] - bar.open.ln()).abs() < 1e-12 && (prices[287] - bar.close.ln()).abs() < 1e-12);
            assert!((high - bar.high.ln()).abs() < 1e-9 && (low - bar.low.ln()).abs() < 1e-9, "{bar:?}: {low} {high}");
        }
        let realised = bridged.realised(1);
        assert!((realised - 0.6).abs() < 0.05, "{realised}");
    }

    #[test]
    fn short_bars_give_their_closes_and_missing_ones_are_bridged() {
        let bar = |time: f64, close: f64| Bar { time, open: close, high: close, low: close, close };
        let minutes: Vec<Bar> = (0..60).map(|i| bar(f64::from(i) * 60.0, 100.0 + f64::from(i))).collect();
        let path_ = path("minutes", &minutes, &mut Rng::new(1, 0), 300.0).unwrap();
        assert_eq!(path_.ln.len(), 12);
        assert!((path_.ln[1].exp() - 105.0).abs() < 1e-9);
        let days =
            [(0.0, 100.0), (1.0, 110.0), (4.0, 130.0), (5.0, 140.0)].map(|(day, close)| bar(day * 86_400.0, close));
        let path_ = path("days", &days, &mut Rng::new(1, 0), 300.0).unwrap();
        assert_eq!(path_.ln.len(), 6 * 288);
        assert!((path_.ln[4 * 288].exp() - 130.0).abs() < 1e-9);
    }
}
