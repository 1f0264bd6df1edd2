//! `evergreen series`: the options of pools.

use super::series_id;
use crate::{
    act::Submission,
    context::{Context, PoolContext},
    failure::advised,
    option::{ContractArgs, words},
    output::{self, table},
};
use anyhow::Result;
use clap::{Args, Subcommand};
use evergreen_sdk::{
    client::Filter,
    evergreen::state::{Pool, SeriesId, SeriesStatus},
    instruction as build,
    math::{Points, UnixTime},
    strategy::{Contract, Part, Strategy},
};
use serde::Serialize;

/// What to do.
#[derive(Subcommand)]
pub enum SeriesCommand {
    /// All series of a pool with their open interest; others are listed by the first trade
    List(List),
    /// List a series, so that it can be traded; anyone may
    Add(Add),
    /// Free the slot of a series without open interest; anyone may
    Retire(Retire),
}

/// Which pool.
#[derive(Args)]
pub struct List {
    /// The pool: name, mint or address
    #[arg(long, short, required_unless_present = "all", conflicts_with = "all")]
    pool: Option<String>,
    /// Those of all pools
    #[arg(long)]
    all: bool,
}

/// A series to list.
#[derive(Args)]
pub struct Add {
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
    #[command(flatten)]
    contract: ContractArgs,
}

/// A series to retire.
#[derive(Args)]
pub struct Retire {
    /// Slot and generation, as `evergreen series list` names it: 0:1
    series: String,
    /// The pool: name, mint or address
    #[arg(long, short)]
    pool: String,
}

#[derive(Serialize)]
struct Changed {
    pool: String,
    series: String,
    option: String,
}

#[derive(Serialize)]
struct Row {
    pool: String,
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
    /// Runs it.
    pub async fn run(&self, context: &Context) -> Result<()> {
        match self {
            Self::List(list) => list.run(context).await,
            Self::Add(add) => add.run(context).await,
            Self::Retire(retire) => retire.run(context).await,
        }
    }
}

fn name_of(id: SeriesId) -> String {
    format!("{}:{}", id.slot, id.generation)
}

/// The series of a pool that are in use, with bought and written sizes as people read them.
fn rows_of(pool: &PoolContext) -> Vec<(Row, [String; 2])> {
    let mut rows = Vec::new();
    for (slot, series) in (0u8..).zip(&pool.view.registry.series) {
        let id = SeriesId { slot, generation: series.generation };
        let status = match series.status() {
            SeriesStatus::Free => continue,
            SeriesStatus::Live => "live",
            SeriesStatus::Exercised => "exercised",
        };
        let Some(contract) = Contract::of(&pool.view.registry, id) else { continue };
        let sizes = [series.long_points, series.short_points].map(|points| pool.size(points, series.underlying));
        let row = Row {
            pool: pool.name.clone(),
            series: name_of(id),
            option: words(pool, &contract),
            underlying: pool.symbol(series.underlying),
            kind: if series.kind == 0 { "call" } else { "put" },
            strike: series.strike,
            tenor_seconds: series.tenor,
            status,
            long_points: series.long_points,
            short_points: series.short_points,
        };
        rows.push((row, sizes));
    }
    rows
}

impl List {
    async fn run(&self, context: &Context) -> Result<()> {
        let names: Vec<String> = match &self.pool {
            Some(name) => vec![name.clone()],
            None => {
                let pools = context.client.find::<Pool>(Filter::ALL).await?.value;
                pools.iter().map(|(key, _)| key.to_string()).collect()
            }
        };
        let mut rows = Vec::new();
        for name in &names {
            rows.extend(rows_of(&context.pool(name).await?));
        }
        if self.all {
            // Pools come in no order; slots stay in theirs.
            rows.sort_by(|(a, _), (b, _)| a.pool.cmp(&b.pool));
        }
        if context.global.json {
            let rows: Vec<Row> = rows.into_iter().map(|(row, _)| row).collect();
            return output::print_json(&rows);
        }
        if rows.is_empty() {
            println!("no series is listed; the first trade of an option lists it");
            return Ok(());
        }
        let mut shown = table(["pool", "series", "option", "status", "bought", "written"]);
        for (row, [bought, written]) in rows {
            shown.add_row([row.pool, row.series, row.option, row.status.to_owned(), bought, written]);
        }
        println!("{shown}");
        Ok(())
    }
}

impl Add {
    async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.pool).await?;
        let contract = self.contract.contract(&pool)?;
        let option = words(&pool, &contract);
        if let Some(id) = contract.find(&pool.view.registry) {
            let next = "trade it: evergreen quote buy";
            return Err(advised(format!("the {option} is listed already, as {}", name_of(id)), next));
        }
        // Which slot it gets is found out as for a trade of one point.
        let strategy = Strategy { legs: vec![Part { contract, points: Points(1) }] };
        let now = UnixTime(pool.view.now);
        let resolved = strategy.resolve(&pool.view.registry, &pool.view.underlyings(), now)?;
        let series = resolved.legs.first().map(|leg| name_of(leg.series)).unwrap_or_default();
        let market = &pool.view.markets[usize::from(contract.terms.underlying)];
        let list = build::list_series(pool.keys(), &market.feed, contract.request());
        let what = format!("list the {option} in the pool {}", pool.name);
        let shown = format!("{what}, as series {series}");
        let quote = Changed { pool: pool.name.clone(), series, option };
        Submission { what, shown, quote, instructions: &[list] }.perform(context, &key).await.map(drop)
    }
}

impl Retire {
    async fn run(&self, context: &Context) -> Result<()> {
        let key = context.keypair()?;
        let pool = context.pool(&self.pool).await?;
        let id = series_id(&self.series)?;
        let Some(contract) = Contract::of(&pool.view.registry, id) else {
            let message = format!("there is no series {} in the pool {}", self.series, pool.name);
            return Err(advised(message, "see `evergreen series list`"));
        };
        let option = words(&pool, &contract);
        let retire = build::retire_series(pool.keys(), id);
        let what = format!("retire series {}, the {option}, of the pool {}", name_of(id), pool.name);
        let quote = Changed { pool: pool.name.clone(), series: name_of(id), option };
        Submission { shown: what.clone(), what, quote, instructions: &[retire] }.perform(context, &key).await.map(drop)
    }
}
