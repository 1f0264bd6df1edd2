//! One keeper for many pools: what it asks for, what it needs, and how long an account stays below maintenance. `cargo xtask pools` measures the same with two
//! hundred pools of fifty accounts.

use crate::{
    process::{Process, evergreen, log_of},
    scale::{Measured, Used, liquidations, metric, shown, spread},
};
use evergreen_localnet::Client as Localnet;
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{Client, FillRequest, Filter, SendOptions},
    evergreen::state::{MarginAccount, Pool},
    instruction::PoolKeys,
    math::{Points, Seconds, option::OptionKind},
    plan::Planner,
    price::PushFeeds,
    quote::{PoolView, Screen},
    strategy::{Contract, ContractTerms, Part, Strategy},
};
use evergreen_test_network::{Counted, TOKEN};
use serde_json::Value;
use solana_keypair::{Keypair, read_keypair_file, write_keypair_file};
use solana_signer::Signer;
use std::{
    collections::BTreeMap,
    io::{BufRead, BufReader},
    path::Path,
    process::{Child, Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// The limit of the issue that this is about: from the price at which an account is below maintenance to its liquidation.
const REACTION: Duration = Duration::from_secs(5);
/// Points of what is written by those who fall alone.
const POINTS: Points = Points(-3_333_333);
/// How long nothing has to happen until all are thought to be liquidated.
const QUIET: Duration = Duration::from_secs(12);
/// The price of BTC, and what it falls back to.
const CALM: u64 = 100_000;

/// How large the measurement is.
#[derive(Clone, Copy)]
struct Size {
    pools: usize,
    accounts: usize,
    /// Seconds over which requests are counted.
    seconds: u64,
    /// How many accounts fall alone, one after the other.
    falls: usize,
}

impl Size {
    /// `EVERGREEN_POOLS=200x50` names another one than that of tests.
    fn named() -> Self {
        let named = std::env::var("EVERGREEN_POOLS").ok();
        let numbers = named.as_deref().and_then(|named| named.split_once('x'));
        match numbers.and_then(|(pools, accounts)| Some((pools.parse().ok()?, accounts.parse().ok()?))) {
            Some((pools, accounts)) => Self { pools, accounts, seconds: 60, falls: 5 },
            None => Self { pools: 20, accounts: 10, seconds: 10, falls: 3 },
        }
    }
}

/// A running `evergreen localnet`.
struct Local {
    process: Child,
    home: TempDir,
    ready: Value,
    took: Duration,
}

impl Drop for Local {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

impl Local {
    fn start(size: Size) -> Self {
        let home = tempfile::tempdir().expect("a folder");
        let start = Instant::now();
        let mut process = evergreen(home.path())
            .args(["localnet", "--rpc-port", "0", "--ws-port", "0", "--json", "--seed", "5"])
            .args(["--pools", &size.pools.to_string(), "--accounts", &size.accounts.to_string()])
            .stdout(Stdio::piped())
            .spawn()
            .expect("the command runs");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("a line");
        let ready = serde_json::from_str(&line).expect("the program has to be built: cargo xtask build");
        Self { process, home, ready, took: start.elapsed() }
    }

    fn url(&self, name: &str) -> &str {
        self.ready[name].as_str().expect("a URL")
    }

    /// Addresses of the pools with accounts.
    fn pools(&self) -> Vec<Pubkey> {
        let all = self.ready["stocks"].as_array().expect("stocks").iter();
        all.skip(2).map(|stock| stock["pool"].as_str().and_then(|pool| pool.parse().ok()).expect("a pool")).collect()
    }

    fn command(&self, line: &str) -> Command {
        let mut command = evergreen(self.home.path());
        command.env("EVERGREEN_CONFIG", self.url("config")).args(line.split_whitespace()).stdin(Stdio::null());
        command
    }

    /// Publishes a price of BTC in whole dollars.
    fn bitcoin(&self, dollars: u64) {
        let output = self.command(&format!("localnet price set BTC {dollars}")).output().expect("the command runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    }
}

struct Scene {
    local: Local,
    runtime: Runtime,
    client: Client,
    alice: Keypair,
}

impl Scene {
    fn view(&self, pool: Pubkey) -> PoolView {
        self.runtime.block_on(async {
            let keys = PoolKeys::of(&self.client.get::<Pool>(&pool).await.expect("a pool").value);
            self.client.pool_view(keys, &PushFeeds::UPGRADED).await.expect("a view").value
        })
    }

    fn account(&self, key: &Pubkey) -> MarginAccount {
        *self.runtime.block_on(self.client.get::<MarginAccount>(key)).expect("an account").value
    }

    /// Lets alice write a call with hardly more margin than it needs, and returns her account and the price in whole dollars above which it is below maintenance.
    fn writes(&self, pool: Pubkey) -> (Pubkey, u64) {
        let account = address::margin_account(&pool, &self.alice.pubkey(), 7);
        // On a busy machine a fill may come too late.
        for _ in 0..10 {
            self.commits(pool, &account);
            let state = self.runtime.block_on(self.client.get::<MarginAccount>(&account));
            let found = state.ok().and_then(|state| self.view(pool).liquidation_prices(&state.value).ok());
            if let Some(up) = found.unwrap_or_default().first().and_then(|prices| prices.up) {
                return (account, (up.to_bits() >> 64) as u64);
            }
        }
        panic!("alice has no position: {}", log_of(self.local.home.path()));
    }

    /// Commits to write a call with hardly more margin than it needs, and fills it unless the keeper has.
    fn commits(&self, pool: Pubkey, key: &Pubkey) {
        let view = self.view(pool);
        let known = self.runtime.block_on(self.client.get::<MarginAccount>(key)).ok().map(|known| known.value);
        let terms = ContractTerms { underlying: 0, tenor: Seconds(30 * 86_400) };
        let contract = Contract { terms, kind: OptionKind::Call, strike: CALM };
        let strategy = Strategy { legs: vec![Part { contract, points: POINTS }] };
        let plan = |deposit| {
            let planner = Planner::new(&view, &PushFeeds::UPGRADED, self.alice.pubkey());
            Planner { deposit, sub_account: 7, ..planner }.trade(known.as_deref(), &strategy)
        };
        let (mut refused, mut enough) = (0, 10 * TOKEN);
        while enough - refused > TOKEN / 1_000 {
            let middle = refused + (enough - refused) / 2;
            if plan(middle).is_ok() { enough = middle } else { refused = middle }
        }
        // A price may be late on a busy machine; whoever asks then tries again.
        let Ok(plan) = plan(enough + TOKEN / 200) else { return std::thread::sleep(Duration::from_secs(1)) };
        let options = SendOptions { poll: Duration::from_millis(100), ..SendOptions::default() };
        self.runtime.block_on(async {
            if self.client.execute(&plan, &self.alice, &[], &options).await.is_ok() {
                let request = FillRequest::new(view.keys, *key, &PushFeeds::UPGRADED);
                // Whether it was filled shows in the account.
                let _ = self.client.fill(&self.alice, &request, &options).await;
            }
        });
    }

    /// How long it takes from the command that publishes this price until a written position is smaller.
    fn falls(&self, account: &Pubkey, price: u64) -> Duration {
        let points =
            |account: &MarginAccount| -> i64 { account.positions.iter().map(|position| position.points).sum() };
        let before = points(&self.account(account));
        let start = Instant::now();
        self.local.bitcoin(price);
        while points(&self.account(account)) == before {
            assert!(start.elapsed() < Duration::from_secs(60), "nobody liquidates: {}", log_of(self.local.home.path()));
            std::thread::sleep(Duration::from_millis(20));
        }
        start.elapsed()
    }

    /// The accounts that anyone may liquidate now.
    fn liquidatable(&self) -> Vec<Pubkey> {
        let accounts = self.runtime.block_on(self.client.find::<MarginAccount>(Filter::ALL)).expect("accounts").value;
        let mut of: BTreeMap<Pubkey, Vec<_>> = BTreeMap::new();
        for (key, account) in accounts {
            of.entry(account.pool).or_default().push((key, account));
        }
        let mut found = Vec::new();
        for (pool, accounts) in of {
            let view = self.view(pool);
            let Ok(screen) = Screen::new(&view) else { continue };
            let suspects = accounts.iter().filter(|(_, account)| screen.suspect(account));
            let below = suspects.filter(|(_, account)| view.is_liquidatable(account).unwrap_or(false));
            found.extend(below.map(|(key, _)| *key));
        }
        found
    }
}

#[test]
fn one_keeper_serves_many_pools() {
    let size = Size::named();
    let local = Local::start(size);
    println!("{} pools with {} accounts were there after {:.1?}", size.pools, size.accounts, local.took);
    assert_eq!(local.pools().len(), size.pools - 2);
    local.bitcoin(CALM);
    let runtime = Runtime::new().expect("a runtime");
    let counted = runtime.block_on(Counted::before(local.url("rpc_url")));
    let home = local.home.path().to_owned();
    let (key, key_file) = (Keypair::new(), home.join("keeper.json"));
    write_keypair_file(&key, &key_file).expect("a key file");
    let chain = Localnet::new(local.url("rpc_url"), Keypair::new());
    chain.airdrop(&key.pubkey(), 1_000_000_000_000).expect("SOL");
    let started = Instant::now();
    let keeper = start_keeper(&local, &counted.url, &key_file, &home);
    let client = Client::new(local.url("rpc_url"));
    let alice = read_keypair_file(home.join("evergreen-localnet/alice.json")).expect("a key");
    let scene = Scene { local, runtime, client, alice };
    let expected = (size.pools - 2) * size.accounts;
    while metric(&scene.runtime, &keeper, "accounts") < expected as f64 {
        assert!(started.elapsed() < Duration::from_secs(120), "{}", log_of(&home));
        std::thread::sleep(Duration::from_millis(100));
    }
    let known_after = started.elapsed();
    println!("the keeper knew all accounts after {known_after:.1?}");
    let scanned = counted.take();
    for (method, asked) in &scanned {
        println!("  {method:<32} {:>8} requests {:>9.3} MiB", asked.requests, asked.bytes as f64 / 1_048_576.0);
    }

    // The first work of a new market is done before anything is measured.
    std::thread::sleep(Duration::from_secs(5));
    counted.take();
    let (before, ticks) = (Used::by(keeper.id()), metric(&scene.runtime, &keeper, "tick_seconds_count"));
    let spent = metric(&scene.runtime, &keeper, "tick_seconds_sum");
    std::thread::sleep(Duration::from_secs(size.seconds));
    let (after, over) = (Used::by(keeper.id()), Duration::from_secs(size.seconds));
    let ticks = metric(&scene.runtime, &keeper, "tick_seconds_count") - ticks;
    let spent = metric(&scene.runtime, &keeper, "tick_seconds_sum") - spent;
    let asked = counted.take();
    println!(
        "in {over:?} without work: {ticks} ticks of {:.1} ms, {:.1} % of a processor, {} MiB at most",
        spent / ticks.max(1.0) * 1_000.0,
        (after.busy - before.busy).as_secs_f64() / over.as_secs_f64() * 100.0,
        after.memory
    );
    println!("{}", shown(&asked, over));

    let pools = scene.local.pools();
    let measured = Measured {
        pools: size.pools,
        accounts: expected,
        base: of_one_pool(&scene, &counted, &pools[0], size),
        memory: after.memory,
        scan: scanned.get("getProgramAccounts").map_or(0, |asked| asked.bytes),
        known_after,
        requests: asked.values().map(|asked| asked.requests).sum::<u64>() as f64 / over.as_secs_f64() * 60.0,
        tick: spent / ticks.max(1.0),
    };
    let mut reactions = Vec::new();
    for number in 0..size.falls {
        let pool = pools[number * pools.len() / size.falls];
        let (account, price) = scene.writes(pool);
        let reaction = scene.falls(&account, price + 100);
        println!("an account below maintenance at ${price} was liquidated {reaction:.2?} after the price");
        reactions.push(reaction);
        scene.local.bitcoin(CALM);
        std::thread::sleep(Duration::from_secs(1));
    }

    // All who have written calls fall at once.
    counted.take();
    let done = || metric(&scene.runtime, &keeper, "landed_total{job=\"liquidate\"}");
    let (before, known, start) = (done(), liquidations(&home).len(), Instant::now());
    scene.local.bitcoin(CALM + CALM / 4);
    // Volatility follows the jump, so that some fall later.
    let (mut last, mut took, mut landed) = (before, Duration::ZERO, Vec::new());
    while start.elapsed() < took + QUIET {
        let now = done();
        if now > last {
            took = start.elapsed();
            landed.extend((last as u64..now as u64).map(|_| took.as_secs_f64()));
            last = now;
        }
        std::thread::sleep(Duration::from_millis(100));
    }
    let (liquidated, asked) = (last - before, counted.take());
    let mut reacted = liquidations(&home).split_off(known);
    println!("when many fell at once {liquidated} were liquidated, the last one {took:.1?} after the price");
    println!("  from the price to the liquidation: {}", spread(&mut landed));
    println!("  from when the keeper found the account: {}", spread(&mut reacted));
    println!("{}", shown(&asked, start.elapsed()));
    let requests: u64 = asked.values().map(|asked| asked.requests).sum();
    println!("  {:.1} requests for each liquidation", requests as f64 / liquidated.max(1.0));
    println!("{} MiB at most", Used::by(keeper.id()).memory);
    println!("{}", measured.in_proportion(2_000));
    let left = scene.liquidatable();
    let summary = keeper.end_politely();
    println!("{summary}");
    assert!(left.is_empty(), "{} are left below maintenance, {:?} the first: {}", left.len(), left[0], log_of(&home));
    assert!(liquidated >= size.pools as f64 / 2.0, "only {liquidated} fell");
    assert!(reactions.iter().all(|reaction| *reaction < REACTION), "{reactions:?}");
    let most = Duration::from_secs(10) + Duration::from_millis(150) * liquidated as u32;
    assert!(took < most, "{liquidated} were liquidated in {took:?}, expected at most {most:?}");
}

/// A second keeper, of one pool: it asks for nothing of the others. Returns its memory, MiB.
fn of_one_pool(scene: &Scene, counted: &Counted, pool: &Pubkey, size: Size) -> u64 {
    counted.take();
    let home = scene.local.home.path();
    let key_file = home.join("second.json");
    write_keypair_file(&Keypair::new(), &key_file).expect("a key file");
    let line = format!("keeper run --yes --json --log json --metrics 127.0.0.1:0 --state second --pool {pool}");
    let mut command = scene.local.command(&line);
    command.args(["--url", &counted.url, "--ws", scene.local.url("ws_url"), "--keypair"]).arg(&key_file);
    let keeper = Process::of(command, home);
    let start = Instant::now();
    let accounts = loop {
        let accounts = metric(&scene.runtime, &keeper, "accounts");
        if accounts >= size.accounts as f64 {
            break accounts;
        }
        assert!(start.elapsed() < Duration::from_secs(60), "{accounts} accounts; {}", log_of(home));
        std::thread::sleep(Duration::from_millis(100));
    };
    println!("a keeper of one pool knows {accounts} accounts");
    // The pool with its registry, vaults and mint, two underlyings with prices, the protocol, and a little more; and the sets in which first prices are kept.
    assert!(accounts <= (size.accounts + 16 + 2 * 64) as f64, "{accounts} accounts of one pool");
    let memory = Used::by(keeper.id()).memory;
    keeper.end_politely();
    memory
}

/// A keeper of all pools of the market file, which sees the network through the relay.
fn start_keeper(local: &Local, url: &str, key_file: &Path, home: &Path) -> Process {
    let mut command = local.command("keeper run --yes --json --log json --metrics 127.0.0.1:0");
    command.args(["--url", url, "--ws", local.url("ws_url"), "--keypair"]).arg(key_file);
    Process::of(command, home)
}
