//! What happens to an account against its owner's will, and what it may cost.

use crate::{attacks::withdraw_spare, stories::liquidate};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{NoticeCause, Notices, SeriesId},
    },
    instruction::{self as build, PriceFeed},
};
use evergreen_tests::{
    BTC, CLASSIC, ETH, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

#[test]
fn audit_a10_a_spread_whose_written_leg_is_exercised_pays_no_penalty() {
    // SETUP: carol writes a put at 105,000 and buys one at 100,000. The written one reaches its cap first, in a fast market.
    let mut world = World::lagging(Setup::preset());
    let low = world.list(CLASSIC, BTC, true, 105_000);
    let high = world.list(CLASSIC, BTC, true, 100_000);
    for (who, cash) in [("alice", 500), ("carol", 100), ("keeper", 0)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(low, 10 * TENTH)]).ok();
    world.trade("carol", CLASSIC, &[(high, 10 * TENTH), (low, -10 * TENTH)]).ok();
    withdraw_spare(&mut world, "carol", CLASSIC);
    world.set_price(BTC, 84_000);
    world.pass(20);
    let (keys, carol) = (world.pools[CLASSIC], world.account_key("carol", CLASSIC));
    let equity = |world: &World| world.valued(CLASSIC, |view, m| m.as_sold().equity(&view.accounts[&carol]));
    let health =
        |world: &World| world.valued(CLASSIC, |view, m| m.health(&view.accounts[&carol], HealthLevel::Maintenance));
    world.send(build::exercise_series(&keys, low, &world.market(BTC))).ok();
    world.send(build::settle_positions(&keys, carol)).ok();
    let before = equity(&world);
    assert!(world.cash("carol", CLASSIC) < 0 && health(&world) < 0, "she owes for the written leg");

    // TEST: a liquidation takes nothing but what selling costs anybody, and so does anyone who makes her debt good.
    let mut fork = world.clone();
    liquidate(&mut fork, CLASSIC, "carol", &[(high, -10 * TENTH)]).ok();
    let lost = before - equity(&fork);
    assert!(lost <= before / 10_000, "a liquidation cost {lost} of {before}");
    assert_eq!(fork.cash("keeper", CLASSIC), 0);
    world.close_for_cash("carol", CLASSIC, high).ok();
    let lost = before - equity(&world);
    assert!(lost <= before / 10_000, "making the debt good cost {lost} of {before}");
    assert!(world.cash("carol", CLASSIC) >= 0 && health(&world) >= 0);
    assert!(world.view(CLASSIC).held(&carol, high) > 0, "she keeps what the debt leaves");
}

#[test]
fn audit_a12_auto_deleveraging_charges_no_fee() {
    // SETUP: the holder has left, and the writer is left alone.
    let mut world = World::new(Setup::preset());
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for (who, cash) in [("alice", 500), ("bob", 300), ("keeper", 0)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(call, 20 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -20 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -20 * TENTH)]).ok();
    let bob = world.account_key("bob", CLASSIC);
    let equity = |world: &World| world.valued(CLASSIC, |view, m| m.as_sold().equity(&view.accounts[&bob]));
    let moment = world.pass_notice(CLASSIC, call, NoticeCause::Excess);
    for sample in world.due_samples() {
        world.send(sample).ok();
    }
    let before = equity(&world);

    // TEST
    world.deleverage("bob", CLASSIC, call, 20 * TENTH, moment).ok();
    let lost = before - equity(&world);
    assert!(lost.abs() <= 2, "{lost} of {before}");
}

/// Returns a world in which bob has written calls on BTC and holds one point of an option on ETH, whose feed has stopped for good.
fn shielded(setup: Setup) -> (World, SeriesId, SeriesId) {
    let mut world = World::new(setup);
    let call = world.list(CLASSIC, BTC, false, 110_000);
    let ether = world.list(CLASSIC, ETH, false, 4_000);
    for (who, cash) in [("alice", 300), ("bob", 40), ("keeper", 0)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(call, 2 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -2 * TENTH), (ether, 1)]).ok();
    (world, call, ether)
}

