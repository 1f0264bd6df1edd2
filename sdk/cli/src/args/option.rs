//! An option as people name it: underlying, call or put, strike, tenor, size.

use super::parse::{invalid, seconds};
use clap::Args;
use evergreen_sdk::{convert::Decimal, math::option::OptionKind};
use std::str::FromStr;

/// Which contract.
#[derive(Args, Clone, Debug)]
pub struct ContractArgs {
    /// BTC or ETH
    #[arg(long, short = 'U')]
    pub underlying: String,
    /// A call
    #[arg(long, required_unless_present = "put", conflicts_with = "put")]
    pub call: bool,
    /// A put
    #[arg(long)]
    pub put: bool,
    /// Dollars, or atm, or a distance from the price: +5%, -10%
    #[arg(long, allow_hyphen_values = true, default_value = "atm")]
    pub strike: Strike,
    /// Tenor: how far its time value looks ahead; the option itself does not expire
    #[arg(long, default_value = "7d", value_parser = seconds)]
    pub tenor: u32,
}

/// How much of it.
#[derive(Args, Clone, Debug)]
pub struct SizeArgs {
    /// Coins: 0.1, or 0.1BTC; needs the stock's price
    #[arg(long, required_unless_present = "points", conflicts_with = "points")]
    pub size: Option<Size>,
    /// Points, the program's own unit
    #[arg(long)]
    pub points: Option<i64>,
}

/// A strike as people say it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strike {
    /// The strike nearest to the price.
    AtTheMoney,
    /// So many dollars.
    Dollars(u64),
    /// The strike nearest to the price moved by so many per cent.
    Moved(Decimal),
}

/// A size in coins as people say it: 0.1, or 0.1BTC.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Size {
    /// The coins.
    pub coins: Decimal,
    /// The coin, if it is named.
    pub unit: Option<String>,
}

impl FromStr for Strike {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || invalid("strike", text, "whole dollars, atm, or a distance from the price, for instance 100000 or +5%");
        if text.eq_ignore_ascii_case("atm") {
            return Ok(Self::AtTheMoney);
        }
        if let Some(percent) = text.strip_suffix('%') {
            return percent.trim_start_matches('+').parse().map(Self::Moved).map_err(|_| wrong());
        }
        let plain: String = text.trim_start_matches('$').chars().filter(|c| !matches!(c, ',' | '_')).collect();
        plain.parse().map(Self::Dollars).map_err(|_| wrong())
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let place = text.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(text.len());
        let (number, unit) = text.split_at(place);
        let coins = number.trim().parse().map_err(|_| invalid("size", text, "coins, for instance 0.1 or 0.1BTC"))?;
        Ok(Self { coins, unit: (!unit.is_empty()).then(|| unit.to_owned()) })
    }
}

impl std::fmt::Display for Size {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}{}", self.coins, self.unit.as_deref().unwrap_or(""))
    }
}

impl ContractArgs {
    /// Call or put.
    pub const fn kind(&self) -> OptionKind {
        if self.put { OptionKind::Put } else { OptionKind::Call }
    }
}
