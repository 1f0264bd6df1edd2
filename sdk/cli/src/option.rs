//! An option as people name it: underlying, call or put, strike, tenor, size.

use crate::{
    amount::seconds,
    context::PoolContext,
    failure::{Usage, advised},
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    convert::{self, Decimal},
    math::{Points, Seconds, option::OptionKind},
    strategy::{Contract, ContractTerms},
};
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
    pub size: Option<String>,
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

impl FromStr for Strike {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let wrong = || format!("`{text}` is no strike; say for instance atm, 100000, +5% or -10%");
        if text.eq_ignore_ascii_case("atm") {
            return Ok(Self::AtTheMoney);
        }
        if let Some(percent) = text.strip_suffix('%') {
            let percent = percent.trim_start_matches('+').parse::<Decimal>().map_err(|_| wrong())?;
            return Ok(Self::Moved(percent));
        }
        let plain: String = text.trim_start_matches('$').chars().filter(|c| !matches!(c, ',' | '_')).collect();
        plain.parse().map(Self::Dollars).map_err(|_| wrong())
    }
}

impl ContractArgs {
    /// The contract in a pool, at the price of now.
    ///
    /// # Errors
    /// [`Usage`]; a missing price.
    pub fn contract(&self, pool: &PoolContext) -> Result<Contract> {
        let place = pool.underlying(&self.underlying)?;
        let kind = if self.put { OptionKind::Put } else { OptionKind::Call };
        let terms = ContractTerms { underlying: place, tenor: Seconds(self.tenor) };
        Ok(Contract { terms, kind, strike: self.strike.of(pool, place)? })
    }
}

impl Strike {
    /// The strike in dollars on an underlying of a pool, at the price of now.
    ///
    /// # Errors
    /// [`Usage`]; a missing price.
    pub fn of(self, pool: &PoolContext, place: u8) -> Result<u64> {
        let percent = match self {
            Self::Dollars(strike) => return Ok(strike),
            Self::AtTheMoney => Decimal::ZERO,
            Self::Moved(percent) => percent,
        };
        let spot = convert::dollars(pool.view.price(place)?.spot, 8)?;
        let step = Decimal::from(pool.view.markets[usize::from(place)].underlying.params.strike_step);
        let wanted = spot * (Decimal::from(100) + percent) / Decimal::from(100);
        let strike = (wanted / step).round() * step;
        let strike = strike.normalize().to_string().parse::<u64>().ok().filter(|strike| *strike > 0);
        strike.ok_or_else(|| Usage(format!("there is no strike {percent}% away from {spot}")).into())
    }
}

impl SizeArgs {
    /// The size in points.
    ///
    /// # Errors
    /// [`Usage`]; when a size in coins is given and no stock price is known.
    pub fn points(&self, pool: &PoolContext, underlying: &str) -> Result<Points> {
        let Some(size) = &self.size else {
            let points = self.points.filter(|points| *points > 0);
            return points.map(Points).ok_or_else(|| Usage("--points has to be above 0".into()).into());
        };
        points_of(pool, size, underlying)
    }
}

/// Points of a size in coins: 0.1, or 0.1BTC.
///
/// # Errors
/// As [`SizeArgs::points`].
pub fn points_of(pool: &PoolContext, size: &str, underlying: &str) -> Result<Points> {
    let place = size.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(size.len());
    let (number, unit) = size.split_at(place);
    if !unit.is_empty() && !unit.eq_ignore_ascii_case(underlying) {
        return Err(Usage(format!("--size is in {underlying}, not in {unit}")).into());
    }
    let number: Decimal =
        number.trim().parse().map_err(|_| Usage(format!("`{size}` is no size; say for instance 0.1{underlying}")))?;
    let Some(price) = pool.stock_price else {
        return Err(advised(
            format!("a size in {underlying} needs to know what one {} is worth", pool.name),
            "give it with --stock-price DOLLARS, or in the market file, or size the trade with --points",
        ));
    };
    let points = convert::points_of_size(number, price, pool.view.pool.decimals, pool.view.pool.scale()?)?;
    if points.0 <= 0 {
        return Err(Usage(format!("--size {size} is less than a point")).into());
    }
    Ok(points)
}

/// A contract in words.
pub fn words(pool: &PoolContext, contract: &Contract) -> String {
    let kind = if contract.kind == OptionKind::Put { "put" } else { "call" };
    let tenor = crate::output::span(u64::from(contract.terms.tenor.0));
    format!("{} {kind} {} of {tenor}", pool.symbol(contract.terms.underlying), contract.strike)
}
