//! What a patient attacker can do with money and several keys: he must not profit, and the loss of the others is the one by
//! rule.

use super::{TENTH, withdraw_spare};
use crate::stories::liquidate;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, Setup, World, assert_error,
    chain::actor,
    world::{DOLLAR, TOKEN},
};

/// What somebody's margin account is worth at the mark.
fn equity(world: &World, who: &str) -> i64 {
    let key = world.account_key(who, CLASSIC);
    world.valued(CLASSIC, |view, markets| markets.equity(&view.accounts[&key]))
}

/// Sells all shares of a provider after the cooldown and returns what they brought.
fn leave(world: &mut World, who: &str, class: ShareClass) -> u64 {
    let before = world.wallet(who, CLASSIC);
    let shares = world.shares(who, CLASSIC, class);
    let number = world.request(who, CLASSIC, class, shares);
    let cooldown = world.view(CLASSIC).pool.cooldown(class);
    world.pass(cooldown);
    while world.view(CLASSIC).withdrawals_of(class).any(|t| t.number == number && t.shares > 0) {
        world.execute(CLASSIC, class, number).ok();
        world.pass(DAY);
    }
    world.claim(who, CLASSIC, class, number).ok();
    world.wallet(who, CLASSIC) - before
}

#[test]
fn a53_who_comes_before_a_known_gain_has_no_part_in_it() {
    // SETUP: many calls are held; the price falls, the EMA price will follow.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 500 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 50 * TENTH)]).ok();
    world.edit_price(BTC, |price| price.price = 96_000 * DOLLAR);

    // TEST: shares cost what they are worth if the EMA price is the right one or the new one, whichever is more.
    world.provide("mallory", CLASSIC, ShareClass::Main, 100 * TOKEN).ok();
    world.set_price(BTC, 96_000);
    let back = leave(&mut world, "mallory", ShareClass::Main);
    // A day of funding of five bitcoins' options is hers by right, for a day of risk: less than it cost her to come and go.
    assert!(back < 100 * TOKEN, "{back} back");
}

#[test]
fn a53_who_asks_to_leave_before_a_known_loss_takes_part_in_it() {
    // SETUP: mallory knows that the price will jump to the cap.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.provide("mallory", CLASSIC, ShareClass::Main, 1_000 * TOKEN).ok();
    world.trader("alice", CLASSIC, 500 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 100 * TENTH)]).ok();
    let shares = world.shares("mallory", CLASSIC, ShareClass::Main);
    let number = world.request("mallory", CLASSIC, ShareClass::Main, shares);

    // TEST: the loss comes while the withdrawal waits, before exercise and after it.
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
    // Two thousand tokens less 666.7 paid at the cap, plus a premium of 97.7 and fees: she has half of it at most.
    assert!(paid < 720 * TOKEN, "{paid} paid");
}

#[test]
fn a53_a_provider_of_insurance_does_not_leave_before_a_debt_is_booked() {
    let mut paid = Vec::new();
    for absorb_first in [false, true] {
        // SETUP: bob's writing ends far in debt; mallory's withdrawal is ready.
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
    assert_eq!(paid[0], paid[1], "before and after the debt is booked");
    assert!(paid[0] < 25 * TOKEN);
}

#[test]
fn a53_around_a_fee_there_is_nothing_to_take() {
    // SETUP: mallory sees a large trade coming, which pays fees, and comes before it.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("victim", CLASSIC, 500 * TOKEN);
    world.provide("mallory", CLASSIC, ShareClass::Main, 1_000 * TOKEN).ok();
    world.trade("victim", CLASSIC, &[(call, 100 * TENTH)]).ok();

    // TEST: out at once she cannot; a day later her shares are paid at the lower bound. What she has then is less than her
    // half of the funding of those days, for half of their risk.
    let back = leave(&mut world, "mallory", ShareClass::Main);
    let victim = world.account_key("victim", CLASSIC);
    let funding = world.valued(CLASSIC, |view, markets| markets.owed(&view.accounts[&victim]));
    assert!(back < 1_000 * TOKEN + funding as u64 / 2, "{back} back, funding of {funding}");
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

    // TEST: a quarter of six thousand a day, whoever asks and however often.
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
        assert!(today <= assets / 4 && today >= assets / 4 - 10, "{today} of {assets}");
        paid += today;
        assets -= today;
    }
}

