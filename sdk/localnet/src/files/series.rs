//! One file: which form it has, and the prices in it.

use super::{
    Column, Columns, PriceFile,
    fields::{MOST_DOLLARS, Numbers, Priced, Unit, cut, dollars, moment, separator, span, time},
    wrong,
};
use crate::{error::Result, path::DOLLAR};
use evergreen_sdk::{convert::number::DecimalMark, presets::Asset};
use std::{
    collections::{BTreeSet, HashMap},
    path::Path,
};

/// Prices of one asset.
#[derive(Debug)]
pub struct PriceSeries {
    pub asset: Asset,
    /// Times in seconds, which rise, and prices in hundred-millionths of a dollar.
    pub points: Vec<(i64, i64)>,
    /// What the file holds, and what was changed.
    pub note: String,
}

/// A line that has been cut.
struct Row {
    line: usize,
    fields: Vec<String>,
}

/// What is where.
struct Form {
    name: &'static str,
    time: usize,
    prices: Vec<(Asset, usize)>,
    /// Whether the price is that at the end of the interval that begins at the time.
    is_candle: bool,
    /// Where open, high, low and close are, to check that they are.
    candle: Option<[usize; 4]>,
}

/// Names of columns with a time, the more exact ones first.
const TIMES: [&str; 11] = [
    "time_seconds",
    "unix",
    "unix_timestamp",
    "open_time",
    "timestamp",
    "time",
    "datetime",
    "date",
    "snapped_at",
    "open_time_ms",
    "ts",
];
/// Names of columns with the price of the file's asset.
const PRICES: [&str; 4] = ["close", "price", "last", "closing_price"];

/// Reads the prices in the text of a file, of each asset that it has.
pub fn read(file: &PriceFile, text: &str, columns: Option<&Columns>) -> Result<Vec<PriceSeries>> {
    let path = &*file.path;
    let text = text.trim_start_matches('\u{feff}');
    let lines: Vec<(usize, &str)> =
        (1..).zip(text.lines()).filter(|(_, line)| !line.trim().is_empty() && !line.starts_with('#')).collect();
    let letter = separator(&lines);
    let mut rows: Vec<Row> = lines.iter().map(|(line, text)| Row { line: *line, fields: cut(text, letter) }).collect();
    // Some services put their address before the table.
    if rows.first().is_some_and(|row| row.fields.len() == 1 && row.fields[0].contains("://")) {
        rows.remove(0);
    }
    let Some(first) = rows.first() else { return Err(wrong(path, None, "it has no rows")) };
    let numbers = Numbers { mark: mark(path, &rows)?, is_open: letter != ',' };
    let is_number = |field: &String| matches!(numbers.price(field), Priced::Price(_) | Priced::Either(..));
    let is_header = first.fields.iter().all(|field| time(field).is_none() && !is_number(field));
    let header = is_header.then(|| rows.remove(0));
    let form = match (columns, &header) {
        (Some(columns), header) => chosen(file, header.as_ref(), columns)?,
        (None, Some(header)) => named(file, header, rows.first())?,
        (None, None) => unnamed(file, &rows, numbers)?,
    };
    if rows.is_empty() {
        return Err(wrong(path, None, "it has a header and no rows"));
    }
    let mut missing = 0;
    let mut units = BTreeSet::new();
    let mut found: Vec<Vec<(i64, i64)>> = vec![Vec::with_capacity(rows.len()); form.prices.len()];
    for row in &rows {
        let bad = |why: String| Err(wrong(path, Some(row.line), &format!("{why}: {}", row.fields.join(","))));
        let field = |place: usize| row.fields.get(place).map(String::as_str);
        let last = form.prices.iter().map(|(_, place)| *place).max().unwrap_or(0).max(form.time);
        if row.fields.len() <= last {
            return bad(format!("{} fields, and {} are needed", row.fields.len(), last + 1));
        }
        let told = field(form.time).unwrap_or_default();
        let Some((at, unit)) = time(told) else {
            let help =
                if told.contains('/') { "; of 01/02/2024 nobody knows which is the month: 2024-02-01" } else { "" };
            return bad(format!("`{told}` is no time{help}"));
        };
        units.insert(unit);
        if let Some(candle) = form.candle {
            check(path, row, candle, numbers)?;
        }
        let mut is_whole = true;
        for (place, points) in found.iter_mut().enumerate() {
            let (asset, column) = form.prices[place];
            let told = field(column).unwrap_or_default();
            match numbers.price(told) {
                Priced::Price(price) => points.push((at, price)),
                Priced::Missing => is_whole = false,
                Priced::Either(thousands, decimals) => {
                    let name = asset.name();
                    let why = format!(
                        "the {name} price `{told}` may be {thousands} or {decimals}, and no number of the file shows which"
                    );
                    return bad(format!("{why}: write it with two decimals"));
                }
                Priced::Large => {
                    let why = format!(
                        "the {} price `{told}` is out of range: {MOST_DOLLARS} dollars are the most",
                        asset.name()
                    );
                    return bad(why);
                }
                Priced::Wrong => return bad(format!("the {} price `{told}` is not a number above 0", asset.name())),
            }
        }
        missing += usize::from(!is_whole);
    }
    let mut all = Vec::new();
    for ((asset, _), points) in form.prices.iter().zip(found) {
        if points.is_empty() {
            return Err(wrong(path, None, &format!("it has no price of {}", asset.name())));
        }
        all.push(in_order(file, &form, *asset, points, (rows.len(), missing, &units)));
    }
    Ok(all)
}

