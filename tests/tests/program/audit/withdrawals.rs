//! Withdrawal requests: a least amount, a way back, no collisions, no way out before a loss that everybody can see.

use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{LiquidityRequest, SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, World, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;
const INSURANCE: ShareClass = ShareClass::Insurance;

fn request_of(world: &World, class: ShareClass, number: u64) -> LiquidityRequest {
    let key = world.withdrawal(CLASSIC, class, number);
    *evergreen_sdk::accounts::request(&world.chain.data(&key)).expect("a withdrawal")
}

/// Requests half of somebody's shares for at least `least`, and returns the place in the queue.
fn request(world: &mut World, who: &str, class: ShareClass, shares: u64, least: u64) -> u64 {
    world.chain.give_lamports(&actor(who), 10_000_000_000);
    let (keys, number) = (world.pools[CLASSIC], world.view(CLASSIC).pool.shares(class).next_withdrawal);
    let id = world.next_number(who);
    world.send(build::request_withdrawal(actor(who), &keys, class, id, shares, least)).ok();
    number
}

/// A pool of 1,000 tokens, of which vera has a tenth, whose options are worth something.
fn world_with_options() -> (World, SeriesId) {
    let mut world = World::flat();
    world.provide("vera", CLASSIC, MAIN, 100 * TOKEN).ok();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 200 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 40 * TENTH)]).ok();
    (world, call)
}

#[test]
fn audit_b8_who_chooses_the_moment_of_execution_cannot_go_below_the_least_amount() {
    // What is paid for a hundred tokens of shares after the price has moved, and whether that is at least 99 % of their worth at the request.
    let mut paid = Vec::new();
    for off in [0, 50, 400] {
        let (mut world, _) = world_with_options();
        let shares = world.shares("vera", CLASSIC, MAIN);
        let worth = world.valued(CLASSIC, |view, markets| {
            let lower = markets.net_assets().lower.unsigned_abs();
            u64::try_from(u128::from(shares) * u128::from(lower) / u128::from(view.pool.main.total)).expect("an amount")
        });
        let number = request(&mut world, "vera", MAIN, shares, worth / 100 * 99);
        // Bob waits behind her, and takes what they get.
        let behind = request(&mut world, "lp", MAIN, TOKEN, 1);
        world.pass(DAY);
        world.edit_price(BTC, |price| {
            price.price = price.price * (10_000 + off) / 10_000;
            price.ema_price = price.price;
        });

        // TEST: below the least amount nothing is executed, and she keeps all shares; bob is served.
        world.execute(CLASSIC, MAIN, number).ok();
        let payable = world.view(CLASSIC).pool.withdrawals_due;
        assert!(payable == 0 || payable >= worth / 100 * 99, "paid {payable} of {worth}");
        if payable == 0 {
            assert_eq!(request_of(&world, MAIN, behind + 1).shares, shares);
            world.execute(CLASSIC, MAIN, behind).ok();
            world.set_price(BTC, 100_000);
            world.execute(CLASSIC, MAIN, behind + 1).ok();
            assert!(request_of(&world, MAIN, behind + 1).payable >= worth / 100 * 99);
        }
        paid.push(payable > 0);
    }
    assert_eq!(paid, [true, true, false], "only the last one costs more than a hundredth");
}

#[test]
fn audit_b8_no_shares_are_burnt_for_nothing() {
    // SETUP: alice owes more than insurance has, so that insurance is worth nothing.
    let mut world = World::flat();
    world.provide("vera", CLASSIC, MAIN, 100 * TOKEN).ok();
    let keys = world.pools[CLASSIC];
    // A request of one share is worth less than a unit: it is never executed, holds up nobody, and comes back.
    let dust = request(&mut world, "vera", MAIN, 1, 1);
    let second = request(&mut world, "lp", MAIN, 1_000 * TOKEN, 1);
    world.chain.give_lamports(&actor("vera"), 10_000_000_000);
    world.refused(
        build::request_withdrawal(actor("vera"), &keys, MAIN, world.next_number("vera"), 1_000, 0),
        EvergreenError::ZeroAmount,
    );
    world.pass(DAY);
    world.execute(CLASSIC, MAIN, dust).ok();
    assert_eq!(world.view(CLASSIC).pool.withdrawals_due, 0);
    world.execute(CLASSIC, MAIN, second).ok();
    assert!(world.view(CLASSIC).pool.withdrawals_due > 0);
    // Alone it stays where it is.
    let place = second + 1;
    assert_error(&world.execute(CLASSIC, MAIN, place), EvergreenError::BelowMinimum);
    let (before, at) = (world.shares("vera", CLASSIC, MAIN), world.withdrawal(CLASSIC, MAIN, place));
    world.send(build::cancel_withdrawal(actor("vera"), &keys, MAIN, at)).ok();
    assert_eq!(world.shares("vera", CLASSIC, MAIN), before + 1);
}

