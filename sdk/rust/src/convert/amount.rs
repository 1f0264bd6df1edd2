//! Conversions of sizes, amounts and dollars.

use super::{ConvertError, Decimal, Result};
use evergreen_math::{Dollars, MathError, MathResult, PointScale, Points};

/// Largest number of decimals that a [`Decimal`] can hold.
const MAX_DECIMALS: u8 = 28;

/// Returns the points of an option on `size` units of the underlying when one token is worth `token_price` dollars:
/// `size / price · 10^decimals · 10^e`, to the nearest point, halves up. The price only sizes the trade; no ledger depends
/// on it.
///
/// # Errors
/// [`ConvertError::NotPositive`] for a price that is not above zero or a negative size, [`ConvertError::Overflow`].
pub fn points_of_size(size: Decimal, token_price: Decimal, decimals: u8, scale: PointScale) -> Result<Points> {
    let (numerator, size_places) = parts(size)?;
    let (denominator, price_places) = parts(token_price)?;
    if denominator == 0 {
        return Err(ConvertError::NotPositive);
    }
    let power = i64::from(decimals) + i64::from(scale.exponent()) + i64::from(price_places) - i64::from(size_places);
    let rounded = divide(numerator, denominator, power)?;
    i64::try_from(rounded).map(Points).map_err(|_| ConvertError::Overflow)
}

/// Returns the size of an option in units of the underlying when one token is worth `token_price` dollars:
/// `points · price / 10^(decimals + e)`, rounded toward zero to nine decimal places. The sign is that of the points.
///
/// # Errors
/// [`ConvertError::NotPositive`] for a price that is not above zero, [`ConvertError::Overflow`].
pub fn size_of_points(points: Points, token_price: Decimal, decimals: u8, scale: PointScale) -> Result<Decimal> {
    if token_price.is_sign_negative() || token_price.is_zero() {
        return Err(ConvertError::NotPositive);
    }
    let places = u32::from(decimals) + u32::from(scale.exponent());
    let (price, price_places) = parts(token_price)?;
    // Both factors are whole numbers; digits beyond nine decimal places are cut off at the end.
    let product = price.checked_mul(u128::from(points.0.unsigned_abs())).ok_or(ConvertError::Overflow)?;
    let cut = (places + price_places).checked_sub(9);
    let ninths = match cut {
        Some(cut) => 10u128.checked_pow(cut).map_or(0, |power| product / power),
        None => product.checked_mul(10u128.pow(9 - places - price_places)).ok_or(ConvertError::Overflow)?,
    };
    let ninths = i128::try_from(ninths).map_err(|_| ConvertError::Overflow)?;
    let signed = if points.is_short() { -ninths } else { ninths };
    Ok(Decimal::try_from_i128_with_scale(signed, 9).map_err(|_| ConvertError::Overflow)?.normalize())
}

/// Does what [`points_of_size`] does for callers without decimals: the size is in billionths (0.1 BTC is 100,000,000), the
/// price in billionths of a dollar.
///
/// # Errors
/// [`MathError::DivisionByZero`] for a price of zero, [`MathError::Overflow`].
pub fn points(size_e9: u64, token_price_e9: u64, decimals: u8, scale: PointScale) -> MathResult<Points> {
    let ninths = |number: u64| Decimal::from_i128_with_scale(number.into(), 9);
    points_of_size(ninths(size_e9), ninths(token_price_e9), decimals, scale).map_err(|error| match error {
        ConvertError::NotPositive => MathError::DivisionByZero,
        _ => MathError::Overflow,
    })
}

/// Converts an amount of tokens to native units, exactly.
///
/// # Errors
/// [`ConvertError::TooPrecise`] when the token has fewer decimals, [`ConvertError::NotPositive`] for a negative amount,
/// [`ConvertError::Overflow`].
pub fn native(amount: Decimal, decimals: u8) -> Result<u64> {
    let amount = amount.normalize();
    let (mantissa, places) = parts(amount)?;
    let missing = u32::from(decimals).checked_sub(places).ok_or(ConvertError::TooPrecise { places, decimals })?;
    let power = 10u128.checked_pow(missing).ok_or(ConvertError::Overflow)?;
    let units = mantissa.checked_mul(power).ok_or(ConvertError::Overflow)?;
    u64::try_from(units).map_err(|_| ConvertError::Overflow)
}

/// Converts native units to an amount of tokens, exactly, with all decimals of the token.
///
/// # Panics
/// Panics for a token with more than 28 decimals, and for an amount beyond 96 bits.
pub fn tokens(native: impl Into<i128>, decimals: u8) -> Decimal {
    assert!(decimals <= MAX_DECIMALS, "{decimals} decimals");
    Decimal::from_i128_with_scale(native.into(), decimals.into())
}

