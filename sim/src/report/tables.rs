//! Tables of a document, written by the command between markers.
//!
//! A table stands between `<!-- report NAME FINGERPRINT -->` and `<!-- end -->`, each alone in its line; the fingerprint is that of the parameters of which
//! its figures were made.

use anyhow::{Result, bail};

mod risk;

use super::Report;
use super::history::HistoryRow;
use crate::pool::Limit;

const BEGIN: &str = "<!-- report ";
const END: &str = "<!-- end -->";

/// Returns the document with its tables written anew.
///
/// # Errors
/// For a table without end, or one whose name nobody knows.
pub fn write(document: &str, report: &Report) -> Result<String> {
    let mut written = String::new();
    let mut lines = document.lines();
    while let Some(line) = lines.next() {
        written.push_str(line);
        written.push('\n');
        let Some((name, _)) = marker(line) else { continue };
        written.truncate(written.len() - line.len() - 1);
        written.push_str(&format!("{BEGIN}{name} {} -->\n\n{}\n{END}\n", report.fingerprint, of(report, name)?));
        if !lines.by_ref().any(|line| line == END) {
            bail!("the table {name} has no end");
        }
    }
    Ok(written)
}

/// Returns names and fingerprints of the tables of a document.
pub fn fingerprints(document: &str) -> Vec<(&str, &str)> {
    document.lines().filter_map(marker).collect()
}

fn marker(line: &str) -> Option<(&str, &str)> {
    line.strip_prefix(BEGIN)?.strip_suffix(" -->")?.split_once(' ')
}

fn of(report: &Report, table: &str) -> Result<String> {
    Ok(match table {
        "history" => history(&report.history),
        "comparison" => comparison(&report.comparison),
        "effects" => effects(&report.effects),
        "models" => risk::models(report),
        "events" => risk::events(report),
        "strategies" => risk::strategies(report),
        "searched" => risk::searched(report),
        "smile" => risk::smile(report),
        "insurance" => risk::insurance(report),
        "summary" => summary(report),
        "parts" => parts(&report.history),
        "quanto" => quanto(report),
        "informed" => informed(report),
        "fair" => risk::fair(report),
        "loss" => risk::loss(&report.history),
        "demand" => demand(&report.effects),
        "tails" => risk::tails(report),
        "change" => change(report),
        _ => bail!("there is no table `{table}`"),
    })
}

fn percent(x: f64) -> String {
    format!("{:+.0} %", 100.0 * x)
}

fn tenth(x: f64) -> String {
    format!("{:+.1} %", 100.0 * x)
}

/// A mean with half of its interval.
fn plus_minus(mean: f64, half: f64) -> String {
    format!("{:+.1} ± {:.1} %", 100.0 * mean, 100.0 * half)
}

fn table(heading: &[&str], rows: Vec<Vec<String>>) -> String {
    let line = |cells: &[String]| format!("| {} |\n", cells.join(" | "));
    let heading: Vec<String> = heading.iter().map(|&cell| cell.to_owned()).collect();
    let rule: Vec<String> = heading.iter().map(|_| "---".to_owned()).collect();
    [heading, rule].iter().chain(&rows).map(|row| line(row)).collect()
}

fn history(rows: &[HistoryRow]) -> String {
    let cells = |row: &HistoryRow| {
        let years: Vec<String> =
            row.years.iter().map(|(year, change)| format!("{year} {}", percent(*change))).collect();
        let half = 0.5 * (row.edge_interval[1] - row.edge_interval[0]);
        vec![
            format!("{} {}", row.period, row.asset),
            row.flow.clone(),
            if row.arbitrageurs { "yes" } else { "no" }.to_owned(),
            format!("x {:.2} ({:.2} to {:.2})", row.total, row.total_interval[0], row.total_interval[1]),
            between(percent(row.worst_year), row.worst_year_interval),
            percent(row.worst_month),
            between(percent(-row.drawdown), row.drawdown_interval.map(|fall| -fall)),
            format!("{:+.0} ± {:.0} %", 100.0 * row.edge, 100.0 * half),
            years.join(", "),
        ]
    };
    let heading = [
        "history",
        "flow",
        "arbitrageurs",
        "total",
        "worst year",
        "worst month",
        "largest fall",
        "buyers' edge",
        "years",
    ];
    table(&heading, rows.iter().map(cells).collect())
}

