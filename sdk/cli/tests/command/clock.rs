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

pub fn who_asks_in_vain_is_told(market: &Market) {
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
