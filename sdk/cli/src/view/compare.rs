//! One trade in several pools.

use crate::{
    amount::Amount,
    failure::Report,
    output::{details, table},
    plan::offers::{Comparison, Unread},
};
use evergreen_sdk::offers::{NoChoice, Offer};
use serde::Serialize;

/// One trade in several pools, the best first.
#[derive(Serialize)]
pub struct CompareReport {
    /// The pool in which `evergreen trade` would do it without being told; absent where it would not choose.
    #[serde(skip_serializing_if = "Option::is_none")]
    chosen: Option<String>,
    /// Why none is chosen.
    #[serde(skip_serializing_if = "Option::is_none")]
    details: Option<String>,
    /// Seconds for which funding counts.
    held_seconds: u32,
    quotes: Vec<Line>,
    refused: Vec<Refused>,
    /// Pools of the same mints that the market file does not name, and that were not asked; absent where the network does not list them.
    #[serde(skip_serializing_if = "Option::is_none")]
    not_verified: Option<usize>,
}

#[derive(Serialize)]
struct Line {
    pool: String,
    address: String,
    net: Amount,
    fee: Amount,
    funding_per_day: Amount,
    /// Change of cash less the funding of the time that counts.
    net_held: Amount,
    /// What has to be paid in first; absent where nothing has.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<Amount>,
    /// Whether the wallet has it.
    wallet_has_it: bool,
    /// Whether the trade closes what is held there.
    reduces: bool,
}

#[derive(Serialize)]
struct Refused {
    pool: String,
    address: Option<String>,
    /// The program's name of the cause, if it would refuse.
    #[serde(skip_serializing_if = "Option::is_none")]
    cause: Option<String>,
    #[serde(rename = "text")]
    why: String,
}

impl CompareReport {
    /// Makes the report of a comparison.
    pub fn of(comparison: &Comparison) -> Self {
        let best = match comparison.held_by_stranger {
            Some(pool) => Err(NoChoice::HeldElsewhere(pool)),
            None => comparison.offers.best(),
        };
        let name = |offer: &Offer| comparison.intents[offer.place].pool.name.clone();
        Self {
            chosen: best.as_ref().ok().map(|offer| name(offer)),
            details: best.as_ref().err().map(|why| in_words(comparison, why)),
            held_seconds: comparison.held,
            quotes: comparison.offers.offers.iter().map(|offer| Line::of(comparison, offer)).collect(),
            refused: refused(comparison),
            not_verified: comparison.strangers,
        }
    }

    /// The text for people.
    pub fn text(&self) -> String {
        let mut shown = table(["pool", "altogether", "fee within", "funding a day", "first pays in"]);
        for line in &self.quotes {
            let missing = line.missing.as_ref().map_or_else(String::new, |missing| match line.wallet_has_it {
                true => missing.to_string(),
                false => format!("{missing}, which the wallet lacks"),
            });
            let (net, fee) = (line.net.flow(), line.fee.to_string());
            shown.add_row([line.pool.clone(), net, fee, line.funding_per_day.cost(), missing]);
        }
        let mut text = if self.quotes.is_empty() { String::new() } else { format!("{shown}\n") };
        let mut rows: Vec<(&str, String)> = Vec::new();
        if let Some(chosen) = &self.chosen {
            let held = crate::output::span(self.held_seconds.into());
            rows.push(("best", format!("{chosen}, with the funding of {held}")));
        }
        if let Some(details) = &self.details {
            rows.push(("none is chosen", details.clone()));
        }
        let out: Vec<(String, String)> =
            self.refused.iter().map(|refused| (format!("not {}", refused.pool), refused.why.clone())).collect();
        rows.extend(out.iter().map(|(pool, why)| (pool.as_str(), why.clone())));
        if let Some(strangers) = self.not_verified.filter(|strangers| *strangers > 0) {
            let words = format!(
                "pools of these mints that are not in the market file, and were not asked: {strangers}; `evergreen pool list` shows them"
            );
            rows.push(("not verified", words));
        }
        text += &details(&rows);
        text.trim_end().to_owned()
    }
}

impl Line {
    fn of(comparison: &Comparison, offer: &Offer) -> Self {
        let pool = &comparison.intents[offer.place].pool;
        Self {
            pool: pool.name.clone(),
            address: offer.pool.to_string(),
            net: pool.amount(offer.quote.net),
            fee: pool.unsigned(offer.quote.fee),
            funding_per_day: pool.amount(offer.funding_per_day),
            net_held: pool.amount(offer.net_held),
            missing: (offer.missing > 0).then(|| pool.unsigned(offer.missing)),
            wallet_has_it: offer.missing <= comparison.wallets[offer.place],
            reduces: offer.reduces,
        }
    }
}

/// The pools that make no offer, each with the reason in the words of its own refusal.
fn refused(comparison: &Comparison) -> Vec<Refused> {
    let planned = comparison.out.iter().map(|(place, error)| {
        let pool = &comparison.intents[*place].pool;
        let report = Report::of(error, Some(&pool.collateral().token));
        Refused {
            pool: pool.name.clone(),
            address: Some(pool.keys().pool.to_string()),
            cause: report.cause,
            why: report.error,
        }
    });
    let unread = comparison.unread.iter().map(|Unread { name, error }| {
        let report = Report::of(error, None);
        Refused { pool: name.clone(), address: None, cause: report.cause, why: report.error }
    });
    planned.chain(unread).collect()
}

/// Why none is chosen, with the pools' names.
fn in_words(comparison: &Comparison, why: &NoChoice) -> String {
    comparison.in_words(why)
}
