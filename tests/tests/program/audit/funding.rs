//! Funding does not depend on who touches a series.

use evergreen_sdk::instruction as build;
use evergreen_tests::{
    BTC, CLASSIC, HALF_HOUR, World,
    world::{TENTH, TOKEN},
};

/// Prices at the points of four half-hours.
const POINTS: [i64; 4] = [101_000, 99_000, 102_000, 98_000];

/// Plays two hours on a series of a day. Between two points the price goes to `between` and back; then a stranger refreshes the pool
/// if `touched`. Returns what alice, who holds a tenth, pays.
fn played(between: i64, touched: bool) -> i64 {
    let mut world = World::flat();
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.withdraw("alice", CLASSIC, 1).ok();
    let keys = world.pools[CLASSIC];
    let before = world.cash("alice", CLASSIC);
    for price in POINTS {
        world.pass(HALF_HOUR - 600);
        world.set_price(BTC, price);
        world.send(world.sample_instruction(BTC)).ok();
        world.pass(600);
        world.set_price(BTC, between);
        if touched {
            world.send(build::refresh_pool(&keys, &world.markets())).ok();
        }
        world.set_price(BTC, price);
    }
    world.withdraw("alice", CLASSIC, 1).ok();
    before - 1 - world.cash("alice", CLASSIC)
}

#[test]
fn audit_a9_touches_on_the_chain_change_nothing() {
    let untouched = played(92_000, false);
    assert!(untouched > 1_900_000, "{untouched} is too little to show anything");
    // Touched where time value is small, which the holder likes, and where it is largest, which the writer likes.
    for between in [92_000, 100_000, 104_000] {
        let paid = [true, false].map(|touched| played(between, touched));
        assert_eq!(paid, [untouched; 2], "with touches at {between}, and without");
    }
}

#[test]
fn audit_a9_what_is_paid_beyond_the_points_that_are_kept() {
    // SETUP: nobody touches for a day; the price stays at 100,000 dollars, and for the last hour it is 97,000.
    let paid = |touched: bool| {
        let mut world = World::flat();
        let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
        world.trader("alice", CLASSIC, 10 * TOKEN);
        world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
        world.withdraw("alice", CLASSIC, 1).ok();
        let (keys, before) = (world.pools[CLASSIC], world.cash("alice", CLASSIC));
        for half_hour in 0..48 {
            world.pass(HALF_HOUR);
            world.set_price(BTC, if half_hour < 46 { 100_000 } else { 97_000 });
            world.send(world.sample_instruction(BTC)).ok();
            // Once in two hours is enough.
            if touched && half_hour % 4 == 3 {
                world.send(build::refresh_pool(&keys, &world.markets())).ok();
            }
        }
        world.withdraw("alice", CLASSIC, 1).ok();
        before - 1 - world.cash("alice", CLASSIC)
    };

    // TEST: the gap up to the oldest point that is kept costs the average of its ends beyond two and a half hours, here all but right;
    // every later point counts at its own moment.
    let (touched, untouched) = (paid(true), paid(false));
    assert!((touched - untouched).abs() * 100 < touched, "{touched} with touches, {untouched} without");
    assert!(touched > 13_000_000, "{touched}");
}
