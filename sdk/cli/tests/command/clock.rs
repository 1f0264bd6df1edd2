//! The clock and the prices of a local market at the hands of who tries something out.

use crate::market::{Market, alone, text};
use std::time::Duration;

/// More than two blocks.
const A_MOMENT: Duration = Duration::from_millis(1_200);

fn spot(market: &Market) -> (String, String) {
    let prices = market.json("lena", "price show");
    let of = |key: &str| prices[0][key].as_str().expect("a price").to_owned();
    (of("spot"), of("quality"))
}

pub fn it_stands_still_and_goes_on(market: &Market) {
    let state = market.json("lena", "localnet clock show");
    assert_eq!((&state["paused"], &state["speed"]), (&false.into(), &1.into()));
    let unmoved = market.now();
    let dry = market.json("lena", "localnet clock pause --dry-run");
    assert_eq!(dry["dry_run"], true);
    std::thread::sleep(A_MOMENT);
    assert!(market.now() > unmoved, "it runs, and a dry run does not pause it");

    let paused = market.json("lena", "localnet clock pause");
    assert_eq!(paused["paused"], true);
    let then = market.now();
    assert_eq!(paused["unix_timestamp"], then);
    std::thread::sleep(A_MOMENT);
    assert_eq!(market.now(), then);
    // Transactions work all the same, and ten of them do not make a second.
    for _ in 0..5 {
        market.json("lena", "deposit 0.5 --pool TSLA.M --yes");
        market.json("lena", "withdraw 0.5 --pool TSLA.M --yes");
    }
    assert_eq!(market.now(), then);
    assert_eq!(spot(market).1, "Fresh");

    // A price that is set stays, and is good for everything at once however far it jumps.
    let before = spot(market).0;
    let dry = market.json("lena", "localnet price set BTC 87654.25 --dry-run");
    assert_eq!((&dry["action"], spot(market).0), (&"set BTC to $87654.25".into(), before));
    let set = market.json("lena", "localnet price set BTC 87654.25");
    assert_eq!((&set["prices"][0]["dollars"], &set["prices"][0]["set"]), (&"87654.25".into(), &true.into()));
    assert_eq!(set["prices"][1]["set"], false);
    assert_eq!(spot(market), ("87654.25".into(), "Fresh".into()));
    std::thread::sleep(A_MOMENT);
    assert_eq!((spot(market), market.now()), (("87654.25".into(), "Fresh".into()), then));

    // It jumps when it is told to, also while it stands.
    let later = market.json("lena", "localnet advance 1h");
    assert_eq!((&later["unix_timestamp"], &later["paused"]), (&(then + 3_600).into(), &true.into()));
    assert_eq!((spot(market), market.now()), (("87654.25".into(), "Fresh".into()), then + 3_600));

    let resumed = market.json("lena", "localnet clock resume");
    assert_eq!(resumed["paused"], false);
    std::thread::sleep(2 * A_MOMENT);
    let gone_on = market.now() - (then + 3_600);
    assert!((1..30).contains(&gone_on), "{gone_on} s");
    assert_eq!(spot(market), ("87654.25".into(), "Fresh".into()), "set until it may follow");
    let follows = market.json("lena", "localnet price follow btc");
    assert_eq!(follows["prices"][0]["set"], false);
    let (path, quality) = spot(market);
    assert!(path != "87654.25" && quality == "Fresh", "{path} {quality}");
}

/// Whoever has configured nothing gets the market of the folder, and is told so; what is named goes before it.
fn the_market_of_the_folder_is_found(market: &Market) {
    let shown = alone(market.folder(), "pool list");
    let aside = String::from_utf8_lossy(&shown.stderr);
    assert!(shown.status.success() && text(&shown).contains("TSLA.M"), "{}", text(&shown));
    assert!(aside.contains("this is the local market of ./evergreen-localnet/config.yml"), "{aside}");
    let shown = alone(market.folder(), "pool list --json");
    assert!(shown.status.success() && shown.stderr.is_empty(), "{}", text(&shown));
    let other = alone(market.folder(), "pool list --url http://127.0.0.1:9");
    assert!(!other.status.success() && !text(&other).contains("local market of"), "{}", text(&other));
    // One that has ended is not taken, nor one that is elsewhere.
    let away = market.folder().join("away");
    for control in ["127.0.0.1:9", "192.0.2.1:9"] {
        let folder = away.join("evergreen-localnet");
        std::fs::create_dir_all(&folder).expect("a folder");
        std::fs::write(folder.join("config.yml"), "json_rpc_url: http://127.0.0.1:9").expect("a file");
        let text = serde_json::json!({ "control": control, "rpc_url": "http://127.0.0.1:9" }).to_string();
        std::fs::write(folder.join("control.json"), text).expect("a file");
        let shown = alone(&away, "pool list --nodes nowhere");
        assert!(!String::from_utf8_lossy(&shown.stderr).contains("local market of"), "{shown:?}");
    }
}

pub fn who_asks_in_vain_is_told(market: &Market) {
    the_market_of_the_folder_is_found(market);
    let nobody = alone(market.folder(), "localnet --dir elsewhere clock show");
    assert_eq!(nobody.status.code(), Some(1));
    assert!(text(&nobody).contains("next: start one: evergreen localnet"), "{}", text(&nobody));
    // A process that ended without taking its file away.
    let folder = market.folder().join("left");
    std::fs::create_dir_all(&folder).expect("a folder");
    let left = r#"{"control":"127.0.0.1:9","rpc_url":"http://127.0.0.1:9"}"#;
    std::fs::write(folder.join("control.json"), left).expect("a file");
    let gone = alone(market.folder(), "localnet --dir left price set BTC 1");
    assert!(text(&gone).contains("no local market of the folder left runs"), "{}", text(&gone));
    for line in ["localnet price set BTC 0", "localnet price set BTC 1.123456789", "localnet price set DOGE 1"] {
        assert_eq!(market.run("lena", line).status.code(), Some(2), "{line}");
    }
}
