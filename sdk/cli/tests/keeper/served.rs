//! `evergreen serve` beside a market: killed at any moment, it stores what the chain tells.

use crate::process::{Process, evergreen};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use evergreen_sdk::{address::PROGRAM, client::EventStream, events::Event};
use evergreen_test_network::Market;
use serde_json::Value;
use std::{
    collections::BTreeSet,
    path::Path,
    time::{Duration, Instant},
};

/// What is compared of an event: slot, signature, place, and all that it says.
type Told = (u64, String, u64, String);

/// Starts the service on a market's network.
fn serve(market: &Market, home: &Path) -> Process {
    let mut command = evergreen(home);
    command.args([
        "serve",
        "--json",
        "--database",
        "sqlite://events.db",
        "--listen",
        "127.0.0.1:0",
        "--interval",
        "20",
    ]);
    command.args(["--url", &market.network.rpc_url()]);
    Process::of(command, home)
}

async fn get(service: &Process, path: &str) -> Value {
    let address = service.started["address"].as_str().expect("its address");
    let text = reqwest::get(format!("{address}{path}")).await.expect("an answer").text().await.expect("text");
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// All events that the service tells, the oldest first, and whether all are final.
async fn kept(service: &Process) -> (Vec<Told>, bool) {
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

async fn of_the_chain(market: &Market) -> Vec<Told> {
    let (mut stream, mut told) = (EventStream::new(market.client(), PROGRAM, None), Vec::new());
    while let Some(one) = stream.poll().await.expect("the chain") {
        for (place, event) in (0..).zip(&one.events) {
            told.push((one.slot, one.signature.to_string(), place, format!("{event:?}")));
        }
    }
    told
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_that_is_killed_stores_what_the_chain_tells() {
    let market = Market::start();
    let home = tempfile::tempdir().expect("a folder");
    let mut seen = BTreeSet::new();
    for round in 0..5u64 {
        let service = serve(&market, home.path());
        for tokens in 1..=3 {
            market.trader(tokens + round);
        }
        // It is killed while it has something to do: at once, or once it has told something new.
        if round % 2 == 1 {
            let begin = Instant::now();
            while !seen.insert(get(&service, "/status").await["lastEvent"].to_string()) {
                assert!(begin.elapsed() < Duration::from_secs(120), "it stores nothing");
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        }
        service.kill();
    }
    let service = serve(&market, home.path());
    let expected = of_the_chain(&market).await;
    assert!(expected.len() >= 30, "{} events", expected.len());
    let begin = Instant::now();
    loop {
        let (stored, are_final) = kept(&service).await;
        if are_final && stored.len() >= expected.len() {
            assert_eq!(stored, expected);
            break;
        }
        assert!(begin.elapsed() < Duration::from_secs(180), "{} of {} events", stored.len(), expected.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
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
