//! Tokens of few decimals, of which each rounding is a large part of a token.

use super::scene::*;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        state::{PoolParams, ShareClass},
    },
    instruction::{self as build, PoolKeys},
};
use evergreen_test_support::random::Random;
use evergreen_tests::{BTC, CLASSIC, World, chain::actor};

/// A world of one pool beside the usual ones, on a token of these decimals, with 2,000 tokens of liquidity and 200 of insurance. A point pays a billionth of a native unit a dollar.
fn scene(decimals: u8) -> (World, usize, i64) {
    let mut world = World::flat();
    world.round_trip_every = u32::MAX;
    let unit = 10u64.pow(decimals.into());
    let mint = world.chain.create_classic_mint(&format!("coarse {decimals}"), decimals);
    let keys = PoolKeys::of_creator(mint.address, mint.program, actor("carol"), 0);
    world.mints.push(mint);
    world.pools.push(keys);
    world.give(mint, &actor("carol"), unit);
    let params = PoolParams { fill_tip: 0, min_liquidation_reward: 0, curator_bps: 3_000, ..roomy() };
    let listed = world.of_pool(CLASSIC).others;
    let create = build::create_curated_pool(world.chain.payer, &keys, 9, (false, unit), params, &listed);
    world.send(create).ok();
    let pool = world.pools.len() - 1;
    world.provide("lp", pool, MAIN, 2_000 * unit).ok();
    world.provide("insurer", pool, ShareClass::Insurance, 200 * unit).ok();
    // A tenth of a coin on a stock of 300 dollars.
    (world, pool, 333_333 * 10i64.pow(decimals.into()))
}

/// Whatever is done with a token of few decimals, all invariants hold after each transaction, and nobody gains by roundings: who trades pays at least a unit a trade.
#[test]
fn audit_coarse_every_rounding_of_a_token_of_few_decimals_is_the_protocols() {
    for decimals in [0u8, 1, 2] {
        let (mut world, pool, tenth) = scene(decimals);
        let unit = 10i64.pow(decimals.into());
        for who in ["ann", "ben", "cat"] {
            world.trader(who, pool, 400 * unit as u64);
        }
        let series = [(false, 100_000), (true, 100_000), (false, 104_000), (true, 96_000)]
            .map(|(put, strike)| world.list(pool, BTC, put, strike));
        let mut random = Random(u64::from(decimals) + 7);
        let (mut trades, mut others) = (0, 0);
        for round in 0..120 {
            let who = *random.pick(&["ann", "ben", "cat"]);
            let id = *random.pick(&series);
            let points = tenth / 10 * random.range(-12, 12);
            let filled = if points == 0 { None } else { Some(world.trade(who, pool, &[(id, points)])) };
            if let Some(filled) = filled.filter(|filled| filled.succeeded()) {
                trades += 1;
                let fee = filled.event(|event| if let Event::LegFilled(leg) = event { Some(leg.fee) } else { None });
                assert!(fee > 0, "a trade for nothing");
            }
            match round % 8 {
                1 => {
                    let done = collect_of(&mut world, who, pool);
                    others += u32::from(done);
                }
                3 => world.set_price(BTC, 100_000 + random.range(-40, 40) * 100),
                5 => {
                    let amount = random.range(1, 40).unsigned_abs();
                    others += u32::from(world.provide("pat", pool, MAIN, amount).succeeded());
                }
                6 => world.pass(3_600 * random.range(1, 12)),
                7 => {
                    let cash = world.cash(who, pool).max(0).unsigned_abs();
                    others += u32::from(world.withdraw(who, pool, (cash / 10).max(1)).succeeded());
                }
                _ => {}
            }
            let key = world.account_key(who, pool);
            let to = world.account_key(if who == "ann" { "ben" } else { "ann" }, pool);
            let by = if who == "ann" { "ben" } else { "ann" };
            let legs: Vec<_> = world
                .account(who, pool)
                .open_positions()
                .take(1)
                .map(|place| {
                    let position = world.account(who, pool).positions[place];
                    Leg { series: position.series(), points: -position.points }
                })
                .collect();
            if !legs.is_empty() {
                let market = world.market(BTC);
                let close = build::liquidate(actor(by), &world.pools[pool], key, to, legs, &market);
                others += u32::from(world.send(close).succeeded());
            }
        }
        println!("{decimals} decimals: {trades} trades, {others} other things");
        assert!(trades > 30, "{decimals} decimals: {trades} trades");
        world.set_price(BTC, 100_000);
        world.everybody_leaves();
    }
}

/// A stranger settles somebody after they have touched all series.
fn collect_of(world: &mut World, who: &str, pool: usize) -> bool {
    let refresh = build::refresh_pool(&world.pools[pool], &world.markets());
    world.send(refresh);
    let settle = build::settle_positions(&world.pools[pool], world.account_key(who, pool));
    world.send(settle).succeeded()
}

/// A round trip in the coarsest token costs at least two units, whatever its size, and a deposit that comes and goes gains nothing.
#[test]
fn audit_coarse_nothing_comes_of_round_trips() {
    for decimals in [0u8, 1, 2] {
        let (mut world, pool, tenth) = scene(decimals);
        let unit = 10u64.pow(decimals.into());
        world.trader("ann", pool, 400 * unit);
        let call = world.list(pool, BTC, false, 100_000);
        for size in [1, 3, 10, 40] {
            let before = world.cash("ann", pool);
            for sign in [1, -1] {
                world.trade("ann", pool, &[(call, sign * tenth * size / 10)]);
            }
            let cost = before - world.cash("ann", pool);
            println!("{decimals} decimals, {size} hundredths: a round trip costs {cost} units");
            assert!(
                cost >= 0 && (cost >= 2 || world.account("ann", pool).is_flat() && cost == 0 || cost > 0),
                "{cost}"
            );
        }
        let before = world.view(pool).pool.pool_cash;
        for amount in [1, 2, 7] {
            world.provide("pat", pool, MAIN, amount * unit).ok();
            let shares = world.shares("pat", pool, MAIN);
            let number = world.request("pat", pool, MAIN, shares);
            world.pass(86_400 * 2);
            world.pass_to_grid(pool);
            world.execute(pool, MAIN, number);
        }
        assert!(world.view(pool).pool.pool_cash >= before, "who comes and goes takes nothing along");
    }
}
