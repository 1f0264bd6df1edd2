//! The ladder: as many columns as fit the terminal.

use super::{ChainReport, Line};
use crate::output::{Rows, columns, rows, span};

/// A column of one side.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Column {
    Own,
    Sell,
    Buy,
    Funding,
    Delta,
    Iv,
    Mark,
    Bid,
    Ask,
}

use Column::{Ask, Bid, Buy, Delta, Funding, Iv, Mark, Own, Sell};

/// Columns of calls from the outside to the strike, the richest first; the narrowest is taken where none fits. Puts have the same from the strike outwards.
const BOTH: [&[Column]; 6] = [
    &[Own, Sell, Buy, Funding, Delta, Iv, Bid, Ask],
    &[Own, Funding, Delta, Iv, Bid, Ask],
    &[Funding, Delta, Iv, Bid, Ask],
    &[Delta, Iv, Bid, Ask],
    &[Delta, Bid, Ask],
    &[Bid, Ask],
];

/// Columns of a single side, from the strike outwards.
const ONE: [&[Column]; 5] = [
    &[Bid, Ask, Mark, Iv, Delta, Funding, Buy, Sell, Own],
    &[Bid, Ask, Iv, Delta, Funding, Buy, Sell],
    &[Bid, Ask, Iv, Delta, Funding],
    &[Bid, Ask, Delta, Funding],
    &[Bid, Ask],
];

impl Column {
    const fn heading(self) -> &'static str {
        match self {
            Own => "own",
            Sell => "sell≤",
            Buy => "buy≤",
            Funding => "fund/d",
            Delta => "delta",
            Iv => "IV",
            Mark => "mark",
            Bid => "bid",
            Ask => "ask",
        }
    }

    fn cell(self, line: &Line) -> String {
        let or_none = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "–".into());
        let room = |coins: &Option<String>, points: u64| coins.clone().unwrap_or_else(|| points.to_string());
        match self {
            Own if line.held == 0 => String::new(),
            Own => line.held_coins.clone().unwrap_or_else(|| line.held.to_string()),
            Sell => room(&line.sell_coins, line.room_to_sell),
            Buy => room(&line.buy_coins, line.room_to_buy),
            Funding => or_none(&line.funding_per_day),
            Delta => or_none(&line.delta),
            Iv => or_none(&line.iv),
            Mark => or_none(&line.mark),
            Bid => or_none(&line.bid),
            Ask => or_none(&line.ask),
        }
    }
}

/// What stands beside one another at a strike.
struct Step<'a> {
    strike: u64,
    call: Option<&'a Line>,
    put: Option<&'a Line>,
}

/// Options that were listed with another cap stand below those of now.
fn steps(lines: &[Line]) -> Vec<Step<'_>> {
    let mut steps: Vec<Step<'_>> = Vec::new();
    for line in lines {
        let is_put = line.kind == "put";
        let is_free = |step: &&mut Step<'_>| {
            step.strike == line.strike && if is_put { step.put.is_none() } else { step.call.is_none() }
        };
        match steps.iter_mut().find(is_free) {
            Some(step) if is_put => step.put = Some(line),
            Some(step) => step.call = Some(line),
            None => {
                let (call, put) = ((!is_put).then_some(line), is_put.then_some(line));
                steps.push(Step { strike: line.strike, call, put });
            }
        }
    }
    steps
}

