//! Shares of a pool: nobody gains by going in and out, and the price for those who stay does not fall.

use evergreen_math::shares::{VIRTUAL_ASSETS, VIRTUAL_SHARES, amount_for_shares, shares_for_deposit};
use evergreen_math::{Native, NativeDelta};

/// Assets and shares with what nobody owns.
fn with_virtual(nav: u64, supply: u64) -> (u64, u64) {
    (nav + VIRTUAL_ASSETS, supply + VIRTUAL_SHARES)
}

/// Whether the price `a.0 / a.1` is at most `b.0 / b.1`.
fn at_most(a: (u64, u64), b: (u64, u64)) -> bool {
    u128::from(a.0) * u128::from(b.1) <= u128::from(b.0) * u128::from(a.1)
}

/// Domain: all 8-bit amounts and net asset values × all 8-bit supplies in units of 1 and of 1,000 shares.
#[test]
fn a_deposit_never_lowers_the_price_and_comes_back_as_no_more() {
    for unit in [1, 1_000] {
        for (nav, supply) in (0u64..256).flat_map(|nav| (0u64..256).map(move |supply| (nav, supply * unit))) {
            let mut before = 0;
            for amount in 1u64..256 {
                let Ok(issued) = shares_for_deposit(Native(amount), supply, NativeDelta(nav as i64)) else { continue };
                assert!(issued >= before, "a larger deposit buys no fewer shares");
                before = issued;
                let after = (nav + amount, supply + issued);
                assert!(at_most(with_virtual(nav, supply), with_virtual(after.0, after.1)), "{nav} {supply} {amount}");
                let back = amount_for_shares(issued, after.1, NativeDelta(after.0 as i64)).unwrap().0;
                assert!(back <= amount, "{amount} come back as {back} at {nav} of {supply}");
            }
        }
    }
}

/// Domain: all 8-bit net asset values, supplies, and parts of them.
#[test]
fn a_withdrawal_never_lowers_the_price_and_never_takes_what_is_not_there() {
    for (nav, supply) in (1u64..256).flat_map(|nav| (1u64..256).map(move |supply| (nav, supply))) {
        let mut before = 0;
        for shares in 0..=supply {
            let paid = amount_for_shares(shares, supply, NativeDelta(nav as i64)).unwrap().0;
            assert!(paid >= before && paid <= nav, "{paid} of {nav}");
            before = paid;
            let after = with_virtual(nav - paid, supply - shares);
            assert!(at_most(with_virtual(nav, supply), after), "{nav} {supply} {shares}");
        }
    }
}

/// Domain: all 6-bit net asset values, supplies and parts, and all ways to halve the part.
#[test]
fn two_withdrawals_bring_no_more_than_one() {
    for (nav, supply) in (1u64..64).flat_map(|nav| (1u64..64).map(move |supply| (nav, supply))) {
        for shares in 0..=supply {
            let at_once = amount_for_shares(shares, supply, NativeDelta(nav as i64)).unwrap().0;
            for first in 0..=shares {
                let one = amount_for_shares(first, supply, NativeDelta(nav as i64)).unwrap().0;
                let left = NativeDelta((nav - one) as i64);
                let two = amount_for_shares(shares - first, supply - first, left).map_or(0, |paid| paid.0);
                // What the first is rounded down by raises the price of the second: by less than a unit.
                assert!(one + two <= at_once + 1, "{first} and {} of {supply} at {nav}", shares - first);
            }
        }
    }
}
