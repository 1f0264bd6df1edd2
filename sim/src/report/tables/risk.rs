//! Tables of models, events, insurance, quotes and strategies.

use super::{percent, plus_minus, table, tenth};
use crate::report::history::HistoryRow;
use crate::report::{Report, fair, insurance, monte_carlo, smile, stress};
use crate::search::FoundStrategy;
use crate::statistics::Findings;
use crate::strategies::Edge;

pub fn models(report: &Report) -> String {
    let cells = |row: &monte_carlo::MonteCarloRow| {
        let [caps, gain] = row.writers;
        vec![
            row.model.clone(),
            row.flow.clone(),
            format!("{:.0} %", 100.0 * row.utilisation),
            row.runs.to_string(),
            format!("{} ({} to {})", percent(row.mean), percent(row.interval[0]), percent(row.interval[1])),
            format!("{:.0} %", 100.0 * row.deviation),
            percent(row.worst_hundredth),
            percent(row.edge),
            if caps == 0.0 { "-".to_owned() } else { format!("{:.0} %: {}", 100.0 * caps, tenth(gain)) },
            row.failed_payouts.to_string(),
        ]
    };
    let heading = [
        "a year of",
        "flow",
        "utilised",
        "runs",
        "mean (95 %)",
        "deviation",
        "worst 1 %",
        "buyers' edge",
        "covered writers: caps, gain of first capital",
        "failed payouts",
    ];
    table(&heading, report.monte_carlo.iter().map(cells).collect())
}

/// A change with its interval.
fn change([mean, half]: stress::StressChange) -> String {
    plus_minus(mean, half)
}

pub fn events(report: &Report) -> String {
    let cells = |row: &stress::StressRow| {
        vec![
            row.event.clone(),
            row.flow.clone(),
            change(row.pool),
            tenth(row.pool_worst),
            change(row.buyers),
            change(row.writers),
            change(row.arbitrageurs),
            format!("{} ({})", change(row.insurance), tenth(row.insurance_worst)),
            change(row.protocol),
        ]
    };
    let heading = [
        "event",
        "flow",
        "main class",
        "worst run",
        "buyers",
        "covered writers",
        "arbitrageurs",
        "insurance (worst run)",
        "protocol",
    ];
    table(&heading, report.stress.iter().map(cells).collect())
}

pub fn strategies(report: &Report) -> String {
    let gaining: Vec<_> = report.strategies.iter().filter(|edge| edge.interval[0] > 0.0).collect();
    let cells = |edge: &&Edge| {
        vec![
            format!("{} {}", edge.period, edge.asset),
            edge.name.clone(),
            tenth(edge.mean),
            format!("{:+.1} to {:+.1} %", 100.0 * edge.interval[0], 100.0 * edge.interval[1]),
            edge.positions.to_string(),
            report.findings.word(edge.luck).to_owned(),
        ]
    };
    let heading = ["history", "strategy", "mean edge", "interval", "positions", "found among all"];
    let found = findings(&report.findings);
    format!("{found}\n\n{}", table(&heading, gaining.iter().map(cells).collect()))
}

/// What is left of many tests.
fn findings(found: &Findings) -> String {
    format!(
        "{} of {} gain significantly at 95 % each on its own, of which {:.1} are to be expected of luck. All looked at together {} remain where one in twenty \
         findings may be luck (Benjamini and Hochberg), and {} where any may be in one case of twenty (Bonferroni).",
        found.alone,
        found.tests,
        0.025 * found.tests as f64,
        found.most_true,
        found.all_true
    )
}

pub fn searched(report: &Report) -> String {
    let cells = |found: &FoundStrategy| {
        let of =
            |edge: &Edge| format!("{} ({} to {})", tenth(edge.mean), tenth(edge.interval[0]), tenth(edge.interval[1]));
        let word = report.searched_findings.word(found.judged.luck);
        vec![
            format!("{} {}", found.fitted.period, found.fitted.asset),
            found.fitted.name.clone(),
            of(&found.fitted),
            of(&found.judged),
            word.to_owned(),
        ]
    };
    let heading = ["history", "strategy", "first half", "second half", "found among all"];
    let found = findings(&report.searched_findings);
    format!("{found}\n\n{}", table(&heading, report.searched.iter().map(cells).collect()))
}