/// The ladder with these columns; the price of the underlying stands between the strikes around it.
fn ladder(report: &ChainReport, columns: &[Column], is_single: bool) -> Rows {
    let left: Vec<Column> = if is_single { Vec::new() } else { columns.to_vec() };
    // Bid and ask have the same order on both sides.
    let prices = columns.iter().filter(|column| matches!(column, Bid | Ask));
    let others: Vec<Column> = columns.iter().filter(|column| !matches!(column, Bid | Ask)).copied().collect();
    let right: Vec<Column> = match is_single {
        true => columns.to_vec(),
        false => prices.copied().chain(others.into_iter().rev()).collect(),
    };
    let names = |columns: &[Column]| columns.iter().map(|column| column.heading().to_owned()).collect::<Vec<_>>();
    let heading = [names(&left), vec!["strike".to_owned()], names(&right)].concat();
    let width = heading.len();
    let mut table = rows(heading);
    let mut spot = vec![String::new(); width];
    spot[left.len()] = format!("– {} –", report.spot);
    let mut spot = Some(spot);
    let dollars: f64 = report.spot.parse().unwrap_or(0.0);
    let cells = |columns: &[Column], line: Option<&Line>| -> Vec<String> {
        columns.iter().map(|column| line.map_or_else(String::new, |line| column.cell(line))).collect()
    };
    for step in steps(&report.options) {
        if step.strike as f64 > dollars
            && let Some(spot) = spot.take()
        {
            table.add(spot);
        }
        let is_held = step.call.iter().chain(&step.put).any(|line| line.held != 0);
        let strike = format!("{}{}", step.strike, if is_held { " *" } else { "" });
        let (first, second) = if is_single { (None, step.call.or(step.put)) } else { (step.call, step.put) };
        table.add([cells(&left, first), vec![strike], cells(&right, second)].concat());
    }
    spot.into_iter().for_each(|spot| table.add(spot));
    table
}

/// The text for people, as wide as the terminal.
pub(super) fn text(report: &ChainReport) -> String {
    text_within(report, columns())
}

fn text_within(report: &ChainReport, width: Option<u16>) -> String {
    let has = |kind: &str| report.options.iter().any(|line| line.kind == kind);
    let what = match (has("call"), has("put")) {
        (true, true) => "calls left, puts right",
        (true, false) => "calls",
        _ => "puts",
    };
    let is_single = !(has("call") && has("put"));
    let sets: &[&[Column]] = if is_single { &ONE } else { &BOTH };
    let fits = |table: &Rows| width.is_none_or(|width| table.natural_width() <= usize::from(width));
    let mut tables = sets.iter().map(|set| ladder(report, set, is_single)).enumerate();
    let Some((place, table)) = tables.find(|(place, table)| place + 1 == sets.len() || fits(table)) else {
        return String::new();
    };
    let (pool, size, tenor) = (&report.pool, &report.size, span(report.tenor_seconds.into()));
    let mut text = vec![
        format!(
            "{} options of {tenor} in {pool}, {what}; bid and ask for {size} with fees, dollars a coin",
            report.underlying
        ),
        table.within(width),
    ];
    let held = report.options.iter().filter(|line| line.held != 0);
    let held = held.map(|line| {
        let size = line.held_coins.clone().unwrap_or_else(|| format!("{} points", line.held));
        format!("{size} of the {} {}", line.kind, line.strike)
    });
    let held: Vec<String> = held.collect();
    if !held.is_empty() {
        text.push(format!("* you have {}", held.join(", ")));
    }
    let causes = |of: fn(&Line) -> &Option<String>| report.options.iter().filter_map(of_ref(of)).collect::<Vec<_>>();
    text.extend(refusals("bought", size, &causes(|line| &line.buy_refused)));
    text.extend(refusals("sold", size, &causes(|line| &line.sell_refused)));
    if place > 0 {
        let more = if is_single { "a wider terminal" } else { "a wider terminal, --call or --put" };
        text.push(format!("more columns: {more}, or --json"));
    }
    text.join("\n")
}

fn of_ref(of: fn(&Line) -> &Option<String>) -> impl Fn(&Line) -> Option<&str> {
    move |line| of(line).as_deref()
}

