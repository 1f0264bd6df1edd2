use crate::testing::scene::Scene;
use evergreen_math::{Dollars, UnixTime, funding::SeriesFunding};

#[test]
fn series_at_their_cap_are_found_at_certain_prices() {
    let mut scene = Scene::new(1, 0).unwrap();
    assert_eq!(scene.view.exercisable(), []);
    // The price is beyond 1.2 times 86,000 and short of 1.2 times 90,000; the puts are far from their caps.
    scene.set_price(0, 103_300, 1).unwrap();
    let found = scene.view.exercisable();
    assert_eq!(found.len(), 1);
    let series = scene.view.registry.series(found[0]).unwrap();
    assert_eq!((series.strike, series.kind, series.tenor), (86_000, 0, 7 * 86_400));
    // The lower end of a wide band is below the cap.
    scene.set_price(0, 103_300, 60).unwrap();
    assert_eq!(scene.view.exercisable(), []);
    scene.view.markets[0].price = None;
    assert_eq!(scene.view.exercisable(), []);
}

#[test]
fn series_that_give_way_are_found_only_at_capacity() {
    let mut scene = Scene::new(2, 0).unwrap();
    scene.set_price(0, 75_000, 1).unwrap();
    let mut account = scene.account(0);
    account.cash = 1 << 30;
    for (place, id) in scene.series.iter().take(8).enumerate() {
        let index = scene.view.registry.series(*id).unwrap().funding().index;
        let points = evergreen_math::Points(if place % 2 == 0 { 1_000 } else { -1_000 });
        account.store(place, *id, points, index);
    }
    // Reserves are at their limit, and a slot is free.
    scene.view.pool.reserved_collateral = scene.view.pool.pool_cash.unsigned_abs();
    let last = scene.view.registry.series[63];
    scene.view.registry.series[63].free();
    // All pay a lot, but three of the four that are bought.
    for (place, series) in scene.view.registry.series.iter_mut().enumerate() {
        let (rate, touched) = (Dollars::from_int(if (1..8).contains(&place) { 0 } else { 10_000 }), scene.view.now);
        series.set_funding(SeriesFunding { rate, touched: UnixTime(touched), ..series.funding() });
    }
    let worthless = scene.view.worthless(&account).unwrap();
    assert!(
        !worthless.is_empty() && worthless.iter().all(|id| account.positions[account.find(*id).unwrap()].points > 0)
    );
    assert_eq!(worthless.len(), 3, "{worthless:?}");
    // With free collateral and a free slot the pool is not at capacity.
    scene.view.pool.reserved_collateral = 1;
    assert_eq!(scene.view.worthless(&account).unwrap(), []);
    // Collateral is free, but all slots are taken: the series gives way that pays least.
    scene.view.registry.series[63] = last;
    assert!(!scene.view.worthless(&account).unwrap().is_empty());
}

#[test]
fn excess_written_points_and_unused_series_are_found() {
    let mut scene = Scene::new(3, 0).unwrap();
    assert_eq!((scene.view.excess_short(), scene.view.retirable()), (vec![], vec![]));
    let (a, b, c) = (scene.series[3], scene.series[10], scene.series[63]);
    scene.view.registry.series[3].short_points += 17;
    scene.view.registry.series[10].long_points += 17;
    scene.view.registry.series[63].long_points = 0;
    scene.view.registry.series[63].short_points = 0;
    assert_eq!(scene.view.excess_short(), [(a, 17)]);
    assert_eq!(scene.view.retirable(), [c]);
    scene.view.registry.series_mut(b).unwrap().free();
    assert_eq!(scene.view.retirable(), [c], "a free slot is not retired again");
}
