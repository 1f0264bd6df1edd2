//! Bars of prices from the files that people have.
//!
//! Columns are found by name where the file has a heading (`date`, `time`, `timestamp`, `unix`, `open_time` …; `open`, `high`, `low`,
//! `close`), in any order and case; lines before the heading are passed over, as Bitstamp's collections begin with an address. Without a
//! heading the columns are time, open, high, low, close, as in the files of Kraken and Binance. Newest first is turned around.

use anyhow::{Context, Result, bail, ensure};

/// Prices within a span of time.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Bar {
    /// Unix time of its beginning.
    pub time: f64,
    /// First price, in dollars.
    pub open: f64,
    /// Highest price.
    pub high: f64,
    /// Lowest price.
    pub low: f64,
    /// Last price.
    pub close: f64,
}

/// Places of the columns of a file.
struct Columns {
    time: usize,
    prices: [usize; 4],
}

/// Returns the bars of a file's text, oldest first. Lines without all numbers are passed over, bars of the same time taken once.
///
/// # Errors
/// If fewer than two bars are found.
pub fn parse(text: &str) -> Result<Vec<Bar>> {
    let mut columns = Columns { time: 0, prices: [1, 2, 3, 4] };
    let mut bars = Vec::new();
    for line in text.lines() {
        let separator = if line.contains(';') && !line.contains(',') { ';' } else { ',' };
        let fields: Vec<&str> = line.split(separator).map(|field| field.trim().trim_matches('"')).collect();
        if let Some(found) = heading(&fields) {
            columns = found;
            continue;
        }
        if let Some(bar) = bar(&fields, &columns) {
            bars.push(bar);
        }
    }
    ensure!(bars.len() > 1, "no bars were found: expected lines of time, open, high, low, close");
    bars.sort_by(|a, b| a.time.total_cmp(&b.time));
    bars.dedup_by_key(|bar| bar.time);
    Ok(bars)
}

/// Returns the bars of a file.
///
/// # Errors
/// As [`parse`]; if it cannot be read.
pub fn read(path: &std::path::Path) -> Result<Vec<Bar>> {
    let text = std::fs::read_to_string(path).with_context(|| format!("cannot read {}", path.display()))?;
    parse(&text).with_context(|| format!("in {}", path.display()))
}

fn heading(fields: &[&str]) -> Option<Columns> {
    let names: Vec<String> = fields.iter().map(|field| field.to_lowercase().replace([' ', '_'], "")).collect();
    let place = |wanted: &[&str]| names.iter().position(|name| wanted.contains(&name.as_str()));
    let time = place(&["unix", "unixtimestamp", "timestamp", "time", "opentime", "date", "datetime", "day"])?;
    let prices = ["open", "high", "low", "close"].map(|name| place(&[name]));
    let [Some(open), Some(high), Some(low), Some(close)] = prices else { return None };
    Some(Columns { time, prices: [open, high, low, close] })
}

fn bar(fields: &[&str], columns: &Columns) -> Option<Bar> {
    let time = unix_time(fields.get(columns.time)?)?;
    let mut prices = [0.0; 4];
    for (price, column) in prices.iter_mut().zip(columns.prices) {
        *price = fields.get(column)?.parse().ok().filter(|price: &f64| price.is_finite() && *price > 0.0)?;
    }
    let [open, high, low, close] = prices;
    // Some collections have a close beyond the extremes of its bar.
    Some(Bar { time, open, close, high: high.max(open).max(close), low: low.min(open).min(close) })
}

