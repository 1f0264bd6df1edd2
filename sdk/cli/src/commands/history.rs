//! `evergreen history`: what has happened to a margin account or a pool, and what happens.

mod words;

use crate::{
    act::event_name,
    amount::{Amount, seconds},
    context::{Context, PoolContext},
    interrupts::Interrupts,
    output::{self, date, table},
};
use anyhow::Result;
use clap::Args;
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{EventHistory, EventStream, Signature, Transaction},
};
use serde::Serialize;
use std::{collections::VecDeque, io::Write, time::Duration};

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
    /// Only what is younger than this: 7d, 12h
    #[arg(long, value_parser = seconds, value_name = "SPAN")]
    since: Option<u32>,
    /// Then go on with what happens, each once and in order, until Ctrl-C
    #[arg(long, short)]
    follow: bool,
}

/// How often a network without websocket is asked for what is new.
const INTERVAL: Duration = Duration::from_secs(1);
/// Signatures of a page: most questions are answered by one.
const PAGE: usize = 100;

/// An event.
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

impl Row {
    /// The events of a transaction, in order. One whose log was cut off says so in a last row.
    fn of(pool: &PoolContext, transaction: &Transaction) -> Vec<Self> {
        let row = |event: String, (amount, details): (Option<Amount>, String)| Self {
            time: transaction.block_time,
            slot: transaction.slot,
            signature: transaction.signature.to_string(),
            event,
            amount,
            details,
        };
        let mut rows: Vec<Self> =
            transaction.events.iter().map(|event| row(event_name(event), words::of(pool, event))).collect();
        if transaction.truncated {
            let details = "the network cut this transaction's log off: what it did after this is not known from it";
            rows.push(row("LogTruncated".into(), (None, details.into())));
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
}

impl History {
    /// Reads and prints, the oldest first.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let pool = context.pool(&self.pool).await?;
        let address =
            if self.whole { pool.keys().pool } else { pool.account_key(&context.owner(self.owner)?, self.account) };
        let bar = output::progress("reading transactions");
        let read = self.read(context, &pool, address).await;
        bar.finish_and_clear();
        let (rows, position) = read?;
        if self.follow {
            return follow(context, &pool, address, rows, position).await;
        }
        if context.global.json {
            return output::print_json(&rows);
        }
        if rows.is_empty() {
            println!("nothing has happened to {address} that this network remembers");
            return Ok(());
        }
        let mut shown = table(["time", "event", "amount", "details", "transaction"]);
        for row in rows {
            let (when, amount, short) = (row.when(), row.amount_words(), row.short_signature());
            shown.add_row([when, row.event, amount, row.details, short]);
        }
        println!("{shown}");
        Ok(())
    }

    /// The newest events, as many as are asked for, and the transaction after which there were none: reads no further back than
    /// that takes.
    async fn read(
        &self,
        context: &Context,
        pool: &PoolContext,
        address: Pubkey,
    ) -> Result<(VecDeque<Row>, Option<Signature>)> {
        let past = || EventHistory::new(context.client.clone(), address);
        loop {
            let mut young = past().pages_of(PAGE.min(self.limit.max(1)));
            if let Some(since) = self.since {
                young = young.since(pool.view.now.saturating_sub(since.into()));
            }
            let (mut rows, mut newest) = (VecDeque::new(), None);
            // Where to follow from is wanted even when nothing is to be shown.
            while rows.len() < self.limit || newest.is_none() {
                let Some(transaction) = young.next().await? else { break };
                for row in Row::of(pool, &transaction).into_iter().rev() {
                    rows.push_front(row);
                }
                newest = newest.or(Some(transaction.signature));
            }
            rows.drain(..rows.len().saturating_sub(self.limit));
            if newest.is_some() || !self.follow {
                return Ok((rows, newest));
            }
            // Nothing is young enough: what comes is followed from the newest of all. If that is young, it has come just now.
            let newest = past().pages_of(1).next().await?;
            let since = pool.view.now.saturating_sub(self.since.unwrap_or(u32::MAX).into());
            if newest.as_ref().is_none_or(|newest| newest.block_time.is_some_and(|time| time < since)) {
                return Ok((rows, newest.map(|newest| newest.signature)));
            }
        }
    }
}

/// Prints what there is and then what comes, from the transaction after a position on: a line an event, until Ctrl-C or until
/// nobody reads any more.
async fn follow(
    context: &Context,
    pool: &PoolContext,
    address: Pubkey,
    rows: VecDeque<Row>,
    position: Option<Signature>,
) -> Result<()> {
    let print = |row: &Row| -> std::io::Result<()> {
        let mut out = std::io::stdout().lock();
        if context.global.json {
            writeln!(out, "{}", serde_json::to_string(row)?)?;
        } else {
            let words: Vec<String> =
                [row.when(), row.event.clone(), row.amount_words(), row.details.clone(), row.short_signature()]
                    .into_iter()
                    .filter(|word| !word.is_empty())
                    .collect();
            writeln!(out, "{}", words.join("  "))?;
        }
        out.flush()
    };
    for row in &rows {
        if print(row).is_err() {
            return Ok(());
        }
    }
    // Listens from here on: a Ctrl-C that comes while an event is printed is not lost.
    let mut interrupts = Interrupts::listen()?;
    // The websocket only wakes the stream; without one it asks at its interval.
    let stream = EventStream::new(context.client.clone(), address, position).every(INTERVAL);
    let mut stream = stream.wake_by(&context.ws_url()?);
    loop {
        let transaction = tokio::select! {
            next = stream.next() => next?,
            () = interrupts.next() => return Ok(()),
        };
        for row in Row::of(pool, &transaction) {
            if print(&row).is_err() {
                return Ok(());
            }
        }
    }
}
