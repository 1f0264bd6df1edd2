//! What deposits and withdrawals of liquidity are worth does not depend on the order of transactions after their minute.

use anchor_lang::solana_program::instruction::Instruction;
use anchor_spl::token_2022::spl_token_2022;
use evergreen_sdk::{
    events::Event,
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, ETH, Outcome, World,
    chain::actor,
    world::{TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;
const INSURANCE: ShareClass = ShareClass::Insurance;

/// A pool of 1,000 tokens and a stranger, bob, who may buy calls in the money.
fn world_with_stranger() -> (World, SeriesId) {
    let mut world = World::flat();
    world.round_trip_every = u32::MAX;
    let call = world.list_tenor(CLASSIC, BTC, false, 95_000, 1);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 4_000 * TOKEN);
    }
    // So that prices are needed at all.
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.fund("vera", CLASSIC, 9_000 * TOKEN);
    for class in [MAIN, INSURANCE] {
        let mint = world.pools[CLASSIC].share_mint(class);
        world.chain.create_token_account(&actor("vera"), &mint, &anchor_spl::token::ID);
    }
    for who in ["vera", "lp"] {
        world.chain.give_lamports(&actor(who), 10_000_000_000);
    }
    (world, call)
}

/// What somebody's shares of the main class are worth at the mark, native units.
fn worth(world: &World, who: &str) -> i128 {
    let shares = i128::from(world.shares(who, CLASSIC, MAIN));
    let total = i128::from(world.view(CLASSIC).pool.main.total);
    shares * i128::from(world.valued(CLASSIC, |_, markets| markets.net_assets_at_mark())) / total
}

fn tokens(native: i128) -> f64 {
    native as f64 / TOKEN as f64
}

/// Publishes a price of BTC one second from now.
fn publish(world: &mut World, dollars: i64) {
    world.chain.pass(1);
    world.set_price(BTC, dollars);
    world.edit_price(ETH, |_| {});
}

/// Vera requests a deposit four seconds before a full minute, and bob commits to a trade one second later: their price is published after the minute.
/// Then the price of the minute is published, and after it that of bob's fill. Returns the execution of the deposit and the fill.
fn beside(
    world: &mut World,
    amount: u64,
    legs: &[(SeriesId, i64)],
    [of_minute, of_fill]: [i64; 2],
) -> [Instruction; 2] {
    world.pass_to(56);
    let number = world.next_number("vera");
    let request = build::request_deposit(actor("vera"), &world.pools[CLASSIC], MAIN, number, amount, 0);
    world.send(request).ok();
    world.chain.pass(3);
    let commit = world.commit_instruction("bob", CLASSIC, legs);
    world.send(commit).ok();
    world.chain.pass(1);
    publish(world, of_minute);
    let execute = world.execute_deposit_instruction("vera", CLASSIC, number);
    world.chain.pass(2);
    publish(world, of_fill);
    [execute, world.fill_instruction("bob", CLASSIC)]
}

/// Asserts that two numbers of shares are the same but for the rounding of two units, of 1,000 shares each.
#[track_caller]
fn same(some: u64, others: u64) {
    assert!(some.abs_diff(others) <= 2_000, "the order decides: {some} or {others} shares");
}

fn minted(outcome: &Outcome) -> u64 {
    outcome.event(|event| if let Event::LiquidityDeposited(e) = event { Some(e.shares) } else { None })
}

#[test]
fn audit_order_1_a_fill_before_a_deposit_takes_nothing_from_the_others() {
    // Bob buys 20 BTC of calls at less than the price of the minute. Before, the deposit after it took this from the others' 1,000 tokens, for 22 BTC.
    for (of_fill, took) in [(99_800, 8.2), (99_500, 27.0)] {
        let (mut world, call) = world_with_stranger();
        let [deposit, fill] = beside(&mut world, 9_000 * TOKEN, &[(call, 200 * TENTH)], [100_000, of_fill]);
        let mut shares = Vec::new();
        let mut left = Vec::new();
        for order in [[deposit.clone(), fill.clone()], [fill, deposit]] {
            let mut world = world.clone();
            // Both in one transaction.
            let outcome = world.send_all(&order).ok();
            shares.push(minted(&outcome));
            left.push(worth(&world, "lp"));
        }
        println!(
            "a stranger's purchase at {of_fill}, then a deposit of 9,000: the others keep {:.2} in one order and {:.2} in the other; it took {took}",
            tokens(left[0]),
            tokens(left[1])
        );
        same(shares[0], shares[1]);
        assert!((left[0] - left[1]).abs() <= 4, "the order decides about {}", left[0] - left[1]);
    }
}