/// Returns what native units are worth in dollars when one token is worth `token_price` dollars. It is for display, and is
/// rounded only beyond 28 digits.
///
/// # Errors
/// [`ConvertError::Decimals`] beyond 28 decimals, [`ConvertError::Overflow`].
pub fn worth(native: i64, token_price: Decimal, decimals: u8) -> Result<Decimal> {
    if decimals > MAX_DECIMALS {
        return Err(ConvertError::Decimals(decimals));
    }
    tokens(native, decimals).checked_mul(token_price).map(|d| d.normalize()).ok_or(ConvertError::Overflow)
}

/// Converts the program's 64.64 dollars to a decimal with `places` decimal places, at most 12, rounded toward −∞.
///
/// # Errors
/// [`ConvertError::Decimals`] for more than 12 places, [`ConvertError::Overflow`].
pub fn dollars(amount: Dollars, places: u8) -> Result<Decimal> {
    if places > 12 {
        return Err(ConvertError::Decimals(places));
    }
    let power = 10i128.pow(places.into());
    let bits = amount.to_bits();
    let (whole, fraction) = (bits >> 64, bits & i128::from(u64::MAX));
    // The fraction is below 2^64 and the power below 2^40.
    let number = whole.checked_mul(power).map(|number| number + ((fraction * power) >> 64));
    let number = number.ok_or(ConvertError::Overflow)?;
    Decimal::try_from_i128_with_scale(number, places.into()).map_err(|_| ConvertError::Overflow)
}

/// Converts a decimal to the program's 64.64 dollars, rounded toward zero by less than 2^−64 dollars.
///
/// # Errors
/// [`ConvertError::Overflow`] for 2^63 dollars and more.
pub fn dollars_of(amount: Decimal) -> Result<Dollars> {
    let (mantissa, places) = (amount.mantissa().unsigned_abs(), amount.scale());
    // The divisor is at most 10^28, so every remainder times two fits.
    let divisor = 10u128.pow(places);
    let (whole, mut rest) = (mantissa / divisor, mantissa % divisor);
    let whole = i64::try_from(whole).map_err(|_| ConvertError::Overflow)?;
    let mut fraction = 0u64;
    for _ in 0..64 {
        rest *= 2;
        fraction = (fraction << 1) | u64::from(rest >= divisor);
        rest = if rest >= divisor { rest - divisor } else { rest };
    }
    let bits = (i128::from(whole) << 64) | i128::from(fraction);
    Ok(Dollars::from_bits(if amount.is_sign_negative() { -bits } else { bits }))
}

/// Converts a published price, `number · 10^exponent` dollars, to a decimal, exactly.
///
/// # Errors
/// [`ConvertError::Overflow`] for an exponent outside −28 to 9.
pub fn dollars_from_published(number: i64, exponent: i32) -> Result<Decimal> {
    if exponent > 0 {
        let power = 10i128.checked_pow(exponent.unsigned_abs()).filter(|_| exponent <= 9);
        let number = power.and_then(|power| i128::from(number).checked_mul(power)).ok_or(ConvertError::Overflow)?;
        return Decimal::try_from_i128_with_scale(number, 0).map_err(|_| ConvertError::Overflow);
    }
    Decimal::try_from_i128_with_scale(number.into(), exponent.unsigned_abs()).map_err(|_| ConvertError::Overflow)
}

/// Returns the digits and the decimal places of a decimal that is not negative.
fn parts(number: Decimal) -> Result<(u128, u32)> {
    if number.is_sign_negative() && !number.is_zero() {
        return Err(ConvertError::NotPositive);
    }
    Ok((number.mantissa().unsigned_abs(), number.scale()))
}

/// Returns `numerator · 10^power / denominator`, to the nearest whole number, halves up. Long division, digit by digit, is exact
/// for all numerators and denominators of a [`Decimal`], which are below 2^96.
fn divide(numerator: u128, denominator: u128, power: i64) -> Result<u128> {
    if power < 0 {
        let shrink = u32::try_from(power.unsigned_abs()).ok().and_then(|power| 10u128.checked_pow(power));
        // A denominator beyond 128 bits is more than twice any numerator.
        let Some(denominator) = shrink.and_then(|shrink| denominator.checked_mul(shrink)) else { return Ok(0) };
        return Ok(half_up(numerator / denominator, numerator % denominator, denominator));
    }
    let (mut quotient, mut rest) = (numerator / denominator, numerator % denominator);
    for _ in 0..power {
        rest *= 10;
        let digit = rest / denominator;
        rest %= denominator;
        quotient = quotient.checked_mul(10).and_then(|q| q.checked_add(digit)).ok_or(ConvertError::Overflow)?;
    }
    Ok(half_up(quotient, rest, denominator))
}

fn half_up(quotient: u128, rest: u128, divisor: u128) -> u128 {
    quotient + u128::from(rest >= divisor - rest)
}

#[cfg(test)]
mod tests;