/// Returns the unix time that a text names: seconds, milliseconds or microseconds since 1970, or a date with or without a time of day.
fn unix_time(text: &str) -> Option<f64> {
    if let Ok(number) = text.parse::<f64>() {
        let seconds = [1.0, 1e3, 1e6, 1e9].into_iter().map(|unit| number / unit).find(|time| *time < 1e10)?;
        return (seconds > 1e8).then_some(seconds);
    }
    let (date, clock) = text.split_once([' ', 'T']).unwrap_or((text, ""));
    let mut parts = date.split(['-', '/']).map(|part| part.parse::<i64>().ok());
    let (year, month, day) = (parts.next()??, parts.next()??, parts.next()??);
    if !(1..=12).contains(&month) || !(1..=31).contains(&day) || year < 1971 {
        return None;
    }
    let clock = clock.trim_end_matches('Z').split('+').next()?;
    let mut of_day = 0.0;
    for (part, unit) in clock.split(':').filter(|part| !part.is_empty()).zip([3_600.0, 60.0, 1.0]) {
        of_day += part.parse::<f64>().ok()? * unit;
    }
    Some(days(year, month, day) as f64 * 86_400.0 + of_day)
}

/// Returns the days from 1970-01-01 to a date of the Gregorian calendar.
fn days(year: i64, month: i64, day: i64) -> i64 {
    // Years begin in March here, so that leap days come last.
    let (year, month) = if month > 2 { (year, month - 3) } else { (year - 1, month + 9) };
    let leaps = year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400);
    365 * year + leaps + (153 * month + 2) / 5 + day - 1 - 719_468
}

/// Returns the year of a unix time.
pub fn year_of(time: f64) -> i64 {
    let day = (time / 86_400.0).floor() as i64;
    let guess = 1970 + day.div_euclid(366);
    (guess..).find(|year| days(year + 1, 1, 1) > day).unwrap_or(guess)
}

/// Returns the seconds of a bar: the usual distance between two.
///
/// # Errors
/// If there are fewer than two bars.
pub fn span(bars: &[Bar]) -> Result<f64> {
    let mut spans: Vec<f64> = bars.windows(2).map(|pair| pair[1].time - pair[0].time).collect();
    if spans.is_empty() {
        bail!("a history needs two bars");
    }
    spans.sort_by(f64::total_cmp);
    Ok(spans[spans.len() / 2])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_of_all_sources_give_the_same_bars() {
        let daily = "date,open,high,low,close\n2020-01-01,100,110,95,105\n2020-01-02,105,106,90,91.5\n";
        let kraken = "1577836800,100,110,95,105,12.5,100\n1577923200,105,106,90,91.5,3,4\n";
        let binance = "1577836800000,100,110,95,105,9,1577923199999,1,2\n1577923200000,105,106,90,91.5,9,1,1,1\n";
        let bitstamp = "https://www.CryptoDataDownload.com\nunix,date,symbol,open,high,low,close,Volume BTC\n\
                        1577923200,2020-01-02 00:00:00,BTC/USD,105,106,90,91.5,1\n1577836800,2020-01-01 00:00:00,BTC/USD,100,110,95,105,2\n";
        let quoted = "\"Open Time\";\"Close\";\"High\";\"Low\";\"Open\"\n2020-01-01T00:00:00Z;105;110;95;100\n2020-01-02T00:00:00Z;91.5;106;90;105\n";
        let expected = parse(daily).unwrap();
        assert_eq!(expected[0], Bar { time: 1_577_836_800.0, open: 100.0, high: 110.0, low: 95.0, close: 105.0 });
        for text in [kraken, binance, bitstamp, quoted] {
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
        assert_eq!(span(&expected).unwrap(), 86_400.0);
    }

    #[test]
    fn what_has_no_bars_is_an_error() {
        let none = "no bars were found: expected lines of time, open, high, low, close";
        for text in ["a,b\n1,2\n", "date,open,high,low,close\n2020-01-01,0,1,1,1\n2020-01-02,1,1,1,1\n"] {
            assert_eq!(parse(text).unwrap_err().to_string(), none);
        }
    }

    #[test]
    fn years_begin_on_their_first_day() {
        for (text, year) in [("2016-01-01", 2016), ("2016-12-31", 2016), ("2024-02-29", 2024), ("2025-01-01", 2025)] {
            assert_eq!(year_of(unix_time(text).unwrap()), year);
        }
    }
}
