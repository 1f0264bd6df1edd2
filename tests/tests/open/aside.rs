//! What is committed when something is announced, and what comes beside a delegate's trades.

use super::scene::*;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{
        Leg, OptionLeg, TradeTerms,
        state::{PoolParams, SeriesId},
    },
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

/// A pair holds straddles, and has committed to write as many when the curator halts his private pool and announces a buy-back in one transaction. The premium is on what the pool wrote alone by then, and what was
/// committed is not filled any more.
#[test]
fn audit_aside_what_is_committed_at_a_buyback_is_not_filled() {
    let mut setup = Setup { pool: presets::pool_params(), ..Setup::slow() };
    setup.liquidity = TOKEN;
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    world.pass(HALF_HOUR);
    let params = PoolParams { buyback_bps: 2_500, growth_limit_bps: 10_000, ..presets::pool_params() };
    let pool = world.add_curated_pool("carol", CLASSIC, (true, TOKEN), params);
    world.provide("carol", pool, MAIN, 1_000 * TOKEN).ok();
    for (who, cash) in [("holds", 300), ("writes", 500)] {
        world.trader(who, pool, cash * TOKEN);
    }
    let both: [SeriesId; 2] = [false, true].map(|put| world.list_tenor(pool, BTC, put, 100_000, 7));
    world.trade("holds", pool, &legs(both, 3)).ok();
    let before = world.cash("writes", pool);
    let write = world.commit_instruction("writes", pool, &legs(both, -3));
    world.send(write).ok();
    let key = world.pools[pool].pool;
    world.send_all(&[build::halt_pool(actor("carol"), key), build::announce_buyback(actor("carol"), key)]).ok();
    world.wait_for_fill();
    let filled = world.fill("writes", pool);
    println!("the writer is filled: {:?}", filled.failure);
    assert!(!filled.succeeded() && world.account("writes", pool).is_flat() && world.cash("writes", pool) == before);
}

/// A delegate writes as much as his client's margin bears, and liquidates it with an account of his own when the price has moved, again and again. Returns what he was paid, what was taken off his allowance, and the
/// number of liquidations.
fn liquidated(moves: &[f64]) -> (i64, u64, u32) {
    let mut world = world(1_000, &[("holly", 900), ("owner", 20), ("mallory", 1)]);
    world.checked = false;
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    let key = world.account_key("owner", CLASSIC);
    world.trade("holly", CLASSIC, &[(call, 7 * TENTH)]).ok();
    quiet(&mut world, 100_000.0, 4);
    let allowance = TOKEN;
    world.send(build::set_delegate(actor("owner"), key, Some(actor("mallory")), allowance)).ok();
    let start = world.cash("mallory", CLASSIC);
    let (keys, to) = (world.pools[CLASSIC], world.account_key("mallory", CLASSIC));
    let mut liquidations = 0;
    let mut at = 100_000.0;
    for by in moves {
        // As much as it bears.
        for parts in [40, 20, 10, 5, 2, 1] {
            let option = world.view(CLASSIC).registry.option(call).expect("an option");
            let legs = vec![OptionLeg { option, points: -parts * TENTH / 10 }];
            let terms = TradeTerms { legs, closing: 0, min_net: 0 };
            let number = world.account("owner", CLASSIC).next_order;
            let commit = build::commit_trade(actor("mallory"), &keys, key, number, terms, &world.market(BTC));
            if world.send(commit).succeeded() {
                world.wait_for_fill();
                let filled = {
                    let feeds = world.markets_to_fill(CLASSIC, &key);
                    world.send(build::fill_trade(&keys, key, Some(to), None, &feeds[..1]))
                };
                println!("  wrote {parts} hundredths: {:?}", filled.failure);
            }
        }
        println!(
            "  at {at}: health {:.3} and {:.3}, allowance left {}",
            tokens(health(&world, "owner", HealthLevel::Initial)),
            tokens(health(&world, "owner", HealthLevel::Maintenance)),
            world.account("owner", CLASSIC).allowance
        );
        for part in 1..=4 {
            step(&mut world, at * (1.0 + by * f64::from(part) / 4.0));
        }
        at *= 1.0 + by;
        let held = world.view(CLASSIC).held(&key, call);
        if held == 0 {
            break;
        }
        let legs = vec![Leg { series: call, points: -held }];
        let done = world.send(build::liquidate(actor("mallory"), &keys, key, to, legs, &world.market(BTC)));
        liquidations += u32::from(done.succeeded());
        println!("  liquidated: {:?}, held {held}, {} left", done.failure, world.view(CLASSIC).held(&key, call));
    }
    let got = world.cash("mallory", CLASSIC) - start;
    (got, allowance - world.account("owner", CLASSIC).allowance, liquidations)
}

/// With the presets' penalty that is less than what he has used up for the trades before.
#[test]
fn audit_aside_a_delegate_is_paid_less_for_liquidating_his_client_than_his_trades_take() {
    for moves in [&[0.05][..], &[0.06], &[0.07], &[0.09], &[0.06, 0.05, -0.05, 0.05, -0.05, 0.05]] {
        let (got, taken, liquidations) = liquidated(moves);
        println!("{moves:?}: {liquidations} liquidations, he got {got}, off the allowance {taken}");
        assert!(got <= taken as i64, "he got {got}, {taken} were taken off");
    }
}
