//! What was collected for inventory is what can be refunded, whatever is exercised, settled or valued in between.

use evergreen_sdk::{evergreen::state::PoolUnderlying, instruction as build};
use evergreen_tests::{BTC, CLASSIC, Setup, World, world::TOKEN};

/// Points of an option with this cap payoff in dollars that reserve so many tokens.
const fn reserving(tokens: u64, cap_payoff: i64) -> i64 {
    (tokens * TOKEN) as i64 * 1_000 / cap_payoff
}

fn bitcoin(world: &World) -> PoolUnderlying {
    world.view(CLASSIC).pool.underlyings[0]
}

#[test]
fn audit_a6_settlement_does_not_move_the_inventory() {
    // SETUP: alice holds what bob has written, carol holds something else; the first series reaches its cap.
    let mut world = World::new(Setup::preset());
    let first = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    let other = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    for who in ["alice", "bob", "carol", "mallory"] {
        world.trader(who, CLASSIC, 1_000 * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(first, reserving(300, 10_000))]).ok();
    world.trade("bob", CLASSIC, &[(first, -reserving(300, 10_000))]).ok();
    world.trade("carol", CLASSIC, &[(other, reserving(300, 21_000))]).ok();
    world.set_price(BTC, 110_000);
    let keys = world.pools[CLASSIC];
    let worthless = world.list_tenor(CLASSIC, BTC, false, 165_000, 1);
    world.send(build::refresh_pool(&keys, &world.markets())).ok();
    let start = bitcoin(&world);

    // TEST: mallory buys between the two settlements and sells after them.
    let points = reserving(250, 16_500);
    let cash = world.cash("mallory", CLASSIC);
    world.send(build::exercise_series(&keys, first, &world.feeds[BTC].accounts)).ok();
    let exercised = bitcoin(&world);
    assert_eq!(exercised.net_calls, start.net_calls, "holder and writer cancelled each other");
    world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();
    assert_eq!(bitcoin(&world), exercised, "the holder's settlement moves no inventory");
    world.trade("mallory", CLASSIC, &[(worthless, points)]).ok();
    let bought = bitcoin(&world);
    assert!(bought.held_calls > exercised.held_calls);
    world.send(build::settle_positions(&keys, world.account_key("bob", CLASSIC))).ok();
    assert_eq!(bitcoin(&world), bought, "the writer's settlement moves no inventory");
    world.trade("mallory", CLASSIC, &[(worthless, -points)]).ok();
    assert!(world.cash("mallory", CLASSIC) < cash);
    // The depth has fallen since carol was charged, so less is held than the potential, and mallory leaves some of her charge.
    let left = bitcoin(&world);
    assert_eq!(left.net_calls, exercised.net_calls);
    assert!(left.held_calls >= exercised.held_calls, "carol's charge stays");
}

#[test]
fn audit_a6_an_exercise_releases_the_charge_of_its_options_only() {
    // SETUP: alice and carol hold as much inventory each.
    let mut world = World::new(Setup::preset());
    let first = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    let other = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    for who in ["alice", "carol"] {
        world.trader(who, CLASSIC, 1_000 * TOKEN);
    }
    world.trade("carol", CLASSIC, &[(other, reserving(200, 21_000))]).ok();
    let alone = bitcoin(&world);
    world.trade("alice", CLASSIC, &[(first, reserving(200, 10_000))]).ok();
    let both = bitcoin(&world);

    // TEST: the potential is a square: the second half has three quarters of the charge, and exercise releases just them.
    world.set_price(BTC, 110_000);
    let keys = world.pools[CLASSIC];
    world.send(build::exercise_series(&keys, first, &world.feeds[BTC].accounts)).ok();
    let exercised = bitcoin(&world);
    assert_eq!(exercised.net_calls, alone.net_calls);
    assert!(exercised.held_calls.abs_diff(both.held_calls / 4) < both.held_calls / 1_000, "{exercised:?} of {both:?}");
    world.trade("carol", CLASSIC, &[(other, -reserving(200, 21_000))]).ok();
    let closed = bitcoin(&world);
    assert_eq!((closed.net_calls, closed.held_calls), (0, 0));
}

#[test]
fn audit_a7_a_valuation_before_closing_changes_no_refund() {
    let mut outcomes = Vec::new();
    for is_refreshed in [false, true] {
        // SETUP: the holder's gain lowers net asset value, and so the depth of the next valuation.
        let mut world = World::new(Setup::preset());
        let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 7);
        world.trader("mallory", CLASSIC, 1_000 * TOKEN);
        let points = reserving(750, 20_000);
        world.trade("mallory", CLASSIC, &[(call, points)]).ok();
        let collected = bitcoin(&world).held_calls;
        world.set_price(BTC, 115_000);
        let depth = world.view(CLASSIC).pool.inventory_depth;
        if is_refreshed {
            world.send(build::refresh_pool(&world.pools[CLASSIC], &world.markets())).ok();
            assert!(world.view(CLASSIC).pool.inventory_depth < depth * 9 / 10);
        }

        // TEST: half of the position gets what its half of the charge was, and the rest gets the rest.
        let halves = [points / 2, points - points / 2].map(|part| {
            world.trade("mallory", CLASSIC, &[(call, -part)]).ok();
            bitcoin(&world).held_calls
        });
        assert_eq!(halves[1], 0);
        assert!(halves[0] > 0 && halves[0] < collected / 2, "{halves:?} of {collected}");
        outcomes.push(world.cash("mallory", CLASSIC));
    }
    let difference = outcomes[1].abs_diff(outcomes[0]);
    assert!(difference <= TOKEN / 1_000, "a valuation in between moves the refund by {difference} native units");
}