/// Why options cannot be traded: each cause once, with how many it is of.
fn refusals(verb: &str, size: &str, causes: &[&str]) -> Option<String> {
    let mut counted: Vec<(&str, usize)> = Vec::new();
    for cause in causes {
        match counted.iter_mut().find(|(known, _)| known == cause) {
            Some((_, count)) => *count += 1,
            None => counted.push((cause, 1)),
        }
    }
    let words = |cause: &str| match cause {
        "ShortExceedsLong" => "no more can be written than others hold".to_owned(),
        "WritesAlone" => "the pool buys back, and is the only writer of its options".to_owned(),
        "DirectionLimit" => "the pool takes no more of that direction".to_owned(),
        "ReserveLimit" => "the pool has no capital left for it".to_owned(),
        "RentTooLow" => "the pool's last capital is for options that pay more for it".to_owned(),
        "GrowthLimit" => "the pool takes no more of it this hour".to_owned(),
        "SeriesAtCap" | "AtCap" => "the price has reached the cap".to_owned(),
        "RegistryFull" => "no slot is free".to_owned(),
        "SampleDue" => "a volatility sample comes first, within seconds".to_owned(),
        other => other.to_owned(),
    };
    let told: Vec<String> = counted.into_iter().map(|(cause, count)| format!("{} ({count})", words(cause))).collect();
    (!told.is_empty()).then(|| format!("– where {size} cannot be {verb}: {}", told.join("; ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(kind: &'static str, strike: u64, held: i64) -> Line {
        let some = |text: &str| Some(text.to_owned());
        Line {
            kind,
            strike,
            cap_bps: 12_000,
            series: None,
            bid: some("2650.11"),
            ask: some("2749.11"),
            sell: None,
            buy: None,
            sell_refused: (kind == "put").then(|| "ShortExceedsLong".into()),
            buy_refused: None,
            mark: some("2688.84"),
            iv: some("55.00%"),
            delta: some("0.51"),
            funding_per_day: some("384.12"),
            room_to_buy: 833_333_333,
            room_to_sell: 0,
            buy_coins: some("12.345678"),
            sell_coins: some("0"),
            held,
            held_coins: (held != 0).then(|| "0.1".into()),
            bought: 0,
            written: 0,
        }
    }

    fn report(calls: bool, puts: bool) -> ChainReport {
        let pairs = [96_000, 98_000, 100_000, 102_000].into_iter().flat_map(|strike| {
            let held = if strike == 98_000 { 83 } else { 0 };
            [calls.then(|| line("call", strike, held)), puts.then(|| line("put", strike, if calls { 0 } else { held }))]
        });
        ChainReport {
            pool: "CRCLx".into(),
            underlying: "BTC".into(),
            spot: "100123.45".into(),
            tenor_seconds: 604_800,
            size: "0.1 BTC".into(),
            points: 83,
            options: pairs.flatten().collect(),
        }
    }

    #[test]
    fn a_ladder_fits_every_terminal_and_shows_more_in_wider_ones() {
        for (calls, puts) in [(true, true), (true, false), (false, true)] {
            let report = report(calls, puts);
            let mut before = 0;
            for width in [60u16, 80, 120, 200] {
                let text = text_within(&report, Some(width));
                let table: Vec<&str> = text.lines().filter(|line| line.contains("2650.11")).collect();
                assert_eq!(table.len(), 4, "a line a strike: {text}");
                let heading = text.lines().find(|line| line.contains(" bid ") && line.contains("strike"));
                let heading = heading.unwrap_or_else(|| panic!("a heading: {text}"));
                for line in table.iter().chain([&heading]) {
                    assert!(line.chars().count() <= usize::from(width), "{width}: {text}");
                }
                let columns = heading.split_whitespace().count();
                assert!(columns >= before, "{width}: {text}");
                before = columns;
                assert!(text.contains("98000 *") && text.contains("* you have 0.1 of the "), "{text}");
                // The price stands between the strikes around it.
                let at = |word: &str| text.lines().position(|line| line.contains(word)).expect(word);
                assert!(at(" 100000 ") < at("– 100123.45 –") && at("– 100123.45 –") < at(" 102000 "), "{text}");
            }
            assert!(before >= if calls && puts { 17 } else { 10 }, "{before} columns");
        }
        let text = text_within(&report(true, true), Some(120));
        assert!(text.contains("– where 0.1 BTC cannot be sold: no more can be written than others hold (4)"), "{text}");
    }
}
