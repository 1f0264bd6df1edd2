//! A keeper at work in this process.

use evergreen_keeper::{Config, Keeper, KeeperSummary, Metrics, MetricsServer};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{Client, Journal},
    instruction as build,
    price::PushFeeds,
};
use evergreen_test_network::{Busy, LAMPORTS, Market};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{net::SocketAddr, sync::Arc, time::Duration};
use tempfile::TempDir;
use tokio::{runtime::Runtime, sync::oneshot, task::JoinHandle};
use tracing_subscriber::EnvFilter;

/// What a keeper has for the stakes of the orders that it commits, native units.
pub const STAKE: u64 = 10_000_000_000;

/// A keeper at work, with its journal in a folder of its own.
pub struct Running {
    /// Address of the key that it works with.
    pub key: Pubkey,
    /// Server of its metrics.
    pub server: MetricsServer,
    /// Its metrics.
    pub metrics: Metrics,
    stop: oneshot::Sender<()>,
    work: JoinHandle<KeeperSummary>,
    _journal: TempDir,
}

impl Running {
    /// Starts a keeper in a busy market, through the network that fails.
    pub fn start(scene: &Busy) -> Self {
        let config = Config {
            interval: Duration::from_millis(200),
            ..Config::new(scene.ws_url(), Arc::new(PushFeeds::UPGRADED))
        };
        let key = key(&scene.market);
        stake(&scene.market, &key);
        Self::with(&scene.runtime, &scene.faulty.url, config, key)
    }

    /// Starts a keeper with this configuration and key, on the network at this URL. It logs to the test's output.
    pub fn with(runtime: &Runtime, url: &str, config: Config, key: Keypair) -> Self {
        Self::over(runtime, Client::new(url), config, key)
    }

    /// As [`Self::with`], with a client of any nodes.
    pub fn over(runtime: &Runtime, client: Client, config: Config, key: Keypair) -> Self {
        // This fails in the second test of a process, where logging has begun already.
        let filter = EnvFilter::new("evergreen_keeper=info");
        let _ = tracing_subscriber::fmt().with_env_filter(filter).with_ansi(false).with_test_writer().try_init();
        let journal = tempfile::tempdir().expect("a folder");
        let address = key.pubkey();
        let kept = Journal::open(journal.path()).expect("a journal");
        let keeper = Keeper::new(client, key, Some(kept), config);
        let metrics = keeper.metrics().clone();
        let (stop, stopped) = oneshot::channel();
        let _entered = runtime.enter();
        let server =
            runtime.block_on(MetricsServer::start(SocketAddr::from(([127, 0, 0, 1], 0)), keeper.metrics().clone()));
        let work = runtime.spawn(async move {
            let stop = async { stopped.await.unwrap_or_default() };
            keeper.run(stop).await.expect("a keeper ends when it is stopped")
        });
        Self { key: address, server: server.expect("a port"), metrics, stop, work, _journal: journal }
    }

    /// Stops the keeper once its tasks under way are done, and returns its summary and the text of its metrics.
    pub async fn end(self) -> (KeeperSummary, String) {
        self.stop.send(()).expect("the keeper is running");
        let summary = self.work.await.expect("the keeper ends without a panic");
        let url = format!("http://{}/metrics", self.server.address);
        let answer = reqwest::get(url).await.expect("an answer");
        (summary, answer.text().await.expect("metrics"))
    }
}

/// A new key that can pay fees.
pub fn key(market: &Market) -> Keypair {
    let key = Keypair::new();
    market.chain().airdrop(&key.pubkey(), LAMPORTS).expect("SOL");
    key
}

/// Opens the margin account of a keeper with cash for stakes, and returns it.
pub fn stake(market: &Market, key: &Keypair) -> Pubkey {
    let own = address::margin_account(&market.keys.pool, &key.pubkey(), 0);
    market.fund(&key.pubkey(), STAKE);
    let instructions = [
        build::open_margin_account(key.pubkey(), key.pubkey(), &market.keys, 0, None),
        build::deposit_margin(key.pubkey(), &market.keys, own, STAKE),
    ];
    market.chain().send_as(key, &instructions, &[]).expect("the keeper's account");
    own
}
