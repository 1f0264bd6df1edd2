//! History between bars: a path that begins at each bar's open, touches its high and low, and ends at its close.
//!
//! Of many Brownian paths whose volatility is the one that the range of the bar shows (Parkinson), the one is taken whose own open, high, low
//! and close are nearest to the bar's, and its values are mapped onto the bar's, piece by piece and in order. So returns over minutes, hours
//! and days have about the same variance. Within a bar there are no jumps: days of a bridge are smooth, and conclusions
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

/// Brownian paths of which the nearest is taken.
const CANDIDATES: usize = 48;

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
    let rises = if close >= open { 1.0 } else { -1.0 };
    // Heights of the bar above its low, in order, with the bar turned so that it rises.
    let [first, last] = if rises > 0.0 { [open - low, close - low] } else { [high - open, high - close] };
    let (mut nearest, mut distance) = (Vec::new(), f64::INFINITY);
    for _ in 0..CANDIDATES {
        let mut walk = Vec::with_capacity(steps);
        let mut at = 0.0;
        walk.push(at);
        for _ in 1..steps {
            at += deviation * rng.normal();
            walk.push(at);
        }
        let sign = if at >= 0.0 { 1.0 } else { -1.0 };
        walk.iter_mut().for_each(|x| *x *= sign);
        let (least, most) = ends(&walk);
        let off = [first + least, last - first - at.abs(), range - last - (most - at.abs())];
        // One whose extreme is an end of it cannot be mapped onto a bar whose extreme is not.
        let untouched = (least == 0.0 && first > 0.0) || (most == at.abs() && range > last);
        let off = off.iter().map(|x| x * x).sum::<f64>() + if untouched { 1e3 } else { 0.0 };
        if off < distance {
            (nearest, distance) = (walk, off);
        }
    }
    let (least, most) = ends(&nearest);
    let from = [least, 0.0, nearest[steps - 1], most];
    let onto = [0.0, first, last, range];
    let base = if rises > 0.0 { low } else { high };
    ln.extend(nearest.iter().enumerate().map(|(step, x)| {
        // Both ends are themselves, whatever the pieces make of them.
        let height = if step == 0 {
            first
        } else if step == steps - 1 {
            last
        } else {
            mapped(*x, &from, &onto)
        };
        base + rises * height
    }));
}

fn ends(walk: &[f64]) -> (f64, f64) {
    walk.iter().fold((f64::INFINITY, f64::NEG_INFINITY), |(least, most), x| (least.min(*x), most.max(*x)))
}

/// Maps a number piece by piece, so that each of `from` becomes its one of `onto`.
fn mapped(x: f64, from: &[f64; 4], onto: &[f64; 4]) -> f64 {
    let piece = if x < from[1] {
        0
    } else if x < from[2] {
        1
    } else {
        2
    };
    let width = from[piece + 1] - from[piece];
    if width <= 0.0 {
        return onto[piece];
    }
    onto[piece] + (x - from[piece]) / width * (onto[piece + 1] - onto[piece])
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
        for span in [1, 6, 12, 48, 288] {
            let realised = bridged.realised(span);
            assert!((realised - 0.6).abs() < 0.05, "over {span} steps {realised}");
        }
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
