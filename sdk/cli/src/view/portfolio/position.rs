//! What a position has cost, what it is worth, and where it breaks even.

use crate::{
    amount::{Amount, dollars},
    context::PoolContext,
};
use evergreen_sdk::{
    convert::Decimal,
    evergreen::state::SeriesId,
    portfolio::{BreakEven, Holding, HoldingValue, PastCarry},
};
use serde::Serialize;

/// The distance of a price that has reached the cap.
const REACHED: &str = "0%";

/// Figures of a position. What needs a price is absent without one; what needs the history, where that does not tell it.
#[derive(Clone, Default, Serialize)]
pub struct Figures {
    /// Dollars an option was bought or written for on average, fees not counted.
    #[serde(skip_serializing_if = "Option::is_none")]
    entry: Option<String>,
    /// Dollars an option is worth at the mark.
    #[serde(skip_serializing_if = "Option::is_none")]
    mark: Option<String>,
    /// What the position has cost; negative for what was received.
    #[serde(skip_serializing_if = "Option::is_none")]
    cost: Option<Amount>,
    /// What it is worth at the mark; negative when written.
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<Amount>,
    #[serde(skip_serializing_if = "Option::is_none")]
    unrealised: Option<Amount>,
    /// Realised by points of the series that are closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    realised: Option<Amount>,
    /// Funding settled so far; negative where more was paid.
    #[serde(skip_serializing_if = "Option::is_none")]
    funding: Option<Amount>,
    /// Funding since the last settlement.
    #[serde(skip_serializing_if = "Option::is_none")]
    funding_pending: Option<Amount>,
    /// The carry in that funding, where it was asked for and is known.
    #[serde(skip_serializing_if = "Option::is_none")]
    carry: Option<Amount>,
    /// The carry in the funding since the last settlement.
    #[serde(skip_serializing_if = "Option::is_none")]
    carry_pending: Option<Amount>,
    /// Fees so far, a negative number.
    #[serde(skip_serializing_if = "Option::is_none")]
    fees: Option<Amount>,
    /// What is paid a day at present; negative where it is received.
    #[serde(skip_serializing_if = "Option::is_none")]
    funding_per_day: Option<Amount>,
    /// The part of it that is carry.
    #[serde(skip_serializing_if = "Option::is_none")]
    carry_per_day: Option<Amount>,
    /// Dollars of the underlying at which closing at the mark returns cost, fees and funding; `always` or `never`.
    #[serde(skip_serializing_if = "Option::is_none")]
    break_even: Option<String>,
    /// The same after so many days of funding at today's.
    #[serde(skip_serializing_if = "Option::is_none")]
    break_even_later: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    later_days: Option<u32>,
    /// Dollars of the underlying at which the option is exercised.
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<String>,
    /// How far that is from the price of now; `0%` where the price has reached it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cap_distance: Option<String>,
    /// What exercise would pay; negative when written.
    #[serde(skip_serializing_if = "Option::is_none")]
    at_cap: Option<Amount>,
    /// Unix seconds since which it is held.
    #[serde(skip_serializing_if = "Option::is_none")]
    opened_at: Option<i64>,
}

fn words(found: BreakEven) -> String {
    match found {
        BreakEven::At(price) => dollars(price),
        BreakEven::Always => "always".into(),
        BreakEven::Never => "never".into(),
    }
}

impl Figures {
    /// Headings of [`Self::row`].
    pub const HEADING: [&'static str; 9] =
        ["option", "size", "entry", "mark", "unrealised", "funding", "fees", "break-even now, later", "cap"];

    /// Figures of a position with its value, where there is a price, and its cost, where that is known; break-even also after so many days.
    pub fn of(pool: &PoolContext, value: Option<&HoldingValue>, holding: Option<&Holding>, days: u32) -> Self {
        let mut figures = Self::default();
        if let Some(value) = value {
            figures.mark = Some(dollars(value.mark));
            figures.value = Some(pool.amount(value.value));
            figures.funding_pending = Some(pool.amount(value.pending));
            figures.cap = value.terms.cap_price().map(dollars);
            figures.at_cap = Some(pool.amount(value.at_cap));
            if !value.ended {
                figures.funding_per_day = Some(pool.amount(value.funding_per_day));
                figures.carry_per_day = Some(pool.amount(value.carry_per_day));
                let percent = |bps: u64| format!("{}%", Decimal::from(bps) / Decimal::from(100));
                figures.cap_distance = value.cap_distance_bps().map(percent);
            }
        }
        if let Some(holding) = holding.filter(|holding| holding.known) {
            figures.cost = Some(pool.amount(holding.cost));
            figures.realised = Some(pool.amount(holding.realised));
            figures.funding = Some(pool.amount(holding.funding));
            figures.fees = Some(pool.amount(holding.fees));
            figures.opened_at = holding.opened_at;
            if let Some(value) = value {
                figures.entry = value.entry(holding).map(dollars);
                figures.unrealised = value.value.checked_sub(holding.cost).map(|native| pool.amount(native));
                let at = |days| value.break_even(holding, days).ok().flatten().map(words);
                (figures.break_even, figures.break_even_later) = (at(0), at(days));
                figures.later_days = figures.break_even_later.is_some().then_some(days);
            }
        }
        figures
    }

    /// With the carry in past funding of its series, where that is known.
    pub fn with_carry(self, pool: &PoolContext, carry: Option<&PastCarry>, id: SeriesId) -> Self {
        let of = |of: fn(&PastCarry, SeriesId) -> Option<i64>| carry.and_then(|carry| of(carry, id));
        let [settled, pending] = [of(PastCarry::settled), of(PastCarry::pending)];
        let some = |native: i64| pool.amount(native);
        Self { carry: settled.map(some), carry_pending: pending.map(some), ..self }
    }

    /// Whether what the position has cost is known.
    pub const fn is_known(&self) -> bool {
        self.cost.is_some()
    }

    /// A row for people.
    pub fn row(&self, option: String, size: String) -> [String; 9] {
        let tokens =
            |amount: &Option<Amount>| amount.as_ref().map_or_else(|| "?".into(), |amount| amount.tokens.clone());
        let price = |price: &Option<String>| price.as_ref().map_or_else(|| "?".into(), |price| format!("${price}"));
        let at = |found: &Option<String>| match found.as_deref() {
            None => "?".to_owned(),
            Some(word @ ("always" | "never")) => word.to_owned(),
            Some(price) => format!("${price}"),
        };
        let later =
            self.later_days.map_or_else(String::new, |days| format!(", {} in {days} d", at(&self.break_even_later)));
        let cap = match (&self.cap, &self.cap_distance) {
            (Some(cap), Some(distance)) if distance == REACHED => format!("${cap}, reached"),
            (Some(cap), Some(distance)) => format!("${cap}, {distance} away"),
            (Some(cap), None) => format!("${cap}"),
            _ => "?".into(),
        };
        [
            option,
            size,
            price(&self.entry),
            price(&self.mark),
            tokens(&self.unrealised),
            tokens(&self.funding),
            tokens(&self.fees),
            at(&self.break_even) + &later,
            cap,
        ]
    }
}
