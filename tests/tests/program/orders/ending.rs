//! Orders that end without being executed.

use super::{
    TENTH, TIP, cancelled, commit, commit_for, earned, execute, exists, fill, not_filled, place, place_as, place_plain,
    refuse, scene, terms,
};
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
fn an_account_that_cannot_afford_its_order_loses_the_order_only() {
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
        assert_eq!((event.reason, event.keeper_account, event.tip), (reason, None, TIP));
        assert!(!outcome.events().iter().any(|e| matches!(e, Event::LegFilled(_) | Event::Traded(_))), "{name}");
        let after = world.view(CLASSIC);
        assert_eq!(after.registry.series[usize::from(call.slot)].long_points, 20 * TENTH);
        assert_eq!(after.registry.series[usize::from(call.slot)].short_points, 0);
        assert_eq!(
            (after.pool.reserved_collateral, after.pool.pool_cash),
            (before.pool.reserved_collateral, before.pool.pool_cash)
        );
        assert_eq!(after.pool.fees_due, before.pool.fees_due);
        assert_eq!(earned(&world, CLASSIC), 0);
        let account = world.account("alice", CLASSIC);
        assert_eq!((account.cash, account.open_orders), ((left + TIP) as i64, 0));
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
    let event = cancelled(&commit_for(&mut world, CLASSIC, "alice", number, None).ok());
    assert_eq!((event.reason, event.keeper_account), (CancelReason::Expired, None));
    assert_eq!(world.cash("alice", CLASSIC), cash + TIP as i64);
}

/// a5: a keeper retires a series that nobody uses, and must not earn the tips of the orders on it by that.
#[test]
fn audit_a5_an_order_on_an_option_that_is_not_listed_waits_and_its_tip_is_nobodys() {
    // SETUP: alice's order is on an option whose series is retired.
    let (mut world, _) = scene(CLASSIC);
    let higher = world.list(CLASSIC, BTC, false, 110_000);
    let number = place_plain(&mut world, higher, TENTH);
    world.pass(1);
    let keys = world.pools[CLASSIC];
    world.send(build::retire_series(&keys, higher)).ok();

    // TEST: the order waits, also when another series takes the slot.
    refuse(&mut world, CLASSIC, number, EvergreenError::OptionNotListed);
    let other = world.list(CLASSIC, BTC, false, 120_000);
    assert_eq!(other.slot, higher.slot);
    refuse(&mut world, CLASSIC, number, EvergreenError::OptionNotListed);
    assert_eq!((earned(&world, CLASSIC), world.view(CLASSIC).pool.tips_due), (0, TIP));

    // When the option is listed again, wherever, the order is executed on it.
    let again = world.list(CLASSIC, BTC, false, 110_000);
    assert_ne!(again, higher);
    execute(&mut world, CLASSIC, "alice", number).ok();
    let view = world.view(CLASSIC);
    let alice = world.account_key("alice", CLASSIC);
    assert_eq!([again, other].map(|series| view.held(&alice, series)), [TENTH, 0]);
    assert_eq!(earned(&world, CLASSIC), TIP as i64);
}

#[test]
fn an_order_on_an_exercised_option_waits_unless_its_trade_is_committed() {
    // SETUP: two orders sell alice's call. One of them is committed when the call is exercised.
    let (mut world, call) = scene(CLASSIC);
    world.trade("alice", CLASSIC, &[(call, 2 * TENTH)]).ok();
    let sell = OrderTerms { reduce_only: true, ..terms(&world, call, -TENTH) };
    let (first, second) =
        (place(&mut world, CLASSIC, "alice", sell.clone()), place(&mut world, CLASSIC, "alice", sell));
    world.pass(1);
    commit(&mut world, CLASSIC, "alice", first).ok();
    world.wait_for_fill();
    world.set_price(BTC, 120_000);
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    world.send(build::exercise_series(&keys, call, &btc)).ok();

    // TEST
    let outcome = fill(&mut world, CLASSIC, "alice", first).ok();
    let (trade, order) = (not_filled(&outcome), cancelled(&outcome));
    // An eighth of the keeper's stake pays for the capacity, alice pays nothing, and her tip comes back.
    assert_eq!((trade.reason, trade.fee, order.reason), (CancelReason::Exercised, 416_667, CancelReason::Exercised));
    assert_eq!((order.tip, order.keeper_account, earned(&world, CLASSIC)), (TIP, None, -416_667));
    assert!(!world.account("alice", CLASSIC).commitment.is_open());
    refuse(&mut world, CLASSIC, second, EvergreenError::OptionNotListed);
    assert!(exists(&world, CLASSIC, "alice", second));
}