/// The letter before decimals that the numbers of a file show, if any does.
fn mark(path: &Path, rows: &[Row]) -> Result<Option<DecimalMark>> {
    let mut found: Option<(DecimalMark, &str, usize)> = None;
    for row in rows {
        for field in &row.fields {
            let field = field.trim_start_matches('$');
            let Some(mark) = DecimalMark::shown_by(field) else { continue };
            match found {
                None => found = Some((mark, field, row.line)),
                Some((known, other, line)) if known != mark => {
                    let letters = |mark| if mark == DecimalMark::Point { "a point" } else { "a comma" };
                    let why = format!(
                        "`{field}` has {} before its decimals, and `{other}` of line {line} has {}: write all alike",
                        letters(mark),
                        letters(known)
                    );
                    return Err(wrong(path, Some(row.line), &why));
                }
                Some(_) => {}
            }
        }
    }
    Ok(found.map(|(mark, ..)| mark))
}

/// Checks that the low of a candle is its lowest price, and its high the highest.
fn check(path: &Path, row: &Row, candle: [usize; 4], numbers: Numbers) -> Result<()> {
    let read = |place: usize| match row.fields.get(place).map(|field| numbers.price(field)) {
        Some(Priced::Price(price)) => Some(price),
        _ => None,
    };
    let [Some(open), Some(high), Some(low), Some(close)] = candle.map(read) else { return Ok(()) };
    if low > open.min(close) || high < open.max(close) {
        let why = format!(
            "its low or high is no such: {}; the columns are others: name them (--columns)",
            row.fields.join(",")
        );
        return Err(wrong(path, Some(row.line), &why));
    }
    Ok(())
}

