//! The report as one file that needs nothing else.

use std::fmt::Write;

use super::history::HistoryRow;
use super::{Report, smile};

const STYLE: &str = "body{font:15px/1.5 system-ui,sans-serif;max-width:70em;margin:2em auto;padding:0 1em;color:#222}\
table{border-collapse:collapse;margin:1em 0;font-size:13px}td,th{border-bottom:1px solid #ddd;padding:.2em .6em;text-align:right}\
td:first-child,th:first-child{text-align:left}h2{margin-top:2em}svg{background:#fafafa;border:1px solid #ddd}.bad{color:#b00020}";
const COLOURS: [&str; 8] = ["#1f77b4", "#d62728", "#2ca02c", "#9467bd", "#8ec0e8", "#f0a0a0", "#a0dca0", "#cbb7e0"];

/// Returns the page.
pub fn page(report: &Report) -> String {
    let mut page = String::new();
    let _ = write!(
        page,
        "<!doctype html><meta charset=utf-8><title>Evergreen: does liquidity earn?</title><style>{STYLE}</style>\
         <h1>Does liquidity earn, and are options fairly priced?</h1><p>DirectionRule: {}. {:.0} market-years in {:.0} s.</p>",
        report.rule, report.market_years, report.seconds
    );
    page.push_str("<h2>History</h2><p>Value of a share of liquidity over time, on a logarithmic scale: pale without arbitrageurs.</p>");
    for rows in report.history.chunk_by(|a, b| (&a.asset, &a.period) == (&b.asset, &b.period)) {
        let rows: Vec<&HistoryRow> = rows.iter().collect();
        let _ = write!(page, "<h3>{} {}</h3>{}", rows[0].period, rows[0].asset, curves(&rows));
    }
    page.push_str(&rows(&report.history, false));
    page.push_str("<h2>What liquidity earns, in parts</h2><p>A year of a share, as sums of shares of its value half-hour by half-hour; of the options, what exercises paid and what half-hours of jumps brought.</p>");
    page.push_str(&parts(&report.history));
    page.push_str("<h2>What buyers lose</h2><p>Of their premium, direction left out, in parts that add up, with 95 % intervals of months.</p>");
    page.push_str(&losses(&report.history));
    page.push_str("<h2>Rules for direction</h2><p>The same buyers under each candidate.</p>");
    page.push_str(&rows(&report.comparison, true));
    page.push_str("<h2>Effects of parameters</h2><p>Call buyers, one parameter changed.</p>");
    page.push_str(&rows(&report.effects, true));
    page.push_str("<h2>Models</h2><p>A year without drift, with arbitrageurs, keepers that are late or absent, and liquidity that comes and goes.</p>");
    page.push_str("<table><tr><th>model<th>flow<th>utilised<th>mean<th>95 %<th>deviation<th>worst 1 %<th>edge of buyers<th>failed payouts");
    for row in &report.monte_carlo {
        let _ = write!(
            page,
            "<tr><td>{}<td>{}<td>{}<td>{}<td>{} to {}<td>{}<td>{}<td>{}<td>{}",
            row.model,
            row.flow,
            percent(row.utilisation),
            percent(row.mean),
            percent(row.interval[0]),
            percent(row.interval[1]),
            percent(row.deviation),
            percent(row.worst_hundredth),
            percent(row.edge),
            row.failed_payouts
        );
    }
    page.push_str("</table><h2>Events</h2><p>What each changes for whom, against the same market without it: the main class by its share, all others in parts of the first capital, with 95 % intervals.</p>");
    page.push_str("<table><tr><th>event<th>flow<th>main class<th>worst run<th>buyers<th>covered writers<th>arbitrageurs<th>insurance<th>worst run<th>protocol<th>failed payouts");
    for row in &report.stress {
        let _ = write!(
            page,
            "<tr><td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{}",
            row.event,
            row.flow,
            within(row.pool),
            percent(row.pool_worst),
            within(row.buyers),
            within(row.writers),
            within(row.arbitrageurs),
            within(row.insurance),
            percent(row.insurance_worst),
            within(row.protocol),
            row.failed_payouts
        );
    }
    page.push_str("</table><h2>Whoever knows</h2><p>What they take of the capital who know at once that the volatility has changed, by the limit of growth and the time for which they buy.</p>");
    page.push_str("<table><tr><th>event<th>limit of growth<th>half an hour<th>an hour<th>three hours<th>worst run");
    for row in &report.informed {
        let [half, hour, three] = [0, 1, 2].map(|place| within([row.taken[place], row.half[place]]));
        let _ = write!(
            page,
            "<tr><td>{}<td>{}<td>{half}<td>{hour}<td>{three}<td>{}",
            row.event,
            percent(row.growth_limit),
            percent(row.largest)
        );
    }
    page.push_str("</table><h2>What time costs</h2><p>Funding at the money over what the moves of the history made fair, and the mean ask and bid over the mark, by tenor.</p>");
    page.push_str("<table><tr><th>history<th>days<th>paid over fair<th>95 %<th>ask<th>bid<th>round trip: mean<th>median<th>exceeded in a tenth of the time<th>time at most 6 %");
    for row in &report.fair {
        let [low, high] = row.interval;
        let [mean, median, most] = row.round_trip.map(percent);
        let _ = write!(
            page,
            "<tr><td>{} {}<td>{:.0}<td>{:.2}<td>{low:.2} to {high:.2}<td>{:.3}<td>{:.3}<td>{mean}<td>{median}<td>{most}<td>{}",
            row.period,
            row.asset,
            row.days,
            row.paid,
            row.ask,
            row.bid,
            percent(row.within)
        );
    }
    page.push_str("</table><h2>The smile</h2><p>What buyers of options gain of their premium without fees and spread, held for half a tenor, with the smile and with one volatility for all strikes.</p>");
    page.push_str("<table><tr><th>history<th>days<th>kind");
    for out in smile::OUT {
        let _ = write!(page, "<th>{:.0} % out: with<th>without", 100.0 * out);
    }
    for row in &report.smile {
        let kind = if row.call { "calls" } else { "puts" };
        let _ = write!(page, "<tr><td>{} {}<td>{:.0}<td>{kind}", row.period, row.asset, row.days);
        for (with, without) in row.with.iter().zip(&row.without) {
            let _ = write!(page, "<td>{}<td>{}", within(*with), within(*without));
        }
    }
    page.push_str("</table><h2>A volatility that changes for good</h2><p>What buyers of straddles gain of their premium on the days after, held for half a tenor.</p>");
    page.push_str("<table><tr><th>volatility<th>days<th>the day after<th>the next three<th>the week after");
    for row in &report.change {
        let [first, next, week] = [0, 1, 2].map(|place| within([row.gained[place], row.half[place]]));
        let _ = write!(page, "<tr><td>x {}<td>{:.0}<td>{first}<td>{next}<td>{week}", row.multiple, row.days);
    }
    page.push_str("</table><h2>Strategies</h2><p>Mean gain of premium with its 95 % interval, hedged once at opening; red where it is significantly positive.</p>");
    page.push_str(&intervals(report));
    page.push_str(&searched(report));
    page.push_str(&insurance(report));
    if !report.quanto.is_empty() {
        page.push_str("<h2>Correlation with the stock</h2><p>The drift of the underlying in the token's measure, with its 95 % interval of months, and what it is worth of a premium at the money in half a tenor.</p><table><tr><th>asset<th>correlation<th>drift a year<th>95 %<th>of premium, by tenor");
        for row in &report.quanto {
            let of: Vec<String> = row.of_premium.iter().map(|x| percent(*x)).collect();
            let _ = write!(
                page,
                "<tr><td>{}<td>{:.2}<td>{}<td>{} to {}<td>{}",
                row.asset,
                row.correlation,
                percent(row.drift),
                percent(row.drift_interval[0]),
                percent(row.drift_interval[1]),
                of.join(", ")
            );
        }
        page.push_str("</table>");
    }
    page
}

