//! Units as types: an amount of one unit cannot be used where another is meant.
//!
//! | type | unit | stored as |
//! | --- | --- | --- |
//! | [`Points`] | option size; one point pays 10^−e native units per dollar | `i64`, long positive |
//! | [`Native`], [`NativeDelta`] | smallest unit of the collateral token | `u64`, `i64` |
//! | [`Dollars`] | US dollars of an index, strike or option value | 64.64 fixed point |
//! | [`Ratio`] | a pure number: volatility per √year, cap ratio, share | 64.64 fixed point |
//! | [`BasisPoints`] | 1/10,000 | `u16` |
//! | [`Seconds`], [`UnixTime`] | a span, a moment | `u32`, `i64` |
//! | [`PointScale`] | the pool's exponent e | `u8` |
//!
//! All arithmetic is checked. Where a result is not exact, the caller names the [`Rounding`] or the function says its own.

use crate::error::{MathError, MathResult};
use crate::fixed_point::{join, mul_bits, mul_wide, mul_wide_short, words};
use crate::wide::{div_bits, div_long, div_word, over, signed, times_signed};
use core::num::NonZeroU64;
use fixed::types::I64F64;

/// The direction of a rounding on the number line, whatever the sign of the amount.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Toward −∞; it serves for what a user receives, a signed change of the user's balance.
    Floor,
    /// Toward +∞; it serves for what a user owes.
    Ceil,
}

macro_rules! checked_integer {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// The amount zero.
            pub const ZERO: Self = Self(0);
            /// The largest representable amount.
            pub const MAX: Self = Self(<$inner>::MAX);

            /// Adds two amounts. Errors: `Overflow`.
            pub fn checked_add(self, other: Self) -> MathResult<Self> {
                self.0.checked_add(other.0).map(Self).ok_or(MathError::Overflow)
            }

            /// Subtracts an amount. Errors: `Overflow`, also for an unsigned difference below zero.
            pub fn checked_sub(self, other: Self) -> MathResult<Self> {
                self.0.checked_sub(other.0).map(Self).ok_or(MathError::Overflow)
            }

            /// Returns whether the amount is zero.
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
        }
    };
}

checked_integer! {
    /// Signed size of an option position: positive if bought, negative if written. One point pays 10^−e native units
    /// per dollar, where `e` is the pool's [`PointScale`].
    Points(i64)
}
checked_integer! {
    /// An amount of the collateral token, in native units.
    Native(u64)
}
checked_integer! {
    /// A signed change or balance of the collateral token, in native units.
    NativeDelta(i64)
}
checked_integer! {
    /// A share of something in 1/10,000.
    BasisPoints(u16)
}
checked_integer! {
    /// A span of time in seconds.
    Seconds(u32)
}
checked_integer! {
    /// A moment, in seconds since 1970-01-01 00:00 UTC.
    UnixTime(i64)
}

impl Points {
    /// Returns the size without its sign. Errors: `Overflow` for the most negative size.
    pub fn size(self) -> MathResult<Self> {
        self.0.checked_abs().map(Self).ok_or(MathError::Overflow)
    }

    /// Returns the position of the opposite sign. Errors: `Overflow` for the most negative size.
    pub fn checked_neg(self) -> MathResult<Self> {
        self.0.checked_neg().map(Self).ok_or(MathError::Overflow)
    }

    /// Returns whether the position is written (negative).
    pub const fn is_short(self) -> bool {
        self.0 < 0
    }
}

impl Native {
    /// Returns the same amount as a positive change. Errors: `Overflow` above `i64::MAX`.
    pub fn to_delta(self) -> MathResult<NativeDelta> {
        i64::try_from(self.0).map(NativeDelta).map_err(|_| MathError::Overflow)
    }

    /// Returns this balance after a signed change. Errors: `Overflow` when the balance would be negative or too large.
    pub fn checked_apply(self, change: NativeDelta) -> MathResult<Self> {
        self.0.checked_add_signed(change.0).map(Self).ok_or(MathError::Overflow)
    }

