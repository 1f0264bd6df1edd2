//! Prices of the underlyings.

use crate::{
    act::Submission,
    amount::{dollars, percent},
    context::symbol,
    output::{span, table},
    plan::price::{Judged, TablePlan},
};
use serde::Serialize;

/// An underlying's price.
#[derive(Debug, Serialize)]
pub struct PriceReport {
    /// Symbol.
    pub underlying: String,
    /// Dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot: Option<String>,
    /// Half-width of its confidence interval, dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// Seconds since it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<i64>,
    /// Fresh, Uncertain, ... as the program judges it, or why it refuses it.
    pub quality: String,
    /// Whether the program takes it.
    pub usable: bool,
    /// Yearly volatility of marks of the shortest tenor.
    pub front_volatility: String,
    /// Yearly volatility of marks of the longest tenor; every other tenor lies between. They differ while a burst of volatility dies away.
    pub back_volatility: String,
    /// Tenors offered, seconds.
    pub tenors: Vec<u32>,
    /// Distance of strikes, dollars.
    pub strike_step: u32,
    /// The account that the price is read from.
    pub account: String,
}

impl PriceReport {
    /// The report of an underlying and its price.
    pub fn of(judged: &Judged) -> Self {
        let underlying = &judged.underlying;
        let (good, quality) = match &judged.price {
            None => (None, "no price account".to_owned()),
            Some(Err(refusal)) => (None, refusal.to_string()),
            Some(Ok(price)) => (Some(price), format!("{:?}", price.quality)),
        };
        Self {
            underlying: symbol(&underlying.symbol),
            spot: good.map(|price| dollars(price.spot)),
            confidence: good.map(|price| dollars(price.confidence)),
            age_seconds: good.map(|price| judged.now.saturating_sub(price.published.0)),
            quality,
            usable: good.is_some(),
            front_volatility: percent(underlying.front_sigma.ratio()),
            back_volatility: percent(underlying.back_sigma.ratio()),
            tenors: underlying.params.tenors.iter().map(|t| t.seconds).filter(|seconds| *seconds > 0).collect(),
            strike_step: underlying.params.strike_step,
            account: judged.account.to_string(),
        }
    }
}

/// The text for people.
pub fn text(reports: &[PriceReport]) -> String {
    let mut shown = table(["underlying", "price", "± conf", "age", "quality", "volatility", "tenors", "strikes"]);
    for report in reports {
        let or = |value: Option<String>| value.unwrap_or_else(|| "–".into());
        let mut offered = report.tenors.clone();
        offered.sort_unstable();
        let tenors: Vec<String> = offered.iter().map(|seconds| span(u64::from(*seconds))).collect();
        let in_dollars = |value: &Option<String>| or(value.as_ref().map(|value| format!("${value}")));
        let age = or(report.age_seconds.map(|age| format!("{age} s")));
        let (spot, confidence) = (in_dollars(&report.spot), in_dollars(&report.confidence));
        let [underlying, quality] = [&report.underlying, &report.quality].map(Clone::clone);
        let (front, back) = (&report.front_volatility, &report.back_volatility);
        let volatility = if front == back { front.clone() } else { format!("{back} to {front}") };
        let (tenors, step) = (tenors.join(", "), format!("every ${}", report.strike_step));
        shown.add_row([underlying, spot, confidence, age, quality, volatility, tenors, step]);
    }
    shown.to_string()
}

/// The table that is made.
#[derive(Serialize)]
pub struct TableReport {
    pool: String,
    table: String,
    addresses: usize,
}

/// A lookup table, to be shown, asked for and sent.
pub fn table_of(plan: &TablePlan) -> Submission<'_, TableReport> {
    let what =
        format!("make the lookup table {} with {} addresses of pool {}", plan.table, plan.addresses, plan.pool.name);
    let shown = format!("{what}\nuse it from the next slot on: --table {}", plan.table);
    let quote = TableReport { pool: plan.pool.name.clone(), table: plan.table.to_string(), addresses: plan.addresses };
    Submission { what, shown, quote, instructions: &plan.instructions }
}
