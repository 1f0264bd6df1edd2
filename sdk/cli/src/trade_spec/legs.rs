//! Legs as people write them: "+0.1BTC call 100000 7d".

use crate::{
    amount::seconds,
    context::PoolContext,
    failure::Usage,
    option::{Strike, points_of},
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    math::{Points, Seconds, option::OptionKind},
    strategy::{Contract, ContractTerms, Part, Strategy},
};
use std::str::FromStr;

/// Legs of one's own.
#[derive(Args, Clone, Debug)]
pub struct Legs {
    /// A leg, + to buy, - to sell: "+0.1BTC call 100000 7d", "-0.05ETH put -5%"; "+1000000 points BTC call atm" in points
    #[arg(long = "leg", required = true, allow_hyphen_values = true, value_name = "LEG")]
    legs: Vec<LegText>,
}

/// A leg as people write it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LegText {
    sell: bool,
    size: LegSize,
    underlying: String,
    kind: OptionKind,
    strike: Strike,
    tenor: u32,
}

/// How much of it.
#[derive(Clone, Debug, PartialEq, Eq)]
enum LegSize {
    Coins(String),
    Points(i64),
}

/// Most legs of a trade.
const MAX_LEGS: usize = 4;

impl FromStr for LegText {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = |why: &str| format!("`{text}` is no leg: {why}; say for instance \"+0.1BTC call 100000 7d\"");
        let mut words = text.split_whitespace();
        let first = words.next().ok_or_else(|| wrong("it is empty"))?;
        let (sell, number) = match (first.strip_prefix('+'), first.strip_prefix('-')) {
            (Some(number), _) => (false, number),
            (None, Some(number)) => (true, number),
            (None, None) => return Err(wrong("it begins with + to buy or - to sell")),
        };
        let letters = number.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(number.len());
        let (digits, unit) = number.split_at(letters);
        let (size, underlying) = if unit.is_empty() {
            let points = digits.parse().ok().filter(|points| *points > 0);
            let points = points.ok_or_else(|| wrong("a size without a coin is a whole number of points"))?;
            if words.next() != Some("points") {
                return Err(wrong("after the size comes its unit"));
            }
            (LegSize::Points(points), words.next().ok_or_else(|| wrong("of which underlying?"))?)
        } else {
            (LegSize::Coins(digits.to_owned()), unit)
        };
        let kind = match words.next() {
            Some("call" | "calls") => OptionKind::Call,
            Some("put" | "puts") => OptionKind::Put,
            _ => return Err(wrong("call or put?")),
        };
        let strike = words.next().ok_or_else(|| wrong("which strike?"))?.parse()?;
        let tenor = seconds(words.next().unwrap_or("7d")).map_err(|error| wrong(&error.to_string()))?;
        match words.next() {
            Some(more) => Err(wrong(&format!("`{more}` is too much"))),
            None => Ok(Self { sell, size, underlying: underlying.to_owned(), kind, strike, tenor }),
        }
    }
}

impl Legs {
    /// As a strategy.
    ///
    /// # Errors
    /// [`Usage`]; a missing price.
    pub fn strategy(&self, pool: &PoolContext) -> Result<Strategy> {
        if self.legs.len() > MAX_LEGS {
            return Err(Usage(format!("{} legs, a trade has {MAX_LEGS} at most", self.legs.len())).into());
        }
        let legs = self.legs.iter().map(|leg| leg.part(pool)).collect::<Result<_>>()?;
        Ok(Strategy { legs })
    }
}

impl LegText {
    fn part(&self, pool: &PoolContext) -> Result<Part> {
        let underlying = pool.underlying(&self.underlying)?;
        let size = match &self.size {
            LegSize::Coins(size) => points_of(pool, size, &pool.symbol(underlying))?,
            LegSize::Points(points) => Points(*points),
        };
        let points = if self.sell { Points(-size.0) } else { size };
        let terms = ContractTerms { underlying, tenor: Seconds(self.tenor) };
        let strike = self.strike.of(pool, underlying)?;
        Ok(Part { contract: Contract { terms, kind: self.kind, strike }, points })
    }
}
