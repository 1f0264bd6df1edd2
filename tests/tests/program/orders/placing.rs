//! Which orders are taken, and what a tip may be.

use super::{TENTH, execute_for, place, place_as, place_plain, scene, terms};
use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{Action, MAX_ORDERS, OrderTerms, SeriesId, Trigger},
    },
    instruction as build,
};
use evergreen_tests::{CLASSIC, STOCK, World, chain::actor, world::TOKEN};

/// Alice's world with a delegate, and an order of hers that would be taken.
fn delegated() -> (World, SeriesId, OrderTerms) {
    let (mut world, call) = scene(CLASSIC);
    let alice = world.account_key("alice", CLASSIC);
    world.send(build::set_delegate(actor("alice"), alice, Some(actor("bot")))).ok();
    let good = terms(&world, call, TENTH);
    (world, call, good)
}

/// What it is, who signs, the order, why it is not taken.
type Case = (&'static str, &'static str, OrderTerms, EvergreenError);

#[track_caller]
fn assert_not_placed(world: &mut World, cases: impl IntoIterator<Item = Case>) {
    for (name, signer, order, error) in cases {
        let (_, outcome) = place_as(world, CLASSIC, signer, "alice", order);
        assert_eq!(outcome.code, Some(error as u32 + 6_000), "{name}: {}", outcome.log());
    }
}

#[test]
fn orders_without_sensible_legs_are_not_placed() {
    let (mut world, call, good) = delegated();
    let unknown = SeriesId { slot: call.slot, generation: call.generation + 1 };
    let leg = good.legs[0];
    let cases = [
        ("no leg", "alice", OrderTerms { legs: vec![], ..good.clone() }, EvergreenError::LegCount),
        (
            "no size",
            "alice",
            OrderTerms { legs: vec![Leg { points: 0, ..leg }], ..good.clone() },
            EvergreenError::LegZero,
        ),
        ("one series twice", "alice", OrderTerms { legs: vec![leg, leg], ..good.clone() }, EvergreenError::LegRepeated),
        (
            "two legs that reduce",
            "alice",
            OrderTerms {
                legs: vec![leg, Leg { series: SeriesId { slot: 9, ..call }, ..leg }],
                reduce_only: true,
                ..good.clone()
            },
            EvergreenError::LegCount,
        ),
        (
            "another generation",
            "alice",
            OrderTerms { legs: vec![Leg { series: unknown, ..leg }], ..good.clone() },
            EvergreenError::UnknownSeries,
        ),
    ];
    assert_not_placed(&mut world, cases);
}

#[test]
fn orders_without_a_sensible_condition_are_not_placed() {
    let (mut world, _, good) = delegated();
    let cases = [
        ("no condition", "alice", OrderTerms { trigger: None, ..good.clone() }, EvergreenError::OrderUnconditional),
        (
            "no such underlying",
            "alice",
            OrderTerms { trigger: Some(Trigger { underlying: 2, above: true, price: 1 }), ..good.clone() },
            EvergreenError::UnknownUnderlying,
        ),
        (
            "a price beyond 2^63",
            "alice",
            OrderTerms { trigger: Some(Trigger { underlying: 0, above: true, price: 1 << 63 }), ..good.clone() },
            EvergreenError::Overflow,
        ),
    ];
    assert_not_placed(&mut world, cases);
}

#[test]
fn orders_that_are_over_or_last_too_long_are_not_placed() {
    let (mut world, _, good) = delegated();
    let now = world.chain.now();
    let cases = [
        ("over already", "alice", OrderTerms { expires_at: now, ..good.clone() }, EvergreenError::OrderExpiry),
        (
            "too long",
            "alice",
            OrderTerms { expires_at: now + OrderTerms::MAX_LIFE + 1, ..good.clone() },
            EvergreenError::OrderExpiry,
        ),
    ];
    assert_not_placed(&mut world, cases);
}

#[test]
fn orders_and_tips_of_those_who_may_not_are_not_placed() {
    let (mut world, _, good) = delegated();
    let cases = [
        ("a stranger", "mallory", good.clone(), EvergreenError::Unauthorized),
        ("a delegate's tip", "bot", good.clone(), EvergreenError::TipByDelegate),
        (
            "a tip beyond cash",
            "alice",
            OrderTerms { tip: 100 * TOKEN + 1, ..good.clone() },
            EvergreenError::InsufficientCash,
        ),
    ];
    assert_not_placed(&mut world, cases);
}

#[test]
fn an_account_has_so_many_orders_and_does_not_close_with_one() {
    let (mut world, call) = scene(CLASSIC);
    let order = OrderTerms { tip: 0, ..terms(&world, call, TENTH) };
    for _ in 0..MAX_ORDERS {
        place(&mut world, CLASSIC, "alice", order.clone());
    }
    let (_, outcome) = place_as(&mut world, CLASSIC, "alice", "alice", order);
    evergreen_tests::assert_error(&outcome, EvergreenError::TooManyOrders);
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
    let (keys, alice, payer) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC), world.chain.payer);
    let close = build::close_margin_account(actor("alice"), &keys, alice);
    world.refused(close.clone(), EvergreenError::AccountNotEmpty);
    for number in 0..u64::from(MAX_ORDERS) {
        world.send(build::cancel_order(actor("alice"), &keys, alice, number, payer)).ok();
    }
    world.send(close).ok();
}

#[test]
fn a_tip_is_no_way_around_the_withdrawal_rule() {
    let (mut world, call) = scene(CLASSIC);
    world.trader("bob", CLASSIC, 100 * TOKEN);
    world.trade("bob", CLASSIC, &[(call, 10 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -10 * TENTH)]).ok();
    let all = OrderTerms { tip: world.cash("alice", CLASSIC) as u64, ..terms(&world, call, TENTH) };
    let (_, outcome) = place_as(&mut world, CLASSIC, "alice", "alice", all.clone());
    evergreen_tests::assert_error(&outcome, EvergreenError::InsufficientHealth);
    let (keys, alice, payer) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC), world.chain.payer);
    let blind = build::place_order(payer, actor("alice"), &keys, alice, 0, all.clone(), &[]);
    world.refused(blind, EvergreenError::MarketAccountMissing);
    world.send(build::set_pause(actor("guardian"), Action::WithdrawMargin, 3_600)).ok();
    let (_, outcome) = place_as(&mut world, CLASSIC, "alice", "alice", OrderTerms { tip: 1, ..all });
    evergreen_tests::assert_error(&outcome, EvergreenError::Paused);
}

#[test]
fn a_tip_goes_to_the_signers_account_of_the_same_pool() {
    let (mut world, call) = scene(CLASSIC);
    world.trader("keeper", STOCK, 0);
    let number = place_plain(&mut world, call, TENTH);
    world.pass(1);
    let (alice, elsewhere) = (world.account_key("alice", CLASSIC), world.account_key("keeper", STOCK));
    let none = execute_for(&mut world, CLASSIC, "alice", number, None);
    evergreen_tests::assert_error(&none, EvergreenError::KeeperAccountMissing);
    let own = execute_for(&mut world, CLASSIC, "alice", number, Some(alice));
    evergreen_tests::assert_error(&own, EvergreenError::SameAccount);
    let other_pool = execute_for(&mut world, CLASSIC, "alice", number, Some(elsewhere));
    evergreen_tests::assert_error(&other_pool, EvergreenError::WrongPool);
    world.trader("bob", CLASSIC, 0);
    let bob = world.account_key("bob", CLASSIC);
    let others = execute_for(&mut world, CLASSIC, "alice", number, Some(bob));
    evergreen_tests::assert_error(&others, EvergreenError::Unauthorized);
}
