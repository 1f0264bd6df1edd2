use crate::common::cases;
use evergreen_math::inventory::Inventory;
use evergreen_math::{BasisPoints, MathError, Native, NativeDelta};
use proptest::prelude::*;

fn inventory(kappa: u16, depth: u64) -> Inventory {
    Inventory { kappa: BasisPoints(kappa), depth: Native(depth), held: Native::ZERO }
}

/// Inventory pricing that holds just what its trades have been charged so far.
fn balanced(kappa: u16, depth: u64, net: i64) -> Inventory {
    let pool = inventory(kappa, depth);
    Inventory { held: pool.potential(NativeDelta(net)).unwrap(), ..pool }
}

#[test]
fn the_potential_by_hand() {
    let pool = inventory(1_000, 1_000);
    // With κ = 10 % the potential is 10 % · X²/2,000 up to the depth, and rises by 10 % of every unit beyond.
    for (x, expected) in [(-5, 0), (0, 0), (100, 0), (200, 2), (500, 12), (1_000, 50), (2_000, 150)] {
        assert_eq!(pool.potential(NativeDelta(x)), Ok(Native(expected)), "{x}");
    }
    assert_eq!(pool.charge(NativeDelta(500), NativeDelta(1_000)), Ok(NativeDelta(38)));
    let refund = |held| Inventory { held: Native(held), ..pool }.charge(NativeDelta(1_000), NativeDelta(500));
    assert_eq!(refund(50), Ok(NativeDelta(-38)));
    // Half of it was collected, so half is refunded; what is held beyond the potential is nobody's refund.
    assert_eq!(refund(25), Ok(NativeDelta(-19)));
    assert_eq!(refund(500), Ok(NativeDelta(-38)));
    assert_eq!(refund(0), Ok(NativeDelta(0)));
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

    /// While nothing but trades moves the inventory, the charges along any path add up to the charge from its first to its last point, to
    /// the unit, and what is held is the potential.
    #[test]
    fn charges_depend_on_the_ends_only(
        kappa in 0u16..=10_000,
        depth in 0u64..1 << 62,
        path in prop::collection::vec(any::<i64>().prop_map(|x| x >> 2), 2..20),
    ) {
        let pool = inventory(kappa, depth);
        let potential = |x: i64| pool.potential(NativeDelta(x)).unwrap().0 as i64;
        let charge = |a: i64, b: i64| balanced(kappa, depth, a).charge(NativeDelta(a), NativeDelta(b)).unwrap().0;
        let along: i64 = path.windows(2).map(|w| charge(w[0], w[1])).sum();
        prop_assert_eq!(along, potential(path[path.len() - 1]) - potential(path[0]));
    }

    /// Whatever depth and inventory do between trades, no more is refunded than was collected, what is held never becomes negative,
    /// and whoever goes there and back at one moment gains nothing.
    #[test]
    fn no_more_is_refunded_than_was_collected(
        kappa in 0u16..=10_000,
        path in prop::collection::vec((any::<i64>().prop_map(|x| x >> 16), 0u64..1 << 48, any::<bool>()), 2..20),
        there in any::<i64>().prop_map(|x| x >> 16),
    ) {
        let (mut held, mut net) = (0, 0);
        for (to, depth, is_trade) in path {
            let pool = Inventory { held: Native(held), ..inventory(kappa, depth) };
            let (before, after) = (NativeDelta(net), NativeDelta(to));
            let out = pool.charge(before, NativeDelta(there)).unwrap().0;
            let then = Inventory { held: Native(held.checked_add_signed(out).unwrap()), ..pool };
            let back = then.charge(NativeDelta(there), before).unwrap().0;
            prop_assert!(out + back >= 0, "{out} and {back}");
            held = if is_trade {
                held.checked_add_signed(pool.charge(before, after).unwrap().0).unwrap()
            } else {
                let kept = pool.kept(before, after).unwrap().0;
                prop_assert!(kept <= held);
                kept
            };
            net = to;
        }
    }
}
