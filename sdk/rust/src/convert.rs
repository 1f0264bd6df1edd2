//! Between what people say and what the program counts.

use evergreen_math::{MathError, MathResult, PointScale, Points};

/// Points of an option on `size` units of an index, when one token is worth `token_price` dollars:
/// `size / price · 10^decimals · 10^e`, to the nearest point. The price only sizes the trade; no ledger depends on it.
///
/// `size_e9` is the size in billionths (0.1 BTC is 100,000,000), `token_price_e9` the price in billionths of a dollar.
///
/// # Errors
/// `DivisionByZero` for a price of zero, `Overflow`.
pub fn points(size_e9: u64, token_price_e9: u64, decimals: u8, scale: PointScale) -> MathResult<Points> {
    let unit = 10u128.checked_pow(u32::from(decimals)).ok_or(MathError::Overflow)?;
    let scaled = u128::from(size_e9)
        .checked_mul(unit)
        .and_then(|v| v.checked_mul(u128::from(scale.points_per_unit_dollar().get())))
        .ok_or(MathError::Overflow)?;
    let price = u128::from(token_price_e9);
    let rounded = scaled.checked_add(price / 2).and_then(|v| v.checked_div(price)).ok_or(MathError::DivisionByZero)?;
    i64::try_from(rounded).map(Points).map_err(|_| MathError::Overflow)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tenth_of_a_bitcoin_on_a_300_dollar_stock() {
        let scale = PointScale::new(3).unwrap();
        assert_eq!(points(100_000_000, 300_000_000_000, 8, scale), Ok(Points(33_333_333)));
        assert_eq!(points(1, 0, 8, scale), Err(MathError::DivisionByZero));
    }
}
