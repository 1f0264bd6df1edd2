//! What `evergreen history` says against what the chain remembers.

use crate::market::{LONGEST, Market, text};
use evergreen_sdk::{
    address,
    client::{EventHistory, EventStream, Transaction},
    instruction::{self as build, PoolKeys},
};
use evergreen_test_network::Faulty;
use serde_json::Value;
use solana_signer::Signer;
use std::{
    io::{BufRead, BufReader, Lines},
    process::{Child, ChildStdout, Command, Stdio},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

fn rows(value: &Value) -> Vec<(String, String)> {
    let of = |row: &Value, key: &str| row[key].as_str().expect("a text").to_owned();
    value.as_array().expect("rows").iter().map(|row| (of(row, "signature"), of(row, "event"))).collect()
}

/// The events of a transaction as rows.
fn of(transaction: &Transaction) -> Vec<(String, String)> {
    let name = |event: &evergreen_sdk::events::Event| {
        format!("{event:?}").split(['(', ' ']).next().expect("a name").to_owned()
    };
    transaction.events.iter().map(|event| (transaction.signature.to_string(), name(event))).collect()
}

pub fn the_newest_come_without_the_rest(market: &Market) {
    let pool = address::pool(&market.mint("TSLA.M"));
    // All that the chain remembers, forwards.
    let mut forwards = Vec::new();
    let mut stream = EventStream::new(market.client().clone(), pool, None);
    market.wait(async {
        while let Some(transaction) = stream.poll().await.expect("an answer") {
            forwards.push(transaction);
        }
    });
    let all: Vec<(String, String)> = forwards.iter().flat_map(of).collect();
    assert!(all.len() > 100, "{} events", all.len());
    assert_eq!(rows(&market.json("lena", "history --pool TSLA.M --whole --limit 100000")), all);
    for limit in [1, 7, 50] {
        let shown = market.json("lena", &format!("history --pool TSLA.M --whole --limit {limit}"));
        assert_eq!(rows(&shown), all[all.len() - limit..]);
        let words = shown[0]["details"].as_str().expect("words");
        assert!(!words.is_empty(), "{shown}");
    }
    // Every kind of event that has happened has words.
    let shown = market.json("lena", "history --pool TSLA.M --whole --limit 100000");
    for row in shown.as_array().expect("rows") {
        let said = !row["details"].as_str().expect("words").is_empty() || !row["amount"].is_null();
        assert!(said || row["event"] == "MarginAccountClosed", "{row}");
    }

    // Backwards by small pages, each once; no further back than a time.
    let middle = forwards[forwards.len() / 2].block_time.expect("a time");
    let backwards = |since: Option<i64>| {
        let mut past = EventHistory::new(market.client().clone(), pool).pages_of(7);
        if let Some(since) = since {
            past = past.since(since);
        }
        let mut found = Vec::new();
        market.wait(async {
            while let Some(transaction) = past.next().await.expect("an answer") {
                found.push(transaction.signature);
            }
        });
        found.reverse();
        found
    };
    let signatures: Vec<_> = forwards.iter().map(|transaction| transaction.signature).collect();
    assert_eq!(backwards(None), signatures);
    let young: Vec<_> =
        forwards.iter().filter(|t| t.block_time >= Some(middle)).map(|transaction| transaction.signature).collect();
    assert_eq!(backwards(Some(middle)), young);
    assert!(young.len() < signatures.len());
    let since = market.now() - middle;
    let shown = rows(&market.json("lena", &format!("history --pool TSLA.M --whole --limit 100000 --since {since}s")));
    let known: Vec<_> = forwards.iter().filter(|t| t.block_time > Some(middle + 30)).flat_map(of).collect();
    assert!(shown.len() >= known.len() && shown.len() < all.len() && shown.ends_with(&known), "{}", shown.len());
}

/// A command that goes on until it is interrupted.
struct Follower {
    process: Child,
    lines: Lines<BufReader<ChildStdout>>,
    done: Arc<AtomicBool>,
}

impl Follower {
    fn start(market: &Market, line: &str) -> Self {
        let mut command = market.command("bob", &format!("{line} --json"));
        let mut process = command.stdout(Stdio::piped()).spawn().expect("the command runs");
        let lines = BufReader::new(process.stdout.take().expect("its output")).lines();
        // A line that never comes ends the test, not the day.
        let (id, done) = (process.id().to_string(), Arc::new(AtomicBool::new(false)));
        let ended = done.clone();
        std::thread::spawn(move || {
            std::thread::sleep(LONGEST);
            if !ended.load(Ordering::Relaxed) {
                let _ = Command::new("kill").args(["-KILL", &id]).status();
            }
        });
        Self { process, lines, done }
    }

    /// The amount of the next event.
    fn amount(&mut self) -> i64 {
        let line = self.lines.next().expect("a line").expect("a text");
        let row: Value = serde_json::from_str(&line).unwrap_or_else(|error| panic!("{error}: {line}"));
        row["amount"]["native"]
            .as_str()
            .and_then(|native| native.parse().ok())
            .unwrap_or_else(|| panic!("no amount: {row}"))
    }

    /// As Ctrl-C does; it ends well and has nothing more to say.
    fn interrupt(mut self) {
        let id = self.process.id().to_string();
        assert!(Command::new("kill").args(["-INT", &id]).status().expect("kill").success());
        assert!(self.process.wait().expect("its end").success());
        self.done.store(true, Ordering::Relaxed);
        assert!(self.lines.next().is_none());
    }
}

pub fn what_happens_is_followed(market: &Market) {
    let (bob, keys) = (market.key("bob"), PoolKeys::new(market.mint("TSLA.M"), anchor_spl::token::ID));
    let account = address::margin_account(&keys.pool, &bob.pubkey(), 3);
    let deposit = |amount| build::deposit_margin(bob.pubkey(), &keys, account, amount);
    market
        .send(&bob, &[build::open_margin_account(bob.pubkey(), bob.pubkey(), &keys, 3, None), deposit(1), deposit(2)]);

    let mut follower = Follower::start(market, "history --pool TSLA.M --account 3 --limit 1 --follow");
    assert_eq!(follower.amount(), 2, "the newest of before, and no more");
    market.send(&bob, &[deposit(3), deposit(4)]);
    market.send(&bob, &[deposit(5)]);
    assert_eq!([0; 3].map(|_| follower.amount()), [3, 4, 5], "in order, each once");
    follower.interrupt();

    // A network that fails for a while comes back: what has happened meanwhile is told, and the command goes on.
    let relay = market.wait(Faulty::before(market.ready["rpc_url"].as_str().expect("a URL"), 0));
    let line = format!("history --pool TSLA.M --account 3 --limit 1 --follow --url {}", relay.url);
    let mut follower = Follower::start(market, &line);
    assert_eq!(follower.amount(), 5);
    relay.set_down(true);
    std::thread::sleep(Duration::from_secs(3));
    market.send(&bob, &[deposit(7)]);
    std::thread::sleep(Duration::from_secs(2));
    relay.set_down(false);
    assert_eq!(follower.amount(), 7);
    follower.interrupt();
    market.json("bob", "withdraw 0.00000007 --pool TSLA.M --account 3 --yes");

    // What is too old to be shown is not followed either.
    market.json("bob", "localnet advance 2h");
    let mut follower = Follower::start(market, "history --pool TSLA.M --account 3 --since 1h --follow");
    // Long enough for it to have read what there is: only what comes afterwards may be shown.
    std::thread::sleep(Duration::from_secs(2));
    market.send(&bob, &[deposit(6)]);
    assert_eq!(follower.amount(), 6);
    follower.interrupt();

    // An account that nothing has happened to.
    let nothing = market.run("bob", "history --pool TSLA.M --account 9");
    assert!(text(&nothing).starts_with("nothing has happened"), "{}", text(&nothing));
    market.json("bob", "withdraw all --pool TSLA.M --account 3 --yes");
    assert_eq!(market.json("bob", "history --pool TSLA.M --account 3 --limit 1")[0]["amount"]["native"], "-21");
}
