//! Committed orders that the price does not fill: those that wait on, and those that have nothing to do any more.

use super::{
    DOLLAR, TENTH, TIP, commit, earned, execute, exists, fill, not_filled, place, place_plain, refuse, scene, terms,
};
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{Action, CancelReason, Commitment, OrderTerms},
    },
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, HOUR, Outcome, World, chain::actor, world::TOKEN};

/// Asserts that a commitment of alice's order was not filled for this reason, that the order waits on as it was, and that she has paid nothing: an
/// eighth of the stake of the keeper pays for what was reserved, unless the pool was stopped meanwhile.
#[track_caller]
fn assert_waits_on(world: &World, outcome: &Outcome, number: u64, reason: CancelReason) {
    let event = not_filled(outcome);
    assert_eq!((event.reason, event.tip, event.filler_account), (reason, 0, None));
    let due = if reason == CancelReason::Stopped { 0 } else { event.stake.div_ceil(8) };
    assert_eq!((event.fee, event.forfeited), (due, due));
    assert!(!outcome.events().iter().any(|e| matches!(e, Event::OrderCancelled(_) | Event::LegFilled(_))));
    assert!(earned(world, CLASSIC) <= -i64::try_from(due).expect("little"));
    assert_eq!(world.view(CLASSIC).pool.tips_due, TIP);
    let account = world.account("alice", CLASSIC);
    assert_eq!((account.open_orders, account.commitment.is_open()), (1, false));
    let orders = world.view(CLASSIC).orders;
    assert!(orders.values().any(|order| order.number == number && !order.committed));
}

#[test]
fn an_order_whose_limit_fails_at_its_price_waits_on_and_is_committed_again() {
    // SETUP: the limit is what the call costs at 100,000.
    let (mut world, call) = scene(CLASSIC);
    let net = |e: &Event| if let Event::Traded(e) = e { Some(e.net) } else { None };
    let min_net = world.preview_trade("alice", CLASSIC, &[(call, TENTH)]).ok().event(net);
    let limit = OrderTerms { min_net, trigger: None, ..terms(&world, call, TENTH) };
    let number = place(&mut world, CLASSIC, "alice", limit);
    let cash = world.cash("alice", CLASSIC);
    world.pass(1);

    // TEST: the price that fills the trade is a higher one.
    commit(&mut world, CLASSIC, "alice", number).ok();
    world.wait_for_fill();
    world.set_price(BTC, 100_100);
    let outcome = fill(&mut world, CLASSIC, "alice", number).ok();
    assert_waits_on(&world, &outcome, number, CancelReason::Limit);
    assert_eq!(not_filled(&outcome).error, u32::from(EvergreenError::LimitExceeded));
    assert_eq!(world.cash("alice", CLASSIC), cash);
    // It rests for a while, in which its account is free.
    refuse(&mut world, CLASSIC, number, EvergreenError::OrderPriceTooEarly);
    world.pass(Commitment::REST + 1);
    refuse(&mut world, CLASSIC, number, EvergreenError::LimitExceeded);
    world.set_price(BTC, 100_000);
    execute(&mut world, CLASSIC, "alice", number).ok();
    assert_eq!(world.cash("alice", CLASSIC), cash + min_net);
    assert_eq!(earned(&world, CLASSIC), TIP as i64 - not_filled(&outcome).forfeited as i64);
}

#[test]
fn an_order_waits_on_where_its_price_is_too_late_or_uncertain_or_the_pool_is_stopped() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    let params = world.view(CLASSIC).pool.params;
    world.pass(1);

    // The first price is published one second after the last one that fills.
    commit(&mut world, CLASSIC, "alice", number).ok();
    world.pass(i64::from(params.fill_delay + params.fill_window) + 1);
    let outcome = fill(&mut world, CLASSIC, "alice", number).ok();
    assert_waits_on(&world, &outcome, number, CancelReason::PriceTooLate);

    // The first price is far from the EMA price.
    world.pass(Commitment::REST + 1);
    commit(&mut world, CLASSIC, "alice", number).ok();
    world.wait_for_fill();
    world.edit_price(BTC, |price| price.price = 108_000 * DOLLAR as i64);
    let outcome = fill(&mut world, CLASSIC, "alice", number).ok();
    assert_waits_on(&world, &outcome, number, CancelReason::PriceUncertain);

    // The guardian pauses what adds risk.
    world.pass(Commitment::REST + 1);
    world.set_price(BTC, 100_000);
    world.send(build::set_pause(actor("guardian"), Action::AddRisk, 3_600)).ok();
    refuse(&mut world, CLASSIC, number, EvergreenError::Paused);

    world.pass(HOUR);
    execute(&mut world, CLASSIC, "alice", number).ok();
    assert_eq!(world.view(CLASSIC).held(&world.account_key("alice", CLASSIC), call), TENTH);
}

#[test]
fn at_the_last_moment_an_order_is_still_filled() {
    let (mut world, call) = scene(CLASSIC);
    let number = place_plain(&mut world, call, TENTH);
    let params = world.view(CLASSIC).pool.params;
    world.pass(1);
    commit(&mut world, CLASSIC, "alice", number).ok();
    world.pass(i64::from(params.fill_delay + params.fill_window));
    fill(&mut world, CLASSIC, "alice", number).ok();
    assert_eq!(world.view(CLASSIC).held(&world.account_key("alice", CLASSIC), call), TENTH);
}

#[test]
fn a_committed_order_that_only_reduces_never_opens() {
    // SETUP: alice holds a call and keeps no cash, so that funding makes her account liquidatable.
    let (mut world, call) = scene(CLASSIC);
    world.trader("bob", CLASSIC, 2 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, TENTH)]).ok();
    let stop = OrderTerms { reduce_only: true, ..terms(&world, call, -TENTH) };
    let number = place(&mut world, CLASSIC, "alice", stop);
    let cash = world.cash("alice", CLASSIC);
    world.withdraw("alice", CLASSIC, cash.unsigned_abs()).ok();
    world.pass(HOUR);

    // TEST: the keeper commits the sale, and liquidates part of the position before it is filled.
    commit(&mut world, CLASSIC, "alice", number).ok();
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let [alice, keeper] = ["alice", "keeper"].map(|who| world.account_key(who, CLASSIC));
    let legs = vec![Leg { series: call, points: -TENTH }];
    world.send(build::liquidate(actor("keeper"), &keys, alice, keeper, legs, &feeds)).ok();
    let (left, before) = (world.view(CLASSIC).held(&alice, call), earned(&world, CLASSIC));
    assert!((0..TENTH).contains(&left), "{left} points left");
    let stake = world.account("alice", CLASSIC).commitment.stake as i64;
    world.wait_for_fill();
    let outcome = fill(&mut world, CLASSIC, "alice", number).ok();

    // CHECK: the order is over, and has sold what is left and written nothing.
    let sold = outcome.event(|e| if let Event::LegFilled(e) = e { Some(e.points) } else { None });
    assert_eq!(sold, -left);
    assert_eq!(world.view(CLASSIC).held(&alice, call), 0);
    assert_eq!(earned(&world, CLASSIC), before + stake + TIP as i64);
    assert!(!exists(&world, CLASSIC, "alice", number));
}
