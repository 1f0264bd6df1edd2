//! Multiplication, division and square roots of 64-bit mantissas, made for a 64-bit machine without a 128-bit
//! product, and [`Scaled`], the non-negative floating number in which option values are computed.
//!
//! The Solana VM multiplies 64 × 64 → 64 bits only; a compiler's 128-bit product is a library call there. The
//! functions below use 32-bit halves and are inlined. They compute the same bits on every machine.
//!
//! The arithmetic is `wrapping_*` throughout: each use is exact because its operands are bounded as the comment beside
//! it says, or it is meant modulo 2^64.

/// Lower half of a word.
const LOW: u64 = 0xffff_ffff;

/// Returns the 128-bit product as (high, low).
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

/// Returns the same for a number below 2^32, by two products instead of four.
#[inline(always)]
pub(crate) const fn mul_wide_short(short: u64, b: u64) -> (u64, u64) {
    let low = short.wrapping_mul(b & LOW);
    // (2^32 − 1)^2 + 2^32 − 1 < 2^64: the sum does not wrap.
    let upper = short.wrapping_mul(b >> 32).wrapping_add(low >> 32);
    (upper >> 32, (upper << 32) | (low & LOW))
}

/// Returns the high word of the product without the carries of its lower parts: at most 3 below the exact high word, and
/// non-decreasing in both arguments.
#[inline(always)]
pub(crate) const fn mul_high(a: u64, b: u64) -> u64 {
    let (a1, a0, b1, b0) = (a >> 32, a & LOW, b >> 32, b & LOW);
    // The result is at most the exact high word, so the sums do not wrap.
    a1.wrapping_mul(b1).wrapping_add(a1.wrapping_mul(b0) >> 32).wrapping_add(a0.wrapping_mul(b1) >> 32)
}

/// Returns the high word of the product of a short number, below 2^32, with a word: at most one below the exact one, and
/// non-decreasing in both arguments.
#[inline(always)]
pub(crate) const fn mul_high_short(short: u64, b: u64) -> u64 {
    short.wrapping_mul(b >> 32) >> 32
}

/// Returns the same for a number below 2^36: at most 2^4 below the exact high word.
#[inline(always)]
pub(crate) const fn mul_high_medium(medium: u64, b: u64) -> u64 {
    (medium >> 4).wrapping_mul(b >> 32) >> 28
}

/// Returns the product of the upper halves: at most 2^33 below the exact high word.
#[inline(always)]
pub(crate) const fn mul_high_coarse(a: u64, b: u64) -> u64 {
    (a >> 32).wrapping_mul(b >> 32)
}

/// A multiplier whose product with each of the 64 numbers `u64::MAX >> n` has different top six bits.
const DE_BRUIJN: u64 = 0x03f7_9d71_b4cb_0a89;

/// The n of each of those numbers; the index is those six bits.
const ZEROS: [u8; 64] = {
    let mut table = [0; 64];
    let mut n = 0;
    while n < 64 {
        table[((u64::MAX >> n).wrapping_mul(DE_BRUIJN) >> 58) as usize] = n as u8;
        n += 1;
    }
    table
};

/// Returns the number of leading zero bits of a number that is not zero; the result for zero is meaningless but below 64.
/// The VM has no such instruction, and this costs a third of the usual substitute.
#[inline(always)]
pub(crate) const fn leading_zeros(x: u64) -> u32 {
    let x = x | (x >> 1);
    let x = x | (x >> 2);
    let x = x | (x >> 4);
    let x = x | (x >> 8);
    let x = x | (x >> 16);
    let x = x | (x >> 32);
    // The product is meant modulo 2^64; its top six bits are below 64.
    ZEROS[(x.wrapping_mul(DE_BRUIJN) >> 58) as usize] as u32
}

/// Returns `(high·2^64 + low) / divisor` and the remainder, for `high < divisor` and a divisor with its top bit set:
/// schoolbook division in two 32-bit digits. Outside those conditions
/// the result is meaningless, but the function does not panic.
#[inline]
pub(crate) const fn div_wide(high: u64, low: u64, divisor: u64) -> (u64, u64) {
    let (upper, upper_rest) = div_digit(high, low >> 32, divisor);
    let (lower, rest) = div_digit(upper_rest, low & LOW, divisor);
    // Both digits are below 2^32.
    ((upper << 32).wrapping_add(lower), rest)
}

