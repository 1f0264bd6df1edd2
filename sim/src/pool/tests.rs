//! Tests of the pool.

use super::*;
use crate::rule::{Carry, Potential};
use crate::volatility::SimQuoted;

fn market() -> SimMarket {
    SimMarket::btc()
}

fn scene<'a>(market: &'a SimMarket, rule: &'a dyn DirectionRule, price: f64) -> Scene<'a> {
    Scene { market, rule, spot: Spot::new(price), quoted: SimQuoted::calm(0.6), now: 0.0 }
}

fn lot(scene: &Scene<'_>, call: bool, size: f64) -> SimLot {
    let contract = SimContract::new(call, 50_000.0, 7.0 * 86_400.0, scene.market.cap_ratio(call, 1));
    SimLot::new(Owner::Crowd, contract, scene.value(&contract), size, 1e18)
}

#[test]
fn a_round_trip_at_one_price_costs_fees_and_spread_and_nothing_else() {
    let (market, rule) = (market(), Potential { kappa: Some(0.01) });
    let scene = scene(&market, &rule, 50_000.0);
    let mut pool = SimPool::new(1e6);
    pool.open(&scene, lot(&scene, true, 5.0));
    let (fees, held) = (pool.insurance + pool.protocol + pool.income[2], pool.held[0]);
    assert!(held > 0.0 && fees > 0.0);
    let closed = pool.close(&scene, 0);
    let lost = closed.lot.paid - closed.proceeds;
    let fees = pool.insurance + pool.protocol + pool.income[2];
    let spread = 2.0 * 5.0 * closed.lot.value.delta * market.confidence;
    assert!((lost - fees - spread).abs() < 1e-6, "{lost}: fees {fees}, spread {spread}");
    // Everything that was paid is in some ledger.
    assert!((pool.cash + pool.insurance + pool.protocol - 1e6 - lost).abs() < 1e-6);
    assert!(pool.held[0].abs() < 1e-9 && pool.delta.abs() < 1e-6 && pool.reserves == 0.0);
}

#[test]
fn carry_moves_from_the_crowd_to_the_other_side_and_the_rest_is_the_pools() {
    let (market, rule) = (market(), Carry::straight(4.0));
    let scene = scene(&market, &rule, 50_000.0);
    let mut pool = SimPool::new(1e6);
    pool.open(&scene, lot(&scene, true, 10.0));
    pool.open(&scene, lot(&scene, false, 4.0));
    pool.point(&scene, 0.0);
    let (skew, depth) = (pool.exposure().skew, pool.depth);
    let plain: f64 = pool.lots.iter().map(|lot| lot.size * lot.value.time_value / lot.contract.tenor).sum();
    let rents: Vec<f64> = pool.lots.iter().map(|lot| lot.size * lot.rent).collect();
    assert!(skew > 0.0 && rents[0] > 0.0 && rents[1] < 0.0, "{skew}, {rents:?}");
    assert!((rents[0] + rents[1] - 4.0 * skew * skew * depth).abs() < 1e-6 * rents[0]);
    let before = pool.cash;
    pool.point(&scene, 3_600.0);
    let speed = market.speed(scene.now - 0.5 * POINT);
    let expected = (speed * plain + rents[0] + rents[1]) * 3_600.0 / YEAR;
    assert!((pool.cash - before - expected).abs() < 1e-9 * before, "{}, {expected}", pool.cash - before);
}

#[test]
fn reserves_and_direction_bound_what_fits() {
    // What fits within the hour is another limit.
    let market = SimMarket { growth_limit: 1.0, ..market() };
    let rule = crate::rule::Limited { rule: Carry::straight(4.0), capacity: 0.25 };
    let scene = scene(&market, &rule, 50_000.0);
    let mut pool = SimPool::new(1e6);
    let mut big = lot(&scene, true, 200.0);
    big.size *= pool.fits(&scene, &big).part();
    pool.open(&scene, big);
    assert!((pool.exposure().skew - 0.25).abs() < 1e-9, "{:?}", pool.exposure());
    assert_eq!(pool.fits(&scene, &lot(&scene, true, 1.0)).part(), 0.0);
    // The other side fits until reserves do not.
    let mut other = lot(&scene, false, 200.0);
    other.size *= pool.fits(&scene, &other).part();
    pool.open(&scene, other);
    assert!(pool.reserves <= market.reserve_limit * pool.cash + 1e-6 && pool.exposure().skew < 0.0);
}

#[test]
fn an_exercise_pays_the_cap_and_keeps_the_charge() {
    let (market, rule) = (market(), Potential { kappa: Some(0.01) });
    let first = scene(&market, &rule, 50_000.0);
    let mut pool = SimPool::new(1e6);
    pool.open(&first, lot(&first, true, 5.0));
    let before = pool.cash;
    let closed = pool.exercise(&scene(&market, &rule, 60_001.0), 0);
    assert!((closed.proceeds - 50_000.0).abs() < 1e-6 && (before - pool.cash - 50_000.0).abs() < 1e-6);
    assert!(pool.held[0] == 0.0 && pool.net_short[0].abs() < 1e-6 && pool.failed_payouts == 0);
}
