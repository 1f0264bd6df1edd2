use super::*;

fn scale() -> PointScale {
    PointScale::new(3).unwrap()
}

fn decimal(text: &str) -> Decimal {
    text.parse().unwrap()
}

#[test]
fn a_tenth_of_a_bitcoin_on_a_300_dollar_stock() {
    assert_eq!(points(100_000_000, 300_000_000_000, 8, scale()), Ok(Points(33_333_333)));
    assert_eq!(points(1, 0, 8, scale()), Err(MathError::DivisionByZero));
    assert_eq!(points_of_size(decimal("0.1"), decimal("300"), 8, scale()), Ok(Points(33_333_333)));
    assert_eq!(points_of_size(decimal("0.10"), decimal("300.00"), 8, scale()), Ok(Points(33_333_333)));
    assert_eq!(points_of_size(decimal("-0.1"), decimal("300"), 8, scale()), Err(ConvertError::NotPositive));
    assert_eq!(points_of_size(decimal("0.1"), Decimal::ZERO, 8, scale()), Err(ConvertError::NotPositive));
}

#[test]
fn numbers_of_28_digits_lose_nothing() {
    let size = decimal("7.922816251426433759354395033");
    // A size equal to the price is one token, to the last digit, whatever the number.
    for price in [size, decimal("0.0000000000000000000000000001"), decimal("79228162514264337593543950335")] {
        assert_eq!(points_of_size(price, price, 8, scale()), Ok(Points(100_000_000_000)));
    }
    let tiny = decimal("0.0000000000000000000000000001");
    assert_eq!(points_of_size(tiny, decimal("300"), 8, scale()), Ok(Points(0)));
    assert_eq!(points_of_size(size, tiny, 8, scale()), Err(ConvertError::Overflow));
    // Exactly half a point is rounded up, a little less is rounded down.
    assert_eq!(points_of_size(decimal("0.5"), decimal("100000000000"), 8, scale()), Ok(Points(1)));
    assert_eq!(
        points_of_size(decimal("0.4999999999999999999999999999"), decimal("100000000000"), 8, scale()),
        Ok(Points(0))
    );
}

#[test]
fn a_size_comes_back_to_half_a_point() {
    for price in ["300", "17.35", "0.07", "99999.999999"] {
        for size in ["0.1", "1", "0.000123", "250"] {
            let (price, size) = (decimal(price), decimal(size));
            let points = points_of_size(size, price, 8, scale()).unwrap();
            let back = size_of_points(points, price, 8, scale()).unwrap();
            // The difference is at most half a point, and one unit of the ninth decimal place.
            let point = price / decimal("100000000000");
            assert!((back - size).abs() <= point / decimal("2") + decimal("0.000000001"), "{size} {price} {back}");
            let short = size_of_points(Points(-points.0), price, 8, scale()).unwrap();
            assert_eq!(short, -back);
        }
    }
}

#[test]
fn tokens_and_native_units_convert_both_ways() {
    assert_eq!(native(decimal("1.23456789"), 8), Ok(123_456_789));
    assert_eq!(native(decimal("1.2345678900"), 8), Ok(123_456_789));
    assert_eq!(native(decimal("1.234567891"), 8), Err(ConvertError::TooPrecise { places: 9, decimals: 8 }));
    assert_eq!(native(decimal("184467440737.09551615"), 8), Ok(u64::MAX));
    assert_eq!(native(decimal("184467440737.09551616"), 8), Err(ConvertError::Overflow));
    assert_eq!(native(decimal("-1"), 8), Err(ConvertError::NotPositive));
    assert_eq!(tokens(u64::MAX, 8).to_string(), "184467440737.09551615");
    for units in [0, 1, 99, 123_456_789, u64::MAX] {
        assert_eq!(native(tokens(units, 8), 8), Ok(units));
    }
    assert_eq!(worth(123_456_789, decimal("300"), 8).unwrap().to_string(), "370.370367");
}

#[test]
fn dollars_convert_both_ways() {
    assert_eq!(dollars(Dollars::from_bits((1 << 64) + (1 << 63)), 2).unwrap().to_string(), "1.50");
    assert_eq!(dollars(Dollars::from_bits(-1), 6).unwrap().to_string(), "-0.000001");
    assert_eq!(dollars_of(decimal("-1.5")).unwrap(), Dollars::from_bits(-(1 << 64) - (1 << 63)));
    assert_eq!(dollars_of(decimal("0.1")).unwrap().to_bits(), (1i128 << 64) / 10);
    assert_eq!(dollars_of(decimal("79228162514264337593543950335")), Err(ConvertError::Overflow));
    for text in ["100000", "0.000000000001", "63999.999999999999"] {
        let there = dollars_of(decimal(text)).unwrap();
        assert!((decimal(text) - dollars(there, 12).unwrap()) <= decimal("0.000000000001"));
    }
    assert_eq!(dollars_from_published(10_000_012_345_678, -8).unwrap().to_string(), "100000.12345678");
    assert_eq!(dollars_from_published(7, 3).unwrap().to_string(), "7000");
}
