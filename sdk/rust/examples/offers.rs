//! The best offer among all pools of a mint: they are found on the network, each is asked, and only one that the trader trusts is chosen.
//!
//! `cargo run -p evergreen-sdk --features client --example offers -- <rpc url> <collateral mint> <owner> <pools that are trusted>...`

use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{Client, Filter},
    convert::{self, Decimal},
    evergreen::state::{MarginAccount, Pool},
    instruction::PoolKeys,
    math::Seconds,
    offers::{Candidate, Offers, Out, Ranking},
    plan::Planner,
    price::PushFeeds,
    quote::PoolView,
    strategy::{ContractTerms, Strategy},
};
use std::error::Error;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// What the pools of a mint say to a trade.
#[derive(Debug)]
pub struct Found {
    /// Number of pools of the mint.
    pub pools: usize,
    /// Number of those that were not asked, because nobody vouches for them.
    pub not_verified: usize,
    /// The one to trade in, if it can be told.
    pub best: Option<Pubkey>,
}

/// Asks all pools of a mint for a straddle on 0.01 BTC.
pub async fn run(client: &Client, mint: Pubkey, owner: Pubkey, trusted: &[Pubkey]) -> Result<Found> {
    let source = PushFeeds::UPGRADED;
    // Anybody creates pools of a mint: which are to be trusted is no question to the network.
    let mut views: Vec<PoolView> = Vec::new();
    for (_, pool) in client.find::<Pool>(Filter::of_mint(mint)).await?.value {
        views.push(client.pool_view(PoolKeys::of(&pool), &source).await?.value);
    }
    let keys: Vec<Pubkey> = views.iter().map(|view| address::margin_account(&view.keys.pool, &owner, 0)).collect();
    let accounts = client.get_many::<MarginAccount>(&keys).await?.value;
    let wallet = match views.first() {
        Some(view) => client.raw(&[view.keys.wallet(&owner)]).await?.value,
        None => Vec::new(),
    };
    let wallet = wallet.into_iter().flatten().next().map_or(0, |raw| tokens(&raw.data));

    let week = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
    let token_price = Decimal::from(300);
    let mut candidates = Vec::new();
    for (view, account) in views.iter().zip(&accounts) {
        // Sizes are in points of each pool.
        let points = convert::points_of_size("0.01".parse()?, token_price, view.pool.decimals, view.pool.scale()?)?;
        let strategy = Strategy::straddle(week, 100_000, points)?;
        let candidate = Candidate::new(Planner::new(view, &source, owner), account.as_deref(), strategy);
        let is_verified = trusted.contains(&view.keys.pool);
        candidates.push(Candidate { is_verified, token_price: Some(token_price), wallet, ..candidate });
    }
    let offers = Offers::compare(&candidates, Ranking::default());
    for offer in &offers.offers {
        println!("{}: {} units, {} are missing", offer.pool, offer.net_held, offer.missing);
    }
    let not_verified = offers.out.iter().filter(|out| out.why == Out::NotVerified).count();
    Ok(Found { pools: views.len(), not_verified, best: offers.best().ok().map(|best| best.pool) })
}

/// Native units in a token account: the eight bytes after mint and owner.
fn tokens(data: &[u8]) -> u64 {
    data.get(64..72).and_then(|bytes| bytes.try_into().ok()).map_or(0, u64::from_le_bytes)
}

#[tokio::main]
#[allow(dead_code)]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or_else(|| format!("{what} is missing"));
    let (url, mint, owner) = (next("the URL")?, next("the mint")?.parse()?, next("the owner")?.parse()?);
    let trusted = arguments.map(|pool| pool.parse()).collect::<std::result::Result<Vec<Pubkey>, _>>()?;
    println!("{:?}", run(&Client::new(&url), mint, owner, &trusted).await?);
    Ok(())
}
