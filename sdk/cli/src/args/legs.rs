//! Legs as people write them: "+0.1BTC call 100000 7d".

use super::{
    option::{Size, Strike},
    parse::{invalid, seconds},
};
use clap::Args;
use evergreen_sdk::math::option::OptionKind;
use std::str::FromStr;

/// Legs of one's own.
#[derive(Args, Clone, Debug)]
pub struct Legs {
    /// A leg, + to buy, - to sell: "+0.1BTC call 100000 7d", "-0.05ETH put -5%"; "+1000000 points BTC call atm" in points
    #[arg(long = "leg", required = true, allow_hyphen_values = true, value_name = "LEG")]
    pub legs: Vec<LegText>,
}

/// A leg as people write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegText {
    pub sell: bool,
    pub size: LegSize,
    pub underlying: String,
    pub kind: OptionKind,
    pub strike: Strike,
    pub tenor: u32,
}

/// How much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum LegSize {
    /// Coins.
    Coins(Size),
    /// Points, above 0.
    Points(i64),
}

impl FromStr for LegText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |expected: &str| invalid("leg", text, &format!("{expected}, as in \"+0.1BTC call 100000 7d\""));
        let mut words = text.split_whitespace();
        let first = words.next().unwrap_or_default();
        let (sell, number) = match (first.strip_prefix('+'), first.strip_prefix('-')) {
            (Some(number), _) => (false, number),
            (None, Some(number)) => (true, number),
            (None, None) => return Err(wrong("+ to buy or - to sell at the beginning")),
        };
        let size: Size = number.parse()?;
        let (size, underlying) = if let Some(underlying) = size.unit {
            (LegSize::Coins(Size { coins: size.coins, unit: None }), underlying)
        } else {
            let points = number.parse().ok().filter(|points| *points > 0);
            let points = points.ok_or_else(|| wrong("a coin after the size, or a whole number of points above 0"))?;
            if words.next() != Some("points") {
                return Err(wrong("a coin or `points` after the size"));
            }
            (LegSize::Points(points), words.next().ok_or_else(|| wrong("an underlying after `points`"))?.to_owned())
        };
        let kind = match words.next() {
            Some("call" | "calls") => OptionKind::Call,
            Some("put" | "puts") => OptionKind::Put,
            _ => return Err(wrong("call or put after the size")),
        };
        let strike = words.next().ok_or_else(|| wrong("a strike after call or put"))?.parse()?;
        let tenor = seconds(words.next().unwrap_or("7d"))?;
        match words.next() {
            Some(_) => Err(wrong("nothing after the tenor")),
            None => Ok(Self { sell, size, underlying, kind, strike, tenor }),
        }
    }
}