pub fn insurance(report: &Report) -> String {
    let cells = |row: &insurance::InsuranceRow| {
        vec![
            row.asset.clone(),
            row.path.clone(),
            row.runs.to_string(),
            format!("{} / {}", row.liquidations[0], row.liquidations[1]),
            row.with_bad_debt.to_string(),
            format!("{} (at most {:.3} %)", row.exceeded, 100.0 * row.exceeded_at_most),
            format!("{:.3} % / {:.2} % / {:.2} %", 100.0 * row.bad_debt[0], 100.0 * row.tail, 100.0 * row.bad_debt[1]),
        ]
    };
    let heading = [
        "asset",
        "path",
        "runs",
        "liquidations / with bad debt",
        "runs with bad debt",
        "beyond insurance (95 %)",
        "bad debt of main liquidity: mean / one run in 1,000 / largest",
    ];
    table(&heading, report.insurance.iter().map(cells).collect())
}

/// The bound that very many runs show, in a sentence for each underlying.
pub fn tails(report: &Report) -> String {
    let many = report.insurance.iter().filter(|row| row.path.starts_with(insurance::IN_TURN));
    let sentence = |row: &insurance::InsuranceRow| {
        format!(
            "{}: insurance was exceeded in {} of {} years, which is at most one in {:.0} (95 %). The largest bad debt was {:.1} % of main liquidity, that of one year in 1,000 {:.1} %.\n",
            row.asset,
            row.exceeded,
            row.runs,
            1.0 / row.exceeded_at_most,
            100.0 * row.bad_debt[1],
            100.0 * row.tail
        )
    };
    many.map(sentence).collect::<Vec<_>>().join("\n")
}

/// What holders lose by strike, with the smile and without.
pub fn smile(report: &Report) -> String {
    let cells = |row: &smile::SmileRow| {
        let kind = if row.call { "calls" } else { "puts" };
        let mut cells = vec![format!("{} {}", row.period, row.asset), format!("{:.0}", row.days), kind.to_owned()];
        cells.extend(row.with.iter().zip(&row.without).map(|([with, half], [without, same])| {
            let gain = |gain: &f64, half: &f64| format!("{:+.0} ± {:.0}", 100.0 * gain, 100.0 * half);
            format!("{}, {} %", gain(with, half), gain(without, same))
        }));
        cells
    };
    let out = smile::OUT.map(|out| format!("{:.0} % out: with, without", 100.0 * out));
    let heading: Vec<&str> = ["history", "days", ""].into_iter().chain(out.iter().map(String::as_str)).collect();
    table(&heading, report.smile.iter().map(cells).collect())
}

/// What time costs, by tenor, and what a round trip does.
pub fn fair(report: &Report) -> String {
    let cells = |row: &fair::FairRow| {
        let [mean, median, most] = row.round_trip.map(|cost| format!("{:.1} %", 100.0 * cost));
        vec![
            format!("{} {}", row.period, row.asset),
            format!("{:.0}", row.days),
            format!("{:.2} ({:.2} to {:.2})", row.paid, row.interval[0], row.interval[1]),
            format!("{:.3}", row.ask),
            format!("{:.3}", row.bid),
            format!("{mean} / {median} / {most}"),
            format!("{:.0} %", 100.0 * row.within),
        ]
    };
    let heading = [
        "history",
        "days",
        "funding over what moves made fair (95 %)",
        "mean ask over mark",
        "mean bid over mark",
        "round trip of a call at the money, of the premium: mean / median / exceeded in a tenth of the time",
        "time in which it is at most 6 %",
    ];
    table(&heading, report.fair.iter().map(cells).collect())
}

/// What buyers lose, in parts that add up.
pub fn loss(rows: &[HistoryRow]) -> String {
    let cells = |row: &HistoryRow| {
        let loss = &row.loss;
        let half = 0.5 * (row.edge_interval[1] - row.edge_interval[0]);
        let parts = [[-row.edge, half], loss.fees, loss.spread, loss.quotes, loss.carry, loss.time];
        let parts = parts.map(|[mean, half]| format!("{:.1} ± {:.1} %", 100.0 * mean, 100.0 * half));
        let names = [
            format!("{} {}", row.period, row.asset),
            row.flow.clone(),
            if row.arbitrageurs { "yes" } else { "no" }.to_owned(),
        ];
        names.into_iter().chain(parts).collect()
    };
    let heading = [
        "history",
        "flow",
        "arbitrageurs",
        "loss",
        "fees",
        "spread",
        "ask and bid",
        "carry",
        "the rest: time over moves",
    ];
    table(&heading, rows.iter().map(cells).collect())
}
