//! The least size of a position.

use super::{TENTH, edited};
use evergreen_sdk::{
    evergreen::{Leg, errors::EvergreenError, state::Change},
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, Setup, World, chain::actor, world::TOKEN};

const LEAST: i64 = 1_000_000;

fn world() -> World {
    let mut setup = Setup::flat();
    setup.pool.min_account_points = LEAST as u64;
    World::new(setup)
}

#[test]
fn a57_a_trade_leaves_no_position_or_one_worth_closing() {
    // SETUP
    let mut world = world();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    let put = world.list(CLASSIC, BTC, true, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 20 * TOKEN);
    }
    let small = |world: &mut World, who: &str, legs: &[_]| {
        world.refused(world.trade_instruction(who, CLASSIC, legs), EvergreenError::PositionTooSmall);
    };

    // TEST: opening and growing.
    small(&mut world, "alice", &[(call, LEAST - 1)]);
    small(&mut world, "alice", &[(call, 1)]);
    world.trade("alice", CLASSIC, &[(call, LEAST)]).ok();
    world.trade("alice", CLASSIC, &[(call, 1)]).ok();
    // Writing.
    small(&mut world, "bob", &[(call, 1 - LEAST)]);
    world.trade("bob", CLASSIC, &[(call, -LEAST)]).ok();
    // Shrinking, to dust or through zero.
    small(&mut world, "alice", &[(call, -2)]);
    small(&mut world, "alice", &[(call, -LEAST)]);
    small(&mut world, "alice", &[(call, -LEAST - 2)]);
    small(&mut world, "bob", &[(call, 1)]);
    small(&mut world, "bob", &[(call, LEAST + 1)]);
    // One leg of several is enough.
    small(&mut world, "alice", &[(call, LEAST), (put, LEAST - 1)]);
    // A part above the least, and all of it, are always possible.
    world.trade("alice", CLASSIC, &[(call, -1)]).ok();
    world.trade("bob", CLASSIC, &[(call, LEAST)]).ok();
    world.trade("alice", CLASSIC, &[(call, -LEAST)]).ok();
    assert!(world.account("alice", CLASSIC).is_flat() && world.account("bob", CLASSIC).is_flat());
}

#[test]
fn positions_that_are_smaller_already_can_be_closed_in_full_or_enlarged() {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 10 * TOKEN);
        world.trade(who, CLASSIC, &[(call, 1_000)]).ok();
    }
    let params = edited(&world, |p| p.min_account_points = LEAST as u64);
    world.enact(Change::PoolParams(params), &world.of_pool(CLASSIC));
    for change in [1, -1, -999] {
        let dust = world.trade_instruction("alice", CLASSIC, &[(call, change)]);
        world.refused(dust, EvergreenError::PositionTooSmall);
    }
    world.trade("alice", CLASSIC, &[(call, -1_000)]).ok();
    world.trade("bob", CLASSIC, &[(call, LEAST - 1_000)]).ok();
}

#[test]
fn liquidation_and_rebalancing_may_leave_less() {
    // SETUP: bob has written all that alice bought; she sells, all but little of his is too much.
    let mut world = world();
    let call = world.list(CLASSIC, BTC, false, 105_000);
    for who in ["alice", "bob", "keeper"] {
        world.trader(who, CLASSIC, 20 * TOKEN);
    }
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
    let bob = world.account_key("bob", CLASSIC);
    let balance = |points| build::auto_deleverage(actor("keeper"), &keys, bob, call, points, &feeds);

    // TEST
    world.send(balance(TENTH as u64 - 10)).ok();
    assert_eq!(world.view(CLASSIC).held(&bob, call), -10);
    // Liquidated in part: a writer of the least size, with cash taken from him by an unpaid debt of the market.
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, 10 - TENTH)]).ok();
    let spare = world.valued(CLASSIC, |view, markets| {
        let account = &view.accounts[&bob];
        markets.health(account, evergreen_math::margin::HealthLevel::Initial)
    });
    world.withdraw("bob", CLASSIC, spare as u64).ok();
    world.set_price(BTC, 113_000);
    let legs = vec![Leg { series: call, points: TENTH }];
    let liquidate = build::liquidate(actor("keeper"), &keys, bob, world.account_key("keeper", CLASSIC), legs, &feeds);
    let raised = edited(&world, |p| p.min_account_points = p.max_account_points);
    let least = raised.min_account_points;
    write_least(&mut world, least);
    world.send(liquidate).ok();
    let left = world.view(CLASSIC).held(&bob, call);
    assert!(left < 0 && left > -TENTH, "{left} left, below the least of {least}");
}

/// As if the least size had been this all along.
fn write_least(world: &mut World, least: u64) {
    let key = world.pools[CLASSIC].pool;
    let mut data = world.chain.data(&key);
    let params = core::mem::offset_of!(evergreen_sdk::evergreen::state::Pool, params);
    let place = 8 + params + core::mem::offset_of!(evergreen_sdk::evergreen::state::PoolParams, min_account_points);
    data[place..place + 8].copy_from_slice(&least.to_le_bytes());
    world.chain.write(key, evergreen_sdk::address::PROGRAM, data);
}
