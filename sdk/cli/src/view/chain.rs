//! The options of a tenor as a ladder of strikes.

mod ladder;

use crate::{
    amount::{Amount, dollars, percent, shown_coins},
    context::{PoolContext, series_name},
    failure::refusal_of,
    output::span,
    plan::chain::{PricedChain, PricedOption},
};
use evergreen_sdk::{
    convert::{self, Decimal},
    math::Dollars,
    plan::PlanError,
    portfolio::price_of,
};
use serde::Serialize;

/// The options of a tenor.
#[derive(Serialize)]
pub struct ChainReport {
    pool: String,
    underlying: String,
    /// Dollars.
    spot: String,
    tenor_seconds: u32,
    /// What bid and ask are for.
    size: String,
    points: i64,
    /// By strike, calls before puts.
    options: Vec<Line>,
}

/// An option. Prices are dollars an option; what is refused is absent.
#[derive(Serialize)]
struct Line {
    /// call or put.
    kind: &'static str,
    strike: u64,
    /// Cap as a share of the strike, in basis points.
    cap_bps: u16,
    /// Slot and generation, if it is listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<String>,
    /// What one gets for selling the size, fee taken off, rounded down.
    #[serde(skip_serializing_if = "Option::is_none")]
    bid: Option<String>,
    /// What one pays for buying the size, fee included, rounded up.
    #[serde(skip_serializing_if = "Option::is_none")]
    ask: Option<String>,
    /// Change of cash if the size is sold.
    #[serde(skip_serializing_if = "Option::is_none")]
    sell: Option<Amount>,
    /// Change of cash if the size is bought.
    #[serde(skip_serializing_if = "Option::is_none")]
    buy: Option<Amount>,
    /// Why the size cannot be sold: the program's name of the cause.
    #[serde(skip_serializing_if = "Option::is_none")]
    sell_refused: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    buy_refused: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    /// Volatility of the mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    iv: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delta: Option<String>,
    /// What a holder pays a day, in dollars an option; negative where they are paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    funding_per_day: Option<String>,
    /// Points that could be bought now.
    room_to_buy: u64,
    /// Points that could be sold now: what is held, and what can be written beyond that.
    room_to_sell: u64,
    /// The same in coins, rounded down, where the stock's price is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    buy_coins: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    sell_coins: Option<String>,
    /// Points that the account holds; negative when written.
    held: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    held_coins: Option<String>,
    /// Points that all accounts hold, and have written.
    bought: i64,
    written: i64,
}

impl ChainReport {
    /// The report of a chain.
    pub fn of(chain: &PricedChain) -> Self {
        let pool = &chain.pool;
        let place = chain.terms.underlying;
        Self {
            pool: pool.name.clone(),
            underlying: pool.symbol(place),
            spot: dollars(chain.spot),
            tenor_seconds: chain.terms.tenor.0,
            size: pool.size(chain.points, place),
            points: chain.points,
            options: chain.entries.iter().map(|entry| Line::of(pool, entry, chain.points)).collect(),
        }
    }

    /// The text for people, as wide as the terminal.
    pub fn text(&self) -> String {
        if self.options.is_empty() {
            let tenor = span(self.tenor_seconds.into());
            return format!("{} offers no options of {tenor} on {}", self.pool, self.underlying);
        }
        ladder::text(self)
    }
}

fn cause(error: &PlanError) -> String {
    refusal_of(error).unwrap_or_else(|| error.to_string())
}

impl Line {
    fn of(pool: &PoolContext, entry: &PricedOption, points: i64) -> Self {
        let PricedOption { row, buy, sell } = entry;
        let scale = pool.view.pool.scale().ok();
        // Against whoever trades: what is paid is rounded up, what is got rounded down. Fees can exceed what an option brings.
        let price = |net: i64, up: bool| scale.and_then(|scale| price_of(net, points, scale, up)).map(dollars);
        let greeks = row.sensitivities.as_ref().ok();
        let coins = |points: u64| {
            let coins = pool.coins_within(i64::try_from(points).unwrap_or(i64::MAX))?;
            Some(coins.to_string())
        };
        let (bought, sold) = (row.buy.as_ref().ok().copied(), row.sell.as_ref().ok().copied());
        Self {
            kind: if row.option.put { "put" } else { "call" },
            strike: row.option.strike,
            cap_bps: row.option.cap_bps,
            series: row.series.map(series_name),
            bid: sold.and_then(|net| price(net, false)),
            ask: bought.and_then(|net| price(net.saturating_neg(), true)),
            sell: sold.map(|net| pool.amount(net)),
            buy: bought.map(|net| pool.amount(net)),
            sell_refused: row.sell.as_ref().err().map(cause),
            buy_refused: row.buy.as_ref().err().map(cause),
            mark: greeks.map(|greeks| dollars(greeks.mark)),
            iv: greeks.map(|greeks| percent(greeks.sigma)),
            delta: greeks.and_then(|greeks| two(Dollars::from_bits(greeks.delta.to_bits()))),
            funding_per_day: greeks.and_then(|greeks| two(greeks.funding_per_day)),
            room_to_buy: *buy,
            room_to_sell: *sell,
            buy_coins: coins(*buy),
            sell_coins: coins(*sell),
            held: row.held,
            held_coins: pool.coins(row.held).map(|coins| shown_coins(coins).to_string()),
            bought: row.bought,
            written: row.written,
        }
    }
}

/// To the nearest hundredth.
fn two(number: Dollars) -> Option<String> {
    let number: Decimal = convert::dollars(number, 8).ok()?;
    let rounded = number.round_dp(2);
    Some(format!("{:.2}", if rounded.is_zero() { Decimal::ZERO } else { rounded }))
}
