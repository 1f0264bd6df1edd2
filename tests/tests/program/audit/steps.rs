//! A change of the volatility's parameters is small enough that nobody gains by trading before it and leaving after.

use evergreen_sdk::{
    events::Event,
    evergreen::{
        errors::EvergreenError,
        state::{Change, PoolParams, SeriesId, SeriesSpec, UnderlyingParams},
    },
    instruction as build, presets,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    world::{TENTH, TOKEN},
};

type Edit = fn(&mut UnderlyingParams);

/// A pool with the presets' fees, at a price without any uncertainty, where the underlying's parameters are edited before it is created.
fn scene(before: Edit) -> World {
    let pool = PoolParams { growth_limit_bps: 10_000, ..presets::pool_params() };
    let mut setup = Setup { pool, ..Setup::slow() };
    before(&mut setup.btc.params);
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    world.replay = None;
    world.edit_price(BTC, |price| price.conf = 0);
    for (who, tokens) in [("mallory", 4_000), ("alice", 900)] {
        world.trader(who, CLASSIC, tokens * TOKEN);
    }
    world
}

/// Lets half-hours pass, each with its sample.
fn half_hours(world: &mut World, count: i64) {
    for _ in 0..count {
        world.pass(1_800);
        let sample = world.sample_instruction(BTC);
        world.chain.send(&[sample]);
        let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
        world.chain.send(&[refresh]);
    }
}

/// What mallory gains, native units, who trades just before a change is made (`None`: no change) and leaves so many half-hours later.
fn gain(world: &World, change: Option<Edit>, legs: &[(SeriesId, i64)], wait: i64) -> i64 {
    let mut world = world.clone();
    let changed = world.of_market(BTC);
    let proposal = change.map(|edit| {
        let mut params = world.underlying(BTC).params;
        edit(&mut params);
        world.propose(Change::UnderlyingParams(params), &changed)
    });
    half_hours(&mut world, 97);
    if legs.iter().any(|(_, points)| *points < 0) {
        let held: Vec<_> = legs.iter().map(|(series, points)| (*series, -points)).collect();
        world.trade("alice", CLASSIC, &held).ok();
    }
    if let Some(id) = proposal {
        world.make_ready(id);
        world.announce_proposal(id, &changed);
    }
    let before = world.cash("mallory", CLASSIC);
    world.trade("mallory", CLASSIC, legs).ok();
    if let Some(id) = proposal {
        world.step_proposal(id, &changed).ok();
    }
    half_hours(&mut world, wait);
    let back: Vec<_> = legs.iter().map(|(series, points)| (*series, -points)).collect();
    world.trade("mallory", CLASSIC, &back).ok();
    world.cash("mallory", CLASSIC) - before
}

/// Before, the multiplier went from 9,500 to 9,800 at once, and whoever bought before and sold an hour later had 1.34 tokens of 2.96 straddles; from 9,500 to
/// 8,500 whoever wrote had 3.7; the least volatility that held marks up went from 5,500 to 2,000 and paid writers 0.42.
#[test]
fn audit_governance_no_change_of_the_volatility_pays() {
    let cases: [(&str, Edit, Edit, i64); 7] = [
        ("multiplier up", |_| {}, |p| p.vol_multiplier_bps = 9_571, 1),
        ("multiplier down", |_| {}, |p| p.vol_multiplier_bps = 9_429, -1),
        ("least down", |p| p.vol_min_bps = 5_500, |p| p.vol_min_bps = 5_459, -1),
        (
            "most up",
            |p| (p.vol_start_bps, p.vol_max_bps, p.vol_multiplier_bps) = (4_500, 4_500, 13_000),
            |p| p.vol_max_bps = 20_000,
            1,
        ),
        ("half-lives", |_| {}, |p| (p.vol_fast_half_life, p.vol_slow_half_lives) = (20_925, 117), -1),
        ("cut", |_| {}, |p| p.vol_sample_cap -= 1, -1),
        ("speed", |_| {}, |p| p.vol_max_change_bps = 10_000, 1),
    ];
    for (name, before, change, direction) in cases {
        let mut world = scene(before);
        let (call, put) =
            (world.list_tenor(CLASSIC, BTC, false, 100_000, 30), world.list_tenor(CLASSIC, BTC, true, 100_000, 30));
        // Who writes must not exceed what is held.
        let points = direction * if direction < 0 { 14 * TENTH } else { 29 * TENTH };
        let legs = [(call, points), (put, points)];
        let cost = -gain(&world, None, &legs, 0);
        assert!(cost > 0, "{name}: {cost}");
        for wait in [2, 16] {
            let (unchanged, changed) = (gain(&world, None, &legs, wait), gain(&world, Some(change), &legs, wait));
            println!("{name} after {wait} half-hours: {changed}, without {unchanged}, a round trip costs {cost}");
            assert!(changed - unchanged < cost, "{name} after {wait} half-hours: {changed}, without {unchanged}");
            assert!(wait > 2 || changed < 0, "{name}: {changed}");
        }
    }
}

