//! Transfer fees that are raised after listing.

use super::{TENTH, raise_fee, with_fee_mint};
use anchor_lang::solana_program::instruction::{AccountMeta, Instruction};
use anchor_spl::token_2022::spl_token_2022::{ID as TOKEN_2022, extension::transfer_fee};
use evergreen_sdk::{
    evergreen::{
        errors::EvergreenError,
        state::{SeriesId, ShareClass, VaultLedgers},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, DAY, World, assert_error,
    chain::actor,
    seizures::{Seizure, synced},
    tokens::issuer,
    world::TOKEN,
};

/// The same instruction with somebody's signature.
fn signed(mut instruction: Instruction, who: &str) -> Instruction {
    for meta in instruction.accounts.iter_mut().filter(|meta| meta.pubkey == actor(who)) {
        meta.is_signer = true;
    }
    instruction
}

/// Sets up a pool with traders and an executed withdrawal, and announces a transfer fee of its mint for a later epoch. Returns the
/// world, the pool's place, the call that alice holds and the number of the withdrawal.
fn announced() -> (World, usize, SeriesId, u64) {
    let (mut world, pool) = with_fee_mint();
    let call = world.list(pool, BTC, false, 100_000);
    for who in ["alice", "bob", "fees"] {
        world.trader(who, pool, 10 * TOKEN);
        world.fund(who, pool, TOKEN);
    }
    world.trade("alice", pool, &[(call, TENTH)]).ok();
    let number = world.request("lp", pool, ShareClass::Main, 1_000_000_000_000);
    world.pass(DAY);
    world.execute(pool, ShareClass::Main, number).ok();
    raise_fee(&mut world, pool);
    (world, pool, call, number)
}

#[test]
fn a30_an_announced_fee_stops_deposits_and_the_first_exit_marks_the_pool() {
    let (mut world, pool, call, _) = announced();
    assert!(!world.view(pool).pool.is_distressed());
    assert_error(&world.deposit("bob", pool, TOKEN), EvergreenError::MintRefused);
    let wallet = world.wallet("bob", pool);
    world.withdraw("bob", pool, TOKEN).ok();
    assert_eq!(world.wallet("bob", pool), wallet + TOKEN, "the fee is not yet in force");
    assert!(world.view(pool).pool.is_distressed());
    world.trade_refused("alice", pool, &[(call, 1_000)], EvergreenError::PoolDistressed);
}

#[test]
fn a30_a_transfer_fee_raised_later_is_borne_by_the_receiver() {
    let (mut world, pool, call, number) = announced();
    // Every exit works: the vault pays the amount and the receiver bears the fee.
    world.chain.pass_epochs(2);
    let vault = world.pools[pool].vault;
    let (held, wallet) = (world.chain.balance(&vault), world.wallet("bob", pool));
    world.withdraw("bob", pool, TOKEN).ok();
    assert_eq!(world.chain.balance(&vault), held - TOKEN);
    assert_eq!(world.wallet("bob", pool), wallet + TOKEN - TOKEN / 100);
    let due = world.view(pool).pool.withdrawals_due;
    let (held, wallet) = (world.chain.balance(&vault), world.wallet("lp", pool));
    // What anyone may pay out waits, unless whoever it is due to has signed.
    assert_error(&world.claim("lp", pool, ShareClass::Main, number), EvergreenError::FeeUnsigned);
    let keys = world.pools[pool];
    let claim =
        build::claim_liquidity(actor("lp"), &keys, ShareClass::Main, world.withdrawal(pool, ShareClass::Main, number));
    world.send(signed(claim, "lp")).ok();
    assert_eq!(world.chain.balance(&vault), held - due);
    assert_eq!(world.wallet("lp", pool), wallet + due - due.div_ceil(100));
    world.trade("alice", pool, &[(call, -TENTH)]).ok();
    world.withdraw("alice", pool, u64::MAX).ok();
    let fees = world.pools[pool].wallet(&actor("fees"));
    let collect = build::collect_fees(&world.pools[pool], fees);
    world.refused(collect.clone(), EvergreenError::FeeUnsigned);
    let mut collect = collect;
    let owner = collect.accounts.iter_mut().rfind(|meta| meta.pubkey == evergreen_sdk::evergreen::ID);
    *owner.expect("a place of the owner") = AccountMeta::new_readonly(actor("fees"), true);
    world.send(collect).ok();
    // What insurance has earned waits in the main vault: nobody signs for all insurers.
    assert!(world.view(pool).pool.insurance_due > 0);
    world.refused(build::sweep_insurance(&keys), EvergreenError::FeeUnsigned);
}

#[test]
fn a30_a_pool_is_open_again_when_the_fee_is_gone() {
    let (mut world, pool, call, _) = announced();
    world.withdraw("bob", pool, TOKEN).ok();
    world.chain.pass_epochs(2);
    let mint = world.mints[pool].address;
    let lower = transfer_fee::instruction::set_transfer_fee(&TOKEN_2022, &mint, &issuer(), &[], 0, 0).unwrap();
    world.send(lower).ok();
    world.sync(pool).ok();
    assert!(world.view(pool).pool.is_distressed(), "the raised fee is in force for two more epochs");
    world.chain.pass_epochs(2);
    world.send(transfer_fee::instruction::set_transfer_fee(&TOKEN_2022, &mint, &issuer(), &[], 0, 0).unwrap()).ok();
    world.sync(pool).ok();
    assert!(!world.view(pool).pool.is_distressed());
    world.trade("bob", pool, &[(call, 1_000)]).ok();
}

#[test]
fn a30_a32_what_insurance_owes_under_a_transfer_fee_waits() {
    // SETUP
    let (mut world, pool) = with_fee_mint();
    world.trader("bob", pool, 10 * TOKEN);
    raise_fee(&mut world, pool);
    world.chain.pass_epochs(2);
    let (vault, before) = (world.pools[pool].vault, world.view(pool).pool.ledgers());

    // TEST: insurance owes ten tokens. A sweep would lose a tenth of one to the fee, and each further one a part of that: nobody pays it for insurers.
    world.seize(pool, vault, 10 * TOKEN, Seizure::Burn);
    let after = synced(&world.sync(pool).ok()).after;
    assert_eq!(after, VaultLedgers { insurance_due: before.insurance_due - 10 * TOKEN as i64, ..before });
    world.refused(build::sweep_insurance(&world.pools[pool]), EvergreenError::FeeUnsigned);
    assert_eq!(world.view(pool).pool.ledgers(), after);
    world.withdraw("bob", pool, u64::MAX).ok();

    // Once the fee is gone it is moved.
    let mint = world.mints[pool].address;
    world.send(transfer_fee::instruction::set_transfer_fee(&TOKEN_2022, &mint, &issuer(), &[], 0, 0).unwrap()).ok();
    world.chain.pass_epochs(2);
    world.send(build::sweep_insurance(&world.pools[pool])).ok();
    let swept = world.view(pool).pool.ledgers();
    assert_eq!((swept.insurance_due, swept.insurance_cash), (0, before.insurance_cash - 10 * TOKEN));
}

#[test]
fn a42_withheld_fees_are_not_the_vaults() {
    // SETUP: a donation with a transfer fee leaves a withheld amount in the vault.
    let (mut world, pool) = with_fee_mint();
    raise_fee(&mut world, pool);
    world.chain.pass_epochs(2);
    world.trader("bob", pool, 0);
    world.fund("donor", pool, 100 * TOKEN);
    let (keys, mint) = (world.pools[pool], world.mints[pool]);
    let ledgers = world.view(pool).pool.ledgers();
    let gift = evergreen_tests::tokens::transfer_instruction(
        &mint,
        &keys.wallet(&actor("donor")),
        &keys.vault,
        &actor("donor"),
        100 * TOKEN,
    );
    *world.outside.entry(keys.vault).or_default() += i128::from(99 * TOKEN);
    world.send(gift).ok();

    // TEST: the issuer takes the withheld amount; the vault's balance and the ledgers do not change.
    let held = world.chain.balance(&keys.vault);
    let harvest = transfer_fee::instruction::withdraw_withheld_tokens_from_accounts(
        &TOKEN_2022,
        &mint.address,
        &keys.wallet(&actor("bob")),
        &issuer(),
        &[],
        &[&keys.vault],
    );
    world.send(harvest.unwrap()).ok();
    assert_eq!(world.wallet("bob", pool), TOKEN + 1, "bob had one unit before");
    assert_eq!(world.chain.balance(&keys.vault), held);
    world.sync(pool).ok();
    assert_eq!(world.view(pool).pool.ledgers(), ledgers);
}
