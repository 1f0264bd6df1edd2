//! `evergreen history`: what has happened to a margin account or a pool.

use crate::{
    act::event_name,
    amount::Amount,
    context::{Context, PoolContext},
    output::{self, date, table},
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{anchor_lang::prelude::Pubkey, client::EventStream, events::Event};
use serde::Serialize;
use std::collections::VecDeque;

/// What has happened to a margin account or a pool
#[derive(Args)]
pub struct History {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    /// The whole pool instead of one account
    #[arg(long)]
    whole: bool,
    /// Number of the margin account
    #[arg(long, default_value_t = 0)]
    account: u16,
    /// Its owner; the keypair's otherwise
    #[arg(long)]
    owner: Option<Pubkey>,
    /// Only the newest so many events
    #[arg(long, default_value_t = 50)]
    limit: usize,
}

#[derive(Serialize)]
struct Row {
    time: Option<i64>,
    slot: u64,
    signature: String,
    event: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount: Option<Amount>,
    details: String,
}

impl History {
    /// Reads and prints, the oldest first.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let pool = context.pool(&self.pool).await?;
        let address =
            if self.whole { pool.keys().pool } else { pool.account_key(&context.owner(self.owner)?, self.account) };
        let mut stream = EventStream::new(context.client.clone(), address, None);
        let bar = output::progress("reading transactions");
        let mut rows: VecDeque<Row> = VecDeque::new();
        while let Some(transaction) = stream.poll().await? {
            for event in &transaction.events {
                let (amount, details) = words(&pool, event);
                rows.push_back(Row {
                    time: transaction.block_time,
                    slot: transaction.slot,
                    signature: transaction.signature.to_string(),
                    event: event_name(event),
                    amount,
                    details,
                });
                if rows.len() > self.limit {
                    rows.pop_front();
                }
            }
        }
        bar.finish_and_clear();
        if context.global.json {
            return output::print_json(&rows);
        }
        if rows.is_empty() {
            println!("nothing has happened to {address} that this network remembers");
            return Ok(());
        }
        let mut shown = table(["time", "event", "amount", "details", "transaction"]);
        for row in rows {
            let time = row.time.map_or_else(|| format!("slot {}", row.slot), date);
            let short = format!("{}…", &row.signature[..row.signature.len().min(12)]);
            let amount = row.amount.as_ref().map_or_else(String::new, ToString::to_string);
            shown.add_row([time, row.event, amount, row.details, short]);
        }
        println!("{shown}");
        Ok(())
    }
}

/// The amount of an event, if it is about one, and the rest in words.
fn words(pool: &PoolContext, event: &Event) -> (Option<Amount>, String) {
    let some = |native: i64| Some(pool.amount(native));
    let unsigned = |native: u64| Some(pool.unsigned(native));
    let cash = |native: i64| format!("cash {}", pool.amount(native).tokens);
    match event {
        Event::MarginMoved(e) => (some(e.amount), cash(e.cash)),
        Event::FundingSettled(e) => (some(e.amount), format!("series {}:{}", e.series.slot, e.series.generation)),
        Event::PositionSettled(e) => (some(e.amount), format!("{} points paid out", e.points)),
        Event::LegFilled(e) => {
            let fee = pool.unsigned(e.fee).tokens;
            let series = format!("series {}:{}", e.series.slot, e.series.generation);
            (some(e.premium), format!("{} points of {series}, now {}; fee {fee}", e.points, e.position))
        }
        Event::Traded(e) => (some(e.net), cash(e.cash)),
        Event::Liquidated(e) => (unsigned(e.penalty), format!("penalty; {}", cash(e.cash))),
        Event::SeriesListed(e) => {
            let kind = if e.kind == 0 { "call" } else { "put" };
            (
                None,
                format!(
                    "{} {kind} {} as {}:{}",
                    pool.symbol(e.underlying),
                    e.strike,
                    e.series.slot,
                    e.series.generation
                ),
            )
        }
        Event::LiquidityDeposited(e) => (unsigned(e.amount), format!("{:?} class, {} shares", e.class, e.shares)),
        Event::WithdrawalRequested(e) => {
            (None, format!("{:?} class, ticket {}, {} shares", e.class, e.number, e.shares))
        }
        Event::WithdrawalExecuted(e) => (unsigned(e.amount), format!("{:?} class, ticket {}", e.class, e.number)),
        Event::WithdrawalClaimed(e) => (unsigned(e.amount), format!("{:?} class, ticket {}", e.class, e.number)),
        Event::OrderPlaced(e) => (None, format!("order {}; {}", e.number, cash(e.cash))),
        Event::OrderExecuted(e) => (unsigned(e.tip), "tip".into()),
        Event::OrderCancelled(e) => (unsigned(e.tip), format!("tip; {:?}", e.reason)),
        Event::FeesCollected(e) => (unsigned(e.amount), String::new()),
        Event::ReferralClaimed(e) => (unsigned(e.amount), String::new()),
        _ => (None, String::new()),
    }
}