#[test]
fn an_order_that_is_not_filled_in_time_waits_on_and_costs_the_stake() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    world.pass(1);
    commit(&mut world, CLASSIC, "alice", number).ok();
    let cash = world.cash("alice", CLASSIC) + world.account("alice", CLASSIC).commitment.bond as i64;
    world.wait_for_fill();
    // The first price after the commitment stays, and nobody uses it in time.
    let window = world.view(CLASSIC).pool.params.fill_window;
    world.chain.pass(window.into());
    let outcome = fill(&mut world, CLASSIC, "alice", number).ok();
    let trade = not_filled(&outcome);
    assert_eq!((trade.reason, trade.error, trade.fee), (CancelReason::Lapsed, 0, trade.stake));
    assert!(trade.fee > 0);
    assert_eq!(world.cash("alice", CLASSIC), cash);
    assert_eq!((world.view(CLASSIC).pool.tips_due, earned(&world, CLASSIC)), (TIP, -(trade.stake as i64)));
    assert_eq!(world.account("alice", CLASSIC).open_orders, 1);
}

#[test]
fn an_order_that_nobody_has_a_price_for_ends_after_ten_minutes() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    world.pass(1);
    commit(&mut world, CLASSIC, "alice", number).ok();
    let [alice, keeper] = ["alice", "keeper"].map(|who| world.account_key(who, CLASSIC));
    let order = Some((number, world.chain.payer));
    let end = build::fill_trade(&world.pools[CLASSIC], alice, Some(keeper), order, &[]);
    world.pass(10 * 60 - 1);
    world.refused(end.clone(), EvergreenError::MarketAccountMissing);
    world.pass(1);
    let outcome = world.send(end).ok();
    let trade = not_filled(&outcome);
    assert_eq!((trade.reason, trade.fee), (CancelReason::Abandoned, trade.stake));
    assert!(trade.fee > 0);
    assert_eq!((world.view(CLASSIC).pool.tips_due, earned(&world, CLASSIC)), (TIP, -(trade.stake as i64)));
    assert!(!world.account("alice", CLASSIC).commitment.is_open());
}

/// a12: an order outlives the dismissal of the delegate who has placed it.
#[test]
fn audit_a12_an_order_of_a_dismissed_delegate_is_cancelled() {
    // SETUP: alice's delegate and alice herself have an order each.
    let (mut world, call) = scene(CLASSIC);
    let alice = world.account_key("alice", CLASSIC);
    world.send(build::set_delegate(actor("alice"), alice, Some(actor("bot")), u64::MAX)).ok();
    let free = OrderTerms { tip: 0, ..terms(&world, call, TENTH) };
    let (of_bot, outcome) = place_as(&mut world, CLASSIC, "bot", "alice", free);
    outcome.ok();
    let of_alice = place_plain(&mut world, call, TENTH);

    // TEST: whoever is her delegate afterwards, the dismissed one's order is over.
    world.send(build::set_delegate(actor("alice"), alice, Some(actor("dora")), u64::MAX)).ok();
    world.pass(1);
    let event = cancelled(&commit_for(&mut world, CLASSIC, "alice", of_bot, None).ok());
    assert_eq!((event.reason, event.keeper_account), (CancelReason::DelegateDismissed, None));
    assert!(!exists(&world, CLASSIC, "alice", of_bot));
    execute(&mut world, CLASSIC, "alice", of_alice).ok();
    assert_eq!(world.view(CLASSIC).held(&alice, call), TENTH);
}

#[test]
fn a_committed_order_cannot_be_cancelled() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    world.pass(1);
    commit(&mut world, CLASSIC, "alice", number).ok();
    let (keys, alice, payer) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC), world.chain.payer);
    let cancel = build::cancel_order(actor("alice"), &keys, alice, number, payer);
    world.refused(cancel.clone(), EvergreenError::CommitmentOpen);
    world.wait_for_fill();
    world.refused(cancel, EvergreenError::CommitmentOpen);
    fill(&mut world, CLASSIC, "alice", number).ok();
    assert_eq!(world.view(CLASSIC).held(&alice, call), TENTH);
}

#[test]
fn owner_and_delegate_cancel_whatever_is_paused() {
    let (mut world, call) = scene(CLASSIC);
    let alice = world.account_key("alice", CLASSIC);
    world.send(build::set_delegate(actor("alice"), alice, Some(actor("bot")), u64::MAX)).ok();
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
    // What the owner has placed may guard the account.
    world.refused(build::cancel_order(actor("bot"), &keys, alice, first, payer), EvergreenError::Unauthorized);
    let event = cancelled(&world.send(build::cancel_order(actor("bot"), &keys, alice, second, payer)).ok());
    assert_eq!((event.reason, event.tip), (CancelReason::Requested, 0));
    world.send(build::cancel_order(actor("alice"), &keys, alice, first, payer)).ok();
    assert_eq!(world.cash("alice", CLASSIC), 100 * TOKEN as i64, "everything is back");
}