#[test]
fn audit_order_2_a_fill_before_a_withdrawal_takes_nothing_from_the_others() {
    // SETUP: vera wants 300 tokens out; bob's purchase at a price that has risen is good for the pool at the price of the minute.
    let (mut world, call) = world_with_stranger();
    world.deposit_main("vera", CLASSIC, 300 * TOKEN, 0).ok();
    let shares = world.shares("vera", CLASSIC, MAIN);
    let number = world.request("vera", CLASSIC, MAIN, shares);
    world.pass(DAY);
    world.pass_to(58);
    let commit = world.commit_instruction("bob", CLASSIC, &[(call, 150 * TENTH)]);
    world.send(commit).ok();
    world.chain.pass(2);
    publish(&mut world, 100_000);
    let execute = world.execute_instruction(CLASSIC, MAIN, number);
    world.chain.pass(2);
    publish(&mut world, 100_500);
    let fill = world.fill_instruction("bob", CLASSIC);

    // TEST
    let mut paid = Vec::new();
    for order in [[execute.clone(), fill.clone()], [fill, execute]] {
        let mut world = world.clone();
        let outcome = world.send_all(&order).ok();
        paid.push(outcome.event(|e| if let Event::WithdrawalExecuted(e) = e { Some(e.amount) } else { None }));
    }
    println!(
        "a withdrawal of 300 beside a purchase at 0.5 % more: {:?}",
        paid.iter().map(|p| tokens((*p).into())).collect::<Vec<_>>()
    );
    assert!(paid[0].abs_diff(paid[1]) <= 2, "the order decides about the amount");
}

#[test]
fn audit_order_3_whatever_is_closed_in_between_changes_nothing() {
    // SETUP: carol has written a call and is below maintenance at the price after the minute, and alice closes what she holds of another series.
    let (mut world, _) = world_with_stranger();
    let written = world.list(CLASSIC, BTC, false, 110_000);
    world.trader("carol", CLASSIC, 60 * TOKEN);
    world.trader("keeper", CLASSIC, TOKEN);
    world.trade("alice", CLASSIC, &[(written, 10 * TENTH)]).ok();
    world.trade("carol", CLASSIC, &[(written, -5 * TENTH)]).ok();
    let carol = world.account_key("carol", CLASSIC);
    let spare = world.valued(CLASSIC, |view, markets| {
        use evergreen_math::margin::HealthLevel;
        let health = |level| markets.health(&view.accounts[&carol], level);
        health(HealthLevel::Initial).min(health(HealthLevel::Maintenance))
    });
    world.withdraw("carol", CLASSIC, spare as u64).ok();
    let [deposit, fill] = beside(&mut world, 500 * TOKEN, &[(written, 10 * TENTH)], [100_000, 112_000]);
    let keys = world.pools[CLASSIC];
    let legs = vec![Leg { series: written, points: 5 * TENTH }];
    let keeper = world.account_key("keeper", CLASSIC);
    let liquidate = build::liquidate(actor("keeper"), &keys, carol, keeper, legs, &world.markets());

    // TEST: in every order of the three the deposit gets as many shares.
    let all = [deposit, fill, liquidate];
    let mut shares = Vec::new();
    for order in [[0, 1, 2], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0], [0, 2, 1]] {
        let mut world = world.clone();
        let outcome = world.send_all(&order.map(|place: usize| all[place].clone())).ok();
        shares.push(minted(&outcome));
    }
    println!("a deposit of 500 beside a fill and a liquidation: {shares:?} shares");
    shares.iter().for_each(|got| same(*got, shares[0]));
}

