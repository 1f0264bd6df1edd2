//! History between bars: a path that begins at each bar's open, touches its high and low, and ends at its close.
//!
//! Of many Brownian paths whose volatility is the one that the range of the bar shows (Parkinson), the one is taken whose own open, high, low
//! and close are nearest to the bar's, and its values are mapped onto the bar's, piece by piece and in order. So returns over minutes, hours
//! and days have about the same variance.
//!
//! Volatility bursts within the day: its logarithm is the sum of two processes with half-lives of an hour and of seven, which run on over midnight
//! (`Bursts`). So neither does a day have one volatility, nor does a jump in the morning tell how wild its evening will be. Within a half-hour there are no
//! jumps, and conclusions about hedging within one are not to be drawn.

use anyhow::Result;

use crate::paths::SimPath;
use crate::paths::bars::{self, Bar};
use crate::random::Rng;

/// Makes a path of steps of `step` seconds from bars. Bars that are no longer than a step give their closes. A missing bar is bridged as one
/// whose range is its two ends.
///
/// # Errors
/// If there are fewer than two bars.
pub fn path(name: &str, bars: &[Bar], rng: &mut Rng, step: f64) -> Result<SimPath> {
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
        return Ok(SimPath { name: name.to_owned(), start, step, ln });
    }
    let steps = (span / step).round() as usize;
    let mut bursts = Bursts::start(rng, step);
    let mut expected = start;
    for (index, bar) in bars.iter().enumerate() {
        let missing = (((bar.time - expected) / span).round().max(0.0)) as usize;
        if missing > 0 && index > 0 {
            let from = bars[index - 1].close;
            let gap =
                Bar { time: expected, open: from, close: bar.open, high: from.max(bar.open), low: from.min(bar.open) };
            fill(&gap, missing * steps, rng, &mut bursts, &mut ln);
        }
        fill(bar, steps, rng, &mut bursts, &mut ln);
        expected = bar.time + span;
    }
    Ok(SimPath { name: name.to_owned(), start, step, ln })
}

/// Brownian paths of which the nearest is taken.
const CANDIDATES: usize = 48;

/// Standard deviation of the logarithm of the volatility within a day. Of 5-minute volatilities of BTC on Binance from 2017 to 2026, measured from minutes, the
/// quartiles are 0.22 and 0.63 (alphasteph.com, *Modelling BTCUSDT*, table 1): their logarithms spread by 0.79, of which a third of the variance is the noise
/// of five minutes and half is that of days. With 0.55 the bridge's half-hours spread as much (`half_hours_are_as_wild_as_those_of_the_market`).
const ROUGHNESS: f64 = 0.55;
/// Half-lives of its two parts, in seconds.
const HALF_LIVES: [f64; 2] = [3_600.0, 25_000.0];
/// Seconds for which a volatility holds.
const HOLDS: f64 = 1_800.0;

/// The volatility within days, over that of the day.
#[derive(Clone, Debug)]
struct Bursts {
    logs: [f64; 2],
    factor: f64,
    /// Steps for which a volatility holds, and those that are left of the present one.
    steps: [u32; 2],
}

impl Bursts {
    fn start(rng: &mut Rng, step: f64) -> Self {
        let part = ROUGHNESS * 0.5f64.sqrt();
        let holds = (HOLDS / step).round().max(1.0) as u32;
        Self { logs: [part * rng.normal(), part * rng.normal()], factor: 1.0, steps: [holds, 0] }
    }

    /// Returns the factor of the next step; the mean of its square is one.
    fn next(&mut self, rng: &mut Rng) -> f64 {
        if self.steps[1] == 0 {
            let part = ROUGHNESS * 0.5f64.sqrt();
            for (log, half_life) in self.logs.iter_mut().zip(HALF_LIVES) {
                let kept = (-HOLDS / half_life).exp2();
                *log = *log * kept + part * (1.0 - kept * kept).sqrt() * rng.normal();
            }
            self.factor = (self.logs.iter().sum::<f64>() - ROUGHNESS * ROUGHNESS).exp();
            self.steps[1] = self.steps[0];
        }
        self.steps[1] -= 1;
        self.factor
    }
}

