//! Claims in a pool that is emptied and seized, while everybody does anything.

use super::scene::*;
use evergreen_sdk::{
    evergreen::{Leg, state::SeriesId},
    instruction as build,
};
use evergreen_test_support::random::Random;
use evergreen_tests::{
    BTC, STOCK, Setup, World,
    chain::actor,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

const PEOPLE: [&str; 4] = ["ann", "bob", "cid", "dan"];

fn half_hours(world: &mut World, number: usize, dollars: f64) {
    for place in 0..number {
        let now = world.chain.now();
        world.pass(HALF_HOUR + 1 - now.rem_euclid(HALF_HOUR));
        price(world, dollars * if place % 2 == 0 { 1.002 } else { 0.998 });
        let sample = world.sample_instruction(BTC);
        world.chain.send(&[sample]);
    }
    price(world, dollars);
    let refresh = build::refresh_pool(&world.pools[STOCK], &world.markets());
    world.send(refresh);
}

fn settle(world: &mut World, who: &str) -> bool {
    let settle = build::settle_positions(&world.pools[STOCK], world.account_key(who, STOCK));
    world.send(settle).succeeded()
}

/// Writers are owed more than a pool has whose provider has left as far as it may. Then anything is done: settlements, trades, commitments beyond their limit, deposits, withdrawals, liquidations, exercises, seizures.
fn anyhow(seed: u64) {
    let mut random = Random(seed);
    let setup = Setup { liquidity: 1_000 * TOKEN, insurance: 20 * TOKEN, ..preset_setup() };
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    if seed.is_multiple_of(2) {
        world.replay = None;
    }
    world.pass(HALF_HOUR);
    for who in ["holly", "alice", "keeper"].into_iter().chain(PEOPLE) {
        world.trader(who, STOCK, 500 * TOKEN);
    }
    let mut all: Vec<SeriesId> = [false, true].map(|put| world.list_tenor(STOCK, BTC, put, 100_000, 1)).to_vec();
    all.push(world.list_tenor(STOCK, BTC, false, 105_000, 7));
    world.trade("alice", STOCK, &[(all[2], 3 * TENTH)]).ok();
    for _ in 0..3 {
        world.trade("holly", STOCK, &[(all[0], 2 * TENTH), (all[1], 2 * TENTH)]).ok();
        half_hours(&mut world, 4, 100_000.0);
    }
    for (place, who) in PEOPLE.into_iter().enumerate() {
        let tenths = [1, 1, 2, 2][place];
        world.trade(who, STOCK, &[(all[0], -tenths * TENTH), (all[1], -tenths * TENTH)]).ok();
    }
    world.trade("holly", STOCK, &[(all[0], -6 * TENTH), (all[1], -6 * TENTH)]).ok();
    let number = world.request("lp", STOCK, MAIN, world.shares("lp", STOCK, MAIN));
    for _ in 0..50 {
        if world.view(STOCK).pool.unpaid > 12 * TOKEN {
            break;
        }
        half_hours(&mut world, 48, 100_000.0);
        world.pass_to(1);
        let execute = world.execute_instruction(STOCK, MAIN, number);
        world.send(execute);
        settle(&mut world, "alice");
        for who in PEOPLE {
            settle(&mut world, who);
        }
    }
    let mut done = [0; 12];
    let mut dollars = 100_000.0;
    let mut most = (0, 0);
    for _ in 0..120 {
        let who = *random.pick(&["ann", "bob", "cid", "dan", "alice", "keeper"]);
        let id = *random.pick(&all);
        let key = world.account_key(who, STOCK);
        let action = random.range(0, 11) as usize;
        let ok = match action {
            0 | 1 => settle(&mut world, who),
            2 => {
                let points = random.range(-20, 20) * TENTH / 10;
                points != 0 && world.trade(who, STOCK, &[(id, points)]).succeeded()
            }
            3 => {
                // Commits beyond its limit, others do something meanwhile, and it is filled.
                let points = random.range(-20, 20) * TENTH / 10;
                let commit =
                    world.commit_within(who, STOCK, &[(id, points)], if points > 0 { -1 } else { 300 * TOKEN as i64 });
                if points != 0 && world.send(commit).succeeded() {
                    let other = *random.pick(&PEOPLE);
                    if other != who {
                        settle(&mut world, other);
                    }
                    world.wait_for_fill();
                    let fill = world.fill_instruction(who, STOCK);
                    world.send(fill).succeeded()
                } else {
                    false
                }
            }
            4 => {
                let amount = random.range(1, 8).unsigned_abs() * TOKEN;
                world.provide("newcomer", STOCK, MAIN, amount).succeeded()
            }
            5 => {
                world.pass_to(1);
                let execute = world.execute_instruction(STOCK, MAIN, number);
                world.send(execute).succeeded()
            }
            6 => {
                half_hours(&mut world, random.range(1, 30) as usize, dollars);
                true
            }
            7 => {
                dollars *= 1.0 + random.range(-40, 40) as f64 / 1_000.0;
                half_hours(&mut world, 1, dollars);
                true
            }
            8 => {
                let held = world.view(STOCK).held(&key, id);
                let legs = vec![Leg { series: id, points: -held }];
                let (to, market) = (world.account_key("holly", STOCK), world.market(BTC));
                let close = build::liquidate(actor("holly"), &world.pools[STOCK], key, to, legs, &market);
                held != 0 && world.send(close).succeeded()
            }
            9 => world.withdraw(who, STOCK, random.range(1, 30).unsigned_abs() * TOKEN).succeeded(),
            10 => {
                let vault = world.pools[STOCK].vault;
                let part = random.range(0, 25) == 0;
                if part && world.view(STOCK).pool.pool_cash > 0 {
                    let amount = world.view(STOCK).pool.pool_cash as u64 * random.range(1, 80).unsigned_abs() / 100;
                    world.seize(STOCK, vault, amount.max(1), Seizure::Burn);
                    world.sync(STOCK);
                    true
                } else {
                    let (keys, feed) = (world.pools[STOCK], world.feeds[BTC].accounts);
                    world.send(build::exercise_series(&keys, id, &feed)).succeeded()
                }
            }
            _ => {
                let less = build::settle_for_less(actor(who), &world.pools[STOCK], key);
                random.range(0, 20) == 0 && world.send(less).succeeded()
            }
        };
        done[action] += u32::from(ok);
        let pool = world.view(STOCK).pool;
        most = (most.0.max(pool.unpaid), most.1.max(pool.payable));
    }
    let pool = world.view(STOCK).pool;
    println!(
        "seed {seed}: {done:?}, unpaid up to {:.2}, set aside up to {:.2}, distressed {}",
        tokens(most.0 as i64),
        tokens(most.1 as i64),
        pool.is_distressed()
    );
}

/// Whatever is done, and seized, all ledgers hold after each transaction: no claim is paid twice, and what is set aside is enough for all.
#[test]
fn audit_claims_hold_whatever_is_done() {
    for seed in 100..106 {
        anyhow(seed);
    }
}