#[test]
fn audit_order_4_a_series_that_ends_in_between_changes_nothing() {
    // SETUP: the price of the minute is below the cap of a call at 110,000 dollars, that after it at the cap. Alice holds what carol has written, and more.
    // Before, the end gave deposits of the minute back for nothing, and made withdrawals wait for the next: who holds a thousand points could let them go.
    let (mut world, _) = world_with_stranger();
    let near = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    world.trader("carol", CLASSIC, 400 * TOKEN);
    world.trade("alice", CLASSIC, &[(near, 20 * TENTH)]).ok();
    world.trade("carol", CLASSIC, &[(near, -5 * TENTH)]).ok();
    world.deposit_main("vera", CLASSIC, 300 * TOKEN, 0).ok();
    let shares = world.shares("vera", CLASSIC, MAIN);
    world.request("vera", CLASSIC, MAIN, shares);
    world.pass(DAY);
    world.pass_to(56);
    let number = world.next_number("vera");
    let keys = world.pools[CLASSIC];
    world.send(build::request_deposit(actor("vera"), &keys, MAIN, number, 100 * TOKEN, 0)).ok();
    world.chain.pass(4);
    publish(&mut world, 109_500);
    let deposit = world.execute_deposit_instruction("vera", CLASSIC, number);
    let withdrawal = world.execute_instruction(CLASSIC, MAIN, world.view(CLASSIC).pool.main.first_withdrawal);
    publish(&mut world, 112_000);
    let exercise = build::exercise_series(&keys, near, &world.feeds[BTC].accounts);
    let settle = |who: &str| build::settle_positions(&keys, world.account_key(who, CLASSIC));
    let (holder, writer) = (settle("alice"), settle("carol"));

    // TEST: before it, after it, and after each settlement, in the last of which the slot stays until nothing needs it; whatever the others' cash says then.
    for (execute, what) in [(deposit, "deposit"), (withdrawal, "withdrawal")] {
        let mut found = Vec::new();
        for before in [vec![], vec![&exercise], vec![&exercise, &writer], vec![&exercise, &holder, &writer]] {
            let mut world = world.clone();
            before.iter().for_each(|instruction| drop(world.send((*instruction).clone()).ok()));
            if before.len() == 3 {
                let retire = build::retire_series(&keys, near);
                world.refused(retire, EvergreenError::SeriesInUse);
            }
            found.push(world.send(execute.clone()).ok().event(|event| match event {
                Event::LiquidityDeposited(e) => Some(e.assets),
                Event::WithdrawalExecuted(e) => Some(e.assets),
                _ => None,
            }));
            if before.len() == 3 {
                world.pass(20);
                world.send(build::retire_series(&keys, near)).ok();
            }
        }
        println!("a {what} beside an exercise: the pool is worth {found:?}");
        assert!(found.iter().all(|assets| assets.abs_diff(found[0]) <= 8), "{found:?}");
    }
}

#[test]
fn audit_order_8_a_gift_changes_nothing() {
    // SETUP: mallory's deposit of 11,000 lapses by a closed account for shares, in the minute of vera's, which wants at least 99 % of what it gets. Before, its fee
    // of 11 tokens kept vera out.
    let (mut world, _) = world_with_stranger();
    let keys = world.pools[CLASSIC];
    world.fund("mallory", CLASSIC, 11_000 * TOKEN);
    let (mallory, mint) = (actor("mallory"), keys.share_mint(MAIN));
    world.chain.create_token_account(&mallory, &mint, &anchor_spl::token::ID);
    world.chain.give_lamports(&mallory, 10_000_000_000);
    world.pass_to(50);
    let request = |world: &World, who: &str, amount, least| {
        build::request_deposit(actor(who), &keys, MAIN, world.next_number(who), amount, least)
    };
    let gift = request(&world, "mallory", 11_000 * TOKEN, 0);
    world.send(gift).ok();
    let probe = {
        let mut world = world.clone();
        let request = request(&world, "vera", 9_000 * TOKEN, 0);
        world.send(request).ok();
        world.pass_to(1);
        let execute = world.execute_deposit_instruction("vera", CLASSIC, world.last_number("vera"));
        minted(&world.send(execute).ok())
    };
    let least = request(&world, "vera", 9_000 * TOKEN, probe / 1_000 * 999);
    world.send(least).ok();
    world.pass_to(1);
    let close = spl_token_2022::instruction::close_account(
        &anchor_spl::token::ID,
        &keys.shares(&mallory, MAIN),
        &mallory,
        &mallory,
        &[],
    );
    world.send(close.expect("an instruction")).ok();
    let gift = world.execute_deposit_instruction("mallory", CLASSIC, world.last_number("mallory"));
    let execute = world.execute_deposit_instruction("vera", CLASSIC, world.last_number("vera"));

    // TEST: she gets her shares, as many as without it.
    world.send(gift).ok();
    same(minted(&world.send(execute).ok()), probe);
}

