//! Debts of accounts. A debt that positions cover limits how much insurance may leave now, and changes no price of shares; a bad debt
//! lowers that price.

use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, Setup, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

fn world_with(insurance: u64) -> World {
    let mut setup = Setup::flat();
    setup.insurance = insurance;
    World::new(setup)
}

/// Opens mallory's two accounts: "y" holds a deep call and has written another, which "x" holds. Returns the deep and the written call.
fn mallory(world: &mut World) -> (SeriesId, SeriesId) {
    let deep = world.list_tenor(CLASSIC, BTC, false, 75_000, 30);
    let near = world.list_tenor(CLASSIC, BTC, false, 90_000, 7);
    world.trader("x", CLASSIC, 400 * TOKEN);
    world.trader("y", CLASSIC, 203 * TOKEN);
    world.trade("x", CLASSIC, &[(near, 33 * TENTH)]).ok();
    world.trade("y", CLASSIC, &[(near, -33 * TENTH), (deep, 36 * TENTH)]).ok();
    (deep, near)
}

/// Alice writes a call and holds a higher one; the written one is exercised, and she owes more than her cash. Returns the higher call.
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

/// Returns what a billion shares of a withdrawal were paid, in native units, rounded down.
fn paid_per_billion(shares: u64, amount: u64) -> u64 {
    (u128::from(amount) * 1_000_000_000 / u128::from(shares)).try_into().expect("a price")
}

#[test]
fn audit_b1_a_debt_made_at_will_moves_no_price_and_is_called_in_by_anyone() {
    let mut world = world_with(100 * TOKEN);
    let (deep, near) = mallory(&mut world);
    let commit = world.commit_instruction("x", CLASSIC, &[(near, -33 * TENTH)]);
    world.send(commit).ok();
    world.wait_for_fill();
    let sell = world.fill_instruction("x", CLASSIC);
    let y = world.account_key("y", CLASSIC);
    world.send(sell).ok();
    world.deleverage_after_notice("y", CLASSIC, near, 33 * TENTH).ok();
    let pool = world.view(CLASSIC).pool;
    assert!(pool.debts > 90 * TOKEN && pool.bad_debts == 0, "debts {}, bad {}", pool.debts, pool.bad_debts);
    let shares = world.shares("insurer", CLASSIC, ShareClass::Insurance);
    world.request("insurer", CLASSIC, ShareClass::Insurance, shares);
    let withdrawal = world.view(CLASSIC).withdrawals.values().next().expect("theirs").clone();
    assert!(withdrawal.worth_at_request >= 100 * TOKEN - 10);

    // TEST: anyone sells as much of the deep call as covers the debt.
    let call_in = build::close_for_cash(actor("keeper"), &world.pools[CLASSIC], y, deep, &world.markets());
    world.send(call_in.clone()).ok();
    let (cash, debts) = (world.cash("y", CLASSIC), world.view(CLASSIC).pool.debts);
    assert!(debts == 0 && (0..100).contains(&cash), "cash {cash}, debts {debts}");
    assert!(world.view(CLASSIC).held(&y, deep) > 0, "no more is sold than the debt needs");
    world.refused(call_in, EvergreenError::NothingOwed);
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

    // TEST: the amount that accounts owe stays in the pool; the rest is paid at the price that shares have without the debt.
    world.execute(CLASSIC, ShareClass::Insurance, number).ok();
    let during = world.view(CLASSIC).pool;
    let (burnt, paid) = (before.insurance.total - during.insurance.total, during.insurance_withdrawals_due);
    assert!(burnt > 0 && burnt < shares, "{burnt} of {shares}");
    assert!(paid <= before.insurance_assets().expect("a sum").0 - before.debts, "the amount of the debts stays");
    let full = paid_per_billion(shares, 100 * TOKEN);
    assert!(paid_per_billion(burnt, paid) >= full - 2, "{paid} for {burnt}");

    // When the debt is paid, the rest of the withdrawal is paid too.
    world.trade("alice", CLASSIC, &[(high, -25 * TENTH)]).ok();
    assert_eq!(world.view(CLASSIC).pool.debts, 0);
    for _ in 0..30 {
        world.pass(DAY);
        let _ = world.execute(CLASSIC, ShareClass::Insurance, number);
    }
    let paid = world.view(CLASSIC).pool.insurance_withdrawals_due;
    assert!(paid >= 100 * TOKEN - 100, "in the end {paid} is paid");
}

#[test]
fn audit_b1_a_withdrawal_of_the_main_class_is_paid_the_same_beside_a_covered_debt() {
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
    // The sale pays the pool a fee, of which every share has a part; so the two may differ by a thousandth.
    let difference = paid[0].abs_diff(paid[1]);
    assert!(difference * 1_000 <= paid[1], "{paid:?}");
}

