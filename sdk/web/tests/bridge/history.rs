//! Statements, costs of liquidity and returns of shares are the client library's.

use crate::page::Page;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use evergreen_sdk::{
    anchor_lang::{Event as _, prelude::Pubkey},
    events::Event,
    evergreen::{events, state::SeriesId, types::ShareClass},
    portfolio::{MovementKind, Statement},
};
use serde_json::{Value, json};

const SERIES: SeriesId = SeriesId { slot: 0, generation: 1 };

fn key(byte: u8) -> Pubkey {
    Pubkey::new_from_array([byte; 32])
}

fn leg(points: i64, position: i64, premium: i64, fee: u64) -> events::LegFilled {
    events::LegFilled {
        account: key(2),
        series: SERIES,
        points,
        position,
        premium,
        net_delta: 0,
        fee,
        fee_insurance: 0,
        fee_protocol: 0,
        fee_referrer: 0,
        fee_curator: 0,
        sigma: 1 << 63,
        spot: 100_000 << 64,
    }
}

#[test]
fn a_statement_is_the_librarys_line_by_line() {
    let opened = events::MarginAccountOpened {
        pool: key(1),
        account: key(2),
        owner: key(3),
        sub_account: 0,
        referrer: Pubkey::default(),
    };
    let moved = events::MarginMoved { account: key(2), amount: 50_000, cash: 50_000 };
    let (bought, sold) = (leg(300, 300, -10_000, 61), leg(-100, 200, 5_000, 20));
    let bytes = [vec![opened.data(), moved.data()], vec![bought.data()], vec![sold.data()]];
    let events = [
        vec![Event::MarginAccountOpened(opened), Event::MarginMoved(moved)],
        vec![Event::LegFilled(bought)],
        vec![Event::LegFilled(sold)],
    ];
    let mut statement = Statement::new(key(2));
    let mut rows = Vec::new();
    for (time, events) in (10..).zip(&events) {
        rows.extend(statement.take(events, Some(time), false));
    }
    let transactions = (10..).zip(&bytes).map(|(time, events): (i64, _)| {
        let events: Vec<String> = events.iter().map(|bytes| STANDARD.encode(bytes)).collect();
        json!({ "time": time.to_string(), "events": events })
    });
    let mut page = Page::of_scene(1, 0);
    let ask = json!({ "account": key(2).to_string(), "transactions": transactions.collect::<Vec<_>>() });
    let told = page.ok("statement", ask);
    assert_eq!(told["lines"].as_array().map(Vec::len), Some(rows.len()));
    for (line, row) in told["lines"].as_array().expect("lines").iter().zip(&rows) {
        assert_eq!(line["kind"], json!(row.kind.name()));
        assert_eq!(line["wealth"], json!(row.wealth.to_string()));
        assert_eq!(line["realised"], row.realised.map_or(Value::Null, |realised| json!(realised.to_string())));
    }
    // A third of 10,000, rounded up, was the cost of what brought 5,000.
    assert_eq!(statement.realised().of(MovementKind::Premium), 1_666);
    assert_eq!(told["realised"][0], json!({ "kind": "premium", "amount": "1666" }));
    assert_eq!(told["holdings"][0]["cost"], json!("6666"));
    assert_eq!((&told["cash"], &told["gap"]), (&json!(statement.cash().to_string()), &Value::Null));
    let told = page.ok("event", json!({ "data": STANDARD.encode(&bytes[1][0]) }));
    assert_eq!((&told["kind"], &told["position"]), (&json!("LegFilled"), &json!("300")));
    let none = page.call("event", json!({ "data": "AAAA" }));
    assert_eq!(none["problem"]["message"], json!("bytes are no event"));
}

