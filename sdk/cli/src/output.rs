//! Tables for people, JSON for machines.

use crate::carried::completed;
use anyhow::{Context, Result};
use chrono::DateTime;
use comfy_table::{ColumnConstraint, ContentArrangement, Table, TableComponent, Width, presets};
use serde::Serialize;
use std::io::{IsTerminal, Write};

/// Rows under a heading.
pub struct Rows {
    heading: Vec<String>,
    rows: Vec<Vec<String>>,
}

/// A table with a heading.
pub fn table<const N: usize>(heading: [&str; N]) -> Rows {
    Rows { heading: heading.map(str::to_owned).to_vec(), rows: Vec::new() }
}

/// A table with a heading of as many columns as it has.
pub const fn rows(heading: Vec<String>) -> Rows {
    Rows { heading, rows: Vec::new() }
}

impl Rows {
    /// Adds a row of as many cells as the heading has.
    pub fn add(&mut self, row: Vec<String>) {
        self.rows.push(row);
    }

    /// Columns of the terminal that the table takes if no cell gives way.
    pub fn natural_width(&self) -> usize {
        let letters = |place: usize| {
            let cells = self.rows.iter().chain([&self.heading]).filter_map(|row| row.get(place));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
        };
        (0..self.heading.len()).map(|place| letters(place) + usize::from(PADDING)).sum()
    }

    /// Adds a row.
    pub fn add_row<const N: usize>(&mut self, row: [String; N]) {
        self.rows.push(row.to_vec());
    }

    /// The table for a terminal of so many columns, whose words stay whole; for any with `None`. Where it has too many columns for that each row is a list.
    pub fn within(&self, width: Option<u16>) -> String {
        let words: Vec<u16> = (0..self.heading.len()).map(|column| self.longest_word(column)).collect();
        let least = words.iter().map(|word| usize::from(word + PADDING)).sum::<usize>();
        if width.is_some_and(|width| least > usize::from(width)) {
            let list = |row: &Vec<String>| {
                let named: Vec<(&str, String)> =
                    self.heading.iter().map(String::as_str).zip(row.iter().cloned()).collect();
                details_within(&named, width)
            };
            return self.rows.iter().map(list).collect::<Vec<_>>().join("\n\n");
        }
        let mut table = Table::new();
        table.load_preset(presets::UTF8_HORIZONTAL_ONLY);
        for style in [
            TableComponent::HorizontalLines,
            TableComponent::MiddleIntersections,
            TableComponent::LeftBorderIntersections,
            TableComponent::RightBorderIntersections,
        ] {
            table.remove_style(style);
        }
        table.set_header(&self.heading).add_rows(&self.rows);
        fit(&mut table, width, &words);
        without_padding(&table)
    }

    /// Letters of the longest word of a column.
    fn longest_word(&self, column: usize) -> u16 {
        let cells = self.rows.iter().chain([&self.heading]).filter_map(|row| row.get(column));
        cells.map(|cell| longest_word(cell)).max().unwrap_or(0)
    }
}

/// Blanks beside a cell, and what stands between two.
const PADDING: u16 = 3;

/// Letters of the longest word of a text.
fn longest_word(text: &str) -> u16 {
    let longest = text.split_whitespace().map(|word| word.chars().count()).max().unwrap_or(0);
    u16::try_from(longest).unwrap_or(u16::MAX / 2)
}

impl std::fmt::Display for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.within(width()))
    }
}

/// Names and values, two columns without a heading.
pub fn details(rows: &[(&str, String)]) -> String {
    details_within(rows, width())
}

fn details_within(rows: &[(&str, String)], width: Option<u16>) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    for (name, value) in rows {
        table.add_row([*name, value.as_str()]);
    }
    // Names stay in one line, and values give way.
    let names = rows.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    fit(&mut table, width, &[u16::try_from(names).unwrap_or(0), 0]);
    without_padding(&table)
}

/// Lets a table fit a width; no column becomes narrower than its least one.
fn fit(table: &mut Table, width: Option<u16>, least: &[u16]) {
    let Some(width) = width else {
        table.set_content_arrangement(ContentArrangement::Disabled);
        return;
    };
    table.set_content_arrangement(ContentArrangement::Dynamic).set_width(width);
    for (column, least) in table.column_iter_mut().zip(least) {
        column.set_constraint(ColumnConstraint::LowerBoundary(Width::Fixed(least + 2)));
    }
}

/// Columns for output, where they are limited: those of the terminal, or of `COLUMNS`.
pub fn columns() -> Option<u16> {
    width()
}

