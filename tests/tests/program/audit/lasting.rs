//! A volatility that has changed for good is no burst. Funding is paid at the volatility that there is, so whoever buys days later, and holds, pays for what moves bring. At a volatility of each
//! tenor, which takes a change to die away within hours, straddles of a day gained 63 ± 11 % of their premium in six days.

use super::half_hours::{HALF_HOUR, moved, step};
use evergreen_sdk::{evergreen::state::SeriesId, instruction as build};
use evergreen_tests::{
    BTC, CLASSIC, Setup, World,
    random::Random,
    world::{TENTH, TOKEN},
};

const QUIET: f64 = 0.55;
const SEEDS: u64 = 12;

fn tokens(native: i64) -> f64 {
    native as f64 / TOKEN as f64
}

/// Price times slope of call and put together, in dollars, without caps.
fn slope(spot: f64, strike: f64, sigma: f64, days: f64) -> f64 {
    let u = (1.0 + 8.0 / (sigma * sigma * days / 365.0)).sqrt();
    let (a, b, x) = ((1.0 + u) / 2.0, (1.0 - u) / 2.0, spot / strike);
    let time_value = strike / u * if x < 1.0 { x.powf(a) } else { x.powf(b) };
    let call = if x < 1.0 { a * time_value } else { spot - strike * x.powf(b) + a * time_value };
    let put = if x > 1.0 { b * time_value } else { -(spot - strike * x.powf(a)) + b * time_value };
    call + put
}

/// The volatility is `wild` for good; so many hours later mallory buys straddles on 0.1 BTC at the money, holds the opposite of their delta elsewhere, and sells them. Returns premium and gain, tokens.
fn play((wild, wait, days, hold): (f64, usize, u32, usize), seed: u64) -> (f64, f64) {
    let mut world = World::new(Setup::slow());
    world.round_trip_every = u32::MAX;
    world.replay = None;
    world.checked = false;
    world.pass(HALF_HOUR);
    world.trader("mallory", CLASSIC, 5_000 * TOKEN);
    let (mut random, mut price) = (Random(900 + seed), 100_000.0);
    let wave = QUIET / 17_520f64.sqrt() / 2.0;
    for place in 0..12 {
        step(&mut world, price * if place % 2 == 0 { 1.0 + wave } else { 1.0 - wave });
    }
    for _ in 0..2 * wait {
        price = moved(price, wild, &mut random);
        step(&mut world, price);
    }
    let start = world.cash("mallory", CLASSIC);
    let strike = (price / 1_000.0).round() * 1_000.0;
    let both = [false, true].map(|put| world.list_tenor(CLASSIC, BTC, put, strike as u64, days));
    world.trade("mallory", CLASSIC, &both.map(|series: SeriesId| (series, TENTH))).ok();
    let premium = tokens(start - world.cash("mallory", CLASSIC));
    let width: f64 = [0.1, 0.2, 0.4][usize::from(days > 1) + usize::from(days > 7)];
    let mut elsewhere = 0.0;
    for _ in 0..2 * hold {
        let (before, delta) = (price, slope(price, strike, 0.75 * wild, days.into()));
        price = moved(price, wild, &mut random);
        elsewhere -= 0.1 * delta * (price / before - 1.0) / 300.0;
        step(&mut world, price);
        if (price / strike - 1.0).abs() >= width {
            break;
        }
    }
    // What has reached its cap is exercised, the rest is sold.
    for series in both {
        let end = build::exercise_series(&world.pools[CLASSIC], series, &world.market(BTC));
        world.send(end);
    }
    let key = world.account_key("mallory", CLASSIC);
    world.send(build::settle_positions(&world.pools[CLASSIC], key));
    let view = world.view(CLASSIC);
    let left: Vec<_> = both.into_iter().map(|s| (s, -view.held(&key, s))).filter(|leg| leg.1 != 0).collect();
    if !left.is_empty() {
        world.trade("mallory", CLASSIC, &left).ok();
    }
    (premium, tokens(world.cash("mallory", CLASSIC) - start) + elsewhere)
}

#[test]
fn audit_lasting_a_change_of_the_volatility_is_paid_for_as_long_as_it_lasts() {
    for case in [
        (QUIET, 24, 1, 144),
        (1.1, 24, 1, 144),
        (1.1, 72, 1, 144),
        (0.825, 72, 1, 144),
        (1.1, 72, 7, 240),
        (1.1, 24, 30, 720),
    ] {
        let all: Vec<(f64, f64)> = (0..SEEDS).map(|seed| play(case, seed)).collect();
        let count = SEEDS as f64;
        let premium = all.iter().map(|one| one.0).sum::<f64>() / count;
        let parts: Vec<f64> = all.iter().map(|one| one.1 / premium).collect();
        let mean = parts.iter().sum::<f64>() / count;
        let error = (parts.iter().map(|x| (x - mean).powi(2)).sum::<f64>() / (count - 1.0) / count).sqrt();
        println!("{case:?}: premium {premium:.3}, gains {:+.0} ± {:.0} % of it", 100.0 * mean, 100.0 * error);
        assert!(mean < 2.0 * error + 0.05, "{case:?} gains {mean} ± {error} of its premium");
    }
}
