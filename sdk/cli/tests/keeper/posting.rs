//! A market whose prices nobody keeps fresh but the keeper: posted from a price service through a stand-in of Pyth's programs
//! (`tests/pyth-standin`), which has their layouts, not their checks of signatures.

use crate::process::{Process, evergreen, log_of, typed};
use evergreen_keeper::Poster;
use evergreen_sdk::{
    accounts,
    anchor_lang::{prelude::Pubkey, solana_program::system_instruction},
    client::{Client, SendOptions, lookup},
    price::PythPrograms,
};
use evergreen_test_network::{LAMPORTS, MAX_AGE, OwnPrices, SERVICE_KEY, SHARD};
use evergreen_test_support::{random::mixed, schema};
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

struct Scene {
    runtime: Runtime,
    prices: OwnPrices,
    home: TempDir,
    key: Keypair,
    key_file: PathBuf,
}

impl Scene {
    fn start() -> Self {
        let prices = OwnPrices::start();
        let home = tempfile::tempdir().expect("a folder");
        let key = Keypair::new();
        let key_file = home.path().join("keeper.json");
        write_keypair_file(&key, &key_file).expect("a key file");
        prices.market.chain().airdrop(&key.pubkey(), LAMPORTS).expect("SOL");
        Self { runtime: Runtime::new().expect("a runtime"), prices, home, key, key_file }
    }

    /// A command with this key on this network, prices read from the set that nobody keeps.
    fn command(&self, arguments: &str, key_file: &Path) -> Command {
        let mut command = evergreen(self.home.path());
        command.args(arguments.split_whitespace()).args(["--shard", &SHARD.to_string(), "--json"]);
        command.args(["--url", &self.prices.market.network.rpc_url(), "--keypair"]).arg(key_file);
        command.env("SERVICE_KEY", SERVICE_KEY).stdin(Stdio::null());
        command
    }

    fn post(&self, arguments: &str) -> (bool, Value) {
        let service = format!("--hermes {} --hermes-token-env SERVICE_KEY", self.prices.hermes.url);
        said(self.command(&format!("price post {service} {arguments}"), &self.key_file))
    }

    fn keeper(&self, arguments: &str) -> Process {
        let service = format!("--hermes {} --hermes-token-env SERVICE_KEY", self.prices.hermes.url);
        let how = "--yes --log json --metrics 127.0.0.1:0 --interval 100 --ws";
        let all = format!("keeper run {arguments} {service} {how} {}", self.prices.market.network.ws_url());
        Process::of(self.command(&all, &self.key_file), self.home.path())
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
            Poster::new(self.prices.market.client(), key.clone(), number, PythPrograms::UPGRADED, SHARD).message()
        })
    }

    fn has_message(&self) -> bool {
        self.messages().iter().any(|key| self.prices.market.chain().account(key).expect("an answer").is_some())
    }

    /// A keeper that starts closes what is left, even where the service is away.
    fn clear_away(&self) {
        self.prices.hermes.fail_one_in(1);
        let keeper = self.keeper("--job post");
        self.wait_until("closing", Duration::from_secs(10), || !self.has_message());
        keeper.end_politely();
        self.prices.hermes.fail_one_in(0);
    }

    /// The key has paid fees, the rent of two price accounts, and what the receiver takes; nothing else is gone.
    fn assert_nothing_lost(&self, gifts: u64) {
        assert!(!self.has_message(), "a message was left behind: {}", log_of(self.home.path()));
        let fees: u64 = self.runtime.block_on(async {
            let client = Client::new(&self.prices.market.network.rpc_url());
            let all = client.rpc().get_signatures_for_address(&self.key.pubkey()).await.expect("its transactions");
            let mut fees = 0;
            for entry in all {
                let record = client.record(&entry.signature.parse().expect("a signature")).await.expect("a record");
                // The gift that it pays fees with was paid for by another.
                fees += if record.logs.len() > 2 { record.fee } else { 0 };
            }
            fees
        });
        let lamports = |key: &Pubkey| self.prices.market.chain().lamports(key).expect("an answer");
        let rent: u64 = self.prices.addresses().iter().map(lamports).sum();
        let treasury = lamports(&PythPrograms::UPGRADED.treasury(0));
        assert_eq!(LAMPORTS + gifts - lamports(&self.key.pubkey()), fees + rent + treasury, "fees {fees}, rent {rent}");
    }
}

