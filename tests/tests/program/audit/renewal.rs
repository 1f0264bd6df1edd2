//! Life after a wipe-out: shares whose capital is spent are retired, their holders keep what is left, and new ones begin.

use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    address,
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::{errors::EvergreenError, state::ShareClass},
    instruction::{self as build, PoolKeys},
};
use evergreen_tests::{
    BTC, DAY, STOCK, Setup, World, assert_error,
    chain::actor,
    outcome::Outcome,
    seizures::Seizure,
    world::{TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;
const INSURANCE: ShareClass = ShareClass::Insurance;

fn world_with(liquidity: u64, insurance: u64) -> World {
    let mut setup = Setup::flat();
    (setup.liquidity, setup.insurance) = (liquidity, insurance);
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    for who in ["lp", "vera", "insurer", "mallory"] {
        world.chain.give_lamports(&actor(who), 10_000_000_000);
    }
    world
}

/// Burns all but `left` native units of a class's capital and assigns the loss.
fn wipe(world: &mut World, class: ShareClass, left: u64) {
    let (keys, pool) = (world.pools[STOCK], world.view(STOCK).pool);
    let capital = match class {
        ShareClass::Main => pool.pool_cash.unsigned_abs() + pool.fees_due,
        ShareClass::Insurance => pool.insurance_cash,
    };
    world.seize(STOCK, keys.vault_of(class), capital - left, Seizure::Burn);
    for _ in 0..2 {
        world.sync(STOCK).ok();
    }
}

fn renewal(world: &World, who: &str, class: ShareClass) -> Instruction {
    build::renew_shares(actor(who), &world.pools[STOCK], class)
}

fn renew(world: &mut World, who: &str, class: ShareClass) -> Outcome {
    let renewal = renewal(world, who, class);
    world.send(renewal)
}

/// The keys of the first generation.
fn first(world: &World, class: ShareClass) -> PoolKeys {
    world.pools[STOCK].at(class, 0)
}

/// Somebody redeems all shares of the first generation and gets this many native units.
#[track_caller]
fn redeem(world: &mut World, who: &str, class: ShareClass, payer: &str) -> u64 {
    let keys = first(world, class);
    let shares = world.chain.balance(&keys.shares(&actor(who), class));
    world.fund(who, STOCK, 0);
    let before = world.wallet(who, STOCK);
    world.send(build::redeem_retired(actor(who), &keys, class, actor(payer), shares)).ok();
    world.wallet(who, STOCK) - before
}

fn retired(world: &World, class: ShareClass) -> Pubkey {
    address::retired(&world.pools[STOCK].pool, class, 0)
}

#[test]
fn audit_b4_a_wiped_out_pool_begins_anew() {
    // SETUP: lp has 1,000, insurer 100, and bob 10 of margin. All capital is burnt.
    let mut world = world_with(1_000 * TOKEN, 100 * TOKEN);
    world.trader("bob", STOCK, 10 * TOKEN);
    wipe(&mut world, INSURANCE, 0);
    wipe(&mut world, MAIN, 0);
    let pool = world.view(STOCK).pool;
    assert_eq!((pool.pool_cash, pool.insurance_cash, pool.margin_cash), (0, 0, 10 * TOKEN as i64));

    // TEST: nobody can deposit; anyone renews both classes, and then deposits are priced as in a new pool.
    for class in [MAIN, INSURANCE] {
        assert_error(&world.provide("vera", STOCK, class, 100 * TOKEN), EvergreenError::SharesSpent);
        renew(&mut world, "mallory", class).ok();
        world.refused(renewal(&world, "mallory", class), EvergreenError::SharesNotSpent);
        world.provide("vera", STOCK, class, 100 * TOKEN).ok();
        assert_eq!(world.shares("vera", STOCK, class), 100 * TOKEN * 1_000);
    }
    // Old shares are worth nothing, and burning the last ones closes the account of their generation.
    for (who, class) in [("lp", MAIN), ("insurer", INSURANCE)] {
        assert_eq!(redeem(&mut world, who, class, "mallory"), 0);
        assert!(world.chain.data(&retired(&world, class)).is_empty());
    }
    // People trade, and everybody leaves.
    let call = world.list(STOCK, BTC, false, 100_000);
    world.trade("bob", STOCK, &[(call, TENTH)]).ok();
    world.everybody_leaves();
    assert!(world.wallet("vera", STOCK) > 199 * TOKEN, "{}", world.wallet("vera", STOCK));
}

#[test]
fn audit_b4_a_wiped_out_insurance_is_not_taken_by_the_first() {
    // SETUP: insurance is burnt, and earns one unit or a few.
    let mut world = world_with(1_000 * TOKEN, 100 * TOKEN);
    wipe(&mut world, INSURANCE, 0);
    let call = world.list(STOCK, BTC, false, 100_000);
    world.trader("bob", STOCK, 50 * TOKEN);
    let mut points = 50;
    while world.view(STOCK).pool.insurance_due == 0 {
        world.trade("bob", STOCK, &[(call, points)]).ok();
        points *= 2;
    }

    // TEST: mallory cannot buy the class for next to nothing; before it is renewed nobody can.
    for amount in [TOKEN / 30, 100 * TOKEN] {
        assert_error(&world.provide("mallory", STOCK, INSURANCE, amount), EvergreenError::SharesSpent);
    }
    world.refused(renewal(&world, "mallory", INSURANCE), EvergreenError::IncomeNotSwept);
    let income = world.view(STOCK).pool.insurance_due as u64;
    // She renews it and deposits before anybody else can; the income until then is the old holders'.
    let sweep = build::sweep_insurance(&world.pools[STOCK]);
    let renewal = renewal(&world, "mallory", INSURANCE);
    world.send_all(&[sweep, renewal]).ok();
    world.provide("mallory", STOCK, INSURANCE, TOKEN / 30).ok();
    world.provide("vera", STOCK, INSURANCE, 100 * TOKEN).ok();
    let all = world.view(STOCK).pool.insurance.total;
    let part = world.shares("mallory", STOCK, INSURANCE) as f64 / all as f64;
    assert!(part < 0.000_34, "mallory has {part} of later income");
    assert_eq!(redeem(&mut world, "insurer", INSURANCE, "mallory"), income);
    world.everybody_leaves();
}

#[test]
fn audit_b4_old_holders_share_what_is_left() {
    // SETUP: lp has 1,000 and vera 500, half of it in a request. 0.6 of 1,500 are left.
    let mut world = world_with(1_000 * TOKEN, 0);
    world.provide("vera", STOCK, MAIN, 500 * TOKEN).ok();
    let shares = world.shares("vera", STOCK, MAIN);
    let number = world.request("vera", STOCK, MAIN, shares / 2);
    let waiting = world.withdrawal(STOCK, MAIN, number);
    wipe(&mut world, MAIN, 6 * TOKEN / 10);

    // TEST: mallory renews and deposits at once; that moves nobody's claim, and her shares are worth what she has paid.
    assert_error(&world.provide("mallory", STOCK, MAIN, TOKEN), EvergreenError::SharesSpent);
    renew(&mut world, "mallory", MAIN).ok();
    world.provide("mallory", STOCK, MAIN, 10 * TOKEN).ok();
    let pool = world.view(STOCK).pool;
    // Her first deposit was given back.
    assert_eq!((pool.pool_cash, pool.withdrawals_due), (10 * TOKEN as i64, 6 * TOKEN / 10 + TOKEN));

    // The waiting request holds up nobody: mallory's is the first of the new queue.
    let all = world.shares("mallory", STOCK, MAIN);
    let next = world.request("mallory", STOCK, MAIN, all / 10);
    world.pass(8 * DAY);
    assert_error(&world.execute(STOCK, MAIN, number), EvergreenError::WithdrawalNotFirst);
    world.execute(STOCK, MAIN, next).ok();

    // It comes back as shares of its own generation, and its account is closed.
    let keys = first(&world, MAIN);
    world.refused(
        build::cancel_withdrawal(actor("vera"), &world.pools[STOCK], MAIN, waiting),
        evergreen_sdk::anchor_lang::error::ErrorCode::AccountNotInitialized,
    );
    world.send(build::cancel_withdrawal(actor("vera"), &keys, MAIN, waiting)).ok();
    world.send(build::claim_liquidity(actor("vera"), &keys, MAIN, waiting)).ok();
    assert_eq!(redeem(&mut world, "vera", MAIN, "mallory"), 2 * TOKEN / 10);
    assert_eq!(redeem(&mut world, "lp", MAIN, "mallory"), 4 * TOKEN / 10);
    assert!(world.chain.data(&retired(&world, MAIN)).is_empty());
    world.everybody_leaves();
}

#[test]
fn audit_b4_what_is_left_bears_a_later_seizure() {
    // SETUP: 0.6 of lp's 1,000 are left and set aside; mallory deposits 10, and all of it and half of the 0.6 are seized.
    let mut world = world_with(1_000 * TOKEN, 0);
    wipe(&mut world, MAIN, 6 * TOKEN / 10);
    renew(&mut world, "mallory", MAIN).ok();
    world.provide("mallory", STOCK, MAIN, 10 * TOKEN).ok();
    let vault = world.pools[STOCK].vault;
    world.seize(STOCK, vault, 10 * TOKEN + 3 * TOKEN / 10, Seizure::Burn);
    let keys = first(&world, MAIN);
    let shares = world.chain.balance(&keys.shares(&actor("lp"), MAIN));
    let half = build::redeem_retired(actor("lp"), &keys, MAIN, actor("mallory"), shares / 2);
    world.fund("lp", STOCK, 0);
    world.refused(half, EvergreenError::VaultMismatch);
    for _ in 0..2 {
        world.sync(STOCK).ok();
    }

    // TEST: the second generation is spent, too, and the first still gets its half.
    renew(&mut world, "vera", MAIN).ok();
    let paid = redeem(&mut world, "lp", MAIN, "mallory");
    // A unit is kept back for each of the five ledgers of claims, and its part is rounded down.
    assert!((0..=6).contains(&(3 * TOKEN / 10 - paid)), "{paid}");
    assert_eq!(world.pools[STOCK].generations[0], 2);
}

#[test]
fn audit_b4_nothing_that_can_rebound_is_open() {
    // SETUP: main capital is burnt while alice holds a call.
    let mut world = world_with(1_000 * TOKEN, 100 * TOKEN);
    let call = world.list(STOCK, BTC, false, 100_000);
    world.trader("alice", STOCK, 100 * TOKEN);
    world.refused(renewal(&world, "mallory", MAIN), EvergreenError::SharesNotSpent);
    world.refused(renewal(&world, "mallory", INSURANCE), EvergreenError::SharesNotSpent);
    world.trade("alice", STOCK, &[(call, TENTH)]).ok();

    // TEST: while her option is open the main class is not renewed, whatever its cash.
    world.refused(renewal(&world, "mallory", MAIN), EvergreenError::PoolInUse);
    world.trade("alice", STOCK, &[(call, -TENTH)]).ok();
    world.refused(renewal(&world, "mallory", MAIN), EvergreenError::SharesNotSpent);
}

#[test]
fn audit_b4_nobody_pays_for_older_debts() {
    // SETUP: no insurance was ever deposited. Bob has written a call with no more margin than that takes; its cap is reached.
    let mut world = world_with(1_000 * TOKEN, 0);
    let call = world.list(STOCK, BTC, false, 110_000);
    world.trader("alice", STOCK, 100 * TOKEN);
    world.trader("bob", STOCK, 100 * TOKEN);
    world.trade("alice", STOCK, &[(call, 10 * TENTH)]).ok();
    world.trade("bob", STOCK, &[(call, -10 * TENTH)]).ok();
    let key = world.account_key("bob", STOCK);
    let spare = world.valued(STOCK, |view, markets| {
        let bob = &view.accounts[&key];
        markets.health(bob, HealthLevel::Initial).min(markets.health(bob, HealthLevel::Maintenance))
    });
    world.withdraw("bob", STOCK, spare as u64).ok();
    world.set_price(BTC, 133_000);
    let keys = world.pools[STOCK];
    world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts)).ok();
    for who in ["alice", "bob"] {
        world.send(build::settle_positions(&keys, world.account_key(who, STOCK))).ok();
    }
    let pool = world.view(STOCK).pool;
    assert!(pool.bad_debts > pool.insurance_assets().unwrap().0, "{} owed", pool.bad_debts);

    // TEST: insurance takes no deposit that would pay for it, and no class is renewed, until the debt is absorbed.
    assert_error(&world.provide("vera", STOCK, INSURANCE, 100 * TOKEN), EvergreenError::SharesSpent);
    for class in [MAIN, INSURANCE] {
        world.refused(renewal(&world, "mallory", class), EvergreenError::DebtsOpen);
    }
    world.send(build::absorb_bad_debt(&keys, key)).ok();
    world.provide("vera", STOCK, INSURANCE, 100 * TOKEN).ok();
    world.refused(renewal(&world, "mallory", MAIN), EvergreenError::SharesNotSpent);
    assert_eq!(world.view(STOCK).pool.insurance_worth().unwrap().0, 100 * TOKEN);
}
