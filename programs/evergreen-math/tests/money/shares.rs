use crate::common::cases;
use evergreen_math::shares::{VIRTUAL_SHARES, amount_for_shares, share_price, shares_for_deposit};
use evergreen_math::{MathError, Native, NativeDelta, Ratio};
use proptest::prelude::*;

/// Returns whether the value per share, with the virtual parts, is at least as high in `a` as in `b`; it compares exact fractions.
fn price_at_least((nav_a, supply_a): (u64, u64), (nav_b, supply_b): (u64, u64)) -> bool {
    let fraction = |nav: u64, other: u64| (u128::from(nav) + 1) * (u128::from(other) + u128::from(VIRTUAL_SHARES));
    fraction(nav_a, supply_b) >= fraction(nav_b, supply_a)
}

fn nav(value: u64) -> NativeDelta {
    NativeDelta(value as i64)
}

#[test]
fn the_first_deposit_buys_a_thousand_shares_a_unit() {
    assert_eq!(shares_for_deposit(Native(5), 0, nav(0)), Ok(5_000));
    assert_eq!(amount_for_shares(5_000, 5_000, nav(5)), Ok(Native(5)));
    assert_eq!(share_price(0, nav(0)), Ok(Ratio::from_bits((1 << 64) / 1_000)));
}

#[test]
fn refusals() {
    assert_eq!(shares_for_deposit(Native(5), 0, NativeDelta(-1)), Err(MathError::NoNetAssetValue));
    assert_eq!(shares_for_deposit(Native(5), 1, nav(0)), Err(MathError::NoNetAssetValue));
    assert_eq!(shares_for_deposit(Native(1), 1, nav(1_001_000)), Err(MathError::ZeroShares));
    assert_eq!(shares_for_deposit(Native(0), 0, nav(0)), Err(MathError::ZeroShares));
    assert_eq!(shares_for_deposit(Native(u64::MAX), u64::MAX - 1_000, nav(1)), Err(MathError::Overflow));
    assert_eq!(amount_for_shares(2, 1, nav(10)), Err(MathError::Domain));
    assert_eq!(amount_for_shares(1, 1, nav(0)), Err(MathError::NoNetAssetValue));
    assert_eq!(share_price(1, NativeDelta(-1)), Err(MathError::NoNetAssetValue));
}

/// A first depositor who raises the share price by a gift never gets back more than the deposit and the gift, whatever the next
/// depositor brings.
#[test]
fn inflation_of_the_first_deposit_does_not_pay() {
    for gift in [1u64, 1_000, 1_000_000, 1_000_000_000_000] {
        for deposit in [10_000u64, 1_000_000, 1_000_000_000] {
            let attacker = shares_for_deposit(Native(1), 0, nav(0)).unwrap();
            let value = 1 + gift;
            let victim = shares_for_deposit(Native(deposit), attacker, nav(value)).unwrap_or(0);
            if victim == 0 {
                continue; // The deposit was refused, so the next depositor loses nothing.
            }
            let all = value + deposit;
            let back = amount_for_shares(attacker, attacker + victim, nav(all)).unwrap().0;
            // Half of the first shares are virtual, so what the attacker gave does not come back with a profit.
            assert!(back <= value, "gift {gift}, deposit {deposit}: {back}");
        }
    }
}

proptest! {
    #![proptest_config(cases(20_000))]

    /// A deposit and a withdrawal at once never gain, and neither step lowers the share price for those who stay.
    #[test]
    fn in_and_out(
        amount in 1u64..1 << 40,
        supply in 0u64..1 << 50,
        value in 0u64..1 << 40,
        part in 0u64..=10_000,
    ) {
        let Ok(issued) = shares_for_deposit(Native(amount), supply, nav(value)) else { return Ok(()) };
        let (supply_in, value_in) = (supply + issued, value + amount);
        prop_assert!(price_at_least((value_in, supply_in), (value, supply)));

        let burnt = (u128::from(issued) * u128::from(part) / 10_000) as u64;
        let paid = amount_for_shares(burnt, supply_in, nav(value_in)).unwrap().0;
        prop_assert!(u128::from(paid) * 10_000 <= u128::from(amount) * u128::from(part) + 10_000);
        prop_assert!(price_at_least((value_in - paid, supply_in - burnt), (value_in, supply_in)));

        // Together with the withdrawal of the rest, no more is paid than was deposited.
        let (supply_mid, value_mid) = (supply_in - burnt, value_in - paid);
        let rest = amount_for_shares(issued - burnt, supply_mid, nav(value_mid)).unwrap_or(Native::ZERO).0;
        prop_assert!(paid + rest <= amount);
    }

    /// A deposit in two parts buys at most one share more than the deposit at once, which is rounding.
    #[test]
    fn splitting_a_deposit(a in 1u64..1 << 40, b in 1u64..1 << 40, supply in 0u64..1 << 50, value in 1u64..1 << 40) {
        let buy = |amount, supply, value| shares_for_deposit(Native(amount), supply, nav(value));
        // Where a share is worth next to nothing, a deposit may buy more shares than the type holds.
        let Ok(once) = buy(a + b, supply, value) else { return Ok(()) };
        let first = buy(a, supply, value).unwrap();
        let second = buy(b, supply + first, value + a).unwrap();
        prop_assert!(first + second <= once + 1, "{first} + {second} > {once}");
    }

    /// Redeeming all shares never pays more than the net asset value.
    #[test]
    fn redeeming_all(supply in 1u64..1 << 60, value in 1u64..1 << 60) {
        prop_assert!(amount_for_shares(supply, supply, nav(value)).unwrap().0 <= value);
    }

    /// In a random walk of deposits, withdrawals and gains, that is without a loss, the share price never falls.
    #[test]
    fn price_falls_by_losses_only(steps in prop::collection::vec((0u8..4, 0u64..1 << 32), 1..40)) {
        let (mut supply, mut value) = (0u64, 0u64);
        for (what, amount) in steps {
            let before = (value, supply);
            match what {
                0 | 1 => {
                    if let Ok(issued) = shares_for_deposit(Native(amount), supply, nav(value)) {
                        supply += issued;
                        value += amount;
                    }
                }
                2 => {
                    let burnt = if supply == 0 { 0 } else { amount.saturating_mul(1_000) % (supply + 1) };
                    if let Ok(paid) = amount_for_shares(burnt, supply, nav(value)) {
                        supply -= burnt;
                        value -= paid.0;
                    }
                }
                _ => value += amount,
            }
            prop_assert!(price_at_least((value, supply), before));
        }
    }
}
