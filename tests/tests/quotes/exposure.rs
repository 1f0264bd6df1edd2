//! What the client library tells of a pool's exposure, against the valuation that the compiled program makes at moved prices.

use super::view;
use evergreen_sdk::{events::Event, instruction as build};
use evergreen_tests::{BTC, CLASSIC, ETH, HOUR, Setup, World, world::TOKEN};

/// The net asset value by the program's own refresh, with the price of an underlying at so many dollars, within the present second.
fn refreshed(world: &mut World, market: usize, dollars: i64) -> f64 {
    world.set_price(market, dollars);
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.markets());
    let assets = world.send(refresh).ok().event(|event| match event {
        Event::PoolRefreshed(refreshed) => refreshed.assets,
        _ => None,
    });
    assets as f64
}

#[test]
fn exposure_is_what_the_programs_valuation_gains_and_loses() {
    let mut world = World::new(Setup::preset());
    let mut legs = Vec::new();
    for (market, strike, step, points) in [(BTC, 100_000, 4_000, 300_000_000), (ETH, 4_000, 200, 4_000_000_000)] {
        legs.push((world.list(CLASSIC, market, false, strike), points));
        legs.push((world.list(CLASSIC, market, true, strike - step), points / 3));
        legs.push((world.list_tenor(CLASSIC, market, false, strike + step, 30), points / 2));
    }
    world.trader("holder", CLASSIC, 400 * TOKEN);
    world.trader("writer", CLASSIC, 200 * TOKEN);
    for leg in &legs {
        world.trade("holder", CLASSIC, &[*leg]).ok();
    }
    world.trade("writer", CLASSIC, &[(legs[2].0, -legs[2].1 / 2), (legs[5].0, -legs[5].1 / 2)]).ok();
    world.pass(HOUR);
    for (place, market, price, step) in [(0, BTC, 100_000, 100), (1, ETH, 4_000, 4)] {
        let told = view(&world, CLASSIC).exposure().expect("an exposure")[place];
        let middle = refreshed(&mut world, market, price);
        let (up, down) = (refreshed(&mut world, market, price + step), refreshed(&mut world, market, price - step));
        assert_eq!(refreshed(&mut world, market, price), middle, "the second has not changed anything");
        let part = step as f64 / price as f64;
        let (delta, gamma) = ((up - down) / (2.0 * part), 0.01 * (up - 2.0 * middle + down) / (part * part));
        let near = |told: i64, found: f64, within: f64, what: &str| {
            let off = (told as f64 - found).abs();
            assert!(off <= within * found.abs(), "{place}: {what} {told}, by the program {found}");
        };
        assert!(delta.abs() > 1e9 && gamma < -1e7, "the pool leans: {delta} {gamma}");
        near(told.delta, delta, 1e-4, "delta");
        // Six values are rounded to a unit, which a second difference of a thousandth magnifies ten thousandfold.
        near(told.gamma, gamma, 5e-3, "gamma");
        assert!(told.vega < 0, "{told:?}");
    }
}
