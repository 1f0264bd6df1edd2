//! What a local market does for its web app: it fills trades and executes liquidity, keeps the past, and gives tokens away.

use super::{past::Past, remote};
use crate::{
    app::{Faucet, Files, PageConfig, PageServer},
    args::localnet::Fund,
    market::{Market, NamedPool},
    output,
};
use anyhow::{Context as _, Result};
use evergreen_keeper::Keeper;
use evergreen_localnet::{Client as Chain, packed};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{Client, Endpoints},
    convert,
    evergreen::state::Pool,
    instruction::{self as build, PoolKeys},
    price::PythGeneration,
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{path::Path, sync::Arc, time::Duration};
use tokio::{runtime::Runtime, sync::oneshot};

/// Tokens of each stock, and SOL, of whoever asks the page for them.
const GIFT: (u32, u32) = (100, 2);
/// SOL of the keeper.
const KEEPER_SOL: u32 = 1_000;
/// Tokens that the keeper has as margin in each pool: it stakes a part of them on orders that it commits.
const STAKES: u64 = 100;

/// The app and a keeper, until it is dropped.
pub struct Service {
    /// Address of the page.
    pub url: String,
    server: Option<PageServer>,
    past: Option<Past>,
    stop: Option<oneshot::Sender<()>>,
    runtime: Option<Runtime>,
}

impl Drop for Service {
    fn drop(&mut self) {
        // Nobody listens where the keeper has ended by itself.
        let _ = self.stop.take().map(|stop| stop.send(()));
        drop((self.server.take(), self.past.take()));
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
        let market = Market::read(&folder.join("market.json"))?;
        let pools = market.pools.iter().map(NamedPool::address).collect::<Result<Vec<_>>>()?;
        runtime.block_on(endow(&url, &market, folder, &key, &pools)).context("what the keeper of the app stakes")?;
        let nodes = Endpoints::new([url.clone()]).reacting_soon();
        let source = Arc::new(PythGeneration::Upgraded.push_feeds(0));
        let mut work = evergreen_keeper::Config::new("", source);
        (work.ws_urls, work.nodes, work.pools) = (vec![config.websocket.clone()], Some(nodes.clone()), pools);
        work.interval = Duration::from_millis(500);
        let keeper = Keeper::new(Client::over(&nodes), key, None, work);
        let past = Past::start(&url, folder)?;
        let faucet = faucet(url, market, folder);
        let config = PageConfig { history: Some(past.url()), ..config.clone() };
        let server = runtime.block_on(PageServer::start(port, files, &config, Some(faucet)))?;
        let (stop, stopped) = oneshot::channel::<()>();
        runtime.spawn(async move {
            let ended = keeper.run(async { drop(stopped.await) }).await;
            if let Err(error) = ended {
                output::aside(&format!("warning: the keeper of the app has ended: {error}"));
            }
        });
        Ok(Self {
            url: server.url.clone(),
            server: Some(server),
            past: Some(past),
            stop: Some(stop),
            runtime: Some(runtime),
        })
    }
}

/// Gives the keeper SOL, and margin in each pool: who commits an order of somebody else stakes a part of its fee.
async fn endow(url: &str, market: &Market, folder: &Path, key: &Keypair, pools: &[Pubkey]) -> Result<()> {
    let me = key.pubkey();
    // Several pools may stand on one stock.
    let tokens = STAKES.saturating_mul(pools.len() as u64).into();
    remote::fund(url, market, folder, &Fund { address: me, tokens, sol: KEEPER_SOL })?;
    let chain = Chain::new(url, key.insecure_clone());
    let mut groups = Vec::new();
    for pool in Client::new(url).get_many::<Pool>(pools).await?.value.into_iter().flatten() {
        let keys = PoolKeys::of(&pool);
        let stakes = convert::native(STAKES.into(), pool.decimals)?;
        let account = address::margin_account(&keys.pool, &me, 0);
        let open = build::open_margin_account(me, me, &keys, 0, None);
        groups.push(vec![open, build::deposit_margin(me, &keys, account, stakes)]);
    }
    chain.send_batch(key, &packed(&me, groups), &[])?;
    Ok(())
}

fn faucet(url: String, market: Market, folder: &Path) -> Faucet {
    let folder = folder.to_owned();
    Arc::new(move |address| {
        let (tokens, sol) = GIFT;
        remote::fund(&url, &market, &folder, &Fund { address, tokens: tokens.into(), sol })
    })
}
