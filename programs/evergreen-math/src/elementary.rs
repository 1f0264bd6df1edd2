//! Logarithm, exponential, power and square root of 64.64 numbers. They use integer arithmetic only, so the results are
//! the same bits on every machine.
//!
//! | function | domain | error |
//! | --- | --- | --- |
//! | [`ln`] | x > 0 | absolute ≤ 2^−61 |
//! | [`exp`] | x < 43.66…, else `Overflow` | ≤ 2^−60 relative + 2^−64 absolute |
//! | [`sqrt`] | x ≥ 0 | none: the result is the exact root rounded down to a multiple of 2^−64 |
//! | [`pow`] | x > 0, else `Domain` | ≤ (1 + |y|)·2^−60 relative + 2^−64 absolute |
//!
//! The argument is reduced to [1, 2) for a logarithm and to [0, 1) for a power of two. A table of 128 entries then covers
//! its first seven bits, and a polynomial the rest.

mod tables;

use crate::error::{MathError, MathResult};
use crate::fixed_point::{
    Scaled, join, mul_bits, mul_high, mul_high_medium, mul_high_short, mul_wide, sqrt_wide, words,
};
use crate::units::Ratio;
use tables::{EXP2, EXP2_SERIES, LN_2, LOG2_E_FRACTION, LOG2_RECIPROCALS, LOG2_SERIES, RECIPROCALS};

/// ln 2 as a number, for the conversion of binary to natural logarithms.
pub(crate) const LN_2_SCALED: Scaled = Scaled { mantissa: LN_2.0, exponent: -64 };

/// log2 e as a number, for the opposite conversion.
pub(crate) const LOG2_E_SCALED: Scaled = Scaled { mantissa: (1 << 63) | (LOG2_E_FRACTION.0 >> 1), exponent: -63 };

/// Fraction bits of a [`Log2`].
pub(crate) const LOG2_BITS: u32 = 56;

/// The exponent of one unit of a [`Log2`].
pub(crate) const LOG2_UNIT: i64 = -(LOG2_BITS as i64);

/// A binary logarithm in units of 2^−56, as option values use it; its error is at most one unit.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Log2(pub(crate) i64);

impl Log2 {
    /// Returns the logarithm of a positive number; the result for zero is meaningless.
    #[inline]
    pub(crate) fn of(value: Scaled) -> Self {
        let (whole, fraction) = log2(value);
        // |whole| ≤ 127 for any 64.64 number.
        Self((whole << LOG2_BITS).wrapping_add((fraction >> 8) as i64))
    }

    /// Returns |self − other|.
    #[inline(always)]
    pub(crate) const fn distance(self, other: Self) -> u64 {
        self.0.abs_diff(other.0)
    }

    /// Returns `self − other`, or zero when `other` is larger; it serves for two prices whose order is known.
    #[inline(always)]
    pub(crate) const fn above(self, other: Self) -> u64 {
        let distance = self.0.wrapping_sub(other.0);
        if distance > 0 { distance as u64 } else { 0 }
    }
}

/// Returns log2 as (whole part rounded down, fraction in units of 2^−64); the error of their sum is ≤ 2^−62.
#[inline]
fn log2(value: Scaled) -> (i64, u64) {
    let mantissa = value.mantissa | (1 << 63);
    // The index is the seven bits after the leading one, so it is below 128.
    let index = ((mantissa >> 56) & 127) as usize;
    let (high, low) = mul_wide(mantissa, RECIPROCALS[index]);
    // mantissa·reciprocal = 1 + z with 0 ≤ z < 2^−7; z is in units of 2^−71, and the leading one is shifted out.
    let z = (high << 9) | (low >> 55);
    let [c0, c1, c2, c3, c4, c5, c6, c7] = LOG2_SERIES;
    // Each product is below the coefficient it is taken from; c5, c6 and c7 are short, c4 is below 2^36.
    let p = c6.wrapping_sub(mul_high_short(c7, z));
    let p = c5.wrapping_sub(mul_high_short(p, z));
    let p = c4.wrapping_sub(mul_high_short(p, z));
    let p = c3.wrapping_sub(mul_high_medium(p, z));
    let p = c2.wrapping_sub(mul_high(p, z));
    let p = c1.wrapping_sub(mul_high(p, z));
    let p = c0.wrapping_sub(mul_high(p, z));
    let series = mul_high(p, z) >> 6;
    // The fraction of the largest mantissa is 1.4 units below one, and the sum is at most as large.
    (value.exponent.wrapping_add(63), LOG2_RECIPROCALS[index].wrapping_add(series))
}