/// Sorts prices by time, one for each second, puts those of candles to their ends, and says what was done.
fn in_order(
    file: &PriceFile,
    form: &Form,
    asset: Asset,
    mut points: Vec<(i64, i64)>,
    (rows, missing, units): (usize, usize, &BTreeSet<Unit>),
) -> PriceSeries {
    let is_rising = points.is_sorted_by_key(|(at, _)| *at);
    let is_falling = !is_rising && points.is_sorted_by_key(|(at, _)| std::cmp::Reverse(*at));
    if is_falling {
        points.reverse();
    } else {
        points.sort_by_key(|(at, _)| *at);
    }
    let before = points.len();
    let mut seconds: Vec<(i64, i64)> = Vec::with_capacity(before);
    for (at, price) in points {
        let at = at.div_euclid(1_000);
        match seconds.last_mut() {
            Some(last) if last.0 == at => last.1 = price,
            _ => seconds.push((at, price)),
        }
    }
    let mut steps: HashMap<i64, usize> = HashMap::new();
    for pair in seconds.windows(2) {
        *steps.entry(pair[1].0 - pair[0].0).or_default() += 1;
    }
    // Of steps that are as frequent the shortest one counts, so that a file always means the same.
    let step = steps.iter().max_by_key(|(step, times)| (**times, -**step)).map_or(0, |(step, _)| *step);
    if form.is_candle {
        seconds.iter_mut().for_each(|(at, _)| *at += step);
    }
    let (first, last) = (seconds[0].0, seconds[seconds.len() - 1].0);
    let units: Vec<&str> = units.iter().map(|unit| unit.name()).collect();
    let mut said = vec![format!(
        "{}: {} of {}, {rows} rows, times in {}, {} to {}",
        file.path.display(),
        form.name,
        asset.name(),
        units.join(" and "),
        moment(first),
        moment(last)
    )];
    if step > 0 {
        said.push(format!("a price every {}", span(step)));
    }
    if form.is_candle && step > 0 {
        said.push(format!("closes count when their candle ends, {} after its time", span(step)));
    }
    if let Some(gap) = steps.keys().max().filter(|gap| **gap > step) {
        said.push(format!("longest gap {}, in which the last price stays", span(*gap)));
    }
    if is_falling {
        said.push("the newest row came first, and comes last now".into());
    } else if !is_rising {
        said.push("rows were not in the order of time, and are now".into());
    }
    if seconds.len() < before {
        said.push(format!("{} rows of a second that has a later one are left out", before - seconds.len()));
    }
    if missing > 0 {
        said.push(format!("{missing} rows without a price are left out"));
    }
    said.extend(strange(asset, &seconds));
    PriceSeries { asset, points: seconds, note: said.join("; ") }
}

/// What a price of an asset has never been far from, dollars.
const fn usual(asset: Asset) -> std::ops::RangeInclusive<i64> {
    match asset {
        Asset::Btc => 1_000..=10_000_000,
        Asset::Eth => 10..=1_000_000,
    }
}

/// By which factor a price may change from one row to the next before that is told.
const STEP: i64 = 3;

/// What is unlike prices, for a person to look at: a slip in the file, or another unit.
fn strange(asset: Asset, points: &[(i64, i64)]) -> Option<String> {
    let is_step = |pair: &&[(i64, i64)]| {
        let (low, high) = (pair[0].1.min(pair[1].1), pair[0].1.max(pair[1].1));
        high / STEP > low
    };
    if let Some(pair) = points.windows(2).find(is_step) {
        let (from, to, at) = (dollars(pair[0].1), dollars(pair[1].1), moment(pair[1].0));
        return Some(format!("look at the step from {from} to {to} at {at}: it is more than {STEP}-fold"));
    }
    let (at, price) = points.iter().find(|(_, price)| !usual(asset).contains(&(price / DOLLAR)))?;
    let (price, at, usual) = (dollars(*price), moment(*at), usual(asset));
    let range = format!("${} to ${}", usual.start(), usual.end());
    Some(format!("look at {price} at {at}: prices of {} are from {range}", asset.name()))
}

/// A column's name as it is compared.
fn plain(name: &str) -> String {
    let name = name.trim().trim_end_matches('*').to_ascii_lowercase().replace("(utc)", "");
    name.trim().replace([' ', '-', '/'], "_")
}

/// The asset that a name of a column or a file stands for.
fn asset_in(name: &str) -> Option<Asset> {
    let name = name.to_ascii_lowercase();
    let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
    match (has(&["btc", "xbt", "bitcoin"]), has(&["eth", "ethereum"])) {
        (true, false) => Some(Asset::Btc),
        (false, true) => Some(Asset::Eth),
        _ => None,
    }
}

/// The asset of a file with one price: the one named, otherwise that of its symbols or of its name.
fn asset_of(file: &PriceFile, symbol: Option<&str>) -> Result<Asset> {
    let name = file.path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let found = file.asset.or_else(|| symbol.and_then(asset_in)).or_else(|| asset_in(&name));
    found.ok_or_else(|| wrong(&file.path, None, "nothing says whose prices these are: name it as BTC=FILE or ETH=FILE"))
}

