//! Measures how long a keeper takes to find the account that has just fallen below maintenance among 10,000: `cargo xtask speed`.
//!
//! The measurement begins with a cache of encoded accounts, as subscriptions leave it, and ends with the instruction that
//! liquidates. All accounts are decoded, tasks of every job are searched, and so is the liquidation that pays most. With `--check`
//! the exit code tells whether that took less than a second.

use evergreen_keeper::{Config, Job, look};
use evergreen_sdk::{
    accounts::Account,
    address,
    anchor_lang::prelude::Pubkey,
    client::{Cache, RawAccount},
    evergreen::state::{MarginAccount, Pool, SeriesRegistry, Underlying},
    price::PushFeeds,
    quote::Screen,
    testing::scene::Scene,
};
use std::{
    error::Error,
    process::ExitCode,
    sync::Arc,
    time::{Duration, Instant},
};

const ACCOUNTS: usize = 10_000;
const TARGET: Duration = Duration::from_secs(1);

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    match measure() {
        Ok(took) if took < TARGET || !check => ExitCode::SUCCESS,
        Ok(took) => {
            eprintln!("{took:?} is not less than {TARGET:?}");
            ExitCode::FAILURE
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

fn raw<T: Account>(state: &[u8]) -> RawAccount {
    RawAccount { owner: address::PROGRAM, lamports: 1, data: [T::PREFIX, state].concat() }
}

fn key(number: usize) -> Pubkey {
    let mut bytes = [9; 32];
    bytes[..8].copy_from_slice(&number.to_le_bytes());
    Pubkey::new_from_array(bytes)
}

fn measure() -> Result<Duration, Box<dyn Error + Send + Sync>> {
    let mut scene = Scene::new(1, 0)?;
    let view = scene.view.clone();
    let cache = Cache::default();
    let mut pool = view.pool.clone();
    (pool.mint, pool.token_program) = (view.keys.mint, view.keys.token_program);
    cache.update(view.keys.pool, 1, Some(raw::<Pool>(bytemuck::bytes_of(&*pool))));
    cache.update(view.keys.registry, 1, Some(raw::<SeriesRegistry>(bytemuck::bytes_of(&*view.registry))));
    for market in &view.markets {
        cache.update(market.feed.underlying, 1, Some(raw::<Underlying>(bytemuck::bytes_of(&*market.underlying))));
        let price = market.price.clone().ok_or("a price is missing")?;
        cache.update(market.feed.price, 1, Some(RawAccount { owner: price.owner, lamports: 1, data: price.data }));
    }
    // The reward is paid to this account.
    let me = Pubkey::new_from_array([7; 32]);
    let mut own = scene.account(0);
    own.owner = me;
    cache.update(
        address::margin_account(&view.keys.pool, &me, 0),
        1,
        Some(raw::<MarginAccount>(bytemuck::bytes_of(&own))),
    );
    let screen = Screen::new(&view)?;
    let mut accounts = Vec::with_capacity(ACCOUNTS);
    for number in 0..ACCOUNTS {
        let mut account = scene.account(12);
        account.cash += 1_000_000 + scene.below(1_000_000_000) - screen.maintenance(&account)?.ok_or("no price")?;
        cache.update(key(number), 1, Some(raw::<MarginAccount>(bytemuck::bytes_of(&account))));
        accounts.push(account);
    }
    let config = Config::new("", Arc::new(PushFeeds::UPGRADED));
    let liquidations = |slot: u64| -> Result<(Duration, Vec<Pubkey>), Box<dyn Error + Send + Sync>> {
        let start = Instant::now();
        let tasks = look(&cache, &config, me, Scene::NOW)?;
        let took = start.elapsed();
        let found = tasks.iter().filter(|task| task.key.job == Job::Liquidate).map(|task| task.key.subject);
        let found: Vec<Pubkey> = found.collect();
        if slot == 1 && !found.is_empty() {
            return Err(format!("{} accounts are below maintenance too early", found.len()).into());
        }
        Ok((took, found))
    };
    liquidations(1)?;
    let mut longest = Duration::ZERO;
    for round in 0..5usize {
        // In each round a different account falls below maintenance.
        let number = (round * 2_357 + 11) % ACCOUNTS;
        let mut fallen = accounts[number];
        fallen.cash -= screen.maintenance(&fallen)?.ok_or("no price")? + 1_000_000;
        let slot = 2 + round as u64;
        cache.update(key(number), slot, Some(raw::<MarginAccount>(bytemuck::bytes_of(&fallen))));
        let (took, found) = liquidations(slot)?;
        if found != [key(number)] {
            return Err(format!("found {found:?}: expected account {number}, {}", key(number)).into());
        }
        longest = longest.max(took);
        cache.update(key(number), slot + 1, Some(raw::<MarginAccount>(bytemuck::bytes_of(&accounts[number]))));
    }
    println!(
        "{:>12.2} ms to find the account below maintenance among {ACCOUNTS}, with the liquidation that pays most",
        longest.as_secs_f64() * 1_000.0
    );
    Ok(longest)
}
