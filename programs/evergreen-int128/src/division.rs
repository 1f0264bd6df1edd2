//! Division in 32-bit digits, as taught in school.

use core::num::NonZeroU64;

use crate::{DIGIT, halves, join, multiplication::widening};

/// Quotient and remainder of `number / divisor`.
///
/// For a divisor of zero, which Rust never lets through, the quotient is zero and the remainder the number.
///
/// ```
/// assert_eq!(evergreen_int128::divide(43, 6), (7, 1));
/// assert_eq!(evergreen_int128::divide(u128::MAX, 1 << 64), (u64::MAX as u128, u64::MAX as u128));
/// ```
#[inline(always)]
pub fn divide(number: u128, divisor: u128) -> (u128, u128) {
    let (n_high, n_low) = halves(number);
    let (d_high, d_low) = halves(divisor);
    if d_high != 0 {
        let (quotient, r_high, r_low) = by_two_words(n_high, n_low, d_high, d_low);
        return (quotient as u128, join(r_high, r_low));
    }
    let Some(divisor) = NonZeroU64::new(d_low) else {
        return (0, number);
    };
    if n_high == 0 {
        let (quotient, remainder) = word(n_low, divisor);
        return (quotient as u128, remainder as u128);
    }
    let (q_high, rest) = word(n_high, divisor);
    let (q_low, remainder) =
        if d_low >> 32 == 0 { by_digit(rest, n_low, divisor) } else { by_word(rest, n_low, d_low) };
    (join(q_high, q_low), remainder as u128)
}

/// Quotient and remainder of `number / divisor`, rounded towards zero. The remainder has the sign of the number.
///
/// The one overflow wraps, as the routines' callers expect: `i128::MIN / -1` is `i128::MIN`.
///
/// ```
/// assert_eq!(evergreen_int128::divide_signed(-43, 6), (-7, -1));
/// assert_eq!(evergreen_int128::divide_signed(43, -6), (-7, 1));
/// ```
#[inline(always)]
pub fn divide_signed(number: i128, divisor: i128) -> (i128, i128) {
    let (quotient, remainder) = divide(number.unsigned_abs(), divisor.unsigned_abs());
    let (quotient, remainder) = (quotient as i128, remainder as i128);
    (
        if (number < 0) == (divisor < 0) { quotient } else { quotient.wrapping_neg() },
        if number < 0 { remainder.wrapping_neg() } else { remainder },
    )
}

/// One division of the machine. The remainder comes from the quotient: cheaper than dividing a second time.
///
/// A divisor that is known not to be zero spares the test and the code that panics.
#[inline(always)]
fn word(number: u64, divisor: NonZeroU64) -> (u64, u64) {
    let quotient = number / divisor;
    let taken = quotient.wrapping_mul(divisor.get());
    (quotient, number.wrapping_sub(taken))
}

/// `(high, low) / divisor` for `high < divisor < 2^32`: two digits, no corrections.
#[inline(always)]
fn by_digit(high: u64, low: u64, divisor: NonZeroU64) -> (u64, u64) {
    let (upper, rest) = word((high << 32) | (low >> 32), divisor);
    let (lower, rest) = word((rest << 32) | (low & DIGIT), divisor);
    ((upper << 32) | lower, rest)
}

/// `(high, low) / divisor` for `high < divisor` and `divisor >= 2^32`.
#[inline(always)]
fn by_word(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    let shift = leading_zeros(divisor);
    let (high, low) = shift_left(high, low, shift);
    let (quotient, remainder) = by_normal_word(high, low, divisor.wrapping_shl(shift));
    (quotient, remainder.wrapping_shr(shift))
}

/// `(high, low) / divisor` for `high < divisor` and a divisor whose highest bit is set.
#[inline(always)]
fn by_normal_word(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    let (upper, rest) = next_digit(high, low >> 32, divisor);
    let (lower, rest) = next_digit(rest, low & DIGIT, divisor);
    ((upper << 32) | lower, rest)
}

