//! What guardian and admin may do at once: lower caps and halt a pool. Exits stay open.

use super::TENTH;
use anchor_lang::{error::ErrorCode, solana_program::instruction::Instruction};
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::{
    address,
    events::Event,
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{Change, Pool, PoolCaps, PoolParams, SeriesId, SeriesSpec, ShareClass},
    },
    instruction::{self as build},
};
use evergreen_tests::{
    BTC, CLASSIC, DAY, STOCK, Setup, World, assert_error, chain::actor, governance::caps, world::TOKEN,
};

type Edit = fn(&mut PoolCaps);

fn tighten(world: &World, by: &str, edit: impl FnOnce(&mut PoolCaps)) -> Instruction {
    let mut caps = caps(&world.view(CLASSIC).pool.params);
    edit(&mut caps);
    build::tighten_pool(actor(by), world.pools[CLASSIC].pool, caps)
}

#[test]
fn a66_caps_fall_at_once_and_never_rise() {
    let mut world = World::flat();
    for who in ["guardian", "admin"] {
        let version = world.view(CLASSIC).pool.config_version;
        let lower = tighten(&world, who, |c| {
            (c.max_series_points, c.max_account_points) = (c.max_series_points - 1, c.max_account_points - 1);
            c.max_pool_cash -= 1;
        });
        let before = world.view(CLASSIC).pool.params;
        let tightened = world.send(lower).ok();
        let after = world.view(CLASSIC).pool;
        let expected = PoolParams {
            max_series_points: before.max_series_points - 1,
            max_account_points: before.max_account_points - 1,
            max_pool_cash: before.max_pool_cash - 1,
            ..before
        };
        assert_eq!((after.params, after.config_version), (expected, version + 1));
        let found = tightened.event(|event| match event {
            Event::PoolTightened(e) => {
                let found = (e.pool, e.caps, e.config_version, e.by);
                Some(found)
            }
            _ => None,
        });
        assert_eq!(found, (world.pools[CLASSIC].pool, caps(&expected), version + 1, actor(who)));
        let higher: [Edit; 4] = [
            |c| c.max_series_points += 1,
            |c| c.max_account_points += 1,
            |c| c.max_pool_cash += 1,
            // No cap may rise, even if another falls.
            |c| (c.max_series_points, c.max_pool_cash) = (c.max_series_points - 1, u64::MAX),
        ];
        for edit in higher {
            world.refused(tighten(&world, who, edit), EvergreenError::NotTightening);
        }
    }
    let misfits: [Edit; 3] = [
        |c| (c.max_series_points, c.max_account_points) = (0, 0),
        |c| c.max_account_points = 0,
        |c| c.max_series_points = c.max_account_points - 1,
    ];
    for edit in misfits {
        world.refused(tighten(&world, "guardian", edit), EvergreenError::InvalidParameter);
    }
    assert_eq!(world.view(STOCK).pool.config_version, 0);
}

#[test]
fn caps_do_not_fall_below_the_least_position() {
    let mut setup = Setup::flat();
    setup.pool.min_account_points = 1_000;
    let mut world = World::new(setup);
    world.refused(tighten(&world, "guardian", |c| c.max_account_points = 999), EvergreenError::InvalidParameter);
    world.send(tighten(&world, "guardian", |c| c.max_account_points = 1_000)).ok();
}

#[test]
fn a05_strangers_neither_tighten_nor_halt() {
    let mut world = World::flat();
    let key = world.pools[CLASSIC].pool;
    for who in ["mallory", "fees", "upgrade authority", "lp"] {
        world.refused(tighten(&world, who, |_| {}), EvergreenError::Unauthorized);
        world.refused(build::halt_pool(actor(who), key), EvergreenError::Unauthorized);
    }
    for mut unsigned in [tighten(&world, "guardian", |_| {}), build::halt_pool(actor("guardian"), key)] {
        unsigned.accounts[0].is_signer = false;
        world.refused(unsigned.clone(), ErrorCode::AccountNotSigner);
        unsigned.accounts[0].is_signer = true;
        unsigned.accounts[1].pubkey = key;
        world.refused(unsigned.clone(), ErrorCode::AccountDiscriminatorMismatch);
        unsigned.accounts[1].pubkey = address::protocol();
        unsigned.accounts[2].pubkey = world.pools[CLASSIC].registry;
        world.refused(unsigned, ErrorCode::AccountDiscriminatorMismatch);
    }
}

#[test]
fn lower_caps_stop_what_grows_and_nothing_else() {
    // SETUP: alice's position, the series and the pool's cash are above the new caps.
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 100_000);
    world.trader("alice", CLASSIC, 20 * TOKEN);
    world.trader("bob", CLASSIC, 20 * TOKEN);
    world.trade("alice", CLASSIC, &[(call, 4 * TENTH)]).ok();
    let tight = tighten(&world, "guardian", |c| {
        *c = PoolCaps {
            max_series_points: 3 * TENTH as u64,
            max_account_points: TENTH as u64,
            max_pool_cash: 500 * TOKEN,
        }
    });
    world.send(tight).ok();

    // TEST
    world.trade_refused("alice", CLASSIC, &[(call, 1)], EvergreenError::SeriesSizeLimit);
    world.trade_refused("bob", CLASSIC, &[(call, 1)], EvergreenError::SeriesSizeLimit);
    let deposit = world.provide("vera", CLASSIC, ShareClass::Main, TOKEN);
    assert_error(&deposit, EvergreenError::DepositCap);
    for part in [1, TENTH, 2 * TENTH] {
        world.trade("alice", CLASSIC, &[(call, -part)]).ok();
    }
    world.trade_refused("bob", CLASSIC, &[(call, TENTH + 1)], EvergreenError::AccountSizeLimit);
    world.trade("bob", CLASSIC, &[(call, TENTH)]).ok();
    let number = world.request("lp", CLASSIC, ShareClass::Main, 100 * TOKEN * 1_000);
    world.pass(DAY);
    world.execute(CLASSIC, ShareClass::Main, number).ok();
}

