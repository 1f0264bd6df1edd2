//! Movements as comma-separated values: one row a movement, for tables and tax programs.
//!
//! The columns stay as they are; new ones come at the end. Numbers are plain, with a point and without grouping. Texts that a table would take for a formula begin with an
//! apostrophe, and characters that are not visible ASCII are written as their numbers.

use crate::{context::PoolContext, names::visible, output::utc};
use evergreen_sdk::{client::Dated, convert, math::Dollars};

/// The columns.
pub const COLUMNS: [&str; 17] = [
    "time_utc",
    "kind",
    "pool",
    "account",
    "option",
    "series",
    "points",
    "amount",
    "realised",
    "wealth",
    "amount_native",
    "realised_native",
    "spot_usd",
    "slot",
    "signature",
    "carry",
    "carry_native",
];

/// Rows with their heading, each with the carry in it where that is known.
pub fn text(pool: &PoolContext, account: u16, rows: &[(Dated, Option<i64>)]) -> String {
    let mut text = COLUMNS.join(",");
    for (row, carry) in rows {
        text.push('\n');
        text += &line(pool, account, row, *carry);
    }
    text
}

fn line(pool: &PoolContext, account: u16, row: &Dated, carry: Option<i64>) -> String {
    let movement = &row.movement;
    let tokens = |native: i64| convert::tokens(native, pool.view.pool.decimals).normalize().to_string();
    let option = movement.series.and_then(|series| pool.option(series)).unwrap_or_default();
    // 0:1 would become a time of day.
    let series =
        movement.series.map_or_else(String::new, |id| format!("slot {} generation {}", id.slot, id.generation));
    let spot = movement.spot.and_then(|bits| convert::dollars(Dollars::from_bits(bits), 8).ok());
    let cells = [
        row.time.map_or_else(String::new, utc),
        movement.kind.name().to_owned(),
        cell(&pool.name),
        account.to_string(),
        cell(&option),
        series,
        if movement.points == 0 { String::new() } else { movement.points.to_string() },
        tokens(movement.amount),
        movement.realised.map_or_else(String::new, tokens),
        tokens(movement.wealth),
        movement.amount.to_string(),
        movement.realised.map_or_else(String::new, |native| native.to_string()),
        spot.map_or_else(String::new, |spot| spot.normalize().to_string()),
        row.slot.to_string(),
        row.signature.to_string(),
        carry.map_or_else(String::new, tokens),
        carry.map_or_else(String::new, |native| native.to_string()),
    ];
    cells.join(",")
}

/// A text that others may have chosen as one cell.
fn cell(text: &str) -> String {
    let mut shown = visible(text);
    if shown.starts_with(['=', '+', '-', '@', '|', '%', '\'']) {
        shown.insert(0, '\'');
    }
    if shown.contains(['"', ',', ' ']) { format!("\"{}\"", shown.replace('"', "\"\"")) } else { shown }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cell_is_no_formula_and_moves_no_cursor() {
        for (text, shown) in [
            ("TSLA.M", "TSLA.M"),
            ("=HYPERLINK(\"x\")", "\"'=HYPERLINK(\"\"x\"\")\""),
            ("+1", "'+1"),
            ("-1", "'-1"),
            ("@x", "'@x"),
            ("a,b", "\"a,b\""),
            ("a\r\n=1", "a\\u{d}\\u{a}=1"),
            ("\t=1", "\\u{9}=1"),
            ("\u{1b}[2J", "\\u{1b}[2J"),
        ] {
            assert_eq!(cell(text), shown, "{text:?}");
        }
    }
}
