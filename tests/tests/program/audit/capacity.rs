//! Forced closes follow one rule of health, whichever capacity of the pool is exhausted.

use evergreen_sdk::{
    evergreen::{Leg, errors::EvergreenError},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

#[test]
fn audit_a3_a_hedge_that_keeps_a_writer_healthy_is_not_bought_back() {
    // SETUP: alice's bought call bounds what her written one can cost; mallory brings the pool to capacity with worthless calls.
    let mut world = World::flat();
    let worthless = world.list_tenor(CLASSIC, BTC, false, 149_000, 1);
    let short = world.list_tenor(CLASSIC, BTC, false, 105_000, 1);
    let hedge = world.list_tenor(CLASSIC, BTC, false, 112_000, 1);
    for (who, cash) in [("mallory", 20), ("keeper", 0), ("bob", 200), ("alice", 200)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    let size = 10 * TENTH;
    world.trade("bob", CLASSIC, &[(short, size)]).ok();
    world.trade("alice", CLASSIC, &[(short, -size), (hedge, size)]).ok();
    crate::attacks::withdraw_spare(&mut world, "alice", CLASSIC);
    let free = 800 * TOKEN - world.view(CLASSIC).pool.reserved_collateral - TOKEN;
    let points = crate::worthless::points_locking(&world, worthless, free);
    world.trade("mallory", CLASSIC, &[(worthless, points)]).ok();
    assert!(world.view(CLASSIC).pool.is_at_capacity().expect("a limit"));

    // TEST
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let [alice, mallory, keeper] = ["alice", "mallory", "keeper"].map(|who| world.account_key(who, CLASSIC));
    let close = build::close_worthless(actor("keeper"), &keys, alice, hedge, &feeds);
    world.refused(close, EvergreenError::HealthLowered);
    let legs = vec![Leg { series: short, points: size }];
    let liquidate = build::liquidate(actor("keeper"), &keys, alice, keeper, legs, &feeds);
    world.refused(liquidate, EvergreenError::NotLiquidatable);
    world.send(build::close_worthless(actor("keeper"), &keys, mallory, worthless, &feeds)).ok();
}
