//! Many who owe a little, and one whom the pool owes a little more than it has.

use super::scene::*;
use evergreen_sdk::{
    anchor_lang::solana_program::instruction::Instruction, evergreen::errors::EvergreenError, instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    world::{TENTH, TOKEN},
};

const MANY: usize = 36;
/// Settlements of one transaction.
const AT_ONCE: usize = 10;

const WRITERS: [&str; 3] = ["walter", "mallory", "victor"];

fn name(number: usize) -> String {
    format!("holder {number}")
}

/// Settles holders in transactions of ten, a second each, and then the writers.
fn collect_all(world: &mut World, writers: &[&str]) {
    let keys = world.pools[CLASSIC];
    for part in (0..MANY).collect::<Vec<_>>().chunks(AT_ONCE) {
        let mut all = vec![build::refresh_pool(&keys, &world.markets())];
        all.extend(part.iter().map(|n| build::settle_positions(&keys, world.account_key(&name(*n), CLASSIC))));
        world.chain.send(&all);
        for who in writers {
            world.chain.send(&[build::settle_positions(&keys, world.account_key(who, CLASSIC))]);
        }
        world.pass(1);
    }
}

/// Thirty-six holders have bought straddles of a day on 1.8 BTC and walter has written as many; mallory has written 0.6 BTC and victor a hundredth of a BTC of what somebody held who has left. The provider has left. Keepers collect from all holders,
/// ten of them a second, and settle walter and mallory before victor, so that a little is always owed that nobody has asked for yet. Victor wants one token of their margin: they are paid it, for less funding than they are owed, and wait for no more than a day.
#[test]
fn held_a_crowd_of_holders_shuts_in_nobody_for_days() {
    let mut world = world(2_000, &[("holly", 500), ("walter", 3_000), ("victor", 100), ("mallory", 600)]);
    (world.checked, world.replay) = (false, None);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    for n in 0..MANY {
        world.trader(&name(n), CLASSIC, 200 * TOKEN);
        world.trade(&name(n), CLASSIC, &[(both[0], TENTH / 2), (both[1], TENTH / 2)]).ok();
        quiet(&mut world, 100_000.0, 2);
    }
    world.trade("holly", CLASSIC, &legs(both, 6)).ok();
    quiet(&mut world, 100_000.0, 2);
    world.trade("mallory", CLASSIC, &legs(both, -6)).ok();
    world.trade("holly", CLASSIC, &[(both[0], TENTH / 10 + 50), (both[1], TENTH / 10 + 50)]).ok();
    for _ in 0..3 {
        world.trade("walter", CLASSIC, &legs(both, -6)).ok();
        quiet(&mut world, 100_000.0, 4);
    }
    world.trade("victor", CLASSIC, &[(both[0], -TENTH / 10), (both[1], -TENTH / 10)]).ok();
    world.trade("holly", CLASSIC, &legs(both, -6)).ok();
    world.trade("holly", CLASSIC, &[(both[0], -TENTH / 10 - 50), (both[1], -TENTH / 10 - 50)]).ok();
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    let (mut waits, mut cut, mut first) = (0, 0, None);
    for day in 0..36 {
        for half_hour in 1..=48 {
            step(&mut world, 100_000.0 * if half_hour % 2 == 0 { 1.0 } else { 1.002_08 });
            if half_hour % 12 == 0 {
                collect_all(&mut world, &WRITERS);
            }
        }
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
        collect_all(&mut world, &WRITERS);
        let keys = world.pools[CLASSIC];
        let mut all: Vec<Instruction> = vec![build::refresh_pool(&keys, &world.markets())];
        all.extend((0..AT_ONCE).map(|n| build::settle_positions(&keys, world.account_key(&name(n), CLASSIC))));
        all.push(build::settle_positions(&keys, world.account_key("victor", CLASSIC)));
        let mut fork = world.clone();
        for settle in all {
            fork.chain.send(&[settle]);
        }
        let done = fork.withdraw("victor", CLASSIC, TOKEN);
        let pool = world.view(CLASSIC).pool;
        if day % 4 == 3 || !done.succeeded() {
            println!(
                "day {day}: pool cash {:.4}, reserved {:.4}, victor is owed {:.4}, walter {:.4}: {:?}, cut {:.4}",
                tokens(pool.pool_cash),
                tokens(pool.reserved_collateral as i64),
                -owed(&fork, "victor"),
                -owed(&fork, "walter"),
                done.failure,
                cut_of(&done)
            );
        }
        if done.is(EvergreenError::FundingUncollected) {
            waits += 1;
            first = first.or(Some(day));
        } else if cut_of(&done) > 0.0 {
            cut += 1;
        }
    }
    println!("victor waits on {waits} days, from {first:?} on, and is cut on {cut}");
    assert!(waits <= 1, "{waits} days");
}
