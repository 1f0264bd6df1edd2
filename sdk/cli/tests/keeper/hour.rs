//! An hour of a busy market, and keepers that are killed again and again.

use crate::{
    crowd::Crowd,
    faults::{Faulty, mixed},
    inspection::{Inspection, look},
    market::{Market, TOKEN},
    process::{Process, Start, log_of},
    proxy::Proxy,
};
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::system_instruction},
    client::{Client, Transaction},
    events::{self, Event},
    evergreen::state::MarginAccount,
    math::option::OptionKind,
};
use serde_json::Value;
use solana_keypair::{Keypair, read_keypair_file, write_keypair_file};
use solana_signer::Signer;
use std::{
    collections::HashMap,
    fmt::Debug,
    hash::Hash,
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A market with a crowd, whose network a keeper sees through a relay that fails.
struct Scene {
    runtime: Runtime,
    market: Market,
    crowd: Crowd,
    faulty: Faulty,
    socket: Proxy,
    home: TempDir,
    key_file: PathBuf,
    keeper: Pubkey,
    ws_url: String,
}

impl Scene {
    /// Somebody's liquidity is on its way out: the first of ten withdrawals, five minutes apart, can be executed a minute from now.
    fn start(one_in: u64, withdrawals: usize) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let market = Market::start();
        let mut crowd = Crowd::of(&market, 4);
        runtime.block_on(async {
            crowd.provide(&market, 0, 100).await;
            for _ in 0..withdrawals {
                assert!(crowd.leave(&market, 0, TOKEN).await, "a withdrawal");
                advance(&market, 300);
            }
        });
        advance(&market, 86_400 - 300 * withdrawals as i64);
        let (faulty, socket) = runtime.block_on(async {
            (Faulty::before(&market.network.rpc_url(), one_in).await, Proxy::to(&market.network.ws_url()).await)
        });
        let home = tempfile::tempdir().expect("a folder");
        let key_file = home.path().join("keeper.json");
        let key = Keypair::new();
        write_keypair_file(&key, &key_file).expect("a key file");
        market.chain().airdrop(&key.pubkey(), 10_000_000_000).expect("SOL");
        let ws_url = format!("ws://127.0.0.1:{}", socket.port);
        Self { runtime, market, crowd, faulty, socket, home, key_file, keeper: key.pubkey(), ws_url }
    }

    fn keeper(&self) -> Process {
        Process::start(&Start {
            url: &self.faulty.url,
            ws_url: &self.ws_url,
            key_file: self.key_file.clone(),
            home: self.home.path(),
        })
    }

    /// The next minute: a new price, and what people make of it.
    fn minute(&mut self, tick: u64, acts: usize) {
        advance(&self.market, 60);
        self.market.bitcoin(price_at(tick));
        for _ in 0..acts {
            self.runtime.block_on(self.crowd.act(&self.market));
        }
    }

    /// Ends a keeper as Ctrl-C does. Others go on meanwhile, as they do on every chain: what is under way lands or expires.
    fn end(&self, keeper: Process) -> Value {
        let (url, over) = (self.market.network.rpc_url(), Arc::new(AtomicBool::new(false)));
        let (done, somebody) = (over.clone(), self.market.somebody(0));
        let others = std::thread::spawn(move || {
            let chain = evergreen_localnet::Client::new(&url, somebody);
            let mut lamports = 1_000_000;
            while !done.load(Ordering::Relaxed) {
                lamports += 1;
                let to = Pubkey::new_from_array([7; 32]);
                let _ = chain.send(&[system_instruction::transfer(&chain.payer().pubkey(), &to, lamports)], &[]);
            }
        });
        let said = keeper.end_politely();
        over.store(true, Ordering::Relaxed);
        others.join().expect("others");
        said
    }

    /// Gives the keeper up to so long to leave nothing undone.
    fn wait_until_clean(&self, most: Duration) -> Vec<crate::inspection::Undone> {
        let start = Instant::now();
        loop {
            let (_, undone) = self.runtime.block_on(look(&self.market));
            if undone.is_empty() || start.elapsed() > most {
                return undone;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// All transactions of the keeper that have landed: those that ran, with their events, and how many failed.
    fn record(&self) -> (Vec<Transaction>, usize) {
        self.runtime.block_on(async {
            let client = Client::new(&self.market.network.rpc_url());
            let all = client.rpc().get_signatures_for_address(&self.keeper).await.expect("its transactions");
            let failed = all.iter().filter(|entry| entry.err.is_some()).count();
            let mut ran = Vec::new();
            for entry in all.iter().filter(|entry| entry.err.is_none()) {
                let signature = entry.signature.parse().expect("a signature");
                let record = client.record(&signature).await.expect("a record");
                let events = events::from_logs(&record.logs);
                if events.is_empty() {
                    // The gift that it pays fees with.
                    continue;
                }
                ran.push(Transaction { signature, slot: record.slot, block_time: None, events, truncated: false });
            }
            (ran, failed)
        })
    }
}

fn advance(market: &Market, seconds: i64) {
    market.chain().advance(seconds).expect("the clock moves");
}

/// Up by an eighth, down by a sixth, with a tremble: caps of a day's options are a tenth away.
fn price_at(tick: u64) -> i64 {
    let trend = match tick {
        0..10 => 0,
        10..20 => 1_250 * (tick as i64 - 9),
        20..30 => 12_500,
        30..45 => 12_500 - 1_900 * (tick as i64 - 29),
        _ => -16_000,
    };
    100_000 + trend + (mixed(1_000 + tick) % 601) as i64 - 300
}

/// How often each thing was done.
fn counted<T: Eq + Hash + Debug>(things: impl Iterator<Item = T>) -> HashMap<T, u32> {
    let mut counts = HashMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts
}

/// Nothing that can be done once was done more often: the chain would have refused it, and the keeper would have paid for that.
fn nothing_was_done_twice(ran: &[Transaction]) {
    let all = || ran.iter().flat_map(|transaction| &transaction.events);
    let orders = all().filter_map(|event| match event {
        Event::OrderExecuted(e) => Some(e.order),
        Event::OrderCancelled(e) => Some(e.order),
        _ => None,
    });
    let exercised = all().filter_map(|event| match event {
        Event::SeriesExercised(e) => Some((e.series.slot, e.series.generation)),
        _ => None,
    });
    let settled = all().filter_map(|event| match event {
        Event::PositionSettled(e) => Some((e.account, e.series.slot, e.series.generation)),
        _ => None,
    });
    for (what, most) in [
        ("orders", counted(orders).values().copied().max()),
        ("exercises", counted(exercised).values().copied().max()),
        ("settlements", counted(settled).values().copied().max()),
    ] {
        assert!(most.unwrap_or(0) <= 1, "{what} were done {most:?} times");
    }
}

fn how_many(ran: &[Transaction], is: impl Fn(&Event) -> bool) -> usize {
    ran.iter().flat_map(|transaction| &transaction.events).filter(|event| is(event)).count()
}

/// The value of a metric, summed over its labels.
fn metric(text: &str, name: &str) -> f64 {
    let lines = text.lines().filter(|line| line.starts_with(name) && !line.starts_with('#'));
    lines.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok()).sum()
}

#[test]
fn a_busy_hour_is_kept_clean_while_the_network_fails() {
    const MINUTES: u64 = 60;
    // One answer in ten.
    let mut scene = Scene::start(10, 10);
    let keeper = scene.keeper();
    let mut inspection = Inspection::default();
    for tick in 0..MINUTES {
        let restarts = tick % 20 == 13;
        if restarts {
            scene.faulty.set_down(true);
            scene.runtime.block_on(scene.socket.cut());
        }
        scene.minute(tick, 3);
        match tick {
            8 => scene.runtime.block_on(scene.crowd.stage(&scene.market, OptionKind::Call)),
            28 => scene.runtime.block_on(scene.crowd.stage(&scene.market, OptionKind::Put)),
            _ => {}
        }
        if restarts {
            std::thread::sleep(Duration::from_millis(1_000));
            scene.faulty.set_down(false);
            scene.socket.mend();
        }
        let undone = scene.wait_until_clean(Duration::from_millis(2_500));
        let waited = inspection.take(&undone);
        assert!(waited <= 2, "after minute {tick}: {}\n{}", inspection.waiting(), log_of(scene.home.path()));
    }
    let undone = scene.wait_until_clean(Duration::from_secs(20));
    assert!(undone.is_empty(), "{undone:?}\n{}", log_of(scene.home.path()));

    // What it says of itself agrees with the chain.
    let address = keeper.started["metrics"].as_str().expect("an address").to_owned();
    let health = keeper.started["health"].as_str().expect("an address").to_owned();
    let get = |url: &str| scene.runtime.block_on(async { reqwest::get(url).await.expect("an answer") });
    assert_eq!(get(&health).status(), 200);
    let text = scene.runtime.block_on(get(&address).text()).expect("metrics");
    let summary = scene.end(keeper);
    let (ran, failed) = scene.record();
    let (asked, lost) = scene.faulty.counts();
    println!(
        "{} transactions landed and {failed} failed on chain; of {asked} requests {lost} failed; the crowd bought {} times, \
         wrote {}, placed {} orders; longest waits in minutes {:?}; {summary}",
        ran.len(),
        scene.crowd.bought,
        scene.crowd.written,
        scene.crowd.ordered,
        inspection.longest
    );
    assert!(lost * 20 > asked, "the network did fail: {lost} of {asked}");
    let done: u64 = summary["done"].as_object().expect("jobs").values().filter_map(|n| n.as_u64()).sum();
    assert_eq!(done, ran.len() as u64, "every transaction is one piece of work\n{}", log_of(scene.home.path()));
    assert!(metric(&text, "evergreen_keeper_landed_total") > 0.9 * done as f64, "{text}");
    nothing_was_done_twice(&ran);
    // A minute that passes in no time, between simulation and landing, makes some too late; on a slow machine a few more.
    assert!(
        failed * 10 <= ran.len(),
        "{failed} of {} failed on chain: the world moved under them too often",
        ran.len()
    );

    // It had something of everything to do.
    for (what, found, least) in [
        ("exercises", how_many(&ran, |e| matches!(e, Event::SeriesExercised(_))), 2),
        ("settlements", how_many(&ran, |e| matches!(e, Event::PositionSettled(_))), 2),
        ("liquidations", how_many(&ran, |e| matches!(e, Event::Liquidated(_))), 6),
        ("orders executed", how_many(&ran, |e| matches!(e, Event::OrderExecuted(_))), 3),
        ("orders cleared away", how_many(&ran, |e| matches!(e, Event::OrderCancelled(_))), 1),
        ("withdrawals", how_many(&ran, |e| matches!(e, Event::WithdrawalExecuted(_))), 9),
        ("withdrawals paid", how_many(&ran, |e| matches!(e, Event::WithdrawalClaimed(_))), 9),
        ("samples", how_many(&ran, |e| matches!(e, Event::VolatilitySampled(_))), 60),
    ] {
        assert!(found >= least, "{found} {what}, {least} expected at least");
    }
    // And was paid for it, to the unit.
    let earned: u64 = ran.iter().flat_map(|transaction| &transaction.events).map(reward).sum();
    let own = address::margin_account(&scene.market.keys.pool, &scene.keeper, 0);
    let cash =
        scene.runtime.block_on(scene.market.client().get::<MarginAccount>(&own)).expect("its account").value.cash;
    assert_eq!((cash, cash > 0), (earned as i64, true));
    assert_eq!(metric(&text, "evergreen_keeper_rewards_total"), earned as f64);
}

fn reward(event: &Event) -> u64 {
    match event {
        Event::Liquidated(e) => e.reward,
        Event::OrderExecuted(e) if e.keeper_account.is_some() => e.tip,
        Event::OrderCancelled(e) if e.keeper_account.is_some() => e.tip,
        _ => 0,
    }
}

#[test]
fn a_keeper_that_is_killed_again_and_again_loses_nothing_and_does_nothing_twice() {
    let mut scene = Scene::start(10, 4);
    let mut kills = 0;
    for tick in 8..24 {
        let keeper = scene.keeper();
        scene.minute(tick, 3);
        // At any point: while it finds out about its last life, reads everything, simulates, sends, or waits.
        std::thread::sleep(Duration::from_millis(mixed(50 + tick) % 1_200));
        keeper.kill();
        kills += 1;
    }
    let journal = journal_of(scene.home.path(), &scene.key_file);
    let left = entries(&journal);
    let keeper = scene.keeper();
    let undone = scene.wait_until_clean(Duration::from_secs(30));
    assert!(undone.is_empty(), "{undone:?}\n{}", log_of(scene.home.path()));
    scene.end(keeper);
    assert_eq!(entries(&journal), 0, "everything under way has come to its end");
    let (ran, failed) = scene.record();
    println!("{kills} kills, the last one left {left} entries; {} landed, {failed} failed on chain", ran.len());
    nothing_was_done_twice(&ran);
    // What was signed before a kill and sent again after it may come too late: once a kill and transaction under way.
    assert!(failed <= kills, "{failed} failed on chain after {kills} kills");
    assert!(how_many(&ran, |e| matches!(e, Event::SeriesExercised(_))) > 0);
    assert!(how_many(&ran, |e| matches!(e, Event::WithdrawalExecuted(_))) >= 3);
}

fn journal_of(home: &Path, key_file: &Path) -> PathBuf {
    let key = read_keypair_file(key_file).expect("a key").pubkey();
    home.join(format!(".local/state/evergreen/keeper-{key}"))
}

fn entries(journal: &Path) -> usize {
    let all = std::fs::read_dir(journal).expect("the journal");
    all.filter(|entry| entry.as_ref().is_ok_and(|entry| entry.path().extension().is_some_and(|e| e == "json"))).count()
}
