//! Migration of accounts of layout version 1, as the program of that version left them, to this version.

use crate::cases::Cases;
use anchor_lang::prelude::Pubkey;
use base64::{Engine, engine::general_purpose::STANDARD};
use evergreen_sdk::{
    accounts::{self, Kind},
    address,
    events::Event,
    evergreen::{
        OptionLeg, TradeTerms,
        errors::EvergreenError,
        state::{Commitment, LAYOUT_VERSION, MarginAccount, OptionId, Pool, PoolParams, SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_test_support::fixtures::{self, OldAccount};
use evergreen_tests::{BTC, CLASSIC, DAY, ETH, Outcome, World, assert_error, chain::actor, world::Setup};
use std::str::FromStr;

/// Returns a world with the accounts of version 1.
fn old_world() -> World {
    let mut world = World::bare();
    let setup = Setup::flat();
    for (config, dollars) in [(setup.btc, 100_000), (setup.eth, 4_000)] {
        let feed = world.new_feed(&config, dollars);
        world.feeds.push(feed);
    }
    // The events that led to these accounts are not known, so they cannot be replayed.
    world.replay = None;
    let (then, accounts) = fixtures::layout_1();
    world.chain.pass(then - world.chain.now());
    for OldAccount { address, owner, bytes } in accounts {
        let parse = |text: &str| Pubkey::from_str(text).unwrap();
        world.chain.write(parse(address), parse(owner), STANDARD.decode(bytes).unwrap());
    }
    world
}

/// Returns the accounts of the program with underlyings first, because a pool's migration reads them.
fn program_accounts(world: &World) -> Vec<(Pubkey, Kind)> {
    let of_program = world.chain.owned_by(&address::PROGRAM);
    let kinds = of_program.into_iter().map(|(key, account)| (key, Kind::of(&account.data).expect("a known type")));
    let mut all: Vec<_> = kinds.collect();
    all.sort_by_key(|(_, kind)| *kind != Kind::Underlying);
    all
}

/// Migrates an account; to a margin account the rent of the bytes by which it grows is transferred before.
fn migrate(world: &mut World, key: Pubkey, kind: Kind) -> Outcome {
    let old = world.chain.account(&key).expect("an account");
    if kind == Kind::MarginAccount && old.data[8] != LAYOUT_VERSION {
        let rent = world.chain.rent(MarginAccount::SPACE) - old.lamports;
        assert!(rent > 0, "the account has the rent of its old size only");
        world.chain.give_lamports(&key, rent);
    }
    migrate_as_it_is(world, key, kind)
}

fn migrate_as_it_is(world: &mut World, key: Pubkey, kind: Kind) -> Outcome {
    let underlyings: Vec<_> = world.feeds.iter().map(|feed| feed.accounts.underlying).collect();
    let listed: &[Pubkey] = if kind == Kind::Pool { &underlyings } else { &[] };
    // The transaction skips the checker of invariants, which reads accounts of this version only.
    world.chain.send(&[build::migrate_account(key, listed)])
}

#[test]
fn a_pool_of_version_1_is_migrated_in_place_and_everybody_goes_on() {
    // SETUP
    let mut world = old_world();
    let all = program_accounts(&world);
    let kinds = |kind| all.iter().filter(|(_, k)| *k == kind).count();
    assert_eq!([Kind::Pool, Kind::SeriesRegistry, Kind::WithdrawalRequest].map(kinds), [1, 1, 3]);
    let sizes: Vec<_> = all.iter().map(|(key, _)| world.chain.data(key).len()).collect();
    let vault = world.chain.balance(&world.pools[CLASSIC].vault);
    let call = SeriesId { slot: 0, generation: 1 };
    let option = OptionId { underlying: BTC as u8, put: false, strike: 100_000, tenor: 604_800, cap_bps: 12_000 };
    let terms = TradeTerms { legs: vec![OptionLeg { option, points: 1 }], closing: 0, min_net: 0 };
    let alice = world.account_key("alice", CLASSIC);
    let commit = build::commit_trade(actor("alice"), &world.pools[CLASSIC], alice, 0, terms, &[]);
    // No instruction reads a margin account of the old size; all other accounts of version 1 can be read, and are refused.
    assert_error(&world.chain.send(&[commit]), anchor_lang::error::ErrorCode::AccountDidNotDeserialize);
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    assert_error(&world.chain.send(&[refresh]), EvergreenError::WrongVersion);

    // TEST
    for (key, kind) in &all {
        let outcome = migrate(&mut world, *key, *kind).ok();
        let version =
            outcome.event(|e| if let Event::AccountMigrated(e) = e { Some((e.account, e.version)) } else { None });
        assert_eq!(version, (*key, LAYOUT_VERSION));
    }
    for (key, kind) in &all {
        assert_error(&migrate(&mut world, *key, *kind), EvergreenError::NothingToMigrate);
    }

    // CHECK: amounts have not changed, and new fields have their values.
    for ((key, kind), old) in all.iter().zip(sizes) {
        let grown = if *kind == Kind::MarginAccount { size_of::<Commitment>() } else { 0 };
        assert_eq!(world.chain.data(key).len(), old + grown, "{kind:?}");
    }
    let view = world.view(CLASSIC);
    let params = PoolParams { fill_tip: 0, fill_delay: 3, fill_window: 10, ..Setup::flat().pool };
    assert_eq!(view.pool.params, params, "parameters");
    for account in view.accounts.values() {
        assert!(!account.commitment.is_open() && account.reserved == [0; 16], "no trade is committed");
    }
    assert_eq!(view.pool.max_ages[..2], [5, 5]);
    assert_eq!(view.held(&world.account_key("alice", CLASSIC), call), 33_333_333);
    assert_eq!(view.held(&world.account_key("bob", CLASSIC), call), -3_333_333);
    let protocol = accounts::protocol(&world.chain.data(&address::protocol())).unwrap();
    assert_eq!((protocol.timelock, protocol.admin), (2 * 86_400, actor("admin")));
    assert_eq!(world.chain.balance(&world.pools[CLASSIC].vault), vault);

    // From here every transaction is checked for all invariants, which compare vaults, ledgers, positions and reserves.
    world.pass(1);
    let ether = view.series().find(|(_, series)| series.underlying == ETH as u8).unwrap().0;
    world.trade("bob", CLASSIC, &[(call, 3_333_333)]).ok();
    world.trade("alice", CLASSIC, &[(call, -33_333_333), (ether, -50_000_000)]).ok();
    for who in ["alice", "bob"] {
        world.withdraw(who, CLASSIC, u64::MAX).ok();
    }
    world.claim("lp", CLASSIC, ShareClass::Main, 0).ok();
    world.pass(7 * DAY);
    world.execute(CLASSIC, ShareClass::Main, 1).ok();
    world.claim("lp", CLASSIC, ShareClass::Main, 1).ok();
    world.execute(CLASSIC, ShareClass::Insurance, 0).ok();
    world.claim("insurer", CLASSIC, ShareClass::Insurance, 0).ok();
    world.send(build::sample_volatility(&world.feeds[BTC].accounts)).ok();
}

#[test]
fn a_margin_accounts_migration_needs_the_rent_of_its_new_size() {
    let mut world = old_world();
    let key = world.account_key("alice", CLASSIC);
    let before = world.chain.account(&key).unwrap();
    for missing in [world.chain.rent(MarginAccount::SPACE) - before.lamports, 1] {
        let present = world.chain.account(&key).unwrap().lamports;
        let short = world.chain.rent(MarginAccount::SPACE) - missing - present;
        if short > 0 {
            world.chain.give_lamports(&key, short);
        }
        let outcome = migrate_as_it_is(&mut world, key, Kind::MarginAccount);
        assert_error(&outcome, anchor_lang::error::ErrorCode::ConstraintRentExempt);
        let needed = format!("Right: {}", world.chain.rent(MarginAccount::SPACE));
        assert!(outcome.log().contains(&needed), "the log tells the balance that would do:\n{}", outcome.log());
        assert_eq!(world.chain.data(&key), before.data);
    }
    world.chain.give_lamports(&key, 1);
    migrate_as_it_is(&mut world, key, Kind::MarginAccount).ok();
    let account = accounts::margin_account(&world.chain.data(&key)).unwrap();
    assert_eq!((account.version, account.owner), (LAYOUT_VERSION, actor("alice")));
}

/// What alice owes is no part of version 1's ledger of bad debts, and comes off it again when she pays.
#[test]
fn what_an_account_owes_is_bad_debt_after_the_migration_until_it_is_paid() {
    // SETUP: funding has taken more than alice's cash.
    let mut world = old_world();
    let (keys, alice) = (world.pools[CLASSIC], world.account_key("alice", CLASSIC));
    let owed = 1_000;
    let cash_at = 8 + core::mem::offset_of!(MarginAccount, cash);
    let cash = add(&mut world, alice, cash_at, 0);
    add(&mut world, alice, cash_at, -cash - owed);
    add(&mut world, keys.pool, 8 + core::mem::offset_of!(Pool, margin_cash), -cash - owed);
    add(&mut world, keys.pool, 8 + core::mem::offset_of!(Pool, pool_cash), cash + owed);
    add(&mut world, keys.pool, 8 + core::mem::offset_of!(Pool, debts), owed);

    // TEST
    for (key, kind) in program_accounts(&world) {
        migrate(&mut world, key, kind).ok();
    }
    assert_eq!(world.view(CLASSIC).pool.bad_debts, owed.unsigned_abs());
    world.fund("alice", CLASSIC, owed.unsigned_abs());
    world.deposit("alice", CLASSIC, owed.unsigned_abs()).ok();
    assert_eq!(world.view(CLASSIC).pool.bad_debts, 0);
}

/// Adds to a number of eight bytes in an account, and returns the sum.
fn add(world: &mut World, key: Pubkey, at: usize, change: i64) -> i64 {
    let mut data = world.chain.data(&key);
    let sum = i64::from_le_bytes(data[at..at + 8].try_into().unwrap()) + change;
    data[at..at + 8].copy_from_slice(&sum.to_le_bytes());
    world.chain.write(key, address::PROGRAM, data);
    sum
}

#[test]
fn a_pools_migration_needs_its_underlyings_in_order() {
    let mut world = old_world();
    let underlyings: Vec<_> = world.feeds.iter().map(|feed| feed.accounts.underlying).collect();
    let pool = world.pools[CLASSIC].pool;
    for wrong in [vec![], vec![underlyings[0]], vec![underlyings[1], underlyings[0]]] {
        let before = world.chain.data(&pool);
        let outcome = world.chain.send(&[build::migrate_account(pool, &wrong)]);
        assert_error(&outcome, EvergreenError::MarketAccountMissing);
        assert_eq!(before, world.chain.data(&pool));
    }
    let token = world.pools[CLASSIC].vault;
    let outcome = world.chain.send(&[build::migrate_account(token, &[])]);
    assert_error(&outcome, anchor_lang::error::ErrorCode::ConstraintOwner);
}

/// Version 1 and a version that does not exist yet are written into each account of each instruction.
#[test]
fn no_instruction_takes_an_account_of_another_version() {
    let mut cases = Cases::new();
    for (name, instruction) in cases.all() {
        for meta in &instruction.accounts {
            let data = cases.world.chain.data(&meta.pubkey);
            if Kind::of(&data).is_none() || cases.world.chain.account(&meta.pubkey).unwrap().owner != address::PROGRAM {
                continue;
            }
            for version in [LAYOUT_VERSION - 1, LAYOUT_VERSION + 1] {
                let mut other = data.clone();
                other[8] = version;
                cases.world.chain.write(meta.pubkey, address::PROGRAM, other);
                let outcome = cases.world.chain.simulate(std::slice::from_ref(&instruction));
                let kind = Kind::of(&data).unwrap();
                let wrong = Some(u32::from(EvergreenError::WrongVersion));
                assert_eq!(outcome.code, wrong, "{name} with {kind:?} of version {version}: {}", outcome.log());
            }
            cases.world.chain.write(meta.pubkey, address::PROGRAM, data);
        }
    }
}
