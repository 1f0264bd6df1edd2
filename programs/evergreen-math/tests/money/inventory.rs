use crate::common::cases;
use evergreen_math::inventory::Inventory;
use evergreen_math::{BasisPoints, MathError, Native, NativeDelta};
use proptest::prelude::*;

fn inventory(kappa: u16, depth: u64) -> Inventory {
    Inventory { kappa: BasisPoints(kappa), depth: Native(depth) }
}

#[test]
fn the_potential_by_hand() {
    let pool = inventory(1_000, 1_000);
    // With κ = 10 % the potential is 10 % · X²/2,000 up to the depth, and rises by 10 % of every unit beyond.
    for (x, expected) in [(-5, 0), (0, 0), (100, 0), (200, 2), (500, 12), (1_000, 50), (2_000, 150)] {
        assert_eq!(pool.potential(NativeDelta(x)), Ok(Native(expected)), "{x}");
    }
    assert_eq!(pool.charge(NativeDelta(500), NativeDelta(1_000)), Ok(NativeDelta(38)));
    assert_eq!(pool.charge(NativeDelta(1_000), NativeDelta(500)), Ok(NativeDelta(-38)));
    assert_eq!(Inventory::NONE.charge(NativeDelta(0), NativeDelta(i64::MAX)), Ok(NativeDelta(0)));
    assert_eq!(inventory(10_001, 1).potential(NativeDelta(5)), Err(MathError::InvalidParameter));
}

#[test]
fn without_depth_the_full_kappa_counts() {
    assert_eq!(inventory(1_000, 0).potential(NativeDelta(1_000)), Ok(Native(100)));
    // The largest arguments do not overflow.
    let most = inventory(10_000, u64::MAX).potential(NativeDelta(i64::MAX)).unwrap();
    assert!(most.0 <= 1 << 62);
}

/// The reason why the mark-up is not on volatility: with `σ·(1 + κ·x)` and x measured in cap payoff, a round trip through two
/// series of unequal vega gains. Values are linear in σ; A has vega 10 and B has vega 1 for the same cap payoff.
#[test]
fn a_mark_up_on_volatility_would_lose() {
    let (kappa, x, size) = (0.5, 0.3, 0.1);
    let price = |vega: f64, before: f64, after: f64| vega * (1.0 + kappa * (before + after) / 2.0);
    let paid = price(10.0, x, x + size) + price(1.0, x + size, x + 2.0 * size);
    let received = price(10.0, x + 2.0 * size, x + size) + price(1.0, x + size, x);
    assert!(received > paid, "paid {paid}, received {received}");
}

proptest! {
    #![proptest_config(cases(20_000))]

    /// The potential is exactly the floor of the formula, is non-decreasing, is never steeper than κ, and is zero below zero.
    #[test]
    fn potential_is_the_formula(kappa in 0u16..=10_000, depth in 0u64..1 << 52, x in 0i64..1 << 52, step in 0i64..1 << 50) {
        let pool = inventory(kappa, depth);
        let at = |x: i64| u128::from(pool.potential(NativeDelta(x)).unwrap().0);
        let (k, d, y) = (u128::from(kappa), u128::from(depth), x as u128);
        let exact = if y < d { k * y * y / (20_000 * d) } else { k * (2 * y - d) / 20_000 };
        prop_assert_eq!(at(x), exact);
        let rise = at(x + step) - at(x);
        prop_assert!(rise * 10_000 <= k * (step as u128 + 1) + 10_000);
        prop_assert_eq!(at(-x), 0);
    }

    /// The charges along any path add up to the charge from its first to its last point, to the unit.
    #[test]
    fn charges_depend_on_the_ends_only(
        kappa in 0u16..=10_000,
        depth in 0u64..1 << 62,
        path in prop::collection::vec(any::<i64>().prop_map(|x| x >> 2), 2..20),
    ) {
        let pool = inventory(kappa, depth);
        let charge = |a: i64, b: i64| pool.charge(NativeDelta(a), NativeDelta(b)).unwrap().0;
        let along: i64 = path.windows(2).map(|w| charge(w[0], w[1])).sum();
        prop_assert_eq!(along, charge(path[0], path[path.len() - 1]));
    }
}
