//! What `evergreen portfolio`, `positions` and `history --csv` say of an account, against its wallet and the chain.

use crate::{
    market::{Market, TOKEN, text},
    trading::native,
};
use evergreen_sdk::{address, evergreen::state::MarginAccount};
use serde_json::Value;
use solana_signer::Signer;
use std::collections::BTreeMap;

const OPTION: &str = "--pool TSLA.M --underlying BTC --call --strike 100000";

/// The rows of a table as programs read it, by column.
pub fn table(csv: &str) -> Vec<BTreeMap<String, String>> {
    let mut lines = csv.lines();
    let columns: Vec<&str> = lines.next().expect("a heading").split(',').collect();
    assert_eq!(columns[..3], ["time_utc", "kind", "pool"]);
    let row = |line: &str| {
        // No cell has a comma in it here.
        let cells: Vec<String> = line.split(',').map(|cell| cell.trim_matches('"').to_owned()).collect();
        assert_eq!(cells.len(), columns.len(), "{line}");
        columns.iter().map(|column| (*column).to_owned()).zip(cells).collect()
    };
    lines.map(row).collect()
}

pub fn number(row: &BTreeMap<String, String>, column: &str) -> i64 {
    row[column].parse().unwrap_or_else(|_| panic!("{column} of {row:?}"))
}

fn sums(report: &Value, place: usize) -> BTreeMap<&'static str, i64> {
    let sums = &report["accounts"][place]["sums"];
    ["deposits", "withdrawals", "realised", "unrealised", "profit", "equity", "set_aside"]
        .map(|name| (name, native(&sums[name])))
        .into()
}

fn assert_sums(sums: &BTreeMap<&str, i64>) {
    let profit = sums["realised"] + sums["unrealised"];
    assert_eq!(profit, sums["profit"], "{sums:?}");
    assert_eq!(sums["deposits"] - sums["withdrawals"] + profit, sums["equity"] + sums["set_aside"], "{sums:?}");
}

