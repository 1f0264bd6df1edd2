//! What a page is told of the past behind a node that lies: by `evergreen serve` with either database, and by `evergreen app`. It is what an honest node makes an honest service tell, or it says
//! how far it goes; thousands of requests, each lie alone and all together.

use crate::{
    process::{Process, evergreen},
    served::{FILE, get, kept, of_the_chain, serve},
};
use evergreen_sdk::anchor_lang::prelude::Pubkey;
use evergreen_test_network::{Crowd, Liar, Lie, Market, TOKEN};
use evergreen_test_support::postgres::Postgres;
use serde_json::Value;
use solana_signer::Signer;
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// Which command tells it.
#[derive(Clone, Copy, Debug)]
enum By {
    Serve,
    App,
}

/// Requests of a whole run, unless `EVERGREEN_LIES_REQUESTS` names another number, and how many it has to come to on however busy a machine.
const REQUESTS: u64 = 2_000;
const LEAST: u64 = 500;

#[tokio::test(flavor = "multi_thread")]
async fn a_service_behind_a_node_that_lies_tells_what_the_chain_tells() {
    behind_a_node_that_lies(By::Serve, FILE, 4).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_service_behind_a_node_that_lies_tells_what_the_chain_tells_with_postgres() {
    let Some(database) = Postgres::start() else { return };
    behind_a_node_that_lies(By::Serve, &database.url(), 5).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_app_behind_a_node_that_lies_tells_its_page_what_the_chain_tells() {
    behind_a_node_that_lies(By::App, FILE, 6).await;
}

/// Starts what tells it, on the network at a URL.
fn start(by: By, url: &str, database: &str, home: &Path) -> Process {
    match by {
        By::Serve => serve(url, database, home),
        By::App => {
            let page = home.join("page");
            std::fs::create_dir_all(&page).expect("a folder");
            std::fs::write(page.join("index.html"), "<!doctype html><title>Evergreen</title>").expect("a file");
            let mut command = evergreen(home);
            command.args(["app", "--json", "--database", database, "--port", "0", "--app-files", "page"]);
            command.args(["--interval", "20", "--url", url]);
            Process::of(command, home)
        }
    }
}

/// Somebody who has paid in once, and does nothing else.
struct Saver {
    owner: Pubkey,
    paid: u64,
}

impl Saver {
    fn of(market: &Market, tokens: u64) -> Self {
        let (owner, _) = market.trader(tokens);
        Self { owner: owner.pubkey(), paid: tokens * TOKEN }
    }

    /// What is told of them at any moment is true, or nothing, or says that it is not all of it.
    async fn check(&self, service: &Process, lies: &[Lie]) {
        let told = get(service, &format!("/portfolio?owner={}", self.owner)).await;
        for one in told["accounts"].as_array().expect("accounts") {
            let paid = Value::from(self.paid.to_string());
            let is_true = one["deposits"] == paid && one["cash"] == paid && one["gap"].is_null();
            // The opening and the payment are one transaction.
            assert!(is_true, "{lies:?}: {one}");
        }
    }
}

/// All that a page asks but events, without numbers that each store gives by itself.
async fn told(service: &Process, market: &Market, savers: &[Saver]) -> Vec<(String, Value)> {
    let (pool, mut found) = (market.keys.pool, Vec::new());
    let mut paths: Vec<String> = savers.iter().map(|saver| format!("/portfolio?owner={}", saver.owner)).collect();
    for by in ["realised", "traded"] {
        paths.push(format!("/leaders?pool={pool}&by={by}&limit=1000"));
    }
    for seconds in [300, 3_600, 86_400] {
        paths.push(format!("/candles?pool={pool}&seconds={seconds}&limit=1000"));
    }
    for (place, feed) in market.feeds.iter().enumerate() {
        paths.push(format!("/interest?pool={pool}&underlying={place}&limit=1000"));
        paths.push(format!("/volatility?underlying={}&limit=1000", feed.underlying));
    }
    for path in paths {
        let mut told = get(service, &path).await;
        assert!(told["problem"].is_null(), "{path}: {told}");
        if let Some(accounts) = told["accounts"].as_array_mut() {
            accounts.sort_by_key(|one| one["account"].to_string());
        }
        for sample in told["samples"].as_array_mut().into_iter().flatten() {
            sample["id"] = Value::Null;
        }
        found.push((path, told));
    }
    found
}

/// Times of all events.
async fn times(service: &Process) -> Vec<Value> {
    let (mut found, mut after) = (Vec::new(), "0".to_owned());
    loop {
        let page = get(service, &format!("/events?after={after}&limit=1000")).await;
        found.extend(page["events"].as_array().expect("events").iter().map(|one| one["time"].clone()));
        match page["next"].as_str() {
            Some(next) => after = next.to_owned(),
            None => return found,
        }
    }
}

/// Waits until a service has stored all that the chain tells; what it tells at any moment before is a beginning of it.
async fn complete(service: &Process, market: &Market, savers: &[Saver], lies: &[Lie]) {
    let begin = Instant::now();
    loop {
        let (stored, are_final) = kept(service).await;
        let expected = of_the_chain(market).await;
        assert!(expected.starts_with(&stored), "{lies:?}: {} stored, {} told", stored.len(), expected.len());
        for saver in savers.iter().rev().take(3) {
            saver.check(service, lies).await;
        }
        if are_final && stored.len() == expected.len() {
            return;
        }
        let late = begin.elapsed() > Duration::from_secs(180);
        assert!(!late, "{lies:?}: {} of {} events", stored.len(), expected.len());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
}

/// After a lie the node tells the truth when the same is asked again. At no moment is something told that the chain has not told, or a part left out in front of what is told.
async fn behind_a_node_that_lies(by: By, database: &str, seed: u64) {
    let market = Market::start();
    let mut crowd = Crowd::of(&market, 3);
    let [home, honest_home] = [(); 2].map(|()| tempfile::tempdir().expect("a folder"));
    let honest = serve(&market.network.rpc_url(), FILE, honest_home.path());
    let liar = Liar::before(&market.network.rpc_url(), seed, 0, &[]).await.relenting();
    let mut service = Some(start(by, &liar.url, database, home.path()));
    let mut savers = Vec::new();
    let lies: Vec<Lie> = Lie::READING.into_iter().filter(|lie| !matches!(lie, Lie::Partial | Lie::Absent)).collect();
    for (round, lied) in lies.iter().map(|lie| vec![*lie]).chain([lies.clone()]).enumerate() {
        // There are few records, and some lies are waited for.
        let one_in = match lied[..] {
            [Lie::Limit | Lie::LimitInside] => 20,
            [Lie::Missing | Lie::Version | Lie::NoLog | Lie::CutLog | Lie::OtherRecord] => 1,
            _ => 5,
        };
        liar.set(one_in, &lied);
        savers.extend((1..=3).map(|tokens| Saver::of(&market, tokens + round as u64)));
        crowd.act(&market).await;
        let running = service.take().unwrap_or_else(|| start(by, &liar.url, database, home.path()));
        complete(&running, &market, &savers, &lied).await;
        liar.set(0, &[]);
        complete(&honest, &market, &savers, &[]).await;
        assert_eq!(told(&running, &market, &savers).await, told(&honest, &market, &savers).await, "{lied:?}");
        assert_eq!(times(&running).await, times(&honest).await, "{lied:?}");
        if round % 4 == 3 {
            running.kill();
        } else {
            service = Some(running);
        }
    }
    // Whoever has nothing to do asks all the same.
    liar.set(5, &lies);
    let running = service.take().unwrap_or_else(|| start(by, &liar.url, database, home.path()));
    let begin = Instant::now();
    let named = std::env::var("EVERGREEN_LIES_REQUESTS").ok().and_then(|text| text.parse().ok());
    let (wanted, most) = (named.unwrap_or(REQUESTS), Duration::from_secs(if named.is_some() { 3_600 } else { 60 }));
    while liar.asked() < wanted && begin.elapsed() < most {
        complete(&running, &market, &savers, &lies).await;
    }
    let counts = liar.counts();
    println!("{by:?}: {} requests, {} lies, {counts:?}", liar.asked(), counts.values().sum::<u64>());
    let untold: Vec<&Lie> = lies.iter().filter(|lie| !counts.contains_key(lie)).collect();
    assert!(untold.is_empty() && liar.asked() >= LEAST, "{} requests, {untold:?}", liar.asked());
}
