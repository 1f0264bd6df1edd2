//! A feed that dies and comes back.

use super::scene::*;
use evergreen_tests::{BTC, CLASSIC};

/// BTC has had no price for so many hours, and comes back elsewhere. Somebody buys, or writes, straddles as soon as they can, and leaves after so many half-hours. What they gain, tokens.
fn gain(hours: i64, by: f64, (days, sign): (u32, i64), stay: usize) -> Option<f64> {
    let mut world = world(1_000, &[("holly", 900), ("mallory", 300)]);
    world.checked = false;
    quiet(&mut world, 100_000.0, 8);
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, 100_000, days));
    if sign < 0 {
        world.trade("holly", CLASSIC, &legs(both, 6)).ok();
    }
    world.chain.pass(hours * 3_600 + 600);
    price(&mut world, 100_000.0 * (1.0 + by));
    world.pass(5);
    let before = world.cash("mallory", CLASSIC);
    let done = world.trade("mallory", CLASSIC, &legs(both, 6 * sign));
    if !done.succeeded() {
        return None;
    }
    quiet(&mut world, 100_000.0 * (1.0 + by), stay);
    world.trade("mallory", CLASSIC, &legs(both, -6 * sign)).ok();
    Some(tokens(world.cash("mallory", CLASSIC) - before))
}

/// Who trades first after a feed has come back has nothing by it: who buys loses, however far the price has moved meanwhile, and who writes gains what a quiet market brings without any gap, 0.4 and 3.3 tokens in a day.
#[test]
fn audit_comeback_nobody_gains_by_being_first() {
    for (days, stay) in [(1, 8), (1, 48), (30, 48)] {
        let usual = gain(0, 0.0, (days, -1), stay).expect("a trade");
        for hours in [3, 23, 40] {
            let written = gain(hours, 0.0, (days, -1), stay).expect("a trade");
            println!("{days} days, {hours} h, {stay} half-hours: written {written:.2}, without a gap {usual:.2}");
            assert!(written <= usual + 0.05);
            for by in [0.02, -0.05, 0.08] {
                let bought = gain(hours, by, (days, 1), stay);
                println!("   a move of {by}: bought {bought:.2?}");
                assert!(bought.is_none_or(|gain| gain < 0.0));
            }
        }
    }
}