    /// Returns `self · numerator / denominator`, rounded once as asked; the product has 128 bits. Errors: `DivisionByZero`, `Overflow`.
    #[inline(never)]
    pub fn mul_div(self, numerator: u64, denominator: u64, rounding: Rounding) -> MathResult<Self> {
        let denominator = NonZeroU64::new(denominator).ok_or(MathError::DivisionByZero)?;
        let (quotient, rest) = div_word(join(mul_wide(self.0, numerator)), denominator);
        let quotient = u64::try_from(quotient).map_err(|_| MathError::Overflow)?;
        let up = rounding == Rounding::Ceil && rest != 0;
        quotient.checked_add(u64::from(up)).map(Self).ok_or(MathError::Overflow)
    }

    /// Returns `self · share`, rounded as asked. Errors: `Overflow`.
    pub fn share(self, share: BasisPoints, rounding: Rounding) -> MathResult<Self> {
        const WHOLE: u64 = BasisPoints::ONE_U64;
        let (wholes, rest, share) = (self.0 / WHOLE, self.0 % WHOLE, u64::from(share.0));
        if wholes >> 48 != 0 {
            return self.mul_div(share, WHOLE, rounding);
        }
        // A share is below 2^16, so both products fit. The first has no rest, so the second one's is that of the whole product.
        let (of_wholes, of_rest) = (wholes.wrapping_mul(share), rest.wrapping_mul(share));
        let up = rounding == Rounding::Ceil && of_rest % WHOLE != 0;
        let of_rest = (of_rest / WHOLE).wrapping_add(u64::from(up));
        of_wholes.checked_add(of_rest).map(Self).ok_or(MathError::Overflow)
    }
}

impl NativeDelta {
    /// Returns the change of the opposite sign. Errors: `Overflow` for the most negative one.
    pub fn checked_neg(self) -> MathResult<Self> {
        self.0.checked_neg().map(Self).ok_or(MathError::Overflow)
    }

    /// Returns the positive part as an amount, or zero for a negative change.
    pub const fn positive_part(self) -> Native {
        if self.0 > 0 { Native(self.0.unsigned_abs()) } else { Native::ZERO }
    }

    /// Returns the negative part as an amount, or zero for a positive change.
    pub const fn negative_part(self) -> Native {
        if self.0 < 0 { Native(self.0.unsigned_abs()) } else { Native::ZERO }
    }

    /// Returns whether the change is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl BasisPoints {
    /// 100 %.
    pub const ONE: Self = Self(10_000);
    /// 100 % as the divisor of a share.
    pub const ONE_U64: u64 = 10_000;

    /// Returns the share as a pure number, rounded down by less than 2^−64.
    #[inline(never)]
    pub fn to_ratio(self) -> Ratio {
        // 65,535 · 2^64 < 2^80: nothing is cut.
        Ratio(I64F64::from_bits(over::<{ Self::ONE_U64 }>(u64::from(self.0)) as i128))
    }
}

impl Seconds {
    /// One hour.
    pub const HOUR: Self = Self(3_600);
    /// One day.
    pub const DAY: Self = Self(86_400);
    /// The year of the option formulas: 365 days.
    pub const YEAR: Self = Self(31_536_000);
}

impl UnixTime {
    /// Returns the span from `earlier` to this moment; a span beyond the range of [`Seconds`] (136 years) is cut to it.
    /// Errors: `TimeReversed` when `earlier` is later, `Overflow` when the difference does not fit 64 bits.
    pub fn since(self, earlier: Self) -> MathResult<Seconds> {
        let span = self.0.checked_sub(earlier.0).ok_or(MathError::Overflow)?;
        if span < 0 {
            return Err(MathError::TimeReversed);
        }
        Ok(Seconds(u32::try_from(span).unwrap_or(u32::MAX)))
    }

    /// Returns this moment plus a span. Errors: `Overflow`.
    pub fn after(self, span: Seconds) -> MathResult<Self> {
        self.0.checked_add(i64::from(span.0)).map(Self).ok_or(MathError::Overflow)
    }
}

