//! `evergreen serve` beside a market: killed at any moment it stores what the chain tells, in both databases.

use crate::process::{Process, evergreen};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use evergreen_sdk::{address::PROGRAM, client::EventStream, events::Event};
use evergreen_test_network::{Market, Random};
use evergreen_test_support::postgres::Postgres;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

/// What is compared of an event: slot, signature, place, and all that it says.
pub type Told = (u64, String, u64, String);

/// A database in a file of the service's folder.
pub const FILE: &str = "sqlite://events.db";

/// Starts the service on the network at a URL.
pub fn serve(url: &str, database: &str, home: &Path) -> Process {
    let mut command = evergreen(home);
    command.args(["serve", "--json", "--database", database, "--listen", "127.0.0.1:0", "--interval", "20"]);
    command.args(["--url", url]);
    Process::of(command, home)
}

pub async fn get(service: &Process, path: &str) -> Value {
    // A page is told by the command that serves it.
    let address = service.started["address"].as_str().or(service.started["history"].as_str()).expect("its address");
    let text = reqwest::get(format!("{address}{path}")).await.expect("an answer").text().await.expect("text");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// All events that the service tells, the oldest first, and whether all are final.
pub async fn kept(service: &Process) -> (Vec<Told>, bool) {
    let (mut found, mut are_final, mut after) = (Vec::new(), true, "0".to_owned());
    loop {
        let page = get(service, &format!("/events?after={after}&limit=1000")).await;
        for one in page["events"].as_array().expect("events") {
            let text = |name: &str| one[name].as_str().expect("text").to_owned();
            let data = STANDARD.decode(text("data")).expect("base64");
            let event = Event::decode(&data).expect("an event");
            let slot = text("slot").parse().expect("a slot");
            found.push((slot, text("signature"), one["place"].as_u64().expect("a place"), format!("{event:?}")));
            are_final &= one["final"] == Value::Bool(true);
        }
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => return (found, are_final),
        }
    }
}

pub async fn of_the_chain(market: &Market) -> Vec<Told> {
    let (mut stream, mut told) = (EventStream::new(market.client(), PROGRAM, None), Vec::new());
    while let Some(one) = stream.poll().await.expect("the chain") {
        for (place, event) in (0..).zip(&one.events) {
            told.push((one.slot, one.signature.to_string(), place, format!("{event:?}")));
        }
    }
    told
}

/// Waits until the service has stored all that the chain tells, and compares it.
async fn compare(service: &Process, market: &Market) {
    let expected = of_the_chain(market).await;
    let begin = Instant::now();
    loop {
        let (stored, are_final) = kept(service).await;
        if are_final && stored.len() >= expected.len() {
            assert!(stored == expected, "{} stored, {} expected", stored.len(), expected.len());
            return;
        }
        assert!(begin.elapsed() < Duration::from_secs(180), "{} of {} events", stored.len(), expected.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_killed_stores_what_the_chain_tells() {
    killed_at_any_moment(FILE, 1).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_killed_stores_what_the_chain_tells_in_postgres() {
    let Some(database) = Postgres::start() else { return };
    killed_at_any_moment(&database.url(), 2).await;
}

async fn killed_at_any_moment(database: &str, seed: u64) {
    const ROUNDS: u64 = 12;
    let market = Market::start();
    let home = tempfile::tempdir().expect("a folder");
    let url = market.network.rpc_url();
    let (mut random, mut seen) = (Random(seed), BTreeSet::new());
    for round in 0..ROUNDS {
        let service = serve(&url, database, home.path());
        for tokens in 1..=3 {
            market.trader(tokens + round);
        }
        // It is killed while it has something to do: at any moment, or once it has told something new.
        if round % 3 == 1 {
            let begin = Instant::now();
            while !seen.insert(get(&service, "/status").await["lastEvent"].to_string()) {
                assert!(begin.elapsed() < Duration::from_secs(120), "it stores nothing");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        tokio::time::sleep(Duration::from_millis(random.range(0, 400) as u64)).await;
        service.kill();
    }
    let service = serve(&url, database, home.path());
    compare(&service, &market).await;
    // What adds up is there, too: one account of the last trader, with what was paid in.
    let (owner, account) = market.trader(7);
    let owner = solana_signer::Signer::pubkey(&owner);
    let begin = Instant::now();
    let found = loop {
        let told = get(&service, &format!("/portfolio?owner={owner}")).await;
        if told["accounts"][0]["deposits"].is_string() {
            break told["accounts"][0].clone();
        }
        assert!(begin.elapsed() < Duration::from_secs(180), "{told}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    };
    assert_eq!(found["account"], Value::from(account.to_string()));
    assert_eq!((&found["gap"], &found["cash"]), (&Value::Null, &found["deposits"]));
    let ended = service.end_politely();
    assert!(ended["last_event"].as_i64().is_some_and(|last| last > 0), "{ended}");
}
