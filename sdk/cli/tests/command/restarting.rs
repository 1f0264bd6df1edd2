//! A local market that is ended and started again, saved and loaded; and one whose prices come from files.

use crate::{
    incomplete,
    market::{Market, alone, text},
};
use evergreen_sdk::{accounts::Account, anchor_lang::prelude::Pubkey, client::Filter, evergreen::state::MarginAccount};
use serde_json::Value;
use std::{collections::BTreeMap, path::Path};
use tempfile::TempDir;

/// What an account holds: cash in native units, and positions.
type Holdings = (i64, Vec<(Value, Value)>);

/// Native units that a position pays of funding in the seconds in which a network starts, and more.
const FUNDING: i64 = 1_000;

/// Checks that an account holds what it held, but for the funding of seconds.
fn assert_same(now: &Holdings, before: &Holdings) {
    assert_eq!(now.1, before.1);
    assert!((0..FUNDING).contains(&(before.0 - now.0)), "{} of cash, and before {}", now.0, before.0);
}

fn holdings(market: &Market, user: &str) -> Holdings {
    let account = market.json(user, "account show --pool TSLA.M");
    // What it has cost a market that was started again has forgotten.
    let positions = market.json(user, "positions --pool TSLA.M --no-cost");
    let positions = positions.as_array().expect("positions").iter();
    let of = |position: &Value| (position["option"].clone(), position["points"].clone());
    let cash = account["cash"]["native"].as_str().and_then(|cash| cash.parse().ok()).expect("cash");
    (cash, positions.map(of).collect())
}

fn key_of(market: &Market, user: &str) -> Value {
    let users = market.ready["users"].as_array().expect("users");
    users.iter().find(|known| known["name"] == user).expect("a user")["address"].clone()
}

pub fn it_goes_on_where_it_was_ended() {
    let mut market = Market::start(&["--curated"]);
    assert!(market.ready["continues"].is_null());
    market.json("lena", "localnet price set BTC 101000");
    let buy = "trade buy --pool TSLA.M --underlying BTC --call --strike 100000 --size 0.05BTC --deposit 5 --yes";
    market.jsons("alice", buy);
    // Far from the machine's clock, so that it shows whose clock goes on.
    market.json("lena", "localnet advance 48h");
    market.json("lena", "localnet clock pause");
    let saved = market.json("lena", "localnet save report.json");
    let (alice, held) = (key_of(&market, "alice"), holdings(&market, "alice"));
    assert_eq!(held.1.len(), 1, "{held:?}");
    incomplete::what_is_known_is_told(&market);
    incomplete::what_has_no_price_is_told(&market);
    let clock = market.now();
    assert_eq!(saved["unix_timestamp"], clock);
    let mint = market.mint("CRCLx");

    // A second one in the same folder is refused, and the first one does not notice.
    let second = alone(market.folder(), "localnet --rpc-port 0 --ws-port 0");
    assert_eq!(second.status.code(), Some(1));
    assert!(text(&second).contains("a local market runs in evergreen-localnet"), "{}", text(&second));
    assert_same(&holdings(&market, "alice"), &held);

    market.restart(&[], true);
    assert_eq!(market.ready["continues"], "where it was ended; --fresh begins anew");
    assert_eq!((key_of(&market, "alice"), market.mint("CRCLx")), (alice.clone(), mint));
    let state = market.json("lena", "localnet clock show");
    assert_eq!((&state["paused"], &state["prices"][0]["dollars"]), (&true.into(), &"101000".into()), "{state}");
    // Transactions move a clock that stands by moments.
    assert!((0..5).contains(&(market.now() - clock)), "{} after {clock}", market.now());
    assert_same(&holdings(&market, "alice"), &held);
    // It is no picture: what is held is closed, and tokens come out.
    market.json("lena", "localnet clock resume");
    market.jsons("alice", "close --all --pool TSLA.M --yes");
    assert_eq!(holdings(&market, "alice").1.len(), 0);

    // Of one that is killed what was saved within the last minute is there.
    market.restart(&[], false);
    assert_eq!(market.json("lena", "pool list").as_array().map(Vec::len), Some(3));
    let file = market.folder().join("report.json");

    // A report from elsewhere is played again: that moment, and those keys.
    let elsewhere = tempfile::tempdir().expect("a folder");
    std::fs::copy(&file, elsewhere.path().join("report.json")).expect("a copy");
    let replayed = Market::start_in(elsewhere, &["--load", "report.json"]);
    assert_eq!(replayed.ready["continues"], "as saved in report.json");
    assert_eq!(key_of(&replayed, "alice"), alice);
    assert_same(&holdings(&replayed, "alice"), &held);
    assert!((0..5).contains(&(replayed.now() - clock)));
    incomplete::what_is_forgotten_is_told(&replayed);
    replayed.end_politely();

    market.restart(&["--fresh"], true);
    assert!(market.ready["continues"].is_null());
    assert_ne!(key_of(&market, "alice"), alice);
    // What a market was begun with cannot be changed when it goes on.
    let folder = market.end_and_keep();
    let other = alone(folder.path(), "localnet --rpc-port 0 --ws-port 0 --bare");
    assert!(text(&other).contains("the market of evergreen-localnet was begun without --bare"), "{}", text(&other));
    let loaded = alone(folder.path(), "localnet --rpc-port 0 --ws-port 0 --load report.json");
    assert!(text(&loaded).contains("evergreen-localnet has a market of its own"), "{}", text(&loaded));
}

