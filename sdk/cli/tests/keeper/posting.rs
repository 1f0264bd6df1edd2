//! A market whose prices nobody keeps fresh but the keeper: posted from a price service through a stand-in of Pyth's programs
//! (`tests/pyth-standin`), which has their layouts, not their checks of signatures.

use crate::{
    faults::mixed,
    hermes::{Hermes, TOKEN as TOKEN_OF_SERVICE},
    market::{Market, TOKEN},
    process::{Process, evergreen, log_of},
};
use evergreen_keeper::Poster;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::system_instruction},
    client::Client,
    evergreen::state::ShareClass,
    instruction as build,
    presets::{BTC_FEED, ETH_FEED},
    price::{PushFeeds, PythPrograms, published},
};
use serde_json::Value;
use solana_keypair::{Keypair, write_keypair_file};
use solana_signer::Signer;
use std::{
    path::{Path, PathBuf},
    process::{Command, Stdio},
    time::{Duration, Instant},
};
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A set of push feeds that no sponsor keeps.
const SHARD: u16 = 4_711;
/// What the presets of underlyings allow.
const MAX_AGE: i64 = 5;
const SOL: u64 = 10_000_000_000;

struct Scene {
    runtime: Runtime,
    market: Market,
    hermes: Hermes,
    home: TempDir,
    key: Keypair,
    key_file: PathBuf,
}

/// Puts the stand-in where Pyth's and Wormhole's programs are.
pub fn deploy_standin(market: &Market) {
    let elf = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../target/deploy/evergreen_pyth_standin.so");
    let PythPrograms { receiver, push, wormhole } = PythPrograms::UPGRADED;
    for program in [receiver, push, wormhole] {
        let deployed = market.chain().deploy(&program, &elf, None);
        deployed.expect("the stand-in has to be built: cargo xtask build --probe");
    }
}

impl Scene {
    fn start() -> Self {
        let market = Market::start();
        deploy_standin(&market);
        let hermes = Hermes::of(&market.network.rpc_url());
        let home = tempfile::tempdir().expect("a folder");
        let key = Keypair::new();
        let key_file = home.path().join("keeper.json");
        write_keypair_file(&key, &key_file).expect("a key file");
        market.chain().airdrop(&key.pubkey(), SOL).expect("SOL");
        Self { runtime: Runtime::new().expect("a runtime"), market, hermes, home, key, key_file }
    }

    /// A command with this key on this network, prices read from the set that nobody keeps.
    fn command(&self, arguments: &str, key_file: &Path) -> Command {
        let mut command = evergreen(self.home.path());
        command.args(arguments.split_whitespace()).args(["--shard", &SHARD.to_string(), "--json"]);
        command.args(["--url", &self.market.network.rpc_url(), "--keypair"]).arg(key_file);
        command.env("SERVICE_KEY", TOKEN_OF_SERVICE).stdin(Stdio::null());
        command
    }

    fn post(&self, arguments: &str) -> (bool, Value) {
        let service = format!("--hermes {} --hermes-token-env SERVICE_KEY", self.hermes.url);
        said(self.command(&format!("price post {service} {arguments}"), &self.key_file))
    }

    fn keeper(&self, arguments: &str) -> Process {
        let service = format!("--hermes {} --hermes-token-env SERVICE_KEY", self.hermes.url);
        let how = "--yes --log json --metrics 127.0.0.1:0 --interval 100 --ws";
        let all = format!("keeper run {arguments} {service} {how} {}", self.market.network.ws_url());
        Process::of(self.command(&all, &self.key_file), self.home.path())
    }

    /// Addresses of the prices of BTC and ETH.
    fn prices(&self) -> [Pubkey; 2] {
        [BTC_FEED, ETH_FEED].map(|feed| PushFeeds { shard: SHARD, ..PushFeeds::UPGRADED }.address(&feed))
    }

    /// Ages of both prices; `None` of one that was never posted.
    fn ages(&self) -> [Option<i64>; 2] {
        let now = self.market.chain().clock().expect("the clock").unix_timestamp;
        let read = |key: Pubkey| self.market.chain().account(&key).expect("an answer");
        self.prices().map(|key| read(key).and_then(|account| published(&account.data)).map(|time| now - time))
    }

    fn is_fresh(&self) -> bool {
        self.ages().iter().all(|age| age.is_some_and(|age| age <= MAX_AGE))
    }

