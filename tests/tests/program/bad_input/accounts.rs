//! Every account of an instruction is replaced by a forgery, by one of another type or by none, and every signature is left out.

use super::{Case, Code, case, refuse_all, runtime_case, scene::Scene, unsigned, with};
use anchor_lang::{Discriminator, error::ErrorCode, prelude::Pubkey, system_program};
use anchor_spl::{token, token_2022};
use evergreen_sdk::{
    address,
    anchor_lang::solana_program::instruction::Instruction,
    evergreen::{
        errors::EvergreenError,
        state::{Counter, Pool, SeriesRegistry, ShareClass},
    },
    instruction::PoolKeys,
};
use evergreen_tests::{CLASSIC, World, chain::actor};

/// Returns the addresses of the instruction's accounts that the program owns.
fn own_accounts<'a>(
    world: &'a World,
    instruction: &'a anchor_lang::solana_program::instruction::Instruction,
) -> impl Iterator<Item = Pubkey> + 'a {
    let own = |key: &Pubkey| world.chain.account(key).is_some_and(|a| a.owner == address::PROGRAM);
    instruction.accounts.iter().map(|meta| meta.pubkey).filter(move |key| own(key))
}

/// Returns the expected error: `typed`, except for underlyings among the remaining accounts, which are found by address before
/// anything in them is read.
fn error_of(world: &World, name: &str, key: &Pubkey, typed: ErrorCode) -> u32 {
    let underlying = world.feeds.iter().any(|feed| feed.accounts.underlying == *key);
    let named = ["accrue_funding", "list_series", "sample_volatility", "report_silence"].contains(&name);
    if underlying && !named { EvergreenError::UnknownUnderlying.into() } else { typed.into() }
}

fn replaced(scene: &Scene, new: impl Fn(&World, &Pubkey) -> Pubkey, error: ErrorCode) -> Vec<Case> {
    let mut cases = Vec::new();
    for (name, instruction) in scene.instructions() {
        for key in own_accounts(&scene.world, &instruction) {
            let is_counter = scene.world.chain.data(&key).starts_with(Counter::DISCRIMINATOR);
            // The address of a counter is derived when its number is taken.
            let error = if is_counter { ErrorCode::ConstraintSeeds } else { error };
            let expected = error_of(&scene.world, name, &key, error);
            let changed = with(&instruction, key, new(&scene.world, &key));
            let kind = scene.world.chain.data(&key)[..8].to_vec();
            cases.push(case(format!("{name} {kind:?}"), changed, Code(expected)));
        }
    }
    assert!(cases.len() > 60, "{} cases", cases.len());
    cases
}

