//! Cycles of trades at prices that stand still: nobody gains by any.

use super::scene::*;
use evergreen_sdk::{
    evergreen::state::{PoolParams, SeriesId},
    instruction::{self as build, PoolKeys},
};
use evergreen_test_support::random::Random;
use evergreen_tests::{BTC, CLASSIC, ETH, World, chain::actor};

const PAIR: [&str; 2] = ["ann", "ben"];

/// What one person has in two accounts, native units: cash, and what is owed to them as their own referrer.
fn purse(world: &World, pool: usize) -> i64 {
    PAIR.map(|who| {
        let account = world.account(who, pool);
        account.cash + account.referral_due as i64 + account.unpaid as i64 - account.arrears as i64
    })
    .iter()
    .sum()
}

/// A pool on a token of these decimals, with a pair who refer themselves; a tenth of a coin in points.
fn scene(decimals: u8, jump: f64) -> (World, usize, i64) {
    let mut world = begin_world(preset_setup());
    world.checked = false;
    let unit = 10u64.pow(decimals.into());
    let mint = world.chain.create_classic_mint(&format!("round {decimals}"), decimals);
    let keys = PoolKeys::of_creator(mint.address, mint.program, actor("carol"), 0);
    world.mints.push(mint);
    world.pools.push(keys);
    world.give(mint, &actor("carol"), unit);
    let params = PoolParams {
        fill_tip: 0,
        min_liquidation_reward: 0,
        referrer_bps: 5_000,
        growth_limit_bps: 10_000,
        direction_limit_bps: [10_000; 4],
        carry_bps: 30_000,
        ..roomy()
    };
    let scale = 9;
    let listed = world.of_pool(CLASSIC).others;
    let create = build::create_curated_pool(world.chain.payer, &keys, scale, (false, unit), params, &listed);
    world.send(create).ok();
    let pool = world.pools.len() - 1;
    world.provide("lp", pool, MAIN, 1_000 * unit).ok();
    for (who, other) in [("ann", "ben"), ("ben", "ann")] {
        let open = build::open_margin_account(world.chain.payer, actor(who), &keys, 0, Some(actor(other)));
        world.send(open).ok();
        world.fund(who, pool, 500 * unit);
        world.deposit(who, pool, 500 * unit).ok();
    }
    if jump != 0.0 {
        step(&mut world, 100_000.0);
        step(&mut world, 100_000.0 * (1.0 + jump));
        step(&mut world, 100_000.0 * (1.0 + jump));
    }
    (world, pool, 333_333 * 10i64.pow(decimals.into()))
}

/// One random cycle: four trades, then all is closed again. What it has brought, native units, and how many trades were done.
fn cycle(world: &mut World, pool: usize, random: &mut Random, series: &[SeriesId], tenth: i64) -> (i64, u32, bool) {
    let before = purse(world, pool);
    let mut done = 0;
    let largest = *random.pick(&[1, 30, 1_000, tenth / 1_000, tenth / 30, tenth, 4 * tenth]);
    for _ in 0..4 {
        let who = *random.pick(&PAIR);
        let count = random.range(1, 3) as usize;
        let mut legs: Vec<(SeriesId, i64)> = Vec::new();
        for _ in 0..count {
            let id = *random.pick(series);
            let points = random.range(1, largest.max(1)) * if random.percent(55) { 1 } else { -1 };
            if legs.iter().all(|leg| leg.0 != id) {
                legs.push((id, points));
            }
        }
        done += u32::from(world.trade(who, pool, &legs).succeeded());
    }
    // All is closed, written options first, each at once or in two parts.
    for _ in 0..3 {
        for sign in [-1, 1] {
            for who in PAIR {
                for id in series {
                    let held = world.view(pool).held(&world.account_key(who, pool), *id);
                    if held.signum() == sign {
                        let part = if held.abs() > 1 && random.percent(30) { held / 2 } else { held };
                        world.trade(who, pool, &[(*id, -part)]);
                    }
                }
            }
        }
    }
    let flat = PAIR.iter().all(|who| world.account(who, pool).is_flat());
    (purse(world, pool) - before, done, flat)
}

/// Who trades with two accounts, each the other one's referrer, has less after every cycle of four trades at prices that stand still, by three units at least.
#[test]
fn audit_circles_no_cycle_at_standing_prices_gains() {
    let mut most = i64::MIN;
    for (decimals, jump, seed) in
        [(0u8, 0.0, 1u64), (2, 0.0, 2), (9, 0.0, 3), (2, 0.05, 4), (9, 0.05, 5), (9, -0.08, 6), (0, -0.05, 7)]
    {
        let (world, pool, tenth) = scene(decimals, jump);
        let mut start = world;
        let spot = 100_000.0 * (1.0 + jump);
        let strikes = [0.8, 0.95, 1.0, 1.1].map(|k| ((spot * k) as u64 / 1_000) * 1_000);
        let mut series = Vec::new();
        for (strike, put, days) in [
            (strikes[0], false, 2),
            (strikes[2], false, 30),
            (strikes[2], true, 30),
            (strikes[3], false, 1),
            (strikes[1], true, 7),
            (strikes[3], true, 2),
        ] {
            series.push(start.list_tenor(pool, BTC, put, strike, days));
        }
        series.push(start.list_tenor(pool, ETH, false, 4_000, 7));
        let mut random = Random(seed * 977 + 5);
        let (mut worst, mut cycles, mut trades, mut idle, mut unflat, mut sum) = (i64::MIN, 0, 0, 0, 0, 0i64);
        for _ in 0..40 {
            let mut world = start.clone();
            let (gain, done, flat) = cycle(&mut world, pool, &mut random, &series, tenth);
            cycles += 1;
            trades += done;
            if !flat {
                unflat += 1;
                continue;
            }
            if done == 0 {
                idle += 1;
                continue;
            }
            sum += gain;
            worst = worst.max(gain);
        }
        println!(
            "{decimals} decimals, jump {jump}: {cycles} cycles, {trades} trades, {idle} idle, {unflat} not closed, the best {worst} units, all {sum}"
        );
        most = most.max(worst);
    }
    assert!(most < 0, "a cycle brought {most} units");
}
