//! The shortest tenor: what is in force for a half-hour beside what an option is worth by then.

use super::scene::*;
use evergreen_sdk::{
    events::Event,
    evergreen::state::{SeriesId, SeriesSpec, UnderlyingParams},
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    world::{TENTH, TOKEN},
};

/// Alice holds puts on 2 BTC at 100,000 dollars of this tenor, seconds, after a day that was quieter than the month before.
fn begin(tenor: u32) -> (World, SeriesId) {
    let mut setup = Setup { liquidity: 2_000 * TOKEN, ..preset_setup() };
    (setup.pool.direction_limit_bps, setup.pool.growth_limit_bps) = ([10_000; 4], 10_000);
    let shortest = &mut setup.btc.params.tenors[0];
    shortest.seconds = tenor;
    let mut world = peopled(setup, &[("alice", 2_000), ("mallory", 2_000)]);
    world.checked = false;
    let list = SeriesSpec { put: true, strike: 100_000, tenor };
    let list = build::list_series(&world.pools[CLASSIC], &world.feeds[BTC].accounts, list);
    let listed = |event: &Event| if let Event::SeriesListed(e) = event { Some(e.series) } else { None };
    let put = world.send(list).ok().event(listed);
    for half_hour in 0..48 {
        step(&mut world, if half_hour % 2 == 0 { 100_250.0 } else { 100_000.0 });
    }
    world.trade("alice", CLASSIC, &[(put, 10 * TENTH)]).ok();
    world.trade("alice", CLASSIC, &[(put, 10 * TENTH)]).ok();
    (world, put)
}

/// A minute after a half-hour at the strike the price has moved by so many parts; mallory writes 1 BTC of puts, and buys them back after the next half-hour. Of the two prices by then, which have the
/// variance of 52 % a year, the mean of what that brings, tokens of 2,000.
fn brought(tenor: u32, moved: f64) -> f64 {
    let (mut world, put) = begin(tenor);
    step(&mut world, 100_000.0);
    let before = equity(&world, "mallory");
    world.pass(60);
    let spot = 100_000.0 * (1.0 + moved);
    price(&mut world, spot);
    world.trade("mallory", CLASSIC, &[(put, -10 * TENTH)]).ok();
    let years = 1_730.0 / (365.0 * 86_400.0);
    let deviation = 0.52 * f64::sqrt(years);
    let ends = [-1.0, 1.0].map(|side| {
        let mut world = world.clone();
        step(&mut world, spot * (1.0 + side * deviation));
        world.trade("mallory", CLASSIC, &[(put, 10 * TENTH)]).ok();
        equity(&world, "mallory") - before
    });
    println!("tenor {} h, moved {:.2} %: {:+.3}", tenor / 3_600, moved * 100.0, (ends[0] + ends[1]) / 2.0);
    (ends[0] + ends[1]) / 2.0
}

/// What a writer is paid for the rest of a half-hour, at a rate that the price has left, is less than both fees, also at the shortest tenor. Before, that was an hour, at which they gained up to 0.295 tokens on a notional of 333; at two hours 0.157, at four 0.023.
#[test]
fn audit_brief_no_rate_of_a_half_hour_pays_its_writer() {
    let mut most = f64::MIN;
    for tenor in [UnderlyingParams::SHORTEST_TENOR, 86_400] {
        for moved in [0.003, 0.0045, 0.006, 0.008, 0.011, 0.015, 0.02, 0.03] {
            most = most.max(brought(tenor, moved));
        }
    }
    assert!(most < -0.1, "{most:.3} tokens on 333");
}