fn between(text: String, interval: [f64; 2]) -> String {
    let [low, high] = interval.map(percent);
    format!("{text} ({low} to {high})")
}

/// What a share earns a year, in parts.
fn parts(rows: &[HistoryRow]) -> String {
    let cells = |row: &HistoryRow| {
        let parts = &row.parts;
        let numbers = [parts.funding, parts.carry, parts.fees, parts.options, parts.all(), parts.payoffs, parts.jumps];
        let names = [
            format!("{} {}", row.period, row.asset),
            row.flow.clone(),
            if row.arbitrageurs { "yes" } else { "no" }.to_owned(),
        ];
        names.into_iter().chain(numbers.map(percent)).collect()
    };
    let heading = [
        "history",
        "flow",
        "arbitrageurs",
        "funding",
        "carry",
        "fees",
        "options",
        "all",
        "exercises paid",
        "in half-hours of jumps",
    ];
    table(&heading, rows.iter().map(cells).collect())
}

fn quanto(report: &Report) -> String {
    let cells = |row: &super::monte_carlo::Quanto| {
        let of: Vec<String> = row.of_premium.iter().map(|x| format!("{:.1} %", 100.0 * x)).collect();
        vec![
            row.asset.clone(),
            format!("{:.2}", row.correlation),
            format!("{:.0} %, {:.0} %", 100.0 * row.volatility, 100.0 * row.stock_volatility),
            format!("{} ({} to {})", row.base_bps, row.base_interval_bps[0], row.base_interval_bps[1]),
            of.join(", "),
        ]
    };
    let heading = [
        "underlying",
        "correlation",
        "volatility of it, of the stock",
        "`carry_base_bps` (95 %)",
        "worth of an at-the-money premium in half a tenor of 1, 7, 30 days",
    ];
    table(&heading, report.quanto.iter().map(cells).collect())
}

/// The first history only.
fn comparison(rows: &[HistoryRow]) -> String {
    let first = |row: &&HistoryRow| (&row.asset, &row.period) == (&rows[0].asset, &rows[0].period);
    let mut names: Vec<&str> = Vec::new();
    for row in rows {
        if !names.contains(&row.rule.as_str()) {
            names.push(&row.rule);
        }
    }
    let cells = |name: &&str| {
        let mut cells = vec![name.replace("|x|", "size of x")];
        for flow in ["calls", "balanced"] {
            let both = [true, false].map(|with| {
                let found = |row: &&HistoryRow| row.rule == *name && row.flow == flow && row.arbitrageurs == with;
                rows.iter().filter(first).find(found)
            });
            let pair = |of: &dyn Fn(&HistoryRow) -> String| both.map(|row| row.map_or("-".to_owned(), of)).join(" / ");
            cells.push(pair(&|row| format!("x {:.1}", row.total)));
            if flow == "calls" {
                cells.push(pair(&|row| percent(row.worst_year)));
            }
            cells.push(pair(&|row| percent(row.edge)));
            cells.push(pair(&|row| percent(row.utilisation)));
        }
        cells
    };
    let heading = ["rule", "calls: total", "worst year", "edge", "utilised", "balanced: total", "edge", "utilised"];
    table(&heading, names.iter().map(cells).collect())
}

