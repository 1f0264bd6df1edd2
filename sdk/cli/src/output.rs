//! Tables for people, JSON for machines.

use anyhow::{Context, Result};
use chrono::DateTime;
use comfy_table::{ContentArrangement, Table, TableComponent, presets};
use serde::Serialize;
use std::io::Write;

/// Rows under a heading.
pub struct Rows(Table);

/// A table with a heading.
pub fn table<const N: usize>(heading: [&str; N]) -> Rows {
    let mut table = Table::new();
    table.load_preset(presets::UTF8_HORIZONTAL_ONLY).set_content_arrangement(ContentArrangement::Disabled);
    for style in [
        TableComponent::HorizontalLines,
        TableComponent::MiddleIntersections,
        TableComponent::LeftBorderIntersections,
        TableComponent::RightBorderIntersections,
    ] {
        table.remove_style(style);
    }
    table.set_header(heading);
    Rows(table)
}

impl Rows {
    /// Adds a row.
    pub fn add_row<const N: usize>(&mut self, row: [String; N]) {
        self.0.add_row(row);
    }
}

impl std::fmt::Display for Rows {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&without_padding(&self.0))
    }
}

/// Names and values, two columns without a heading.
pub fn facts(rows: &[(&str, String)]) -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
    for (name, value) in rows {
        table.add_row([*name, value.as_str()]);
    }
    without_padding(&table)
}

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
    let _ = writeln!(std::io::stderr(), "{text}");
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
    line(&text())
}

/// Scheme, host and port of a URL: the rest may be a key or a password.
pub fn place(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}

/// Unix seconds as a date.
pub fn date(unix: i64) -> String {
    DateTime::from_timestamp(unix, 0)
        .map_or_else(|| unix.to_string(), |t| t.format("%Y-%m-%d %H:%M:%S UTC").to_string())
}

/// Seconds in the largest unit that divides them, or the two largest.
pub fn span(seconds: u64) -> String {
    match seconds {
        0..60 => format!("{seconds} s"),
        60..3_600 => format!("{} min {} s", seconds / 60, seconds % 60),
        3_600..86_400 => format!("{} h {} min", seconds / 3_600, seconds % 3_600 / 60),
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