pub fn an_account_adds_up(market: &Market) {
    let pia = market.newcomer("pia", 100).pubkey();
    let mint = market.mint("TSLA.M");
    let wallet = address::token_account(&pia, &mint, &anchor_spl::token::ID);
    let account = address::margin_account(&address::pool(&mint), &pia, 0);
    let before = market.tokens(&wallet);
    let nothing = market.json("pia", "chain --pool TSLA.M --underlying BTC --size 0.1BTC");
    assert!(nothing["options"].as_array().is_some_and(|options| options.iter().all(|option| option["held"] == 0)));
    assert!(market.json("pia", "portfolio")["accounts"].as_array().is_some_and(Vec::is_empty));

    // Bought, a part sold, a day of funding, all sold, bought again.
    market.json("pia", "localnet price set BTC 100000");
    market.json("pia", &format!("trade buy {OPTION} --size 0.1BTC --deposit 20 --yes"));
    market.json("pia", "localnet price set BTC 101000");
    market.json("pia", &format!("trade sell {OPTION} --size 0.04BTC --yes"));
    market.json("pia", "localnet advance 24h");
    market.json("pia", &format!("trade sell {OPTION} --size 0.06BTC --yes"));
    market.json("pia", &format!("trade buy {OPTION} --size 0.05BTC --yes"));
    market.json("pia", "withdraw 2 --pool TSLA.M --yes");

    let report = market.json("pia", "portfolio --pool TSLA.M");
    let found = sums(&report, 0);
    assert_sums(&found);
    assert_eq!((found["deposits"], found["withdrawals"], found["set_aside"]), (20 * TOKEN, 2 * TOKEN, 0));
    let state = market.find::<MarginAccount>(&account).expect("an account");
    let held: Vec<_> = state.open_positions().map(|place| state.positions[place]).collect();
    let position = &report["accounts"][0]["positions"][0];
    // Rounding of sizes in coins may leave a point.
    assert_eq!(position["points"], held[0].points);
    assert!(native(&position["cost"]) > 0 && native(&position["realised"]) != 0, "{position}");
    assert!(native(&position["fees"]) < 0 && native(&position["funding"]) < 0, "{position}");
    assert_eq!(position["cap"], "120000.00");
    for price in ["entry", "mark", "break_even", "break_even_later", "cap_distance"] {
        assert!(position[price].is_string(), "{price}: {position}");
    }
    the_chain_agrees(market);
    let told = &market.json("pia", "portfolio --pool TSLA.M --closed --carry")["accounts"][0];
    // The first position is over, in two sales; the second one is open.
    let over = told["closed"].as_array().expect("positions that are over");
    assert_eq!((over.len(), over[0]["option"].as_str()), (1, Some("BTC call 100000 of 7 d")), "{told}");
    let (entry, exit) = (over[0]["entry"].as_str().expect("one"), over[0]["exit"].as_str().expect("one"));
    assert!(entry.parse::<f64>().expect("dollars") > 2_500.0 && exit.parse::<f64>().expect("dollars") > 2_500.0);
    let net = native(&over[0]["realised"]) + native(&over[0]["funding"]) + native(&over[0]["fees"]);
    assert_eq!(native(&over[0]["net"]), net, "{told}");
    let funding = told["sums"]["realised_by"].as_array().expect("parts").iter().find(|part| part["kind"] == "funding");
    let carry = native(&funding.expect("funding")["carry"]);
    assert_eq!(carry, native(&told["positions"][0]["carry"]), "one series has it all: {told}");
    assert!(carry.abs() <= native(&funding.expect("funding")["amount"]).abs(), "{told}");
    let positions = market.json("pia", "positions");
    assert_eq!(positions[0]["cost"], position["cost"]);
    let without = market.json("pia", "positions --no-cost");
    assert!(without[0]["cost"].is_null() && without[0]["mark"].is_string(), "{without}");
    for line in ["portfolio", "positions"] {
        let said = text(&market.run("pia", line));
        assert!(said.contains("entry") && said.contains("break-even"), "{said}");
    }

    // The table has every movement, and makes the same sums.
    let csv = text(&market.run("pia", "history --pool TSLA.M --csv"));
    let rows = table(&csv);
    let total: i64 = rows.iter().map(|row| number(row, "amount_native")).sum();
    let realised: i64 = rows.iter().map(|row| number(row, "realised_native")).sum();
    assert_eq!((total, realised), (state.cash, found["realised"]), "{csv}");
    let of = |kind: &str| rows.iter().filter(|row| row["kind"] == kind).count();
    assert_eq!((of("deposit"), of("withdrawal"), of("premium"), of("fee")), (1, 1, 4, 4), "{csv}");
    assert!(of("funding") >= 1);
    for row in &rows {
        let time = &row["time_utc"];
        assert!(time.len() == 20 && time.ends_with('Z') && &time[10..11] == "T", "{row:?}");
        assert!(row["kind"] != "premium" || row["option"].starts_with("BTC call 100000"), "{row:?}");
    }
    let young = table(&text(&market.run("pia", "history --pool TSLA.M --csv --since 12h")));
    assert!(young.len() < rows.len() && rows.ends_with(&young), "{} of {}", young.len(), rows.len());

    let with = table(&text(&market.run("pia", "history --pool TSLA.M --csv --carry")));
    let carries: i64 = with.iter().filter(|row| row["kind"] == "funding").map(|row| number(row, "carry_native")).sum();
    assert_eq!(carries, carry, "{with:?}");
    assert!(rows.iter().all(|row| row["carry_native"].is_empty()), "only where it was asked for");

    // A closed account has made what its wallet says.
    market.jsons("pia", "close --all --pool TSLA.M --yes");
    market.json("pia", "account close --pool TSLA.M --yes");
    let report = market.json("pia", "portfolio");
    let found = sums(&report, 0);
    assert_sums(&found);
    assert_eq!(report["accounts"][0]["state"], "closed");
    assert_eq!((found["profit"], found["equity"]), (market.tokens(&wallet) - before, 0));
    assert_eq!(report["totals"][0]["profit"], report["accounts"][0]["sums"]["profit"]);
    an_option_that_is_gone_has_its_name(market);
    a_closed_account_is_found(market);
}

