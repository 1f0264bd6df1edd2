//! What somebody has sent to a vault of a pool that owes nothing it cannot pay.

use super::scene::*;
use evergreen_tests::{BTC, CLASSIC, World, world::TOKEN};

/// Alice holds and ben has written straddles of a day on a BTC, and the provider leaves as far as it may; a stranger sends so many tokens to the vault. Every ten days, in which alice has come to owe more than the pool has
/// beyond its reserves, the vault is synchronized before the two are settled. Returns what the two have, and the pool.
fn harvest(sent: u64, days: usize) -> (f64, f64) {
    let mut world = world(1_000, &[("alice", 400), ("ben", 400), ("stranger", 600)]);
    world.checked = false;
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    world.trade("alice", CLASSIC, &legs(both, 10)).ok();
    quiet(&mut world, 100_000.0, 4);
    world.trade("ben", CLASSIC, &legs(both, -10)).ok();
    leave(&mut world, 20, |world, _| {
        for who in ["alice", "ben"] {
            collect(world, who);
        }
    });
    show(&world, "left");
    if sent > 0 {
        let vault = world.pools[CLASSIC].vault;
        world.fund("stranger", CLASSIC, sent * TOKEN);
        world.donate("stranger", CLASSIC, vault, sent * TOKEN);
    }
    for day in 1..=days {
        quiet(&mut world, 100_000.0, 48);
        if day % 10 > 0 {
            continue;
        }
        touch(&mut world);
        world.sync(CLASSIC).ok();
        for who in ["alice", "ben"] {
            collect(&mut world, who);
        }
        show(&world, "settled");
    }
    let all = ["alice", "ben"].map(|who| tokens(world.cash(who, CLASSIC))).iter().sum::<f64>();
    (all, tokens(world.view(CLASSIC).pool.pool_cash))
}

fn show(world: &World, what: &str) {
    let pool = world.view(CLASSIC).pool;
    let [cash, reserved, unpaid, payable] =
        [pool.pool_cash, pool.reserved_collateral as i64, pool.unpaid as i64, pool.payable as i64].map(tokens);
    let [alice, ben] = ["alice", "ben"].map(|who| tokens(world.cash(who, CLASSIC)));
    println!(
        "{what}: pool cash {cash:.3}, reserved {reserved:.3}, unpaid {unpaid:.3}, payable {payable:.3}, alice {alice:.3}, ben {ben:.3}"
    );
}

/// A pool is short of nothing that others owe it and can pay, so what somebody has sent stays nobody's. Before, whoever had the shares had 42.86 of 50 tokens, and a pair of accounts that waited could have all of them.
#[test]
fn audit_donated_what_holders_owe_is_no_shortage() {
    let (with, pool_with) = harvest(50, 20);
    let (without, pool_without) = harvest(0, 20);
    println!("with {with:.3} and {pool_with:.3}, without {without:.3} and {pool_without:.3}");
    assert!(
        (pool_with - pool_without).abs() < 0.01,
        "the pool has {:.3} more of 50 that were sent",
        pool_with - pool_without
    );
}
