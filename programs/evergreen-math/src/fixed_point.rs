//! Multiplication, division and square roots of 64-bit mantissas, made for a 64-bit machine without a 128-bit
//! product, and [`Scaled`], the positive floating number in which option values are worked out.
//!
//! The Solana VM multiplies 64 × 64 → 64 bits only; a compiler's 128-bit product is a library call there. The
//! functions below use 32-bit halves and are inlined. They compute the same bits on every machine.
//!
//! `wrapping_*` throughout: each use is exact because its operands are bounded as the comment beside it says, or
//! it is meant modulo 2^64.

/// Lower half of a word.
const LOW: u64 = 0xffff_ffff;

/// The 128-bit product as (high, low).
#[inline(always)]
pub(crate) const fn mul_wide(a: u64, b: u64) -> (u64, u64) {
    let (a1, a0, b1, b0) = (a >> 32, a & LOW, b >> 32, b & LOW);
    let low = a0.wrapping_mul(b0);
    // (2^32 − 1)^2 + 2·(2^32 − 1) = 2^64 − 1: none of the sums wraps.
    let middle = a1.wrapping_mul(b0).wrapping_add(low >> 32);
    let cross = a0.wrapping_mul(b1).wrapping_add(middle & LOW);
    let high = a1.wrapping_mul(b1).wrapping_add(middle >> 32).wrapping_add(cross >> 32);
    (high, (cross << 32) | (low & LOW))
}

/// The high word of the product without the carry of its two lowest quarters: at most 3 below the exact high
/// word, non-decreasing in both arguments.
#[inline(always)]
pub(crate) const fn mul_high(a: u64, b: u64) -> u64 {
    let (a1, a0, b1, b0) = (a >> 32, a & LOW, b >> 32, b & LOW);
    // At most the exact high word: the sums do not wrap.
    a1.wrapping_mul(b1).wrapping_add(a1.wrapping_mul(b0) >> 32).wrapping_add(a0.wrapping_mul(b1) >> 32)
}

/// The high word of the product of a short number, below 2^32, with a word: at most one below the exact one,
/// non-decreasing in both arguments.
#[inline(always)]
pub(crate) const fn mul_high_short(short: u64, b: u64) -> u64 {
    short.wrapping_mul(b >> 32) >> 32
}

/// Leading zero bits; 64 for zero. (The VM has no such instruction; a binary search is half the price of the
/// compiler's population count.)
#[inline(always)]
pub(crate) const fn leading_zeros(mut x: u64) -> u32 {
    if x == 0 {
        return 64;
    }
    let mut zeros = 0u32;
    if x >> 32 == 0 {
        zeros = 32;
        x <<= 32;
    }
    if x >> 48 == 0 {
        zeros = zeros.wrapping_add(16);
        x <<= 16;
    }
    if x >> 56 == 0 {
        zeros = zeros.wrapping_add(8);
        x <<= 8;
    }
    if x >> 60 == 0 {
        zeros = zeros.wrapping_add(4);
        x <<= 4;
    }
    if x >> 62 == 0 {
        zeros = zeros.wrapping_add(2);
        x <<= 2;
    }
    if x >> 63 == 0 {
        zeros = zeros.wrapping_add(1);
    }
    zeros
}

/// `(high·2^64 + low) / divisor` and the remainder, for `high < divisor` and a divisor with its top bit set:
/// schoolbook division in two 32-bit digits. Outside those conditions the result is meaningless, never a panic.
#[inline]
pub(crate) const fn div_wide(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    let (upper, upper_rest) = div_digit(high, low >> 32, divisor);
    let (lower, rest) = div_digit(upper_rest, low & LOW, divisor);
    // Both digits are below 2^32.
    ((upper << 32).wrapping_add(lower), rest)
}

/// One 32-bit digit of a quotient: `(rest·2^32 + next) / divisor` and the remainder, for `rest < divisor`.
#[inline(always)]
const fn div_digit(rest: u64, next: u64, divisor: u64) -> (u64, u64) {
    let (d1, d0) = (divisor >> 32, divisor & LOW);
    // d1 ≥ 2^31 for a normalised divisor; any other divisor makes no sense here.
    let Some(mut digit) = rest.checked_div(d1) else { return (0, 0) };
    let mut over = rest.wrapping_sub(digit.wrapping_mul(d1));
    // Knuth's test: the guess is at most two too large.
    while digit > LOW || digit.wrapping_mul(d0) > ((over << 32) | next) {
        digit = digit.wrapping_sub(1);
        over = over.wrapping_add(d1);
        if over > LOW {
            break;
        }
    }
    // The true remainder is below 2^64: exact modulo 2^64.
    (digit, (rest << 32).wrapping_add(next).wrapping_sub(digit.wrapping_mul(divisor)))
}