fn searched(report: &Report) -> String {
    let mut part = String::from(
        "<h2>Searched strategies</h2><p>The best that a search found on the first half of a history, and what they gained on the second.</p>\
         <table><tr><th>history<th>strategy<th>first half<th>95 %<th>second half<th>95 %<th>among all",
    );
    for found in &report.searched {
        let (fitted, judged) = (&found.fitted, &found.judged);
        let interval =
            |edge: &crate::strategies::Edge| format!("{} to {}", percent(edge.interval[0]), percent(edge.interval[1]));
        let _ = write!(
            part,
            "<tr><td>{} {}<td>{}<td>{}<td>{}<td{}>{}<td>{}<td>{}",
            fitted.period,
            fitted.asset,
            fitted.name,
            percent(fitted.mean),
            interval(fitted),
            if judged.interval[0] > 0.0 { " class=bad" } else { "" },
            percent(judged.mean),
            interval(judged),
            report.searched_findings.word(judged.luck)
        );
    }
    part + "</table>"
}

fn insurance(report: &Report) -> String {
    let mut part = String::from(
        "<h2>Writers without full cover</h2><p>Their bad debt against an insurance of a tenth of main liquidity, keepers five minutes late.</p>\
         <table><tr><th>asset<th>path<th>runs<th>liquidations<th>with bad debt<th>runs beyond insurance<th>at most (95 %)<th>mean bad debt<th>largest",
    );
    for row in &report.insurance {
        let _ = write!(
            part,
            "<tr><td>{}<td>{}<td>{}<td>{}<td>{}<td>{}<td>{:.2} %<td>{:.4} %<td>{:.2} %",
            row.asset,
            row.path,
            row.runs,
            row.liquidations[0],
            row.liquidations[1],
            row.exceeded,
            100.0 * row.exceeded_at_most,
            100.0 * row.bad_debt[0],
            100.0 * row.bad_debt[1]
        );
    }
    part + "</table>"
}

