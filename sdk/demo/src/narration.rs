//! The commentary: sections, sentences, transactions, tables.

use std::{
    cell::Cell,
    io::{IsTerminal, Write},
    time::{Duration, Instant},
};

use comfy_table::{Attribute, CellAlignment, Color, ContentArrangement, presets};
use evergreen_localnet::Confirmed;

const WIDTH: usize = 112;

/// How much is said.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Detail {
    /// Everything.
    #[default]
    Full,
    /// Headlines and the tables at the end.
    Quiet,
}

/// Tells the story on standard output.
pub struct Narrator {
    detail: Detail,
    colours: bool,
    start: Instant,
    sections: Cell<u32>,
    transactions: Cell<u32>,
}

/// What a piece of text is, for its colour.
#[derive(Clone, Copy)]
enum Tone {
    Headline,
    Good,
    Bad,
    Faint,
}

impl Narrator {
    /// Colours only on a terminal, and only if nobody minds them (`NO_COLOR`).
    pub fn new(detail: Detail) -> Self {
        let wanted = std::env::var_os("NO_COLOR").is_none_or(|value| value.is_empty());
        Self {
            detail,
            colours: wanted && std::io::stdout().is_terminal(),
            start: Instant::now(),
            sections: Cell::new(0),
            transactions: Cell::new(0),
        }
    }

    /// Time since the beginning.
    pub fn elapsed(&self) -> Duration {
        self.start.elapsed()
    }

    /// Transactions that landed so far.
    pub const fn transactions(&self) -> u32 {
        self.transactions.get()
    }

    /// A headline.
    pub fn section(&self, title: &str) {
        self.sections.set(self.sections.get() + 1);
        let title = format!("{}. {title}", self.sections.get());
        let took = format!("[{:.1} s]", self.elapsed().as_secs_f64());
        if self.detail == Detail::Full {
            line("");
        }
        line(&format!("{} {}", self.paint(Tone::Headline, &title), self.paint(Tone::Faint, &took)));
    }

    /// A sentence.
    pub fn say(&self, text: impl AsRef<str>) {
        if self.detail == Detail::Full {
            for part in wrap(text.as_ref(), WIDTH - 2) {
                line(&format!("  {part}"));
            }
        }
    }

    /// What came of the transaction above.
    pub fn detail(&self, text: impl AsRef<str>) {
        if self.detail == Detail::Full {
            for part in wrap(text.as_ref(), WIDTH - 16) {
                line(&format!("                {part}"));
            }
        }
    }

    /// An empty line, even when quiet.
    pub fn gap(&self) {
        line("");
    }

    /// A sentence that is said even when quiet.
    pub fn announce(&self, text: impl AsRef<str>) {
        for part in wrap(text.as_ref(), WIDTH - 2) {
            line(&format!("  {part}"));
        }
    }

    /// A transaction that landed.
    pub fn landed(&self, who: &str, what: &str, landed: &Confirmed) {
        self.count();
        if self.detail == Detail::Full {
            let proof = format!("{}  {:>7} CU", short(&landed.signature), thousands(landed.compute_units.into()));
            let mark = self.paint(Tone::Good, "✓");
            line(&format!("    {mark} {who:<9} {what:<70} {}", self.paint(Tone::Faint, &proof)));
        }
    }

    /// A transaction that is not worth a line of its own.
    pub fn count(&self) {
        self.transactions.set(self.transactions.get() + 1);
    }

    /// A transaction that the program refused, as it should.
    pub fn refused(&self, who: &str, what: &str, error: &str) {
        if self.detail == Detail::Full {
            let mark = self.paint(Tone::Bad, "✗");
            line(&format!("    {mark} {who:<9} {what:<70} {}", self.paint(Tone::Faint, &format!("refused: {error}"))));
        }
    }

    /// A table that is left out when quiet.
    pub fn table(&self, table: &Table) {
        if self.detail == Detail::Full {
            self.show(table);
        }
    }

    /// A table. A cell that begins with ✓ or ✗ is coloured.
    pub fn show(&self, table: &Table) {
        let mut shown = comfy_table::Table::new();
        shown.load_preset(presets::NOTHING).set_content_arrangement(ContentArrangement::Disabled);
        for (number, row) in table.rows.iter().enumerate() {
            shown.add_row(row.iter().map(|cell| self.cell(cell, number == 0)));
        }
        for column in shown.column_iter_mut().skip(table.left) {
            column.set_cell_alignment(CellAlignment::Right);
        }
        for text in shown.lines() {
            line(format!("   {text}").trim_end());
        }
    }

    fn cell(&self, text: &str, heading: bool) -> comfy_table::Cell {
        let cell = comfy_table::Cell::new(text);
        match text.chars().next() {
            _ if !self.colours => cell,
            Some('✓') => cell.fg(Color::DarkGreen),
            Some('✗') => cell.fg(Color::DarkRed),
            _ if heading => cell.add_attribute(Attribute::Dim),
            _ => cell,
        }
    }

    fn paint(&self, tone: Tone, text: &str) -> String {
        if !self.colours {
            return text.to_owned();
        }
        let code = match tone {
            Tone::Headline => "1;36",
            Tone::Good => "32",
            Tone::Bad => "31",
            Tone::Faint => "2",
        };
        format!("\x1b[{code}m{text}\x1b[0m")
    }
}

/// Rows of cells; the first row is the heading.
pub struct Table {
    left: usize,
    rows: Vec<Vec<String>>,
}

impl Table {
    /// A table whose first `left` columns are aligned to the left, the others to the right.
    pub fn new<'a>(left: usize, heading: impl IntoIterator<Item = &'a str>) -> Self {
        Self { left, rows: vec![heading.into_iter().map(str::to_owned).collect()] }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = String>) {
        self.rows.push(cells.into_iter().collect());
    }
}

/// A closed standard output has no reader, so the story ends there.
fn line(text: &str) {
    if writeln!(std::io::stdout().lock(), "{text}").is_err() {
        std::process::exit(1);
    }
}

fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split_whitespace() {
        let last = lines.last().map_or(0, |last| last.chars().count());
        if last > 0 && last + 1 + word.chars().count() > width {
            lines.push(String::new());
        }
        if let Some(last) = lines.last_mut() {
            if !last.is_empty() {
                last.push(' ');
            }
            last.push_str(word);
        }
    }
    lines
}

fn short(signature: &str) -> String {
    let (head, tail) = (signature.get(..4).unwrap_or(signature), signature.len().saturating_sub(4));
    format!("{head}…{}", signature.get(tail..).unwrap_or_default())
}

/// An integer with commas.
pub fn thousands(number: i128) -> String {
    let digits = number.unsigned_abs().to_string();
    let mut text = String::new();
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    if number < 0 { format!("−{text}") } else { text }
}

/// Dollars with two decimals and commas.
pub fn dollars(amount: f64) -> String {
    let cents = (amount.abs() * 100.0).round() as i128;
    let sign = if amount < 0.0 && cents != 0 { "−" } else { "" };
    format!("{sign}${}.{:02}", thousands(cents / 100), cents % 100)
}
