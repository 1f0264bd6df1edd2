//! Days of other speeds: where nobody touches a series across them, funding is that of the days that have passed.

use crate::attacks::equity;
use evergreen_sdk::{instruction as build, presets};
use evergreen_tests::{
    BTC, CLASSIC, DAY, HALF_HOUR, HOUR, Setup, World,
    world::{TENTH, TOKEN},
};

/// Days of the week as remainders of unix days.
const FRIDAY: i64 = 1;
const SATURDAY: i64 = 2;
const MONDAY: i64 = 4;

/// The presets with their weekends and the limit of direction, at a volatility that stands.
fn presets_of_week(flat: bool) -> World {
    let mut setup = if flat { Setup::flat() } else { Setup::slow() };
    setup.pool.direction_limit_bps = presets::pool_params().direction_limit_bps;
    for config in [&mut setup.btc, &mut setup.eth] {
        config.params.vol_min_interval = 1_800;
        (config.params.vol_saturday_bps, config.params.vol_sunday_bps) = (5_000, 8_000);
    }
    let mut world = World::new(setup);
    world.round_trip_every = u32::MAX;
    world.replay = None;
    world.pass(HALF_HOUR);
    world
}

/// Unix seconds of the next such moment of the week.
fn next_time(world: &World, day: i64, second: i64) -> i64 {
    let now = world.chain.now();
    let today = now.div_euclid(DAY);
    (0..9)
        .map(|ahead| (today + ahead) * DAY + second)
        .find(|at| *at > now && at.div_euclid(DAY).rem_euclid(7) == day)
        .unwrap()
}

/// Samples each half-hour up to a moment; after each sample whoever plays may touch.
fn run(world: &mut World, until: i64, mut then: impl FnMut(&mut World, i64)) {
    while world.chain.now() < until {
        let now = world.chain.now();
        let next = (now.div_euclid(HALF_HOUR) + 1) * HALF_HOUR + 1;
        if next > until {
            world.pass(until - now);
            return;
        }
        world.pass(next - now);
        let sample = world.sample_instruction(BTC);
        world.send(sample).ok();
        let at = world.chain.now();
        then(world, at);
    }
}

fn refresh(world: &mut World) {
    world.send(build::refresh_pool(&world.pools[CLASSIC], &world.market(BTC))).ok();
}

/// Funding that alice pays on a call of a day at the money between two moments, settled at both.
fn paid(start: (i64, i64), days: i64, seconds: i64, keeper: bool) -> f64 {
    let mut world = presets_of_week(true);
    let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
    world.trader("alice", CLASSIC, 100 * TOKEN);
    let from = next_time(&world, start.0, start.1);
    run(&mut world, from, |_, _| {});
    world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
    let before = equity(&world, "alice");
    let mut count = 0;
    run(&mut world, from + days * DAY + seconds, |world, _| {
        count += 1;
        if keeper && count % 4 == 0 {
            refresh(world);
        }
    });
    refresh(&mut world);
    let value = before - equity(&world, "alice");
    value as f64 / TOKEN as f64
}

/// The price stands, so a series of a day pays the same time value each day, at the speed of the day. Nobody touches it for days. Before, a gap was charged at the speeds of its ends: from one Saturday to
/// the next half of what was due, from Friday to Monday 1.6 times as much.
#[test]
fn audit_weekends_a_gap_pays_for_the_days_in_it() {
    for (name, start, days, seconds) in [
        ("Saturday 1:00 to Saturday 3:05", (SATURDAY, HOUR + 5), 7, 2 * HOUR + 300),
        ("Friday 20:00 to Monday 3:05", (FRIDAY, 20 * HOUR + 5), 2, 7 * HOUR + 300),
        ("Saturday 1:00 to Monday 3:05", (SATURDAY, HOUR + 5), 2, 2 * HOUR + 300),
        ("Monday 1:00 to Wednesday 3:05", (MONDAY, HOUR + 5), 2, 2 * HOUR + 300),
    ] {
        let (touched, untouched) = (paid(start, days, seconds, true), paid(start, days, seconds, false));
        println!(
            "{name}: a tenth of a bitcoin pays {touched:.5} touched every two hours, {untouched:.5} untouched: {:+.1} %",
            (untouched / touched - 1.0) * 100.0
        );
        // Touches in between have the speed of their half-hour, also across midnight.
        assert!((untouched / touched - 1.0).abs() < 0.01, "{name}: {untouched} {touched}");
    }
}