/// Returns 2^fraction as a mantissa in units of 2^−63, for a fraction in units of 2^−64; the relative error is ≤ 2^−61.
#[inline]
fn exp2_fraction(fraction: u64) -> u64 {
    let power = EXP2[(fraction >> 57) as usize];
    let w = fraction << 7;
    let [c0, c1, c2, c3, c4, c5, c6] = EXP2_SERIES;
    // These are partial sums of a series whose total is below 2^63; c4, c5 and c6 are short, c3 is below 2^36.
    let p = c5.wrapping_add(mul_high_short(c6, w));
    let p = c4.wrapping_add(mul_high_short(p, w));
    let p = c3.wrapping_add(mul_high_short(p, w));
    let p = c2.wrapping_add(mul_high_medium(p, w));
    let p = c1.wrapping_add(mul_high(p, w));
    let p = c0.wrapping_add(mul_high(p, w));
    let series = mul_high(p, w);
    // The largest power is 0.7 units below two, and rounding of the coefficients adds less than 0.1.
    power.wrapping_add(mul_high(power, series) >> 6)
}

/// Returns 2^−y for y ≥ 0 in units of 2^−56.
#[inline]
pub(crate) fn exp2_neg(y: u64) -> Scaled {
    let whole = (y >> LOG2_BITS) as i64;
    let fraction = y << 8;
    if fraction == 0 {
        return Scaled { mantissa: 1 << 63, exponent: (-63i64).wrapping_sub(whole) };
    }
    Scaled { mantissa: exp2_fraction(fraction.wrapping_neg()), exponent: (-64i64).wrapping_sub(whole) }
}

/// Returns 2^(whole + fraction·2^−64) as a 64.64 number.
fn exp2_bits(whole: i64, fraction: u64) -> MathResult<u128> {
    if whole < -65 {
        return Ok(0);
    }
    if whole > 62 {
        return Err(MathError::Overflow);
    }
    let exponent = whole.wrapping_sub(63);
    Scaled { mantissa: exp2_fraction(fraction), exponent }.to_bits().ok_or(MathError::Overflow)
}

/// Returns the 64.64 number of these bits. Errors: `Overflow` from 2^127 on.
fn ratio(bits: u128) -> MathResult<Ratio> {
    i128::try_from(bits).map(Ratio::from_bits).map_err(|_| MathError::Overflow)
}

/// Returns the bits of a positive number. Errors: `Domain` for any other number.
fn positive(x: Ratio) -> MathResult<u128> {
    if x.is_positive() { Ok(x.to_bits().unsigned_abs()) } else { Err(MathError::Domain) }
}

/// Returns the natural logarithm. The absolute error is ≤ 2^−61, and `ln(1)` is exactly zero.
///
/// Errors: `Domain` for x ≤ 0.
pub fn ln(x: Ratio) -> MathResult<Ratio> {
    let (whole, fraction) = log2(Scaled::from_bits(positive(x)?));
    let (ln_2, ln_2_low) = LN_2;
    let of_fraction = i128::from(mul_high(fraction, ln_2));
    let size = whole.unsigned_abs();
    // size ≤ 64, so no sum comes near 2^127.
    let of_whole = join(mul_wide(size, ln_2)).wrapping_add(u128::from(mul_high(size, ln_2_low))) as i128;
    let of_whole = if whole < 0 { of_whole.wrapping_neg() } else { of_whole };
    Ok(Ratio::from_bits(of_whole.wrapping_add(of_fraction)))
}

