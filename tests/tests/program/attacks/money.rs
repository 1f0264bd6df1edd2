//! Amounts at the limits of their types, and amounts that must not be paid twice.

use super::TENTH;
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::ShareClass},
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, DAY, STOCK, Setup, World, assert_error, chain::actor, world::TOKEN};

#[test]
fn a45_everything_at_its_limit() {
    // SETUP: the pool has as much liquidity as it can take, and the buyer and the writer have as much cash as they need.
    let mut setup = Setup::flat();
    setup.liquidity = 1 << 53;
    let mut world = World::new(setup);
    let most = world.view(CLASSIC).pool.params.max_account_points as i64;
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 30);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 1 << 56);
    }

    // TEST: two fifths of the largest position of an account, for which reserves leave room, pay a month of funding and are settled.
    let size = most / 5 * 2;
    world.trade("alice", CLASSIC, &[(call, size)]).ok();
    world.trade("bob", CLASSIC, &[(call, -size)]).ok();
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    for _ in 0..30 {
        world.pass(DAY);
        world.send(build::refresh_pool(&keys, &world.markets())).ok();
    }
    for points in [most, i64::MAX, i64::MIN] {
        let outcome = world.trade("alice", CLASSIC, &[(call, points)]);
        assert!(outcome.code.is_some() && !outcome.succeeded(), "{points}: {:?}", outcome.failure);
    }
    world.set_price(BTC, 140_000);
    world.send(build::exercise_series(&keys, call, &btc)).ok();
    let before = world.cash("alice", CLASSIC);
    world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();
    world.send(build::settle_positions(&keys, world.account_key("bob", CLASSIC))).ok();
    // The cap payoff is 40 native units a point; a month of funding is deducted.
    let paid = world.cash("alice", CLASSIC) - before;
    assert!(paid > size * 30 && paid <= size * 40, "{paid} for {size} points");
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
    world.withdraw("bob", CLASSIC, u64::MAX).ok();
}

#[test]
fn a46_no_amount_loses_its_upper_bits() {
    let mut world = World::flat();
    let account = world.trader("alice", STOCK, 0);
    let keys = world.pools[STOCK];
    world.fund("alice", STOCK, (1 << 63) + (1 << 34));
    let into = |amount| build::deposit_margin(actor("alice"), &keys, account, amount);
    for amount in [1 << 63, (1 << 63) + 7, (1 << 63) + (1 << 32)] {
        world.refused(into(amount), EvergreenError::Overflow);
    }
    for amount in [(1 << 32) + 5, 1 << 33] {
        world.send(into(amount)).ok();
        assert_eq!(world.cash("alice", STOCK), amount as i64);
        world.withdraw("alice", STOCK, amount).ok();
        assert_eq!(world.cash("alice", STOCK), 0);
    }
    // Points keep their upper bits as well.
    world.deposit("alice", STOCK, 1 << 40).ok();
    let call = world.list(STOCK, BTC, false, 150_000);
    world.provide("vera", STOCK, ShareClass::Main, 1 << 40).ok();
    let size = (1 << 32) + 3;
    world.trade("alice", STOCK, &[(call, size)]).ok();
    assert_eq!(world.view(STOCK).held(&account, call), size);
}

#[test]
fn a47_a_month_without_refresh_costs_what_daily_refreshes_cost() {
    let mut paid = Vec::new();
    for refreshes in [0, 30] {
        let mut world = World::flat();
        let call = world.list(CLASSIC, BTC, false, 100_000);
        world.trader("alice", CLASSIC, 10 * TOKEN);
        world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
        let (keys, feeds, before) = (world.pools[CLASSIC], world.markets(), world.cash("alice", CLASSIC));
        for _ in 0..30 {
            world.pass(DAY);
            if refreshes > 0 {
                world.send(build::refresh_pool(&keys, &feeds)).ok();
            }
        }
        world.withdraw("alice", CLASSIC, 1).ok();
        paid.push(before - 1 - world.cash("alice", CLASSIC));
    }
    // Funding of thirty days at one price.
    assert!((30 * 13_954_934..=30 * 13_954_935).contains(&paid[0]), "{paid:?}");
    assert!(paid[0] - paid[1] <= 30 && paid[1] <= paid[0], "{paid:?}");
}

#[test]
fn a47_a_thousand_refreshes_in_a_minute_do_not_round_funding_away() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let (keys, feeds, before) = (world.pools[CLASSIC], world.markets(), world.cash("alice", CLASSIC));

    // TEST: seventeen refreshes in each second, because the clock of the chain shows whole seconds.
    let refresh = build::refresh_pool(&keys, &feeds);
    for _ in 0..60 {
        world.pass(1);
        world.send_all(&vec![refresh.clone(); 17]).ok();
    }
    world.withdraw("alice", CLASSIC, 1).ok();
    let paid = before - 1 - world.cash("alice", CLASSIC);
    // Funding is 13,954,934.8 native units a day.
    assert!((9_690..=9_692).contains(&paid), "{paid} for a minute");
}