fn said(mut command: Command) -> (bool, Value) {
    let output = command.output().expect("the command runs");
    let text = if output.status.success() { &output.stdout } else { &output.stderr };
    let text = String::from_utf8_lossy(text);
    let last = text.lines().last().unwrap_or_default();
    let told = serde_json::from_str(last).unwrap_or_else(|error| panic!("{error}: {text}"));
    if output.status.success() {
        schema::check(&typed(&command), std::slice::from_ref(&told));
    }
    (output.status.success(), told)
}

#[test]
fn the_command_posts_prices_that_nobody_keeps() {
    let scene = Scene::start();
    let chain = scene.prices.market.chain();
    // A dry run changes nothing.
    let (good, shown) = scene.post("--dry-run");
    assert!(good && shown["prices"][0]["price"] == "100000.00" && shown["prices"][0]["newer"] == true, "{shown}");
    assert!(shown["compute_units"].as_u64().is_some_and(|units| units > 0), "{shown}");
    assert_eq!((scene.prices.ages(), chain.lamports(&scene.key.pubkey()).unwrap()), ([None, None], LAMPORTS));
    // Nobody has said yes.
    let (good, shown) = scene.post("BTC");
    assert!(!good && shown["exit_code"] == 5, "{shown}");
    let (good, shown) = scene.post("btc --yes");
    assert!(good && shown["signatures"].as_array().is_some_and(|all| all.len() == 1), "{shown}");
    assert!(matches!(scene.prices.ages(), [Some(0..=MAX_AGE), None]));
    let (good, shown) = scene.post("--yes");
    assert!(good && scene.prices.is_fresh(), "{shown}");
    let account = chain.account(&scene.prices.addresses()[1]).unwrap().unwrap();
    assert_eq!(account.owner, PythPrograms::UPGRADED.receiver);
    scene.assert_nothing_lost(0);
}

#[test]
fn a_keeper_makes_prices_fresh_for_those_who_trade() {
    let scene = Scene::start();
    let market = &scene.prices.market;
    let (good, shown) = scene.post("--yes");
    assert!(good, "{shown}");
    // Nobody keeps them fresh: a trade is refused.
    market.advance(60);
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
    scene.wait_until("the first posting", Duration::from_secs(10), || scene.prices.is_fresh());
    let (good, done) = trade();
    assert!(good, "{done}");
    keeper.end_politely();
}

#[test]
fn prices_that_nobody_keeps_become_fresh_and_stay_so() {
    let scene = Scene::start();
    let market = &scene.prices.market;
    let keeper = scene.keeper("--job post");
    scene.wait_until("the first posting", Duration::from_secs(10), || scene.prices.is_fresh());
    // As time goes by.
    let (mut looks, mut stale) = (0, 0);
    for _ in 0..6 {
        market.advance(1);
        for _ in 0..5 {
            std::thread::sleep(Duration::from_millis(200));
            looks += 1;
            stale += u32::from(!scene.prices.is_fresh());
        }
    }
    assert!(stale * 10 <= looks, "stale in {stale} of {looks} looks: {}", log_of(scene.home.path()));
    let text = metrics(&scene, &keeper);
    assert!(counted(&text, "postings_total") >= 2.0, "{text}");
    assert!(
        counted(&text, "fees_total{job=\"post\"}") >= 20_000.0 && counted(&text, "service_errors_total") == 0.0,
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

/// A counter, with its labels if it has some.
fn counted(text: &str, name: &str) -> f64 {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("evergreen_keeper_{name} ")));
    line.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("no {name}: {text}"))
}

