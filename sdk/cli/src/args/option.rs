//! An option as people name it: underlying, call or put, strike, tenor, size.

use super::{
    number::{unusual, whole},
    parse::{above_zero, basis_points, invalid, seconds},
};
use clap::{ArgGroup, Args};
use evergreen_sdk::{convert::Decimal, math::option::OptionKind};
use std::str::FromStr;

/// Which contract.
#[derive(Args, Clone, Debug)]
#[command(group(ArgGroup::new("kind").required(true).args(["call", "put"])))]
pub struct ContractArgs {
    /// BTC or ETH
    #[arg(long, short = 'U')]
    pub underlying: String,
    /// A call
    #[arg(long)]
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

/// How much of what is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Portion {
    /// A share of it, basis points.
    Share(u16),
    /// So many coins.
    Coins(Size),
}

impl FromStr for Portion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.to_lowercase().as_str() {
            "half" => Ok(Self::Share(5_000)),
            "all" | "max" => Ok(Self::Share(10_000)),
            share if share.ends_with('%') => match basis_points(text)? {
                0 => Err("a part is above 0%".into()),
                share => Ok(Self::Share(share)),
            },
            _ => text.parse().map(Self::Coins),
        }
    }
}

impl FromStr for Strike {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong =
            || invalid("strike", text, "whole dollars, atm, or a distance from the price, for instance 100000 or +5%");
        if ["atm", "at-the-money"].iter().any(|name| text.eq_ignore_ascii_case(name)) {
            return Ok(Self::AtTheMoney);
        }
        if let Some(percent) = text.strip_suffix('%') {
            let moved: Decimal = percent.trim_start_matches('+').parse().map_err(|_| wrong())?;
            // Elsewhere 95% is a strike of 95 % of the price.
            if !percent.starts_with(['+', '-']) {
                let words = format!("`{text}` may be {text} of the price, or {text} away from it");
                return Err(format!("{words}: a distance has a sign, for instance +5% or -5%"));
            }
            return Ok(Self::Moved(moved));
        }
        whole(text.trim_start_matches('$')).map(Self::Dollars).ok_or_else(|| unusual(text).unwrap_or_else(wrong))
    }
}

impl FromStr for Size {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        const EXPECTED: &str = "coins, for instance 0.1 or 0.1BTC";
        let (digits, unit) = text.split_at(number_end(text));
        if text.starts_with('$') || ["usd", "usdc", "$"].iter().any(|money| unit.eq_ignore_ascii_case(money)) {
            let words = "a size is in coins and no dollars, for instance 0.1BTC: `evergreen quote` tells what it costs";
            return Err(words.into());
        }
        if ["max", "all", "half"].iter().any(|name| text.eq_ignore_ascii_case(name)) {
            let words = "`evergreen close` closes what is held; of what is bought or written a size that is too large is answered with the largest that fits, and \
                         `evergreen chain` tells the room of each option";
            return Err(format!("`{text}` is no size: {words}"));
        }
        let coins = above_zero("size", digits.trim(), EXPECTED).map_err(|error| match digits.trim() {
            "" => invalid("size", text, EXPECTED),
            _ => error,
        })?;
        Ok(Self { coins, unit: (!unit.is_empty()).then(|| unit.to_owned()) })
    }
}

/// Where the number at the beginning of a text ends; an exponent is part of it.
fn number_end(text: &str) -> usize {
    let is_unit = |(place, c): &(usize, char)| {
        let exponent = text[*place + c.len_utf8()..].trim_start_matches(['-', '+']);
        c.is_alphabetic() && !(matches!(c, 'e' | 'E') && exponent.starts_with(|next: char| next.is_ascii_digit()))
    };
    text.char_indices().find(is_unit).map_or(text.len(), |(place, _)| place)
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
