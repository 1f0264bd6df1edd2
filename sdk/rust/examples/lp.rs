//! A provider of liquidity: it reads the pool's net asset value and income, deposits, and requests to withdraw a part.
//!
//! `cargo run -p evergreen-sdk --features client --example lp -- <rpc url> <collateral mint> <keypair file>`

use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{Client, DepositRequest, SendOptions},
    convert,
    evergreen::state::{LiquidityRequest, ShareClass},
    plan::Planner,
    price::PushFeeds,
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::error::Error;

type Result<T> = std::result::Result<T, Box<dyn Error + Send + Sync>>;

/// Result of the example.
#[derive(Debug)]
pub struct ProviderOutcome {
    /// Shares quoted for the deposit.
    pub quoted: u64,
    /// Shares of the withdrawal.
    pub requested: u64,
    /// What the withdrawal would pay if it were executed at once, native units.
    pub estimate: u64,
    /// Native units deposited.
    pub deposited: u64,
}

/// Deposits ten tokens into the main pool and requests half of them back.
pub async fn run(client: &Client, mint: Pubkey, provider: &Keypair) -> Result<ProviderOutcome> {
    let source = PushFeeds::UPGRADED;
    let class = ShareClass::Main;
    let keys = client.pool_keys(mint).await?;
    let view = client.pool_view(keys, &source).await?.value;
    let decimals = view.pool.decimals;
    let tokens = |native: i64| convert::tokens(native, decimals);

    let value = view.net_asset_value(class)?;
    println!("the pool is worth {} to {}", tokens(value.lower), tokens(value.upper));
    // The fees of the last day could be summed from events; with fees of zero the estimate counts only funding.
    let income = view.yield_estimate(class, 0)?;
    println!("traders pay it funding of {} per day at present prices", tokens(income.funding_per_day));
    println!("that is {:?} of its worth per year; price moves cost as much on average", income.per_year);

    let amount = convert::native("10".parse()?, decimals)?;
    // The number never comes again, so the request happens once, however often it is sent.
    let id = client.next_number(&provider.pubkey()).await?;
    let plan = Planner::new(&view, &source, provider.pubkey()).provide(class, amount, id)?;
    println!("{} for about {} shares", convert::tokens(amount, decimals), plan.quote.shares);
    let options = SendOptions::default();
    let since = client.execute(&plan, provider, &[], &options).await?.slot;
    // The shares are minted after the next full minute, at a price that did not exist when they were paid for.
    let request = address::request(&keys.pool, class, &provider.pubkey(), id);
    let deposit = DepositRequest { keys, request, source: &source, since };
    println!("{:?}", client.finish_deposit(provider, &deposit, &options).await?);

    let view = client.pool_view(keys, &source).await?.value;
    let half = plan.quote.shares / 2;
    // It is executed for no less than nine tenths of what it is worth now.
    let least = view.withdrawal(class, half)?.suggested_least();
    let id = client.next_number(&provider.pubkey()).await?;
    let request = Planner::new(&view, &source, provider.pubkey()).withdraw(class, half, least, id)?;
    println!(
        "half of them would pay {} now, {} at once; the withdrawal waits {} hours",
        convert::tokens(request.quote.worth, decimals),
        convert::tokens(request.quote.amount_now, decimals),
        request.quote.cooldown / 3_600
    );
    client.execute(&request, provider, &[], &SendOptions::default()).await?;
    let withdrawal =
        client.get::<LiquidityRequest>(&address::request(&keys.pool, class, &provider.pubkey(), id)).await?.value;
    Ok(ProviderOutcome {
        quoted: plan.quote.shares,
        requested: withdrawal.shares,
        estimate: request.quote.worth,
        deposited: amount,
    })
}

#[tokio::main]
#[allow(dead_code)]
async fn main() -> Result<()> {
    let mut arguments = std::env::args().skip(1);
    let mut next = |what: &str| arguments.next().ok_or_else(|| format!("{what} is missing"));
    let (url, mint, key) = (next("the URL")?, next("the mint")?.parse()?, next("the keypair file")?);
    let provider = solana_keypair::read_keypair_file(key).map_err(|error| error.to_string())?;
    println!("{:?}", run(&Client::new(&url), mint, &provider).await?);
    Ok(())
}