#[test]
fn audit_b8_a_request_is_cancelled_by_its_owner_only_and_is_passed() {
    // SETUP: three requests; the second is cancelled.
    let mut world = World::flat();
    world.provide("vera", CLASSIC, MAIN, 100 * TOKEN).ok();
    let keys = world.pools[CLASSIC];
    let numbers = [1, 2, 3].map(|_| request(&mut world, "vera", MAIN, 10 * TOKEN * 1_000, TOKEN));
    let (second, held) = (world.withdrawal(CLASSIC, MAIN, numbers[1]), world.shares("vera", CLASSIC, MAIN));
    let theft = build::cancel_withdrawal(actor("mallory"), &keys, MAIN, second);
    let share_mint = keys.share_mint(MAIN);
    world.chain.create_token_account(&actor("mallory"), &share_mint, &anchor_spl::token::ID);
    world.refused(theft, anchor_lang::error::ErrorCode::ConstraintHasOne);
    world.send(build::cancel_withdrawal(actor("vera"), &keys, MAIN, second)).ok();
    assert_eq!(world.shares("vera", CLASSIC, MAIN), held + 10 * TOKEN * 1_000);
    world.refused(build::cancel_withdrawal(actor("vera"), &keys, MAIN, second), EvergreenError::ZeroShares);

    // TEST: its account stays until its turn, so that the queue goes on; then it is closed.
    assert_error(&world.claim("vera", CLASSIC, MAIN, numbers[1]), EvergreenError::ZeroAmount);
    world.pass(DAY);
    for number in numbers {
        world.execute(CLASSIC, MAIN, number).ok();
    }
    for number in numbers {
        world.claim("vera", CLASSIC, MAIN, number).ok();
    }
    assert!(world.view(CLASSIC).withdrawals.is_empty());
}

#[test]
fn audit_b8_a_cancelled_insurance_request_brings_no_gains_back() {
    // SETUP: insurance doubles while vera's request of half of hers waits.
    let mut world = World::flat();
    world.provide("vera", CLASSIC, INSURANCE, 100 * TOKEN).ok();
    let (keys, all) = (world.pools[CLASSIC], world.shares("vera", CLASSIC, INSURANCE));
    let number = request(&mut world, "vera", INSURANCE, all / 2, TOKEN);
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 400 * TOKEN);
    for _ in 0..10 {
        world.trade("alice", CLASSIC, &[(call, 20 * TENTH)]).ok();
        world.trade("alice", CLASSIC, &[(call, -20 * TENTH)]).ok();
    }
    let most = request_of(&world, INSURANCE, number).worth_at_request;

    // TEST: the shares that come back are worth what the request could have paid, not more.
    let before = world.shares("vera", CLASSIC, INSURANCE);
    let at = world.withdrawal(CLASSIC, INSURANCE, number);
    world.send(build::cancel_withdrawal(actor("vera"), &keys, INSURANCE, at)).ok();
    let (back, pool) = (world.shares("vera", CLASSIC, INSURANCE) - before, world.view(CLASSIC).pool);
    assert!(back < all / 2, "{back} of {} came back", all / 2);
    // The burnt shares raise the price of all, of which she has her part as every holder has.
    let before_burn = u128::from(pool.insurance.total) + u128::from(all / 2 - back);
    let worth = u128::from(back) * u128::from(pool.insurance_worth().unwrap().0) / before_burn;
    assert!(worth <= u128::from(most) && u128::from(most) - worth <= 1_000, "worth {worth}, at most {most}");
}