/// A classic pool with a writer below maintenance, a series at its cap and a withdrawal that can be executed.
struct Busy {
    world: World,
    call: SeriesId,
    at_cap: SeriesId,
    withdrawal: u64,
}

fn busy() -> Busy {
    let mut world = World::flat();
    let call = world.list(CLASSIC, BTC, false, 105_000);
    let at_cap = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    for who in ["alice", "bob", "keeper"] {
        world.trader(who, CLASSIC, 20 * TOKEN);
    }
    world.trade("alice", CLASSIC, &[(call, 2 * TENTH), (at_cap, TENTH)]).ok();
    world.trade("bob", CLASSIC, &[(call, -TENTH)]).ok();
    let withdrawal = world.request("lp", CLASSIC, ShareClass::Main, TOKEN * 1_000);
    world.request("insurer", CLASSIC, ShareClass::Insurance, TOKEN);
    world.pass(DAY);
    let bob = world.account_key("bob", CLASSIC);
    let spare = world.valued(CLASSIC, |view, markets| {
        let health = |level| markets.health(&view.accounts[&bob], level);
        health(HealthLevel::Initial).min(health(HealthLevel::Maintenance))
    });
    world.withdraw("bob", CLASSIC, spare as u64).ok();
    world.set_price(BTC, 113_000);
    Busy { world, call, at_cap, withdrawal }
}

/// Asserts that new risk is refused with this error and that exits, reductions and upkeep go on. Returns the world.
#[track_caller]
fn only_exits(busy: Busy, error: EvergreenError) -> World {
    let Busy { mut world, call, at_cap, withdrawal } = busy;
    let (keys, feeds, btc) = (world.pools[CLASSIC], world.markets(), world.feeds[BTC].accounts);
    let (alice, bob, keeper) = (world.account_key("alice", CLASSIC), world.account_key("bob", CLASSIC), "keeper");
    for legs in [&[(call, 1)][..], &[(call, -3 * TENTH)], &[(call, -1), (at_cap, 1)]] {
        assert_error(&world.trade("alice", CLASSIC, legs), error);
    }
    for class in [ShareClass::Main, ShareClass::Insurance] {
        assert_error(&world.provide("vera", CLASSIC, class, TOKEN), error);
    }
    let request = SeriesSpec { put: true, strike: 110_000, tenor: 7 * 86_400 };
    assert_error(&world.send(build::list_series(&keys, &btc, request)), error);

    let legs = vec![Leg { series: call, points: TENTH }];
    let liquidate = build::liquidate(actor(keeper), &keys, bob, world.account_key(keeper, CLASSIC), legs, &feeds);
    world.send(liquidate).ok();
    world.send(build::exercise_series(&keys, at_cap, &btc)).ok();
    world.send(build::settle_positions(&keys, alice)).ok();
    world.fund("bob", CLASSIC, TOKEN);
    world.deposit("bob", CLASSIC, TOKEN).ok();
    world.trade("alice", CLASSIC, &[(call, -TENTH)]).ok();
    world.withdraw("alice", CLASSIC, TOKEN).ok();
    world.execute(CLASSIC, ShareClass::Main, withdrawal).ok();
    world.claim("lp", CLASSIC, ShareClass::Main, withdrawal).ok();
    world.request("lp", CLASSIC, ShareClass::Main, TOKEN);
    world.pass_to(2);
    for instruction in
        [build::refresh_pool(&keys, &feeds), world.sample_instruction(BTC), build::sweep_insurance(&keys)]
    {
        world.send(instruction).ok();
    }
    // The other pool is not affected.
    world.list(STOCK, BTC, true, 110_000);
    world.provide("vera", STOCK, ShareClass::Main, TOKEN).ok();
    world
}

#[test]
fn a_halted_pool_lets_everybody_out() {
    for who in ["guardian", "admin"] {
        let mut busy = busy();
        let key = busy.world.pools[CLASSIC].pool;
        let halted = busy.world.send(build::halt_pool(actor(who), key)).ok();
        let found = halted.event(|event| match event {
            Event::PoolHalted(e) => Some((e.pool, e.config_version, e.by)),
            _ => None,
        });
        assert_eq!(found, (key, 1, actor(who)));
        let mut world = only_exits(busy, EvergreenError::PoolHalted);
        // A proposal resumes the pool.
        world.enact(Change::ResumePool, &world.of_pool(CLASSIC));
        world.list(CLASSIC, BTC, true, 110_000);
        world.provide("vera", CLASSIC, ShareClass::Main, TOKEN).ok();
    }
}

#[test]
fn a_distressed_pool_lets_everybody_out() {
    let mut busy = busy();
    let key = busy.world.pools[CLASSIC].pool;
    let mut data = busy.world.chain.data(&key);
    data[8 + core::mem::offset_of!(Pool, flags)] |= Pool::DISTRESSED;
    busy.world.chain.write(key, address::PROGRAM, data);
    let mut world = only_exits(busy, EvergreenError::PoolDistressed);
    // A proposal ends a halt, but not the distress.
    world.send(build::halt_pool(actor("guardian"), key)).ok();
    world.enact(Change::ResumePool, &world.of_pool(CLASSIC));
    assert_eq!(world.view(CLASSIC).pool.flags, Pool::DISTRESSED);
}