#[test]
fn a01_right_bytes_of_another_owner_are_refused() {
    // SETUP: every account of the program has a copy that another program owns.
    let mut scene = Scene::new();
    scene.pass_notice();
    let copy_of = |key: &Pubkey| Pubkey::find_program_address(&[b"copy", key.as_ref()], &system_program::ID).0;
    for (key, account) in scene.world.chain.owned_by(&address::PROGRAM) {
        scene.world.chain.write(copy_of(&key), actor("mallory's program"), account.data);
    }

    // TEST
    let cases = replaced(&scene, |_, key| copy_of(key), ErrorCode::AccountOwnedByWrongProgram);
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a02_an_account_of_another_type_is_refused() {
    let mut scene = Scene::new();
    scene.pass_notice();
    // The registry replaces every other account, and the pool replaces the registry.
    let other = |world: &World, key: &Pubkey| {
        let keys = world.pools[CLASSIC];
        if world.chain.data(key).starts_with(SeriesRegistry::DISCRIMINATOR) { keys.pool } else { keys.registry }
    };
    let cases = replaced(&scene, other, ErrorCode::AccountDiscriminatorMismatch);
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a02_an_account_of_zeros_is_refused() {
    let mut scene = Scene::new();
    scene.pass_notice();
    let blank = actor("blank");
    scene.world.chain.write(blank, address::PROGRAM, vec![0; 10_000]);
    let cases = replaced(&scene, |_, _| blank, ErrorCode::AccountDiscriminatorMismatch);
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a12_an_account_that_is_not_there_is_refused() {
    let mut scene = Scene::new();
    scene.pass_notice();
    // An account that does not exist belongs to the system program.
    let mut cases = replaced(&scene, |_, _| actor("nobody"), ErrorCode::AccountOwnedByWrongProgram);
    let withdrawal = scene.world.withdrawal(CLASSIC, ShareClass::Main, 0);
    for (name, instruction) in scene.instructions() {
        if instruction.accounts.iter().any(|meta| meta.pubkey == withdrawal) {
            let changed = with(&instruction, withdrawal, actor("nobody"));
            cases.retain(|case| case.instruction != changed);
            cases.push(case(name, changed, ErrorCode::AccountNotInitialized));
        }
    }
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a13_an_account_cut_short_is_refused() {
    // SETUP: the account holds the first four bytes of a discriminator and nothing else.
    let mut scene = Scene::new();
    scene.pass_notice();
    let short = actor("short");
    scene.world.chain.write(short, address::PROGRAM, Pool::DISCRIMINATOR[..4].to_vec());
    let cases = replaced(&scene, |_, _| short, ErrorCode::AccountDiscriminatorNotFound);

    // TEST
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a05_every_signature_is_needed() {
    let mut scene = Scene::new();
    scene.pass_notice();
    let mut cases = Vec::new();
    for (name, instruction) in scene.instructions() {
        for place in (0..instruction.accounts.len()).filter(|place| instruction.accounts[*place].is_signer) {
            // The payer signs the transaction in any case.
            if instruction.accounts[place].pubkey != scene.world.chain.payer {
                cases.push(case(format!("{name} {place}"), unsigned(&instruction, place), ErrorCode::AccountNotSigner));
            }
        }
    }
    assert!(cases.len() >= 10, "{} signatures", cases.len());
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a08_another_token_program_is_refused() {
    // SETUP: the collateral's mint belongs to the classic token program.
    let mut scene = Scene::new();
    scene.pass_notice();
    let mut cases = Vec::new();
    for (name, instruction) in scene.instructions() {
        if instruction.accounts.iter().all(|meta| meta.pubkey != token::ID) {
            continue;
        }
        for fake in [system_program::ID, actor("mallory's program")] {
            let changed = with(&instruction, token::ID, fake);
            cases.push(case(format!("{name} {fake}"), changed, ErrorCode::InvalidProgramId));
        }
        let other = with(&instruction, token::ID, token_2022::ID);
        let shares = ["request_withdrawal", "cancel_withdrawal", "renew_shares"].contains(&name);
        let pays = ["claim_liquidity", "collect_fees", "collect_curator_fees"].contains(&name);
        cases.push(match name {
            // The wallet is compared with the one of this token program before the program is compared with the pool's.
            _ if pays => case(format!("{name} 2022"), other, ErrorCode::ConstraintAssociated),
            // The mints of shares always belong to the classic program, which these instructions require by type.
            _ if shares => case(format!("{name} 2022"), other, ErrorCode::InvalidProgramId),
            _ => case(format!("{name} 2022"), other, EvergreenError::WrongPool),
        });
    }
    refuse_all(&mut scene.world, cases);
}

/// Returns whether an instruction names this account as a vault that it only looks at.
fn looked_at(instruction: &Instruction, key: &Pubkey, keys: &PoolKeys) -> bool {
    let named = instruction.accounts.iter().filter(|meta| meta.pubkey == *key);
    [keys.vault, keys.insurance_vault].contains(key) && named.into_iter().all(|meta| !meta.is_writable)
}

#[test]
fn a01_a_forged_token_account_is_refused() {
    // SETUP: every account of the token program has a copy that another program owns.
    let mut scene = Scene::new();
    scene.pass_notice();
    let keys = scene.world.pools[CLASSIC];
    let copy_of = |key: &Pubkey| Pubkey::find_program_address(&[b"copy", key.as_ref()], &system_program::ID).0;
    for (key, account) in scene.world.chain.owned_by(&token::ID) {
        scene.world.chain.write(copy_of(&key), actor("mallory's program"), account.data);
    }

    // TEST
    let mut cases = Vec::new();
    for (name, instruction) in scene.instructions() {
        for meta in &instruction.accounts {
            if scene.world.chain.account(&meta.pubkey).is_some_and(|a| a.owner == token::ID) {
                let changed = with(&instruction, meta.pubkey, copy_of(&meta.pubkey));
                let what = format!("{name} {}", meta.pubkey);
                // Vaults that are only looked at are compared with the pool's addresses.
                cases.push(if looked_at(&instruction, &meta.pubkey, &keys) {
                    case(what, changed, EvergreenError::WrongPool)
                } else {
                    case(what, changed, ErrorCode::AccountOwnedByWrongProgram)
                });
            }
        }
    }
    assert!(cases.len() > 25, "{} cases", cases.len());
    refuse_all(&mut scene.world, cases);
}

#[test]
fn a02_a_mint_is_no_token_account_and_the_reverse() {
    let mut scene = Scene::new();
    scene.pass_notice();
    let keys = scene.world.pools[CLASSIC];
    let shares = keys.share_mint(ShareClass::Main);
    let mut cases = Vec::new();
    for (name, instruction) in scene.instructions() {
        for meta in &instruction.accounts {
            let Some(account) = scene.world.chain.account(&meta.pubkey).filter(|a| a.owner == token::ID) else {
                continue;
            };
            let is_mint = account.data.len() == 82;
            let other = if is_mint { keys.wallet(&actor("bob")) } else { shares };
            let changed = with(&instruction, meta.pubkey, other);
            let what = format!("{name} {}", meta.pubkey);
            cases.push(if looked_at(&instruction, &meta.pubkey, &keys) {
                case(what, changed, EvergreenError::WrongPool)
            } else {
                runtime_case(what, changed, "InvalidAccountData")
            });
        }
    }
    refuse_all(&mut scene.world, cases);
}