/// The square root of `high·2^64 + low` rounded down, and the remainder, for `high ≥ 2^62`: one step of
/// Zimmermann's Karatsuba square root on top of a 32-bit root.
#[inline]
pub(crate) const fn sqrt_wide(high: u64, low: u64) -> (u64, u128) {
    let upper = high.isqrt();
    // At most 2·upper < 2^33, so the shifted numerator stays below 2^64.
    let upper_rest = high.wrapping_sub(upper.wrapping_mul(upper));
    let numerator = (upper_rest << 31) | (low >> 33);
    let Some(mut digit) = numerator.checked_div(upper) else { return (0, 0) };
    if digit > LOW {
        digit = LOW;
    }
    // At most 3·upper < 2^34.
    let rest = numerator.wrapping_sub(digit.wrapping_mul(upper));
    // n − (upper·2^32 + digit)²: below 2^68 and above −2^64.
    let taken = ((rest as i128) << 33) | ((low & 0x1_ffff_ffff) as i128);
    let remainder = taken.wrapping_sub(digit.wrapping_mul(digit) as i128);
    let root = (upper << 32).wrapping_add(digit);
    if remainder < 0 {
        let one_less = root.wrapping_sub(1);
        // n − (root − 1)² = n − root² + 2·root − 1, and the digit is never more than one too large.
        (one_less, remainder.wrapping_add(root as i128).wrapping_add(one_less as i128) as u128)
    } else {
        (root, remainder as u128)
    }
}

/// `a·b / 2^64` rounded down, for two non-negative 64.64 numbers; `None` when it exceeds 2^127.
pub(crate) fn mul_bits(a: u128, b: u128) -> Option<u128> {
    let (a1, a0) = words(a);
    let (b1, b0) = words(b);
    let mut product = u128::from(mul_wide(a0, b0).0);
    if a1 != 0 {
        product = product.checked_add(join(mul_wide(a1, b0)))?;
    }
    if b1 != 0 {
        product = product.checked_add(join(mul_wide(a0, b1)))?;
    }
    if a1 != 0 && b1 != 0 {
        let (over, whole) = mul_wide(a1, b1);
        if over != 0 {
            return None;
        }
        product = product.checked_add(join((whole, 0)))?;
    }
    if product >> 127 == 0 { Some(product) } else { None }
}

/// The (high, low) words of a number.
#[inline(always)]
pub(crate) const fn words(bits: u128) -> (u64, u64) {
    ((bits >> 64) as u64, bits as u64)
}

/// The number of two words.
#[inline(always)]
pub(crate) const fn join((high, low): (u64, u64)) -> u128 {
    ((high as u128) << 64) | low as u128
}

/// A non-negative number `mantissa · 2^exponent`, the mantissa zero or with its top bit set.
///
/// Every operation rounds down; a product, quotient, sum or root is at most 4 units of the mantissa below the
/// exact result, a relative error of 2^−61. Exponents of option values stay within ±20,000: sums of them do not
/// wrap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Scaled {
    pub(crate) mantissa: u64,
    pub(crate) exponent: i32,
}

impl Scaled {
    pub(crate) const ZERO: Self = Self { mantissa: 0, exponent: 0 };
    pub(crate) const ONE: Self = Self { mantissa: 1 << 63, exponent: -63 };

    /// `value · 2^exponent`.
    #[inline]
    pub(crate) const fn new(value: u64, exponent: i32) -> Self {
        if value == 0 {
            return Self::ZERO;
        }
        let zeros = leading_zeros(value);
        Self { mantissa: value << zeros, exponent: exponent.wrapping_sub(zeros as i32) }
    }

    /// A non-negative 64.64 number, cut to 64 significant bits.
    #[inline]
    pub(crate) const fn from_bits(bits: u128) -> Self {
        let (high, low) = words(bits);
        if high == 0 {
            return Self::new(low, -64);
        }
        let zeros = leading_zeros(high);
        // zeros ≤ 63; the double shift avoids a shift by 64.
        let mantissa = (high << zeros) | ((low >> 1) >> (63 ^ zeros));
        Self { mantissa, exponent: 0i32.wrapping_sub(zeros as i32) }
    }

    /// The 64.64 number, rounded down; `None` from 2^63 on.
    #[inline]
    pub(crate) const fn to_bits(self) -> Option<u128> {
        let shift = self.exponent.wrapping_add(64);
        if shift <= -64 || self.mantissa == 0 {
            Some(0)
        } else if shift < 0 {
            Some((self.mantissa >> shift.unsigned_abs()) as u128)
        } else if shift <= 63 {
            // The double shift avoids a shift by 64.
            Some(join(((self.mantissa >> 1) >> (63 ^ shift), self.mantissa << shift)))
        } else {
            None
        }
    }

