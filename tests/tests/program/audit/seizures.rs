//! Seizures: nobody steps out of a loss before it is assigned, and afterwards everybody gets out what the rule gives.

use anchor_spl::token_2022::spl_token_2022::error::TokenError;
use anchor_spl::token_2022::spl_token_2022::{self, ID as TOKEN_2022};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{NoticeCause, SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, DAY, STOCK, Setup, World, assert_error,
    chain::actor,
    seizures::Seizure,
    tokens::issuer,
    world::{TENTH, TOKEN},
};

const MAIN: ShareClass = ShareClass::Main;
const MISMATCH: EvergreenError = EvergreenError::VaultMismatch;

fn world_with(liquidity: u64, insurance: u64) -> World {
    let mut setup = Setup::flat();
    (setup.liquidity, setup.insurance) = (liquidity, insurance);
    World::new(setup)
}

fn seize_main(world: &mut World, amount: u64) {
    let vault = world.pools[STOCK].vault;
    world.seize(STOCK, vault, amount, Seizure::Burn);
}

/// Seizes all that is not the claim of an account: income of insurance, fees and pool cash.
fn seize_capital(world: &mut World) {
    let pool = world.view(STOCK).pool;
    let capital = pool.insurance_assets().unwrap().0 + pool.fees_due + pool.pool_cash.unsigned_abs();
    seize_main(world, capital);
}

#[test]
fn audit_b2_a_withdrawal_bears_a_loss_that_is_not_assigned() {
    // SETUP: lp and vera have 500 each. Half of vera's shares are to be executed when 400 are seized.
    let mut world = world_with(500 * TOKEN, 0);
    world.provide("vera", STOCK, MAIN, 500 * TOKEN).ok();
    let shares = world.shares("vera", STOCK, MAIN);
    let number = world.request("vera", STOCK, MAIN, shares / 2);
    world.pass(DAY);
    seize_main(&mut world, 400 * TOKEN);

    // TEST: before the loss is assigned nothing is executed, requested or deposited; afterwards she gets 150, not 250.
    assert_error(&world.execute(STOCK, MAIN, number), MISMATCH);
    let (keys, vera) = (world.pools[STOCK], actor("vera"));
    let next = world.next_number("vera");
    world.refused(build::request_withdrawal(vera, &keys, MAIN, next, shares / 4, 1), MISMATCH);
    for class in [MAIN, ShareClass::Insurance] {
        assert_error(&world.provide("vera", STOCK, class, TOKEN), MISMATCH);
    }
    world.sync(STOCK).ok();
    world.execute(STOCK, MAIN, number).ok();
    let paid = world.view(STOCK).pool.withdrawals_due;
    assert!(paid.abs_diff(150 * TOKEN) <= 2, "paid {paid}");
}

#[test]
fn audit_b2_a_holder_cannot_sell_before_a_loss_is_assigned() {
    // SETUP: alice's call is worth 61 tokens, and exactly the pool's capital is seized. Bob has 100 tokens of cash, and nothing else.
    let mut world = world_with(1_000 * TOKEN, 0);
    let call = world.list(STOCK, BTC, false, 100_000);
    world.trader("alice", STOCK, 60 * TOKEN);
    world.trader("bob", STOCK, 100 * TOKEN);
    world.trade("alice", STOCK, &[(call, 40 * TENTH)]).ok();
    world.set_price(BTC, 114_000);
    let commit = world.commit_instruction("alice", STOCK, &[(call, -20 * TENTH)]);
    world.send(commit).ok();
    world.wait_for_fill();
    seize_capital(&mut world);

    // TEST: the commitment that was made before is not filled before the loss is assigned. Then it is filled for nothing, and
    // neither can the rest be sold for anything: bob's margin is not touched.
    let fill = world.fill_instruction("alice", STOCK);
    world.refused(fill.clone(), MISMATCH);
    world.sync(STOCK).ok();
    let alice = world.cash("alice", STOCK) + world.account("alice", STOCK).commitment.tip as i64;
    world.send(fill).ok();
    world.trade("alice", STOCK, &[(call, -20 * TENTH)]).ok();
    assert!(world.cash("alice", STOCK) <= alice, "she gets nothing for her calls");
    assert_eq!(world.cash_left("bob", STOCK), 100 * TOKEN as i64);
    world.withdraw("bob", STOCK, u64::MAX).ok();
}

