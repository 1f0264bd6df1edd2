//! What is not earned yet, when all providers have left, or lost all.

use super::scene::*;
use evergreen_sdk::instruction as build;
use evergreen_tests::{BTC, STOCK, World, chain::actor, seizures::Seizure, world::TOKEN};

fn burst(beside: u64) -> World {
    let mut world = world_with(1_000, 10_000);
    world.checked = false;
    if beside > 0 {
        world.provide("vera", STOCK, MAIN, beside * TOKEN).ok();
    }
    world.trader("holly", STOCK, 1_000 * TOKEN);
    quiet(&mut world, 100_000.0, 60);
    let both = [false, true].map(|put| world.list_tenor(STOCK, BTC, put, 105_000, 30));
    step(&mut world, 105_000.0);
    quiet(&mut world, 105_000.0, 2);
    world.trade("holly", STOCK, &legs(both, 8)).ok();
    world.trade("holly", STOCK, &legs(both, -8)).ok();
    println!(
        "not earned {:.3}, cash {:.2}",
        tokens(world.view(STOCK).pool.unearned as i64),
        tokens(world.view(STOCK).pool.pool_cash)
    );
    world
}

/// Bob and mallory deposit 100 each; bob leaves.
fn bob_leaves(world: &mut World) -> f64 {
    // The requests lie after all that has been filled.
    world.pass(120);
    for who in ["mallory", "bob"] {
        world.provide(who, STOCK, MAIN, 100 * TOKEN).ok();
    }
    println!(
        "not earned {:.3}, cash {:.2}",
        tokens(world.view(STOCK).pool.unearned as i64),
        tokens(world.view(STOCK).pool.pool_cash)
    );
    let all = world.shares("bob", STOCK, MAIN);
    let number = world.request("bob", STOCK, MAIN, all);
    quiet(world, 105_000.0, 50);
    let before = world.view(STOCK).pool.withdrawals_due;
    let done = world.execute(STOCK, MAIN, number).ok();
    drop(done);
    let pool = world.view(STOCK).pool;
    println!("  cash {:.2} is left to mallory", tokens(pool.pool_cash));
    tokens((world.view(STOCK).pool.withdrawals_due - before) as i64)
}

/// What is not earned yet was still set aside when all whose it was had left: bob was paid 78.9 of 100, and mallory had 121.1; beside vera 80.9.
#[test]
fn audit_spreads_what_is_not_earned_does_not_outlive_those_who_left_it() {
    let mut world = burst(0);
    let number = world.request("lp", STOCK, MAIN, world.shares("lp", STOCK, MAIN));
    quiet(&mut world, 105_000.0, 50);
    world.execute(STOCK, MAIN, number).ok();
    println!("lp is paid {:.2}", tokens(world.view(STOCK).pool.withdrawals_due as i64));
    let left = bob_leaves(&mut world);
    println!("after all have left bob is paid {left:.3} of 100");

    // Vera stays with a hundredth: what lp took of it is not taken off.
    let mut world = burst(10);
    let number = world.request("lp", STOCK, MAIN, world.shares("lp", STOCK, MAIN));
    quiet(&mut world, 105_000.0, 50);
    world.execute(STOCK, MAIN, number).ok();
    let paid = tokens(world.view(STOCK).pool.withdrawals_due as i64);
    println!("lp is paid {paid:.2}, {:.2} is left to vera", tokens(world.view(STOCK).pool.pool_cash));
    let beside = bob_leaves(&mut world);
    println!("beside vera bob is paid {beside:.3} of 100");

    let mut world = burst(0);
    let keys = world.pools[STOCK];
    for vault in [keys.vault, keys.insurance_vault] {
        let pool = world.view(STOCK).pool;
        let held =
            if vault == keys.vault { pool.pool_cash as u64 + pool.fees_due } else { world.chain.balance(&vault) };
        world.seize(STOCK, vault, held, Seizure::Burn);
    }
    for _ in 0..3 {
        world.sync(STOCK);
    }
    world.chain.give_lamports(&actor("mallory"), 10_000_000_000);
    world.send(build::sweep_insurance(&keys));
    println!("renewal {:?}", world.send(build::renew_shares(actor("mallory"), &keys, MAIN)).failure);
    world.pools[STOCK].generations[MAIN as usize] += 1;
    let renewed = bob_leaves(&mut world);
    println!("after a renewal bob is paid {renewed:.3} of 100");
    // Beside vera they have their part of what is earned in a day of the 10 that lp has left her.
    assert!((99.9..100.01).contains(&left) && (99.9..100.01).contains(&renewed), "{left}, {renewed}");
    assert!((99.9..100.2).contains(&beside), "{beside}");
}
