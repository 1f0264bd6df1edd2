//! Deposits that nobody could execute in time cost nothing.

use super::liquidity::{claimed, deep_in_the_money, execute, request, returned};
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{ReturnReason, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, STOCK, Setup, World, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;

#[test]
fn audit_liquidity_9_a_feed_that_stands_still_costs_nothing() {
    // SETUP: nothing is published from before the minute until the window is over.
    let mut world = deep_in_the_money();
    let amount = 1_000 * TOKEN;
    request(&mut world, CLASSIC, amount, 0);
    let minute = world.request_of("vera", CLASSIC, world.last_number("vera")).minute;
    world.chain.pass(minute + 25 - world.chain.now());
    let keys = world.pools[CLASSIC];
    let blind = build::execute_deposit(&keys, &world.request_of("vera", CLASSIC, world.last_number("vera")), &[]);
    world.refused(blind.clone(), EvergreenError::MarketAccountMissing);

    // TEST: the first price after it proves that nobody could execute the deposit. Before, that cost 10 basis points.
    let mut again = world.clone();
    again.edit_price(BTC, |_| {});
    let outcome = execute(&mut again, CLASSIC).ok();
    assert_eq!(returned(&outcome), (ReturnReason::NoPrice, amount, 0));
    claimed(&mut again, CLASSIC);
    again.everybody_leaves();
    // Where none ever comes, the tokens come back after a day.
    world.chain.pass(DAY - 10);
    world.refused(blind.clone(), EvergreenError::MarketAccountMissing);
    world.chain.pass(10);
    assert_eq!(returned(&world.send(blind).ok()), (ReturnReason::NoPrice, amount, 0));
    claimed(&mut world, CLASSIC);
    assert_eq!(world.wallet("vera", CLASSIC), 9_000 * TOKEN);
}

#[test]
fn audit_liquidity_10_unsettled_writers_cost_nothing() {
    // SETUP: carol has written an option of a series that is exercised before the minute.
    let mut world = deep_in_the_money();
    let near = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    for (who, points) in [("bob", 2 * TENTH), ("carol", -TENTH)] {
        world.trader(who, CLASSIC, 400 * TOKEN);
        world.trade(who, CLASSIC, &[(near, points)]).ok();
    }
    world.pass_to(30);
    world.set_price(BTC, 111_000);
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    world.send(build::exercise_series(&keys, near, &btc)).ok();
    let amount = 1_000 * TOKEN;
    request(&mut world, CLASSIC, amount, 0);

    // TEST: settled before the minute, it is executed. Otherwise all of it comes back, whenever she is settled since, so that nobody chooses within the window. Before, it was executed where she was settled
    // within that.
    let settle = build::settle_positions(&keys, world.account_key("carol", CLASSIC));
    let mut settled = world.clone();
    settled.send(settle.clone()).ok();
    settled.pass_to(1);
    execute(&mut settled, CLASSIC).ok();
    assert!(settled.shares("vera", CLASSIC, MAIN) > 0);
    settled.everybody_leaves();
    world.pass_to(1);
    assert_error(&execute(&mut world, CLASSIC), EvergreenError::WritersUnsettled);
    for (wait, is_settled) in [(2, true), (25, false), (25, true)] {
        let mut world = world.clone();
        world.pass(wait);
        if is_settled {
            world.send(settle.clone()).ok();
        }
        let outcome = execute(&mut world, CLASSIC).ok();
        assert_eq!(returned(&outcome), (ReturnReason::WritersUnsettled, amount, 0));
    }
}

#[test]
fn audit_liquidity_11_the_first_deposit_cannot_be_made_to_cost() {
    // SETUP: nobody has shares; vera requests the first deposit and does not execute it. Before, a stranger's deposit of one unit came before it and got its fee.
    let mut setup = Setup::flat();
    (setup.liquidity, setup.insurance) = (0, 0);
    let mut world = World::new(setup);
    world.fund("vera", STOCK, 100 * TOKEN);
    let mint = world.pools[STOCK].share_mint(MAIN);
    world.chain.create_token_account(&actor("vera"), &mint, &anchor_spl::token::ID);
    world.chain.give_lamports(&actor("vera"), 10_000_000_000);
    request(&mut world, STOCK, 100 * TOKEN, 0);
    world.pass(90);
    world.provide("mallory", STOCK, MAIN, 1).ok();

    // TEST: it costs her nothing.
    world.pass(60);
    let outcome = execute(&mut world, STOCK).ok();
    assert_eq!(returned(&outcome), (ReturnReason::Lapsed, 100 * TOKEN, 0));
    claimed(&mut world, STOCK);
    assert_eq!(world.wallet("vera", STOCK), 100 * TOKEN);
}