/// Instructions whose outcome a seizure changes, or that use a share price or pay tokens out. All others neither pay, nor turn a claim of
/// one kind into one of another that bears losses later.
fn touching(world: &World, call: SeriesId, account: Pubkey, number: u64) -> Vec<(&'static str, Instruction)> {
    let (keys, feeds, keeper) = (world.pools[STOCK], world.markets(), world.account_key("keeper", STOCK));
    let legs = vec![Leg { series: call, points: -TENTH }];
    vec![
        ("deposit_margin", build::deposit_margin(actor("alice"), &keys, account, 1)),
        ("withdraw_margin", build::withdraw_margin(actor("alice"), &keys, account, 1, &feeds)),
        ("commit_trade", world.commit_instruction("alice", STOCK, &[(call, 1_000)])),
        ("fill_trade", world.fill_instruction("keeper", STOCK)),
        ("settle_positions", build::settle_positions(&keys, account)),
        ("liquidate", build::liquidate(actor("keeper"), &keys, account, keeper, legs, &feeds)),
        ("absorb_bad_debt", build::absorb_bad_debt(&keys, account)),
        ("close_for_cash", build::close_for_cash(actor("keeper"), &keys, account, call, &feeds)),
        ("close_for_place", build::close_for_place(actor("keeper"), &keys, account, (call, NoticeCause::Slot), &feeds)),
        ("auto_deleverage", build::auto_deleverage(actor("keeper"), &keys, account, call, 1, &feeds)),
        ("request_deposit", build::request_deposit(actor("lp"), &keys, MAIN, world.next_number("lp"), 1, 0)),
        (
            "request_deposit, insurance",
            build::request_deposit(actor("insurer"), &keys, ShareClass::Insurance, world.next_number("insurer"), 1, 0),
        ),
        ("request_withdrawal", build::request_withdrawal(actor("lp"), &keys, MAIN, world.next_number("lp"), 1, 1)),
        ("execute_withdrawal", build::execute_withdrawal(&keys, world.withdrawal(STOCK, MAIN, number), &feeds)),
        ("claim_liquidity", build::claim_liquidity(actor("lp"), &keys, MAIN, world.withdrawal(STOCK, MAIN, number))),
        ("collect_fees", build::collect_fees(&keys, keys.wallet(&actor("fees")))),
        ("sweep_insurance", build::sweep_insurance(&keys)),
    ]
}

#[test]
fn audit_b2_whatever_changes_a_claim_looks_at_both_vaults() {
    // SETUP: each instruction gets past its accounts, and one unit is missing in either vault.
    for insurance_vault in [false, true] {
        let mut world = world_with(1_000 * TOKEN, 100 * TOKEN);
        let call = world.list(STOCK, BTC, false, 100_000);
        for who in ["alice", "keeper", "fees"] {
            world.trader(who, STOCK, 50 * TOKEN);
        }
        world.fund("alice", STOCK, TOKEN);
        world.fund("lp", STOCK, TOKEN);
        world.fund("insurer", STOCK, TOKEN);
        world.trade("alice", STOCK, &[(call, TENTH)]).ok();
        let half = world.shares("lp", STOCK, MAIN) / 2;
        let first = world.request("lp", STOCK, MAIN, half / 2);
        world.pass(DAY);
        world.execute(STOCK, MAIN, first).ok();
        let number = world.request("lp", STOCK, MAIN, half / 2);
        world.pass(DAY);
        let account = world.account_key("alice", STOCK);
        let commit = world.commit_instruction("keeper", STOCK, &[(call, 1_000)]);
        world.send(commit).ok();
        world.wait_for_fill();
        let keys = world.pools[STOCK];
        let vault = if insurance_vault { keys.insurance_vault } else { keys.vault };
        world.seize(STOCK, vault, 1, Seizure::Burn);

        // TEST. A payment out of one vault, or into it, is not concerned by what is missing in the other.
        let of_one = ["deposit_margin", "claim_liquidity", "collect_fees"];
        for (name, instruction) in touching(&world, call, account, number) {
            if insurance_vault && of_one.contains(&name) {
                continue;
            }
            let number = if name == "claim_liquidity" { first } else { number };
            let instruction = if name == "claim_liquidity" {
                build::claim_liquidity(actor("lp"), &keys, MAIN, world.withdrawal(STOCK, MAIN, number))
            } else {
                instruction
            };
            let outcome = world.chain.simulate(std::slice::from_ref(&instruction));
            assert_eq!(outcome.code, Some(u32::from(MISMATCH)), "{name}: {}", outcome.log());
            // Whoever needs it sends the assignment before, in one transaction.
            let after = world.chain.simulate(&[build::sync_vault(&keys), instruction]);
            assert_ne!(after.code, Some(u32::from(MISMATCH)), "{name}: {}", after.log());
        }
    }
}

