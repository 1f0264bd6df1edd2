//! Accounts that owe and are owed are settled by others, whatever the pool has.

use super::scene::*;
use evergreen_sdk::{events::Event, evergreen::state::SeriesId, instruction as build};
use evergreen_test_support::random::Random;
use evergreen_tests::{BTC, CLASSIC, World, outcome::Outcome, world::TENTH};

const PEOPLE: [&str; 5] = ["ann", "ben", "cat", "dan", "eve"];

/// Everybody has bought some series and written others, those who hold most have left, and the provider leaves as far as it may. Some have settled now and then. In half of the worlds calls have ended.
fn play(seed: u64) -> World {
    let mut random = Random(seed);
    let mut people: Vec<(&str, u64)> = PEOPLE.map(|who| (who, 300)).to_vec();
    people.push(("holly", 1_000));
    let mut world = world(1_000, &people);
    let mut all: Vec<SeriesId> = Vec::new();
    for (strike, tenor) in [(100_000, 1), (105_000, 7)] {
        all.extend([false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, strike, tenor)));
    }
    for id in &all {
        world.trade("holly", CLASSIC, &[(*id, 5 * TENTH)]);
        quiet(&mut world, 100_000.0, 3);
    }
    for who in PEOPLE {
        for id in &all {
            let tenths = *random.pick(&[-2i64, -2, -2, -1, 1, 1]);
            if tenths != 0 {
                world.trade(who, CLASSIC, &[(*id, tenths * TENTH)]);
            }
        }
        quiet(&mut world, 100_000.0, 3);
    }
    for id in &all {
        world.trade("holly", CLASSIC, &[(*id, -5 * TENTH)]);
    }
    let number = world.request("lp", CLASSIC, MAIN, world.shares("lp", CLASSIC, MAIN));
    for _ in 0..random.range(20, 40) {
        quiet(&mut world, 100_000.0, 48);
        world.pass_to(1);
        let execute = world.execute_instruction(CLASSIC, MAIN, number);
        world.send(execute);
        if random.range(0, 4) == 0 {
            let who = *random.pick(&PEOPLE);
            world.withdraw(who, CLASSIC, 1);
        }
    }
    if seed.is_multiple_of(2) {
        for dollars in [110_000.0, 121_000.0] {
            step(&mut world, dollars);
        }
        let (keys, feed) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
        world.send(build::exercise_series(&keys, all[0], &feed)).ok();
    }
    touch(&mut world);
    world
}

fn settle(world: &mut World, who: &str) -> Outcome {
    let settle = build::settle_positions(&world.pools[CLASSIC], world.account_key(who, CLASSIC));
    world.send(settle)
}

/// What a settlement moved, both ways, native units.
fn moved(outcome: &Outcome) -> [i64; 2] {
    let mut sums = [0; 2];
    for event in outcome.events() {
        let amount = match event {
            Event::FundingSettled(e) => e.amount,
            Event::PositionSettled(e) => e.amount,
            _ => continue,
        };
        sums[usize::from(amount > 0)] += amount.abs();
    }
    sums
}

/// Invariant 11 of the tests checks each settlement: nothing is paid that the pool has to keep, nobody is worth more or less by it, nobody owes a whole unit afterwards. Here: to settle again at once changes nothing, and the order is of no
/// consequence for anybody's worth.
#[test]
fn audit_set_off_whoever_owes_anything_is_settled_by_anybody_in_whatever_order() {
    let (mut set_off, mut in_part, mut refused) = (0, 0, 0);
    for seed in 0..4 {
        let begun = play(seed);
        let pool = begun.view(CLASSIC).pool;
        println!(
            "seed {seed}: pool cash {:.2}, reserved {:.2}, owed {:?}",
            tokens(pool.pool_cash),
            tokens(pool.reserved_collateral as i64),
            PEOPLE.map(|who| (owed(&begun, who) * 100.0).round() / 100.0)
        );
        let mut ends: Vec<Vec<i64>> = Vec::new();
        for order in [[0, 1, 2, 3, 4], [4, 3, 2, 1, 0], [2, 4, 1, 0, 3]] {
            let mut world = begun.clone();
            for who in order.map(|place: usize| PEOPLE[place]) {
                let done = settle(&mut world, who);
                let [taken, paid] = moved(&done);
                let left = -owed(&world, who);
                set_off += u32::from(taken > 1_000 && left > 0.001);
                in_part += u32::from(taken > 1_000 && paid > 1_000 && left > 0.001);
                refused += u32::from(!done.succeeded());
                let again = settle(&mut world, who);
                let [taken, paid] = moved(&again);
                assert!(taken + paid <= 12, "{who}, again: {taken} taken and {paid} paid");
            }
            let worth = |who: &&str| {
                let key = world.account_key(who, CLASSIC);
                world.valued(CLASSIC, |view, markets| markets.equity(&view.accounts[&key]))
            };
            ends.push(PEOPLE.iter().map(worth).collect());
        }
        for end in &ends[1..] {
            for (one, other) in ends[0].iter().zip(end) {
                assert!((one - other).abs() <= 24, "seed {seed}: {:?}", ends);
            }
        }
    }
    println!("{set_off} accounts were set off, {in_part} of them paid in part, {refused} had nothing to settle");
    assert!(set_off > 4 && in_part > 4, "{set_off} accounts were set off, {in_part} in part");
}