/// What is refused tells both numbers: the target of now, and what it would be.
#[test]
fn audit_governance_a_larger_change_of_the_volatility_is_refused_with_both_numbers() {
    let cases: [(Edit, Edit, &str); 6] = [
        (
            |_| {},
            |p| p.vol_multiplier_bps = 9_800,
            "a target of 5499 bps becomes 5673, at most 75 bps of itself at once",
        ),
        (
            |_| {},
            |p| (p.vol_multiplier_bps, p.vol_max_change_bps) = (12_000, 10_000),
            "a target of 5499 bps becomes 6947, at most 75 bps of itself at once",
        ),
        (
            |p| p.vol_min_bps = 5_500,
            |p| (p.vol_min_bps, p.vol_multiplier_bps) = (2_000, 9_300),
            "at most 75 bps of itself at once",
        ),
        (|_| {}, |p| p.vol_slow_half_lives = 1, "vol_slow_half_lives moves by 119, at most 3 at once"),
        (|_| {}, |p| p.vol_fast_half_life = 39_600, "vol_fast_half_life moves by 18000, at most 675 at once"),
        (|_| {}, |p| p.vol_sample_cap = 2, "vol_sample_cap moves by 18, at most 1 at once"),
    ];
    for (before, change, told) in cases {
        let world = scene(before);
        let mut params = world.underlying(BTC).params;
        change(&mut params);
        let propose = world.propose_instruction(Change::UnderlyingParams(params), &world.of_market(BTC));
        let mut world = world;
        let outcome = world.chain.send(&[propose]);
        assert_eq!(outcome.code, Some(EvergreenError::MarkWouldJump.into()));
        assert!(outcome.log().contains(told), "{told}: {}", outcome.log());
    }
}

/// Before, 50 basis points of skew and convexity at once paid 0.0176 tokens on a premium of 0.061 in the wings, where the fee is an eighth of the value.
#[test]
fn audit_governance_no_step_of_the_smile_pays_in_the_wings() {
    let steps: [(&str, i16, i16); 4] = [("up", 1, 1), ("down", -1, -1), ("steeper", -1, 1), ("flatter", 1, -1)];
    for (name, skew, convexity) in steps {
        let mut world = scene(|p| p.smile_convexity_bps = 150);
        let mut listed = Vec::new();
        for tenor in [7u32, 30] {
            for (put, strikes) in [(false, [120, 125, 130, 135, 140]), (true, [65, 70, 75, 80, 85])] {
                for strike in strikes {
                    let spec = SeriesSpec { put, strike: strike * 1_000, tenor: tenor * 86_400 };
                    let list = build::list_series(&world.pools[CLASSIC], &world.feeds[BTC].accounts, spec);
                    let outcome = world.chain.send(&[list]);
                    listed.extend(outcome.events().iter().find_map(|event| match event {
                        Event::SeriesListed(listed) => Some((strike, listed.series)),
                        _ => None,
                    }));
                }
            }
        }
        assert!(listed.len() > 12, "{} series", listed.len());
        let changed = world.of_market(BTC);
        let mut params = world.underlying(BTC).params;
        let step = UnderlyingParams::MAX_SMILE_STEP as i16;
        params.smile_skew_bps += skew * step;
        params.smile_convexity_bps += convexity * step;
        let id = world.propose(Change::UnderlyingParams(params), &changed);
        half_hours(&mut world, 97);
        world.make_ready(id);
        world.announce_proposal(id, &changed);
        let (mut tried, mut best) = (0, i64::MIN);
        for (strike, series) in listed {
            for points in [10 * TENTH, -10 * TENTH] {
                let mut world = world.clone();
                if points < 0 && !world.trade("alice", CLASSIC, &[(series, -points)]).succeeded() {
                    continue;
                }
                let before = world.cash("mallory", CLASSIC);
                if !world.trade("mallory", CLASSIC, &[(series, points)]).succeeded() {
                    continue;
                }
                let paid = before - world.cash("mallory", CLASSIC);
                world.step_proposal(id, &changed).ok();
                world.pass(60);
                world.trade("mallory", CLASSIC, &[(series, -points)]).ok();
                let gain = world.cash("mallory", CLASSIC) - before;
                println!("{name} {strike} {points}: {gain} of {paid}");
                (tried, best) = (tried + 1, best.max(gain));
            }
        }
        println!("{name}: best {best} of {tried}");
        assert!(tried > 12 && best < 0, "{name}: {best} in the best of {tried}");
    }
}