#[test]
fn audit_b2_a_deposit_of_insurance_pays_for_no_loss_before_it() {
    let mut world = world_with(1_000 * TOKEN, 50 * TOKEN);
    seize_main(&mut world, 40 * TOKEN);
    assert_error(&world.provide("vera", STOCK, ShareClass::Insurance, 50 * TOKEN), MISMATCH);
    world.sync(STOCK).ok();
    assert_error(&world.provide("vera", STOCK, ShareClass::Insurance, 50 * TOKEN), EvergreenError::PoolDistressed);
    world.sync(STOCK).ok();
    world.provide("vera", STOCK, ShareClass::Insurance, 50 * TOKEN).ok();
    let pool = world.view(STOCK).pool;
    let assets = u128::from(pool.insurance_assets().unwrap().0);
    let hers =
        assets * u128::from(world.shares("vera", STOCK, ShareClass::Insurance)) / u128::from(pool.insurance.total);
    assert!(hers.abs_diff(u128::from(50 * TOKEN)) <= 1_000, "vera's 50 tokens are {hers}");
}

/// Alice holds 2 calls, which bob has written, and all capital is seized.
fn bankrupt() -> (World, SeriesId) {
    let mut world = world_with(1_000 * TOKEN, TOKEN);
    let call = world.list(STOCK, BTC, false, 100_000);
    for (who, cash) in [("alice", 60 * TOKEN), ("bob", 200 * TOKEN), ("keeper", 0)] {
        world.trader(who, STOCK, cash);
    }
    world.trade("alice", STOCK, &[(call, 20 * TENTH)]).ok();
    world.trade("bob", STOCK, &[(call, -20 * TENTH)]).ok();
    seize_capital(&mut world);
    world.sync(STOCK).ok();
    world.send(build::sweep_insurance(&world.pools[STOCK])).ok();
    assert!(world.view(STOCK).pool.is_distressed() && world.view(STOCK).pool.pool_cash == 0);
    (world, call)
}

#[test]
fn audit_b3_a_pool_without_cash_shuts_nobody_in() {
    for (days, price) in [(0, 100_000), (1, 100_000), (1, 104_000), (1, 119_000)] {
        let (mut world, call) = bankrupt();
        world.pass(days * DAY + 1);
        world.set_price(BTC, price);
        let total = world.cash("alice", STOCK) + world.cash("bob", STOCK);

        // TEST: bob withdraws, though funding is owed to them that the pool does not have. They close, and alice sells for what they paid.
        world.withdraw("bob", STOCK, TOKEN).ok();
        world.trade("bob", STOCK, &[(call, 20 * TENTH)]).ok();
        world.trade("alice", STOCK, &[(call, -20 * TENTH)]).ok();
        let pool = world.view(STOCK).pool;
        assert!(pool.pool_cash >= 0 && pool.reserved_collateral == 0, "pool cash {}", pool.pool_cash);
        let left = world.cash("alice", STOCK) + world.cash("bob", STOCK) + pool.pool_cash;
        assert!(left <= total - TOKEN as i64, "nobody is paid with what is not there");
        leave(&mut world);
    }
}

#[test]
fn audit_b3_a_pool_without_cash_liquidates() {
    let (mut world, call) = bankrupt();
    let bob = world.account_key("bob", STOCK);
    world.set_price(BTC, 88_000);
    let spare = world.valued(STOCK, |view, markets| {
        let health = |level| markets.health(&view.accounts[&bob], level);
        health(evergreen_math::margin::HealthLevel::Initial)
            .min(health(evergreen_math::margin::HealthLevel::Maintenance))
    });
    world.withdraw("bob", STOCK, spare.unsigned_abs()).ok();
    world.pass(DAY);
    world.set_price(BTC, 95_000);
    let (keys, keeper) = (world.pools[STOCK], world.account_key("keeper", STOCK));
    let legs = vec![Leg { series: call, points: 20 * TENTH }];
    world.send(build::liquidate(actor("keeper"), &keys, bob, keeper, legs, &world.markets())).ok();
    assert!(world.view(STOCK).held(&bob, call) > -20 * TENTH && world.cash("keeper", STOCK) > 0);
}

