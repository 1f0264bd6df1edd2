//! `cargo xtask report`: whether liquidity earns and options are fairly priced, on history and on models.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result, bail};
use evergreen_sdk::presets::Asset;
use evergreen_sim::paths::bars;
use evergreen_sim::report::{self, Options, Report};
use evergreen_sim::strategies::Edge;

const USAGE: &str = "\
usage: cargo xtask report [--btc FILE] [--eth FILE] [--stock FILE] [--json OUT] [--html OUT] [--write DOCUMENT]
                          [--bridges N] [--runs N] [--insurance-runs N] [--tail-runs N] [--seed N] [--fast]

Files hold bars of a day or shorter: time, open, high, low, close, with or without a heading. --btc and --eth may be given more than once, for
one history each. Without a file an underlying gets a history that is made up. --write writes the tables of a document anew. It may be given more than once.
--tail-runs are years of writers on paths of half-hours: 38,500 without an exceedance show less than one in 10,000. --fast takes two bridges, ten runs and 50 of writers unless told otherwise, and leaves
out rules compared, strategies, the search for them, and whoever knows of a change. The page is written to target/report.html unless --html says otherwise.";

/// Where results go.
struct Outputs {
    json: Option<PathBuf>,
    documents: Vec<PathBuf>,
    html: PathBuf,
}

fn main() -> Result<()> {
    let (options, outputs) = arguments(std::env::args().skip(1))?;
    let begun = std::time::Instant::now();
    let report = report::make(&options, &|part, done| {
        eprintln!("{:>3.0} % after {:>4.0} s: {part} …", 100.0 * done, begun.elapsed().as_secs_f64());
    })?;
    table(&report);
    if let Some(path) = outputs.json {
        write(&path, &serde_json::to_string_pretty(&report)?)?;
    }
    for path in outputs.documents {
        let text = std::fs::read_to_string(&path).with_context(|| format!("cannot read {}", path.display()))?;
        write(&path, &report::tables::write(&text, &report)?)?;
    }
    write(&outputs.html, &report::html::page(&report))?;
    println!("\n{}", outputs.html.display());
    Ok(())
}

fn write(path: &Path, text: &str) -> Result<()> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| format!("cannot create {}", folder.display()))?;
    }
    std::fs::write(path, text).with_context(|| format!("cannot write {}", path.display()))
}

fn arguments(words: impl Iterator<Item = String>) -> Result<(Options, Outputs)> {
    let (mut files, mut stock) = (Vec::new(), None);
    let mut outputs = Outputs { json: None, documents: Vec::new(), html: PathBuf::from("target/report.html") };
    let words: Vec<String> = words.collect();
    let fast = words.iter().any(|word| word == "--fast");
    let mut words = words.into_iter().filter(|word| word != "--fast");
    let mut numbers = if fast { [2, 10, 1, 50, 300] } else { [24, 100, 1, 500, 1_000] };
    while let Some(word) = words.next() {
        if word == "--help" || word == "-h" {
            println!("{USAGE}");
            std::process::exit(0);
        }
        let value = words.next().with_context(|| format!("{word} needs a value\n\n{USAGE}"))?;
        let number = || value.parse::<u64>().with_context(|| format!("{word} needs a number"));
        match word.as_str() {
            "--btc" => files.push((Asset::Btc, Some(bars::read(Path::new(&value))?))),
            "--eth" => files.push((Asset::Eth, Some(bars::read(Path::new(&value))?))),
            "--stock" => stock = Some(bars::read(Path::new(&value))?),
            "--json" => outputs.json = Some(value.into()),
            "--write" => outputs.documents.push(value.into()),
            "--html" => outputs.html = value.into(),
            "--bridges" => numbers[0] = number()?.max(1),
            "--runs" => numbers[1] = number()?.max(2),
            "--insurance-runs" => numbers[3] = number()?.max(1),
            "--tail-runs" => numbers[4] = number()?,
            "--seed" => numbers[2] = number()?,
            _ => bail!("invalid option {word}\n\n{USAGE}"),
        }
    }
    let [bridges, runs, seed, insurance_runs, tail_runs] = numbers;
    // Where one underlying has a file, only those that have one are reported on.
    let histories = if files.is_empty() { Asset::ALL.map(|asset| (asset, None)).to_vec() } else { files };
    Ok((Options { histories, stock, bridges, runs, insurance_runs, tail_runs, fast, seed }, outputs))
}

