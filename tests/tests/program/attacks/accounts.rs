//! Attacks with accounts that are forged, reused or misplaced.

use crate::cases::Cases;
use anchor_lang::{
    error::ErrorCode,
    prelude::{Clock, Pubkey, pubkey},
    solana_program::{instruction::AccountMeta, system_instruction},
};
use evergreen_sdk::{
    accounts::Kind,
    address,
    evergreen::{
        errors::EvergreenError,
        state::{Action, Protocol, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{BTC, CLASSIC, DAY, World, assert_error, chain::actor, world::TOKEN};

/// The sysvars of the clock, of the instructions and of rent.
const SYSVARS: [Pubkey; 3] = [
    pubkey!("SysvarC1ock11111111111111111111111111111111"),
    pubkey!("Sysvar1nstructions1111111111111111111111111"),
    pubkey!("SysvarRent111111111111111111111111111111111"),
];
const SYSVAR_OWNER: Pubkey = pubkey!("Sysvar1111111111111111111111111111111111111");

#[test]
fn a06_a_protocol_at_another_address_or_bump() {
    // SETUP: a copy of the protocol that names mallory as guardian, owned by the program, at addresses where no instruction creates it.
    let mut world = World::flat();
    let data = world.chain.data(&address::protocol());
    let (mallory, seeds): (_, &[&[u8]]) = (actor("mallory"), &[b"protocol"]);
    let (_, canonical) = Pubkey::find_program_address(seeds, &address::PROGRAM);
    let other_bump = (0..canonical)
        .rev()
        .find_map(|bump| Pubkey::create_program_address(&[b"protocol", &[bump]], &address::PROGRAM).ok())
        .expect("another bump");
    let guardian = 8 + core::mem::offset_of!(Protocol, guardian);

    // TEST
    for key in [actor("elsewhere"), other_bump] {
        let mut forged = data.clone();
        forged[guardian..guardian + 32].copy_from_slice(mallory.as_ref());
        world.chain.write(key, address::PROGRAM, forged);
        let mut pause = build::set_pause(mallory, Action::AddRisk, 60);
        pause.accounts[1].pubkey = key;
        world.refused(pause, ErrorCode::ConstraintAddress);
    }
    world.refused(build::set_pause(mallory, Action::AddRisk, 60), EvergreenError::Unauthorized);
}

#[test]
fn a06_an_account_made_at_the_address_of_another() {
    // The seeds have fixed lengths, so no bytes of the owner can be taken for the number, or the reverse.
    let mut world = World::flat();
    let (keys, other, alice) = (world.pools[CLASSIC], world.pools[1], actor("alice"));
    let open = |number| build::open_margin_account(world.chain.payer, alice, &keys, number, None);
    let mut wrong = Vec::new();
    for (number, key) in [
        (0, address::margin_account(&keys.pool, &alice, 256)),
        (1, address::margin_account(&keys.pool, &alice, 256)),
        (0, address::margin_account(&keys.pool, &actor("bob"), 0)),
        (0, address::margin_account(&other.pool, &alice, 0)),
        (0, address::request(&keys.pool, ShareClass::Main, &actor("lp"), 0)),
    ] {
        let mut instruction = open(number);
        instruction.accounts[3].pubkey = key;
        wrong.push(instruction);
    }
    for instruction in wrong {
        world.refused(instruction, ErrorCode::ConstraintSeeds);
    }
    for number in [0, 1, 256, u16::MAX] {
        let open = build::open_margin_account(world.chain.payer, alice, &keys, number, None);
        world.send(open).ok();
    }
}

#[test]
fn a09_a_fake_clock_is_not_read() {
    // No instruction takes a sysvar, so none can be forged.
    let mut cases = Cases::new();
    for (name, instruction) in cases.all() {
        for meta in &instruction.accounts {
            assert!(!SYSVARS.contains(&meta.pubkey), "{name} takes a sysvar");
        }
    }
    // A clock of the next day, passed after the other accounts, changes nothing.
    let world = &mut cases.world;
    let fake = actor("clock");
    let mut clock = vec![0; size_of::<Clock>()];
    clock[32..40].copy_from_slice(&(world.chain.now() + DAY).to_le_bytes());
    world.chain.write(fake, SYSVAR_OWNER, clock);
    world.pass(60);
    let sample = build::sample_volatility(&world.feeds[BTC].accounts);
    world.send(sample.clone()).ok();
    for key in [fake, SYSVARS[0]] {
        let mut with_clock = sample.clone();
        with_clock.accounts.push(AccountMeta::new_readonly(key, false));
        world.refused(with_clock, EvergreenError::SampleTooEarly);
    }
}

#[test]
fn a10_a_program_among_the_remaining_accounts() {
    let mut cases = Cases::new();
    let btc = cases.world.feeds[BTC].accounts;
    let leg = (cases.call, 1_000);
    let commit = cases.world.commit_instruction("alice", CLASSIC, &[leg]);
    cases.world.send(commit).ok();
    cases.world.wait_for_fill();
    let trade = cases.world.fill_instruction("alice", CLASSIC);
    for program in [address::PROGRAM, anchor_spl::token::ID, anchor_lang::system_program::ID] {
        for (place, error) in [(9, EvergreenError::UnknownUnderlying), (10, EvergreenError::PriceWrongOwner)] {
            let mut changed = trade.clone();
            changed.accounts[place].pubkey = program;
            cases.world.refused(changed, error);
        }
        let mut more = trade.clone();
        more.accounts.push(AccountMeta::new_readonly(program, false));
        cases.world.refused(more.clone(), EvergreenError::MarketAccountMissing);
        more.accounts.push(AccountMeta::new_readonly(btc.price, false));
        cases.world.refused(more, EvergreenError::UnknownUnderlying);
    }
}

#[test]
fn a12_a_closed_account_revived_by_its_lamports_is_empty() {
    // SETUP
    let mut world = World::flat();
    let account = world.trader("mallory", CLASSIC, 1_000);
    let (keys, mallory, payer) = (world.pools[CLASSIC], actor("mallory"), world.chain.payer);
    world.withdraw("mallory", CLASSIC, u64::MAX).ok();
    let close = build::close_margin_account(mallory, &keys, account);
    let pay = system_instruction::transfer(&payer, &account, 100_000_000);

    // TEST: the account is used in the transaction that closes it, and afterwards.
    let use_it = build::set_delegate(mallory, account, Some(payer), u64::MAX);
    let outcome = world.send_all(&[close.clone(), pay.clone(), use_it.clone()]);
    assert_error(&outcome, ErrorCode::AccountOwnedByWrongProgram);
    world.send_all(&[close, pay]).ok();
    assert!(world.chain.data(&account).is_empty());
    world.refused(use_it, ErrorCode::AccountOwnedByWrongProgram);
    // When it is opened again, it has no cash.
    world.send(build::open_margin_account(payer, mallory, &keys, 0, None)).ok();
    assert_eq!(world.cash("mallory", CLASSIC), 0);
}

#[test]
fn a12_a_paid_withdrawal_is_not_paid_again() {
    // SETUP
    let mut world = World::flat();
    let number = world.request("lp", CLASSIC, ShareClass::Main, TOKEN * 1_000);
    world.pass(DAY);
    world.execute(CLASSIC, ShareClass::Main, number).ok();
    let keys = world.pools[CLASSIC];
    let withdrawal = world.withdrawal(CLASSIC, ShareClass::Main, number);
    let claim = build::claim_liquidity(actor("lp"), &keys, ShareClass::Main, withdrawal);
    let revive = system_instruction::transfer(&world.chain.payer, &withdrawal, 100_000_000);

    // TEST
    let outcome = world.send_all(&[claim.clone(), revive.clone(), claim.clone()]);
    assert_error(&outcome, ErrorCode::AccountOwnedByWrongProgram);
    world.send_all(&[claim.clone(), revive]).ok();
    world.refused(claim, ErrorCode::AccountOwnedByWrongProgram);
    assert_eq!(world.wallet("lp", CLASSIC), TOKEN);
}

#[test]
fn a13_accounts_that_are_short_or_long() {
    let mut cases = Cases::new();
    let mut tried = 0;
    for (name, instruction) in cases.all() {
        for meta in &instruction.accounts {
            let Some(stored) = cases.world.chain.account(&meta.pubkey).filter(|a| a.owner == address::PROGRAM) else {
                continue;
            };
            // Proposals and orders are read field by field and end in spare bytes, so a missing last byte is not noticed.
            if matches!(Kind::of(&stored.data), Some(Kind::Proposal | Kind::Order)) {
                continue;
            }
            let mut short = stored.data.clone();
            short.pop();
            cases.world.chain.write(meta.pubkey, address::PROGRAM, short);
            let outcome = cases.world.chain.simulate(std::slice::from_ref(&instruction));
            assert_eq!(
                outcome.code,
                Some(ErrorCode::AccountDidNotDeserialize.into()),
                "{name}, an account one byte short"
            );
            // Nobody can make an account longer; bytes beyond the type are not read or cause an error.
            let long = [stored.data.as_slice(), &[0xff; 8]].concat();
            cases.world.chain.write(meta.pubkey, address::PROGRAM, long);
            let outcome = cases.world.chain.simulate(std::slice::from_ref(&instruction));
            assert!(outcome.succeeded() || outcome.code.is_some(), "{name}: {:?}", outcome.failure);
            cases.world.chain.write(meta.pubkey, address::PROGRAM, stored.data);
            tried += 1;
        }
    }
    assert!(tried > 60, "only {tried} accounts were tried");
}

#[test]
fn a16_accounts_are_read_again_after_every_transfer() {
    // SETUP
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    let account = world.trader("alice", CLASSIC, 10 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, super::TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -super::TENTH)]).ok();
    world.provide("alice", CLASSIC, ShareClass::Main, TOKEN).ok();
    world.fund("alice", CLASSIC, 2 * TOKEN);
    world.fund("fees", CLASSIC, 1);
    let (keys, feeds, alice) = (world.pools[CLASSIC], world.markets(), actor("alice"));
    let before = (world.wallet("alice", CLASSIC), world.cash("alice", CLASSIC));
    let due = world.view(CLASSIC).pool.insurance_due;
    assert!(due > 0);

    // TEST: one transaction changes both vaults several times; the checker of invariants compares every ledger with its vault.
    let deposit = build::deposit_margin(alice, &keys, account, TOKEN);
    let withdraw = build::withdraw_margin(alice, &keys, account, TOKEN, &feeds);
    world.chain.give_lamports(&alice, 10_000_000_000);
    world.send(build::request_deposit(alice, &keys, ShareClass::Main, world.next_number("alice"), 1_000, 0)).ok();
    world.pass_to(1);
    let provide = world.execute_deposit_instruction("alice", CLASSIC, world.last_number("alice"));
    let sweep = build::sweep_insurance(&keys);
    let collect = build::collect_fees(&keys, keys.wallet(&actor("fees")));
    world.send_all(&[deposit.clone(), withdraw.clone(), provide, deposit, withdraw, sweep.clone(), collect]).ok();
    assert_eq!((world.wallet("alice", CLASSIC) + 1_000, world.cash("alice", CLASSIC)), before);
    // A second sweep finds nothing.
    world.refused(sweep, EvergreenError::ZeroAmount);
}