    /// Product.
    #[inline]
    pub(crate) const fn mul(self, other: Self) -> Self {
        if self.mantissa == 0 || other.mantissa == 0 {
            return Self::ZERO;
        }
        let high = mul_high(self.mantissa, other.mantissa);
        let exponent = self.exponent.wrapping_add(other.exponent);
        // Both factors ≥ 2^63: the product's high word is at least 2^62.
        if high >> 63 == 1 {
            Self { mantissa: high, exponent: exponent.wrapping_add(64) }
        } else {
            Self { mantissa: high << 1, exponent: exponent.wrapping_add(63) }
        }
    }

    /// Quotient; zero for a zero divisor (which callers exclude).
    #[inline]
    pub(crate) const fn div(self, other: Self) -> Self {
        if self.mantissa == 0 || other.mantissa == 0 {
            return Self::ZERO;
        }
        let exponent = self.exponent.wrapping_sub(other.exponent);
        if self.mantissa < other.mantissa {
            let (mantissa, _) = div_wide(self.mantissa, 0, other.mantissa);
            Self { mantissa, exponent: exponent.wrapping_sub(64) }
        } else {
            let (mantissa, _) = div_wide(self.mantissa >> 1, self.mantissa << 63, other.mantissa);
            Self { mantissa, exponent: exponent.wrapping_sub(63) }
        }
    }

    /// Sum.
    #[inline]
    pub(crate) const fn add(self, other: Self) -> Self {
        let (large, small) = if self.exponent >= other.exponent { (self, other) } else { (other, self) };
        if small.mantissa == 0 {
            return large;
        }
        if large.mantissa == 0 {
            return small;
        }
        let shift = large.exponent.wrapping_sub(small.exponent).unsigned_abs();
        let aligned = if shift > 63 { 0 } else { small.mantissa >> shift };
        let (sum, carry) = large.mantissa.overflowing_add(aligned);
        if carry {
            Self { mantissa: (sum >> 1) | (1 << 63), exponent: large.exponent.wrapping_add(1) }
        } else {
            Self { mantissa: sum, exponent: large.exponent }
        }
    }

    /// Difference; zero when `other` is the larger one.
    #[inline]
    pub(crate) const fn sub(self, other: Self) -> Self {
        if other.mantissa == 0 {
            return self;
        }
        let shift = self.exponent.wrapping_sub(other.exponent);
        if shift < 0 {
            return Self::ZERO;
        }
        let aligned = if shift > 63 { 0 } else { other.mantissa >> shift };
        Self::new(self.mantissa.saturating_sub(aligned), self.exponent)
    }

    /// Square root.
    #[inline]
    pub(crate) const fn sqrt(self) -> Self {
        if self.mantissa == 0 {
            return Self::ZERO;
        }
        if self.exponent & 1 == 0 {
            let (mantissa, _) = sqrt_wide(self.mantissa, 0);
            Self { mantissa, exponent: self.exponent.wrapping_sub(64) >> 1 }
        } else {
            let (mantissa, _) = sqrt_wide(self.mantissa >> 1, self.mantissa << 63);
            Self { mantissa, exponent: self.exponent.wrapping_sub(63) >> 1 }
        }
    }

    /// Half of it.
    #[inline(always)]
    pub(crate) const fn half(self) -> Self {
        Self { mantissa: self.mantissa, exponent: self.exponent.wrapping_sub(1) }
    }

    /// The number in units of 2^−64, rounded down; `u64::MAX` from one on.
    #[inline]
    pub(crate) const fn fraction(self) -> u64 {
        let shift = self.exponent.wrapping_add(64);
        if shift > 0 {
            if self.mantissa == 0 { 0 } else { u64::MAX }
        } else if shift > -64 {
            self.mantissa >> shift.unsigned_abs()
        } else {
            0
        }
    }

    /// `self · factor` as a plain 64-bit number rounded down; `u64::MAX` when it does not fit.
    #[inline]
    pub(crate) const fn times(self, factor: u64) -> u64 {
        let (high, low) = mul_wide(self.mantissa, factor);
        if self.exponent >= 0 {
            return if high == 0 && low == 0 { 0 } else { u64::MAX };
        }
        let shift = self.exponent.unsigned_abs();
        if shift < 64 {
            if high >> shift != 0 {
                return u64::MAX;
            }
            // The double shift avoids a shift by 64.
            ((high << 1) << (63 ^ shift)) | (low >> shift)
        } else if shift < 128 {
            high >> (shift & 63)
        } else {
            0
        }
    }
}
