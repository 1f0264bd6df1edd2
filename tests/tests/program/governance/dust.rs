//! The least size that a trade may leave of a position.

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
fn a57_a_trade_leaves_no_position_or_one_of_the_least_size() {
    // SETUP
    let mut world = world();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    let put = world.list(CLASSIC, BTC, true, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 20 * TOKEN);
    }
    let small = |world: &mut World, who: &str, legs: &[_]| {
        world.trade_refused(who, CLASSIC, legs, EvergreenError::PositionTooSmall);
    };

    // TEST: a position is opened and enlarged.
    small(&mut world, "alice", &[(call, LEAST - 1)]);
    small(&mut world, "alice", &[(call, 1)]);
    world.trade("alice", CLASSIC, &[(call, LEAST)]).ok();
    world.trade("alice", CLASSIC, &[(call, 1)]).ok();
    // A position is written.
    small(&mut world, "bob", &[(call, 1 - LEAST)]);
    world.trade("bob", CLASSIC, &[(call, -LEAST)]).ok();
    // A position is reduced to less than the least size, or through zero to less than it.
    small(&mut world, "alice", &[(call, -2)]);
    small(&mut world, "alice", &[(call, -LEAST)]);
    small(&mut world, "alice", &[(call, -LEAST - 2)]);
    small(&mut world, "bob", &[(call, 1)]);
    small(&mut world, "bob", &[(call, LEAST + 1)]);
    // A trade is refused if one of its legs leaves too little.
    small(&mut world, "alice", &[(call, LEAST), (put, LEAST - 1)]);
    // A position can always be reduced to the least size or more, and closed.
    world.trade("alice", CLASSIC, &[(call, -1)]).ok();
    world.trade("bob", CLASSIC, &[(call, LEAST)]).ok();
    world.trade("alice", CLASSIC, &[(call, -LEAST)]).ok();
    assert!(world.account("alice", CLASSIC).is_flat() && world.account("bob", CLASSIC).is_flat());
}

#[test]
fn positions_below_a_raised_least_size_can_be_closed_or_enlarged_to_it() {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 10 * TOKEN);
        world.trade(who, CLASSIC, &[(call, 1_000)]).ok();
    }
    let params = edited(&world, |p| p.min_account_points = LEAST as u64);
    world.enact(Change::PoolParams(params), &world.of_pool(CLASSIC));
    for change in [1, -1, -999] {
        world.trade_refused("alice", CLASSIC, &[(call, change)], EvergreenError::PositionTooSmall);
    }
    world.trade("alice", CLASSIC, &[(call, -1_000)]).ok();
    world.trade("bob", CLASSIC, &[(call, LEAST - 1_000)]).ok();
}

#[test]
fn liquidation_and_auto_deleverage_may_leave_less() {
    // SETUP: bob has written as much as alice has bought, and she sells all of it.
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

    // TEST
    world.deleverage_after_notice("bob", CLASSIC, call, TENTH - 10).ok();
    assert_eq!(world.view(CLASSIC).held(&bob, call), -10);
    // Bob writes again with no more than initial margin, the price rises, and the least size is raised before they are liquidated in part.
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
    assert!(left < 0 && left > -TENTH, "{left} points are left, the least size is {least}");
}

/// Writes the least size of a position, in points, into the pool without a proposal.
fn write_least(world: &mut World, least: u64) {
    let key = world.pools[CLASSIC].pool;
    let mut data = world.chain.data(&key);
    let params = core::mem::offset_of!(evergreen_sdk::evergreen::state::Pool, params);
    let place = 8 + params + core::mem::offset_of!(evergreen_sdk::evergreen::state::PoolParams, min_account_points);
    data[place..place + 8].copy_from_slice(&least.to_le_bytes());
    world.chain.write(key, evergreen_sdk::address::PROGRAM, data);
}
