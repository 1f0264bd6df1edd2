//! Somebody settles others as often as they like.

use super::scene::*;
use evergreen_sdk::instruction as build;
use evergreen_tests::{BTC, CLASSIC, World, world::TENTH};

const PEOPLE: [&str; 4] = ["ann", "ben", "dot", "dan"];

fn begin() -> World {
    let mut world = world(1_000, &PEOPLE.map(|who| (who, 300)));
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, 1));
    let far = world.list_tenor(CLASSIC, BTC, false, 110_000, 30);
    world.trade("ann", CLASSIC, &legs(both, 5)).ok();
    quiet(&mut world, 100_000.0, 2);
    world.trade("ben", CLASSIC, &[(both[0], -5 * TENTH), (both[1], -3 * TENTH)]).ok();
    // Positions so small that a second's funding is a part of a unit.
    world.trade("dot", CLASSIC, &[(both[0], 20_000), (far, 20_000)]).ok();
    world.trade("dan", CLASSIC, &[(both[1], -20_000), (far, -20_000)]).ok();
    quiet(&mut world, 100_000.0, 2);
    world
}

/// A stranger settles all accounts every few seconds for two hours, or nobody does: nobody is worth more or less by more than a few units, however many times it was.
#[test]
fn held_to_settle_others_often_moves_nobodys_worth() {
    let begun = begin();
    let mut ends = Vec::new();
    for every in [i64::MAX, 600, 7, 3] {
        let mut world = begun.clone();
        world.checked = false;
        let mut times = 0;
        for half_hour in 0..4 {
            step(&mut world, if half_hour % 2 == 0 { 100_300.0 } else { 100_000.0 });
            let until = world.chain.now() + HALF_HOUR - 20;
            while world.chain.now() + every.min(HALF_HOUR) < until {
                world.pass(every);
                touch(&mut world);
                for who in PEOPLE {
                    let settle = build::settle_positions(&world.pools[CLASSIC], world.account_key(who, CLASSIC));
                    times += u32::from(world.send(settle).succeeded());
                }
            }
            world.pass(until - world.chain.now());
        }
        touch(&mut world);
        let worth = PEOPLE.map(|who| {
            let key = world.account_key(who, CLASSIC);
            world.valued(CLASSIC, |view, markets| markets.equity(&view.accounts[&key]))
        });
        let pool = world.valued(CLASSIC, |_, markets| markets.net_assets_at_mark());
        println!("every {every} s, {times} settlements: {worth:?}, pool {pool}");
        ends.push((worth, pool));
    }
    let ((none, pool), often) = (ends[0], &ends[1..]);
    for (worth, after) in often {
        for (one, other) in worth.iter().zip(none) {
            assert!((one - other).abs() <= 8, "{worth:?} instead of {none:?}");
        }
        assert!((after - pool).abs() <= 24, "{after} instead of {pool}");
    }
}