macro_rules! fixed_unit {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub I64F64);

        impl $name {
            /// Zero.
            pub const ZERO: Self = Self(I64F64::ZERO);
            /// The largest representable value.
            pub const MAX: Self = Self(I64F64::MAX);

            /// Returns the whole number `value`.
            pub const fn from_int(value: i64) -> Self {
                Self(I64F64::from_bits((value as i128) << 64))
            }

            /// Returns the value of these raw 64.64 bits.
            pub const fn from_bits(bits: i128) -> Self {
                Self(I64F64::from_bits(bits))
            }

            /// Returns the raw 64.64 bits.
            pub const fn to_bits(self) -> i128 {
                self.0.to_bits()
            }

            /// Adds two values. Errors: `Overflow`.
            pub fn checked_add(self, other: Self) -> MathResult<Self> {
                self.0.checked_add(other.0).map(Self).ok_or(MathError::Overflow)
            }

            /// Subtracts a value. Errors: `Overflow`.
            pub fn checked_sub(self, other: Self) -> MathResult<Self> {
                self.0.checked_sub(other.0).map(Self).ok_or(MathError::Overflow)
            }

            /// Multiplies by a pure number, rounding toward −∞ by less than 2^−64. Errors: `Overflow`.
            pub fn mul_floor(self, factor: Ratio) -> MathResult<Self> {
                let (a, b) = (self.to_bits(), factor.to_bits());
                let negative = (a < 0) != (b < 0);
                let size = mul_bits(a.unsigned_abs(), b.unsigned_abs()).ok_or(MathError::Overflow)?;
                // The bits of the product below 2^−64 are the product of the low words, modulo 2^64.
                let inexact = (a as u64).wrapping_mul(b as u64) != 0;
                let size = size.wrapping_add(u128::from(negative && inexact));
                signed(negative, size).map(Self::from_bits).ok_or(MathError::Overflow)
            }

            /// Multiplies by a whole number. Errors: `Overflow`.
            pub fn mul_int(self, factor: i64) -> MathResult<Self> {
                times_signed(self.to_bits(), factor).map(Self::from_bits).ok_or(MathError::Overflow)
            }

            /// Divides by a whole number, rounding toward −∞ by less than 2^−64. Errors: `DivisionByZero`, `Overflow`.
            pub fn div_int(self, divisor: i64) -> MathResult<Self> {
                let size = NonZeroU64::new(divisor.unsigned_abs()).ok_or(MathError::DivisionByZero)?;
                let negative = (self.to_bits() < 0) != (divisor < 0);
                let (quotient, rest) = div_long(self.to_bits().unsigned_abs(), size);
                // The quotient is at most 2^127.
                let quotient = quotient.wrapping_add(u128::from(negative && rest != 0));
                signed(negative, quotient).map(Self::from_bits).ok_or(MathError::Overflow)
            }

            /// Divides by a value of the same unit, rounding toward zero by less than 2^−64.
            /// Errors: `DivisionByZero`, `Overflow`.
            pub fn ratio_to(self, other: Self) -> MathResult<Ratio> {
                if other.to_bits() == 0 {
                    return Err(MathError::DivisionByZero);
                }
                let negative = self.is_negative() != other.is_negative();
                let size = div_bits(self.to_bits().unsigned_abs(), other.to_bits().unsigned_abs());
                let bits = size.and_then(|size| signed(negative, size)).ok_or(MathError::Overflow)?;
                Ok(Ratio::from_bits(bits))
            }

            /// Returns whether the value is above zero.
            pub const fn is_positive(self) -> bool {
                self.to_bits() > 0
            }

            /// Returns whether the value is below zero.
            pub const fn is_negative(self) -> bool {
                self.to_bits() < 0
            }
        }
    };
}

fixed_unit! {
    /// An amount of US dollars: the price of an index, a strike, the value of one option on one unit of the index.
    Dollars
}
fixed_unit! {
    /// A pure number: volatility per √year, cap ratio, log moneyness, a share.
    Ratio
}

impl Ratio {
    /// One.
    pub const ONE: Self = Self::from_int(1);
}

/// The pool's exponent `e`: one point pays 10^−e native units per dollar.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PointScale(u8);

impl PointScale {
    /// The largest exponent: 10^9 points per native unit and dollar.
    pub const MAX_EXPONENT: u8 = 9;

