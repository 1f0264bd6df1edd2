//! Changes that the issuer can make to a mint after listing.

use super::TENTH;
use anchor_spl::token_2022::spl_token_2022::error::TokenError;
use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{
        BaseStateWithExtensionsMut, StateWithExtensionsMut, default_account_state, pausable,
        scaled_ui_amount::{self, ScaledUiAmountConfig},
        transfer_hook,
    },
    state::AccountState,
};
use evergreen_sdk::{evergreen::errors::EvergreenError, instruction as build};
use evergreen_tests::{
    BTC, CLASSIC, STOCK, World, assert_error, assert_refused,
    chain::actor,
    seizures::{Seizure, synced},
    tokens::issuer,
    world::TOKEN,
};

#[test]
fn a31_a_transfer_hook_set_later_is_distress_until_it_is_removed() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(STOCK, BTC, false, 100_000);
    world.trader("alice", STOCK, 10 * TOKEN);
    world.trade("alice", STOCK, &[(call, TENTH)]).ok();
    let mint = world.mints[STOCK].address;
    let hook = |program| transfer_hook::instruction::update(&TOKEN_2022, &mint, &issuer(), &[], program).unwrap();
    world.send(hook(Some(actor("hook program")))).ok();

    // TEST: the token program refuses transfers, and trades that reduce are still possible.
    assert_refused(&world.withdraw("alice", STOCK, TOKEN), "MissingAccount");
    world.sync(STOCK).ok();
    world.trade_refused("alice", STOCK, &[(call, 1_000)], EvergreenError::PoolDistressed);
    world.trade("alice", STOCK, &[(call, -TENTH / 2)]).ok();
    world.send(hook(None)).ok();
    // The pool is open again after a sync.
    world.trade_refused("alice", STOCK, &[(call, 1_000)], EvergreenError::PoolDistressed);
    world.sync(STOCK).ok();
    world.trade("alice", STOCK, &[(call, 1_000)]).ok();
    world.withdraw("alice", STOCK, TOKEN).ok();
}

#[test]
fn a33_a_loss_that_insurance_must_pay_is_assigned_while_the_mint_is_paused() {
    // SETUP: insurance must pay the loss, and its tokens cannot be moved while the mint is paused.
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    let (mint, vault) = (world.mints[STOCK].address, world.pools[STOCK].vault);
    let before = world.view(STOCK).pool.ledgers();
    world.seize(STOCK, vault, 5 * TOKEN, Seizure::Burn);
    world.send(pausable::instruction::pause(&TOKEN_2022, &mint, &issuer(), &[]).unwrap()).ok();

    // TEST
    let event = synced(&world.sync(STOCK).ok());
    assert_eq!(event.after.insurance_due, before.insurance_due - 5 * TOKEN as i64);
    assert_error(&world.withdraw("alice", STOCK, TOKEN), TokenError::MintPaused as u32);
    assert_error(&world.send(build::sweep_insurance(&world.pools[STOCK])), TokenError::MintPaused as u32);
    world.send(pausable::instruction::resume(&TOKEN_2022, &mint, &issuer(), &[]).unwrap()).ok();
    world.send(build::sweep_insurance(&world.pools[STOCK])).ok();
    assert_eq!(world.view(STOCK).pool.insurance_cash, before.insurance_cash - 5 * TOKEN);
    world.withdraw("alice", STOCK, u64::MAX).ok();
    // A pause without a loss is distress, which ends with the pause.
    world.sync(STOCK).ok();
    for (paused, instruction) in [
        (true, pausable::instruction::pause(&TOKEN_2022, &mint, &issuer(), &[])),
        (false, pausable::instruction::resume(&TOKEN_2022, &mint, &issuer(), &[])),
    ] {
        world.send(instruction.unwrap()).ok();
        world.sync(STOCK).ok();
        assert_eq!(world.view(STOCK).pool.is_distressed(), paused);
    }
}

#[test]
fn a34_new_accounts_frozen_by_default_stop_deposits_and_no_exit() {
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    world.fund("alice", STOCK, TOKEN);
    let mint = world.mints[STOCK].address;
    let set = |state| {
        default_account_state::instruction::update_default_account_state(&TOKEN_2022, &mint, &issuer(), &[], &state)
            .unwrap()
    };
    world.send(set(AccountState::Frozen)).ok();
    assert_error(&world.deposit("alice", STOCK, TOKEN), EvergreenError::MintRefused);
    world.withdraw("alice", STOCK, TOKEN).ok();
    assert!(world.view(STOCK).pool.is_distressed());
    world.send(set(AccountState::Initialized)).ok();
    world.sync(STOCK).ok();
    assert!(!world.view(STOCK).pool.is_distressed());
    world.deposit("alice", STOCK, TOKEN).ok();
}