/// Columns of the terminal, or those that `COLUMNS` names. What goes into a file or a pipe has lines of any length, for other programs.
fn width() -> Option<u16> {
    let named = std::env::var("COLUMNS").ok().and_then(|columns| columns.trim().parse::<u16>().ok());
    let width = named.or_else(|| std::io::stdout().is_terminal().then(|| Table::new().width()).flatten());
    width.filter(|width| *width > 0).map(|width| width.max(NARROWEST))
}

/// Narrower tables cannot be read.
const NARROWEST: u16 = 40;

/// A table without the blanks at the ends of its lines.
fn without_padding(table: &Table) -> String {
    table.to_string().lines().map(str::trim_end).collect::<Vec<_>>().join("\n")
}

/// Prints lines of text.
///
/// # Errors
/// When nobody takes them: a pipe is closed, or a disk is full.
pub fn line(text: &str) -> Result<()> {
    let mut out = std::io::stdout().lock();
    writeln!(out, "{text}").and_then(|()| out.flush()).context("writing the output")
}

/// Prints lines of text beside the output, if anybody takes them.
pub fn aside(text: &str) {
    let _ = writeln!(std::io::stderr(), "{}", crate::secrets::hidden(text));
}

/// Prints one JSON document on one line.
///
/// # Errors
/// As [`line`].
pub fn print_json(value: &impl Serialize) -> Result<()> {
    line(&serde_json::to_string(value).context("writing JSON")?)
}

/// Prints one JSON document on one line, or text for people.
///
/// # Errors
/// When the document cannot be written as JSON; as [`line`].
pub fn print(json: bool, document: &impl Serialize, text: impl FnOnce() -> String) -> Result<()> {
    if json {
        return print_json(document);
    }
    line(&completed(&text()))
}

pub use evergreen_sdk::client::host as place;

/// Unix seconds as a date.
pub fn date(unix: i64) -> String {
    DateTime::from_timestamp(unix, 0)
        .map_or_else(|| unix.to_string(), |t| t.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// Unix seconds as a date that programs read: RFC 3339 in UTC.
pub fn utc(unix: i64) -> String {
    DateTime::from_timestamp(unix, 0).map_or_else(|| unix.to_string(), |t| t.format("%Y-%m-%dT%H:%M:%SZ").to_string())
}

/// Seconds in the largest unit that divides them, or the two largest; of years, no hours.
pub fn span(seconds: u64) -> String {
    const YEAR: u64 = 365 * 86_400;
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
        _ if seconds >= 3 * YEAR => format!("{} years", seconds / YEAR),
        _ if seconds.is_multiple_of(86_400) => format!("{} d", seconds / 86_400),
        _ => format!("{} d {} h", seconds / 86_400, seconds % 86_400 / 3_600),
    }
}

/// A spinner on the terminal for what takes time; nothing where there is no terminal.
pub fn progress(what: &str) -> indicatif::ProgressBar {
    let bar = indicatif::ProgressBar::new_spinner();
    bar.set_message(what.to_owned());
    bar.enable_steady_tick(std::time::Duration::from_millis(100));
    bar
}

/// Shows a spinner while something is waited for.
pub async fn during<T>(what: &str, work: impl Future<Output = T>) -> T {
    let bar = progress(what);
    let done = work.await;
    bar.finish_and_clear();
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Rows {
        let mut rows = table(["pool", "option", "size", "conditions"]);
        rows.add_row([
            "CRCLx".into(),
            "BTC call 100000 of 7 d".into(),
            "0.1 BTC".into(),
            "BTC at or above $120000".into(),
        ]);
        rows
    }

    #[test]
    fn words_stay_whole_at_every_width() {
        let free = rows().within(None);
        assert!(
            free.lines().any(|line| line.contains("BTC call 100000 of 7 d   0.1 BTC   BTC at or above $120000")),
            "{free}"
        );
        for width in [40, 44, 50, 60, 80, 120] {
            let text = rows().within(Some(width));
            for word in ["CRCLx", "100000", "$120000", "conditions", "above"] {
                assert!(text.contains(word), "{width}: {text}");
            }
            assert!(text.lines().all(|line| line.chars().count() <= usize::from(width)), "{width}: {text}");
        }
        // Where columns are too many each row is a list.
        let narrow = rows().within(Some(40));
        assert!(!narrow.contains('─') || narrow.contains("conditions"), "{narrow}");
    }

    #[test]
    fn names_stay_in_one_line() {
        let text = details_within(&[("maintenance health", "a value of many words that is long".into())], Some(40));
        assert!(text.starts_with(" maintenance health") && text.lines().count() > 1, "{text}");
        assert!(text.lines().all(|line| line.chars().count() <= 40), "{text}");
    }
}
