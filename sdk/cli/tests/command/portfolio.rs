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
fn table(csv: &str) -> Vec<BTreeMap<String, String>> {
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

fn number(row: &BTreeMap<String, String>, column: &str) -> i64 {
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

    // A closed account has made what its wallet says.
    market.jsons("pia", "close --all --pool TSLA.M --yes");
    market.json("pia", "account close --pool TSLA.M --yes");
    let report = market.json("pia", "portfolio");
    let found = sums(&report, 0);
    assert_sums(&found);
    assert_eq!(report["accounts"][0]["state"], "closed");
    assert_eq!((found["profit"], found["equity"]), (market.tokens(&wallet) - before, 0));
    assert_eq!(report["totals"][0]["profit"], report["accounts"][0]["sums"]["profit"]);
}