#[test]
fn a35_multipliers_of_every_bit_pattern_move_no_ledger() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(STOCK, BTC, false, 100_000);
    world.trader("alice", STOCK, 10 * TOKEN);
    let (mint, keys) = (world.mints[STOCK].address, world.pools[STOCK]);
    let ledgers = world.view(STOCK).pool.ledgers();

    // TEST: the patterns include values that the token program would never store.
    let patterns = [f64::NAN, f64::INFINITY, -1.0, 0.0, -0.0, 5e-324, f64::MAX].map(f64::to_bits);
    for bits in patterns.into_iter().chain([u64::MAX, 0x7ff0_0000_0000_0001]) {
        let mut data = world.chain.data(&mint);
        let mut state = StateWithExtensionsMut::<spl_token_2022::state::Mint>::unpack(&mut data).unwrap();
        let config = state.get_extension_mut::<ScaledUiAmountConfig>().unwrap();
        config.multiplier = f64::from_bits(bits).into();
        config.new_multiplier = f64::from_bits(bits).into();
        world.chain.write(mint, TOKEN_2022, data);
        world.sync(STOCK).ok();
        assert_eq!(world.view(STOCK).pool.ledgers(), ledgers);
        let held = world.chain.balance(&keys.vault);
        world.withdraw("alice", STOCK, 3).ok();
        world.deposit("alice", STOCK, 3).ok();
        assert_eq!((world.view(STOCK).pool.ledgers(), world.chain.balance(&keys.vault)), (ledgers, held));
        assert!(!world.view(STOCK).pool.is_distressed());
    }
    world.trade("alice", STOCK, &[(call, TENTH)]).ok();
    let later = scaled_ui_amount::instruction::update_multiplier(&TOKEN_2022, &mint, &issuer(), &[], 3.5, 1 << 40);
    world.send(later.unwrap()).ok();
    world.trade("alice", STOCK, &[(call, -TENTH)]).ok();
}

#[test]
fn a38_a_listed_mint_cannot_be_closed_and_other_decimals_move_no_ledger() {
    let mut world = World::flat();
    for (pool, program) in [(CLASSIC, anchor_spl::token::ID), (STOCK, TOKEN_2022)] {
        let mint = world.mints[pool].address;
        let close = spl_token_2022::instruction::close_account(&program, &mint, &issuer(), &issuer(), &[]).unwrap();
        assert_refused(&world.send(close), "InvalidAccountData");
    }
    // A mint with a close authority is refused at listing (a30_a37). If the mint's bytes had other decimals, transfers would still move
    // native units, because the program passes the decimals that it reads from the mint.
    let mut world = World::flat();
    world.trader("alice", CLASSIC, 10 * TOKEN);
    let before = world.view(CLASSIC).pool.ledgers();
    let mint = world.mints[CLASSIC].address;
    let mut data = world.chain.data(&mint);
    data[44] = 2;
    world.chain.write(mint, anchor_spl::token::ID, data);
    world.sync(CLASSIC).ok();
    assert_eq!(world.view(CLASSIC).pool.ledgers(), before);
    let wallet = world.wallet("alice", CLASSIC);
    world.withdraw("alice", CLASSIC, 7).ok();
    assert_eq!(world.wallet("alice", CLASSIC), wallet + 7, "the amount is in native units");
}

#[test]
fn a41_small_and_large_decimals_work_and_a_supply_near_the_limit_is_refused() {
    for decimals in [0, 2, 6, 12] {
        let mut world = World::flat();
        let mint = world.chain.create_classic_mint("plain", decimals);
        let pool = world.add_pool(mint, 1_000_000_000_000);
        let call = world.list(pool, BTC, false, 100_000);
        world.trader("alice", pool, 100_000_000_000);
        world.trade("alice", pool, &[(call, 1_000_000)]).ok();
        world.trade("alice", pool, &[(call, -1_000_000)]).ok();
        world.withdraw("alice", pool, u64::MAX).ok();
        // The whale is given nearly all tokens that can exist.
        let rest = u64::MAX - world.chain.supply(&mint.address);
        world.trader("whale", pool, 0);
        world.fund("whale", pool, rest - 1);
        for amount in [rest, 1 << 63, (1 << 63) + 1] {
            assert_error(&world.deposit("whale", pool, amount), EvergreenError::Overflow);
        }
        world.deposit("whale", pool, (1 << 62) - 1).ok();
        world.trade("whale", pool, &[(call, 1_000_000)]).ok();
        let keys = world.pools[pool];
        let refused = build::request_deposit(
            actor("lp"),
            &keys,
            evergreen_sdk::evergreen::state::ShareClass::Main,
            world.next_number("lp"),
            1 << 62,
            0,
        );
        assert_error(&world.send(refused), EvergreenError::DepositCap);
        world.trade("whale", pool, &[(call, -1_000_000)]).ok();
        world.withdraw("whale", pool, u64::MAX).ok();
    }
}