#[test]
fn audit_b9_nobody_leaves_before_a_writer_who_cannot_pay_is_settled() {
    // SETUP: a written call is exercised, and bob, who wrote it, cannot pay. Vera's request has cooled down.
    let mut world = World::flat();
    world.provide("vera", CLASSIC, INSURANCE, 100 * TOKEN).ok();
    let shares = world.shares("vera", CLASSIC, INSURANCE);
    let number = request(&mut world, "vera", INSURANCE, shares / 2, 1);
    let call = world.list(CLASSIC, BTC, false, 110_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 100 * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(call, 20 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -20 * TENTH)]).ok();
    let bob = world.account_key("bob", CLASSIC);
    let spare = world.valued(CLASSIC, |view, markets| {
        let health = |level| markets.health(&view.accounts[&bob], level);
        health(evergreen_math::margin::HealthLevel::Initial)
            .min(health(evergreen_math::margin::HealthLevel::Maintenance))
    });
    world.withdraw("bob", CLASSIC, spare.unsigned_abs()).ok();
    world.pass(7 * DAY);
    world.set_price(BTC, 133_000);
    let keys = world.pools[CLASSIC];
    world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts)).ok();

    // TEST: the request waits until anyone settles bob, and then pays its part of what is left.
    assert_error(&world.execute(CLASSIC, INSURANCE, number), EvergreenError::WritersUnsettled);
    world.send(build::settle_positions(&keys, bob)).ok();
    let pool = world.view(CLASSIC).pool;
    assert!(pool.bad_debts > TOKEN, "bad debts {}", pool.bad_debts);
    world.execute(CLASSIC, INSURANCE, number).ok();
    let part =
        u128::from(pool.insurance_worth().unwrap().0) * u128::from(shares / 2) / u128::from(pool.insurance.total);
    assert!(u128::from(world.view(CLASSIC).pool.insurance_withdrawals_due) <= part, "more than her part {part}");
}

#[test]
fn audit_b10_two_requests_in_one_slot_both_succeed() {
    // SETUP: vera with two devices and mallory prepare their requests at the same moment.
    let mut world = World::flat();
    for who in ["vera", "mallory"] {
        world.provide(who, CLASSIC, MAIN, 10 * TOKEN).ok();
        world.chain.give_lamports(&actor(who), 10_000_000_000);
    }
    let keys = world.pools[CLASSIC];
    let request = |who: &str, id| build::request_withdrawal(actor(who), &keys, MAIN, id, TOKEN, 1);
    let [mallory, vera] = ["mallory", "vera"].map(|who| world.next_number(who));
    let all = [request("mallory", mallory), request("vera", vera), request("vera", vera + 1)];

    // TEST
    for instruction in &all {
        world.send(instruction.clone()).ok();
    }
    let view = world.view(CLASSIC);
    let mut places: Vec<u64> = view.withdrawals_of(MAIN).map(|withdrawal| withdrawal.number).collect();
    places.sort_unstable();
    assert_eq!(places, [0, 1, 2]);
    // What is sent twice is made once.
    assert_error(&world.chain.simulate(&all[1..2]), EvergreenError::WrongNumber);
}

#[test]
fn audit_liquidity_9_a_least_amount_that_is_never_met_costs_others_little() {
    // SETUP: mallory has two requests that can never be executed, and vera waits behind them.
    let mut world = World::flat();
    for who in ["mallory", "vera"] {
        world.provide(who, CLASSIC, MAIN, 10 * TOKEN).ok();
    }
    let keys = world.pools[CLASSIC];
    let held = world.shares("mallory", CLASSIC, MAIN);
    for _ in [1, 2] {
        let id = world.next_number("mallory");
        world.send(build::request_withdrawal(actor("mallory"), &keys, MAIN, id, TOKEN, u64::MAX)).ok();
    }
    let number = world.request("vera", CLASSIC, MAIN, 1_000 * TOKEN);
    world.pass(DAY);

    // TEST: vera is served in her turn, and after eight passes each of mallory's has left the queue.
    let mut sent = 0;
    for _ in 0..40 {
        let ledger = world.view(CLASSIC).pool.main;
        if ledger.first_withdrawal == ledger.next_withdrawal {
            break;
        }
        let executed = world.execute(CLASSIC, MAIN, ledger.first_withdrawal);
        world.pass(60);
        if ledger.first_withdrawal == number {
            executed.ok();
            assert_eq!(sent, 2, "she waits for two passes");
        } else if !executed.succeeded() {
            // The last one is alone, and holds up nobody.
            assert_error(&executed, EvergreenError::BelowMinimum);
            break;
        }
        sent += 1;
    }
    assert!(sent <= 1 + 2 * usize::from(LiquidityRequest::MOST_PASSES), "{sent} transactions");
    let requests: Vec<_> =
        world.view(CLASSIC).withdrawals.into_iter().filter(|(_, r)| r.owner == actor("mallory")).collect();
    let first = world.view(CLASSIC).pool.main.first_withdrawal;
    let gone: Vec<_> = requests.iter().filter(|(_, request)| request.has_left(first)).collect();
    assert_eq!((requests.len(), gone.len()), (2, 1));
    // Only its owner goes on with it: the shares come back, and its account is closed.
    let (key, request) = gone[0];
    assert_eq!(request.passes, LiquidityRequest::MOST_PASSES);
    world.refused(build::execute_withdrawal(&keys, *key, &[]), EvergreenError::WithdrawalNotFirst);
    for (key, _) in &requests {
        world.send(build::cancel_withdrawal(actor("mallory"), &keys, MAIN, *key)).ok();
    }
    assert_eq!(world.shares("mallory", CLASSIC, MAIN), held);
    world.fund("mallory", CLASSIC, 1);
    let close = build::claim_liquidity(actor("mallory"), &keys, MAIN, *key);
    world.send(close).ok();
    world.everybody_leaves();
}

