//! Migration of accounts of layout version 1, as the program of that version left them, to this version.

use crate::cases::Cases;
use anchor_lang::prelude::Pubkey;
use base64::{Engine, engine::general_purpose::STANDARD};
use evergreen_sdk::{
    accounts::{self, Kind},
    address,
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{LAYOUT_VERSION, SeriesId, ShareClass},
    },
    instruction as build,
};
use evergreen_test_support::fixtures::{self, OldAccount};
use evergreen_tests::{BTC, CLASSIC, DAY, ETH, World, assert_error, chain::actor, world::Setup};
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

fn migrate(world: &mut World, key: Pubkey, kind: Kind) -> evergreen_tests::Outcome {
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
    let sell = world.trade_instruction("alice", CLASSIC, &[(call, -33_333_333 + 3_333_333)]);
    assert_error(&world.chain.send(&[sell]), EvergreenError::WrongVersion);

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
    assert_eq!(sizes, all.iter().map(|(key, _)| world.chain.data(key).len()).collect::<Vec<_>>());
    let view = world.view(CLASSIC);
    assert_eq!(view.pool.params, Setup::flat().pool, "parameters");
    assert_eq!(view.pool.max_ages[..2], [5, 5]);
    assert_eq!(view.held(&world.account_key("alice", CLASSIC), call), 33_333_333);
    assert_eq!(view.held(&world.account_key("bob", CLASSIC), call), -3_333_333);
    let protocol = accounts::protocol(&world.chain.data(&address::protocol())).unwrap();
    assert_eq!((protocol.timelock, protocol.admin), (2 * 86_400, actor("admin")));
    assert_eq!(world.chain.balance(&world.pools[CLASSIC].vault), vault);

    // From here every transaction is checked for all invariants, which compare vaults, ledgers, positions and reserves.
    world.pass(1);
    let ether = view.series().find(|(_, series)| series.underlying == ETH as u8).unwrap().0;
    world.send(world.trade_instruction("bob", CLASSIC, &[(call, 3_333_333)])).ok();
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
