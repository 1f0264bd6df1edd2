//! Migration of accounts of layout version 1, in place, to this version.

use crate::cases::Cases;
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    accounts::{self, Kind},
    address,
    events::Event,
    evergreen::{
        OptionLeg, TradeTerms,
        errors::EvergreenError,
        state::{
            LAYOUT_VERSION, MarginAccount, OLD_MARGIN_ACCOUNT, OLD_REGISTRY, OptionId, SeriesId, SeriesRegistry,
            ShareClass,
        },
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, Outcome, World, assert_error,
    chain::actor,
    world::{TENTH, TOKEN},
};

const PROVIDERS: [(&str, ShareClass); 2] = [("lp", ShareClass::Main), ("insurer", ShareClass::Insurance)];

/// The accounts of the program.
fn program_accounts(world: &World) -> Vec<(Pubkey, Kind)> {
    let of_program = world.chain.owned_by(&address::PROGRAM);
    // Counters are of this version.
    let of_program = of_program.into_iter().filter(|(_, account)| Kind::of(&account.data) != Some(Kind::Counter));
    of_program.map(|(key, account)| (key, Kind::of(&account.data).expect("a known type"))).collect()
}

/// Returns a world in use, with positions, an order and withdrawal requests, whose accounts have version 1.
fn old_world() -> World {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    for who in ["alice", "bob"] {
        world.trader(who, CLASSIC, 100 * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH / 2)]).ok();
    for (who, class) in PROVIDERS {
        world.request(who, CLASSIC, class, 1_000_000);
    }
    for (key, kind) in program_accounts(&world) {
        let mut data = world.chain.data(&key);
        data[8] = 1;
        if let Some((old, _)) = growth(kind) {
            data.truncate(old);
        }
        let rent = world.chain.rent(data.len());
        world.chain.write_with(key, address::PROGRAM, data, rent);
    }
    world
}

/// The bytes of an account that grows, before and after.
fn growth(kind: Kind) -> Option<(usize, usize)> {
    match kind {
        Kind::MarginAccount => Some((OLD_MARGIN_ACCOUNT, MarginAccount::SPACE)),
        Kind::SeriesRegistry => Some((OLD_REGISTRY, SeriesRegistry::SPACE)),
        _ => None,
    }
}

/// Migrates an account; the rent of the bytes by which it grows is transferred before.
fn migrate(world: &mut World, key: Pubkey, kind: Kind) -> Outcome {
    let old = world.chain.account(&key).expect("an account");
    if let Some((_, space)) = growth(kind).filter(|_| old.data[8] != LAYOUT_VERSION) {
        let rent = world.chain.rent(space) - old.lamports;
        assert!(rent > 0, "the account has the rent of its old size only");
        world.chain.give_lamports(&key, rent);
    }
    migrate_as_it_is(world, key)
}

fn migrate_as_it_is(world: &mut World, key: Pubkey) -> Outcome {
    // The transaction skips the checker of invariants, which reads accounts of this version only.
    world.chain.send(&[build::migrate_account(key)])
}

#[test]
fn accounts_of_version_1_are_migrated_in_place_and_everybody_goes_on() {
    // SETUP
    let mut world = old_world();
    let all = program_accounts(&world);
    let kinds = |kind| all.iter().filter(|(_, k)| *k == kind).count();
    assert_eq!([Kind::Protocol, Kind::Pool, Kind::SeriesRegistry, Kind::LiquidityRequest].map(kinds)[0], 1);
    assert!([Kind::MarginAccount, Kind::LiquidityRequest, Kind::Underlying].map(kinds).iter().all(|count| *count >= 2));
    let before: Vec<_> = all.iter().map(|(key, _)| world.chain.data(key)).collect();
    let option = OptionId { underlying: BTC as u8, put: false, strike: 100_000, tenor: 604_800, cap_bps: 12_000 };
    let terms = TradeTerms { legs: vec![OptionLeg { option, points: 1 }], closing: 0, min_net: 0 };
    let alice = world.account_key("alice", CLASSIC);
    let commit = build::commit_trade(actor("alice"), &world.pools[CLASSIC], alice, 0, terms, &[]);
    // No instruction reads a margin account or a registry of the old size; all other accounts of version 1 can be read, and are refused.
    assert_error(&world.chain.send(&[commit]), anchor_lang::error::ErrorCode::AccountDidNotDeserialize);
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    assert_error(&world.chain.send(&[refresh]), anchor_lang::error::ErrorCode::AccountDidNotDeserialize);
    let sweep = build::sweep_insurance(&world.pools[CLASSIC]);
    assert_error(&world.chain.send(&[sweep]), EvergreenError::WrongVersion);

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

    // CHECK: nothing but the version and the size of margin accounts and registries has changed.
    for ((key, kind), mut expected) in all.iter().zip(before) {
        expected[8] = LAYOUT_VERSION;
        if let Some((_, space)) = growth(*kind) {
            expected.resize(space, 0);
        }
        assert_eq!(world.chain.data(key), expected, "{kind:?}");
    }

    // From here every transaction is checked for all invariants, which compare vaults, ledgers, positions and reserves.
    world.pass(1);
    let call = SeriesId { slot: 0, generation: 1 };
    world.trade("bob", CLASSIC, &[(call, TENTH / 2)]).ok();
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
    for who in ["alice", "bob"] {
        world.withdraw(who, CLASSIC, u64::MAX).ok();
    }
    world.pass(7 * DAY);
    for (who, class) in PROVIDERS {
        world.execute(CLASSIC, class, 0).ok();
        world.claim(who, CLASSIC, class, 0).ok();
    }
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
        let outcome = migrate_as_it_is(&mut world, key);
        assert_error(&outcome, anchor_lang::error::ErrorCode::ConstraintRentExempt);
        let needed = format!("Right: {}", world.chain.rent(MarginAccount::SPACE));
        assert!(outcome.log().contains(&needed), "the log tells the balance that would do:\n{}", outcome.log());
        assert_eq!(world.chain.data(&key), before.data);
    }
    world.chain.give_lamports(&key, 1);
    migrate_as_it_is(&mut world, key).ok();
    let account = accounts::margin_account(&world.chain.data(&key)).unwrap();
    assert_eq!((account.version, account.owner), (LAYOUT_VERSION, actor("alice")));
}

#[test]
fn only_an_account_of_version_1_with_its_size_is_migrated() {
    let mut world = old_world();
    for (key, kind) in program_accounts(&world) {
        let old = world.chain.account(&key).unwrap();
        let others = [old.data.len() - 1, old.data.len() + 1].map(|size| {
            let mut data = old.data.clone();
            data.resize(size, 0);
            data
        });
        let versions = [0, LAYOUT_VERSION, LAYOUT_VERSION + 1].map(|version| {
            let mut data = old.data.clone();
            data[8] = version;
            data
        });
        let mut unknown = old.data.clone();
        unknown[0] ^= 1;
        for data in others.into_iter().chain(versions).chain([unknown]) {
            let rent = world.chain.rent(MarginAccount::SPACE.max(data.len()));
            world.chain.write_with(key, address::PROGRAM, data.clone(), rent);
            assert_error(&migrate_as_it_is(&mut world, key), EvergreenError::NothingToMigrate);
            assert_eq!(world.chain.data(&key), data, "{kind:?}");
        }
    }
    let token = world.pools[CLASSIC].vault;
    assert_error(&migrate_as_it_is(&mut world, token), anchor_lang::error::ErrorCode::ConstraintOwner);
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
