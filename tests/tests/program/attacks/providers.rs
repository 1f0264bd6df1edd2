//! What providers of liquidity can do by choosing when to deposit and when to withdraw: they take nothing from the others.

use super::{TENTH, leave, withdraw_spare};
use crate::stories::liquidate;
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::ShareClass},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, World, assert_error,
    world::{DOLLAR, TOKEN},
};

#[test]
fn a53_a_deposit_before_a_known_gain_has_no_part_in_it() {
    let back = |price_and_average: [i64; 2]| {
        // SETUP: traders hold many calls, and the price has fallen.
        let mut world = World::flat();
        let call = world.list(CLASSIC, BTC, false, 100_000);
        world.trader("alice", CLASSIC, 500 * TOKEN);
        world.trade("alice", CLASSIC, &[(call, 50 * TENTH)]).ok();
        let dollars = price_and_average.map(|dollars| dollars * DOLLAR);
        world.edit_price(BTC, |price| [price.price, price.ema_price] = dollars);

        // TEST: mallory deposits; the average follows, and she leaves.
        world.provide("mallory", CLASSIC, ShareClass::Main, 100 * TOKEN).ok();
        world.set_price(BTC, 96_000);
        leave(&mut world, "mallory", ShareClass::Main)
    };
    // That the average has yet to follow brings her nothing: she gets what she gets where it has followed already.
    assert_eq!(back([96_000, 100_000]), back([96_000, 96_000]));
}

#[test]
fn a53_a_withdrawal_requested_before_a_known_loss_takes_part_in_it() {
    // SETUP: mallory knows that the price will jump to the cap.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.provide("mallory", CLASSIC, ShareClass::Main, 1_000 * TOKEN).ok();
    world.trader("alice", CLASSIC, 500 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 100 * TENTH)]).ok();
    let shares = world.shares("mallory", CLASSIC, ShareClass::Main);
    let number = world.request("mallory", CLASSIC, ShareClass::Main, shares);

    // TEST: the loss comes during the cooldown, and the withdrawal is executed after the exercise.
    world.set_price(BTC, 120_000);
    let keys = world.pools[CLASSIC];
    assert_error(&world.execute(CLASSIC, ShareClass::Main, number), EvergreenError::WithdrawalCooling);
    let exercise = build::exercise_series(&keys, call, &world.feeds[BTC].accounts);
    world.send(exercise).ok();
    for _ in 0..3 {
        world.pass(DAY);
        world.execute(CLASSIC, ShareClass::Main, number).ok();
    }
    let paid = world.view(CLASSIC).pool.withdrawals_due;
    // The pool has two thousand tokens less a cap payoff of 666.7, plus a premium of 97.7 and fees; she gets half of that at most.
    assert!(paid < 720 * TOKEN, "{paid} was paid");
}

#[test]
fn a53_a_provider_of_insurance_does_not_leave_before_a_debt_is_booked() {
    let mut paid = Vec::new();
    for absorb_first in [false, true] {
        // SETUP: bob's written option leaves them far in debt, and the cooldown of mallory's withdrawal is over.
        let mut world = World::flat();
        let call = world.list(CLASSIC, BTC, false, 110_000);
        world.trader("alice", CLASSIC, 100 * TOKEN);
        world.trader("bob", CLASSIC, 4 * TOKEN);
        world.trader("keeper", CLASSIC, 0);
        world.provide("mallory", CLASSIC, ShareClass::Insurance, 100 * TOKEN).ok();
        let shares = world.shares("mallory", CLASSIC, ShareClass::Insurance) / 4;
        let number = world.request("mallory", CLASSIC, ShareClass::Insurance, shares);
        world.pass(7 * DAY);
        world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
        world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
        withdraw_spare(&mut world, "bob", CLASSIC);
        world.set_price(BTC, 131_000);
        liquidate(&mut world, CLASSIC, "bob", &[(call, TENTH)]).ok();
        let bob = world.account_key("bob", CLASSIC);
        let absorb = build::absorb_bad_debt(&world.pools[CLASSIC], bob);

        // TEST
        if absorb_first {
            world.send(absorb.clone()).ok();
        }
        world.execute(CLASSIC, ShareClass::Insurance, number).ok();
        paid.push(world.view(CLASSIC).pool.insurance_withdrawals_due);
        if !absorb_first {
            world.send(absorb).ok();
        }
    }
    assert_eq!(paid[0], paid[1], "the withdrawal is paid the same before and after the debt is absorbed");
    assert!(paid[0] < 25 * TOKEN);
}

#[test]
fn a53_a_deposit_just_before_a_large_fee_does_not_pay() {
    // SETUP: mallory deposits just before a large trade that pays fees.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("victim", CLASSIC, 500 * TOKEN);
    world.provide("mallory", CLASSIC, ShareClass::Main, 1_000 * TOKEN).ok();
    world.trade("victim", CLASSIC, &[(call, 100 * TENTH)]).ok();

    // TEST: she cannot withdraw at once, and after the cooldown her shares are paid at the lower bound of their worth. Her gain is less
    // than half of the funding of those days, which half of the pool earns by bearing half of the risk.
    let back = leave(&mut world, "mallory", ShareClass::Main);
    let victim = world.account_key("victim", CLASSIC);
    let funding = world.valued(CLASSIC, |view, markets| markets.owed(&view.accounts[&victim]));
    assert!(back < 1_000 * TOKEN + funding as u64 / 2, "{back} came back, funding is {funding}");
}

#[test]
fn a54_many_withdrawals_of_many_owners_have_one_daily_limit() {
    // SETUP: five providers with two withdrawals each want to leave with everything.
    let mut world = World::flat();
    let names = ["ann", "ben", "cid", "dot", "eve"];
    let mut withdrawals = Vec::new();
    for who in names {
        world.provide(who, CLASSIC, ShareClass::Main, 1_000 * TOKEN).ok();
        let shares = world.shares(who, CLASSIC, ShareClass::Main);
        for _ in 0..2 {
            withdrawals.push(world.request(who, CLASSIC, ShareClass::Main, shares / 2));
        }
    }

    // TEST: a quarter of the pool's assets a day is paid, whatever the number of owners and withdrawals.
    let mut paid = 0;
    let mut assets = 6_000 * TOKEN;
    for _ in 0..3 {
        world.pass(DAY);
        loop {
            let first = world.view(CLASSIC).pool.main.first_withdrawal;
            let outcome = world.execute(CLASSIC, ShareClass::Main, first);
            if !outcome.succeeded() {
                assert_error(&outcome, EvergreenError::NothingPayable);
                break;
            }
        }
        let today = world.view(CLASSIC).pool.withdrawals_due - paid;
        assert!(today <= assets / 4 && today >= assets / 4 - 10, "{today} of {assets} was paid on one day");
        paid += today;
        assets -= today;
    }
}
