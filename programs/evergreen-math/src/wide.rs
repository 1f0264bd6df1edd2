//! Products and quotients of amounts, made of 64-bit words. On the virtual machine they cost a tenth of checked 128-bit
//! operations.

use crate::fixed_point::{div_wide, join, leading_zeros, mul_wide, words};
use core::num::NonZeroU64;

/// Returns `number · factor`; `None` from 2^128 on.
#[inline]
pub(crate) const fn times_word(number: u128, factor: u64) -> Option<u128> {
    let (high, low) = words(number);
    let (carry, low) = mul_wide(low, factor);
    if high == 0 {
        return Some(join((carry, low)));
    }
    let (over, high) = mul_wide(high, factor);
    let (high, wrapped) = high.overflowing_add(carry);
    if over != 0 || wrapped { None } else { Some(join((high, low))) }
}

/// Returns quotient and remainder of `number / divisor`.
#[inline]
pub(crate) fn div_word(number: u128, divisor: NonZeroU64) -> (u128, u64) {
    let (high, low) = words(number);
    if high == 0 {
        let (quotient, rest) = div_low(low, divisor);
        return (quotient as u128, rest);
    }
    div_long_called(number, divisor)
}

/// The second word is rare where [`div_word`] is used, so this is called and not copied there.
#[inline(never)]
fn div_long_called(number: u128, divisor: NonZeroU64) -> (u128, u64) {
    div_long(number, divisor)
}

/// Returns the same as [`div_word`], for numbers that mostly have two words.
#[inline]
pub(crate) fn div_long(number: u128, divisor: NonZeroU64) -> (u128, u64) {
    let (high, low) = words(number);
    let (upper, rest) = div_low(high, divisor);
    let (lower, rest) = if divisor.get() >> 32 == 0 {
        // Two digits of 32 bits: the rest is below the divisor, so each quotient is below 2^32.
        let (first, rest) = div_low((rest << 32) | (low >> 32), divisor);
        let (second, rest) = div_low((rest << 32) | (low & 0xffff_ffff), divisor);
        ((first << 32) | second, rest)
    } else {
        let shift = leading_zeros(divisor.get());
        // The double shift avoids a shift by 64.
        let high = (rest << shift) | ((low >> 1) >> (63 ^ shift));
        let (quotient, rest) = div_wide(high, low << shift, divisor.get() << shift);
        (quotient, rest >> shift)
    };
    (join((upper, lower)), rest)
}

/// Returns `number · 2^64 / WHOLE`, rounded down, for a whole of at most 2^32: only words are divided, because 2^64 over the whole is known.
#[inline]
#[expect(clippy::arithmetic_side_effects, reason = "the whole is not zero")]
pub(crate) const fn over<const WHOLE: u64>(number: u64) -> u128 {
    const { assert!(0 < WHOLE && WHOLE <= 1 << 32) };
    // 2^64 = EACH · WHOLE + REST.
    let (each, rest) = const { (u64::MAX / WHOLE, u64::MAX % WHOLE + 1) };
    let (whole, part) = (number / WHOLE, number % WHOLE);
    // The part is below the whole and the rest at most the whole: the product is below 2^64, and so is the sum, which is part · 2^64 / WHOLE.
    join((whole, part.wrapping_mul(each).wrapping_add(part.wrapping_mul(rest) / WHOLE)))
}

/// Returns quotient and remainder of two words, by one machine division.
#[inline(always)]
fn div_low(number: u64, divisor: NonZeroU64) -> (u64, u64) {
    let quotient = number / divisor;
    // The quotient times the divisor is at most the number.
    (quotient, number.wrapping_sub(quotient.wrapping_mul(divisor.get())))
}

/// Returns `number / 2^shift`, rounded down, modulo 2^64, for a shift of 1 to 127.
#[inline(always)]
pub(crate) const fn shifted_word(number: i128, shift: u32) -> u64 {
    let (high, low) = words(number.cast_unsigned());
    if shift < 64 {
        (low >> shift) | ((high << 1) << (63 ^ shift))
    } else {
        (high.cast_signed() >> (shift & 63)).cast_unsigned()
    }
}

/// Returns the number of this size and sign; `None` where it does not fit.
#[inline]
pub(crate) const fn signed(negative: bool, size: u128) -> Option<i128> {
    let (high, low) = words(size);
    if high >> 63 == 0 {
        let number = size as i128;
        // The size is below 2^127, so its negation does not wrap.
        Some(if negative { number.wrapping_neg() } else { number })
    } else if negative && high == 1 << 63 && low == 0 {
        Some(i128::MIN)
    } else {
        None
    }
}

/// Returns `number · factor` of a signed number; `None` where it does not fit.
#[inline]
pub(crate) const fn times_signed(number: i128, factor: i64) -> Option<i128> {
    match times_word(number.unsigned_abs(), factor.unsigned_abs()) {
        Some(size) => signed((number < 0) != (factor < 0), size),
        None => None,
    }
}

/// Returns `a·2^64 / b` rounded down, for two non-negative 64.64 numbers; `None` when it reaches 2^127, and for a divisor of zero.
pub(crate) fn div_bits(a: u128, b: u128) -> Option<u128> {
    // Prices over prices, volatilities over factors: most quotients are below two.
    let (whole, rest) = if a < b {
        (0, a)
    } else if a.wrapping_sub(b) < b {
        (1, a.wrapping_sub(b))
    } else {
        let whole = a.checked_div(b)?;
        // The quotient times the divisor is at most the number.
        (whole, a.wrapping_sub(whole.wrapping_mul(b)))
    };
    let ((over, whole), (high, low)) = (words(whole), words(b));
    if over != 0 || whole >> 63 != 0 {
        return None;
    }
    let fraction = if high == 0 {
        // The rest is below the divisor, so it is one word.
        let zeros = leading_zeros(low);
        div_wide((rest as u64) << zeros, 0, low << zeros).0
    } else {
        fraction_by_two_words(words(rest), (high, low))
    };
    Some(join((whole, fraction)))
}

/// Returns `rest·2^64 / divisor` rounded down, for a rest below a divisor of two words, each as (high, low).
fn fraction_by_two_words(rest: (u64, u64), divisor: (u64, u64)) -> u64 {
    let zeros = leading_zeros(divisor.0);
    // The double shift avoids a shift by 64. The rest loses no bit, because it is below the divisor.
    let normal = |(high, low): (u64, u64)| ((high << zeros) | ((low >> 1) >> (63 ^ zeros)), low << zeros);
    let ((r1, r0), (d1, d0)) = (normal(rest), normal(divisor));
    // Dividing by the upper word alone gives a quotient that is at most two too large (Knuth). `left` is what it leaves of the rest.
    let (mut quotient, mut left) = if r1 < d1 {
        div_wide(r1, r0, d1)
    } else {
        let (left, wrapped) = r0.overflowing_add(d1);
        if wrapped {
            return u64::MAX;
        }
        (u64::MAX, left)
    };
    let mut taken = mul_wide(quotient, d0);
    while taken > (left, 0) {
        quotient = quotient.wrapping_sub(1);
        let wrapped;
        (left, wrapped) = left.overflowing_add(d1);
        if wrapped {
            break;
        }
        let (low, borrow) = taken.1.overflowing_sub(d0);
        taken = (taken.0.wrapping_sub(u64::from(borrow)), low);
    }
    quotient
}

#[cfg(test)]
mod tests;