/// The next 32-bit digit of a quotient, and what remains: `(rest * 2^32 + digit) / divisor` for `rest < divisor`.
#[inline(always)]
fn next_digit(rest: u64, digit: u64, divisor: u64) -> (u64, u64) {
    let (d1, d0) = (divisor >> 32, divisor & DIGIT);
    // SAFETY: the highest bit of the divisor is set, so its upper half is not zero.
    let d1 = unsafe { NonZeroU64::new_unchecked(d1) };
    // Dividing by the upper half alone gives a digit that is at most two too large.
    let (mut guess, mut over) = word(rest, d1);
    while guess > DIGIT || guess.wrapping_mul(d0) > (over << 32 | digit) {
        guess = guess.wrapping_sub(1);
        over = over.wrapping_add(d1.get());
        if over > DIGIT {
            break;
        }
    }
    let taken = guess.wrapping_mul(divisor);
    (guess, (rest << 32 | digit).wrapping_sub(taken))
}

/// Quotient and remainder for a divisor of more than 64 bits; the quotient has at most 64.
#[inline(always)]
fn by_two_words(n_high: u64, n_low: u64, d_high: u64, d_low: u64) -> (u64, u64, u64) {
    if less(n_high, n_low, d_high, d_low) {
        return (0, n_high, n_low);
    }
    let shift = leading_zeros(d_high);
    // The number is halved, so that its upper word is less than the normalised divisor's.
    let (divisor, _) = shift_left(d_high, d_low, shift);
    let (guess, _) = by_normal_word(n_high >> 1, (n_high << 63) | (n_low >> 1), divisor);
    // The guess ignores the lower bits of the divisor: it is right or one too large. Taking one off first keeps
    // the remainder from becoming negative.
    let mut quotient = guess.wrapping_shr(63 ^ shift).saturating_sub(1);
    let (p_high, p_low) = widening(quotient, d_low);
    let p_high = p_high.wrapping_add(quotient.wrapping_mul(d_high));
    let (mut r_high, mut r_low) = subtract(n_high, n_low, p_high, p_low);
    if !less(r_high, r_low, d_high, d_low) {
        quotient = quotient.wrapping_add(1);
        (r_high, r_low) = subtract(r_high, r_low, d_high, d_low);
    }
    (quotient, r_high, r_low)
}

/// Zero bits above the highest one of a number that is not zero. The machine has no instruction for it.
#[inline(always)]
fn leading_zeros(mut number: u64) -> u32 {
    let mut zeros = 0;
    if number >> 32 == 0 {
        zeros = 32;
        number <<= 32;
    }
    if number >> 48 == 0 {
        zeros |= 16;
        number <<= 16;
    }
    if number >> 56 == 0 {
        zeros |= 8;
        number <<= 8;
    }
    if number >> 60 == 0 {
        zeros |= 4;
        number <<= 4;
    }
    if number >> 62 == 0 {
        zeros |= 2;
        number <<= 2;
    }
    if number >> 63 == 0 {
        zeros |= 1;
    }
    zeros
}

/// `(high, low) << shift` for `shift < 64`, without the bits that leave at the top.
#[inline(always)]
fn shift_left(high: u64, low: u64, shift: u32) -> (u64, u64) {
    // In two steps, as a shift by 64 is not defined.
    let carried = (low >> 1).wrapping_shr(63 ^ shift);
    (high.wrapping_shl(shift) | carried, low.wrapping_shl(shift))
}

#[inline(always)]
fn less(a_high: u64, a_low: u64, b_high: u64, b_low: u64) -> bool {
    a_high < b_high || (a_high == b_high && a_low < b_low)
}

#[inline(always)]
fn subtract(a_high: u64, a_low: u64, b_high: u64, b_low: u64) -> (u64, u64) {
    let (low, borrow) = a_low.overflowing_sub(b_low);
    let high = a_high.wrapping_sub(b_high);
    (high.wrapping_sub(borrow as u64), low)
}
