//! Measures the library on one core of this machine: `cargo xtask speed`.
//!
//! It prints quotes per second from the mathematics and from whole accounts, the time to decode accounts, and the time to
//! find the accounts below maintenance. With `--check` the exit code tells whether the targets are reached: a million quotes per
//! second, 10,000 accounts decoded in 100 ms, and judged in one second.

use evergreen_sdk::{
    accounts::{self, Account},
    evergreen::state::{LAYOUT_VERSION, LossIndex, MarginAccount, Pool, SeriesId, SeriesRegistry, Underlying},
    instruction::{PoolKeys, PriceFeed},
    math::{
        BasisPoints, Dollars, PointScale, Points, Ratio, Rounding, Seconds, UnixTime,
        fees::FeeParams,
        option::{OptionKind, OptionPricer, PricePoint, Terms},
        trade::{LegPricing, PriceBand},
    },
    presets,
    quote::{MarketView, PoolView, PriceBytes, Screen},
    strategy::{Contract, ContractTerms, Strategy},
    testing::{pyth::Price, scene::Scene},
};
use std::{
    hint::black_box,
    process::ExitCode,
    time::{Duration, Instant},
};

const NOW: i64 = 1_790_000_000;

fn main() -> ExitCode {
    let check = std::env::args().any(|argument| argument == "--check");
    match measure() {
        Ok(good) if good || !check => ExitCode::SUCCESS,
        Ok(_) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

/// Measures everything and returns whether the targets are reached.
fn measure() -> Result<bool, Box<dyn std::error::Error>> {
    let scale = PointScale::new(3)?;
    let cap = BasisPoints(12_000).to_ratio();
    let terms = Terms::new(OptionKind::Call, Dollars::from_int(100_000), Seconds(7 * 86_400), Some(cap))?;
    let sigma = BasisPoints(6_000).to_ratio();
    let points = spots(1_000)?;

    let pricer = OptionPricer::new(&terms, sigma)?;
    let prepared = per_second(|place| {
        let value = pricer.at_point(points[place % points.len()])?.value()?;
        Ok(scale.native(Points(33_333_333), value, Rounding::Ceil)?.0)
    })?;
    println!("{prepared:>12.0} a second: an option valued to native units, its pricer prepared");

    let at_mark: Vec<PriceBand> = points.iter().map(|point| PriceBand::at_mark(*point)).collect();
    let plain =
        per_second(|place| Ok(leg(&terms, sigma, at_mark[place % at_mark.len()], scale).quote()?.cash_change.0))?;
    println!("{plain:>12.0} a second: a leg with fee, at the oracle's price");
    let banded: Result<Vec<PriceBand>, _> =
        points.iter().map(|p| PriceBand::around(*p, Dollars::from_int(20), BasisPoints::ONE)).collect();
    let banded = banded?;
    let full = per_second(|place| Ok(leg(&terms, sigma, banded[place % banded.len()], scale).quote()?.cash_change.0))?;
    println!("{full:>12.0} a second: the same with the confidence band, whose end costs a logarithm");

    let (view, account, series) = scene()?;
    let legs = [evergreen_sdk::evergreen::Leg { series, points: 1_000_000 }];
    let whole = per_second(|_| Ok(view.trade(&account, &legs)?.net))?;
    println!("{whole:>12.0} a second: a whole trade, from account bytes to health and what remains of them");

    let mut bytes = MarginAccount::PREFIX.to_vec();
    bytes.extend_from_slice(bytemuck::bytes_of(&account));
    let all: Vec<Vec<u8>> = (0..10_000).map(|_| bytes.clone()).collect();
    let mut decoding = Duration::MAX;
    for _ in 0..5 {
        let start = Instant::now();
        for data in &all {
            black_box(accounts::margin_account(black_box(data))?);
        }
        decoding = decoding.min(start.elapsed());
    }
    println!("{:>12.2} ms to decode 10,000 margin accounts", decoding.as_secs_f64() * 1_000.0);
    let judging = judge_accounts()?;
    let good =
        prepared >= 1e6 && plain >= 1e6 && decoding < Duration::from_millis(100) && judging < Duration::from_secs(1);
    println!("{}", if good { "targets reached" } else { "targets NOT reached" });
    Ok(good)
}

/// Measures how long it takes to find those below maintenance among 10,000 accounts with 12 positions each on 64 series.
fn judge_accounts() -> Result<Duration, Box<dyn std::error::Error>> {
    let mut scene = Scene::new(1, 0).map_err(|error| error.to_string())?;
    let mut all: Vec<MarginAccount> = (0..10_000).map(|_| scene.account(12)).collect();
    // One in a hundred accounts is below maintenance; the others have the cash that they need.
    let screen = Screen::new(&scene.view)?;
    for (place, account) in all.iter_mut().enumerate() {
        let health = screen.maintenance(account)?;
        let wanted = if place % 100 == 0 { -1_000_000 } else { 1_000_000 + scene.below(1_000_000_000) };
        account.cash += wanted - health;
    }
    let (mut screening, mut judging) = (Duration::MAX, Duration::MAX);
    for _ in 0..5 {
        let start = Instant::now();
        let screen = Screen::new(black_box(&scene.view))?;
        let suspects: Vec<&MarginAccount> = all.iter().filter(|account| screen.suspect(black_box(account))).collect();
        screening = screening.min(start.elapsed());
        let mut below = 0;
        for account in &suspects {
            below += usize::from(scene.view.is_liquidatable(account)?);
        }
        judging = judging.min(start.elapsed());
        if below != 100 {
            return Err(format!("{below} accounts found, 100 are below maintenance").into());
        }
    }
    let start = Instant::now();
    let in_need = all.iter().step_by(100).take(20);
    for account in in_need.clone() {
        black_box(scene.view.best_liquidation(account).map_err(|error| error.to_string())?);
    }
    let naming = start.elapsed().as_secs_f64() * 1_000.0 / in_need.count() as f64;
    println!("{:>12.2} ms to screen 10,000 accounts of 12 positions", screening.as_secs_f64() * 1_000.0);
    println!("{naming:>12.2} ms to find the best legs of one liquidation among 12 positions");
    println!(
        "{:>12.2} ms to find the accounts below maintenance among 10,000 (screen and confirm)",
        judging.as_secs_f64() * 1_000.0
    );
    Ok(judging)
}

fn leg(terms: &Terms, sigma: Ratio, prices: PriceBand, scale: PointScale) -> LegPricing<'_> {
    LegPricing {
        terms,
        held: Points::ZERO,
        change: Points(33_333_333),
        sigma,
        prices,
        fees: FeeParams::default(),
        scale,
    }
}

/// Returns prices around the strike, unordered.
fn spots(count: i64) -> Result<Vec<PricePoint>, Box<dyn std::error::Error>> {
    let spot = |place: i64| PricePoint::new(Dollars::from_int(82_000 + (place * 7_919) % 37_000));
    Ok((0..count).map(spot).collect::<Result<_, _>>()?)
}

/// Returns how often `work` can be done per second of one core, measured for about half a second.
fn per_second(
    mut work: impl FnMut(usize) -> Result<i64, Box<dyn std::error::Error>>,
) -> Result<f64, Box<dyn std::error::Error>> {
    const BATCH: usize = 256;
    let (start, clock) = (Instant::now(), processor_time());
    let mut done = 0usize;
    while start.elapsed() < Duration::from_millis(500) {
        for place in done..done + BATCH {
            black_box(work(black_box(place))?);
        }
        done += BATCH;
    }
    let spent = match (clock, processor_time()) {
        (Some(before), Some(after)) if after > before => after - before,
        _ => start.elapsed(),
    };
    Ok(done as f64 / spent.as_secs_f64())
}

/// Returns the processor time of this thread, where Linux reports it; other processes do not count.
fn processor_time() -> Option<Duration> {
    let text = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    text.split(' ').next()?.parse().ok().map(Duration::from_nanos)
}

/// Makes a pool with one listed series and an account with cash.
fn scene() -> Result<(PoolView, MarginAccount, SeriesId), Box<dyn std::error::Error>> {
    let config = presets::btc(presets::PYTH_RECEIVER);
    let mut underlying: Underlying = bytemuck::Zeroable::zeroed();
    (underlying.version, underlying.feed_id, underlying.price_owner) =
        (LAYOUT_VERSION, config.feed_id, config.price_owner);
    underlying.params = config.params;
    let started = underlying.volatility_params().start(Dollars::from_int(100_000), UnixTime(NOW - 60))?;
    underlying.set_volatility_state(started);
    let feed = PriceFeed {
        underlying: evergreen_sdk::address::underlying(&config.feed_id),
        price: evergreen_sdk::price::PushFeeds::UPGRADED.address(&config.feed_id),
    };
    let data = Price::new(config.feed_id, 10_000_000_000_000, NOW).encode(&feed.price, 0)?;
    let price = Some(PriceBytes { owner: config.price_owner, data });

    let mint = evergreen_sdk::anchor_lang::prelude::Pubkey::new_from_array([1; 32]);
    let keys = PoolKeys::new(mint, anchor_spl::token::ID);
    let mut pool: Pool = bytemuck::Zeroable::zeroed();
    (pool.version, pool.scale_exponent, pool.decimals, pool.underlying_count) = (LAYOUT_VERSION, 3, 8, 1);
    (pool.underlyings[0].key, pool.max_ages[0]) = (feed.underlying, 5);
    (pool.loss_index, pool.insurance_loss_index) = (LossIndex::NONE, LossIndex::NONE);
    pool.params = presets::pool_params();
    (pool.pool_cash, pool.depth, pool.margin_cash) = (100_000_000_000, 100_000_000_000, 10_000_000_000);
    let mut registry: SeriesRegistry = bytemuck::Zeroable::zeroed();
    (registry.version, registry.pool) = (LAYOUT_VERSION, keys.pool);

    let terms = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
    let contract = Contract { terms, kind: OptionKind::Call, strike: 100_000 };
    let buy = Strategy { legs: vec![evergreen_sdk::strategy::Part { contract, points: Points(1) }] };
    let resolved = buy.resolve(&registry, &[&underlying], UnixTime(NOW))?;
    let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
    (account.version, account.pool, account.cash) = (LAYOUT_VERSION, keys.pool, 10_000_000_000);
    account.loss_index = LossIndex::NONE;
    let markets = vec![MarketView { underlying: Box::new(underlying), feed, price, earlier: None, sample: None }];
    let view = PoolView { keys, pool: Box::new(pool), registry: resolved.registry, markets, now: NOW, protocol: None };
    Ok((view, account, resolved.legs[0].series))
}
