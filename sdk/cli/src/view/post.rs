//! Prices that are posted.

use crate::output::table;
use evergreen_sdk::{convert::Decimal, price::UpdatedPrice};
use serde::Serialize;

/// A price that the service has.
#[derive(Debug, Serialize)]
pub struct OfferedPrice {
    /// Symbol.
    pub underlying: String,
    /// Dollars.
    pub price: String,
    /// Half-width of its confidence interval, dollars.
    pub confidence: String,
    /// Seconds since it was published, on the chain's clock.
    pub age_seconds: i64,
    /// Whether it is newer than the one on the chain, and so posted.
    pub newer: bool,
    /// The account that it is posted to.
    pub account: String,
}

/// What came of it, for machines.
#[derive(Debug, Serialize)]
pub struct PostReceipt {
    /// In a few words.
    pub action: String,
    /// Whether nothing was sent.
    pub dry_run: bool,
    /// Which set of push feeds.
    pub shard: u16,
    /// The prices.
    pub prices: Vec<OfferedPrice>,
    /// Signatures of the transactions that posted the prices.
    pub signatures: Vec<String>,
    /// Fees of all transactions, lamports.
    pub fees: u64,
    /// Compute units of a simulation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub compute_units: Option<u64>,
}

/// A number of an update in dollars, as it was published.
pub fn scaled(number: i128, price: &UpdatedPrice) -> String {
    let places = price.exponent.checked_neg().and_then(|places| u32::try_from(places).ok());
    let exact = places.and_then(|places| Decimal::try_from_i128_with_scale(number, places).ok());
    exact.map_or_else(|| format!("{number}·10^{}", price.exponent), |exact| exact.round_dp(2).to_string())
}

/// The prices for people.
pub fn text(prices: &[OfferedPrice]) -> String {
    let mut shown = table(["underlying", "price", "± conf", "age", "newer than on chain"]);
    for price in prices {
        let newer = if price.newer { "yes" } else { "no" };
        let (value, confidence) = (format!("${}", price.price), format!("${}", price.confidence));
        shown.add_row([price.underlying.clone(), value, confidence, format!("{} s", price.age_seconds), newer.into()]);
    }
    shown.to_string()
}

impl PostReceipt {
    /// What came of it, for people.
    pub fn text(&self) -> String {
        match (self.dry_run, self.prices.iter().any(|price| price.newer)) {
            (_, false) => "nothing to post: the chain has these prices or newer ones".into(),
            (true, true) => "dry run, nothing was sent; the message would be taken".into(),
            (false, true) => format!("done: {}; {} lamports of fees", self.signatures.join(", "), self.fees),
        }
    }
}