/// A closed account is found whatever its number is, also in a pool that the market file does not name.
fn a_closed_account_is_found(market: &Market) {
    let una = market.newcomer("una", 100).pubkey();
    let mint = market.mint("TSLA.M");
    let wallet = address::token_account(&una, &mint, &anchor_spl::token::ID);
    let before = market.tokens(&wallet);
    market.json("una", &format!("trade buy {OPTION} --size 0.1BTC --deposit 20 --account 1 --yes"));
    market.jsons("una", "close --all --pool TSLA.M --account 1 --yes");
    market.json("una", "account close --pool TSLA.M --account 1 --yes");
    let nameless = market.folder().join("nameless.json");
    std::fs::write(&nameless, "{\"pools\":[]}").expect("a file");
    let nameless = format!("--market {}", nameless.display());
    let pool = address::pool(&mint);
    for (line, file) in [("portfolio --closed", ""), ("portfolio --closed", &*nameless)] {
        let report = market.json("una", &format!("{line} {file}"));
        let account = &report["accounts"][0];
        assert_eq!((&account["account"], &account["state"]), (&1.into(), &"closed".into()), "{report}");
        assert_eq!(sums(&report, 0)["profit"], market.tokens(&wallet) - before, "{report}");
        assert_eq!(account["closed"].as_array().map(Vec::len), Some(1), "{report}");
    }
    let csv = text(&market.run("una", &format!("history --pool {pool} --csv {nameless}")));
    let rows = table(&csv);
    let moved: i64 = rows
        .iter()
        .filter(|row| row["kind"] != "deposit" && row["kind"] != "withdrawal")
        .map(|row| number(row, "amount_native"))
        .sum();
    assert_eq!(moved, market.tokens(&wallet) - before, "{csv}");
    assert!(rows.iter().all(|row| row["account"] == "1"), "{csv}");

    // All accounts are in the table, or the one that is named.
    market.json("una", &format!("trade buy {OPTION} --size 0.05BTC --deposit 10 --account 3 --yes"));
    let numbers = |line: &str| -> Vec<String> {
        let mut found: Vec<String> =
            table(&text(&market.run("una", line))).iter().map(|row| row["account"].clone()).collect();
        found.dedup();
        found
    };
    assert_eq!(numbers("history --pool TSLA.M --csv"), ["1", "3"]);
    assert_eq!(numbers("history --pool TSLA.M --csv --account 3"), ["3"]);
    let nothing = market.run("una", "history --pool TSLA.M --csv --account 0");
    assert!(
        nothing.status.success() && String::from_utf8_lossy(&nothing.stderr).contains("has never had an account 0"),
        "{nothing:?}"
    );
}