/// Lets ten seconds pass in which only BTC is published.
fn only_btc(world: &mut World, dollars: i64) {
    world.chain.pass(10);
    world.set_price(BTC, dollars);
}

#[test]
fn audit_a12_a_point_on_a_dead_feed_shields_nobody_from_liquidation() {
    // SETUP
    let mut setup = Setup::preset();
    setup.pool.min_account_points = 0;
    let (mut world, call, ether) = shielded(setup);
    withdraw_spare(&mut world, "bob", CLASSIC);
    only_btc(&mut world, 115_000);
    let (keys, bob, keeper) =
        (world.pools[CLASSIC], world.account_key("bob", CLASSIC), world.account_key("keeper", CLASSIC));
    let close = |series, points: i64, feeds: &[PriceFeed]| {
        build::liquidate(actor("keeper"), &keys, bob, keeper, vec![Leg { series, points }], feeds)
    };
    let all = world.markets();

    // TEST: the dead price is refused, and a liquidation needs none. It cannot close what it has no price of.
    world.refused(close(call, 2 * TENTH, &all), EvergreenError::PriceStale);
    world.refused(close(ether, -1, &all[..1]), EvergreenError::LegNotReducing);
    world.send(close(call, 2 * TENTH, &all[..1])).ok();
    assert!(world.view(CLASSIC).held(&bob, call) > -2 * TENTH);
    assert_eq!(world.view(CLASSIC).held(&bob, ether), 1);
}

#[test]
fn audit_a12_whoever_leaves_a_price_out_liquidates_nobody_whom_it_would_save() {
    // SETUP: bob's margin is an option on ETH that is deep in the money.
    let mut world = World::new(Setup::preset());
    let call = world.list(CLASSIC, BTC, false, 110_000);
    let ether = world.list(CLASSIC, ETH, false, 3_500);
    for (who, cash) in [("alice", 300), ("bob", 60), ("keeper", 0)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    world.set_price(ETH, 4_000);
    world.trade("alice", CLASSIC, &[(call, 2 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(ether, 60 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -2 * TENTH)]).ok();
    withdraw_spare(&mut world, "bob", CLASSIC);
    only_btc(&mut world, 110_000);
    let (keys, bob, keeper) =
        (world.pools[CLASSIC], world.account_key("bob", CLASSIC), world.account_key("keeper", CLASSIC));
    let legs = vec![Leg { series: call, points: 2 * TENTH }];

    // TEST: with the best price of ETH they are above maintenance, so nothing is done without it.
    let btc = [world.feeds[BTC].accounts];
    world.refused(build::liquidate(actor("keeper"), &keys, bob, keeper, legs, &btc), EvergreenError::NotLiquidatable);
}

#[test]
fn audit_a12_a_point_on_a_dead_feed_shields_nobody_from_deleveraging() {
    // SETUP: alice leaves, and bob's written call is alone.
    let mut setup = Setup::preset();
    setup.pool.min_account_points = 0;
    let (mut world, call, _) = shielded(setup);
    world.trade("alice", CLASSIC, &[(call, -2 * TENTH)]).ok();
    world.give_notice(CLASSIC, call, NoticeCause::Excess);
    world.pass(Notices::PERIOD - 9);
    only_btc(&mut world, 100_000);
    let (keys, bob) = (world.pools[CLASSIC], world.account_key("bob", CLASSIC));
    let (all, points) = (world.markets(), 2 * TENTH as u64);

    // TEST
    let close = |feeds: &[PriceFeed]| build::auto_deleverage(actor("keeper"), &keys, bob, call, points, feeds);
    world.refused(close(&all), EvergreenError::PriceNotFirst);
    world.send(close(&all[..1])).ok();
    assert_eq!(world.view(CLASSIC).held(&bob, call), 0);
}