/// A pool that nobody keeps, on underlyings that others sample. Mallory holds straddles of a day on 8 BTC from one Saturday to the next, and nobody touches them in between. Before, she saved half: 213 of 430 tokens with 10 BTC.
#[test]
fn audit_weekends_whoever_holds_across_a_gap_saves_nothing() {
    let played = |keeper: bool| {
        let mut world = presets_of_week(false);
        let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
        let put = world.list_tenor(CLASSIC, BTC, true, 100_000, 1);
        world.trader("mallory", CLASSIC, 4_000 * TOKEN);
        let wave = |world: &mut World, at: i64| {
            let up = at.div_euclid(HALF_HOUR) % 2 == 0;
            world.edit_price(BTC, |price| {
                price.price = price.price / price.price * if up { 10_020_800_000_000 } else { 9_979_200_000_000 };
                price.ema_price = price.price;
            });
        };
        let from = next_time(&world, SATURDAY, HOUR + 5);
        run(&mut world, from, |_, _| {});
        refresh(&mut world);
        let before = (world.cash("mallory", CLASSIC), world.valued(CLASSIC, |_, m| m.net_assets_at_mark()));
        world.trade("mallory", CLASSIC, &[(call, 80 * TENTH), (put, 80 * TENTH)]).ok();
        let mut count = 0;
        run(&mut world, from + 7 * DAY + 2 * HOUR + 300, |world, at| {
            wave(world, at);
            count += 1;
            if keeper && count % 4 == 0 {
                refresh(world);
            }
        });
        world.set_price(BTC, 100_000);
        world.trade("mallory", CLASSIC, &[(call, -80 * TENTH), (put, -80 * TENTH)]).ok();
        (world.cash("mallory", CLASSIC) - before.0, world.valued(CLASSIC, |_, m| m.net_assets_at_mark()) - before.1)
    };
    let (kept, alone) = (played(true), played(false));
    let tokens = |native: i64| native as f64 / TOKEN as f64;
    println!(
        "with a keeper: mallory {:+.2}, providers {:+.2}; without: mallory {:+.2}, providers {:+.2}",
        tokens(kept.0),
        tokens(kept.1),
        tokens(alone.0),
        tokens(alone.1)
    );
    // Both ends of the gap are Saturdays, whose waves of every day count for more; the mean of the two is a little above that of the week.
    let saved = alone.0 - kept.0;
    assert!((-15 * TOKEN as i64..5 * TOKEN as i64).contains(&saved) && alone.1 > 0, "{saved}");
}

/// Refreshes that pass the price of another underlying, or none, take no funding from a series that they do not touch.
#[test]
fn audit_weekends_refreshes_without_its_price_take_no_funding() {
    let played = |feeds: &dyn Fn(&World) -> Vec<evergreen_sdk::instruction::PriceFeed>| {
        let mut world = presets_of_week(true);
        let call = world.list_tenor(CLASSIC, BTC, false, 100_000, 1);
        let eth = world.list_tenor(CLASSIC, evergreen_tests::ETH, false, 4_000, 1);
        world.trader("alice", CLASSIC, 100 * TOKEN);
        world.trade("alice", CLASSIC, &[(call, TENTH)]).ok();
        world.trade("alice", CLASSIC, &[(eth, TENTH)]).ok();
        let before = equity(&world, "alice");
        let from = world.chain.now();
        let mut done = (0, 0);
        run(&mut world, from + 12 * HOUR, |world, _| {
            let sent = world.send(build::refresh_pool(&world.pools[CLASSIC], &feeds(world)));
            if sent.succeeded() { done.0 += 1 } else { done.1 += 1 }
        });
        world.send(build::refresh_pool(&world.pools[CLASSIC], &world.markets())).ok();
        (before - equity(&world, "alice"), done)
    };
    let all = played(&|world| world.markets());
    let btc = played(&|world| world.market(BTC));
    let eth = played(&|world| world.market(evergreen_tests::ETH));
    let none = played(&|_| Vec::new());
    println!("all {all:?}, only BTC {btc:?}, only ETH {eth:?}, none {none:?}");
    assert!(btc == all && eth == all && none == (all.0, (0, 24)), "a refresh has taken funding");
}
