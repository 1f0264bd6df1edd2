//! `evergreen series`: the options of a pool.

use crate::{
    context::Context,
    option::words,
    output::{self, table},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use evergreen_sdk::{
    evergreen::state::{SeriesId, SeriesStatus},
    strategy::Contract,
};
use serde::Serialize;

/// What to do.
#[derive(Subcommand)]
pub enum SeriesCommand {
    /// All series of a pool with their open interest; others are listed by the first trade
    List(List),
}

/// Which pool.
#[derive(Args)]
pub struct List {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
}

#[derive(Serialize)]
struct Row {
    series: String,
    option: String,
    underlying: String,
    kind: &'static str,
    strike: u64,
    tenor_seconds: u32,
    status: &'static str,
    long_points: i64,
    short_points: i64,
}

impl SeriesCommand {
    /// Reads and prints.
    pub async fn run(&self, context: &Context) -> Result<()> {
        let Self::List(list) = self;
        let pool = context.pool(&list.pool).await?;
        let mut rows = Vec::new();
        for (slot, series) in (0u8..).zip(&pool.view.book.series) {
            let id = SeriesId { slot, generation: series.generation };
            let status = match series.status() {
                SeriesStatus::Free => continue,
                SeriesStatus::Live => "live",
                SeriesStatus::Exercised => "exercised",
            };
            let Some(contract) = Contract::of(&pool.view.book, id) else { continue };
            rows.push(Row {
                series: format!("{slot}:{}", series.generation),
                option: words(&pool, &contract),
                underlying: pool.symbol(series.underlying),
                kind: if series.kind == 0 { "call" } else { "put" },
                strike: series.strike,
                tenor_seconds: series.tenor,
                status,
                long_points: series.long_points,
                short_points: series.short_points,
            });
        }
        if context.global.json {
            return output::print_json(&rows);
        }
        if rows.is_empty() {
            println!("no series is listed in {}; the first trade of an option lists it", pool.name);
            return Ok(());
        }
        let mut shown = table(["series", "option", "status", "bought", "written"]);
        for row in rows {
            let place = pool.underlying(&row.underlying)?;
            let (long, short) = (pool.size(row.long_points, place), pool.size(row.short_points, place));
            shown.add_row([row.series, row.option, row.status.to_owned(), long, short]);
        }
        println!("{shown}");
        Ok(())
    }
}
