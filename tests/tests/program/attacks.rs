//! What the issuer of a stock, a fast market or a patient attacker can do.

use crate::stories::liquidate;
use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{pausable, scaled_ui_amount, transfer_hook},
};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    evergreen::{errors::EvergreenError, state::ShareClass},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, STOCK, World, assert_error,
    chain::actor,
    tokens::{issuer, transfer_instruction},
    world::TOKEN,
};

/// 0.1 BTC on a 300-dollar stock.
const TENTH: i64 = 33_333_333;

#[test]
fn a33_a_paused_mint_stops_transfers_and_nothing_else() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(STOCK, BTC, false, 100_000);
    world.trader("alice", STOCK, 10 * TOKEN);
    world.fund("alice", STOCK, TOKEN);
    let mint = world.mints[STOCK].address;

    // TEST
    world.send(pausable::instruction::pause(&TOKEN_2022, &mint, &issuer(), &[]).unwrap()).ok();
    assert_error(&world.deposit("alice", STOCK, TOKEN), EvergreenError::MintRefused);
    assert!(!world.withdraw("alice", STOCK, TOKEN).succeeded());
    world.trade("alice", STOCK, &[(call, TENTH)]).ok();
    world.trade("alice", STOCK, &[(call, -TENTH)]).ok();
    world.send(pausable::instruction::resume(&TOKEN_2022, &mint, &issuer(), &[]).unwrap()).ok();
    world.withdraw("alice", STOCK, u64::MAX).ok();
}

#[test]
fn a31_a_transfer_hook_set_after_listing_stops_deposits() {
    // SETUP
    let mut world = World::flat();
    world.trader("alice", STOCK, TOKEN);
    world.fund("alice", STOCK, TOKEN);
    let mint = world.mints[STOCK].address;

    // TEST
    let hook = |program| transfer_hook::instruction::update(&TOKEN_2022, &mint, &issuer(), &[], program).unwrap();
    world.send(hook(Some(actor("hook")))).ok();
    assert_error(&world.deposit("alice", STOCK, TOKEN), EvergreenError::MintRefused);
    world.send(hook(None)).ok();
    world.deposit("alice", STOCK, TOKEN).ok();
}

#[test]
fn a34_a_frozen_account_holds_up_its_owner_only() {
    // SETUP: vera is first in the queue, and frozen.
    let mut world = World::flat();
    world.provide("vera", STOCK, ShareClass::Main, TOKEN).ok();
    let all = world.shares("vera", STOCK, ShareClass::Main);
    let first = world.request("vera", STOCK, ShareClass::Main, all);
    let second = world.request("lp", STOCK, ShareClass::Main, 1_000_000);
    let (mint, wallet) = (world.mints[STOCK].address, world.pools[STOCK].wallet(&actor("vera")));
    let freeze = spl_token_2022::instruction::freeze_account(&TOKEN_2022, &wallet, &mint, &issuer(), &[]).unwrap();
    world.send(freeze).ok();
    world.pass(86_400);

    // TEST
    world.execute(STOCK, ShareClass::Main, first).ok();
    assert!(!world.claim("vera", STOCK, ShareClass::Main, first).succeeded());
    world.execute(STOCK, ShareClass::Main, second).ok();
    world.claim("lp", STOCK, ShareClass::Main, second).ok();
    let thaw = spl_token_2022::instruction::thaw_account(&TOKEN_2022, &wallet, &mint, &issuer(), &[]).unwrap();
    world.send(thaw).ok();
    world.claim("vera", STOCK, ShareClass::Main, first).ok();
}

#[test]
fn a35_multipliers_move_no_ledger() {
    // SETUP
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    let mint = world.mints[STOCK].address;
    let keys = world.pools[STOCK];
    let state = |world: &World| (world.chain.data(&keys.pool), world.chain.balance(&keys.vault));
    let before = state(&world);

    // TEST: a split, a reverse split, the smallest and the largest numbers.
    for multiplier in [4.0, 0.1, f64::MIN_POSITIVE, f64::MAX] {
        let update =
            scaled_ui_amount::instruction::update_multiplier(&TOKEN_2022, &mint, &issuer(), &[], multiplier, 0);
        world.send(update.unwrap()).ok();
        assert!(state(&world) == before);
        world.withdraw("alice", STOCK, 1).ok();
        world.deposit("alice", STOCK, 1).ok();
    }
}

#[test]
fn a44_a_thousand_one_unit_round_trips_never_gain() {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, TOKEN);
    for round in 0..250 {
        let points = 1 + round % 7;
        let before = world.cash("alice", CLASSIC);
        world.trade("alice", CLASSIC, &[(call, points)]).ok();
        world.trade("alice", CLASSIC, &[(call, -points)]).ok();
        assert!(world.cash("alice", CLASSIC) < before);
    }
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

    // TEST: two seconds back, which prices may be as well.
    world.pass(-2);
    world.withdraw("alice", CLASSIC, 1).ok();
    assert_eq!(world.cash("alice", CLASSIC), cash - 1, "no funding");
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
}

#[test]
fn a49_a_whipsaw_is_paid_on_both_sides() {
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
    // Ten thousand dollars a bitcoin on each side.
    assert_eq!(world.cash("alice", CLASSIC) - cash, 2 * 33_333_333_000);
    world.withdraw("alice", CLASSIC, u64::MAX).ok();
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
fn a32_after_a_seizure_no_ledger_pays_what_is_not_there() {
    // SETUP: the issuer takes one unit out of the main vault.
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    world.trader("issuer", STOCK, 0);
    let (mint, keys) = (world.mints[STOCK], world.pools[STOCK]);
    let to = keys.wallet(&issuer());
    world.outside.insert(keys.vault, -1);
    world.send(transfer_instruction(&mint, &keys.vault, &to, &issuer(), 1)).ok();

    // TEST: exits stop until the unit is back, or the loss is assigned.
    assert_error(&world.withdraw("alice", STOCK, TOKEN), EvergreenError::VaultMismatch);
    world.outside.insert(keys.vault, 0);
    world.send(transfer_instruction(&mint, &to, &keys.vault, &issuer(), 1)).ok();
    world.withdraw("alice", STOCK, u64::MAX).ok();
}
