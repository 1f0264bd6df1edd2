//! `evergreen govern` where it refuses; that it works is the operators' guide's test.

use crate::market::Market;
use evergreen_sdk::{address, evergreen::state::Protocol};
use serde_json::Value;

/// On a market of which lena is admin and bob guardian, with the pool TSLA.M and one proposal that waits.
pub fn errors_say_why(market: &Market, waiting: u64) {
    let error =
        |user: &str, line: &str, code: i32| -> Value { market.fails(user, &format!("govern {line} --yes"), code) };
    let words = |report: &Value| report["error"].as_str().unwrap_or_default().to_owned();
    let before = market.find::<Protocol>(&address::protocol()).expect("created");

    let wrong = error("lena", "propose pool-params --pool TSLA.M --set fee_opn_bps=3", 2);
    assert!(words(&wrong).contains("unknown field fee_opn_bps"), "{wrong}");
    let wrong = error("lena", "propose pool-params --pool TSLA.M --set fee_open_bps", 2);
    assert!(words(&wrong).contains("NAME=VALUE"), "{wrong}");
    let same = error("lena", "propose underlying-params ETH --set max_age=5", 2);
    assert!(words(&same).contains("has these values already"), "{same}");
    let low = error("lena", "propose pool-params --pool TSLA.M --set fee_open_bps=1 --set fee_close_bps=1", 3);
    assert_eq!(low["cause"], "FeeBelowLatencyFloor");
    assert_eq!(error("lena", "propose timelock 1h", 3)["cause"], "InvalidParameter");
    assert_eq!(error("lena", "propose resume --pool TSLA.M", 3)["cause"], "PoolNotHalted");
    assert_eq!(error("lena", "propose price-source BTC previous", 3)["cause"], "PriceWrongOwner");
    assert_eq!(error("bob", "propose timelock 48h", 3)["cause"], "Unauthorized");

    assert!(words(&error("alice", "execute 99", 1)).contains("there is no proposal 99"));
    assert_eq!(error("alice", &format!("execute {waiting}"), 3)["cause"], "ProposalTooEarly");
    assert_eq!(error("alice", &format!("cancel {waiting}"), 3)["cause"], "Unauthorized");

    assert_eq!(error("alice", "pause list 1h", 3)["cause"], "Unauthorized");
    assert_eq!(error("bob", "pause reduce-risk 2d", 3)["cause"], "PauseTooLong");
    assert_eq!(error("bob", "tighten --pool TSLA.M --max-pool-cash 90071993", 3)["cause"], "NotTightening");
    let nothing = error("bob", "tighten --pool TSLA.M", 2);
    assert!(words(&nothing).contains("--max-series-points"), "{nothing}");
    assert_eq!(error("alice", "halt --pool TSLA.M", 3)["cause"], "Unauthorized");

    // Another program than the one that runs.
    let other = market.run("alice", "govern verify-program --file prices.csv --json");
    assert_eq!(other.status.code(), Some(1));
    let compared: Value = serde_json::from_slice(&other.stdout).expect("a comparison");
    assert_eq!(compared["same"], false);

    let dry = market.json("lena", "govern propose timelock 48h --dry-run");
    assert_eq!(dry["events"][0], "ProposalCreated");
    let after = market.find::<Protocol>(&address::protocol()).expect("created");
    assert_eq!((after.next_proposal, after.config_version), (before.next_proposal, before.config_version));

    // A change of the target makes a proposal void, and the list says so.
    let of = |report: Value| report["proposals"][0]["state"].as_str().unwrap_or_default().to_owned();
    assert_eq!(of(market.json("alice", "govern show")), "waiting");
    let change = "propose pool-params --pool TSLA.M --set fee_open_bps=7";
    market.json("lena", &format!("govern {change} --yes"));
    // Whoever provides liquidity is told of it while it can be made.
    let pending = |who: &str| {
        let shown = market.json(who, "lp deposit 1 --pool TSLA.M --dry-run");
        shown["quote"]["pending"].as_array().expect("proposals").clone()
    };
    let told = pending("lena");
    let text = told[0]["what"].as_str().unwrap_or_default();
    assert!(told.len() == 1 && text.contains("fee_open_bps 5 → 7"), "{told:?}");
    assert!(told[0]["from"].as_i64() > Some(0), "{told:?}");
    market.json(
        "bob",
        "govern tighten --pool TSLA.M --max-series-points 1000000000000000 --max-account-points 200000000000000 --yes",
    );
    let shown = market.json("alice", "govern show");
    assert_eq!(
        (&shown["proposals"][0]["state"], &shown["proposals"][1]["state"]),
        (&"waiting".into(), &"outdated".into())
    );
    assert!(pending("lena").is_empty(), "an outdated proposal changes nothing");
}
