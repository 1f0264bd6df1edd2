//! Answers that are not all that was asked for: they are printed, what is missing is said beside them, and the command fails by it.

use crate::market::{Market, text};
use serde_json::Value;

/// What is asked about the past.
const PAST: [&str; 6] = [
    "positions --pool TSLA.M",
    "portfolio --pool TSLA.M",
    "history --pool TSLA.M",
    "history --pool TSLA.M --since 7d",
    "history --pool TSLA.M --whole --limit 100000",
    "lp show --pool TSLA.M --history",
];
/// What needs prices and tells the rest without them.
const PRICED: [&str; 4] = [
    "positions --pool TSLA.M --no-cost",
    "portfolio --pool TSLA.M",
    "pool show --pool TSLA.M",
    "orders list --pool TSLA.M",
];

/// Runs a line whose answer is incomplete, for machines and for people.
fn is_incomplete(market: &Market, line: &str, words: &str) {
    let output = market.run("alice", &format!("{line} --json"));
    let said = text(&output);
    assert_eq!(output.status.code(), Some(7), "{line}: {said}");
    let printed: Value =
        serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{line}: {error}: {said}"));
    assert!(printed.is_array() || printed.is_object(), "{line}: {said}");
    let report = serde_json::from_slice(&output.stderr).unwrap_or_else(|error| panic!("{line}: {error}: {said}"));
    evergreen_test_support::schema::check_error(line, &report);
    assert_eq!((&report["cause"], &report["exit_code"]), (&"Incomplete".into(), &7.into()), "{line}: {said}");
    assert!(report["next"].is_string() && said.contains(words), "{line}: {said}");
    for_people(market, line);
}

fn for_people(market: &Market, line: &str) {
    let output = market.run("alice", line);
    let (shown, aside) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(7), "{line}: {shown}{aside}");
    assert!(!shown.trim().is_empty(), "{line}: {aside}");
    assert!(aside.contains("error: this is not all of it: ") && aside.contains("next: "), "{line}: {aside}");
}

/// On a market that remembers everything.
pub fn what_is_known_is_told(market: &Market) {
    for line in PAST.iter().chain(&PRICED) {
        market.json("alice", line);
    }
    let table = market.run("alice", "history --pool TSLA.M --csv");
    assert!(table.status.success() && table.stderr.is_empty(), "{}", text(&table));
    // Nothing has ever happened there, so nothing is missing.
    market.json("alice", "history --pool TSLA.M --account 9");
}

/// On a market whose past transactions are gone.
pub fn what_is_forgotten_is_told(market: &Market) {
    for line in PAST {
        is_incomplete(market, line, "this is not all of it: ");
    }
    for line in ["history --pool TSLA.M --csv", "history --pool TSLA.M --csv --account 9"] {
        for_people(market, line);
    }
    // Whether there was an account that is closed nobody can tell from nothing.
    for line in ["history --pool TSLA.M --account 9", "portfolio --owner 11111111111111111111111111111111"] {
        is_incomplete(market, line, "accounts that were closed before are not known");
    }
    // What is new is known, but not what was before it.
    market.json("alice", "deposit 1 --pool TSLA.M --yes");
    is_incomplete(market, "history --pool TSLA.M", "the network does not remember what was before 20");
    market.json("alice", "history --pool TSLA.M --limit 1");
    let table = market.run("alice", "history --pool TSLA.M --csv");
    assert_eq!(table.status.code(), Some(7), "{}", text(&table));
    assert!(text(&table).contains(",deposit,"), "{}", text(&table));
}

/// Where nobody publishes prices.
pub fn what_has_no_price_is_told(market: &Market) {
    let place = "--underlying BTC --call --strike 100000 --size 0.05BTC --at-or-above 120000 --reduce-only";
    market.json("alice", &format!("orders place sell --pool TSLA.M {place} --yes"));
    for line in PRICED {
        is_incomplete(market, &format!("{line} --prices previous"), "evergreen price show");
    }
    market.json("alice", "orders cancel 1 --pool TSLA.M --yes");
}
