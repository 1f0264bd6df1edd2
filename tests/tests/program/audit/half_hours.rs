//! Prices of a market that somebody samples and values every half-hour.

use evergreen_sdk::instruction as build;
pub use evergreen_tests::HALF_HOUR;
use evergreen_tests::{BTC, CLASSIC, World, random::Random, world::DOLLAR};

/// Samples the next half-hour at this price, and refreshes.
pub fn step(world: &mut World, dollars: f64) {
    let now = world.chain.now();
    world.pass(HALF_HOUR + 1 - now.rem_euclid(HALF_HOUR));
    world.edit_price(BTC, |price| {
        price.price = (dollars * DOLLAR as f64) as i64;
        price.ema_price = price.price;
    });
    let sample = world.sample_instruction(BTC);
    world.chain.send(&[sample]).ok();
    let refresh = build::refresh_pool(&world.pools[CLASSIC], &world.market(BTC));
    world.chain.send(&[refresh]).ok();
}

/// A price half an hour later, at a volatility.
pub fn moved(price: f64, sigma: f64, random: &mut Random) -> f64 {
    let normal: f64 = (0..12).map(|_| random.word() as f64 / 2f64.powi(64)).sum::<f64>() - 6.0;
    let step = sigma / 17_520f64.sqrt();
    price * (step * normal - step * step / 2.0).exp()
}
