//! What strangers do to an account again and again, each time with a rounding against it.

use super::scene::*;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{
        Leg,
        state::{NoticeCause, PoolParams, SeriesId, ShareClass},
    },
    instruction::{self as build, PoolKeys},
};
use evergreen_tests::{BTC, CLASSIC, World, chain::actor};

/// A world of one pool beside the usual ones, on a token of these decimals, with 2,000 tokens of liquidity and 200 of insurance, and a tenth of a coin in points.
fn scene(decimals: u8) -> (World, usize, i64) {
    let mut world = World::flat();
    (world.round_trip_every, world.replay) = (u32::MAX, None);
    let unit = 10u64.pow(decimals.into());
    let mint = world.chain.create_classic_mint(&format!("grains {decimals}"), decimals);
    let keys = PoolKeys::of_creator(mint.address, mint.program, actor("carol"), 0);
    world.mints.push(mint);
    world.pools.push(keys);
    world.give(mint, &actor("carol"), unit);
    let params = PoolParams { fill_tip: 0, min_liquidation_reward: 0, growth_limit_bps: 10_000, ..roomy() };
    let listed = world.of_pool(CLASSIC).others;
    let create = build::create_curated_pool(world.chain.payer, &keys, 9, (false, unit), params, &listed);
    world.send(create).ok();
    let pool = world.pools.len() - 1;
    world.provide("lp", pool, MAIN, 2_000 * unit).ok();
    world.provide("insurer", pool, ShareClass::Insurance, 200 * unit).ok();
    (world, pool, 333_333 * 10i64.pow(decimals.into()))
}

fn worth(world: &World, who: &str, pool: usize) -> i64 {
    let key = world.account_key(who, pool);
    world.valued(pool, |view, markets| markets.equity(&view.accounts[&key]))
}

/// Ann has written what holly held, who has left.
fn excess(decimals: u8) -> (World, usize, SeriesId, i64, i64) {
    let (mut world, pool, tenth) = scene(decimals);
    let unit = 10u64.pow(decimals.into());
    for who in ["holly", "ann"] {
        world.trader(who, pool, 400 * unit);
    }
    let call = world.list_tenor(pool, BTC, false, 100_000, 7);
    world.trade("holly", pool, &[(call, 2 * tenth)]).ok();
    world.trade("ann", pool, &[(call, -2 * tenth)]).ok();
    world.trade("holly", pool, &[(call, -2 * tenth)]).ok();
    let moment = world.pass_notice(pool, call, NoticeCause::Excess);
    (world, pool, call, tenth, moment)
}

/// An excess is closed in a hundred parts of a point each: its writer pays no unit for each of them. Before, they paid a hundred whole tokens without decimals for a ten-thousandth of what they had written.
#[test]
fn audit_grains_an_excess_closed_by_the_point_costs_no_unit_a_point() {
    for decimals in [0u8, 2] {
        let (mut world, pool, call, tenth, moment) = excess(decimals);
        let mut at_once = world.clone();
        at_once.deleverage("ann", pool, call, 2 * tenth, moment).ok();
        let before = worth(&world, "ann", pool);
        let mut done = 0;
        for _ in 0..100 {
            done += u32::from(world.deleverage("ann", pool, call, 1, moment).succeeded());
        }
        let after = worth(&world, "ann", pool);
        println!(
            "{decimals} decimals: {done} parts cost {} units, all at once {}",
            before - after,
            before - worth(&at_once, "ann", pool)
        );
        assert!(before - after <= 2, "{} units for {done} points", before - after);
    }
}

/// Vic holds eight options and has no cash. Somebody tries to sell of them for the cash that is owed so many times, so many seconds apart. Returns how many sales there were, and what vic has lost, and loses if nobody does.
fn sold(decimals: u8, (times, seconds): (usize, i64)) -> (i64, i64, i64) {
    let (mut world, pool, tenth) = scene(decimals);
    let unit = 10u64.pow(decimals.into());
    world.trader("vic", pool, 400 * unit);
    let mut all = Vec::new();
    for strike in [96_000, 98_000, 100_000, 102_000] {
        all.extend([false, true].map(|put| world.list_tenor(pool, BTC, put, strike, 30)));
    }
    for id in &all {
        world.trade("vic", pool, &[(*id, tenth)]).ok();
    }
    let cash = world.cash("vic", pool) as u64;
    world.withdraw("vic", pool, cash).ok();
    let mut alone = world.clone();
    let before = worth(&world, "vic", pool);
    let mut sales = 0;
    for time in 0..times {
        world.pass(seconds);
        alone.pass(seconds);
        let done = world.close_for_cash("vic", pool, all[time % all.len()]);
        sales += i64::from(done.succeeded());
        let sample = alone.sample_instruction(BTC);
        alone.send(sample);
    }
    (sales, before - worth(&world, "vic", pool), before - worth(&alone, "vic", pool))
}

/// Who owes less than a unit owes nothing, and a sale costs two units of roundings at most beside what is owed. Before, sales every second took 36 units of a token without decimals from whoever owed a part of one, in eight seconds.
#[test]
fn audit_grains_sales_for_cash_cost_what_is_owed() {
    for decimals in [0u8, 2] {
        for times in [(60, 1), (48, 1_800)] {
            let (sales, sold, rested) = sold(decimals, times);
            println!("{decimals} decimals, {times:?}: {sales} sales, {sold} units lost, otherwise {rested}");
            assert!(sold <= rested + 8 + 2 * sales, "{sold} units instead of {rested}");
            assert!(times.1 > 1 || sales == 0, "{sales} sales of who owes no unit");
        }
    }
}

/// Wes has written and is below maintenance. Somebody liquidates so few points at a time that each costs a unit of rounding: what does not raise health is refused.
#[test]
fn audit_grains_liquidations_of_a_point_cost_no_unit_each() {
    for decimals in [0u8, 2] {
        let (mut world, pool, tenth) = scene(decimals);
        let unit = 10u64.pow(decimals.into());
        for (who, cash) in [("holly", 400), ("wes", 400), ("keeper", 20)] {
            world.trader(who, pool, cash * unit);
        }
        let call = world.list_tenor(pool, BTC, false, 100_000, 30);
        world.trade("holly", pool, &[(call, 4 * tenth)]).ok();
        world.trade("wes", pool, &[(call, -4 * tenth)]).ok();
        let key = world.account_key("wes", pool);
        let spare = world.valued(pool, |view, m| {
            let account = &view.accounts[&key];
            m.health(account, HealthLevel::Initial).min(m.health(account, HealthLevel::Maintenance))
        });
        world.withdraw("wes", pool, spare as u64).ok();
        world.set_price(BTC, 109_000);
        let before = worth(&world, "wes", pool);
        let (market, to) = (world.market(BTC), world.account_key("keeper", pool));
        let mut done = 0;
        for points in [1i64, 2, 5, 1_000, 100_000] {
            for _ in 0..40 {
                let legs = vec![Leg { series: call, points }];
                let close = build::liquidate(actor("keeper"), &world.pools[pool], key, to, legs, &market);
                done += u32::from(world.send(close).succeeded());
            }
        }
        println!("{decimals} decimals: {done} liquidations cost {} units", before - worth(&world, "wes", pool));
        assert!(before - worth(&world, "wes", pool) <= 4 + tenth * 200 * 100_000 / 1_000_000_000);
    }
}