    /// Returns the scale of an exponent. Errors: `InvalidParameter` above [`Self::MAX_EXPONENT`].
    pub const fn new(exponent: u8) -> MathResult<Self> {
        if exponent > Self::MAX_EXPONENT { Err(MathError::InvalidParameter) } else { Ok(Self(exponent)) }
    }

    /// Returns the exponent e.
    pub const fn exponent(self) -> u8 {
        self.0
    }

    /// Returns 10^e, the number of points that pay one native unit per dollar.
    pub const fn points_per_unit_dollar(self) -> NonZeroU64 {
        const POWERS: [NonZeroU64; 10] = {
            let mut powers = [NonZeroU64::MIN; 10];
            let mut e = 1;
            while e < 10 {
                powers[e] = powers[e - 1].saturating_mul(NonZeroU64::MIN.saturating_add(9));
                e += 1;
            }
            powers
        };
        let place = self.0 as usize;
        // The constructor accepts at most 9.
        if place < POWERS.len() { POWERS[place] } else { NonZeroU64::MIN }
    }

    /// Returns the largest power of two that is at most 10^e, by its exponent: so many points and dollars are a claim unit of funding, which is at most one native unit.
    #[inline(always)]
    pub(crate) const fn claim_shift(self) -> u32 {
        // The machine has no instruction for logarithms: each power of ten has 3.32 bits.
        const SHIFTS: [u8; 10] = [0, 3, 6, 9, 13, 16, 19, 23, 26, 29];
        let place = self.0 as usize;
        if place < SHIFTS.len() { SHIFTS[place] as u32 } else { 0 }
    }

    /// Returns `points · per_unit · 10^−e` native units, rounded once as asked. Premiums, payoffs, funding, notionals and
    /// reserves are all computed here. Errors: `Overflow`.
    pub fn native(self, points: Points, per_unit: Dollars, rounding: Rounding) -> MathResult<NativeDelta> {
        let negative = points.is_short() != per_unit.is_negative();
        let size = points.0.unsigned_abs();
        let (whole, fraction) = words(per_unit.to_bits().unsigned_abs());
        // size · per_unit = dollars + rest · 2^−64.
        if size >> 32 == 0 && whole >> 32 == 0 {
            let (carry, rest) = mul_wide_short(size, fraction);
            // (2^32 − 1)^2 + 2^32 − 1 < 2^64: the sum does not wrap.
            let dollars = size.wrapping_mul(whole).wrapping_add(carry);
            return self.rounded(negative, dollars as u128, rest == 0, rounding);
        }
        let (carry, rest) = mul_wide(size, fraction);
        let dollars = join(mul_wide(size, whole)).checked_add(carry as u128).ok_or(MathError::Overflow)?;
        self.rounded(negative, dollars, rest == 0, rounding)
    }

    /// Returns `size · 10^−e` native units of a product of points and dollars in units of 2^−`SHIFT`, rounded once as asked. Errors: `Overflow`.
    #[inline(never)]
    pub fn native_of<const SHIFT: u32>(self, product: i128, rounding: Rounding) -> MathResult<NativeDelta> {
        let size = product.unsigned_abs();
        let dollars = size >> SHIFT;
        self.rounded(product < 0, dollars, dollars << SHIFT == size, rounding)
    }

    /// Returns `dollars · 10^−e` native units with a sign; where `exact` is false, a part below one dollar is left out of `dollars`.
    #[inline(always)]
    fn rounded(self, negative: bool, dollars: u128, exact: bool, rounding: Rounding) -> MathResult<NativeDelta> {
        let (quotient, left) = div_word(dollars, self.points_per_unit_dollar());
        let exact = left == 0 && exact;
        let away = match rounding {
            Rounding::Floor => negative && !exact,
            Rounding::Ceil => !negative && !exact,
        };
        let quotient = i64::try_from(quotient).map_err(|_| MathError::Overflow)?;
        let magnitude = quotient.checked_add(i64::from(away)).ok_or(MathError::Overflow)?;
        // A magnitude is at most `i64::MAX`, so its negation does not wrap.
        Ok(NativeDelta(if negative { magnitude.wrapping_neg() } else { magnitude }))
    }
}