#[test]
fn audit_order_5_a_series_that_is_sold_out_in_between_is_still_valued() {
    // SETUP: bob holds all of a series, and sells it at a later price than the minute's.
    let (mut world, _) = world_with_stranger();
    let own = world.list_tenor(CLASSIC, BTC, false, 80_000, 30);
    world.trade("bob", CLASSIC, &[(own, 50 * TENTH)]).ok();
    let [deposit, fill] = beside(&mut world, 500 * TOKEN, &[(own, -50 * TENTH)], [100_000, 99_500]);

    // TEST: nobody makes the valuation forget it by freeing its slot, until nothing of the minute can be executed any more.
    let first = minted(&world.clone().send(deposit.clone()).ok());
    world.send(fill).ok();
    let retire = build::retire_series(&world.pools[CLASSIC], own);
    world.refused(retire.clone(), EvergreenError::SeriesInUse);
    same(minted(&world.send(deposit).ok()), first);
    world.pass(20);
    world.send(retire).ok();
}

#[test]
fn audit_order_6_a_deposit_in_insurance_shares_no_penalty_that_is_due() {
    // SETUP: carol is below maintenance at a price that everybody can see; half of the penalty will be insurance's. Before, a deposit of 900 beside 100 in the
    // same transaction took nine tenths of that.
    let (mut world, _) = world_with_stranger();
    let written = world.list(CLASSIC, BTC, false, 110_000);
    world.trader("carol", CLASSIC, 60 * TOKEN);
    world.trader("keeper", CLASSIC, TOKEN);
    world.trade("alice", CLASSIC, &[(written, 10 * TENTH)]).ok();
    world.trade("carol", CLASSIC, &[(written, -5 * TENTH)]).ok();
    let carol = world.account_key("carol", CLASSIC);
    let spare = world.valued(CLASSIC, |view, markets| {
        use evergreen_math::margin::HealthLevel;
        let health = |level| markets.health(&view.accounts[&carol], level);
        health(HealthLevel::Initial).min(health(HealthLevel::Maintenance))
    });
    world.withdraw("carol", CLASSIC, spare as u64).ok();
    world.pass_to(5);
    world.set_price(BTC, 112_000);
    let keys = world.pools[CLASSIC];
    let (number, before) = (world.next_number("vera"), world.view(CLASSIC).pool.insurance_assets().expect("capital").0);
    let all = world.view(CLASSIC).pool.insurance.total;

    // TEST: she can only request, a minute ahead at least; whoever liquidates does so while she waits.
    world.send(build::request_deposit(actor("vera"), &keys, INSURANCE, number, 900 * TOKEN, 0)).ok();
    let execute = world.execute_deposit_in("vera", CLASSIC, INSURANCE, number);
    world.refused(execute, EvergreenError::OffGrid);
    let legs = vec![Leg { series: written, points: 5 * TENTH }];
    let keeper = world.account_key("keeper", CLASSIC);
    world.send(build::liquidate(actor("keeper"), &keys, carol, keeper, legs, &world.markets())).ok();
    let income = world.view(CLASSIC).pool.insurance_assets().expect("capital").0 - before;
    world.pass_to(1);
    let early = world.execute_deposit_in("vera", CLASSIC, INSURANCE, number);
    world.refused(early, EvergreenError::OffGrid);
    world.pass(60);
    let execute = world.execute_deposit_in("vera", CLASSIC, INSURANCE, number);
    let shares = minted(&world.send(execute).ok());
    let pool = world.view(CLASSIC).pool;
    let worth =
        |shares: u64| pool.insurance.worth(shares, pool.insurance_balance().expect("capital")).expect("worth").0;
    let others = i128::from(worth(all)) - i128::from(before);
    println!(
        "a penalty of {:.3} tokens: the others keep {:.3}, {:.3} at once before",
        tokens(income.into()),
        tokens(others),
        tokens(income.into()) / 10.0
    );
    assert!(income > 0 && others >= i128::from(income) - 2, "the others keep {others} of {income}");
    assert!(worth(shares) <= 900 * TOKEN);
}
