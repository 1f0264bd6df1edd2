//! Tests of the report.

use super::{fingerprint as fingerprint_of_today, *};

fn options() -> Options {
    let histories = vec![(Asset::Btc, None)];
    Options { histories, stock: None, bridges: 1, runs: 4, insurance_runs: 4, tail_runs: 6, fast: false, seed: 1 }
}

#[test]
fn the_report_of_a_made_history_holds_every_flow_and_no_payment_fails() {
    let report = make(&options(), &|_, _| {}).unwrap();
    assert_eq!(report.history.len(), history::FLOWS.len() * 2);
    assert_eq!(report.comparison.len(), report.history.len() * rule::candidates().len());
    for row in report.history.iter().chain(&report.comparison) {
        assert_eq!(row.failed_payouts, 0, "{row:?}");
        let total: f64 = row.years.values().map(|change| 1.0 + change).product();
        assert!((total / row.total - 1.0).abs() < 1e-6, "{} years", row.years.len());
    }
    let rows = || report.history.iter().filter(|row| row.arbitrageurs);
    assert!(rows().all(|row| row.worst_year > -0.1 && row.total > 2.0 && row.drawdown < 0.4));
    let alone = || report.history.iter().filter(|row| !row.arbitrageurs);
    assert!(alone().all(|row| row.worst_year > -0.5));
    // Tables are written.
    let written = tables::write(DOCUMENT, &report).unwrap();
    assert_eq!(tables::fingerprints(&written), tables::fingerprints(DOCUMENT));
    let table = |document: &str, name: &str| {
        let (_, rest) = document.split_once(&format!("<!-- report {name} ")).unwrap();
        rest.split_once("<!-- end -->").unwrap().0.to_owned()
    };
    assert_ne!(table(&written, "history"), table(DOCUMENT, "history"));
    assert_eq!(tables::write(&written, &report).unwrap(), written);
    // The page closes what it opens and shows every strategy.
    let page = html::page(&report);
    assert_eq!(page.matches("<svg").count(), page.matches("</svg>").count());
    assert!(report.strategies.iter().filter(|edge| edge.positions > 0).all(|edge| page.contains(&edge.name)));
}

/// The document in which the command writes its tables.
const DOCUMENT: &str = include_str!("../../../docs/economics.md");

#[test]
fn figures_of_the_document_are_of_todays_parameters() {
    let tables = tables::fingerprints(DOCUMENT);
    assert!(tables.len() >= 9, "{tables:?}");
    for (name, fingerprint) in tables {
        let wanted = fingerprint_of_today();
        assert_eq!(fingerprint, wanted, "{name} is stale: `cargo xtask report … --write docs/economics.md`");
    }
}

/// The document that gives reasons for each parameter by these tables.
const PARAMETERS: &str = include_str!("../../../docs/parameters.md");

/// What a share ended at stands in tables that the command writes, and nowhere else: there it would grow old.
#[test]
fn totals_stand_in_tables_of_the_command_alone() {
    for document in [DOCUMENT, PARAMETERS] {
        let mut is_table = false;
        for line in document.lines() {
            is_table = (is_table || line.starts_with("<!-- report ")) && line != "<!-- end -->";
            let words: Vec<&str> = line.split_whitespace().collect();
            let is_total = |pair: &[&str]| pair[0] == "x" && pair[1].starts_with(|first: char| first.is_ascii_digit());
            assert!(is_table || !words.windows(2).any(is_total), "{line}");
        }
    }
}

#[test]
fn a_potential_gives_direction_away_and_the_carry_of_the_presets_does_not() {
    let options = options();
    let paths = history::paths(&options).unwrap();
    let (potential, carry) = (crate::rule::Potential { kappa: Some(0.01) }, rule::recommended());
    let worst = |rule: &dyn DirectionRule| {
        let rows = history::play(&options, &paths, &[rule], &[crate::crowd::Flow::Calls]);
        rows.iter().map(|row| row.worst_year).fold(0.0, f64::min)
    };
    let (without, with) = (worst(&potential), worst(&carry));
    assert!(without < -0.5 && with > without + 0.2, "{without} and {with}");
}

/// What a limit of each side, beside a part of the other, changes for buyers and providers. A history of bars can be named:
/// `EVERGREEN_BTC=BARS.csv cargo test -p evergreen-sim limit_of_sides -- --nocapture`.
#[test]
fn a_limit_of_sides_keeps_away_who_offsets_and_nobody_who_stands_alone() {
    let mut options = options();
    if let Some(bars) = std::env::var_os("EVERGREEN_BTC") {
        options.histories = vec![(Asset::Btc, Some(crate::paths::bars::read(std::path::Path::new(&bars)).unwrap()))];
    }
    let paths = history::paths(&options).unwrap();
    let flows = [crate::crowd::Flow::Calls, crate::crowd::Flow::Balanced];
    let net = rule::recommended().0;
    let sided = [0.5, 0.75, 0.9].map(|part| rule::Sided(net, part));
    let rules: [&dyn DirectionRule; 4] = [&net, &sided[0], &sided[1], &sided[2]];
    let rows = history::play(&options, &paths, &rules, &flows);
    for row in &rows {
        println!(
            "{} {}, arbitrageurs {}: x {:.2}, utilised {:.1} %, worst year {:+.0} %, {}",
            row.period,
            row.flow,
            row.arbitrageurs,
            row.total,
            100.0 * row.utilisation,
            100.0 * row.worst_year,
            row.rule
        );
    }
    let alone = |row: &&history::HistoryRow| row.flow == "calls" && !row.arbitrageurs;
    let totals: Vec<f64> = rows.iter().filter(alone).map(|row| row.total).collect();
    assert!(totals.iter().all(|total| (total / totals[0] - 1.0).abs() < 1e-9), "{totals:?}");
    let offset = |row: &&history::HistoryRow| row.flow == "calls" && row.arbitrageurs;
    let used: Vec<f64> = rows.iter().filter(offset).map(|row| row.utilisation).collect();
    assert!(used[1] < used[0] && used[1] < used[3], "{used:?}");
}

#[test]
fn a_stock_that_moves_with_the_underlying_has_a_drift() {
    let mut options = options();
    let path = history::made(Asset::Btc, 3);
    let bar = |(day, ln): (usize, &f64)| {
        let close = ln.exp();
        Bar { time: day as f64 * 86_400.0, open: close, high: close, low: close, close }
    };
    let bars: Vec<Bar> = path.ln.iter().step_by(288).take(400).enumerate().map(bar).collect();
    let stock: Vec<Bar> = bars.iter().map(|bar| Bar { close: bar.close.sqrt(), ..*bar }).collect();
    options.histories = vec![(Asset::Btc, Some(bars))];
    options.stock = Some(stock);
    let found = &monte_carlo::quanto(&options)[0];
    assert!((found.correlation - 1.0).abs() < 1e-9 && (found.drift - 0.5 * found.volatility.powi(2)).abs() < 1e-9);
    assert!(found.of_premium[2] > found.of_premium[1] && found.of_premium[1] > found.of_premium[0]);
}
