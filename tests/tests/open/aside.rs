//! What is committed when something is announced, and what comes beside a delegate's trades.

use super::scene::*;
use evergreen_sdk::{
    evergreen::{
        Leg, OptionLeg, TradeTerms,
        state::{PoolParams, SeriesId},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World, assert_refused,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// Bob has committed to buy straddles when the curator halts their private pool and announces a buy-back in one transaction. What was committed is not filled any more.
#[test]
fn audit_aside_what_is_committed_at_a_buyback_is_not_filled() {
    let mut setup = preset_setup();
    setup.liquidity = TOKEN;
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    world.pass(HALF_HOUR);
    let params = PoolParams { buyback_bps: 2_500, growth_limit_bps: 10_000, ..roomy() };
    let pool = world.add_curated_pool("carol", CLASSIC, (true, TOKEN), params);
    world.provide("carol", pool, MAIN, 1_000 * TOKEN).ok();
    world.trader("bob", pool, 300 * TOKEN);
    let both: [SeriesId; 2] = [false, true].map(|put| world.list_tenor(pool, BTC, put, 100_000, 7));
    let before = world.cash("bob", pool);
    let buy = world.commit_instruction("bob", pool, &legs(both, 3));
    world.send(buy).ok();
    let key = world.pools[pool].pool;
    world.send_all(&[build::halt_pool(actor("carol"), key), build::announce_buyback(actor("carol"), key)]).ok();
    world.wait_for_fill();
    let filled = world.fill("bob", pool);
    println!("bob is filled: {:?}", filled.failure);
    assert_refused(&filled, "cancelled: Stopped");
    assert!(world.account("bob", pool).is_flat() && world.cash("bob", pool) == before);
}

/// A delegate writes calls on 0.33 BTC, about as much as their client's twenty tokens bear, and liquidates them with an account of their own when the price has moved. Returns what they were paid, and what was taken off their allowance.
fn liquidated(by: f64, pool: PoolParams) -> (i64, u64) {
    let mut setup = Setup { pool, ..Setup::slow() };
    setup.liquidity = 1_000 * TOKEN;
    let mut world = begin_world(setup);
    world.checked = false;
    for (who, cash) in [("holly", 900), ("owner", 20), ("mallory", 1)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    let (keys, key, to) =
        (world.pools[CLASSIC], world.account_key("owner", CLASSIC), world.account_key("mallory", CLASSIC));
    world.trade("holly", CLASSIC, &[(call, 7 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    let allowance = 4 * TOKEN;
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), allowance)).ok();
    let start = world.cash("mallory", CLASSIC);
    let option = world.view(CLASSIC).registry.option(call).expect("an option");
    let terms = TradeTerms { legs: vec![OptionLeg { option, points: -33 * TENTH / 10 }], closing: 0, min_net: 0 };
    let number = world.account("owner", CLASSIC).next_order;
    world.send(build::commit_trade(actor("mallory"), &keys, key, number, terms, &world.market(BTC))).ok();
    world.wait_for_fill();
    let feeds = world.markets_to_fill(CLASSIC, &key);
    world.send(build::fill_trade(&keys, key, Some(to), None, &feeds[..1])).ok();
    for part in 1..=4 {
        step(&mut world, 100_000.0 * (1.0 + by * f64::from(part) / 4.0));
    }
    let legs = vec![Leg { series: call, points: -world.view(CLASSIC).held(&key, call) }];
    world.send(build::liquidate(actor("mallory"), &keys, key, to, legs, &world.market(BTC))).ok();
    (world.cash("mallory", CLASSIC) - start, allowance - world.account("owner", CLASSIC).allowance)
}

/// A delegate is paid by their client's liquidation no more than their owner allows: what they write takes the liquidator's part of the penalty off, too. Before, they were paid 2.5 times as much as was taken off at the presets, and 21 times
/// with the largest penalty of a curated pool.
#[test]
fn audit_aside_a_delegate_who_liquidates_his_client_is_paid_what_is_allowed() {
    let dear = PoolParams { penalty_bps: 200, penalty_equity_cap_bps: 2_500, liquidator_bps: 7_500, ..roomy() };
    let mut worst = 0.0f64;
    for (pool, what) in [(roomy(), "presets"), (dear, "the largest penalty of a curated pool")] {
        for by in [0.06, 0.07, 0.09, 0.13] {
            let (got, taken) = liquidated(by, pool);
            println!("{what}, a rise of {by}: they got {got}, off the allowance {taken}");
            worst = worst.max(got as f64 / taken as f64);
        }
    }
    assert!(worst <= 1.0, "a delegate was paid {worst:.2} times what was taken off their allowance");
}