/// Data of all margin accounts of the pools that were made from the seed.
fn traders(market: &Market) -> BTreeMap<Pubkey, Vec<u8>> {
    let stocks = market.ready["stocks"].as_array().expect("stocks").iter().skip(2);
    let pools = stocks.map(|stock| stock["pool"].as_str().and_then(|pool| pool.parse().ok()).expect("a pool"));
    let of = |pool| market.wait(market.client().find::<MarginAccount>(Filter::of_pool(pool))).expect("accounts").value;
    let keys: Vec<Pubkey> = pools.flat_map(of).map(|(key, _)| key).collect();
    let read = market.wait(market.client().raw(&keys)).expect("accounts").value;
    keys.into_iter().zip(read).map(|(key, account)| (key, account.expect("an account").data)).collect()
}

pub fn all_pools_go_on() {
    let mut market = Market::start(&["--pools", "4", "--seed", "5"]);
    let (stocks, held) = (market.ready["stocks"].clone(), traders(&market));
    assert_eq!((stocks.as_array().map(Vec::len), held.len()), (Some(4), 4), "{stocks}");
    let made = stocks[3]["name"].as_str().expect("a name").to_owned();
    market.json("lena", "localnet save report.json");

    market.restart(&[], true);
    assert_eq!(market.ready["stocks"], stocks);
    // Nobody has acted for them, so not a byte of them is another one.
    assert_eq!(traders(&market), held);
    assert_eq!(market.json("lena", "pool list").as_array().map(Vec::len), Some(4));
    // It is no picture: users have their tokens of a made stock, and trade in its pool.
    let buy = format!("trade buy --pool {made} --underlying BTC --call --strike atm --size 0.001BTC --deposit 5 --yes");
    market.jsons("alice", &buy);

    let elsewhere = tempfile::tempdir().expect("a folder");
    std::fs::copy(market.folder().join("report.json"), elsewhere.path().join("report.json")).expect("a copy");
    let replayed = Market::start_in(elsewhere, &["--load", "report.json"]);
    assert_eq!((&replayed.ready["stocks"], &traders(&replayed)), (&stocks, &held));
    replayed.end_politely();

    // One seed makes the same market twice, wherever it is made; another one another.
    let positions = |held: &BTreeMap<Pubkey, Vec<u8>>| -> BTreeMap<Pubkey, Vec<i64>> {
        let points = |data: &Vec<u8>| {
            let account = MarginAccount::decode(data).expect("an account");
            account.open_positions().map(|place| account.positions[place].points).collect()
        };
        held.iter().map(|(key, data)| (*key, points(data))).collect()
    };
    for (seed, is_same) in [("5", true), ("6", false)] {
        let again = Market::start(&["--pools", "4", "--seed", seed]);
        let theirs = |market: &Value| market.as_array().expect("stocks")[2..].to_vec();
        assert_eq!(theirs(&again.ready["stocks"]) == theirs(&stocks), is_same, "{}", again.ready["stocks"]);
        let (one, other) = (positions(&held), positions(&traders(&again)));
        assert!(one.len() == 4 && one.values().all(|points| !points.is_empty()), "{one:?}");
        assert_eq!(one == other, is_same, "{one:?} {other:?}");
        again.end_politely();
    }

    // A market of another size is another market.
    let folder = market.end_and_keep();
    for (options, words) in [("--pools 5", "with 4 pools"), ("--pools 4 --accounts 3", "with 2 accounts")] {
        let other = text(&alone(folder.path(), &format!("localnet --rpc-port 0 --ws-port 0 {options}")));
        assert!(other.contains(&format!("the market of evergreen-localnet was begun {words}")), "{other}");
    }
}

