//! Price paths of BTC and ETH, which are generated from a seed or read from a CSV file.
//!
//! Prices are integers in hundred-millionths of a dollar, as Pyth gives them. Generation uses no functions of floats but the four
//! operations, square roots and rounding, so a seed gives the same path on every machine.

use std::fmt::Write as _;

use crate::error::{Error, Result};

/// First line of the CSV form.
pub const CSV_HEADER: &str = "time_seconds,btc,eth";

/// One dollar in the units of a price.
pub use evergreen_sdk::convert::DOLLAR;

const YEAR_SECONDS: f64 = 365.0 * 86_400.0;

/// Prices at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tick {
    /// Seconds since the start of a generated path; in a path from a file, the file's time in seconds.
    pub time_seconds: i64,
    /// BTC in hundred-millionths of a dollar.
    pub btc: i64,
    /// ETH in hundred-millionths of a dollar.
    pub eth: i64,
}

/// Prices in order of time.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PricePath {
    /// The ticks; times rise strictly and prices are above zero.
    pub ticks: Vec<Tick>,
}

/// Parameters of a generated path.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PathSpec {
    /// Seed of the random numbers. The same seed and parameters give the same path.
    pub seed: u64,
    /// Number of ticks, including the start.
    pub ticks: usize,
    /// Seconds between two ticks.
    pub step_seconds: i64,
    /// Price of BTC at the start, in hundred-millionths of a dollar.
    pub btc: i64,
    /// Price of ETH at the start, in hundred-millionths of a dollar.
    pub eth: i64,
    /// Yearly volatility of BTC without the jumps; 0.5 is 50 %. The volatility of ETH is 1.3 times as high.
    pub volatility: f64,
    /// Correlation of the returns of BTC and ETH.
    pub correlation: f64,
    /// Average number of jumps per year; both prices jump together.
    pub jumps_per_year: f64,
    /// Standard deviation of the size of a jump; 0.03 is 3 %.
    pub jump_size: f64,
}

impl Default for PathSpec {
    /// Returns parameters of a day with one tick per minute, from 100,000 dollars for BTC and 4,000 dollars for ETH.
    fn default() -> Self {
        Self {
            seed: 1,
            ticks: 1_441,
            step_seconds: 60,
            btc: 100_000 * DOLLAR,
            eth: 4_000 * DOLLAR,
            volatility: 0.5,
            correlation: 0.8,
            jumps_per_year: 100.0,
            jump_size: 0.03,
        }
    }
}

impl PathSpec {
    /// Generates the path of geometric steps and jumps.
    ///
    /// # Errors
    /// Returns [`Error::Path`] when a parameter is out of range: a step or a price that is not above zero, a volatility outside of 0 to
    /// 10, a correlation outside of −1 to 1, more than a million jumps per year, or a jump size outside of 0 to 0.5.
    pub fn generate(&self) -> Result<PricePath> {
        let sound = self.step_seconds > 0
            && self.btc > 0
            && self.eth > 0
            && (0.0..=10.0).contains(&self.volatility)
            && (-1.0..=1.0).contains(&self.correlation)
            && (0.0..=1e6).contains(&self.jumps_per_year)
            && (0.0..=0.5).contains(&self.jump_size);
        if !sound {
            return Err(Error::Path(format!("no path can be made from {self:?}")));
        }
        let mut random = SplitMix(self.seed);
        let years = self.step_seconds as f64 / YEAR_SECONDS;
        let deviation = self.volatility * years.sqrt();
        let own = (1.0 - self.correlation * self.correlation).sqrt();
        let mut now = Tick { time_seconds: 0, btc: self.btc, eth: self.eth };
        let mut ticks = Vec::with_capacity(self.ticks);
        for _ in 0..self.ticks {
            ticks.push(now);
            let shared = random.normal();
            let other = self.correlation * shared + own * random.normal();
            let jump =
                if random.uniform() < self.jumps_per_year * years { self.jump_size * random.normal() } else { 0.0 };
            now = Tick {
                time_seconds: now.time_seconds.saturating_add(self.step_seconds),
                btc: moved(now.btc, deviation * shared + jump),
                eth: moved(now.eth, 1.3 * deviation * other + jump),
            };
        }
        Ok(PricePath { ticks })
    }
}