#[test]
fn a55_two_accounts_against_the_insurance_pool() {
    // SETUP: mallory holds what she has written on another account with as little margin as possible.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 110_000);
    world.trader("long", CLASSIC, 100 * TOKEN);
    world.trader("short", CLASSIC, 100 * TOKEN);
    world.trader("keeper", CLASSIC, 0);
    let whole = |world: &World| {
        let wallets: u64 = ["long", "short"].into_iter().map(|who| world.wallet(who, CLASSIC)).sum();
        equity(world, "long") + equity(world, "short") + wallets as i64
    };
    let before = whole(&world);
    world.trade("long", CLASSIC, &[(call, 10 * TENTH)]).ok();
    world.trade("short", CLASSIC, &[(call, -10 * TENTH)]).ok();
    assert!(whole(&world) < before, "coming costs fees");
    withdraw_spare(&mut world, "short", CLASSIC);
    let insurance = |world: &World| {
        let pool = world.view(CLASSIC).pool;
        pool.insurance_cash + pool.insurance_due
    };
    let covered = insurance(&world);

    // TEST: as long as the price can be followed, nobody pays for her.
    for price in [104_000, 108_000, 112_000, 116_000, 120_000, 124_000, 128_000, 131_900] {
        world.set_price(BTC, price);
        let short = world.view(CLASSIC).held(&world.account_key("short", CLASSIC), call);
        if short != 0 {
            let before = whole(&world);
            // Not liquidatable at every step.
            let _ = liquidate(&mut world, CLASSIC, "short", &[(call, -short)]);
            assert!(whole(&world) <= before, "a profit at {price}");
        }
        assert!(equity(&world, "short") >= 0, "a debt at {price}");
        assert!(insurance(&world) >= covered, "insurance paid at {price}");
    }
}

