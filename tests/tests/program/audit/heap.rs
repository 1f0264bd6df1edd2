//! The memory of a liquidation. What each trial of a leg took stayed taken, so of 2,684 random accounts of twelve positions on four underlyings the keeper's choice ran out of memory for 17.

use crate::{attacks::withdraw_spare, pools::curated_params};
use evergreen_sdk::{
    evergreen::{
        Leg,
        state::{SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    CLASSIC, Setup, World,
    chain::actor,
    random::Random,
    world::{TENTH, TOKEN},
};

/// A pool of four underlyings in which dave holds twelve options and erin has cash.
fn scene() -> (World, usize, Vec<SeriesId>) {
    let setup = Setup::preset();
    let mut world = World::new(setup.clone());
    world.round_trip_every = u32::MAX;
    world.checked = false;
    for (n, config, dollars) in [(3u8, &setup.btc, 100_000), (4, &setup.eth, 4_000)] {
        let mut config = config.clone();
        (config.feed_id[0], config.feed_id[1]) = (n, n);
        let feed = world.new_feed(&config, dollars);
        let create = build::create_underlying(world.chain.payer, actor("admin"), feed.accounts.price, config);
        world.feeds.push(feed);
        world.send(create).ok();
    }
    let pool = world.add_curated_pool("carol", CLASSIC, (false, TOKEN), curated_params());
    world.provide("carol", pool, ShareClass::Main, 100_000 * TOKEN).ok();
    world.provide("insurer", pool, ShareClass::Insurance, 1_000 * TOKEN).ok();
    let contracts = [
        [(94, false), (102, false), (110, false)],
        [(95, false), (105, false), (105, true)],
        [(96, true), (104, false), (90, true)],
        [(100, false), (100, true), (110, false)],
    ];
    let mut series = Vec::new();
    for (market, strikes) in contracts.into_iter().enumerate() {
        let (unit, step) = if market % 2 == 0 { (1_000, 1_000) } else { (40, 50) };
        let days = if market < 2 { 30 } else { 7 };
        for (percent, put) in strikes {
            series.push(world.list_tenor(pool, market, put, percent * unit / step * step, days));
        }
    }
    for who in ["dave", "erin", "keeper"] {
        world.trader(who, pool, 10_000 * TOKEN);
    }
    for four in series.chunks(4) {
        world.trade("dave", pool, &four.iter().map(|id| (*id, 3 * TENTH)).collect::<Vec<_>>()).ok();
    }
    (world, pool, series)
}

#[test]
fn audit_heap_whatever_a_keeper_chooses_can_be_liquidated() {
    let (before, pool, series) = scene();
    let (keys, mut random) = (before.pools[pool], Random(0x9e37_79b9_7f4a_7c15));
    let (mut tried, mut most) = (0, 0);
    let mut below = |n: u64| random.word() % n;
    while tried < 400 {
        let mut world = before.clone();
        let mut size = || (if below(3) == 0 { 1 } else { -1 }) * (1 + below(5) as i64) * TENTH / 2;
        let legs: Vec<(SeriesId, i64)> = series.iter().map(|id| (*id, size())).collect();
        if legs.chunks(4).any(|four| !world.trade("erin", pool, four).succeeded()) {
            continue;
        }
        withdraw_spare(&mut world, "erin", pool);
        world.pass(60);
        let (erin, reward) = (world.account_key("erin", pool), world.account_key("keeper", pool));
        for _ in 0..4 {
            let mut world = world.clone();
            let is_uncertain = below(3) == 0;
            for market in 0..4 {
                let rest = if market % 2 == 0 { 100_000 } else { 4_000 };
                world.set_price(market, rest * (860 + below(290) as i64) / 1_000);
                if is_uncertain {
                    world.edit_price(market, |price| price.conf = price.price.unsigned_abs() * 6 / 1_000);
                }
            }
            let Ok(Some(quote)) = world.client_view(pool).best_liquidation(&world.account("erin", pool)) else {
                continue;
            };
            let legs: Vec<Leg> = quote.asked;
            tried += 1;
            most = most.max(legs.len());
            let liquidate = build::liquidate(actor("keeper"), &keys, erin, reward, legs, &world.markets());
            world.chain.send(&[liquidate]).ok();
        }
    }
    assert_eq!(most, 4, "legs of one liquidation");
}
