//! Compares option values with reference values from a file, exactly.
//!
//! ```text
//! cargo run --release -p evergreen-math --example vectors -- FILE.csv
//! ```
//!
//! The file has a header and the columns `kind,spot,strike,sigma,tenor_seconds,cap_ratio,intrinsic,time_value,value`
//! in any order: kind `call` or `put`, prices in dollars, volatility per √year, cap ratio 0 for an option without cap.
//! Numbers are in decimal or scientific notation with up to 1,000 digits. Differences are taken between exact fractions.
//!
//! A row passes when time value and value are within 10^−10 of the reference, relative, where that exceeds 10^−6
//! dollars, and within 10^−9 dollars below. A row outside the domain (spot/strike in [0.01, 100], volatility in
//! [5 %, 400 %], tenor in [1 hour, 90 days]) passes when it is refused or right, and is counted apart.
//!
//! The exit code is 0 if all rows pass, 1 if a row fails or cannot be read, and 2 for wrong usage or an unreadable file.

#[cfg(test)]
mod tests;

use evergreen_math::option::{OptionKind, OptionPricer, Terms};
use evergreen_math::{Dollars, MathError, MathResult, Ratio, Seconds};
use num_bigint::BigInt;
use std::collections::HashMap;
use std::process::ExitCode;

const COLUMNS: [&str; 9] =
    ["kind", "spot", "strike", "sigma", "tenor_seconds", "cap_ratio", "intrinsic", "time_value", "value"];

/// An exact number, `numerator / denominator` with a positive denominator.
#[derive(Clone, Debug)]
struct Exact {
    numerator: BigInt,
    denominator: BigInt,
}

fn power(base: u32, exponent: u32) -> BigInt {
    BigInt::from(base).pow(exponent)
}

impl Exact {
    /// Reads `[+-]digits[.digits][e[+-]digits]`.
    fn parse(text: &str) -> Result<Self, String> {
        let fail = || format!("not a number: {text:?}");
        let (mantissa, exponent) = match text.split_once(['e', 'E']) {
            Some((mantissa, exponent)) => (mantissa, exponent.parse::<i32>().map_err(|_| fail())?),
            None => (text, 0),
        };
        if exponent.unsigned_abs() > 100_000 {
            return Err(format!("exponent too large: {text:?}"));
        }
        let (negative, digits) = match mantissa.strip_prefix('-') {
            Some(rest) => (true, rest),
            None => (false, mantissa.strip_prefix('+').unwrap_or(mantissa)),
        };
        let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
        let all = format!("{whole}{fraction}");
        if all.is_empty() || all.len() > 1_000 || !all.bytes().all(|b| b.is_ascii_digit()) {
            return Err(fail());
        }
        let size: BigInt = all.parse().map_err(|_| fail())?;
        let size = if negative { -size } else { size };
        // |scale| < 101,001 by the limits above.
        let scale = exponent - fraction.len() as i32;
        Ok(match u32::try_from(scale) {
            Ok(scale) => Self { numerator: size * power(10, scale), denominator: BigInt::from(1) },
            Err(_) => Self { numerator: size, denominator: power(10, scale.unsigned_abs()) },
        })
    }

    fn from_bits(bits: i128) -> Self {
        Self { numerator: BigInt::from(bits), denominator: power(2, 64) }
    }

    /// Returns the bits of the nearest 64.64 number.
    fn to_bits(&self) -> Result<i128, String> {
        let doubled: BigInt = &self.numerator * power(2, 65) / &self.denominator;
        let rounded: BigInt = (doubled + 1) >> 1;
        i128::try_from(rounded).map_err(|_| "number does not fit 64.64 bits".to_string())
    }

    fn is_zero(&self) -> bool {
        self.numerator == BigInt::from(0)
    }

    /// Returns whether `self ≤ other · numerator / denominator`.
    fn at_most(&self, other: &Self, numerator: u64, denominator: u64) -> bool {
        &self.numerator * &other.denominator * denominator <= &other.numerator * &self.denominator * numerator
    }

    /// Returns |self − other|.
    fn distance(&self, other: &Self) -> Self {
        let difference = &self.numerator * &other.denominator - &other.numerator * &self.denominator;
        let size = if difference < BigInt::from(0) { -difference } else { difference };
        Self { numerator: size, denominator: &self.denominator * &other.denominator }
    }

    /// Returns self / other, for a positive other.
    fn over(&self, other: &Self) -> Self {
        Self { numerator: &self.numerator * &other.denominator, denominator: &self.denominator * &other.numerator }
    }