fn effects(rows: &[HistoryRow]) -> String {
    let cells = |row: &HistoryRow| {
        vec![
            format!("{} {}", row.period, row.asset),
            row.rule.replace("|x|", "size of x"),
            format!("x {:.1} ({:.1} to {:.1})", row.total, row.total_interval[0], row.total_interval[1]),
            percent(row.worst_year),
            percent(-row.drawdown),
            format!("{:+.0} ± {:.0} %", 100.0 * row.edge, 50.0 * (row.edge_interval[1] - row.edge_interval[0])),
            percent(row.utilisation),
            limits(row.refused.volume),
            limits(row.refused.days),
            percent(row.arbitrage),
        ]
    };
    let heading = [
        "history",
        "change",
        "total",
        "worst year",
        "largest fall",
        "buyers' edge",
        "utilised",
        "refused by capacity / direction / growth",
        "on days",
        "arbitrageurs gain a year",
    ];
    table(&heading, rows.iter().map(cells).collect())
}

/// Shares by limit.
fn limits(shares: [f64; Limit::ALL.len()]) -> String {
    format!("{} %", shares.map(|share| format!("{:.1}", 100.0 * share)).join(" / "))
}

fn summary(report: &Report) -> String {
    let failed: u32 = report.history.iter().map(|row| row.failed_payouts).sum::<u32>()
        + report.monte_carlo.iter().map(|row| row.failed_payouts).sum::<u32>();
    let of_history: u64 = report.history.iter().map(|row| row.runs).sum();
    let years: f64 = report.history.iter().map(|row| row.market_years).sum();
    let of_models: u64 = report.monte_carlo.iter().map(|row| row.runs).sum();
    let of_writers: u64 = report.insurance.iter().map(|row| row.runs).sum();
    format!(
        "{failed} payments failed. {of_history} runs of history ({years:.0} market-years), {of_models} of models, {of_writers} of writers: {:.0} market-years in {:.0} s of processors, {:.0} a minute on two free cores.\n",
        report.market_years,
        report.processor_seconds.unwrap_or(report.seconds),
        report.years_a_minute()
    )
}

/// What who buys after a change of the volatility gains.
fn change(report: &Report) -> String {
    let cells = |row: &super::change::ChangeRow| {
        let gains = row.gained.iter().zip(row.half);
        let gains = gains.map(|(gained, half)| format!("{:+.0} ± {:.0} %", 100.0 * gained, 100.0 * half));
        [format!("x {}", row.multiple), format!("{:.0}", row.days)].into_iter().chain(gains).collect()
    };
    let heading = ["volatility", "days", "bought the day after", "on the next three days", "in the week after"];
    table(&heading, report.change.iter().map(cells).collect())
}

/// What whoever knows takes, by the limit of growth.
fn informed(report: &Report) -> String {
    let cells = |row: &super::informed::InformedRow| {
        vec![
            row.event.clone(),
            if row.growth_limit >= 1.0 { "none".to_owned() } else { format!("{:.0} %", 100.0 * row.growth_limit) },
            plus_minus(row.taken[0], row.half[0]),
            plus_minus(row.taken[1], row.half[1]),
            plus_minus(row.taken[2], row.half[2]),
            tenth(row.largest),
        ]
    };
    let heading =
        ["event", "limit of growth", "within half an hour", "an hour", "three hours", "worst run, three hours"];
    table(&heading, report.informed.iter().map(cells).collect())
}

/// What of the effects is of buyers who look at more or at less.
fn demand(rows: &[HistoryRow]) -> String {
    let cells = |row: &HistoryRow| {
        vec![
            format!("{} {}", row.period, row.asset),
            row.rule.clone(),
            percent(row.utilisation),
            format!("x {:.1} ({:.1} to {:.1})", row.total, row.total_interval[0], row.total_interval[1]),
            percent(row.worst_year),
            percent(-row.drawdown),
            percent(row.edge),
        ]
    };
    let is_of_demand = |row: &&HistoryRow| {
        row.rule == "as it is" || ["buyers who look", "demand that"].iter().any(|begin| row.rule.starts_with(begin))
    };
    let heading = ["history", "buyers", "utilised", "total", "worst year", "largest fall", "buyers' edge"];
    table(&heading, rows.iter().filter(is_of_demand).map(cells).collect())
}
