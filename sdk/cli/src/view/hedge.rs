//! What a hedge sees, does, costs and leaves.

use crate::{
    output::{date, details},
    plan::exposure::SharedExposure,
};
use evergreen_sdk::{
    convert::Decimal,
    hedge::{CoinSeen, LedgerLine},
};
use serde::Serialize;

/// One look.
#[derive(Serialize)]
pub struct LookReport {
    pool: String,
    /// The chain's clock, unix seconds.
    now: i64,
    underlyings: Vec<Line>,
    result: ResultReport,
}

#[derive(Serialize)]
struct Line {
    underlying: String,
    price: String,
    delta: String,
    coins: String,
    under_way: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    ordered: Option<String>,
}

/// Where the hedge stands, dollars at one price of the stock.
#[derive(Serialize)]
pub struct ResultReport {
    looks: u64,
    shares: String,
    hedge: String,
    left: String,
    fees: String,
    funding: String,
    slippage: String,
    delay: String,
    /// Per cent of the variance of the shares that is left; absent where they have not moved.
    #[serde(skip_serializing_if = "Option::is_none")]
    variance_left_percent: Option<String>,
}

fn cents(dollars: Decimal) -> String {
    format!("{:.2}", dollars.round_dp(2))
}

fn money(dollars: &str) -> String {
    dollars.strip_prefix('-').map_or_else(|| format!("${dollars}"), |lost| format!("-${lost}"))
}

impl ResultReport {
    /// Makes the report of where a hedge stands.
    pub fn of(line: &LedgerLine) -> Self {
        let percent = |part: Decimal| format!("{:.2}", (part * Decimal::from(100)).round_dp(2));
        Self {
            looks: line.notes,
            shares: cents(line.shares),
            hedge: cents(line.hedge),
            left: cents(line.left),
            fees: cents(line.costs.fees),
            funding: cents(line.costs.funding),
            slippage: cents(line.costs.slippage),
            delay: cents(line.costs.delay),
            variance_left_percent: line.variance_left().map(percent),
        }
    }

    /// The text for people, with where the coins are.
    pub fn text(&self, place: &str) -> String {
        let mut rows = vec![
            ("looks", self.looks.to_string()),
            ("shares have gained", money(&self.shares)),
            ("hedge has gained", money(&self.hedge)),
            ("left", money(&self.left)),
            ("of the hedge, fees", money(&self.fees)),
            ("  funding", money(&self.funding)),
            ("  slippage", money(&self.slippage)),
            ("  delay", money(&self.delay)),
        ];
        if let Some(percent) = &self.variance_left_percent {
            rows.push(("variance left", format!("{percent} %")));
        }
        format!("{place}, at one price of the stock:\n{}", details(&rows))
    }
}

impl LookReport {
    /// Makes the report of a look.
    pub fn of(found: &SharedExposure, seen: &[CoinSeen], line: &LedgerLine) -> Self {
        let of = |seen: &CoinSeen| Line {
            underlying: seen.market.underlying.clone(),
            price: cents(seen.market.price),
            delta: seen.market.delta.to_string(),
            coins: seen.account.coins.to_string(),
            under_way: seen.account.under_way.normalize().to_string(),
            ordered: seen.ordered.map(|coins| coins.to_string()),
        };
        let (pool, now) = (found.pool.name.clone(), found.pool.view.now);
        Self { pool, now, underlyings: seen.iter().map(of).collect(), result: ResultReport::of(line) }
    }

    /// One line for people.
    pub fn text(&self) -> String {
        let one = |line: &Line| {
            let ordered = line.ordered.as_ref().map_or_else(String::new, |coins| format!(", orders {coins}"));
            let Line { underlying, price, delta, coins, .. } = line;
            format!("{underlying} ${price}: delta {delta}, held {coins}{ordered}")
        };
        let lines: Vec<String> = self.underlyings.iter().map(one).collect();
        format!("{}  {}", date(self.now), lines.join("; "))
    }
}