/// The row of what is held says what the position says, and its ask is what a purchase costs.
fn the_chain_agrees(market: &Market) {
    // Nothing is sampled between two commands.
    market.json("pia", "localnet clock pause");
    let report = market.json("pia", "portfolio --pool TSLA.M");
    let position = &report["accounts"][0]["positions"][0];
    let chain = market.json("pia", "chain --pool TSLA.M --underlying BTC --size 0.1BTC");
    let options = chain["options"].as_array().expect("options");
    let held: Vec<&Value> = options.iter().filter(|option| option["held"] != 0).collect();
    assert_eq!((held.len(), &held[0]["strike"], &held[0]["kind"]), (1, &100_000.into(), &"call".into()), "{chain}");
    assert_eq!((&held[0]["held"], &held[0]["mark"]), (&position["points"], &position["mark"]));
    let points = chain["points"].as_i64().expect("points");
    let quote = market.json("pia", &format!("quote buy {OPTION} --points {points}"));
    assert_eq!(held[0]["buy"], quote["net"], "{quote}");
    let most = held[0]["room_to_buy"].as_u64().expect("points");
    assert!(most > 0 && held[0]["room_to_sell"].as_u64() >= held[0]["held"].as_u64(), "{chain}");
    // What fits is taken by a quote with plenty paid in, and a point more is not.
    let deposit = "--account 7 --deposit 900000";
    market.json("pia", &format!("quote buy {OPTION} --points {most} {deposit}"));
    let refused = market.run("pia", &format!("quote buy {OPTION} --points {} {deposit} --json", most + most / 100 + 2));
    assert!(!refused.status.success(), "{most} and more");
    market.json("pia", "localnet clock resume");
    for (line, kind) in [("--call", "call"), ("--put", "put")] {
        let one = market.json("pia", &format!("chain --pool TSLA.M --underlying BTC {line} --tenor 1d --points 1000"));
        assert!(one["options"].as_array().is_some_and(|options| options.iter().all(|option| option["kind"] == kind)));
    }
    let said = text(&market.run("pia", "chain --pool TSLA.M --underlying BTC"));
    assert!(said.contains("100000 *") && said.contains("* you have 0.05 of the call 100000"), "{said}");
    let wrong = market.run("pia", "chain --pool TSLA.M --underlying BTC --tenor 14d");
    assert!(String::from_utf8_lossy(&wrong.stderr).contains("offered: --tenor 1d"), "{wrong:?}");
}

/// Events of a series that is no longer listed name the option all the same.
fn an_option_that_is_gone_has_its_name(market: &Market) {
    let option = "--pool TSLA.M --underlying ETH --put --strike 3700 --tenor 1d";
    market.json("pia", &format!("trade buy {option} --size 0.01ETH --deposit 1 --yes"));
    market.json("pia", &format!("trade sell {option} --size 0.01ETH --yes"));
    market.jsons("pia", "close --all --pool TSLA.M --yes");
    let listed = market.json("pia", "series list --pool TSLA.M");
    let found = listed.as_array().expect("series").iter().find(|series| series["option"] == "ETH put 3700 of 1 d");
    let series = found.expect("it is listed")["series"].as_str().expect("a name").to_owned();
    let retire = format!("series retire {series} --pool TSLA.M --yes");
    let first = market.run("pia", &retire);
    if !first.status.success() {
        // A full minute was over in between, and liquidity of that minute still counts the series.
        let said = text(&first);
        assert!(
            said.contains("SeriesInUse") && said.contains("liquidity of") && said.contains("the next one"),
            "{said}"
        );
        market.json("pia", "localnet advance 90s");
        market.json("pia", &retire);
    }
    let events = market.json("pia", "history --pool TSLA.M --limit 30");
    let of = |kind: &str| {
        events.as_array().expect("events").iter().find(|row| row["event"] == kind && row["series"] == series.as_str())
    };
    assert_eq!(of("LegFilled").expect("a leg")["option"], "ETH put 3700 of 1 d");
    assert!(of("LegFilled").expect("a leg")["details"].as_str().is_some_and(|words| words.contains("ETH put 3700")));
    let closed = &market.json("pia", "portfolio --pool TSLA.M --closed")["accounts"][0]["closed"];
    assert!(
        closed.as_array().is_some_and(|all| all.iter().any(|over| over["option"] == "ETH put 3700 of 1 d")),
        "{closed}"
    );
    let csv = text(&market.run("pia", "history --pool TSLA.M --csv"));
    assert!(csv.contains("\"ETH put 3700 of 1 d\""), "{csv}");
    // The whole pool's history has the retirement itself.
    let whole = market.json("pia", "history --pool TSLA.M --whole --limit 5");
    let retired = whole.as_array().expect("events").iter().find(|row| row["event"] == "SeriesRetired");
    assert_eq!(retired.expect("a retirement")["option"], "ETH put 3700 of 1 d");
}
