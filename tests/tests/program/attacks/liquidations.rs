//! What liquidators and liquidated owners can do with several keys and small steps: they gain nothing by it.

use super::{TENTH, equity, withdraw_spare};
use crate::stories::liquidate;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::NoticeCause},
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, World, assert_error, chain::actor, world::TOKEN};

#[test]
fn a55_two_accounts_against_the_insurance_pool() {
    // SETUP: mallory owns both accounts; one holds what the other has written with as little margin as possible.
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
    assert!(whole(&world) < before, "opening both positions costs fees");
    withdraw_spare(&mut world, "short", CLASSIC);
    let insurance = |world: &World| {
        let pool = world.view(CLASSIC).pool;
        pool.insurance_assets().unwrap().0
    };
    let covered = insurance(&world);

    // TEST: while keepers can follow the price, neither insurance nor anybody else pays for her.
    for price in [104_000, 108_000, 112_000, 116_000, 120_000, 124_000, 128_000, 131_900] {
        world.set_price(BTC, price);
        let short = world.view(CLASSIC).held(&world.account_key("short", CLASSIC), call);
        if short != 0 {
            let before = whole(&world);
            // The account is not below maintenance at every step, so the outcome is not asserted.
            let _ = liquidate(&mut world, CLASSIC, "short", &[(call, -short)]);
            assert!(whole(&world) <= before, "mallory gained by the liquidation at {price}");
        }
        assert!(equity(&world, "short") >= 0, "the writer is in debt at {price}");
        assert!(insurance(&world) >= covered, "insurance paid at {price}");
    }
}

#[test]
fn a55_a_jump_costs_insurance_the_debt_and_the_least_reward_and_no_more() {
    // SETUP: as in the test above, but the price jumps so far that no margin covers the loss.
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
    let insurance = |pool: &evergreen_sdk::evergreen::state::Pool| pool.insurance_assets().unwrap().0 as i64;
    // Insurance pays the debt and the liquidator's least reward, because there was no penalty to share.
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

    // TEST: mallory's two accounts lose what insurance gets, which is half of the penalty; two units are allowed for rounding.
    liquidate(&mut world, CLASSIC, "bob", &[(call, TENTH)]).ok();
    let paid = world.view(CLASSIC).pool.insurance_due - due;
    assert!(paid > 0);
    let lost = before - both(&world);
    assert!((paid..=paid + 2).contains(&lost), "lost {lost}, insurance got {paid}");
}

#[test]
fn a57_a_position_of_a_hundred_points_is_liquidated_too() {
    // SETUP: bob has written a hundred points, and a move of the price takes their margin.
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
fn a58_liquidating_in_ten_parts_earns_hardly_more_than_at_once() {
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
fn auto_deleverage_does_not_take_the_health_of_a_writer_with_a_spread() {
    // SETUP: carol's written call is covered by one that she has bought; the holder of the written call has sold it.
    let mut world = World::flat();
    let [written, bought] = [100_000, 101_000].map(|strike| world.list(CLASSIC, BTC, false, strike));
    world.trader("alice", CLASSIC, 100 * TOKEN);
    world.trader("carol", CLASSIC, 100 * TOKEN);
    world.trade("alice", CLASSIC, &[(written, TENTH)]).ok();
    world.trade("carol", CLASSIC, &[(bought, TENTH), (written, -TENTH)]).ok();
    world.set_price(BTC, 119_000);
    world.trade("alice", CLASSIC, &[(written, -TENTH)]).ok();
    let moment = world.pass_notice(CLASSIC, written, NoticeCause::Excess);
    withdraw_spare(&mut world, "carol", CLASSIC);
    let carol = world.account_key("carol", CLASSIC);
    let health = |world: &World| {
        world.valued(CLASSIC, |view, markets| markets.health(&view.accounts[&carol], HealthLevel::Maintenance))
    };
    assert!(health(&world) >= 0);

    // TEST: closing the written call at the mark would cost all her cash, and the bought call alone counts for less in health.
    let (keys, feeds) = (world.pools[CLASSIC], world.markets_after(moment));
    let close = |points: i64| build::auto_deleverage(actor("keeper"), &keys, carol, written, points as u64, &feeds);
    world.refused(close(TENTH), EvergreenError::HealthLowered);
    // With enough cash the written call is closed.
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
