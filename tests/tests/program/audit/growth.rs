//! Capacity of an hour: reserves grow by a quarter of pool cash an hour at most, so that quotes that are wrong cost little before they have followed.

use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{PoolParams, SeriesId},
    },
};
use evergreen_tests::{
    BTC, CLASSIC, World,
    world::{Setup, TENTH, TOKEN},
};

/// Reserve of a tenth of a coin at 100,000 dollars and a cap of 20 %, native units.
const RESERVE: u64 = TENTH.unsigned_abs() * 20;
/// Pool cash without trades, native units.
const CASH: u64 = 1_000 * TOKEN;

/// Returns a world with the preset limit of growth, in which a call and a put on BTC at 100,000 are listed and three traders have 2,000 tokens each.
fn scene() -> (World, SeriesId, SeriesId) {
    let mut setup = Setup::flat();
    setup.pool = PoolParams { growth_limit_bps: 2_500, ..setup.pool };
    let mut world = World::new(setup);
    let [call, put] = [false, true].map(|put| world.list(CLASSIC, BTC, put, 100_000));
    for who in ["alice", "bob", "mallory"] {
        world.trader(who, CLASSIC, 2_000 * TOKEN);
    }
    (world, call, put)
}

/// Tenths of a coin that fit beside what is open and committed, as the level stood a moment ago.
fn fits(world: &World, seconds: u64) -> i64 {
    let pool = world.view(CLASSIC).pool;
    let hourly = pool.pool_cash.unsigned_abs() / 4;
    let reserves = pool.reserved_collateral + pool.committed_reserve;
    let level = reserves.min(pool.reserve_level + hourly * seconds / 3_600);
    ((level + hourly - reserves) / RESERVE) as i64
}

fn refused(world: &mut World, who: &str, legs: &[(SeriesId, i64)]) {
    let commit = world.commit_instruction(who, CLASSIC, legs);
    world.refused(commit, EvergreenError::GrowthLimit);
}

#[test]
fn audit_growth_an_hour_sells_a_quarter_of_the_pool_to_all_together() {
    // SETUP
    let (mut world, call, put) = scene();
    let most = (CASH / 4 / RESERVE) as i64;
    refused(&mut world, "alice", &[(call, (most + 1) * TENTH)]);
    // Legs, options and accounts count together.
    refused(&mut world, "alice", &[(call, most * TENTH), (put, TENTH)]);
    world.trade("alice", CLASSIC, &[(call, 20 * TENTH)]).ok();
    let commit = world.commit_instruction("bob", CLASSIC, &[(put, 10 * TENTH)]);
    world.send(commit).ok();

    // TEST: what is committed counts, and whoever writes or closes is free.
    let left = fits(&world, 0);
    assert!((6..=8).contains(&left), "{left}");
    refused(&mut world, "mallory", &[(call, (left + 2) * TENTH)]);
    world.wait_for_fill();
    let filled = world.fill("bob", CLASSIC).ok();
    assert!(filled.events().iter().any(|event| matches!(event, Event::CommitmentFilled(_))));
    world.trade("mallory", CLASSIC, &[(call, -15 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(call, -5 * TENTH)]).ok();
    // A half-hour later there is room for half as much again.
    let before = fits(&world, 0);
    world.pass(1_800);
    let after = fits(&world, 1_800);
    assert!((after - before - most / 2).abs() <= 2, "{before} {after}, {most}");
    refused(&mut world, "bob", &[(put, (after + 2) * TENTH)]);
    world.trade("bob", CLASSIC, &[(put, (after - 1) * TENTH)]).ok();
}

#[test]
fn audit_growth_what_is_committed_in_vain_takes_nothing_from_the_hour() {
    let (mut world, call, put) = scene();
    let most = (CASH / 4 / RESERVE) as i64;
    for option in [call, put] {
        let reserve = world.commit_within("mallory", CLASSIC, &[(option, most * TENTH)], -1);
        world.send(reserve).ok();
        refused(&mut world, "alice", &[(call, 2 * TENTH)]);
        world.wait_for_fill();
        let ended = world.fill("mallory", CLASSIC);
        assert!(ended.events().iter().any(|event| matches!(event, Event::CommitmentCancelled(_))));
    }
    world.trade("alice", CLASSIC, &[(call, most * TENTH)]).ok();
}

#[test]
fn audit_growth_whoever_takes_all_there_is_gets_the_first_hour_and_one_more_each_hour() {
    // SETUP: mallory takes what there is every ten minutes.
    let (mut world, call, _) = scene();
    let mut taken = 0;
    for tenth in 0..12 {
        let gap = if tenth == 0 { 0 } else { 600 };
        let size = fits(&world, gap);
        if size > 0 {
            world.trade("mallory", CLASSIC, &[(call, size * TENTH)]).ok();
            taken += size;
        }
        // TEST: after t hours at most 1 + t quarters of pool cash, which premiums have made a little larger.
        let pool = world.view(CLASSIC).pool;
        let quarters = 1.0 + tenth as f64 / 6.0 + 0.02;
        assert!(pool.reserved_collateral as f64 <= quarters * 0.25 * pool.pool_cash as f64, "{tenth}");
        world.pass(600);
    }
    // The limit of reserves, 80 %, is reached within three hours, and not before two.
    let share = taken.unsigned_abs() * RESERVE * 100 / CASH;
    assert!((60..=85).contains(&share), "{share} %");
}

/// Mallory keeps worthless calls hour by hour, for next to nothing, and closes them when she knows more of the volatility. Before, she then had 50 % of the pool at once, and who kept nothing 24 %.
#[test]
fn audit_growth_what_closes_makes_no_room_within_the_hour() {
    // SETUP
    let (mut world, call, put) = scene();
    let mut kept = 0;
    for _ in 0..4 {
        let size = fits(&world, 0).min(36 - kept);
        if size > 0 {
            world.trade("mallory", CLASSIC, &[(put, size * TENTH)]).ok();
            kept += size;
        }
        world.pass(3_600);
    }
    world.pass(3_600);
    let most = fits(&world, 3_600);
    assert!(kept > 30 && most > 10, "{kept} {most}");

    // TEST: she has the room that everybody has.
    world.trade("mallory", CLASSIC, &[(put, -kept * TENTH)]).ok();
    let left = fits(&world, 0);
    assert!(left <= most + 1, "{left} after closing, {most} before");
    refused(&mut world, "mallory", &[(call, (left + 2) * TENTH)]);
    world.trade("mallory", CLASSIC, &[(call, left * TENTH)]).ok();
}