fn table(report: &Report) {
    println!("Direction: {}.\n", report.rule);
    println!(
        "{:5} {:10} {:4} {:>9} {:>8} {:>6} {:>8} {:>17} {:>6}  years",
        "asset", "flow", "arb.", "total", "worst", "fall", "edge", "95 %", "failed"
    );
    for row in &report.history {
        let years: Vec<String> =
            row.years.iter().map(|(year, change)| format!("{year} {:+.0} %", 100.0 * change)).collect();
        println!(
            "{:5} {:10} {:4} {:>9.2} {:>+7.0} % {:>4.0} % {:>+6.1} % {:>+6.1} to {:>+6.1} % {:>4}  {}",
            row.asset,
            row.flow,
            if row.arbitrageurs { "yes" } else { "no" },
            row.total,
            100.0 * row.worst_year,
            100.0 * row.drawdown,
            100.0 * row.edge,
            100.0 * row.edge_interval[0],
            100.0 * row.edge_interval[1],
            row.failed_payouts,
            years.join(", ")
        );
    }
    println!("\nRules for direction, worst of all flows and assets with arbitrageurs / without:");
    let mut names: Vec<&str> = report.comparison.iter().map(|row| row.rule.as_str()).collect();
    names.dedup();
    let mut seen = Vec::new();
    for name in names {
        if seen.contains(&name) {
            continue;
        }
        seen.push(name);
        let worst = |with: bool| {
            let rows = report.comparison.iter().filter(|row| row.rule == name && row.arbitrageurs == with);
            rows.fold((f64::INFINITY, f64::INFINITY, 0f64), |w, row| {
                (w.0.min(row.total), w.1.min(row.worst_year), w.2.max(row.drawdown))
            })
        };
        let (with, alone) = (worst(true), worst(false));
        println!(
            "{name:44} x {:>6.2}, year {:>+5.0} %, fall {:>3.0} % / x {:>6.2}, year {:>+5.0} %, fall {:>3.0} %",
            with.0,
            100.0 * with.1,
            100.0 * with.2,
            alone.0,
            100.0 * alone.1,
            100.0 * alone.2
        );
    }
    let gaining: Vec<_> = report.strategies.iter().filter(|edge| edge.interval[0] > 0.0).collect();
    println!("\n{:?}. These gain significantly, each on its own:", report.findings);
    for edge in gaining {
        println!(
            "  {} {}: {:+.1} % ({:+.1} to {:+.1}), {} positions, among all: {}",
            edge.asset,
            edge.name,
            100.0 * edge.mean,
            100.0 * edge.interval[0],
            100.0 * edge.interval[1],
            edge.positions,
            report.findings.word(edge.luck)
        );
    }
    println!("\nStrategies searched on the first half, and judged on the second:");
    for found in &report.searched {
        let of = |edge: &Edge| {
            format!(
                "{:+.1} % ({:+.1} to {:+.1})",
                100.0 * edge.mean,
                100.0 * edge.interval[0],
                100.0 * edge.interval[1]
            )
        };
        println!("  {} {}: {}, then {}", found.fitted.asset, found.fitted.name, of(&found.fitted), of(&found.judged));
    }
    println!("\nWriters without full cover:");
    for row in &report.insurance {
        println!(
            "  {} {:38} {} runs, {} with bad debt, {} beyond insurance; mean {:.4} %, largest {:.2} % of main liquidity",
            row.asset,
            row.path,
            row.runs,
            row.with_bad_debt,
            row.exceeded,
            100.0 * row.bad_debt[0],
            100.0 * row.bad_debt[1]
        );
    }
    println!("\nModels, a year:");
    for row in &report.monte_carlo {
        println!(
            "  {:36} {:9} {:.0} %: {:+.1} % ({:+.1} to {:+.1}), deviation {:.0} %, worst 1 % {:+.0} %, edge {:+.1} %, failed {}",
            row.model,
            row.flow,
            100.0 * row.utilisation,
            100.0 * row.mean,
            100.0 * row.interval[0],
            100.0 * row.interval[1],
            100.0 * row.deviation,
            100.0 * row.worst_hundredth,
            100.0 * row.edge,
            row.failed_payouts
        );
    }
    println!("\nEvents, change of a share (worst run):");
    for row in &report.stress {
        println!(
            "  {:40} {:9} {:+.1} % ({:+.1} %), buyers {:+.1} %, failed {}",
            row.event,
            row.flow,
            100.0 * row.pool[0],
            100.0 * row.pool_worst,
            100.0 * row.buyers[0],
            row.failed_payouts
        );
    }
    println!("\nWhoever knows of a change takes, within half an hour, an hour, three hours (worst run):");
    for row in &report.informed {
        let [half, hour, three] = row.taken.map(|taken| 100.0 * taken);
        println!(
            "  {:16} limit {:>3.0} %: {half:+.1}, {hour:+.1}, {three:+.1} % ({:+.1} %)",
            row.event,
            100.0 * row.growth_limit,
            100.0 * row.largest
        );
    }
    for row in &report.quanto {
        println!(
            "\n{}: correlation with the stock {:.2}, drift {:+.1} % a year ({:+.1} to {:+.1}): carry_base_bps {} ({} to {})",
            row.asset,
            row.correlation,
            100.0 * row.drift,
            100.0 * row.drift_interval[0],
            100.0 * row.drift_interval[1],
            row.base_bps,
            row.base_interval_bps[0],
            row.base_interval_bps[1]
        );
    }
    println!(
        "\n{:.0} market-years in {:.0} s, {:.0} a minute on two free cores",
        report.market_years,
        report.seconds,
        report.years_a_minute()
    );
}
