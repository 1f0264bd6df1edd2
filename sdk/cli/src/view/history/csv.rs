//! Movements as comma-separated values: one row a movement, for tables and tax programs.
//!
//! The columns stay as they are; new ones come at the end. Numbers are plain, with a point and without grouping. Texts that a table would take for a formula begin with an
//! apostrophe, and characters that are not visible ASCII are written as their numbers.

use crate::{context::PoolContext, names::visible, output::utc, plan::history::TableRow, view::event_words::class};
use evergreen_sdk::{convert, math::Dollars, portfolio::Provision};

/// The columns.
pub const COLUMNS: [&str; 20] = [
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
    "class",
    "cost",
    "cost_native",
];

/// Rows with their heading, each with the carry in it where that is known.
pub fn text(pool: &PoolContext, rows: &[TableRow]) -> String {
    let mut text = COLUMNS.join(",");
    for row in rows {
        text.push('\n');
        text += &line(pool, row);
    }
    text
}

fn line(pool: &PoolContext, row: &TableRow) -> String {
    let tokens = |native: i64| convert::tokens(native, pool.view.pool.decimals).normalize().to_string();
    let both = |native: Option<i64>| {
        (native.map_or_else(String::new, tokens), native.map_or_else(String::new, |n| n.to_string()))
    };
    match row {
        TableRow::Account { number, dated, carry } => {
            let movement = &dated.movement;
            let option = movement.series.and_then(|series| pool.option(series)).unwrap_or_default();
            // 0:1 would become a time of day.
            let series =
                movement.series.map_or_else(String::new, |id| format!("slot {} generation {}", id.slot, id.generation));
            let spot = movement.spot.and_then(|bits| convert::dollars(Dollars::from_bits(bits), 8).ok());
            let (realised, carry) = (both(movement.realised), both(*carry));
            let cells = [
                dated.time.map_or_else(String::new, utc),
                movement.kind.name().to_owned(),
                cell(&pool.name),
                number.to_string(),
                cell(&option),
                series,
                if movement.points == 0 { String::new() } else { movement.points.to_string() },
                tokens(movement.amount),
                realised.0,
                tokens(movement.wealth),
                movement.amount.to_string(),
                realised.1,
                spot.map_or_else(String::new, |spot| spot.normalize().to_string()),
                dated.slot.to_string(),
                dated.signature.to_string(),
                carry.0,
                carry.1,
                String::new(),
                String::new(),
                String::new(),
            ];
            cells.join(",")
        }
        TableRow::Liquidity(paid) => {
            let native = |sum: i128| i64::try_from(sum).ok();
            let (kind, amount, cost) = match paid.payment {
                Provision::Deposit { amount } => ("lp-deposit", i128::from(amount), None),
                Provision::Withdrawal { amount, cost } => ("lp-withdrawal", -i128::from(amount), Some(cost)),
            };
            // What was paid out and what that had cost.
            let (realised, amount) = (cost.map(|cost| -amount - cost), both(native(amount)));
            let (realised, cost) = (both(realised.and_then(native)), both(cost.and_then(native)));
            let none = String::new;
            let cells = [
                paid.time.map_or_else(String::new, utc),
                kind.to_owned(),
                cell(&pool.name),
                none(),
                none(),
                none(),
                none(),
                amount.0,
                realised.0,
                none(),
                amount.1,
                realised.1,
                none(),
                paid.slot.to_string(),
                paid.signature.to_string(),
                none(),
                none(),
                class(paid.class).to_owned(),
                cost.0,
                cost.1,
            ];
            cells.join(",")
        }
    }
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