/// Appends the path within one bar.
fn fill(bar: &Bar, steps: usize, rng: &mut Rng, bursts: &mut Bursts, ln: &mut Vec<f64>) {
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
    let (mut nearest, mut distance, mut left) = (Vec::new(), f64::INFINITY, bursts.clone());
    for _ in 0..CANDIDATES {
        let mut walk = Vec::with_capacity(steps);
        let (mut at, mut own) = (0.0, bursts.clone());
        walk.push(at);
        for _ in 1..steps {
            at += deviation * own.next(rng) * rng.normal();
            walk.push(at);
        }
        // Bursts move variance within the day, and neither into it nor out of it.
        let realised = walk.windows(2).map(|pair| (pair[1] - pair[0]).powi(2)).sum::<f64>().sqrt();
        let scale = deviation * ((steps - 1) as f64).sqrt() / realised;
        walk.iter_mut().for_each(|x| *x *= scale);
        let at = at * scale;
        let sign = if at >= 0.0 { 1.0 } else { -1.0 };
        walk.iter_mut().for_each(|x| *x *= sign);
        let (least, most) = ends(&walk);
        let off = [first + least, last - first - at.abs(), range - last - (most - at.abs())];
        // One whose extreme is an end of it cannot be mapped onto a bar whose extreme is not.
        let untouched = (least == 0.0 && first > 0.0) || (most == at.abs() && range > last);
        let off = off.iter().map(|x| x * x).sum::<f64>() + if untouched { 1e3 } else { 0.0 };
        if off < distance {
            (nearest, distance, left) = (walk, off, own);
        }
    }
    *bursts = left;
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
    fn bars_of(path: &SimPath) -> Vec<Bar> {
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
        // A path whose volatility bursts within its days as that of the bridge does.
        let mut rng = Rng::new(1, 0);
        let (mut bursts, mut at) = (Bursts::start(&mut rng, 60.0), 0.0);
        let mut original = Model::Gbm { sigma: 0.6 }.path(&mut Rng::new(1, 0), 2.0, 0.0, 60.0);
        let deviation = 0.6 * (60.0 / crate::contract::YEAR).sqrt();
        for ln in &mut original.ln {
            *ln = at;
            at += deviation * bursts.next(&mut rng) * rng.normal();
        }
        println!("{:?}", [1, 5, 30, 240, 1_440].map(|span| original.realised(span)));
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
            println!("{span} {realised}");
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

    /// Returns the spread of the logarithms of half-hourly volatilities, by their quartiles, and the kurtosis of half-hourly returns.
    fn wildness(ln: &[f64]) -> (f64, f64) {
        let moves: Vec<f64> = ln.windows(2).map(|pair| pair[1] - pair[0]).collect();
        let mut logs: Vec<f64> =
            moves.chunks_exact(6).map(|six| six.iter().map(|x| x * x).sum::<f64>().ln() / 2.0).collect();
        logs.sort_by(f64::total_cmp);
        let spread = (logs[logs.len() * 3 / 4] - logs[logs.len() / 4]) / 1.349;
        let halves: Vec<f64> = moves.chunks_exact(6).map(|six| six.iter().sum()).collect();
        let mean = |power: i32| halves.iter().map(|x| x.powi(power)).sum::<f64>() / halves.len() as f64;
        (spread, mean(4) / mean(2).powi(2))
    }

    #[test]
    fn half_hours_are_as_wild_as_those_of_the_market() {
        // Days whose volatilities spread by 0.45, as those of both coins' ranges do.
        let mut rng = Rng::new(23, 0);
        let mut close = 100f64;
        let bars: Vec<Bar> = (0..400)
            .map(|day| {
                let sigma = 0.03 * (0.45 * rng.normal() - 0.1).exp();
                let walk: Vec<f64> = (0..288)
                    .scan(close.ln(), |at, _| {
                        *at += sigma / 288f64.sqrt() * rng.normal();
                        Some(*at)
                    })
                    .collect();
                let (least, most) = ends(&walk);
                let (open, high, low) = (close, most.exp().max(close), least.exp().min(close));
                close = walk[287].exp();
                Bar { time: f64::from(day) * 86_400.0, open, high, low, close }
            })
            .collect();
        let (spread, kurtosis) = wildness(&path("x", &bars, &mut Rng::new(24, 0), 300.0).unwrap().ln);
        println!("spread {spread}, kurtosis {kurtosis}");
        assert!((0.72..0.85).contains(&spread) && (6.0..25.0).contains(&kurtosis), "{spread}, {kurtosis}");
    }
}
