//! Values and functions of the model against what they have to fulfil.

use evergreen_model::{
    option::{Contract, YEAR},
    real::Real,
};

/// Whether two numbers differ by less than 2^−`digits`.
fn near(one: &Real, other: &Real, digits: u64) -> bool {
    (one - other).abs() < Real::binary(1, digits)
}

#[test]
fn functions_invert_each_other() {
    for (above, below) in [(1, 1_000), (1, 3), (2, 3), (1, 1), (3, 2), (7, 1), (100_000, 3)] {
        let x = Real::ratio(above, below);
        assert!(near(&x.ln().exp(), &x, 150), "{above}/{below}");
        assert!(near(&(&x.sqrt() * &x.sqrt()), &x, 150), "{above}/{below}");
        assert!(near(&x.pow(&Real::ratio(1, 2)), &x.sqrt(), 150), "{above}/{below}");
        assert!(near(&x.pow(&Real::whole(-2)), &(&Real::whole(1) / &(&x * &x)), 140), "{above}/{below}");
    }
}

#[test]
fn constants_are_those_of_tables() {
    assert_eq!(Real::whole(1).exp().down(60), 3_133_965_575_612_453_542);
    assert_eq!(Real::whole(2).ln().down(60), 799_144_290_325_165_978);
    assert_eq!((Real::ratio(-1, 3).down(0), Real::ratio(-1, 3).up(0), Real::ratio(-4, 3).toward_zero(0)), (-1, 0, -1));
}

const DAY: i128 = evergreen_model::calendar::DAY as i128;

#[test]
fn slopes_are_those_of_the_values() {
    let step = Real::ratio(1, 1_000_000);
    for put in [false, true] {
        let option = Contract { put, strike: 100_000, tenor: 7 * DAY, cap_bps: if put { 8_000 } else { 12_000 } };
        for price in [85_000, 95_000, 99_999, 100_001, 105_000, 115_000] {
            let (price, sigma) = (Real::whole(price), Real::ratio(6, 10));
            let at = |price: &Real| option.worth(price, &sigma);
            let change = &at(&(&price + &step)).value() - &at(&(&price - &step)).value();
            let slope = &(&change * &price) / &(&step + &step);
            assert!((&slope - &at(&price).slope).abs() < Real::ratio(1, 1_000), "{option:?} at {}", price.shown());
        }
    }
}

#[test]
fn values_pay_for_their_funding() {
    // ½σ²S²·V″ = TV/T away from the strike.
    let step = Real::ratio(1, 100);
    for (put, cap_bps) in [(false, 12_000), (true, 8_000)] {
        let option = Contract { put, strike: 100_000, tenor: 7 * DAY, cap_bps };
        for price in [85_000, 95_000, 105_000, 115_000] {
            let (price, sigma) = (Real::whole(price), Real::ratio(6, 10));
            let at = |price: &Real| option.worth(price, &sigma).value();
            let bend = &(&at(&(&price + &step)) + &at(&(&price - &step))) - &(&at(&price) + &at(&price));
            let bend = &bend / &(&step * &step);
            let left = &(&(&(&sigma * &sigma) * &(&price * &price)) * &bend) / &Real::whole(2);
            let right = &(&option.worth(&price, &sigma).time_value * &Real::whole(YEAR)) / &Real::whole(7 * DAY);
            assert!((&left - &right).abs() < &right.abs() / &Real::whole(100_000), "{option:?} at {}", price.shown());
        }
    }
}