#[test]
fn audit_b3_others_cannot_settle_a_claim_for_less_than_it_is() {
    // SETUP: the call is exercised: alice is owed 40 tokens, which bob has yet to pay.
    let (mut world, call) = bankrupt();
    world.set_price(BTC, 121_000);
    let keys = world.pools[STOCK];
    world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts)).ok();
    let (alice, bob) = (world.account_key("alice", STOCK), world.account_key("bob", STOCK));

    // TEST: nobody but herself can take the little that is there in the place of her claim.
    world.refused(build::settle_positions(&keys, alice), EvergreenError::PoolExhausted);
    world.refused(build::settle_for_less(actor("keeper"), &keys, alice), EvergreenError::Unauthorized);
    // Nor does she herself while bob can be settled.
    world.refused(build::settle_for_less(actor("alice"), &keys, alice), EvergreenError::FundingUncollected);
    // When bob has paid she is settled in full, by anyone.
    let before = world.cash("alice", STOCK);
    world.send(build::settle_positions(&keys, bob)).ok();
    world.send(build::settle_positions(&keys, alice)).ok();
    let paid = world.cash("alice", STOCK) - before;
    assert!(paid > 130 * TOKEN as i64 / 10, "paid {paid}");
    leave(&mut world);
}

#[test]
fn audit_b3_who_is_first_gets_no_larger_part_of_what_is_left() {
    // SETUP: alice and carol hold the same call, and a half of their cap payoffs is left in the pool.
    let mut parts = Vec::new();
    for first in ["alice", "carol"] {
        let mut world = world_with(1_000 * TOKEN, TOKEN);
        let call = world.list(STOCK, BTC, false, 100_000);
        for who in ["alice", "carol"] {
            world.trader(who, STOCK, 60 * TOKEN);
            world.trade(who, STOCK, &[(call, 20 * TENTH)]).ok();
        }
        let pool = world.view(STOCK).pool;
        let capital = pool.insurance_assets().unwrap().0 + pool.fees_due + pool.pool_cash.unsigned_abs();
        seize_main(&mut world, capital - pool.reserved_collateral / 2);
        world.sync(STOCK).ok();
        world.send(build::sweep_insurance(&world.pools[STOCK])).ok();
        world.set_price(BTC, 121_000);
        let keys = world.pools[STOCK];
        world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts)).ok();

        // TEST
        let second = if first == "alice" { "carol" } else { "alice" };
        let paid = [first, second].map(|who| {
            let before = world.cash_left(who, STOCK);
            world.send(build::settle_for_less(actor(who), &keys, world.account_key(who, STOCK))).ok();
            world.cash_left(who, STOCK) - before
        });
        assert!(paid[0].abs_diff(paid[1]) <= 2 && paid[0] > 0, "first {}, second {}", paid[0], paid[1]);
        parts.push(paid);
        leave(&mut world);
    }
    assert!(parts[0][0].abs_diff(parts[1][0]) <= 2);
}

/// Everybody leaves, and the vaults are empty but for roundings.
fn leave(world: &mut World) {
    world.everybody_leaves();
    let keys = world.pools[STOCK];
    let left = world.chain.balance(&keys.vault) + world.chain.balance(&keys.insurance_vault);
    assert!(left <= 2_000, "{left} units are left");
}