    /// Returns the number in scientific notation, cut to four digits.
    fn display(&self) -> String {
        if self.is_zero() {
            return "0".to_string();
        }
        // The numbers shown are errors, which are far above 10^−200.
        let digits = (&self.numerator * power(10, 200) / &self.denominator).to_string();
        let exponent = digits.len() as i32 - 201;
        let padded = format!("{digits:0<4}");
        format!("{}.{}e{exponent}", &padded[..1], &padded[1..4])
    }
}

/// One row of the file.
struct Row {
    kind: OptionKind,
    spot: Exact,
    strike: Exact,
    sigma: Exact,
    tenor: Exact,
    cap: Exact,
    intrinsic: Exact,
    time_value: Exact,
    value: Exact,
}

impl Row {
    fn parse(columns: &HashMap<String, usize>, line: &str) -> Result<Self, String> {
        let fields: Vec<&str> = line.split(',').map(|f| f.trim().trim_matches('"')).collect();
        if fields.len() != columns.len() {
            return Err(format!("{} fields where the header has {}", fields.len(), columns.len()));
        }
        let field = |name: &str| fields[columns[name]];
        let number = |name: &str| Exact::parse(field(name)).map_err(|e| format!("{name}: {e}"));
        Ok(Self {
            kind: match field("kind").to_ascii_lowercase().as_str() {
                "call" => OptionKind::Call,
                "put" => OptionKind::Put,
                other => return Err(format!("kind: neither call nor put: {other:?}")),
            },
            spot: number("spot")?,
            strike: number("strike")?,
            sigma: number("sigma")?,
            tenor: number("tenor_seconds")?,
            cap: number("cap_ratio")?,
            intrinsic: number("intrinsic")?,
            time_value: number("time_value")?,
            value: number("value")?,
        })
    }

    /// Returns whether the exact inputs lie in the domain of the value function; the cap ratio is not checked.
    fn in_domain(&self) -> bool {
        let within = |x: &Exact, low: u64, high: u64| {
            let one = Exact::from_bits(1 << 64);
            // The limits are hundredths: low/100 ≤ x ≤ high/100.
            one.at_most(x, 100, low) && x.at_most(&one, high, 100)
        };
        self.strike.at_most(&self.spot, 100, 1)
            && self.spot.at_most(&self.strike, 100, 1)
            && within(&self.sigma, 5, 400)
            && within(&self.tenor, 3_600 * 100, 90 * 86_400 * 100)
    }

    /// Returns intrinsic and time value of the crate; `Ok(Err(…))` when it refuses the inputs.
    fn evaluate(&self) -> Result<MathResult<(Exact, Exact)>, String> {
        let whole = self.tenor.denominator == BigInt::from(1);
        let tenor = u32::try_from(&self.tenor.numerator).ok().filter(|_| whole);
        let tenor = Seconds(tenor.ok_or("tenor_seconds: not a whole number of seconds below 2^32")?);
        let spot = Dollars::from_bits(self.spot.to_bits().map_err(|e| format!("spot: {e}"))?);
        let strike = Dollars::from_bits(self.strike.to_bits().map_err(|e| format!("strike: {e}"))?);
        let sigma = Ratio::from_bits(self.sigma.to_bits().map_err(|e| format!("sigma: {e}"))?);
        let cap = match self.cap.is_zero() {
            true => None,
            false => Some(Ratio::from_bits(self.cap.to_bits().map_err(|e| format!("cap_ratio: {e}"))?)),
        };
        let valuation = Terms::new(self.kind, strike, tenor, cap)
            .and_then(|terms| OptionPricer::new(&terms, sigma))
            .and_then(|pricer| pricer.at(spot));
        Ok(valuation.map(|v| (Exact::from_bits(v.intrinsic.to_bits()), Exact::from_bits(v.time_value.to_bits()))))
    }
}

/// The largest error seen and its line.
#[derive(Default)]
struct Largest(Option<(Exact, usize)>);

impl Largest {
    fn note(&mut self, error: Exact, line: usize) {
        if self.0.as_ref().is_none_or(|(largest, _)| !error.at_most(largest, 1, 1)) {
            self.0 = Some((error, line));
        }
    }

    fn display(&self) -> String {
        match &self.0 {
            None => "none".to_string(),
            Some((error, _)) if error.is_zero() => "0".to_string(),
            Some((error, line)) => format!("{} (line {line})", error.display()),
        }
    }
}

/// Errors of one quantity over all rows.
#[derive(Default)]
struct Errors {
    relative: Largest,
    absolute: Largest,
    absolute_small: Largest,
}

