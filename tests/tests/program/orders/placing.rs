//! Placement of orders: which orders are refused, and what a tip may be.

use super::{STAKE, TENTH, commit_for, place, place_as, scene, terms};
use evergreen_sdk::{
    evergreen::{
        OptionLeg,
        errors::EvergreenError,
        state::{Action, MAX_ORDERS, OptionId, OrderTerms, SeriesId, Trigger},
    },
    instruction as build,
};
use evergreen_tests::{CLASSIC, STOCK, World, chain::actor, world::TOKEN};

/// Returns a world in which alice has a delegate, a call, and the terms of an order that would be placed.
fn delegated() -> (World, SeriesId, OrderTerms) {
    let (mut world, call) = scene(CLASSIC);
    let alice = world.account_key("alice", CLASSIC);
    world.send(build::set_delegate(actor("alice"), alice, Some(actor("bot")), u64::MAX)).ok();
    let good = terms(&world, call, TENTH);
    (world, call, good)
}

/// The name of the case, the signer, the order, and the error with which it is refused.
type Case = (&'static str, &'static str, OrderTerms, EvergreenError);

#[track_caller]
fn assert_not_placed(world: &mut World, cases: impl IntoIterator<Item = Case>) {
    for (name, signer, order, error) in cases {
        let (_, outcome) = place_as(world, CLASSIC, signer, "alice", order);
        assert_eq!(outcome.code, Some(error as u32 + 6_000), "{name}: {}", outcome.log());
    }
}

#[test]
fn orders_with_invalid_legs_are_not_placed() {
    let (mut world, _, good) = delegated();
    let leg = good.legs[0];
    let unlisted = OptionLeg { option: OptionId { put: true, ..leg.option }, ..leg };
    let cases = [
        ("no leg", "alice", OrderTerms { legs: vec![], ..good.clone() }, EvergreenError::LegCount),
        (
            "no size",
            "alice",
            OrderTerms { legs: vec![OptionLeg { points: 0, ..leg }], ..good.clone() },
            EvergreenError::LegZero,
        ),
        ("one option twice", "alice", OrderTerms { legs: vec![leg, leg], ..good.clone() }, EvergreenError::LegRepeated),
        (
            "two legs that reduce",
            "alice",
            OrderTerms { legs: vec![leg, unlisted], reduce_only: true, ..good.clone() },
            EvergreenError::LegCount,
        ),
        (
            "an option that is not listed",
            "alice",
            OrderTerms { legs: vec![unlisted], ..good.clone() },
            EvergreenError::OptionNotListed,
        ),
    ];
    assert_not_placed(&mut world, cases);
}

#[test]
fn orders_without_a_valid_condition_are_not_placed() {
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
fn orders_that_have_expired_or_last_too_long_are_not_placed() {
    let (mut world, _, good) = delegated();
    let now = world.chain.now();
    let cases = [
        ("expired already", "alice", OrderTerms { expires_at: now, ..good.clone() }, EvergreenError::OrderExpiry),
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
fn orders_of_strangers_and_tips_beyond_right_or_cash_are_not_placed() {
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
fn an_account_has_a_greatest_number_of_orders_and_does_not_close_with_any() {
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
fn a_tip_is_subject_to_the_rules_of_withdrawals() {
    let (mut world, call) = scene(CLASSIC);
    world.trader("bob", CLASSIC, 100 * TOKEN);
    world.trade("bob", CLASSIC, &[(call, 10 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -10 * TENTH)]).ok();
    let all = OrderTerms { tip: world.cash("alice", CLASSIC) as u64, ..terms(&world, call, TENTH) };
    let (_, outcome) = place_as(&mut world, CLASSIC, "alice", "alice", all.clone());
    evergreen_tests::assert_error(&outcome, EvergreenError::InsufficientHealth);
    let (keys, alice, payer) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC), world.chain.payer);
    let number = world.account("alice", CLASSIC).next_order;
    let blind = build::place_order(payer, actor("alice"), &keys, alice, number, all.clone(), &[]);
    world.refused(blind, EvergreenError::MarketAccountMissing);
    world.send(build::set_pause(actor("guardian"), Action::WithdrawMargin, 3_600)).ok();
    let (_, outcome) = place_as(&mut world, CLASSIC, "alice", "alice", OrderTerms { tip: 1, ..all });
    evergreen_tests::assert_error(&outcome, EvergreenError::Paused);
}

#[test]
fn no_tip_is_promised_while_a_trade_is_committed() {
    let (mut world, call) = scene(CLASSIC);
    let commit = world.commit_instruction("alice", CLASSIC, &[(call, TENTH)]);
    world.send(commit).ok();
    let (tipped, free) = (terms(&world, call, TENTH), OrderTerms { tip: 0, ..terms(&world, call, TENTH) });
    let (_, outcome) = place_as(&mut world, CLASSIC, "alice", "alice", tipped.clone());
    evergreen_tests::assert_error(&outcome, EvergreenError::CommitmentOpen);
    place(&mut world, CLASSIC, "alice", free);
    world.wait_for_fill();
    world.fill("alice", CLASSIC).ok();
    place(&mut world, CLASSIC, "alice", tipped);
}

#[test]
fn the_stake_on_an_order_is_only_of_another_account_of_the_signer_in_the_same_pool() {
    // SETUP
    let (mut world, call) = scene(CLASSIC);
    world.trader("keeper", STOCK, STAKE);
    let order = terms(&world, call, TENTH);
    let number = place(&mut world, CLASSIC, "alice", order);
    world.pass(1);

    // TEST
    let (alice, elsewhere) = (world.account_key("alice", CLASSIC), world.account_key("keeper", STOCK));
    let none = commit_for(&mut world, CLASSIC, "alice", number, None);
    evergreen_tests::assert_error(&none, EvergreenError::KeeperAccountMissing);
    let own = commit_for(&mut world, CLASSIC, "alice", number, Some(alice));
    evergreen_tests::assert_error(&own, EvergreenError::SameAccount);
    let other_pool = commit_for(&mut world, CLASSIC, "alice", number, Some(elsewhere));
    evergreen_tests::assert_error(&other_pool, EvergreenError::WrongPool);
    world.trader("bob", CLASSIC, 0);
    let bob = world.account_key("bob", CLASSIC);
    let others = commit_for(&mut world, CLASSIC, "alice", number, Some(bob));
    evergreen_tests::assert_error(&others, EvergreenError::Unauthorized);
    let keeper = world.account_key("keeper", CLASSIC);
    commit_for(&mut world, CLASSIC, "alice", number, Some(keeper)).ok();
}
