//! Orders that end without being executed.

use super::{TENTH, TIP, cancelled, execute, execute_for, place, place_as, place_plain, refuse, scene, terms};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{Action, CancelReason, OrderTerms},
    },
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, DAY, HOUR, chain::actor, world::TOKEN};

#[test]
fn an_account_that_cannot_afford_its_order_loses_the_order_and_the_tip_only() {
    for (name, reason) in [("cash", CancelReason::Cash), ("health", CancelReason::Health)] {
        // SETUP: bob holds enough calls for alice to write; after placing the order she withdraws too much cash for it.
        let (mut world, call) = scene(CLASSIC);
        let put = world.list(CLASSIC, BTC, true, 100_000);
        world.trader("bob", CLASSIC, 100 * TOKEN);
        world.trade("bob", CLASSIC, &[(call, 20 * TENTH)]).ok();
        world.trade("alice", CLASSIC, &[(put, TENTH)]).ok();
        let points = if name == "cash" { TENTH } else { -20 * TENTH };
        let number = place_plain(&mut world, call, points);
        world.pass(HOUR);
        world.withdraw("alice", CLASSIC, 1).ok();
        let account = world.account("alice", CLASSIC);
        let left = if name == "cash" { 10_000 } else { account.cash as u64 / 10 };
        world.withdraw("alice", CLASSIC, account.cash as u64 - left).ok();
        let before = world.view(CLASSIC);

        // TEST
        let outcome = execute(&mut world, CLASSIC, "alice", number).ok();

        // CHECK
        let event = cancelled(&outcome);
        assert_eq!((event.reason, event.keeper_account), (reason, Some(world.account_key("keeper", CLASSIC))));
        assert!(!outcome.events().iter().any(|e| matches!(e, Event::LegFilled(_) | Event::Traded(_))), "{name}");
        let after = world.view(CLASSIC);
        assert_eq!(after.registry.series[usize::from(call.slot)].long_points, 20 * TENTH);
        assert_eq!(after.registry.series[usize::from(call.slot)].short_points, 0);
        assert_eq!(
            (after.pool.reserved_collateral, after.pool.pool_cash),
            (before.pool.reserved_collateral, before.pool.pool_cash)
        );
        assert_eq!(after.pool.fees_due, before.pool.fees_due);
        assert_eq!(world.cash("keeper", CLASSIC), TIP as i64);
        let account = world.account("alice", CLASSIC);
        assert_eq!((account.cash, account.open_orders), (left as i64, 0));
        assert_eq!(after.held(&world.account_key("alice", CLASSIC), put), TENTH);
    }
}

#[test]
fn an_expired_order_is_cancelled_by_anyone_and_its_tip_is_the_owners() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    world.pass(DAY - 1);
    let cash = world.cash("alice", CLASSIC);
    world.pass(1);
    let event = cancelled(&execute_for(&mut world, CLASSIC, "alice", number, None).ok());
    assert_eq!((event.reason, event.keeper_account), (CancelReason::Expired, None));
    assert_eq!(world.cash("alice", CLASSIC), cash + TIP as i64);
}

#[test]
fn an_order_on_an_exercised_or_retired_series_is_cancelled() {
    let (mut world, call) = scene(CLASSIC);
    let higher = world.list(CLASSIC, BTC, false, 110_000);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let sell = OrderTerms { reduce_only: true, ..terms(&world, call, -TENTH) };
    let (sell, buy) = (place(&mut world, CLASSIC, "alice", sell), place_plain(&mut world, higher, TENTH));
    world.pass(1);
    let keys = world.pools[CLASSIC];
    world.send(build::retire_series(&keys, higher)).ok();
    world.set_price(BTC, 120_000);
    let btc = world.feeds[BTC].accounts;
    world.send(build::exercise_series(&keys, call, &btc)).ok();
    for number in [sell, buy] {
        let event = cancelled(&execute(&mut world, CLASSIC, "alice", number).ok());
        assert_eq!(event.reason, CancelReason::SeriesGone);
    }
}

#[test]
fn owner_and_delegate_cancel_whatever_is_paused() {
    let (mut world, call) = scene(CLASSIC);
    let alice = world.account_key("alice", CLASSIC);
    world.send(build::set_delegate(actor("alice"), alice, Some(actor("bot")))).ok();
    let first = place_plain(&mut world, call, TENTH);
    let free = OrderTerms { tip: 0, ..terms(&world, call, TENTH) };
    let (second, outcome) = place_as(&mut world, CLASSIC, "bot", "alice", free);
    outcome.ok();
    for action in [Action::AddRisk, Action::ReduceRisk, Action::WithdrawMargin] {
        world.send(build::set_pause(actor("guardian"), action, 3_600)).ok();
    }
    world.pass(1);
    refuse(&mut world, CLASSIC, first, EvergreenError::Paused);
    let (keys, payer) = (world.pools[CLASSIC], world.chain.payer);
    let stranger = build::cancel_order(actor("mallory"), &keys, alice, first, payer);
    world.refused(stranger, EvergreenError::Unauthorized);
    world.send(build::cancel_order(actor("bot"), &keys, alice, first, payer)).ok();
    let event = cancelled(&world.send(build::cancel_order(actor("alice"), &keys, alice, second, payer)).ok());
    assert_eq!((event.reason, event.tip), (CancelReason::Requested, 0));
    assert_eq!(world.cash("alice", CLASSIC), 100 * TOKEN as i64, "everything is back");
}