/// Returns e^x. The error is ≤ 2^−60 of the result plus 2^−64; `exp(0)` is exactly one, and the result is zero below −45.
///
/// Errors: `Overflow` when the result reaches 2^63, that is from x = 43.668 on.
pub fn exp(x: Ratio) -> MathResult<Ratio> {
    let size = x.to_bits().unsigned_abs();
    let (whole, fraction) = words(size);
    if whole >= 64 {
        return if x.is_negative() { Ok(Ratio::ZERO) } else { Err(MathError::Overflow) };
    }
    let (c, c_low) = LOG2_E_FRACTION;
    // x·log2 e = x + x·c is below 2^7, so no sum wraps.
    let exponent = size
        .wrapping_add(join(mul_wide(whole, c)))
        .wrapping_add(u128::from(mul_high(whole, c_low)))
        .wrapping_add(u128::from(mul_high(fraction, c)));
    exp2_signed(exponent, x.is_negative())
}

/// Returns 2^±y for a 64.64 number y below 2^127.
fn exp2_signed(y: u128, negative: bool) -> MathResult<Ratio> {
    let (whole, fraction) = words(y);
    let whole = whole as i64;
    let bits = if !negative {
        exp2_bits(whole, fraction)
    } else if fraction == 0 {
        exp2_bits(whole.wrapping_neg(), 0)
    } else {
        exp2_bits((-1i64).wrapping_sub(whole), fraction.wrapping_neg())
    };
    ratio(bits?)
}

/// Returns the square root: the exact root rounded down to a multiple of 2^−64.
///
/// Errors: `Domain` for x < 0.
pub fn sqrt(x: Ratio) -> MathResult<Ratio> {
    if x.is_negative() {
        return Err(MathError::Domain);
    }
    let bits = x.to_bits().unsigned_abs();
    if bits == 0 {
        return Ok(Ratio::ZERO);
    }
    // The radicand is bits·2^64. Shifted left by an even number, it has three words, and the top one is ≥ 2^62.
    let zeros = bits.leading_zeros() & !1;
    let (high, low) = words(bits << zeros);
    let (upper, rest) = sqrt_wide(high, low);
    // The next digit of 32 bits is rest·2^32 / (2·upper), where rest ≤ 2·upper < 2^65.
    let divisor = u128::from(upper) << 1;
    let digit = (rest << 32).checked_div(divisor).unwrap_or(0).min(u128::from(u32::MAX));
    // The digit is one too large unless (rest·2^32 − digit·2·upper)·2^32 ≥ digit². All terms are below 2^99.
    let left = (rest << 32).wrapping_sub(digit.wrapping_mul(divisor)) << 32;
    let digit = if left < digit.wrapping_mul(digit) { digit.wrapping_sub(1) } else { digit };
    let root = (u128::from(upper) << 32).wrapping_add(digit);
    ratio(root >> (zeros >> 1))
}

/// Returns `x^y`. The error is ≤ (1 + |y|)·2^−60 of the result plus 2^−64; the result is exact for x = 1 or y = 0, and zero
/// where it is below 2^−65.
///
/// Errors: `Domain` for x ≤ 0, `Overflow` when the result reaches 2^63.
pub fn pow(x: Ratio, y: Ratio) -> MathResult<Ratio> {
    let (whole, fraction) = log2(Scaled::from_bits(positive(x)?));
    // This is log2 x as a 64.64 number; |whole| ≤ 64.
    let log = (i128::from(whole) << 64).wrapping_add(i128::from(fraction));
    let negative = (log < 0) != y.is_negative();
    match mul_bits(log.unsigned_abs(), y.to_bits().unsigned_abs()) {
        Some(exponent) => exp2_signed(exponent, negative),
        None if negative => Ok(Ratio::ZERO),
        None => Err(MathError::Overflow),
    }
}
