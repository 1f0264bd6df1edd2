//! Debts of accounts whose positions cover them: they limit how much may leave now, and move nobody's price.

use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, Setup, World, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

fn world_with(insurance: u64) -> World {
    let mut setup = Setup::flat();
    setup.insurance = insurance;
    World::new(setup)
}

/// Mallory's two accounts: "y" holds a deep call and has written another, which "x" holds.
fn mallory(world: &mut World) -> SeriesId {
    let deep = world.list_tenor(CLASSIC, BTC, false, 75_000, 30);
    let near = world.list_tenor(CLASSIC, BTC, false, 90_000, 7);
    world.trader("x", CLASSIC, 400 * TOKEN);
    world.trader("y", CLASSIC, 203 * TOKEN);
    world.trade("x", CLASSIC, &[(near, 33 * TENTH)]).ok();
    world.trade("y", CLASSIC, &[(near, -33 * TENTH), (deep, 36 * TENTH)]).ok();
    near
}

/// Alice has written a call against a higher one; the price passes the cap of the written one, and she owes more than her cash.
fn spread_with_exercised_short(world: &mut World) -> SeriesId {
    let low = world.list(CLASSIC, BTC, false, 95_000);
    let high = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("bob", CLASSIC, 200 * TOKEN);
    world.trader("alice", CLASSIC, 60 * TOKEN);
    world.trade("bob", CLASSIC, &[(low, 25 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(low, -25 * TENTH), (high, 25 * TENTH)]).ok();
    world.set_price(BTC, 114_000);
    let keys = world.pools[CLASSIC];
    world.send(build::exercise_series(&keys, low, &world.feeds[BTC].accounts)).ok();
    world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();
    let pool = world.view(CLASSIC).pool;
    assert!(pool.debts > 50 * TOKEN && pool.bad_debts == 0, "debts {}, bad {}", pool.debts, pool.bad_debts);
    high
}

/// What one share of a withdrawal was paid, times a billion.
fn paid_per_billion(shares: u64, amount: u64) -> u64 {
    (u128::from(amount) * 1_000_000_000 / u128::from(shares)).try_into().expect("a price")
}

#[test]
fn audit_b1_auto_deleverage_makes_no_debt() {
    let mut world = world_with(100 * TOKEN);
    let near = mallory(&mut world);
    let sell = world.trade_instruction("x", CLASSIC, &[(near, -33 * TENTH)]);
    let y = world.account_key("y", CLASSIC);
    let points = (33 * TENTH) as u64;
    let close = build::auto_deleverage(actor("x"), &world.pools[CLASSIC], y, near, points, &world.markets());
    assert_error(&world.send_all(&[sell.clone(), close.clone()]), EvergreenError::InsufficientCash);
    world.send(sell).ok();
    world.refused(close, EvergreenError::InsufficientCash);
    assert_eq!(world.view(CLASSIC).pool.debts, 0);
}

#[test]
fn audit_b1_a_request_beside_a_covered_debt_keeps_its_worth() {
    let mut world = world_with(100 * TOKEN);
    spread_with_exercised_short(&mut world);
    let shares = world.shares("insurer", CLASSIC, ShareClass::Insurance);
    let assets = world.view(CLASSIC).pool.insurance_assets().expect("a sum").0;
    world.request("insurer", CLASSIC, ShareClass::Insurance, shares);
    let withdrawal = world.view(CLASSIC).withdrawals.values().next().expect("hers").clone();
    assert!(withdrawal.worth_at_request > assets - 10 && withdrawal.worth_at_request <= assets);
}

#[test]
fn audit_b1_a_covered_debt_limits_how_much_insurance_leaves_and_not_at_what_price() {
    let mut world = world_with(100 * TOKEN);
    let shares = world.shares("insurer", CLASSIC, ShareClass::Insurance);
    let number = world.request("insurer", CLASSIC, ShareClass::Insurance, shares);
    world.pass(7 * DAY);
    let high = spread_with_exercised_short(&mut world);
    let before = world.view(CLASSIC).pool;

    // TEST: what accounts owe stays; the rest leaves at the price without the debt.
    world.execute(CLASSIC, ShareClass::Insurance, number).ok();
    let during = world.view(CLASSIC).pool;
    let (burnt, paid) = (before.insurance.total - during.insurance.total, during.insurance_withdrawals_due);
    assert!(burnt > 0 && burnt < shares, "{burnt} of {shares}");
    assert!(paid <= before.insurance_assets().expect("a sum").0 - before.debts, "what is owed stays");
    let full = paid_per_billion(shares, 100 * TOKEN);
    assert!(paid_per_billion(burnt, paid) >= full - 2, "{paid} for {burnt}");

    // The debt is paid: the rest leaves.
    world.trade("alice", CLASSIC, &[(high, -25 * TENTH)]).ok();
    assert_eq!(world.view(CLASSIC).pool.debts, 0);
    for _ in 0..30 {
        world.pass(DAY);
        let _ = world.execute(CLASSIC, ShareClass::Insurance, number);
    }
    let paid = world.view(CLASSIC).pool.insurance_withdrawals_due;
    assert!(paid >= 100 * TOKEN - 100, "in the end she has {paid}");
}

#[test]
fn audit_b1_a_leaver_of_the_main_class_is_paid_the_same_beside_a_covered_debt() {
    let mut paid = Vec::new();
    for sold_first in [false, true] {
        let mut setup = Setup::flat();
        setup.insurance = 10 * TOKEN;
        let mut world = World::new(setup);
        world.provide("vera", CLASSIC, ShareClass::Main, 1_000 * TOKEN).ok();
        let shares = world.shares("vera", CLASSIC, ShareClass::Main) / 4;
        let number = world.request("vera", CLASSIC, ShareClass::Main, shares);
        world.pass(DAY);
        let high = spread_with_exercised_short(&mut world);
        if sold_first {
            world.trade("alice", CLASSIC, &[(high, -25 * TENTH)]).ok();
        }
        let before = world.view(CLASSIC).pool.main.total;
        world.execute(CLASSIC, ShareClass::Main, number).ok();
        let pool = world.view(CLASSIC).pool;
        paid.push(paid_per_billion(before - pool.main.total, pool.withdrawals_due));
    }
    // The sale itself pays the pool a fee, which belongs to all shares.
    let difference = paid[0].abs_diff(paid[1]);
    assert!(difference * 1_000 <= paid[1], "{paid:?}");
}

#[test]
fn audit_b1_a_debt_that_nothing_covers_is_absorbed_before_anybody_comes_or_leaves() {
    // SETUP: bob has written, the price jumps beyond all margin, he is liquidated.
    let mut world = world_with(100 * TOKEN);
    let shares = world.shares("insurer", CLASSIC, ShareClass::Insurance);
    let number = world.request("insurer", CLASSIC, ShareClass::Insurance, shares / 4);
    world.pass(7 * DAY);
    let call = world.list(CLASSIC, BTC, false, 110_000);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trader("bob", CLASSIC, 4 * TOKEN);
    world.trader("keeper", CLASSIC, 0);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    world.set_price(BTC, 131_000);
    let (keys, bob, keeper) =
        (world.pools[CLASSIC], world.account_key("bob", CLASSIC), world.account_key("keeper", CLASSIC));
    let legs = vec![evergreen_sdk::evergreen::Leg { series: call, points: TENTH }];
    world.send(build::liquidate(actor("keeper"), &keys, bob, keeper, legs, &world.markets())).ok();
    let pool = world.view(CLASSIC).pool;
    assert!(pool.bad_debts > 0 && pool.bad_debts == pool.debts);

    // TEST
    let execute = build::execute_withdrawal(&keys, ShareClass::Insurance, number, &[]);
    world.refused(execute.clone(), EvergreenError::BadDebtPending);
    for class in [ShareClass::Main, ShareClass::Insurance] {
        assert_error(&world.provide("vera", CLASSIC, class, TOKEN), EvergreenError::BadDebtPending);
    }
    world.send(build::absorb_bad_debt(&keys, bob)).ok();
    assert_eq!(world.view(CLASSIC).pool.bad_debts, 0);
    world.send(execute).ok();
    world.provide("vera", CLASSIC, ShareClass::Insurance, TOKEN).ok();
}
