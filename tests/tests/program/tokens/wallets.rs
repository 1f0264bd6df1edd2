//! Extensions of wallets that their owners can enable, and attempts to change vaults.

use anchor_spl::token_2022::spl_token_2022::error::TokenError;
use anchor_spl::token_2022::spl_token_2022::{
    self, ID as TOKEN_2022,
    extension::{BaseStateWithExtensions, ExtensionType, StateWithExtensions, cpi_guard, memo_transfer},
    instruction::AuthorityType,
    state::Account,
};
use evergreen_sdk::instruction as build;
use evergreen_tests::{
    CLASSIC, STOCK, World, assert_error, chain::actor, seizures::Seizure, tokens::issuer, world::TOKEN,
};

#[test]
fn a42_nobody_closes_or_takes_over_a_vault() {
    let mut world = World::flat();
    let stock = world.pools[STOCK];
    for (pool, program) in [(CLASSIC, anchor_spl::token::ID), (STOCK, TOKEN_2022)] {
        let keys = world.pools[pool];
        for vault in [keys.vault, keys.insurance_vault] {
            for who in [issuer(), actor("mallory"), actor("admin")] {
                for kind in [AuthorityType::CloseAccount, AuthorityType::AccountOwner] {
                    let take =
                        spl_token_2022::instruction::set_authority(&program, &vault, Some(&who), kind, &who, &[]);
                    assert_error(&world.send(take.unwrap()), TokenError::OwnerMismatch as u32);
                }
                let close = spl_token_2022::instruction::close_account(&program, &vault, &who, &who, &[]).unwrap();
                assert_error(&world.send(close), TokenError::NonNativeHasBalance as u32);
            }
            let data = world.chain.data(&vault);
            let state = StateWithExtensions::<Account>::unpack(&data).unwrap();
            assert!(state.base.close_authority.is_none() && state.base.delegate.is_none());
            assert_eq!(state.base.owner, keys.pool);
        }
    }
    // A vault that the issuer has emptied still cannot be closed.
    let held = world.chain.balance(&stock.vault);
    world.seize(STOCK, stock.vault, held, Seizure::Burn);
    let close = spl_token_2022::instruction::close_account(&TOKEN_2022, &stock.vault, &issuer(), &issuer(), &[]);
    assert_error(&world.send(close.unwrap()), TokenError::OwnerMismatch as u32);
}

#[test]
fn a36_a_vault_takes_no_confidential_credits() {
    // A confidential credit needs an account that its owner has prepared with a proof. The pool owns the vaults, and the program has no
    // instruction that prepares them; the mint policy refuses mints that approve such accounts automatically.
    let world = World::flat();
    let keys = world.pools[STOCK];
    for vault in [keys.vault, keys.insurance_vault] {
        let data = world.chain.data(&vault);
        let types = StateWithExtensions::<Account>::unpack(&data).unwrap().get_extension_types().unwrap();
        assert!(!types.contains(&ExtensionType::ConfidentialTransferAccount), "{types:?}");
        // Nobody can enlarge the account to make room for the extension.
        let mut world = World::flat();
        for who in [issuer(), actor("mallory")] {
            let grow = spl_token_2022::instruction::reallocate(
                &TOKEN_2022,
                &vault,
                &world.chain.payer,
                &who,
                &[],
                &[ExtensionType::ConfidentialTransferAccount],
            );
            assert_error(&world.send(grow.unwrap()), TokenError::OwnerMismatch as u32);
        }
    }
}

/// Enlarges somebody's wallet for an extension.
fn grow(world: &mut World, who: &str, extension: ExtensionType) {
    let (wallet, owner, payer) = (world.pools[STOCK].wallet(&actor(who)), actor(who), world.chain.payer);
    let grow = spl_token_2022::instruction::reallocate(&TOKEN_2022, &wallet, &payer, &owner, &[], &[extension]);
    world.send(grow.unwrap()).ok();
}

#[test]
fn a39_a_wallet_with_cpi_guard_receives_and_does_not_pay() {
    // SETUP
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    world.fund("alice", STOCK, TOKEN);
    grow(&mut world, "alice", ExtensionType::CpiGuard);
    let (wallet, alice) = (world.pools[STOCK].wallet(&actor("alice")), actor("alice"));
    world.send(cpi_guard::instruction::enable_cpi_guard(&TOKEN_2022, &wallet, &alice, &[]).unwrap()).ok();

    // TEST
    assert_error(&world.deposit("alice", STOCK, TOKEN), TokenError::CpiGuardTransferBlocked as u32);
    world.withdraw("alice", STOCK, TOKEN).ok();
    world.send(cpi_guard::instruction::disable_cpi_guard(&TOKEN_2022, &wallet, &alice, &[]).unwrap()).ok();
    world.deposit("alice", STOCK, 2 * TOKEN).ok();
}

#[test]
fn a39_a_wallet_that_requires_memos_takes_no_withdrawal_until_it_is_changed() {
    // SETUP
    let mut world = World::flat();
    world.trader("alice", STOCK, 10 * TOKEN);
    world.fund("carla", STOCK, 1);
    grow(&mut world, "alice", ExtensionType::MemoTransfer);
    let (wallet, alice) = (world.pools[STOCK].wallet(&actor("alice")), actor("alice"));
    let enable = memo_transfer::instruction::enable_required_transfer_memos(&TOKEN_2022, &wallet, &alice, &[]).unwrap();
    world.send(enable).ok();

    // TEST: margin can be withdrawn to another wallet at once, and to this one when it no longer requires memos.
    assert_error(&world.withdraw("alice", STOCK, TOKEN), TokenError::NoMemo as u32);
    let (keys, account) = (world.pools[STOCK], world.account_key("alice", STOCK));
    let mut elsewhere = build::withdraw_margin(alice, &keys, account, TOKEN, &[]);
    let carla = keys.wallet(&actor("carla"));
    for meta in elsewhere.accounts.iter_mut().filter(|meta| meta.pubkey == wallet) {
        meta.pubkey = carla;
    }
    world.send(elsewhere).ok();
    assert_eq!(world.wallet("carla", STOCK), TOKEN + 1);
    let disable =
        memo_transfer::instruction::disable_required_transfer_memos(&TOKEN_2022, &wallet, &alice, &[]).unwrap();
    world.send(disable).ok();
    world.withdraw("alice", STOCK, u64::MAX).ok();
}
