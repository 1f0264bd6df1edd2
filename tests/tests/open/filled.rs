//! What a commitment has kept, and what stays owed to whoever has made it.

use super::scene::*;
use evergreen_sdk::{evergreen::state::SeriesId, instruction as build};
use evergreen_tests::{
    BTC, CLASSIC, World,
    world::{TENTH, TOKEN},
};

const PAIR: [&str; 2] = ["ann", "bob"];

/// Ann and bob have written the same straddles, which holly held, and are owed more than their pool has: holly has left, and the provider as far as it may. They have closed. Alice holds so many tenths of far calls.
fn owed_to_two(alices: i64, owed: u64) -> (World, SeriesId) {
    let mut world = world(1_000, &[("holly", 700), ("alice", 900)]);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    world.trade("alice", CLASSIC, &[(far, alices * TENTH)]).ok();
    for tenths in [4, 3] {
        world.trade("holly", CLASSIC, &legs(both, tenths)).ok();
        quiet(&mut world, 100_000.0, 4);
    }
    for who in PAIR {
        world.trader(who, CLASSIC, 400 * TOKEN);
        world.trade(who, CLASSIC, &legs(both, -3)).ok();
    }
    quiet(&mut world, 100_000.0, 4);
    world.trade("holly", CLASSIC, &legs(both, -7)).ok();
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    while world.view(CLASSIC).pool.unpaid < owed * TOKEN {
        quiet(&mut world, 100_000.0, 48);
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
        for who in ["alice", "ann", "bob"] {
            collect(&mut world, who);
        }
    }
    for who in PAIR {
        world.trade(who, CLASSIC, &legs(both, 3)).ok();
    }
    (world, far)
}

fn settle(world: &mut World, who: &str) {
    let settle = build::settle_positions(&world.pools[CLASSIC], world.account_key(who, CLASSIC));
    world.send(settle);
}

/// Somebody deposits. Where ann is quick she commits to write so many tenths of alice's calls for more than anybody pays, and has that ended. Then all are settled. Returns what ann and bob have then more than before, tokens, and what they were owed.
fn quick(alices: i64, owed: u64, deposit: u64, tenths: i64) -> ([f64; 2], [f64; 2]) {
    let (mut world, far) = owed_to_two(alices, owed);
    world.provide("newcomer", CLASSIC, MAIN, deposit * TOKEN).ok();
    let had = PAIR.map(|who| world.cash(who, CLASSIC));
    let claims = PAIR.map(|who| tokens(world.account(who, CLASSIC).unpaid as i64));
    if tenths > 0 {
        let commit = world.commit_within("ann", CLASSIC, &[(far, -tenths * TENTH)], 300 * TOKEN as i64);
        world.send(commit).ok();
        world.wait_for_fill();
        println!("  {:?}", world.fill("ann", CLASSIC).failure);
    }
    for who in ["bob", "ann"] {
        settle(&mut world, who);
    }
    let mut place = 0;
    let more = PAIR.map(|who| {
        place += 1;
        tokens(world.cash(who, CLASSIC) - had[place - 1])
    });
    (more, claims)
}

/// What a commitment has kept is everybody's when it ends: whoever has made it is paid no more of what the pool owes them than others.
#[test]
fn audit_filled_what_a_commitment_has_kept_is_shared_when_it_ends() {
    for (alices, owed, deposit, tenths) in [(20, 70, 49, 7), (4, 16, 10, 1)] {
        let ([fair, _], claims) = quick(alices, owed, deposit, 0);
        let ([ann, bob], _) = quick(alices, owed, deposit, tenths);
        println!(
            "owed {claims:.3?}, {deposit} come: ann {ann:.3}, bob {bob:.3}, and without a commitment ann {fair:.3}"
        );
        assert!(ann < fair + 0.1, "ann is paid {ann:.3}, and {fair:.3} without a commitment");
    }
}

/// Who is owed more than the pool has writes calls for which their commitment has kept the premium: they are paid it, and their claim stays owed.
#[test]
fn audit_filled_a_premium_that_was_committed_is_not_paid_to_whom_the_pool_owes() {
    let (mut world, far) = owed_to_two(4, 16);
    world.provide("newcomer", CLASSIC, MAIN, 7 * TOKEN).ok();
    let done = world.trade("ann", CLASSIC, &[(far, -TENTH)]).ok();
    let cut = cut_of(&done);
    println!("cut {cut:.4} of the premium");
    assert!(cut < 0.001, "{cut:.4} tokens of the premium are cut");
}