    fn wait_until(&self, what: &str, most: Duration, mut holds: impl FnMut() -> bool) {
        let start = Instant::now();
        while !holds() {
            assert!(start.elapsed() < most, "{what} took longer than {most:?}: {}", log_of(self.home.path()));
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Addresses where the keeper's and the command's messages lie.
    fn messages(&self) -> [Pubkey; 2] {
        let key = std::sync::Arc::new(self.key.insecure_clone());
        [0, 1].map(|number| {
            Poster::new(self.market.client(), key.clone(), number, PythPrograms::UPGRADED, SHARD).message()
        })
    }

    fn has_message(&self) -> bool {
        self.messages().iter().any(|key| self.market.chain().account(key).expect("an answer").is_some())
    }

    /// A keeper that starts closes what is left, even where the service is away.
    fn clear_away(&self) {
        self.hermes.fail_one_in(1);
        let keeper = self.keeper("--job post");
        self.wait_until("closing", Duration::from_secs(10), || !self.has_message());
        keeper.end_politely();
        self.hermes.fail_one_in(0);
    }

    /// The key has paid fees, the rent of two price accounts, and what the receiver takes; nothing else is gone.
    fn assert_nothing_lost(&self, gifts: u64) {
        assert!(!self.has_message(), "a message was left behind: {}", log_of(self.home.path()));
        let fees: u64 = self.runtime.block_on(async {
            let client = Client::new(&self.market.network.rpc_url());
            let all = client.rpc().get_signatures_for_address(&self.key.pubkey()).await.expect("its transactions");
            let mut fees = 0;
            for entry in all {
                let record = client.record(&entry.signature.parse().expect("a signature")).await.expect("a record");
                // The gift that it pays fees with was paid for by another.
                fees += if record.logs.len() > 2 { record.fee } else { 0 };
            }
            fees
        });
        let lamports = |key: &Pubkey| self.market.chain().lamports(key).expect("an answer");
        let rent: u64 = self.prices().iter().map(lamports).sum();
        let treasury = lamports(&PythPrograms::UPGRADED.treasury(0));
        assert_eq!(SOL + gifts - lamports(&self.key.pubkey()), fees + rent + treasury, "fees {fees}, rent {rent}");
    }
}

fn said(mut command: Command) -> (bool, Value) {
    let output = command.output().expect("the command runs");
    let text = if output.status.success() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(text);
    let last = text.lines().last().unwrap_or_default();
    (output.status.success(), serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {text}")))
}

#[test]
fn prices_that_nobody_keeps_become_fresh_and_stay_so() {
    let scene = Scene::start();
    let (market, chain) = (&scene.market, scene.market.chain());
    // A dry run changes nothing.
    let (good, shown) = scene.post("--dry-run");
    assert!(good && shown["prices"][0]["price"] == "100000.00" && shown["prices"][0]["newer"] == true, "{shown}");
    assert!(shown["compute_units"].as_u64().is_some_and(|units| units > 0), "{shown}");
    assert_eq!((scene.ages(), chain.lamports(&scene.key.pubkey()).unwrap()), ([None, None], SOL));
    // Nobody has said yes.
    let (good, shown) = scene.post("BTC");
    assert!(!good && shown["exit_code"] == 5, "{shown}");
    let (good, shown) = scene.post("btc --yes");
    assert!(good && shown["signatures"].as_array().is_some_and(|all| all.len() == 1), "{shown}");
    assert!(matches!(scene.ages(), [Some(0..=MAX_AGE), None]));
    let (good, shown) = scene.post("--yes");
    assert!(good && scene.is_fresh(), "{shown}");
    let account = chain.account(&scene.prices()[1]).unwrap().unwrap();
    assert_eq!(account.owner, PythPrograms::UPGRADED.receiver);
    scene.assert_nothing_lost(0);

    // Nobody keeps them fresh: a trade is refused.
    chain.advance(60).expect("the clock moves");
    let trader = market.somebody(100);
    let trader_file = scene.home.path().join("trader.json");
    write_keypair_file(&trader, &trader_file).expect("a key file");
    let trade = || {
        let what =
            "trade buy --underlying BTC --call --strike 100000 --size 0.1BTC --deposit 10 --stock-price 300 --yes";
        said(scene.command(&format!("{what} --pool {}", market.mint.address), &trader_file))
    };
    let (good, refused) = trade();
    assert!(!good && refused["cause"] == "PriceStale", "{refused}");

    let keeper = scene.keeper("--job post");
    scene.wait_until("the first posting", Duration::from_secs(10), || scene.is_fresh());
    let (good, done) = trade();
    assert!(good, "{done}");
    // As time goes by.
    let (mut looks, mut stale) = (0, 0);
    for _ in 0..6 {
        chain.advance(1).expect("the clock moves");
        for _ in 0..5 {
            std::thread::sleep(Duration::from_millis(200));
            looks += 1;
            stale += u32::from(!scene.is_fresh());
        }
    }
    assert!(stale * 10 <= looks, "stale in {stale} of {looks} looks: {}", log_of(scene.home.path()));
    let text = metrics(&scene, &keeper);
    assert!(counted(&text, "postings_total") >= 2.0, "{text}");
    assert!(
        counted(&text, "posting_fees_total") >= 20_000.0 && counted(&text, "service_errors_total") == 0.0,
        "{text}"
    );
    assert!(text.contains("evergreen_keeper_price_age_seconds{underlying=\"BTC\"}"), "{text}");
    let ended = keeper.end_politely();
    assert!(ended["done"]["post"].as_u64().is_some_and(|times| times >= 2), "{ended}");
    scene.assert_nothing_lost(0);
}

fn metrics(scene: &Scene, keeper: &Process) -> String {
    let url = keeper.started["metrics"].as_str().expect("a URL");
    scene.runtime.block_on(async { reqwest::get(url).await.expect("metrics").text().await.expect("text") })
}

/// A counter without labels.
fn counted(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("evergreen_keeper_{name} ")));
    line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {name}: {text}"))
}

#[test]
fn a_keeper_killed_while_posting_leaves_nothing_behind() {
    const KILLS: u64 = 8;
    let scene = Scene::start();
    let chain = scene.market.chain();
    let mut left = 0;
    for kill in 0..KILLS {
        chain.advance(60).expect("the clock moves");
        let keeper = scene.keeper("--job post");
        if kill % 2 == 0 {
            std::thread::sleep(Duration::from_millis(mixed(kill) % 1_500));
        } else {
            // As soon as its message is there.
            let start = Instant::now();
            while !scene.has_message() && start.elapsed() < Duration::from_secs(5) {
                std::thread::sleep(Duration::from_millis(2));
            }
        }
        keeper.kill();
        left += u64::from(scene.has_message());
    }
    assert!(left > 1, "the kills came in time: {left} of {KILLS} left a message");
    chain.advance(60).expect("the clock moves");
    // Somebody gives SOL to the address, so that nothing can be made there.
    let gift = 5_000_000;
    scene.clear_away();
    market_gives(&scene, gift);
    let keeper = scene.keeper("--job post");
    scene.wait_until("a posting after the kills", Duration::from_secs(10), || scene.is_fresh());
    keeper.end_politely();
    scene.assert_nothing_lost(gift);
}

/// SOL to where the keeper's message comes to lie.
fn market_gives(scene: &Scene, lamports: u64) {
    let chain = scene.market.chain();
    let to = scene.messages()[0];
    scene.market.send(&[system_instruction::transfer(&chain.payer().pubkey(), &to, lamports)]);
}

#[test]
fn a_service_that_fails_stops_no_other_work() {
    let scene = Scene::start();
    let (market, chain) = (&scene.market, scene.market.chain());
    let payer = chain.payer().pubkey();
    let number = scene.runtime.block_on(market.client().pool_view(market.keys, &PushFeeds::UPGRADED));
    let number = number.expect("the pool").value.pool.shares(ShareClass::Insurance).next_withdrawal;
    market.send(&[build::request_withdrawal(payer, &market.keys, ShareClass::Insurance, TOKEN, number)]);
    chain.advance(30 * 86_400).expect("the clock moves");
    // It never answers: what needs no price is done all the same.
    scene.hermes.fail_one_in(1);
    let keeper = scene.keeper("");
    let withdrawal = evergreen_sdk::address::withdrawal(&market.keys.pool, ShareClass::Insurance, number);
    let is_paid = || chain.account(&withdrawal).expect("an answer").is_none();
    scene.wait_until("a withdrawal without prices", Duration::from_secs(10), is_paid);
    assert_eq!(scene.ages(), [None, None]);
    // It fails half of the time: prices are posted, and what needs them is done.
    let sampled = || {
        let read = chain.account(&market.feeds[0].underlying).expect("an answer").expect("the underlying");
        evergreen_sdk::accounts::underlying(&read.data).expect("an underlying").sample_time
    };
    let before = sampled();
    scene.hermes.fail_one_in(2);
    scene.wait_until("a sample", Duration::from_secs(20), || sampled() > before);
    // A posting counts once its message is closed.
    let counts = || ["service_errors_total", "postings_total"].map(|name| counted(&metrics(&scene, &keeper), name));
    scene.wait_until("the count", Duration::from_secs(10), || counts().iter().all(|count| *count >= 1.0));
    keeper.end_politely();
    let (asked, failed) = scene.hermes.counts();
    assert!(failed > 0 && failed < asked, "{failed} of {asked}");
    assert!(!scene.has_message());
}
