//! Writers are owed what holders have not paid yet. Anyone collects it, and nobody goes without while it can be collected.

use super::scene::*;
use evergreen_sdk::{
    evergreen::{Leg, errors::EvergreenError, state::SeriesId},
    instruction as build,
};
use evergreen_test_support::random::Random;
use evergreen_tests::{BTC, CLASSIC, World, chain::actor, outcome::Outcome, world::TENTH, world::TOKEN};

fn cash(world: &World) -> f64 {
    tokens(world.view(CLASSIC).pool.pool_cash)
}

fn leave(world: &mut World, number: u64) {
    world.pass_to(1);
    let execute = world.execute_instruction(CLASSIC, MAIN, number);
    world.send(execute);
}

/// Holly holds and walter, a stranger, has written the same straddles of a day on 1 BTC. The provider leaves as far as it may. Holly, who has 2,000 tokens of cash, touches her account no more.
///
/// Before, walter was paid 83.3 of 170.6 tokens after 30 days, which the pool got from holly later.
#[test]
fn audit_uncollected_a_writer_is_paid_what_a_holder_owes() {
    for (days, burst) in [(14, false), (30, false), (14, true)] {
        let mut world = world(1_000, &[("holly", 2_000), ("walter", 2_000)]);
        let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
        for _ in 0..2 {
            world.trade("holly", CLASSIC, &legs(both, 5)).ok();
            world.trade("walter", CLASSIC, &legs(both, -5)).ok();
            quiet(&mut world, 100_000.0, 4);
        }
        let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
        for day in 0..days {
            for half_hour in 0..48 {
                let swing = if burst && day > 9 { 0.015 } else { 0.002 };
                step(&mut world, if half_hour % 2 == 0 { 100_000.0 * (1.0 + swing) } else { 100_000.0 });
            }
            leave(&mut world, number);
        }
        let (has, due, owes) = (cash(&world), -owed(&world, "walter"), owed(&world, "holly"));
        println!("{days} days, burst {burst}: the pool has {has:.2}, walter is owed {due:.2}, holly owes {owes:.2}");
        // What they want is refused, or paid in full: they lose nothing.
        for act in ["withdraws", "closes"] {
            let mut fork = world.clone();
            let done = try_to(&mut fork, act, both);
            println!("  they {act} before: {:?}", done.failure);
            assert_eq!(cut_of(&done), 0.0);
            assert!(done.succeeded() || done.is(EvergreenError::FundingUncollected), "{:?}", done.failure);
        }
        // Anyone collects from holly.
        let before = (world.cash("holly", CLASSIC), cash(&world));
        collect(&mut world, "holly").ok();
        let paid = tokens(before.0 - world.cash("holly", CLASSIC));
        assert!((paid - owes).abs() < 0.01 && (cash(&world) - before.1 - paid).abs() < 1e-6, "{paid} of {owes}");
        for act in ["withdraws", "closes"] {
            let mut fork = world.clone();
            let (before, due) = (fork.cash("walter", CLASSIC), -owed(&fork, "walter"));
            let done = try_to(&mut fork, act, both);
            done.clone().ok();
            println!("  they {act} then: cash {:+.2} of {due:.2} due", tokens(fork.cash("walter", CLASSIC) - before));
            assert_eq!(cut_of(&done), 0.0);
            if act == "withdraws" {
                let credited = tokens(fork.cash("walter", CLASSIC) - before) + 1.0;
                assert!(credited > due - 0.01, "{credited} of {due}");
            }
        }
    }
}

fn try_to(world: &mut World, act: &str, both: [SeriesId; 2]) -> Outcome {
    if act == "withdraws" {
        world.withdraw("walter", CLASSIC, TOKEN)
    } else {
        world.trade("walter", CLASSIC, &legs(both, 10))
    }
}

