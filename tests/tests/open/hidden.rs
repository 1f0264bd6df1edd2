//! A price that is alive, and that whoever liquidates leaves out.

use super::scene::*;
use evergreen_math::margin::HealthLevel;
use evergreen_sdk::evergreen::errors::EvergreenError;
use evergreen_sdk::{
    evergreen::Leg,
    instruction::{self as build, PriceFeed},
};
use evergreen_tests::{BTC, CLASSIC, ETH, assert_error, chain::actor, world::TENTH};

/// Vic has written calls on half a BTC, and holds calls on ETH. The sample of ETH of one half-hour is missed, and that of the next one is due; its price lives, and both rise. A keeper liquidates vic and shows ETH without its price. Returns vic's maintenance health
/// with that price, and what the keeper is paid, tokens.
fn hidden(rise: f64, up: i64) -> (f64, f64) {
    let mut world = world(1_000, &[("holly", 400), ("vic", 60), ("keeper", 10)]);
    world.checked = false;
    let call = world.list_tenor(CLASSIC, BTC, false, 105_000, 7);
    let held = world.list_tenor(CLASSIC, ETH, false, 4_000, 7);
    world.trade("holly", CLASSIC, &[(call, TENTH * 5)]).ok();
    quiet(&mut world, 100_000.0, 3);
    world.trade("vic", CLASSIC, &[(held, TENTH * 125)]).ok();
    world.trade("vic", CLASSIC, &[(call, -TENTH * 5)]).ok();
    withdraw_spare(&mut world, "vic");
    let now = world.chain.now();
    world.pass(HALF_HOUR + 1 - now.rem_euclid(HALF_HOUR));
    let sample = world.sample_instruction(ETH);
    world.chain.send(&[sample]).ok();
    for _ in 0..2 {
        step(&mut world, 100_000.0 * rise);
    }
    world.edit_price(ETH, |eth| {
        eth.price = eth.price * up / 100;
        eth.ema_price = eth.price;
    });
    price(&mut world, 100_000.0 * rise);
    let safe = tokens(health(&world, "vic", HealthLevel::Maintenance));
    let (key, to) = (world.account_key("vic", CLASSIC), world.account_key("keeper", CLASSIC));
    let legs = vec![Leg { series: call, points: 5 * TENTH }];
    let with = build::liquidate(actor("keeper"), &world.pools[CLASSIC], key, to, legs.clone(), &world.markets());
    assert_error(&world.clone().send(with), EvergreenError::NotLiquidatable);
    let mut feeds = world.market(BTC);
    feeds.push(PriceFeed::without_price(world.feeds[ETH].accounts.underlying));
    let without = build::liquidate(actor("keeper"), &world.pools[CLASSIC], key, to, legs, &feeds);
    let cash = world.cash("keeper", CLASSIC);
    world.send(without);
    (safe, tokens(world.cash("keeper", CLASSIC) - cash))
}

/// Nobody is liquidated by leaving out a price that is alive, though nobody has sampled it for an hour.
#[test]
fn audit_hidden_a_price_that_lives_is_not_left_out() {
    let all = [1.055, 1.06, 1.065].map(|rise| hidden(rise, 125));
    println!("vic's health, and what the keeper has: {all:.3?}");
    assert!(all.iter().all(|(_, paid)| *paid <= 0.0), "a healthy account is liquidated");
}