/// What a share earns a year, in parts.
fn parts(rows: &[HistoryRow]) -> String {
    let mut table = String::from(
        "<table><tr><th>history<th>flow<th>arbitrageurs<th>funding<th>carry<th>fees<th>options<th>all<th>exercises paid<th>in half-hours of jumps",
    );
    for row in rows {
        let parts = &row.parts;
        let all = [parts.funding, parts.carry, parts.fees, parts.options, parts.all(), parts.payoffs, parts.jumps];
        table.push_str(&begin(row));
        for part in all {
            let _ = write!(table, "<td>{}", percent(part));
        }
    }
    table + "</table>"
}

/// What buyers lose, in parts.
fn losses(rows: &[HistoryRow]) -> String {
    let mut table = String::from(
        "<table><tr><th>history<th>flow<th>arbitrageurs<th>fees<th>spread<th>ask and bid<th>carry<th>the rest: time over moves",
    );
    for row in rows {
        let loss = &row.loss;
        table.push_str(&begin(row));
        for part in [loss.fees, loss.spread, loss.quotes, loss.carry, loss.time] {
            let _ = write!(table, "<td>{}", within(part));
        }
    }
    table + "</table>"
}

fn begin(row: &HistoryRow) -> String {
    let arbitrageurs = if row.arbitrageurs { "yes" } else { "no" };
    format!("<tr><td>{} {}<td>{}<td>{arbitrageurs}", row.period, row.asset, row.flow)
}

fn within([mean, half]: [f64; 2]) -> String {
    format!("{} ± {:.1}", percent(mean), 100.0 * half)
}

fn percent(x: f64) -> String {
    format!("{:+.1} %", 100.0 * x)
}