/// Beside them alice, a stranger, holds calls, and pays her funding every day. Walter has written what holly holds, and settles every day as far as they may. Her calls reach their cap, and holly has not been asked.
///
/// Before, alice was paid nothing of 53.3 tokens, for good, while holly owed 274.8 and had 1,990.
#[test]
fn audit_uncollected_a_reserved_payoff_is_there_whoever_owes() {
    let mut world = world(1_000, &[("holly", 2_000), ("walter", 2_000), ("alice", 400)]);
    quiet(&mut world, 104_000.0, 2);
    quiet(&mut world, 110_000.0, 200);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 110_000, 1));
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    for _ in 0..2 {
        world.trade("holly", CLASSIC, &legs(both, 5)).ok();
        world.trade("walter", CLASSIC, &legs(both, -5)).ok();
        quiet(&mut world, 110_000.0, 8);
        world.trade("alice", CLASSIC, &[(call, 4 * TENTH)]).ok();
        quiet(&mut world, 110_000.0, 8);
    }
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    let mut waited = 0;
    for _ in 0..40 {
        quiet(&mut world, 110_000.0, 48);
        leave(&mut world, number);
        world.withdraw("alice", CLASSIC, 1).ok();
        let done = world.withdraw("walter", CLASSIC, 1);
        assert_eq!(cut_of(&done), 0.0);
        waited += u32::from(world.account("walter", CLASSIC).unpaid > 0);
    }
    let pool = world.view(CLASSIC).pool;
    println!(
        "walter waited on {waited} days; pool cash {:.2}, reserved {:.2}, holly owes {:.2}",
        tokens(pool.pool_cash),
        tokens(pool.reserved_collateral as i64),
        owed(&world, "holly")
    );
    assert!(waited > 0 && pool.pool_cash >= pool.reserved_collateral as i64);
    let before = world.cash("alice", CLASSIC);
    price(&mut world, 120_500.0);
    for sample in world.due_samples() {
        world.send(sample).ok();
    }
    let (keys, feed) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    world.send(build::exercise_series(&keys, call, &feed)).ok();
    world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();
    let paid = tokens(world.cash("alice", CLASSIC) - before);
    assert!(paid > 53.0, "her payoff was reserved, {paid} was paid");
    // Walter has what they are owed as soon as holly is asked, by whomever.
    collect(&mut world, "holly").ok();
    let (before, due) = (world.cash("walter", CLASSIC), -owed(&world, "walter"));
    world.withdraw("walter", CLASSIC, 1).ok();
    assert!(tokens(world.cash("walter", CLASSIC) - before) > due - 0.01);
}

/// Holly and walter, both mallory's, hold and have written the same. What walter is paid they pay in for holly, which settles nothing. The provider stays, alice holds calls and pays her funding.
///
/// Before, the pool had lent 433 of its 1,040 tokens of cash after 42 days to who does not pay, and nobody could call it in.
#[test]
fn audit_uncollected_a_pair_borrows_nothing_that_is_not_called_in() {
    let mut world = world(1_000, &[("holly", 400), ("walter", 1_500), ("alice", 400)]);
    world.round_trip_every = u32::MAX;
    quiet(&mut world, 104_000.0, 2);
    quiet(&mut world, 110_000.0, 200);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    for _ in 0..2 {
        world.trade("alice", CLASSIC, &[(call, 4 * TENTH)]).ok();
        quiet(&mut world, 110_000.0, 4);
    }
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 110_000, 1));
    // As much as the room for direction lets them.
    for _ in 0..8 {
        world.trade("holly", CLASSIC, &legs(both, 5));
        world.trade("walter", CLASSIC, &legs(both, -5));
        quiet(&mut world, 110_000.0, 4);
    }
    let (keys, holly) = (world.pools[CLASSIC], world.account_key("holly", CLASSIC));
    let begun = cash(&world);
    let mut least = begun;
    for day in 0..42 {
        quiet(&mut world, 110_000.0, 48);
        world.withdraw("alice", CLASSIC, 1).ok();
        let due = -owed(&world, "walter");
        if world.withdraw("walter", CLASSIC, (due * TOKEN as f64 * 0.98) as u64).succeeded() {
            let have = world.wallet("walter", CLASSIC);
            world.send(build::deposit_margin(actor("walter"), &keys, holly, have)).ok();
        }
        let pool = world.view(CLASSIC).pool;
        assert!(pool.pool_cash >= pool.reserved_collateral as i64, "day {day}");
        least = least.min(cash(&world));
    }
    let lent = owed(&world, "holly");
    collect(&mut world, "holly").ok();
    println!("pool cash {begun:.2}, at least {least:.2}, lent {lent:.2}, then {:.2}", cash(&world));
    assert!(lent > 100.0 && world.cash("holly", CLASSIC) > 0, "she can pay the {lent}");
    assert!(cash(&world) > begun && owed(&world, "holly") <= 0.001);
    // Alice sells, and the provider leaves with a tenth.
    let done = world.trade("alice", CLASSIC, &[(call, -8 * TENTH)]);
    done.clone().ok();
    assert_eq!(cut_of(&done), 0.0);
}