/// A node finds accounts by their bytes, and a line names the option of its series, where the pool or the past knows it.
#[test]
fn accounts_are_found_by_their_bytes_and_lines_name_their_options() {
    let mut page = Page::of_scene(1, 1);
    let search = page.ok("accountSearch", json!({}));
    let bytes = STANDARD.decode(page.made_up()["account"].as_str().unwrap()).unwrap();
    let prefix = STANDARD.decode(search["prefix"].as_str().unwrap()).unwrap();
    assert!(bytes.starts_with(&prefix) && prefix.len() == 8);
    let owner: Pubkey = {
        let data = page.made_up()["account"].clone();
        page.ok("account", json!({ "data": data }))["owner"].as_str().unwrap().parse().unwrap()
    };
    let at = usize::try_from(search["ownerAt"].as_u64().unwrap()).unwrap();
    assert_eq!(bytes[at..at + 32], owner.to_bytes());
    assert_eq!(search["program"], json!(evergreen_sdk::evergreen::ID.to_string()));
    let gone = SeriesId { slot: 63, generation: 77 };
    let pool = page.ok("poolKeys", page.made_up()["pool"]["name"].clone())["pool"].as_str().unwrap().parse().unwrap();
    let listed = events::SeriesListed { pool, series: gone, underlying: 1, kind: 1, strike: 3_000, tenor: 86_400 };
    let encoded = |bytes: Vec<u8>| STANDARD.encode(bytes);
    let filled = |series| encoded(events::LegFilled { series, ..leg(300, 300, -10_000, 61) }.data());
    let known = SeriesId { slot: 0, ..SERIES };
    let view = page.view.clone();
    let mut options = |listing: Vec<String>, series: SeriesId| -> Value {
        let transactions = json!([{ "time": "10", "events": listing }, { "time": "11", "events": [filled(series)] }]);
        let asked = json!({ "account": key(2).to_string(), "transactions": transactions, "view": view });
        page.ok("statement", asked)["lines"][0]["option"].clone()
    };
    assert_eq!(options(vec![], gone), Value::Null);
    let named = options(vec![encoded(listed.data())], gone);
    assert_eq!(named, json!({ "underlying": 1, "put": true, "strike": "3000", "tenor": 86_400 }));
    assert_ne!(options(vec![], known), Value::Null);
}

#[test]
fn a_provider_has_cost_and_a_share_has_returns() {
    let deposit = events::LiquidityDeposited {
        pool: key(1),
        class: ShareClass::Main,
        provider: key(3),
        id: 0,
        amount: 30,
        shares: 29_000,
        assets: 0,
    };
    let transactions = json!([{ "time": "1790000000", "events": [STANDARD.encode(deposit.data())] }]);
    let mut page = Page::of_scene(1, 0);
    let ask = json!({ "pool": key(1).to_string(), "owner": key(3).to_string(), "class": "Main", "transactions": transactions });
    let told = page.ok("provider", ask.clone());
    assert_eq!((&told["shares"], &told["cost"]), (&json!("29000"), &json!("30")));
    let mut elsewhere = ask;
    elsewhere["held"] = json!("29001");
    assert_eq!(page.ok("provider", elsewhere)["cost"], Value::Null);
    let told = page.ok("shareReturns", json!({ "view": page.view, "transactions": [], "since": ["0"] }));
    assert_eq!(told["prices"].as_array().map(Vec::len), Some(1), "that of now");
    let value = page.ok("netAssetValue", json!({ "view": page.view, "class": "Main" }));
    assert_eq!(told["prices"][0]["assets"], value["mark"]);
    assert_eq!(told["returns"][0]["total"], Value::Null, "no price is known before now");
    assert_eq!(told["returns"][0]["drawdown"], Value::Null);
    let told = page.ok("sumOf", json!({ "amounts": ["9223372036854775806", "-1", "2"] }));
    assert_eq!(told["sum"], json!(i64::MAX.to_string()), "exact where JavaScript's numbers are not");
    let told = page.call("sumOf", json!({ "amounts": ["9223372036854775807", "1"] }));
    assert_eq!(told["problem"]["message"], "the sum is too large");
    let quarter = json!({ "bits": (1i128 << 62).to_string(), "decimal": "0.25" });
    let told = page.ok("volatilitiesOf", json!({ "variances": [quarter] }));
    assert_eq!(told["volatilities"][0]["decimal"], "0.5", "50 % a year");
}
