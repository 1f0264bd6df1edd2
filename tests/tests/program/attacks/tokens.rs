//! What the issuer of a tokenized stock can do.

use super::TENTH;
use anchor_spl::token_2022::spl_token_2022::error::TokenError;
use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{pausable, scaled_ui_amount, transfer_hook},
};
use evergreen_sdk::evergreen::{errors::EvergreenError, state::ShareClass};
use evergreen_tests::{
    BTC, STOCK, World, assert_error,
    chain::actor,
    tokens::{issuer, transfer_instruction},
    world::TOKEN,
};

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
    assert_error(&world.withdraw("alice", STOCK, TOKEN), TokenError::MintPaused as u32);
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
    // SETUP: vera's withdrawal is first in the queue, and her wallet is frozen.
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
    assert_error(&world.claim("vera", STOCK, ShareClass::Main, first), TokenError::AccountFrozen as u32);
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

    // TEST: the multipliers of a split and of a reverse split, and the smallest and the largest one.
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
fn a32_after_a_seizure_no_ledger_pays_what_is_not_there() {
    // SETUP: the issuer takes one unit out of the main vault.
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    world.trader("issuer", STOCK, 0);
    let (mint, keys) = (world.mints[STOCK], world.pools[STOCK]);
    let to = keys.wallet(&issuer());
    world.outside.insert(keys.vault, -1);
    world.send(transfer_instruction(&mint, &keys.vault, &to, &issuer(), 1)).ok();

    // TEST: withdrawals are refused until the unit is returned.
    assert_error(&world.withdraw("alice", STOCK, TOKEN), EvergreenError::VaultMismatch);
    world.outside.insert(keys.vault, 0);
    world.send(transfer_instruction(&mint, &to, &keys.vault, &issuer(), 1)).ok();
    world.withdraw("alice", STOCK, u64::MAX).ok();
}