fn rows(rows: &[HistoryRow], named: bool) -> String {
    let mut table = String::from("<table><tr><th>asset<th>flow<th>arbitrageurs");
    if named {
        table.push_str("<th>what");
    }
    table.push_str("<th>total<th>95 %<th>worst year<th>worst month<th>largest fall<th>95 %<th>edge of buyers<th>mean |skew|<th>carry<th>utilised<th>arbitrage<th>failed<th>years");
    for row in rows {
        let years: Vec<String> =
            row.years.iter().map(|(year, change)| format!("{year} {}", percent(*change))).collect();
        let class = if row.worst_year < -0.1 { " class=bad" } else { "" };
        let _ =
            write!(table, "<tr><td>{}<td>{}<td>{}", row.asset, row.flow, if row.arbitrageurs { "yes" } else { "no" });
        if named {
            let _ = write!(table, "<td>{}", row.rule);
        }
        let _ = write!(
            table,
            "<td>x {:.2}<td>{:.2} to {:.2}<td{class}>{}<td>{}<td>{}<td>{} to {}<td>{} ({} to {})<td>{:.2}<td>{}<td>{}<td>{}<td>{}<td>{}",
            row.total,
            row.total_interval[0],
            row.total_interval[1],
            percent(row.worst_year),
            percent(row.worst_month),
            percent(-row.drawdown),
            percent(-row.drawdown_interval[1]),
            percent(-row.drawdown_interval[0]),
            percent(row.edge),
            percent(row.edge_interval[0]),
            percent(row.edge_interval[1]),
            row.skew,
            percent(row.carry),
            percent(row.utilisation),
            percent(row.arbitrage),
            row.failed_payouts,
            years.join(", ")
        );
    }
    table + "</table>"
}

/// Curves of the value of a share, logarithmic.
fn curves(rows: &[&HistoryRow]) -> String {
    let (width, height) = (900.0, 260.0);
    let logs = |row: &HistoryRow| row.curve.iter().map(|x| f64::from(x.max(1e-4)).log10()).collect::<Vec<f64>>();
    let all: Vec<f64> = rows.iter().flat_map(|row| logs(row)).collect();
    let (low, high) = all.iter().fold((-0.1f64, 0.1f64), |ends, x| (ends.0.min(*x), ends.1.max(*x)));
    let y = |x: f64| height * (high - x) / (high - low);
    let mut svg = format!(
        "<svg viewBox='0 0 {width} {height}' width='{width}'><line x1=0 x2={width} y1={0} y2={0} stroke='#999'/>",
        y(0.0)
    );
    let mut names: Vec<&str> = rows.iter().map(|row| row.flow.as_str()).collect();
    names.dedup();
    for row in rows {
        let flow = names.iter().position(|name| *name == row.flow).unwrap_or(0) % 4;
        let colour = COLOURS[flow + if row.arbitrageurs { 0 } else { 4 }];
        let points = logs(row);
        let step = width / (points.len().max(2) - 1) as f64;
        let line: Vec<String> =
            points.iter().enumerate().map(|(i, x)| format!("{:.1},{:.1}", i as f64 * step, y(*x))).collect();
        let _ = write!(svg, "<polyline fill=none stroke='{colour}' stroke-width=1.5 points='{}'/>", line.join(" "));
    }
    for (index, name) in names.iter().enumerate() {
        let _ = write!(svg, "<text x=8 y={} fill='{}' font-size=12>{name}</text>", 16 + 15 * index, COLOURS[index % 4]);
    }
    svg + "</svg>"
}

/// Intervals of the strategies, best first.
fn intervals(report: &Report) -> String {
    let mut edges: Vec<_> =
        report.strategies.iter().filter(|edge| edge.positions > 0 && edge.mean.is_finite()).collect();
    edges.sort_by(|a, b| b.mean.total_cmp(&a.mean));
    let (width, line) = (900.0, 14.0);
    let x = |gain: f64| 420.0 + 220.0 * gain.clamp(-1.5, 2.0);
    let mut svg = format!("<svg viewBox='0 0 {width} {}' width='{width}'>", line * (edges.len() as f64 + 1.0));
    let _ = write!(svg, "<line x1={0} x2={0} y1=0 y2={1} stroke='#999'/>", x(0.0), line * edges.len() as f64);
    for (index, edge) in edges.iter().enumerate() {
        let y = line * (index as f64 + 1.0);
        let middle = y - 4.0;
        let colour = if edge.interval[0] > 0.0 { COLOURS[1] } else { COLOURS[0] };
        let _ = write!(
            svg,
            "<text x=4 y={y} font-size=10>{} {}</text><line x1={:.1} x2={:.1} y1={middle} y2={middle} stroke='{colour}' stroke-width=2/>\
             <circle cx={:.1} cy={middle} r=3 fill='{colour}'/>",
            edge.asset,
            edge.name,
            x(edge.interval[0]),
            x(edge.interval[1]),
            x(edge.mean)
        );
    }
    svg + "</svg>"
}