/// Returns one 32-bit digit of a quotient: `(rest·2^32 + next) / divisor` and the remainder, for `rest < divisor`.
#[inline(always)]
const fn div_digit(rest: u64, next: u64, divisor: u64) -> (u64, u64) {
    let (d1, d0) = (divisor >> 32, divisor & LOW);
    // d1 ≥ 2^31 for a normalised divisor; the result for any other divisor is meaningless.
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
    // The true remainder is below 2^64, so it is exact modulo 2^64.
    (digit, (rest << 32).wrapping_add(next).wrapping_sub(digit.wrapping_mul(divisor)))
}

/// 16·√(n + ½) rounded down for 64 ≤ n < 256, where n + ½ is the middle of the numbers whose top byte is n.
const ROOTS: [u8; 192] = {
    let mut table = [0; 192];
    let mut n = 64u32;
    while n < 256 {
        // 16·√(n + ½) < 2^8.
        table[(n - 64) as usize] = (256 * n + 128).isqrt() as u8;
        n += 1;
    }
    table
};

/// Returns the square root of a number of at least 2^62, rounded down.
#[inline(always)]
const fn root_of_word(x: u64) -> u64 {
    // The guess has six good bits and each of Newton's steps doubles them.
    let place = ((x >> 56) as usize).saturating_sub(64);
    let guess = ((if place < 192 { ROOTS[place] } else { 0 }) as u64) << 24;
    let guess = newton(x, newton(x, newton(x, guess)));
    // The last step ends at the root or one above it.
    let guess = if guess > LOW { LOW } else { guess };
    if guess.wrapping_mul(guess) > x { guess.wrapping_sub(1) } else { guess }
}

/// Makes one of Newton's steps toward the root of x: guess and quotient are both below 2^63.
#[inline(always)]
const fn newton(x: u64, guess: u64) -> u64 {
    match x.checked_div(guess) {
        Some(quotient) => guess.wrapping_add(quotient) >> 1,
        None => 0,
    }
}

/// Returns the square root of `high·2^64 + low` rounded down, and the remainder, for `high ≥ 2^62`: one step of
/// Zimmermann's Karatsuba square root on top of a 32-bit root.
#[inline]
pub(crate) const fn sqrt_wide(high: u64, low: u64) -> (u64, u128) {
    let upper = root_of_word(high);
    // The rest is at most 2·upper < 2^33, so the shifted numerator stays below 2^64.
    let upper_rest = high.wrapping_sub(upper.wrapping_mul(upper));
    let numerator = (upper_rest << 31) | (low >> 33);
    let Some(mut digit) = numerator.checked_div(upper) else { return (0, 0) };
    if digit > LOW {
        digit = LOW;
    }
    // The rest is at most 3·upper < 2^34.
    let rest = numerator.wrapping_sub(digit.wrapping_mul(upper));
    // The remainder n − (upper·2^32 + digit)² is below 2^68 and above −2^64.
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

/// Returns `a·b / 2^64` rounded down, for two non-negative 64.64 numbers; `None` when it reaches 2^127.
pub(crate) const fn mul_bits(a: u128, b: u128) -> Option<u128> {
    let ((a1, a0), (b1, b0)) = (words(a), words(b));
    // Words that are zero are common: whole dollars, ratios below one.
    let (mut high, mut low) = if a1 == 0 || b0 == 0 { (0, 0) } else { mul_wide(a1, b0) };
    if a0 != 0 {
        let (middle, carry) = low.overflowing_add(if b0 == 0 { 0 } else { mul_wide(a0, b0).0 });
        let (cross_high, cross_low) = if b1 == 0 { (0, 0) } else { mul_wide(a0, b1) };
        let (sum, second_carry) = middle.overflowing_add(cross_low);
        low = sum;
        // The two high words are below 2^64 − 1 each and their sum with both carries may not fit.
        let Some(sum) = high.checked_add(cross_high) else { return None };
        let Some(sum) = sum.checked_add((carry as u64).wrapping_add(second_carry as u64)) else { return None };
        high = sum;
    }
    if a1 != 0 && b1 != 0 {
        let (over, whole) = mul_wide(a1, b1);
        let Some(sum) = high.checked_add(whole) else { return None };
        if over != 0 {
            return None;
        }
        high = sum;
    }
    if high >> 63 == 0 { Some(join((high, low))) } else { None }
}

/// Returns the (high, low) words of a number.
#[inline(always)]
pub(crate) const fn words(bits: u128) -> (u64, u64) {
    ((bits >> 64) as u64, bits as u64)
}

/// Returns the number of these (high, low) words.
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
    pub(crate) exponent: i64,
}