#[test]
fn a55_a_jump_costs_insurance_the_debt_and_no_more() {
    // SETUP: as before, but the price jumps over all margin at once.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 110_000);
    for (who, cash) in [("long", 100), ("short", 100), ("keeper", 0)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    world.trade("long", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("short", CLASSIC, &[(call, -TENTH)]).ok();
    withdraw_spare(&mut world, "short", CLASSIC);
    let pool = |world: &World| world.view(CLASSIC).pool;
    let before = pool(&world);
    world.set_price(BTC, 131_000);

    // TEST
    liquidate(&mut world, CLASSIC, "short", &[(call, TENTH)]).ok();
    let debt = -world.cash("short", CLASSIC);
    assert!(debt > 0);
    let short = world.account_key("short", CLASSIC);
    world.send(build::absorb_bad_debt(&world.pools[CLASSIC], short)).ok();
    let after = pool(&world);
    let insurance = |pool: &evergreen_sdk::evergreen::state::Pool| (pool.insurance_cash + pool.insurance_due) as i64;
    // The debt, and the minimum of the liquidator, who had no penalty to share.
    assert_eq!(insurance(&before) - insurance(&after), debt + 10_000);
}

#[test]
fn a56_liquidating_oneself_by_another_key_pays_insurance() {
    // SETUP: mallory owns the writer and the liquidator.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 110_000);
    for (who, cash) in [("alice", 100), ("bob", 10), ("keeper", 0)] {
        world.trader(who, CLASSIC, cash * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    withdraw_spare(&mut world, "bob", CLASSIC);
    world.set_price(BTC, 107_000);
    let both = |world: &World| equity(world, "bob") + equity(world, "keeper");
    let (before, due) = (both(&world), world.view(CLASSIC).pool.insurance_due);

    // TEST: half of the penalty is insurance's; what stays in the family is not more than there was.
    liquidate(&mut world, CLASSIC, "bob", &[(call, TENTH)]).ok();
    let paid = (world.view(CLASSIC).pool.insurance_due - due) as i64;
    assert!(paid > 0);
    let lost = before - both(&world);
    assert!((paid..=paid + 2).contains(&lost), "lost {lost}, insurance got {paid}");
}

#[test]
fn a57_a_position_of_a_hundred_points_is_liquidated_too() {
    // SETUP: a dust writer whose margin is gone.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 110_000);
    for (who, cash) in [("alice", 100 * TOKEN), ("bob", 10_000), ("keeper", 0)] {
        world.trader(who, CLASSIC, cash);
    }
    world.trade("alice", CLASSIC, &[(call, 1_000)]).ok();
    world.trade("bob", CLASSIC, &[(call, -100)]).ok();
    withdraw_spare(&mut world, "bob", CLASSIC);
    world.set_price(BTC, 112_000);

    // TEST
    liquidate(&mut world, CLASSIC, "bob", &[(call, 100)]).ok();
    let bob = world.account_key("bob", CLASSIC);
    let health = world.valued(CLASSIC, |view, markets| markets.health(&view.accounts[&bob], HealthLevel::Maintenance));
    let left = -world.view(CLASSIC).held(&bob, call);
    assert!(left < 100 && health >= 0, "{left} points left, health {health}");
}

#[test]
fn a58_liquidating_bit_by_bit_earns_no_more_than_at_once() {
    let mut rewards = Vec::new();
    for parts in [1, 10] {
        // SETUP
        let mut world = World::flat();
        let call = world.list(CLASSIC, BTC, false, 110_000);
        for (who, cash) in [("alice", 100), ("bob", 10), ("keeper", 0)] {
            world.trader(who, CLASSIC, cash * TOKEN);
        }
        world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
        world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
        withdraw_spare(&mut world, "bob", CLASSIC);
        world.set_price(BTC, 107_000);

        // TEST
        for _ in 0..parts {
            let outcome = liquidate(&mut world, CLASSIC, "bob", &[(call, TENTH / parts)]);
            if !outcome.succeeded() {
                assert_error(&outcome, EvergreenError::NotLiquidatable);
                break;
            }
        }
        rewards.push(world.cash("keeper", CLASSIC));
    }
    assert!(rewards[1] <= rewards[0] + rewards[0] / 50 + 20, "{rewards:?}");
}

#[test]
fn a59_caps_are_not_evaded_by_splitting_or_reopening() {
    // SETUP
    let mut setup = Setup::flat();
    setup.pool.max_series_points = 2_000_000;
    setup.pool.max_account_points = 1_500_000;
    let mut world = World::new(setup);
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for who in ["one", "two", "three"] {
        world.trader(who, CLASSIC, 100 * TOKEN);
    }

    // TEST: bit by bit, closed and opened again, over several accounts.
    for _ in 0..3 {
        world.trade("one", CLASSIC, &[(call, 500_000)]).ok();
    }
    let trade = |world: &World, who, points| world.trade_instruction(who, CLASSIC, &[(call, points)]);
    world.refused(trade(&world, "one", 1), EvergreenError::AccountSizeLimit);
    world.trade("one", CLASSIC, &[(call, -100_000)]).ok();
    world.trade("one", CLASSIC, &[(call, 100_000)]).ok();
    world.refused(trade(&world, "one", 1), EvergreenError::AccountSizeLimit);
    world.trade("two", CLASSIC, &[(call, 400_000)]).ok();
    world.refused(trade(&world, "three", 100_001), EvergreenError::SeriesSizeLimit);
    world.trade("three", CLASSIC, &[(call, 100_000)]).ok();
    world.refused(trade(&world, "two", 1), EvergreenError::SeriesSizeLimit);
}

#[test]
fn a59_locks_over_many_series_have_one_limit() {
    let mut world = World::flat();
    let series: Vec<SeriesId> = (0..10).map(|n| world.list(CLASSIC, BTC, n % 2 == 0, 100_000 + 1_000 * n)).collect();
    world.trader("alice", CLASSIC, 10_000 * TOKEN);
    let mut refused = 0;
    for (size, series) in [60, 30, 20, 10, 5, 4, 3, 2, 1, 1].into_iter().zip(series) {
        let outcome = world.trade("alice", CLASSIC, &[(series, size * TENTH)]);
        if !outcome.succeeded() {
            assert_error(&outcome, EvergreenError::LockLimit);
            refused += 1;
        }
        let pool = world.view(CLASSIC).pool;
        assert!(pool.locks as i64 <= pool.pool_cash / 10 * 8 + 8);
    }
    assert!(refused > 0);
}

#[test]
fn a60_inventory_moved_around_a_victim_with_a_limit_costs_the_attacker() {
    // SETUP: inventory pricing alone, on a victim who names the price that he saw.
    let mut setup = Setup::flat();
    setup.pool.inventory_kappa_bps = 100;
    let mut world = World::new(setup);
    let call = world.list(CLASSIC, BTC, false, 130_000);
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    world.send(refresh).ok();
    for who in ["mallory", "victim"] {
        world.trader(who, CLASSIC, 500 * TOKEN);
    }
    let legs = vec![Leg { series: call, points: 20 * TENTH }];
    let (keys, feeds, victim) = (world.pools[CLASSIC], world.markets(), world.account_key("victim", CLASSIC));
    let buy = |limit| build::trade(actor("victim"), &keys, victim, legs.clone(), limit, &feeds);
    let seen = world.chain.simulate(&[buy(i64::MIN)]);
    let price = seen.event(|e| if let evergreen_sdk::events::Event::Traded(e) = e { Some(e.net) } else { None });
    let before = equity(&world, "mallory");

    // TEST
    world.trade("mallory", CLASSIC, &[(call, 40 * TENTH)]).ok();
    world.refused(buy(price), EvergreenError::LimitExceeded);
    world.trade("mallory", CLASSIC, &[(call, -40 * TENTH)]).ok();
    assert!(equity(&world, "mallory") < before, "a profit without a victim");
    world.send(buy(price)).ok();
}

#[test]
fn a60_without_a_limit_the_victim_pays_what_the_attacker_gains() {
    // SETUP
    let mut setup = Setup::flat();
    setup.pool.inventory_kappa_bps = 100;
    let mut world = World::new(setup);
    let call = world.list(CLASSIC, BTC, false, 100_000);
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    world.send(refresh).ok();
    for who in ["mallory", "victim"] {
        world.trader(who, CLASSIC, 500 * TOKEN);
    }
    let quote = world.trade_instruction("victim", CLASSIC, &[(call, 10 * TENTH)]);
    let alone = world.chain.simulate(std::slice::from_ref(&quote));
    let net = |outcome: &evergreen_tests::Outcome| {
        outcome.event(|e| if let evergreen_sdk::events::Event::Traded(e) = e { Some(e.net) } else { None })
    };
    let before = world.cash("mallory", CLASSIC);
    let assets = |world: &World| world.valued(CLASSIC, |_, markets| markets.net_assets_at_mark());
    let pool = assets(&world);

    // TEST: at the money the fees of moving 40 are more than what moving brings.
    world.trade("mallory", CLASSIC, &[(call, 40 * TENTH)]).ok();
    let paid = world.send(quote).ok();
    world.trade("mallory", CLASSIC, &[(call, -40 * TENTH)]).ok();
    let gain = world.cash("mallory", CLASSIC) - before;
    let extra = net(&alone) - net(&paid);
    assert!(extra > 0 && gain < extra, "the victim paid {extra} more, the attacker gained {gain}");
    assert!(gain < 0, "a profit of {gain}");
    assert!(assets(&world) >= pool, "the pool does not pay for it");
}

#[test]
fn a61_one_account_that_holds_everything_is_paid_and_the_rest_can_leave() {
    // SETUP: all that locks allow, in calls and puts, on one account.
    let mut world = World::flat();
    let [call, put] = [false, true].map(|put| world.list(CLASSIC, BTC, put, 100_000));
    let other = world.list(CLASSIC, ETH, false, 4_000);
    world.trader("whale", CLASSIC, 2_000 * TOKEN);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(other, TENTH)]).ok();
    world.trade("whale", CLASSIC, &[(call, 70 * TENTH), (put, 60 * TENTH)]).ok();
    let more = world.trade_instruction("whale", CLASSIC, &[(call, 30 * TENTH)]);
    world.refused(more, EvergreenError::LockLimit);

    // TEST: others still sell, and the whale is paid to the last unit both ways.
    world.trade("alice", CLASSIC, &[(other, -TENTH)]).ok();
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    let cash = world.cash("whale", CLASSIC);
    for (series, price) in [(call, 120_000), (put, 80_000)] {
        world.set_price(BTC, price);
        world.send(build::exercise_series(&keys, series, &btc)).ok();
    }
    let whale = world.account_key("whale", CLASSIC);
    world.send(build::settle_positions(&keys, whale)).ok();
    assert_eq!(world.cash("whale", CLASSIC) - cash, 130 * TENTH * 20);
    world.everybody_leaves();
}

#[test]
fn closing_the_overwritten_side_of_a_spread_must_not_ruin_a_healthy_writer() {
    // SETUP: carol's written call is covered by her bought one; the holder of what she wrote is gone.
    let mut world = World::flat();
    let [written, bought] = [100_000, 101_000].map(|strike| world.list(CLASSIC, BTC, false, strike));
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trader("carol", CLASSIC, 100 * TOKEN);
    world.trade("alice", CLASSIC, &[(written, TENTH)]).ok();
    world.trade("carol", CLASSIC, &[(bought, TENTH), (written, -TENTH)]).ok();
    world.set_price(BTC, 119_000);
    world.trade("alice", CLASSIC, &[(written, -TENTH)]).ok();
    withdraw_spare(&mut world, "carol", CLASSIC);
    let carol = world.account_key("carol", CLASSIC);
    let health = |world: &World| {
        world.valued(CLASSIC, |view, markets| markets.health(&view.accounts[&carol], HealthLevel::Maintenance))
    };
    assert!(health(&world) >= 0);

    // TEST: at the mark it would cost all her cash, and the bought call alone does not count as much.
    let (keys, feeds) = (world.pools[CLASSIC], world.markets());
    let close = |points: i64| build::auto_deleverage(actor("keeper"), &keys, carol, written, points as u64, &feeds);
    world.refused(close(TENTH), EvergreenError::HealthLowered);
    // With cash enough it is closed.
    world.fund("carol", CLASSIC, 100 * TOKEN);
    world.deposit("carol", CLASSIC, 100 * TOKEN).ok();
    world.send(close(TENTH)).ok();
    assert!(health(&world) >= 0);
}

#[test]
fn a57_dust_is_liquidated_and_a_top_up_of_one_unit_does_not_help() {
    // SETUP
    let mut cases = crate::cases::Cases::new();
    let world = &mut cases.world;
    world.fund("carol", CLASSIC, 1);

    // TEST
    world.deposit("carol", CLASSIC, 1).ok();
    liquidate(world, CLASSIC, "carol", &[(cases.risky, TENTH)]).ok();
    let account = world.account_key("carol", CLASSIC);
    let health =
        world.valued(CLASSIC, |view, markets| markets.health(&view.accounts[&account], HealthLevel::Maintenance));
    assert!(health >= 0, "health {health} after a liquidation");
}

#[test]
fn a62_a_cap_that_nobody_exercised_is_gone_when_the_price_is_back() {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.set_price(BTC, 121_000);
    world.set_price(BTC, 119_000);
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    world.refused(build::exercise_series(&keys, call, &btc), EvergreenError::SeriesNotAtCap);
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
}