/// Three hold and three have written, some settle and some do not, the provider has left, and there is an excess of writers. Whatever is tried, in any order, nobody is cut while
/// others have not been asked; that is an invariant of every test here, and this one tries to break it.
#[test]
fn audit_uncollected_whoever_asks_in_whatever_order() {
    let (mut all_waited, mut all_cut) = (0, 0);
    for seed in 0..4u64 {
        let people = ["ann", "ben", "cat", "dan", "eve", "fay"];
        let mut world = world(1_000, &people.map(|who| (who, 400)));
        world.round_trip_every = u32::MAX;
        let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
        for who in &people[..3] {
            world.trade(who, CLASSIC, &legs(both, 3)).ok();
            quiet(&mut world, 100_000.0, 4);
        }
        for who in &people[3..] {
            world.trade(who, CLASSIC, &legs(both, -3)).ok();
            quiet(&mut world, 100_000.0, 4);
        }
        let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
        let mut random = Random(seed);
        let (mut waited, mut cut, mut paid) = (0, 0, 0);
        for day in 0..50 {
            quiet(&mut world, 100_000.0, 48);
            leave(&mut world, number);
            if day == 20 {
                // One who holds closes: more is written than bought.
                world.trade("ann", CLASSIC, &legs(both, -3)).ok();
            }
            for _ in 0..3 {
                // Ben and cat do nothing by themselves.
                let who = *random.pick(&["ann", "dan", "eve", "fay"]);
                let key = world.account_key(who, CLASSIC);
                let keys = world.pools[CLASSIC];
                let done = match random.range(0, 11) {
                    0 => world.send(build::settle_positions(&keys, key)),
                    1 => world.send(build::settle_for_less(actor(who), &keys, key)),
                    2 if day > 25 => {
                        let held =
                            world.view(CLASSIC).accounts[&key].positions.iter().map(|p| p.points).find(|p| *p != 0);
                        let Some(held) = held else { continue };
                        let close: Vec<Leg> = both.map(|series| Leg { series, points: -held }).to_vec();
                        world.trade(who, CLASSIC, &close.iter().map(|leg| (leg.series, leg.points)).collect::<Vec<_>>())
                    }
                    3 => {
                        let owes = *random.pick(&people);
                        collect(&mut world, owes)
                    }
                    _ => world.withdraw(who, CLASSIC, 1),
                };
                waited += u32::from(done.is(EvergreenError::FundingUncollected));
                cut += u32::from(cut_of(&done) > 0.0);
                paid += u32::from(done.succeeded());
            }
        }
        // In the end all who hold are asked, and nobody who has written goes without.
        for who in ["ann", "ben", "cat"] {
            collect(&mut world, who);
        }
        for who in ["dan", "eve", "fay"] {
            let key = world.account_key(who, CLASSIC);
            let due = -owed(&world, who);
            if world.view(CLASSIC).accounts[&key].is_flat() {
                continue;
            }
            let before = world.cash(who, CLASSIC);
            let done = world.withdraw(who, CLASSIC, 1);
            if done.is(EvergreenError::CommitmentOpen) {
                // What could not be filled while others owed.
                continue;
            }
            done.clone().ok();
            cut += u32::from(cut_of(&done) > 0.0);
            let credited = tokens(world.cash(who, CLASSIC) - before);
            assert!(credited > due - 0.01, "{who} is credited {credited} of {due}");
        }
        println!("seed {seed}: {paid} were done, {waited} waited, {cut} were cut");
        (all_waited, all_cut) = (all_waited + waited, all_cut + cut);
        assert!(paid > 50);
    }
    assert!(all_waited > 0 && all_cut == 0, "{all_waited} waited, {all_cut} were cut");
}
