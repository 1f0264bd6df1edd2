//! Multiplication from 32-bit pieces.

use crate::{DIGIT, halves, join, opaque};

/// `a * b` modulo 2^128; correct for signed numbers in two's complement as well.
///
/// ```
/// assert_eq!(evergreen_int128::multiply(7, 6), 42);
/// assert_eq!(evergreen_int128::multiply(u128::MAX, 2), u128::MAX.wrapping_mul(2));
/// ```
#[inline(always)]
pub fn multiply(a: u128, b: u128) -> u128 {
    let ((a_high, a_low), (b_high, b_low)) = (halves(a), halves(b));
    // Most factors are small: one multiplication does.
    if a_high | b_high == 0 && (a_low | b_low) >> 32 == 0 {
        return a_low.wrapping_mul(b_low) as u128;
    }
    let (high, low) = widening(a_low, b_low);
    let cross = a_high.wrapping_mul(b_low).wrapping_add(a_low.wrapping_mul(b_high));
    join(high.wrapping_add(cross), low)
}

/// The full product of two 64-bit numbers, as high and low half.
#[inline(always)]
pub(crate) fn widening(a: u64, b: u64) -> (u64, u64) {
    // Without the veil LLVM finds out what is computed here, and calls `__multi3` for it.
    let a1 = opaque(a >> 32);
    let a0 = a & DIGIT;
    let (b1, b0) = (b >> 32, b & DIGIT);
    // None of the sums overflows: (2^32 - 1)^2 + 2 * (2^32 - 1) = 2^64 - 1.
    let first = a1.wrapping_mul(b0).wrapping_add(a0.wrapping_mul(b0) >> 32);
    let second = a0.wrapping_mul(b1).wrapping_add(first & DIGIT);
    let high = a1.wrapping_mul(b1).wrapping_add(first >> 32).wrapping_add(second >> 32);
    (high, a.wrapping_mul(b))
}