/// Two insurers provide a hundred tokens each; a jump leaves a writer deep in debt, who is liquidated down to `left` points. Returns
/// the number of an insurer's withdrawal, whose cooldown is over.
fn insolvent_writer(left: i64) -> (World, u64) {
    let mut world = world_with(100 * TOKEN);
    world.provide("vera", CLASSIC, ShareClass::Insurance, 100 * TOKEN).ok();
    let shares = world.shares("vera", CLASSIC, ShareClass::Insurance);
    let number = world.request("vera", CLASSIC, ShareClass::Insurance, shares / 4);
    world.pass(7 * DAY);
    let call = world.list(CLASSIC, BTC, false, 110_000);
    world.trader("alice", CLASSIC, 400 * TOKEN);
    world.trader("bob", CLASSIC, 80 * TOKEN);
    world.trader("keeper", CLASSIC, 0);
    world.trade("alice", CLASSIC, &[(call, 20 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -20 * TENTH)]).ok();
    crate::attacks::withdraw_spare(&mut world, "bob", CLASSIC);
    world.set_price(BTC, 131_000);
    let (keys, bob, keeper) =
        (world.pools[CLASSIC], world.account_key("bob", CLASSIC), world.account_key("keeper", CLASSIC));
    let legs = vec![Leg { series: call, points: 20 * TENTH - left }];
    world.send(build::liquidate(actor("keeper"), &keys, bob, keeper, legs, &world.markets())).ok();
    (world, number)
}

#[test]
fn audit_b1_a_bad_debt_lowers_what_a_withdrawal_is_paid() {
    let mut paid = Vec::new();
    for absorb_first in [false, true] {
        let (mut world, number) = insolvent_writer(0);
        let pool = world.view(CLASSIC).pool;
        assert!(pool.bad_debts > 10 * TOKEN && pool.bad_debts == pool.debts, "bad debts {}", pool.bad_debts);
        if absorb_first {
            let bob = world.account_key("bob", CLASSIC);
            world.send(build::absorb_bad_debt(&world.pools[CLASSIC], bob)).ok();
            assert_eq!(world.view(CLASSIC).pool.bad_debts, 0);
        }
        world.execute(CLASSIC, ShareClass::Insurance, number).ok();
        paid.push(world.view(CLASSIC).pool.insurance_withdrawals_due);
    }
    assert_eq!(paid[0], paid[1], "the withdrawal is paid the same before and after the debt is absorbed");
    assert!(paid[0] < 24 * TOKEN, "{}", paid[0]);
}

#[test]
fn audit_b9_a_point_left_open_hides_no_loss() {
    let mut paid = Vec::new();
    for left in [0, 1] {
        let (mut world, number) = insolvent_writer(left);
        world.execute(CLASSIC, ShareClass::Insurance, number).ok();
        paid.push(world.view(CLASSIC).pool.insurance_withdrawals_due);
    }
    assert!(paid[1].abs_diff(paid[0]) < 10_000, "{paid:?}");
}

#[test]
fn audit_b9_bad_debts_of_a_few_units_stop_no_deposit_or_withdrawal() {
    // SETUP: mallory buys one point with all her cash; funding puts her in debt by a few units, and a second key liquidates her.
    let mut setup = Setup::flat();
    (setup.insurance, setup.pool.fill_tip) = (100 * TOKEN, 0);
    let mut world = World::new(setup);
    let shares = world.shares("lp", CLASSIC, ShareClass::Main);
    let number = world.request("lp", CLASSIC, ShareClass::Main, shares / 8);
    world.pass(DAY);
    let call = world.list_tenor(CLASSIC, BTC, false, 130_000, 1);
    world.trader("bob", CLASSIC, TOKEN);
    world.trade("bob", CLASSIC, &[(call, 1)]).ok();
    world.trader("mallory", CLASSIC, 3);
    world.trader("keeper", CLASSIC, 0);
    world.trade("mallory", CLASSIC, &[(call, 1)]).ok();
    let cash = world.cash("mallory", CLASSIC);
    if cash > 0 {
        world.withdraw("mallory", CLASSIC, cash as u64).ok();
    }
    world.pass(3_600);
    let (keys, keeper) = (world.pools[CLASSIC], world.account_key("keeper", CLASSIC));
    let mallory = world.account_key("mallory", CLASSIC);
    let legs = vec![Leg { series: call, points: -1 }];
    world.send(build::liquidate(actor("keeper"), &keys, mallory, keeper, legs, &world.markets())).ok();
    let bad = world.view(CLASSIC).pool.bad_debts;
    assert!(bad > 0 && bad < 100, "{bad}");

    // TEST: a withdrawal of the main class is executed, and both classes take deposits.
    world.execute(CLASSIC, ShareClass::Main, number).ok();
    for class in [ShareClass::Main, ShareClass::Insurance] {
        world.provide("vera", CLASSIC, class, TOKEN).ok();
    }
}
