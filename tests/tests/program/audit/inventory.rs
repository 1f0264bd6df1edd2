//! The first version charged for what the pool held and gave it back: a potential that settlements moved for nothing (A6), measured when it suited whoever
//! closed (A7). It is gone: there is a carry per half-hour, and what is paid beyond the bid is earned over time. Here is what the attacks bring now.

use evergreen_sdk::{evergreen::state::SeriesId, instruction as build};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    world::{TENTH, TOKEN},
};

/// What mallory's cash grows by, who buys a call that is worth little after a strongly one-sided series is exercised and sells it again. Its holder and its writer are
/// settled before the purchase, between purchase and sale, or not at all.
fn round_trip_beside_settlements(before: &[&str], between: &[&str]) -> i64 {
    let mut world = World::new(Setup::preset());
    let touched = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    for who in ["alice", "bob", "mallory"] {
        world.trader(who, CLASSIC, 1_000 * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(touched, 10 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(touched, -10 * TENTH)]).ok();
    world.set_price(BTC, 110_000);
    let keys = world.pools[CLASSIC];
    let cheap = world.list_tenor(CLASSIC, BTC, false, 120_000, 1);
    world.send(build::refresh_pool(&keys, &world.markets())).ok();
    world.send(build::exercise_series(&keys, touched, &world.market(BTC))).ok();
    let settle = |world: &mut World, all: &[&str]| {
        for who in all {
            world.send(build::settle_positions(&keys, world.account_key(who, CLASSIC))).ok();
        }
    };
    let cash = world.cash("mallory", CLASSIC);
    settle(&mut world, before);
    world.trade("mallory", CLASSIC, &[(cheap, 3 * TENTH)]).ok();
    settle(&mut world, between);
    world.trade("mallory", CLASSIC, &[(cheap, -3 * TENTH)]).ok();
    world.cash("mallory", CLASSIC) - cash
}

#[test]
fn audit_a6_settlement_after_an_exercise_moves_no_price() {
    // The attack: the holder is settled, mallory buys, the writer is settled, mallory sells.
    let gain = round_trip_beside_settlements(&["alice"], &["bob"]);
    assert!(gain < 0, "a round trip costs its fees: {gain}");
    for (before, between) in [(vec![], vec![]), (vec!["alice", "bob"], vec![]), (vec!["bob"], vec!["alice"])] {
        assert_eq!(
            round_trip_beside_settlements(&before, &between),
            gain,
            "settled before {before:?}, between {between:?}"
        );
    }
}

/// A world in which mallory holds calls that have gone into the money.
fn holding() -> (World, SeriesId) {
    let mut world = World::new(Setup::preset());
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
    world.trader("mallory", CLASSIC, 1_000 * TOKEN);
    world.trade("mallory", CLASSIC, &[(call, 30 * TENTH)]).ok();
    world.set_price(BTC, 115_000);
    (world, call)
}

#[test]
fn audit_a7_a_refresh_before_closing_gains_nothing() {
    let closed = |refreshes: usize| {
        let (mut world, call) = holding();
        let keys = world.pools[CLASSIC];
        for _ in 0..refreshes {
            world.send(build::refresh_pool(&keys, &world.markets())).ok();
        }
        world.trade("mallory", CLASSIC, &[(call, -30 * TENTH)]).ok();
        world.cash("mallory", CLASSIC)
    };
    let plain = closed(0);
    for refreshes in [1, 3] {
        assert_eq!(closed(refreshes), plain, "{refreshes} refreshes before the sale");
    }
}
