//! Delta, gamma and vega of a pool and of shares of it, in coins, tokens and dollars.

use crate::{
    amount::{Amount, as_text, dollars},
    context::PoolContext,
    output::{details, table},
    plan::exposure::SharedExposure,
};
use evergreen_sdk::quote::{CoinExposure, Exposure};
use serde::Serialize;

/// The exposure of a pool and of an owner's shares.
#[derive(Serialize)]
pub struct ExposureReport {
    pool: String,
    class: &'static str,
    shares: String,
    #[serde(serialize_with = "as_text")]
    shares_native: u64,
    /// What they are worth at the mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    worth_at_mark: Option<Amount>,
    underlyings: Vec<Line>,
}

/// On one underlying.
#[derive(Serialize)]
struct Line {
    underlying: String,
    /// Dollars.
    price: String,
    /// Of all shares of the main class.
    whole: Sensitivities,
    /// Of the owner's.
    shares: Sensitivities,
}

#[derive(Debug, Serialize)]
pub(super) struct Sensitivities {
    /// What is gained if the price doubles at its present slope.
    pub delta: Sensitivity,
    /// By how much a rise of the price by one per cent raises the delta.
    pub gamma: Sensitivity,
    /// What is gained if the volatility at the money rises by one point.
    pub vega: Sensitivity,
}

#[derive(Debug, Serialize)]
pub(super) struct Sensitivity {
    /// Coins of the underlying, where the stock's price is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    coins: Option<String>,
    amount: Amount,
}

impl ExposureReport {
    /// Makes the report.
    pub fn of(exposure: &SharedExposure) -> Self {
        let pool = &exposure.pool;
        let line = |(whole, part): (&Exposure, &Exposure)| Line {
            underlying: pool.symbol(whole.underlying),
            price: dollars(whole.spot),
            whole: Sensitivities::of(pool, whole, exposure.coins(whole)),
            shares: Sensitivities::of(pool, part, exposure.coins(part)),
        };
        Self {
            pool: pool.name.clone(),
            class: exposure.class.name(),
            shares: pool.shares(exposure.shares),
            shares_native: exposure.shares,
            worth_at_mark: exposure.worth.map(|worth| pool.unsigned(worth)),
            underlyings: exposure.whole.iter().zip(&exposure.part).map(line).collect(),
        }
    }

    /// The text for people.
    pub fn text(&self) -> String {
        let worth =
            self.worth_at_mark.as_ref().map_or_else(String::new, |worth| format!(", worth {worth} at the mark"));
        let shares = format!("{} of the {} class of {}{worth}", self.shares, self.class, self.pool);
        let mut shown = table(["", "price", "delta", "gamma for 1 %", "vega for a point"]);
        for line in &self.underlyings {
            let Line { underlying, price, whole, shares } = line;
            for (of, sensitivities) in [("all shares", whole), ("these shares", shares)] {
                let [delta, gamma, vega] = [&sensitivities.delta, &sensitivities.gamma, &sensitivities.vega]
                    .map(|sensitivity| sensitivity.words(underlying));
                shown.add_row([format!("{underlying}, {of}"), format!("${price}"), delta, gamma, vega]);
            }
        }
        format!("{}\n{shown}", details(&[("shares", shares)]))
    }
}

impl Sensitivities {
    pub fn of(pool: &PoolContext, exposure: &Exposure, coins: Option<CoinExposure>) -> Self {
        let one = |native, coins: Option<_>| Sensitivity {
            coins: coins.map(|coins: evergreen_sdk::convert::Decimal| coins.to_string()),
            amount: pool.amount(native),
        };
        Self {
            delta: one(exposure.delta, coins.map(|coins| coins.delta)),
            gamma: one(exposure.gamma, coins.map(|coins| coins.gamma)),
            vega: one(exposure.vega, coins.map(|coins| coins.vega)),
        }
    }
}

impl Sensitivity {
    /// Coins where they are known, tokens otherwise.
    pub fn in_coins(&self, underlying: &str) -> String {
        self.coins.as_ref().map_or_else(|| self.amount.to_string(), |coins| format!("{coins} {underlying}"))
    }

    /// Coins and dollars where they are known, tokens otherwise.
    pub fn words(&self, underlying: &str) -> String {
        match (&self.coins, &self.amount.dollars) {
            (Some(coins), Some(dollars)) => match dollars.strip_prefix('-') {
                Some(lost) => format!("{coins} {underlying}, -${lost}"),
                None => format!("{coins} {underlying}, ${dollars}"),
            },
            _ => self.amount.to_string(),
        }
    }
}
