//! One trade in several pools.

use crate::{amount::Amount, context::PoolContext, output::table};
use evergreen_sdk::{
    convert::{self, Decimal},
    quote::TradeQuote,
};
use serde::Serialize;

/// One trade in several pools, the best first.
#[derive(Default, Serialize)]
pub struct Comparison {
    quotes: Vec<Line>,
    refused: Vec<Refused>,
}

#[derive(Serialize)]
struct Line {
    pool: String,
    address: String,
    net: Amount,
    fee: Amount,
    #[serde(skip)]
    worth: Option<Decimal>,
}

#[derive(Serialize)]
struct Refused {
    pool: String,
    why: String,
}

impl Comparison {
    /// Adds the quote of a pool.
    pub fn add(&mut self, pool: &PoolContext, quote: &TradeQuote) {
        let worth = pool.stock_price.map(|price| convert::tokens(quote.net, pool.view.pool.decimals) * price);
        let address = pool.keys().pool.to_string();
        let (net, fee) = (pool.amount(quote.net), pool.unsigned(quote.fee));
        self.quotes.push(Line { pool: pool.name.clone(), address, net, fee, worth });
    }

    /// Adds a pool that does not do the trade.
    pub fn refused(&mut self, pool: &str, why: &anyhow::Error) {
        self.refused.push(Refused { pool: pool.to_owned(), why: format!("{why:#}") });
    }

    /// Whether no pool was asked.
    pub const fn is_empty(&self) -> bool {
        self.quotes.is_empty() && self.refused.is_empty()
    }

    /// Puts the one first that leaves most dollars; those without a price of their stock come last.
    pub fn sort(&mut self) {
        self.quotes.sort_by_key(|line| std::cmp::Reverse(line.worth));
    }

    /// The text for people.
    pub fn text(&self) -> String {
        let mut shown = table(["pool", "change of cash", "fee within"]);
        for line in &self.quotes {
            shown.add_row([line.pool.clone(), line.net.to_string(), line.fee.to_string()]);
        }
        for line in &self.refused {
            shown.add_row([line.pool.clone(), format!("not there: {}", line.why), String::new()]);
        }
        shown.to_string()
    }
}