/// The form that a caller has named.
fn chosen(file: &PriceFile, header: Option<&Row>, columns: &Columns) -> Result<Form> {
    let place = |column: &Column| match (column, header) {
        (Column::Number(number), _) => Ok(number.saturating_sub(1)),
        (Column::Named(name), Some(header)) => {
            let found = header.fields.iter().position(|field| plain(field) == plain(name));
            let has = header.fields.join(", ");
            found.ok_or_else(|| wrong(&file.path, Some(header.line), &format!("there is no column {name} among {has}")))
        }
        (Column::Named(name), None) => Err(wrong(
            &file.path,
            Some(1),
            &format!("there is no header, so that {name} is unknown: give the column's number"),
        )),
    };
    let mut prices = Vec::new();
    if let Some(column) = &columns.price {
        prices.push((asset_of(file, None)?, place(column)?));
    }
    for (asset, column) in [(Asset::Btc, &columns.btc), (Asset::Eth, &columns.eth)] {
        if let Some(column) = column {
            prices.push((asset, place(column)?));
        }
    }
    let Some(time) = &columns.time else { return Err(wrong(&file.path, None, "--columns names no time")) };
    Ok(Form { name: "the columns named", time: place(time)?, prices, is_candle: false, candle: None })
}

/// The form that a header tells.
fn named(file: &PriceFile, header: &Row, first: Option<&Row>) -> Result<Form> {
    let names: Vec<String> = header.fields.iter().map(|field| plain(field)).collect();
    let place = |name: &str| names.iter().position(|known| known == name);
    let unknown = || {
        let why = format!(
            "the columns {} are not known: say which are meant, for instance --columns time=1,price=5",
            header.fields.join(", ")
        );
        wrong(&file.path, Some(header.line), &why)
    };
    let time = TIMES.iter().find_map(|name| place(name)).ok_or_else(unknown)?;
    let candle = match [place("open"), place("high"), place("low"), place("close")] {
        [Some(open), Some(high), Some(low), Some(close)] => Some([open, high, low, close]),
        _ => None,
    };
    // A column of its own for each asset, as in this project's own form.
    let own: Vec<(Asset, usize)> = [("btc", Asset::Btc), ("eth", Asset::Eth)]
        .into_iter()
        .filter_map(|(name, asset)| Some((asset, place(name)?)))
        .collect();
    let (name, prices) = if own.is_empty() {
        let column = PRICES.iter().find_map(|name| place(name)).ok_or_else(unknown)?;
        let symbol = place("symbol").and_then(|place| first?.fields.get(place));
        let asset = asset_of(file, symbol.map(String::as_str))?;
        let name = match () {
            () if place("adj_close").is_some() => "candles as Yahoo has them",
            () if place("quote_asset_volume").is_some() || place("quote_volume").is_some() => "Binance candles",
            () if candle.is_some() => "candles",
            () => "prices",
        };
        (name, vec![(asset, column)])
    } else {
        ("a table with prices", own)
    };
    Ok(Form { name, time, prices, is_candle: candle.is_some(), candle })
}

/// The form of rows without a header.
fn unnamed(file: &PriceFile, rows: &[Row], numbers: Numbers) -> Result<Form> {
    let first = &rows[0];
    let count = first.fields.len();
    // Open, high, low and close; the close of all of them is the fifth column.
    let kraken_or_binance = [1, 2, 3, 4];
    let coinbase = [3, 2, 1, 4];
    let holds = |candle: [usize; 4]| rows.iter().all(|row| check(&file.path, row, candle, numbers).is_ok());
    let (name, candle) = match count {
        12 => ("Binance candles", kraken_or_binance),
        6 if holds(coinbase) && !holds(kraken_or_binance) => ("Coinbase candles", coinbase),
        6 | 7 => ("Kraken candles", kraken_or_binance),
        _ => {
            let why = format!(
                "{count} columns and no header: say which are meant, for instance --columns time=1,price={count}"
            );
            return Err(wrong(&file.path, Some(first.line), &why));
        }
    };
    Ok(Form { name, time: 0, prices: vec![(asset_of(file, None)?, 4)], is_candle: true, candle: Some(candle) })
}
