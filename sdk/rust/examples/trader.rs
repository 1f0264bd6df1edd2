//! A trader: it buys a strangle on Bitcoin with a tokenized stock as collateral, reads what it costs to hold, and sells it again.
//! A trade is committed first; the first price that is published after the commitment fills it.
//!
//! `cargo run -p evergreen-sdk --features client --example trader -- <rpc url> <collateral mint> <keypair file>`

use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Client, EventHistory, FillRequest, Filled, SendOptions},
    convert::{self, Decimal},
    events::Event,
    evergreen::{Leg, state::MarginAccount},
    instruction::PoolKeys,
    math::Seconds,
    plan::Planner,
    price::PushFeeds,
    strategy::{ContractTerms, Strategy},
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::error::Error;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Result of the example, in native units.
#[derive(Debug)]
pub struct TraderOutcome {
    /// Quoted change of cash of the purchase.
    pub quoted: i64,
    /// Change of cash by the purchase.
    pub bought: i64,
    /// Change of cash by the sale.
    pub sold: i64,
}

/// Trades 0.01 BTC, sized at a stock price of 300 dollars.
pub async fn run(client: &Client, mint: Pubkey, trader: &Keypair) -> Result<TraderOutcome> {
    let source = PushFeeds::UPGRADED;
    let keys = client.pool_keys(mint).await?;
    let view = client.pool_view(keys, &source).await?.value;
    let (decimals, scale) = (view.pool.decimals, view.pool.scale()?);
    let tokens = |native: i64| convert::tokens(native, decimals);

    // The size is converted from BTC to points. The price of the stock only sizes the trade.
    let stock_price = Decimal::from(300);
    let points = convert::points_of_size("0.01".parse()?, stock_price, decimals, scale)?;
    let week = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
    let spot = convert::dollars(view.price(0)?.spot, 2)?;
    println!("BTC at {spot} dollars; 0.01 BTC are {} points", points.0);
    let strangle = Strategy::strangle(week, 95_000, 105_000, points)?;

    // The plan opens the account, pays in two tokens, lists what is missing and commits the trade: one transaction.
    let deposit = convert::native("2".parse()?, decimals)?;
    let planner = Planner { deposit, ..Planner::new(&view, &source, trader.pubkey()) };
    let plan = planner.trade(None, &strangle)?;
    let quote = &plan.quote;
    println!("the premium is {}, the fee is {}", tokens(-quote.premium), convert::tokens(quote.fee, decimals));
    for leg in &quote.legs {
        println!("  mark {}, spread {}", tokens(leg.mark), tokens(leg.spread));
    }
    let days = quote.after.runway().map(|seconds| seconds / 86_400);
    println!("holding costs {} a day now; cash lasts {days:?} days", tokens(quote.after.funding_per_day));
    client.execute(&plan, trader, &[], &SendOptions::default()).await?;
    let bought = filled(client, keys, planner.account_key(), trader).await?;
    println!("bought: {}", tokens(bought));

    // The positions are sold later, in one trade, for at least the quote less the slippage.
    let view = client.pool_view(keys, &source).await?.value;
    let account = client.get::<MarginAccount>(&planner.account_key()).await?.value;
    for prices in view.liquidation_prices(&account)? {
        println!("underlying {}: liquidated below {:?} or above {:?}", prices.underlying, prices.down, prices.up);
    }
    let held = account.open_positions().map(|place| account.positions[place]);
    let legs: Vec<Leg> = held.map(|held| Leg { series: held.series(), points: -held.points }).collect();
    let plan = Planner::new(&view, &source, trader.pubkey()).trade_legs(&account, &legs)?;
    client.execute(&plan, trader, &[], &SendOptions::default()).await?;
    let sold = filled(client, keys, planner.account_key(), trader).await?;
    println!("sold: {}", tokens(sold));
    Ok(TraderOutcome { quoted: quote.net, bought, sold })
}

/// Waits for the price that fills the committed trade of an account, fills it, and returns the change of cash. Somebody else may be
/// faster; then the change is read from the account's newest events.
async fn filled(client: &Client, keys: PoolKeys, account: Pubkey, payer: &Keypair) -> Result<i64> {
    let source = PushFeeds::UPGRADED;
    if let Filled::Here(done) =
        client.fill(payer, &FillRequest::new(keys, account, &source), &SendOptions::default()).await?
    {
        return end_of(account, &done.events()).unwrap_or_else(|| Err("the fill left no event".into()));
    }
    let mut past = EventHistory::new(client.clone(), account).pages_of(10);
    while let Some(transaction) = past.next().await? {
        if let Some(end) = end_of(account, &transaction.events) {
            return end;
        }
    }
    Err("no event tells what became of the trade".into())
}

/// Returns the change of cash by a trade that was filled, or an error for one that was cancelled.
fn end_of(account: Pubkey, events: &[Event]) -> Option<Result<i64>> {
    events.iter().find_map(|event| match event {
        Event::Traded(trade) if trade.account == account => Some(Ok(trade.net)),
        Event::CommitmentCancelled(end) if end.account == account => {
            Some(Err(format!("not filled: {:?}; it costs {} units", end.reason, end.fee).into()))
        }
        _ => None,
    })
}

#[tokio::main]
#[allow(dead_code)]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or_else(|| format!("{what} is missing"));
    let (url, mint, key) = (next("the URL")?, next("the mint")?.parse()?, next("the keypair file")?);
    let trader = solana_keypair::read_keypair_file(key).map_err(|error| error.to_string())?;
    println!("{:?}", run(&Client::new(&url), mint, &trader).await?);
    Ok(())
}