#[test]
fn audit_b11_a_frozen_insurance_vault_holds_up_nobody() {
    // SETUP
    let mut world = world_with(1_000 * TOKEN, 50 * TOKEN);
    world.trader("bob", STOCK, 10 * TOKEN);
    let (keys, mint) = (world.pools[STOCK], world.mints[STOCK].address);
    let freeze = spl_token_2022::instruction::freeze_account(&TOKEN_2022, &keys.insurance_vault, &mint, &issuer(), &[]);
    world.send(freeze.unwrap()).ok();

    // TEST: one unit is missing in the main vault. Insurance owes it, and margin and liquidity leave.
    seize_main(&mut world, 1);
    world.sync(STOCK).ok();
    assert_eq!(world.view(STOCK).pool.insurance_due, -1);
    world.withdraw("bob", STOCK, u64::MAX).ok();
    let shares = world.shares("lp", STOCK, MAIN);
    let number = world.request("lp", STOCK, MAIN, shares);
    world.pass(DAY);
    world.execute(STOCK, MAIN, number).ok();
    world.claim("lp", STOCK, MAIN, number).ok();
    // What insurance owes is moved once its vault is thawed.
    assert_error(&world.send(build::sweep_insurance(&keys)), TokenError::AccountFrozen as u32);
    let thaw = spl_token_2022::instruction::thaw_account(&TOKEN_2022, &keys.insurance_vault, &mint, &issuer(), &[]);
    world.send(thaw.unwrap()).ok();
    world.send(build::sweep_insurance(&keys)).ok();
    assert_eq!(world.view(STOCK).pool.insurance_due, 0);
    world.sync(STOCK).ok();
    leave(&mut world);
}

/// Calls that bob has written end at their cap. What bob owes beyond the cash of that account is covered by insurance, so all liquidity of the main class leaves. What covers the debt may then be nobody's: before, where it was seized, whoever was paid last was
/// refused by the token program.
#[test]
fn audit_b2_what_covered_a_debt_is_borne_by_all_where_it_is_seized() {
    for class in [MAIN, ShareClass::Insurance] {
        let mut world = world_with(500 * TOKEN, 60 * TOKEN);
        let call = world.list(STOCK, BTC, false, 110_000);
        for who in ["alice", "bob"] {
            world.trader(who, STOCK, 100 * TOKEN);
        }
        world.trade("alice", STOCK, &[(call, 10 * TENTH)]).ok();
        world.trade("bob", STOCK, &[(call, -10 * TENTH)]).ok();
        let (keys, key) = (world.pools[STOCK], world.account_key("bob", STOCK));
        let spare = world.valued(STOCK, |view, markets| {
            let bob = &view.accounts[&key];
            markets.health(bob, HealthLevel::Initial).min(markets.health(bob, HealthLevel::Maintenance))
        });
        world.withdraw("bob", STOCK, spare as u64).ok();
        world.set_price(BTC, 133_000);
        world.send(build::exercise_series(&keys, call, &world.feeds[BTC].accounts)).ok();
        for who in ["alice", "bob"] {
            world.send(build::settle_positions(&keys, world.account_key(who, STOCK))).ok();
        }
        let shares = world.shares("lp", STOCK, MAIN);
        let number = world.request("lp", STOCK, MAIN, shares);
        for _ in 0..60 {
            world.pass(DAY);
            let _ = world.execute(STOCK, MAIN, number);
        }
        let request = world.view(STOCK).withdrawals.keys().next().copied().expect("theirs");
        world.send(build::claim_liquidity(actor("lp"), &keys, MAIN, request)).ok();
        let before = world.view(STOCK).pool;
        let covered = before.debts - before.pool_cash.unsigned_abs();
        assert!(before.bad_debts == before.debts && covered > TOKEN, "{covered} of {}", before.debts);

        // TEST: all capital of insurance is seized in either vault. Who has cash bears what is missing, and is paid the rest.
        let (vault, amount) = match class {
            ShareClass::Main => (keys.vault, before.insurance_assets().unwrap().0),
            ShareClass::Insurance => (keys.insurance_vault, before.insurance_cash),
        };
        world.seize(STOCK, vault, amount, Seizure::Burn);
        world.sync(STOCK).ok();
        world.send(build::absorb_bad_debt(&keys, key)).ok();
        let _ = world.send(build::sweep_insurance(&keys));
        let (had, left) = (world.account("alice", STOCK).cash, world.cash_left("alice", STOCK));
        assert!(left > 0 && left < had, "of {had} {left} are left");
        world.withdraw("alice", STOCK, u64::MAX).ok();
        let pool = world.view(STOCK).pool;
        assert!(pool.debts == 0 && pool.pool_cash >= 0, "{} and {}", pool.debts, pool.pool_cash);
    }
}