#[test]
fn a_keeper_killed_while_posting_leaves_nothing_behind() {
    const KILLS: u64 = 8;
    let scene = Scene::start();
    let mut left = 0;
    for kill in 0..KILLS {
        scene.prices.market.advance(60);
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
    scene.prices.market.advance(60);
    // Somebody gives SOL to the address, so that nothing can be made there.
    let gift = 5_000_000;
    scene.clear_away();
    market_gives(&scene, gift);
    let keeper = scene.keeper("--job post");
    scene.wait_until("a posting after the kills", Duration::from_secs(10), || scene.prices.is_fresh());
    keeper.end_politely();
    scene.assert_nothing_lost(gift);
}

/// SOL to where the keeper's message comes to lie.
fn market_gives(scene: &Scene, lamports: u64) {
    let chain = scene.prices.market.chain();
    let to = scene.messages()[0];
    scene.prices.market.send(&[system_instruction::transfer(&chain.payer().pubkey(), &to, lamports)]);
}

/// A trader whom no keeper serves: with a lookup table their command posts the price in the transaction of the fill.
#[test]
fn audit_c3_a_command_posts_the_price_of_its_own_fill() {
    let scene = Scene::start();
    let market = &scene.prices.market;
    let (alice, account) = market.trader(20);
    market.keep_first_prices(false);
    let key_file = scene.home.path().join("alice.json");
    write_keypair_file(&alice, &key_file).expect("a key file");
    let command = |arguments: &str| {
        let mut command = evergreen(scene.home.path());
        command.args(arguments.split_whitespace()).args(["--yes", "--json", "--stock-price", "300"]);
        command.args(["--hermes", &scene.prices.hermes.url, "--hermes-token-env", "SERVICE_KEY"]);
        command.args(["--pool", &market.mint.address.to_string()]);
        command.args(["--url", &market.network.rpc_url(), "--keypair"]).arg(&key_file);
        command.env("SERVICE_KEY", SERVICE_KEY).stdin(Stdio::null());
        command
    };
    let (made, receipt) = said(command("price table"));
    assert!(made, "{receipt}");
    let table = receipt["quote"]["table"].as_str().expect("a table").to_owned();
    // What is no table, and one that lacks the pool, is found before anything is committed.
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    let slot = runtime.block_on(market.client().final_slot()).expect("a slot");
    let me = alice.pubkey();
    let (others, other) = lookup::create(me, me, slot, &[me]);
    let (options, client) = (SendOptions::default(), market.client());
    runtime.block_on(client.send(&alice, &others, &[], &[], &options)).expect("another table");
    let trade = "trade buy --underlying BTC --call --strike 100000 --tenor 7d --size 0.01BTC --table";
    for (wrong, words) in
        [(Pubkey::new_unique(), "no such account"), (market.mint.address, "no lookup table"), (other, "lacks")]
    {
        let (done, report) = said(command(&format!("{trade} {wrong}")));
        assert!(!done && report["exit_code"] == 2, "{report}");
        assert!(report["error"].as_str().is_some_and(|error| error.contains(words)), "{report}");
        let state = market.chain().account(&account).expect("an answer").expect("the account");
        let state = accounts::margin_account(&state.data).expect("a margin account");
        assert!(!state.commitment.is_open() && state.next_order == 0, "{report}");
    }
    let what = format!("{trade} {table}");
    let trade = std::thread::scope(|scope| {
        let trade = scope.spawn(|| said(command(&what)));
        // The clock runs, and with it the push feed goes on.
        while !trade.is_finished() {
            market.advance(1);
            std::thread::sleep(Duration::from_millis(400));
        }
        trade.join().expect("the command ends")
    });
    assert!(trade.0, "{}", trade.1);
    let state = market.chain().account(&account).expect("an answer").expect("the account");
    let state = accounts::margin_account(&state.data).expect("a margin account");
    assert_eq!((state.commitment.is_open(), state.positions[0].points > 0), (false, true));
    println!("{}", trade.1);
}