#[test]
fn audit_liquidity_10_passes_at_one_price_count_once() {
    // SETUP: vera's least amount is above what her shares are worth; mallory has a request of one share that is never met.
    let mut world = World::flat();
    for who in ["mallory", "vera"] {
        world.provide(who, CLASSIC, MAIN, 10 * TOKEN).ok();
    }
    let number = request(&mut world, "vera", MAIN, TOKEN, u64::MAX);
    request(&mut world, "mallory", MAIN, 1, u64::MAX);
    world.pass(DAY);
    world.pass_to(1);

    // TEST: mallory passes both again and again within one minute.
    let key = world.withdrawal(CLASSIC, MAIN, number);
    for _ in 0..2 * LiquidityRequest::MOST_PASSES {
        let first = world.view(CLASSIC).pool.main.first_withdrawal;
        let pass = world.execute_instruction(CLASSIC, MAIN, first);
        world.send(pass).ok();
    }
    let found = evergreen_sdk::accounts::request(&world.chain.data(&key)).expect("a withdrawal");
    let first = world.view(CLASSIC).pool.main.first_withdrawal;
    assert_eq!((found.passes, found.has_left(first)), (1, false));
}

#[test]
fn audit_b9_nobody_deposits_before_a_loss_that_everybody_can_see() {
    // SETUP: bob has written an option that was exercised, and has yet to pay more than they have.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 110_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 100 * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(call, 20 * TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -20 * TENTH)]).ok();
    world.set_price(BTC, 133_000);
    let (keys, btc) = (world.pools[CLASSIC], world.feeds[BTC].accounts);
    world.send(build::exercise_series(&keys, call, &btc)).ok();
    world.fund("zoe", CLASSIC, 20 * TOKEN);
    world.chain.give_lamports(&actor("zoe"), 10_000_000_000);
    for class in [MAIN, INSURANCE] {
        world.chain.create_token_account(&actor("zoe"), &keys.share_mint(class), &anchor_spl::token::ID);
    }

    // TEST: neither class takes her tokens of a minute at which they are unsettled; where they are settled before, it does, at what the loss has left. Insurance waits a minute more.
    for (class, wait) in [(MAIN, 0), (INSURANCE, 60)] {
        let mut world = world.clone();
        world.send(build::request_deposit(actor("zoe"), &keys, class, 0, 10 * TOKEN, 0)).ok();
        let settle = build::settle_positions(&keys, world.account_key("bob", CLASSIC));
        for is_before in [true, false] {
            let mut world = world.clone();
            if is_before {
                world.send(settle.clone()).ok();
            }
            world.pass_to(1);
            world.pass(wait);
            let execute = world.execute_deposit_in("zoe", CLASSIC, class, 0);
            if !is_before {
                world.refused(execute.clone(), EvergreenError::WritersUnsettled);
                world.send(settle.clone()).ok();
            }
            let done = world.send(execute);
            assert!(done.succeeded(), "{:?}", done.failure);
            assert_eq!(world.shares("zoe", CLASSIC, class) > 0, is_before);
        }
    }
}
