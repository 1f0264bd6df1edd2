//! An integrator: it reads a pool's events without gaps, keeps the pool's accounts in a cache, and makes quotes from the cache
//! without asking the network again.
//!
//! `cargo run -p evergreen-sdk --features client --example integrator -- <rpc url> <websocket url> <collateral mint>`

use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{Client, EventStream, Filter, Watch, WatchConfig},
    events::Event,
    evergreen::state::{MarginAccount, ShareClass},
    price::PushFeeds,
};
use std::error::Error;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What the integrator shows of a pool.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Board {
    /// Number of all trades.
    pub trades: u64,
    /// Fees of all trades, native units.
    pub fees: u64,
    /// Number of margin accounts now.
    pub accounts: usize,
    /// Net asset value of the main class now, lower bound, native units.
    pub worth: i64,
    /// Signature of the last transaction that was read; a stream can resume after it.
    pub position: Option<String>,
}

/// Reads all events of the pool up to now, and the pool from a watched cache.
pub async fn run(client: &Client, ws_url: &str, mint: Pubkey) -> Result<Board> {
    let source = PushFeeds::UPGRADED;
    let keys = client.pool_keys(mint).await?;
    let mut board = Board::default();

    // The stream returns every transaction once, in order. A service stores `position` and goes on reading.
    let mut stream = EventStream::new(client.clone(), keys.pool, None);
    while let Some(transaction) = stream.poll().await? {
        for event in &transaction.events {
            match event {
                Event::Traded(_) => board.trades += 1,
                Event::LegFilled(fill) => board.fees += fill.fee,
                _ => {}
            }
        }
    }
    board.position = stream.position().map(|signature| signature.to_string());

    // The cache holds the present accounts. Subscriptions keep it current until the watch is dropped.
    let view = client.pool_view(keys, &source).await?.value;
    let mut others = vec![keys.pool, address::protocol()];
    others.extend(view.markets.iter().flat_map(|market| [market.feed.underlying, market.feed.price]));
    let watch = Watch::start(client.clone(), WatchConfig::pool(ws_url, keys.pool, others)).await?;
    let now = client.clock().await?.value;
    let cached = watch.cache().pool_view(keys, &source, now)?;
    board.accounts = watch.cache().find::<MarginAccount>(Filter::of_pool(keys.pool))?.len();
    board.worth = cached.net_asset_value(ShareClass::Main)?.lower;
    println!("{board:?}");
    Ok(board)
}

#[tokio::main]
#[allow(dead_code)]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or_else(|| format!("{what} is missing"));
    let (url, ws_url, mint) = (next("the URL")?, next("the websocket's URL")?, next("the mint")?.parse()?);
    run(&Client::new(&url), &ws_url, mint).await.map(drop)
}
