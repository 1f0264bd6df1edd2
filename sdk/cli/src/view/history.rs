//! What has happened, an event a row.

pub mod csv;

use super::event_words;
use crate::{
    act::event_name,
    amount::Amount,
    context::{PoolContext, series_name},
    output::{date, table},
};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, client::Transaction, evergreen::state::SeriesId};
use serde::Serialize;

/// An event.
#[derive(Serialize)]
pub struct Row {
    time: Option<i64>,
    slot: u64,
    signature: String,
    event: String,
    /// Slot and generation of the series that it is about.
    #[serde(skip_serializing_if = "Option::is_none")]
    series: Option<String>,
    /// The option in words, also where it is no longer listed.
    #[serde(skip_serializing_if = "Option::is_none")]
    option: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    details: String,
}

impl Row {
    /// The events of a transaction, in order. One whose log was cut off says so in a last row.
    pub fn of(pool: &PoolContext, transaction: &Transaction) -> Vec<Self> {
        let row = |event: String, id: Option<SeriesId>, (amount, details): (Option<Amount>, String)| Self {
            time: transaction.block_time,
            slot: transaction.slot,
            signature: transaction.signature.to_string(),
            event,
            series: id.map(series_name),
            option: id.and_then(|id| pool.option(id)),
            amount,
            details,
        };
        let of = |event| row(event_name(event), event_words::series_of(event), event_words::of(pool, event));
        let mut rows: Vec<Self> = transaction.events.iter().map(of).collect();
        if transaction.truncated {
            let details = "the network cut this transaction's log off: what it did after this is not known from it";
            rows.push(row("LogTruncated".into(), None, (None, details.into())));
        }
        rows
    }

    fn when(&self) -> String {
        self.time.map_or_else(|| format!("slot {}", self.slot), date)
    }

    fn short_signature(&self) -> String {
        format!("{}…", &self.signature[..self.signature.len().min(12)])
    }

    fn amount_words(&self) -> String {
        self.amount.as_ref().map_or_else(String::new, ToString::to_string)
    }

    /// The event in one line, for people.
    pub fn line(&self) -> String {
        let words =
            [self.when(), self.event.clone(), self.amount_words(), self.details.clone(), self.short_signature()];
        words.into_iter().filter(|word| !word.is_empty()).collect::<Vec<_>>().join("  ")
    }
}

/// The newest events of transactions, at most so many, the oldest first.
pub fn rows(pool: &PoolContext, transactions: &[Transaction], limit: usize) -> Vec<Row> {
    let mut rows: Vec<Row> = transactions.iter().flat_map(|transaction| Row::of(pool, transaction)).collect();
    rows.drain(..rows.len().saturating_sub(limit));
    rows
}

/// The text for people.
pub fn text(address: &Pubkey, rows: &[Row]) -> String {
    if rows.is_empty() {
        return format!("nothing has happened to {address} that this network remembers");
    }
    let mut shown = table(["time", "event", "amount", "details", "transaction"]);
    for row in rows {
        let (when, amount, short) = (row.when(), row.amount_words(), row.short_signature());
        shown.add_row([when, row.event.clone(), amount, row.details.clone(), short]);
    }
    shown.to_string()
}