impl Scaled {
    pub(crate) const ZERO: Self = Self { mantissa: 0, exponent: 0 };
    pub(crate) const ONE: Self = Self { mantissa: 1 << 63, exponent: -63 };

    /// Returns `value · 2^exponent`.
    #[inline]
    pub(crate) const fn new(value: u64, exponent: i64) -> Self {
        if value == 0 {
            return Self::ZERO;
        }
        let zeros = leading_zeros(value);
        Self { mantissa: value << zeros, exponent: exponent.wrapping_sub(zeros as i64) }
    }

    /// Returns a non-negative 64.64 number, cut to 64 significant bits.
    #[inline]
    pub(crate) const fn from_bits(bits: u128) -> Self {
        Self::from_words(words(bits))
    }

    /// Returns `high + low·2^−64`, cut to 64 significant bits.
    #[inline]
    pub(crate) const fn from_words((high, low): (u64, u64)) -> Self {
        if high == 0 {
            return Self::new(low, -64);
        }
        let zeros = leading_zeros(high);
        // zeros ≤ 63; the double shift avoids a shift by 64.
        let mantissa = (high << zeros) | ((low >> 1) >> (63 ^ zeros));
        Self { mantissa, exponent: 0i64.wrapping_sub(zeros as i64) }
    }

    /// Returns `self · 2^power`.
    #[inline(always)]
    pub(crate) const fn times_power(self, power: i64) -> Self {
        Self { mantissa: self.mantissa, exponent: self.exponent.wrapping_add(power) }
    }

    /// Returns the 64.64 number, rounded down; `None` from 2^63 on.
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

    /// Returns the product.
    #[inline]
    pub(crate) const fn mul(self, other: Self) -> Self {
        let high = mul_high(self.mantissa, other.mantissa);
        let exponent = self.exponent.wrapping_add(other.exponent);
        // Both factors ≥ 2^63: the product's high word is at least 2^62. If one is zero, so is the result.
        if high >> 63 == 1 {
            Self { mantissa: high, exponent: exponent.wrapping_add(64) }
        } else {
            Self { mantissa: high << 1, exponent: exponent.wrapping_add(63) }
        }
    }

    /// Returns the quotient; the result for a zero divisor, which callers exclude, is meaningless.
    #[inline]
    pub(crate) const fn div(self, other: Self) -> Self {
        let exponent = self.exponent.wrapping_sub(other.exponent);
        if self.mantissa < other.mantissa {
            let (mantissa, _) = div_wide(self.mantissa, 0, other.mantissa);
            Self { mantissa, exponent: exponent.wrapping_sub(64) }
        } else {
            let (mantissa, _) = div_wide(self.mantissa >> 1, self.mantissa << 63, other.mantissa);
            Self { mantissa, exponent: exponent.wrapping_sub(63) }
        }
    }

    /// Returns `self + 1`, for a number between 1 and 2^63.
    #[inline]
    pub(crate) const fn add_one(self) -> Self {
        let (sum, carry) = self.mantissa.overflowing_add(self.one());
        if carry {
            Self { mantissa: (sum >> 1) | (1 << 63), exponent: self.exponent.wrapping_add(1) }
        } else {
            Self { mantissa: sum, exponent: self.exponent }
        }
    }

    /// Returns the square root.
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

    /// Returns `(self + 1)/2` of a number between 1 and 2^63. The mantissa may have leading zeros, which [`Self::times`]
    /// accepts.
    #[inline]
    pub(crate) const fn half_of_one_more(self) -> Self {
        // The sum of half a mantissa and at most 2^62 does not wrap.
        Self { mantissa: (self.mantissa >> 1).wrapping_add(self.one() >> 1), exponent: self.exponent }
    }

    /// Returns `(self − 1)/2` of a number between 1 and 2^63. The mantissa may have leading zeros here too.
    #[inline]
    pub(crate) const fn half_of_one_less(self) -> Self {
        Self { mantissa: self.mantissa.saturating_sub(self.one()), exponent: self.exponent.wrapping_sub(1) }
    }

    /// Returns one in units of the mantissa of a number between 1 and 2^63, whose exponent lies between −63 and −1.
    #[inline(always)]
    const fn one(self) -> u64 {
        1 << (self.exponent.wrapping_neg() & 63)
    }

    /// Returns the number in units of 2^−64, rounded down; `u64::MAX` from one on.
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

    /// Returns `self · factor` as a plain 64-bit number rounded down; `u64::MAX` when it does not fit.
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
