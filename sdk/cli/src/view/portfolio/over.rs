//! Positions that are over: from their opening until nothing was left of them.

use crate::{
    amount::{Amount, dollars},
    context::{PoolContext, series_name},
    output::{date, table},
};
use evergreen_sdk::{evergreen::state::SeriesId, portfolio::Round};
use serde::Serialize;

/// A position that is over. A trade through zero ends one and begins the next.
#[derive(Serialize)]
pub struct Over {
    series: String,
    /// The option in words; absent where the network has forgotten its listing.
    #[serde(skip_serializing_if = "Option::is_none")]
    option: Option<String>,
    /// All points that were opened; negative when written.
    points: i64,
    size: String,
    /// Dollars an option was bought or written for on average, fees not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// Dollars an option was sold, paid or bought back for on average, fees not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    exit: Option<String>,
    /// What closing has brought less what opening has cost.
    realised: Amount,
    funding: Amount,
    fees: Amount,
    /// The three together.
    net: Amount,
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    closed_at: Option<i64>,
}

impl Over {
    /// A round with its option.
    pub fn of(pool: &PoolContext, id: SeriesId, round: &Round) -> Self {
        let (scale, some) = (pool.view.pool.scale().ok(), |native| super::amount(pool, native));
        let [realised, funding, fees] = [round.received.saturating_sub(round.paid), round.funding, round.fees];
        Self {
            series: series_name(id),
            option: pool.option(id),
            points: round.points,
            size: super::size(pool, id, round.points),
            entry: scale.and_then(|scale| round.entry(scale)).map(dollars),
            exit: scale.and_then(|scale| round.exit(scale)).map(dollars),
            realised: pool.amount(realised),
            funding: pool.amount(funding),
            fees: pool.amount(fees),
            net: some(round.net()),
            opened_at: round.opened_at,
            closed_at: round.closed_at,
        }
    }

    /// The text for people.
    pub fn text(closed: &[Self]) -> String {
        if closed.is_empty() {
            return "no position is over".into();
        }
        let mut shown =
            table(["over", "size", "entry", "exit", "realised", "funding", "fees", "net", "opened", "closed"]);
        for over in closed {
            let price = |price: &Option<String>| price.as_ref().map_or_else(|| "?".into(), |price| format!("${price}"));
            let when = |time: Option<i64>| time.map_or_else(|| "?".into(), date);
            let tokens = |amount: &Amount| amount.tokens.clone();
            shown.add_row([
                over.option.clone().unwrap_or_else(|| over.series.clone()),
                over.size.clone(),
                price(&over.entry),
                price(&over.exit),
                tokens(&over.realised),
                tokens(&over.funding),
                tokens(&over.fees),
                tokens(&over.net),
                when(over.opened_at),
                when(over.closed_at),
            ]);
        }
        shown.to_string()
    }
}
