//! What a local market does for its web app: it fills trades and executes liquidity, and gives tokens away.

use super::remote;
use crate::{
    app::{Faucet, Files, PageConfig, PageServer},
    args::localnet::Fund,
    market::Market,
    output,
};
use anyhow::{Context as _, Result};
use evergreen_keeper::Keeper;
use evergreen_localnet::Client as Chain;
use evergreen_sdk::{
    anchor_lang::system_program,
    client::{Client, Endpoints},
    price::PythGeneration,
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{runtime::Runtime, sync::oneshot};

/// Tokens of each stock, and SOL, of whoever asks the page for them.
const GIFT: (u32, u32) = (100, 2);
/// SOL of the keeper.
const LAMPORTS: u64 = 1_000 * 1_000_000_000;

/// The app and a keeper, until it is dropped.
pub struct Service {
    /// Address of the page.
    pub url: String,
    server: Option<PageServer>,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<Runtime>,
}

impl Drop for Service {
    fn drop(&mut self) {
        // Nobody listens where the keeper has ended by itself.
        let _ = self.stop.take().map(|stop| stop.send(()));
        drop(self.server.take());
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_timeout(Duration::from_secs(5));
        }
    }
}

impl Service {
    /// Begins to serve the app of the market of a folder.
    ///
    /// # Errors
    /// When the port is taken, or the network does not answer.
    pub fn start(port: u16, files: Files, config: &PageConfig, folder: &Path) -> Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        let url = config.rpc.clone();
        let key = Keypair::new();
        let chain = Chain::new(&url, Keypair::new());
        chain.set_account_with_lamports(&key.pubkey(), &system_program::ID, &[], LAMPORTS).context("a keeper's SOL")?;
        let market = Market::read(&folder.join("market.json"))?;
        let pools = market.pools.iter().map(crate::market::NamedPool::address).collect::<Result<_>>()?;
        let nodes = Endpoints::new([url.clone()]).reacting_soon();
        let source = Arc::new(PythGeneration::Upgraded.push_feeds(0));
        let mut work = evergreen_keeper::Config::new("", source);
        (work.ws_urls, work.nodes, work.pools) = (vec![config.websocket.clone()], Some(nodes.clone()), pools);
        work.interval = Duration::from_millis(500);
        let keeper = Keeper::new(Client::over(&nodes), key, None, work);
        let faucet = faucet(url, market, folder);
        let server = runtime.block_on(PageServer::start(port, files, config, Some(faucet)))?;
        let (stop, stopped) = oneshot::channel::<()>();
        runtime.spawn(async move {
            let ended = keeper.run(async { drop(stopped.await) }).await;
            if let Err(error) = ended {
                output::aside(&format!("warning: the keeper of the app has ended: {error}"));
            }
        });
        Ok(Self { url: server.url.clone(), server: Some(server), stop: Some(stop), runtime: Some(runtime) })
    }
}

fn faucet(url: String, market: Market, folder: &Path) -> Faucet {
    let folder = folder.to_owned();
    Arc::new(move |address| {
        let (tokens, sol) = GIFT;
        remote::fund(&url, &market, &folder, &Fund { address, tokens: tokens.into(), sol })
    })
}