impl Errors {
    /// Notes an error and returns whether it is small enough.
    fn note(&mut self, actual: &Exact, expected: &Exact, line: usize) -> bool {
        let one = Exact::from_bits(1 << 64);
        let error = actual.distance(expected);
        self.absolute.note(error.clone(), line);
        if expected.at_most(&one, 1, 1_000_000) {
            let good = error.at_most(&one, 1, 1_000_000_000);
            self.absolute_small.note(error, line);
            good
        } else {
            let relative = error.over(expected);
            let good = relative.at_most(&one, 1, 10_000_000_000);
            self.relative.note(relative, line);
            good
        }
    }
}

fn columns(header: &str) -> Result<HashMap<String, usize>, String> {
    let names = header.trim_start_matches('\u{feff}').split(',');
    let mut columns = HashMap::new();
    for (index, name) in names.enumerate() {
        let name = name.trim().trim_matches('"').to_ascii_lowercase();
        if columns.insert(name.clone(), index).is_some() {
            return Err(format!("column {name:?} appears twice"));
        }
    }
    match COLUMNS.iter().find(|name| !columns.contains_key(**name)) {
        Some(name) => Err(format!("no column {name:?}; the header needs {}", COLUMNS.join(","))),
        None => Ok(columns),
    }
}

/// Compares all rows of a file, prints the result and returns whether all pass. Errors: an unreadable or empty file or header.
fn run(path: &str) -> Result<bool, String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("{path}: {e}"))?;
    let mut lines = text.lines().enumerate().map(|(i, l)| (i + 1, l)).filter(|(_, l)| !l.trim().is_empty());
    let (_, header) = lines.next().ok_or(format!("{path}: empty"))?;
    let columns = columns(header).map_err(|e| format!("{path}: {e}"))?;

    let (mut rows, mut checked, mut refused, mut outside, mut wrong, mut bad) = (0, 0, 0, 0, 0, 0);
    let (mut time_value, mut value) = (Errors::default(), Errors::default());
    for (line, content) in lines {
        rows += 1;
        let result = Row::parse(&columns, content).and_then(|row| row.evaluate().map(|r| (row, r)));
        let (row, result) = match result {
            Ok(pair) => pair,
            Err(reason) => {
                bad += 1;
                println!("line {line}: cannot be read: {reason}");
                continue;
            }
        };
        let in_domain = row.in_domain();
        match result {
            Err(error) if !in_domain || error == MathError::CapOutOfRange => {
                refused += 1;
                println!("line {line}: outside the domain: {error}");
            }
            Err(error) => {
                wrong += 1;
                println!("line {line}: refused although in the domain: {error}");
            }
            Ok((intrinsic, tv)) => {
                checked += usize::from(in_domain);
                outside += usize::from(!in_domain);
                let total = Exact {
                    numerator: &intrinsic.numerator + &tv.numerator,
                    denominator: intrinsic.denominator.clone(),
                };
                let good = time_value.note(&tv, &row.time_value, line);
                let good = value.note(&total, &row.value, line) && good;
                let good = Errors::default().note(&intrinsic, &row.intrinsic, line) && good;
                if !good {
                    wrong += 1;
                    println!(
                        "line {line}: wrong: intrinsic off by {}, time value by {}, value by {}",
                        intrinsic.distance(&row.intrinsic).display(),
                        tv.distance(&row.time_value).display(),
                        total.distance(&row.value).display(),
                    );
                }
            }
        }
    }
    println!("rows                          {rows}");
    println!("  checked in the domain       {checked}");
    println!("  outside, refused            {refused}");
    println!("  outside, valued             {outside}");
    println!("  unreadable                  {bad}");
    println!("  wrong                       {wrong}");
    for (name, errors) in [("time value", &time_value), ("value", &value)] {
        println!("{name}");
        println!("  max relative error          {}   where above 1e-6 dollars", errors.relative.display());
        println!("  max absolute error, small   {}   where at most 1e-6 dollars", errors.absolute_small.display());
        println!("  max absolute error          {}   everywhere, dollars", errors.absolute.display());
    }
    if rows == 0 {
        return Err(format!("{path}: no rows"));
    }
    Ok(wrong == 0 && bad == 0)
}

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [path] = arguments.as_slice() else {
        eprintln!("usage: vectors FILE.csv   (columns {})", COLUMNS.join(","));
        return ExitCode::from(2);
    };
    match run(path) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::from(1),
        Err(reason) => {
            eprintln!("error: {reason}");
            ExitCode::from(2)
        }
    }
}
