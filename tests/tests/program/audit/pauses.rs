//! Nobody is liquidated who is not allowed to help themselves.

use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{Action, NoticeCause},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

#[test]
fn audit_b5_nobody_is_liquidated_while_he_may_not_top_up_or_reduce() {
    // SETUP: alice has written calls with just the margin that they need, and the market has moved against her.
    let mut scene = World::new(Setup::preset());
    scene.round_trip_every = 1_000_000;
    let call = scene.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    for (who, cash) in [("bob", 200), ("alice", 200), ("guardian", 0)] {
        scene.trader(who, CLASSIC, cash * TOKEN);
    }
    scene.trade("bob", CLASSIC, &[(call, 10 * TENTH)]).ok();
    scene.trade("alice", CLASSIC, &[(call, -10 * TENTH)]).ok();
    crate::attacks::withdraw_spare(&mut scene, "alice", CLASSIC);
    let exits = [Action::DepositMargin, Action::ReduceRisk, Action::Liquidate];

    // TEST: for all combinations of pauses, liquidation works only where both ways out do.
    for flags in 0..8 {
        let mut world = scene.clone();
        let paused =
            |action: Action| exits.iter().zip([1, 2, 4]).any(|(exit, bit)| *exit == action && flags & bit != 0);
        for action in exits.into_iter().filter(|action| paused(*action)) {
            world.send(build::set_pause(actor("guardian"), action, 3_600)).ok();
        }
        world.pass(60);
        world.set_price(BTC, 112_000);
        let keys = world.pools[CLASSIC];
        let (alice, to) = (world.account_key("alice", CLASSIC), world.account_key("guardian", CLASSIC));
        let liquidate = |world: &World| {
            let legs = vec![Leg { series: call, points: 10 * TENTH }];
            build::liquidate(actor("guardian"), &keys, alice, to, legs, &world.market(BTC))
        };
        if flags == 0 {
            world.send(liquidate(&world)).ok();
            continue;
        }
        world.refused(liquidate(&world), EvergreenError::Paused);
        // What costs nobody a penalty goes on, as far as there is a reason for it.
        let deleverage = build::auto_deleverage(actor("guardian"), &keys, alice, call, 1, &world.markets());
        let cash = build::close_for_cash(actor("guardian"), &keys, alice, call, &world.markets());
        let place =
            build::close_for_place(actor("guardian"), &keys, alice, (call, NoticeCause::Slot), &world.markets());
        world.refused(cash, EvergreenError::NothingOwed);
        for close in [deleverage, place] {
            world.refused(close, EvergreenError::NoticeMissing);
        }
        // The pause is over: who was kept from topping up has ten minutes before a liquidator.
        world.chain.pass(3_600 - 60);
        world.set_price(BTC, 112_000);
        if flags & 3 != 0 {
            world.refused(liquidate(&world), EvergreenError::Paused);
            let mut saved = world.clone();
            saved.fund("alice", CLASSIC, 200 * TOKEN);
            saved.deposit("alice", CLASSIC, 200 * TOKEN).ok();
            saved.chain.pass(600);
            saved.set_price(BTC, 112_000);
            saved.refused(liquidate(&saved), EvergreenError::NotLiquidatable);
            world.chain.pass(600);
            world.set_price(BTC, 112_000);
        }
        world.send(liquidate(&world)).ok();
    }
}
