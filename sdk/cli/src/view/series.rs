//! Series of pools, and those that are listed or retired.

use crate::{
    act::Submission,
    context::{PoolContext, series_name},
    output::table,
    plan::series::SeriesPlan,
};
use evergreen_sdk::{
    evergreen::state::{SeriesId, SeriesStatus},
    strategy::Contract,
};
use serde::Serialize;

#[derive(Serialize)]
struct Changed {
    pool: String,
    series: String,
    option: String,
}

/// A series that is in use.
#[derive(Serialize)]
pub struct Row {
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
    #[serde(skip)]
    bought: String,
    #[serde(skip)]
    written: String,
}

/// The series of a pool that are in use, with bought and written sizes as people read them.
fn rows_of(pool: &PoolContext) -> Vec<Row> {
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
        let [bought, written] = sizes;
        let row = Row {
            pool: pool.name.clone(),
            series: series_name(id),
            option: pool.words(&contract),
            underlying: pool.symbol(series.underlying),
            kind: if series.kind == 0 { "call" } else { "put" },
            strike: series.strike,
            tenor_seconds: series.tenor,
            status,
            long_points: series.long_points,
            short_points: series.short_points,
            bought,
            written,
        };
        rows.push(row);
    }
    rows
}

/// The series of pools that are in use: pools by name, slots in their order.
pub fn rows(pools: &[PoolContext]) -> Vec<Row> {
    let mut rows: Vec<Row> = pools.iter().flat_map(rows_of).collect();
    rows.sort_by(|a, b| a.pool.cmp(&b.pool));
    rows
}

/// The text for people.
pub fn text(rows: &[Row]) -> String {
    if rows.is_empty() {
        return "no series is listed; the first trade of an option lists it".into();
    }
    let mut shown = table(["pool", "series", "option", "status", "bought", "written"]);
    for row in rows {
        let [pool, series, option] = [&row.pool, &row.series, &row.option].map(Clone::clone);
        shown.add_row([pool, series, option, row.status.to_owned(), row.bought.clone(), row.written.clone()]);
    }
    shown.to_string()
}

/// A series that is listed.
pub fn add(plan: &SeriesPlan) -> Submission<'_, impl Serialize> {
    let quote = changed(plan);
    let what = format!("list the {} in the pool {}", quote.option, quote.pool);
    let shown = format!("{what}, as series {}", quote.series);
    Submission { what, shown, quote, instructions: &plan.instructions }
}

/// A series that is retired.
pub fn retire(plan: &SeriesPlan) -> Submission<'_, impl Serialize> {
    let quote = changed(plan);
    let what = format!("retire series {}, the {}, of the pool {}", quote.series, quote.option, quote.pool);
    Submission { shown: what.clone(), what, quote, instructions: &plan.instructions }
}

/// A report that nobody samples the underlying of a series.
pub fn silent(plan: &SeriesPlan) -> Submission<'_, impl Serialize> {
    let symbol = plan.pool.symbol(plan.contract.terms.underlying);
    let what = format!("report that nobody has sampled {symbol} for a day; seven days later its series can be ended");
    Submission { shown: what.clone(), what, quote: changed(plan), instructions: &plan.instructions }
}

/// A series that is ended.
pub fn end(plan: &SeriesPlan) -> Submission<'_, impl Serialize> {
    let quote = changed(plan);
    let what = format!("end series {}, the {}, of the pool {}", quote.series, quote.option, quote.pool);
    Submission {
        shown: format!("{what}, at its value at the last sample"),
        what,
        quote,
        instructions: &plan.instructions,
    }
}

fn changed(plan: &SeriesPlan) -> Changed {
    Changed {
        pool: plan.pool.name.clone(),
        series: plan.id.map(series_name).unwrap_or_default(),
        option: plan.pool.words(&plan.contract),
    }
}
