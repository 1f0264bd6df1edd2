//! Price paths from the files that people have: candles of exchanges, tables of their own.
//!
//! | file | recognised by |
//! | --- | --- |
//! | Binance, candles | twelve columns without a header, or its header; times in seconds, milliseconds or microseconds |
//! | Coinbase, candles | six columns `time, low, high, open, close, volume`, or that header |
//! | Kraken, candles | seven columns `time, open, high, low, close, volume, trades`, or six without trades |
//! | Yahoo | `Date,Open,High,Low,Close,Adj Close,Volume` |
//! | CryptoDataDownload and others | a header with a time (`unix`, `date`, ...) and `close` or `price`; a line with an address before it |
//! | own | `time_seconds,btc,eth`, or one of the two prices |
//! | any other | columns that the caller names |
//!
//! The close of a candle is known when the candle ends, so it is published then, not at the time that stands beside it. Rows may come in any
//! order. Every change that is made to what a file holds is told in [`PriceFiles::notes`].

mod fields;
mod merge;
mod series;

use crate::{
    error::{Error, Result},
    path::{PathSpec, PricePath},
};
use evergreen_sdk::presets::Asset;
use std::path::{Path, PathBuf};

/// A file with prices.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceFile {
    /// Where it is.
    pub path: PathBuf,
    /// Whose prices it has; `None` reads that from the header or the file's name.
    pub asset: Option<Asset>,
}

/// A column: by its name in the header, or by its number from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Column {
    /// Name in the header, whatever its case.
    Named(String),
    /// Number, from 1.
    Number(usize),
}

/// Which columns of a file are read, where its form is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Columns {
    /// The time.
    pub time: Option<Column>,
    /// The price of the file's asset.
    pub price: Option<Column>,
    /// The price of BTC.
    pub btc: Option<Column>,
    /// The price of ETH.
    pub eth: Option<Column>,
}

impl std::str::FromStr for Columns {
    type Err = String;

    /// Reads `time=1,price=5`, or `time=Timestamp,btc=BTC close,eth=ETH close`.
    fn from_str(text: &str) -> std::result::Result<Self, String> {
        let expected = "expected time=COLUMN,price=COLUMN, or btc=COLUMN and eth=COLUMN; a column is its name or its number from 1";
        let mut columns = Self::default();
        for part in text.split(',') {
            let (role, column) = part.split_once('=').ok_or_else(|| format!("`{part}`: {expected}"))?;
            let column = match column.trim() {
                "" | "0" => return Err(format!("`{part}`: {expected}")),
                column => column.parse().map_or_else(|_| Column::Named(column.to_owned()), Column::Number),
            };
            let place = match role.trim() {
                "time" => &mut columns.time,
                "price" => &mut columns.price,
                "btc" => &mut columns.btc,
                "eth" => &mut columns.eth,
                other => return Err(format!("`{other}`: {expected}")),
            };
            if place.replace(column).is_some() {
                return Err(format!("{} is named twice: {expected}", role.trim()));
            }
        }
        let has_price = columns.price.is_some() || columns.btc.is_some() || columns.eth.is_some();
        if columns.time.is_none() || !has_price {
            return Err(format!("a time and a price are needed: {expected}"));
        }
        Ok(columns)
    }
}

/// A path out of files, and what was done to make it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceFiles {
    /// The path; its times are those of the files in seconds.
    pub path: PricePath,
    /// What each file holds and what was changed, a sentence each.
    pub notes: Vec<String>,
}

impl PriceFiles {
    /// Reads files and merges them: of several assets, of one asset in several files, with any intervals. The path is as long as there are
    /// prices of all assets; at each of its times it has the last price of each, so that nothing is known before its time. An asset without a
    /// file follows a path that is made from `made`.
    ///
    /// # Errors
    /// [`Error::File`] for a file that cannot be read; [`Error::Path`] with file and line for what cannot be understood, and where files have
    /// no time in common.
    pub fn read(files: &[PriceFile], columns: Option<&Columns>, made: &PathSpec) -> Result<Self> {
        let mut series = Vec::new();
        for file in files {
            let bytes = std::fs::read(&file.path).map_err(|source| Error::File { path: file.path.clone(), source })?;
            let text =
                String::from_utf8(bytes).map_err(|_| wrong(&file.path, None, "it is no text: unpack it first"))?;
            series.extend(series::read(file, &text, columns)?);
        }
        merge::merge(series, made)
    }
}

fn wrong(path: &Path, line: Option<usize>, why: &str) -> Error {
    let line = line.map(|line| format!(", line {line}")).unwrap_or_default();
    Error::Path(format!("{}{line}: {why}", path.display()))
}
