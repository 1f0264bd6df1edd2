use super::*;
use crate::testing::scene::Scene;

/// A scene in which traders hold, or have written in sum, another random number of points of each series.
fn leaning(seed: u64) -> Scene {
    let mut scene = Scene::new(seed, 7).unwrap();
    for slot in 0..scene.series.len() {
        let net = scene.below(2_000_000_000) - 1_000_000_000;
        scene.view.registry.series[slot].long_points += net;
    }
    scene
}

fn worth(scene: &Scene) -> f64 {
    scene.view.net_asset_value(ShareClass::Main).unwrap().mark as f64
}

/// With the price of an underlying at so many dollars.
fn at(scene: &Scene, place: usize, dollars: i64) -> f64 {
    let mut moved = scene.clone();
    moved.set_price(place, dollars, 0).unwrap();
    worth(&moved)
}

/// With the volatility of marks at the money moved by so many thousandths.
fn with_sigma(scene: &Scene, place: usize, thousandths: i64) -> f64 {
    let mut moved = scene.clone();
    let underlying = &mut moved.view.markets[place].underlying;
    let mut state = underlying.volatility_state();
    let by = Ratio::from_int(thousandths).div_int(1_000).unwrap();
    (state.front, state.back) = (state.front.checked_add(by).unwrap(), state.back.checked_add(by).unwrap());
    // What has happened in the second of a valuation counts from the next one on.
    state.sigma_time = evergreen_math::UnixTime(moved.view.now - 1);
    underlying.set_volatility_state(state);
    worth(&moved)
}

/// What is told equals differences of the program's own net asset value, whole pool and both underlyings, within what differences of finite steps allow.
#[test]
fn exposure_equals_finite_differences_of_the_programs_valuation() {
    for seed in 1..=12 {
        let scene = leaning(seed);
        let told = scene.view.exposure().unwrap();
        assert_eq!(told.len(), 2);
        for (exposure, (price, step)) in told.into_iter().zip([(100_000i64, 100), (4_000, 4)]) {
            let place = usize::from(exposure.underlying);
            let (up, middle, down) = (at(&scene, place, price + step), worth(&scene), at(&scene, place, price - step));
            let part = step as f64 / price as f64;
            let size: f64 = size_of(&scene, place);
            let near = |told: i64, found: f64, part_of: f64, what: &str| {
                let error = (told as f64 - found).abs();
                assert!(
                    error <= part_of,
                    "seed {seed}, place {place}: {what} {told}, {found} found, {error} > {part_of}"
                );
            };
            near(exposure.delta, (up - down) / (2.0 * part), size * 1e-5, "delta");
            near(exposure.gamma, 0.01 * (up - 2.0 * middle + down) / (part * part), size * 2e-4, "gamma");
            // Twice a thousandth is a fifth of a point.
            let vega = (with_sigma(&scene, place, 1) - with_sigma(&scene, place, -1)) / 0.2;
            near(exposure.vega, vega, size * 1e-5, "vega");
            assert!(exposure.delta.unsigned_abs() as f64 > size * 1e-3, "the scene leans: {exposure:?} of {size}");
        }
    }
}

/// Sum of what traders hold or have written on an underlying, at its price, native units.
fn size_of(scene: &Scene, place: usize) -> f64 {
    let price = [100_000.0, 4_000.0][place];
    let series = scene.view.registry.series.iter().filter(|series| usize::from(series.underlying) == place);
    let points: f64 = series.map(|series| series.net().unwrap().0.unsigned_abs() as f64).sum();
    points * price / 1_000.0
}

#[test]
fn a_pool_is_short_what_its_traders_hold() {
    let mut scene = Scene::new(3, 0).unwrap();
    let flat = scene.view.exposure().unwrap();
    assert!(flat.iter().all(|line| (line.delta, line.gamma, line.vega) == (0, 0, 0)), "{flat:?}");
    // A call, which gains where the price rises; then as much of it written.
    scene.view.registry.series[3].long_points += 5_000_000;
    let short = scene.view.exposure().unwrap();
    assert!(short[0].delta < 0 && short[0].gamma < 0 && short[0].vega < 0, "{short:?}");
    assert_eq!((short[1].delta, short[1].gamma, short[1].vega), (0, 0, 0), "the other underlying has no part in it");
    scene.view.registry.series[3].short_points += 10_000_000;
    let long = scene.view.exposure().unwrap();
    for (here, there) in
        [(short[0].delta, long[0].delta), (short[0].gamma, long[0].gamma), (short[0].vega, long[0].vega)]
    {
        assert!((here + there).abs() <= 1, "{short:?} {long:?}");
    }
}

#[test]
fn shares_have_no_more_than_all_of_it() {
    let scene = leaning(5);
    let whole = scene.view.exposure().unwrap();
    let total = scene.view.pool.main.total;
    let of = |shares: u64| scene.view.exposure_of(ShareClass::Main, shares).unwrap();
    for (place, whole) in whole.iter().enumerate() {
        let all = of(total)[place];
        assert!(all.delta.abs() <= whole.delta.abs() && (all.delta - whole.delta).abs() <= 1, "{all:?} {whole:?}");
        let (third, rest) = (of(total / 3)[place], of(total - total / 3)[place]);
        assert!((third.delta + rest.delta - all.delta).abs() <= 1, "{third:?} {rest:?} {all:?}");
        assert!((third.vega + rest.vega - all.vega).abs() <= 1 && (third.gamma + rest.gamma - all.gamma).abs() <= 1);
    }
    let insurance = scene.view.exposure_of(ShareClass::Insurance, total).unwrap();
    assert!(insurance.iter().all(|line| (line.delta, line.gamma, line.vega) == (0, 0, 0)), "{insurance:?}");
}

#[test]
fn coins_are_what_gains_and_loses_as_much() {
    let exposure = Exposure {
        underlying: 0,
        spot: Dollars::from_int(100_000),
        delta: -50_000_000_000,
        gamma: 1_000_000_000,
        vega: 0,
    };
    // 500 tokens of 300 dollars are 150,000 dollars, which is one and a half bitcoins.
    let coins = exposure.in_coins(300.into(), 8).unwrap();
    assert_eq!(
        (coins.delta, coins.gamma, coins.vega),
        ("-1.5".parse().unwrap(), "0.03".parse().unwrap(), Decimal::ZERO)
    );
    assert_eq!(exposure.in_coins(Decimal::ZERO, 8), Err(convert::ConvertError::NotPositive));
    assert_eq!(exposure.in_coins(Decimal::NEGATIVE_ONE, 8), Err(convert::ConvertError::NotPositive));
}

/// An underlying whose price is missing, and on which nothing is open, is left out; one that is needed is an error.
#[test]
fn a_missing_price_is_left_out_where_nothing_depends_on_it() {
    let mut scene = leaning(2);
    scene.view.markets[1].price = None;
    let error = scene.view.exposure().unwrap_err();
    assert_eq!(error, super::super::QuoteError::NoPrice(scene.view.markets[1].feed.underlying));
    for series in scene.view.registry.series.iter_mut().filter(|series| series.underlying == 1) {
        (series.long_points, series.short_points) = (0, 0);
    }
    let left: Vec<u8> = scene.view.exposure().unwrap().iter().map(|line| line.underlying).collect();
    assert_eq!(left, [0]);
}