impl PricePath {
    /// Parses the CSV form, whose prices are dollars; [`PriceFiles`](crate::PriceFiles) reads all others. It ignores empty lines and lines that start with `#`.
    ///
    /// # Errors
    /// Returns [`Error::Path`] for a wrong header, and with the line number for a wrong number of fields, a field that is not a number,
    /// a time that does not rise, and a price that is not above zero.
    pub fn parse_csv(text: &str) -> Result<Self> {
        let mut lines = (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#'));
        match lines.next() {
            Some((_, header)) if header.trim() == CSV_HEADER => {}
            _ => return Err(Error::Path(format!("invalid first line: expected {CSV_HEADER}"))),
        }
        let mut ticks: Vec<Tick> = Vec::new();
        for (number, line) in lines {
            let wrong = |why: &str| Error::Path(format!("line {number}: {why}: {line}"));
            let mut fields = line.split(',').map(str::trim);
            let (Some(time), Some(btc), Some(eth), None) = (fields.next(), fields.next(), fields.next(), fields.next())
            else {
                return Err(wrong("three fields are expected"));
            };
            let tick = Tick {
                time_seconds: time.parse().map_err(|_| wrong("the time is not a whole number"))?,
                btc: dollars(btc).ok_or_else(|| wrong("the BTC price is not a number above 0"))?,
                eth: dollars(eth).ok_or_else(|| wrong("the ETH price is not a number above 0"))?,
            };
            if ticks.last().is_some_and(|last| last.time_seconds >= tick.time_seconds) {
                return Err(wrong("times have to rise"));
            }
            ticks.push(tick);
        }
        Ok(Self { ticks })
    }

    /// Returns the CSV form, from which [`PricePath::parse_csv`] makes the same path.
    #[must_use]
    pub fn to_csv(&self) -> String {
        let mut text = format!("{CSV_HEADER}\n");
        for Tick { time_seconds, btc, eth } in &self.ticks {
            let (btc_whole, btc_rest) = (btc / DOLLAR, btc % DOLLAR);
            let (eth_whole, eth_rest) = (eth / DOLLAR, eth % DOLLAR);
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{time_seconds},{btc_whole}.{btc_rest:08},{eth_whole}.{eth_rest:08}");
        }
        text
    }
}

/// Price after a relative step, rounded to the nearest cent; it is at least one cent.
fn moved(price: i64, step: f64) -> i64 {
    const CENT: f64 = DOLLAR as f64 / 100.0;
    // The square of one plus half a step replaces the exponential, which machines may round differently. It is never negative and
    // falls below the exponential by about a quarter of the squared step.
    let half = 1.0 + step / 2.0;
    let cents = (price as f64 * half * half / CENT).round();
    (cents.clamp(1.0, 9e10) * CENT) as i64
}

/// Converts a decimal number of dollars with up to eight places exactly; `None` if it is not above zero or does not fit.
fn dollars(text: &str) -> Option<i64> {
    let (whole, rest) = text.split_once('.').unwrap_or((text, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    if whole.is_empty() || rest.len() > 8 || !digits(whole) || !digits(rest) {
        return None;
    }
    let rest: i64 = format!("{rest:0<8}").parse().ok()?;
    let price = whole.parse::<i64>().ok()?.checked_mul(DOLLAR)?.checked_add(rest)?;
    (price > 0).then_some(price)
}

/// Sebastiano Vigna's random number generator SplitMix64.
struct SplitMix(u64);

impl SplitMix {
    const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// Returns a number in 0 ≤ x < 1.
    fn uniform(&mut self) -> f64 {
        (self.next() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// Returns an approximately normal number with mean 0 and variance 1. It is a sum of twelve uniform numbers, because mathematics
    /// libraries may round the exact transformation differently.
    fn normal(&mut self) -> f64 {
        (0..12).map(|_| self.uniform()).sum::<f64>() - 6.0
    }
}