#[test]
fn a48_a_position_settled_by_a_liquidation_is_not_settled_again() {
    // SETUP: one of the series that bob has written is exercised, and its payoff leaves them in debt.
    let mut world = World::flat();
    let [call, other] = [110_000, 112_000].map(|strike| world.list(CLASSIC, BTC, false, strike));
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trader("bob", CLASSIC, 20 * TOKEN);
    world.trader("keeper", CLASSIC, 0);
    world.trade("alice", CLASSIC, &[(call, TENTH), (other, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH), (other, -TENTH)]).ok();
    super::withdraw_spare(&mut world, "bob", CLASSIC);
    world.set_price(BTC, 132_500);
    let (keys, btc, bob) = (world.pools[CLASSIC], world.feeds[BTC].accounts, world.account_key("bob", CLASSIC));
    world.send(build::exercise_series(&keys, call, &btc)).ok();

    // TEST
    crate::stories::liquidate(&mut world, CLASSIC, "bob", &[(other, TENTH)]).ok();
    assert_eq!(world.view(CLASSIC).held(&bob, call), 0, "the liquidation settled it");
    let cash = world.cash("bob", CLASSIC);
    world.refused(build::settle_positions(&keys, bob), EvergreenError::NothingToSettle);
    assert_eq!(world.cash("bob", CLASSIC), cash);
    world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();
    world.send(build::absorb_bad_debt(&keys, bob)).ok();
    world.refused(build::absorb_bad_debt(&keys, bob), EvergreenError::NoBadDebt);
}

#[test]
fn a50_at_the_strike_at_the_cap_and_one_unit_around_each() {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    let put = world.list(CLASSIC, BTC, true, 100_000);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    let dollar = evergreen_tests::world::DOLLAR;
    for (price, open) in [
        (100_000 * dollar - 1, [true, true]),
        (100_000 * dollar, [true, true]),
        (100_000 * dollar + 1, [true, true]),
        (120_000 * dollar - 1, [true, true]),
        (120_000 * dollar, [false, true]),
        (120_000 * dollar + 1, [false, true]),
        (80_000 * dollar + 1, [true, true]),
        (80_000 * dollar, [true, false]),
        (80_000 * dollar - 1, [true, false]),
    ] {
        world.edit_price(BTC, |p| {
            p.price = price;
            p.ema_price = price;
        });
        for (series, open) in [call, put].into_iter().zip(open) {
            let outcome = world.trade("alice", CLASSIC, &[(series, 1_000)]);
            if open {
                outcome.ok();
                world.trade("alice", CLASSIC, &[(series, -1_000)]).ok();
            } else {
                assert_error(&outcome, EvergreenError::SeriesAtCap);
            }
        }
    }
}

#[test]
fn a50_a_price_of_almost_nothing_traps_nobody() {
    for price in [1, 100] {
        // SETUP
        let mut world = World::flat();
        let call = world.list(CLASSIC, BTC, false, 100_000);
        let put = world.list(CLASSIC, BTC, true, 100_000);
        world.trader("alice", CLASSIC, 100 * TOKEN);
        world.trade("alice", CLASSIC, &[(call, TENTH), (put, TENTH)]).ok();
        world.edit_price(BTC, |p| {
            p.price = price;
            p.ema_price = price;
        });

        // TEST: the call is sold for nothing, and the put pays its cap payoff.
        world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
        let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
        world.send(build::exercise_series(&keys, put, &btc)).ok();
        let before = world.cash("alice", CLASSIC);
        world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();
        assert_eq!(world.cash("alice", CLASSIC) - before, 666_666_660);
        world.withdraw("alice", CLASSIC, u64::MAX).ok();
    }
}

#[test]
fn a52_a_slot_is_not_reused_while_a_position_points_at_it() {
    // SETUP: a series with two holders is exercised, and one of them is paid.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 10 * TOKEN);
        world.trade(who, CLASSIC, &[(call, TENTH)]).ok();
    }
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    world.set_price(BTC, 120_000);
    world.send(build::exercise_series(&keys, call, &btc)).ok();
    world.send(build::settle_positions(&keys, world.account_key("alice", CLASSIC))).ok();

    // TEST
    world.refused(build::retire_series(&keys, call), EvergreenError::SeriesInUse);
    world.set_price(BTC, 110_000);
    let next = world.list(CLASSIC, BTC, false, 110_000);
    assert_ne!(next.slot, call.slot, "the new series takes another slot");
    world.send(build::settle_positions(&keys, world.account_key("bob", CLASSIC))).ok();
    let reused = world.list(CLASSIC, BTC, false, 112_000);
    assert_eq!((reused.slot, reused.generation), (call.slot, call.generation + 1));
    // Neither the earlier id nor a settled position reaches the next series.
    world.trade_refused("alice", CLASSIC, &[(call, 1_000)], EvergreenError::OptionNotListed);
    world.refused(build::settle_positions(&keys, world.account_key("bob", CLASSIC)), EvergreenError::NothingToSettle);
}

#[test]
fn a47_a_clock_that_stands_still_or_goes_back_traps_nobody() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.pass(100);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let cash = world.cash("alice", CLASSIC);

    // TEST: the clock goes back by two seconds, and prices may be two seconds in the future.
    world.chain.pass(-2);
    world.withdraw("alice", CLASSIC, 1).ok();
    assert_eq!(world.cash("alice", CLASSIC), cash - 1, "no funding is paid");
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
}

#[test]
fn a49_a_call_and_a_put_both_pay_when_the_price_reaches_both_caps() {
    // SETUP
    let mut world = World::flat();
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 1);
    world.trader("alice", CLASSIC, 300 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 100 * TENTH), (put, 100 * TENTH)]).ok();
    let (keys, btc, account) = (world.pools[CLASSIC], world.feeds[BTC].accounts, world.account_key("alice", CLASSIC));
    let cash = world.cash("alice", CLASSIC);

    // TEST
    world.set_price(BTC, 110_000);
    world.send(build::exercise_series(&keys, call, &btc)).ok();
    world.set_price(BTC, 90_000);
    world.send(build::exercise_series(&keys, put, &btc)).ok();
    world.send(build::settle_positions(&keys, account)).ok();
    // Each side pays ten thousand dollars a bitcoin.
    assert_eq!(world.cash("alice", CLASSIC) - cash, 2 * 33_333_333_000);
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
}