/// Made-up candles from 2025 on, as Binance and Kraken write them.
fn write_prices(folder: &Path) {
    let binance = |price: i64| {
        move |minute: i64| {
            let at = (1_735_689_600 + 60 * minute) * 1_000_000;
            let price = price + minute;
            format!("{at},{price},{price},{price},{price},1.0,{},1.0,1,1.0,1.0,0\n", at + 59_999_999)
        }
    };
    let bitcoin: String = (0..10).map(binance(90_000)).collect();
    std::fs::write(folder.join("BTCUSDT-1m.csv"), bitcoin).expect("a file");
    let kraken = |minute: i64| format!("{},3500,3510,3490,{},7.5,3\n", 1_735_689_600 + 60 * minute, 3_500 + minute);
    std::fs::write(folder.join("prices-of-ether.csv"), (0..10).map(kraken).collect::<String>()).expect("a file");
}

pub fn prices_come_from_files() {
    let folder: TempDir = tempfile::tempdir().expect("a folder");
    write_prices(folder.path());
    let market = Market::start_in(folder, &["--path", "BTCUSDT-1m.csv", "--path", "ETH=prices-of-ether.csv", "--bare"]);
    let notes = market.ready["prices"].to_string();
    for words in ["Binance candles of BTC, 10 rows, times in microseconds", "Kraken candles of ETH, 10 rows"] {
        assert!(notes.contains(words), "{notes}");
    }
    let begun = market.json("lena", "localnet price show");
    assert_eq!((&begun["prices"][0]["dollars"], &begun["prices"][1]["dollars"]), (&"90000".into(), &"3500".into()));
    let later = market.json("lena", "localnet advance 5m");
    assert_eq!((&later["prices"][0]["dollars"], &later["prices"][1]["dollars"]), (&"90005".into(), &"3505".into()));
    assert!(!market.log().contains("has ended"));
    // The path lasts nine minutes: the ends of ten candles.
    let over = market.json("lena", "localnet advance 5m");
    assert_eq!(over["prices"][0]["dollars"], "90009");
    assert!(over["path_ends"].as_i64() < over["unix_timestamp"].as_i64(), "{over}");
    let shown = text(&market.run("lena", "localnet price show"));
    assert!(shown.contains("its path has ended at"), "{shown}");
    assert_eq!(market.log().matches("warning: the path of prices has ended at").count(), 1, "{}", market.log());
    // A file that is wrong is named with its line before anything is started.
    std::fs::write(market.folder().join("btc.csv"), "time,price\n1,2\n2,x\n").expect("a file");
    let wrong = alone(market.folder(), "localnet --dir other --path btc.csv");
    assert!(text(&wrong).contains("btc.csv, line 3: the BTC price `x` is not a number above 0"), "{}", text(&wrong));
    market.end_politely();
}
