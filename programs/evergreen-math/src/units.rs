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
//! All arithmetic is checked; where a result is not exact the caller names the [`Rounding`].

use crate::error::{MathError, MathResult};
use core::num::{NonZeroU64, NonZeroU128};
use fixed::types::I64F64;

/// Direction of a rounding on the number line (not toward or away from zero).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Rounding {
    /// Toward −∞: what a user receives, as a signed change of his balance.
    Floor,
    /// Toward +∞: what a user owes.
    Ceil,
}

macro_rules! checked_integer {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[repr(transparent)]
        pub struct $name(pub $inner);

        impl $name {
            /// None of it.
            pub const ZERO: Self = Self(0);
            /// The largest representable amount.
            pub const MAX: Self = Self(<$inner>::MAX);

            /// Sum. Errors: `Overflow`.
            pub fn checked_add(self, other: Self) -> MathResult<Self> {
                self.0.checked_add(other.0).map(Self).ok_or(MathError::Overflow)
            }

            /// Difference. Errors: `Overflow` (for unsigned amounts: below zero).
            pub fn checked_sub(self, other: Self) -> MathResult<Self> {
                self.0.checked_sub(other.0).map(Self).ok_or(MathError::Overflow)
            }

            /// Whether it is zero.
            pub const fn is_zero(self) -> bool {
                self.0 == 0
            }
        }
    };
}

checked_integer! {
    /// Signed size of an option position: positive long, negative short. One point pays 10^−e native token
    /// units per dollar, `e` being the pool's [`PointScale`].
    Points(i64)
}
checked_integer! {
    /// An amount of the collateral token in its smallest unit.
    Native(u64)
}
checked_integer! {
    /// A signed change or balance of the collateral token in its smallest unit.
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
    /// A moment: seconds since 1970-01-01 00:00 UTC.
    UnixTime(i64)
}

impl Points {
    /// Size without direction. Errors: `Overflow` for the most negative size.
    pub fn size(self) -> MathResult<Self> {
        self.0.checked_abs().map(Self).ok_or(MathError::Overflow)
    }

    /// The opposite position. Errors: `Overflow` for the most negative size.
    pub fn checked_neg(self) -> MathResult<Self> {
        self.0.checked_neg().map(Self).ok_or(MathError::Overflow)
    }

    /// Whether the position is written (negative).
    pub const fn is_short(self) -> bool {
        self.0 < 0
    }
}

impl Native {
    /// The same amount as a positive change. Errors: `Overflow` above `i64::MAX`.
    pub fn to_delta(self) -> MathResult<NativeDelta> {
        i64::try_from(self.0).map(NativeDelta).map_err(|_| MathError::Overflow)
    }

    /// This balance after a signed change. Errors: `Overflow` when the balance would be negative or too large.
    pub fn checked_apply(self, change: NativeDelta) -> MathResult<Self> {
        self.0.checked_add_signed(change.0).map(Self).ok_or(MathError::Overflow)
    }

    /// `self · numerator / denominator`, through a 128-bit product. Errors: `DivisionByZero`, `Overflow`.
    pub fn mul_div(self, numerator: u64, denominator: u64, rounding: Rounding) -> MathResult<Self> {
        mul_div_u128(u128::from(self.0), u128::from(numerator), u128::from(denominator), rounding)
            .and_then(|v| u64::try_from(v).map_err(|_| MathError::Overflow))
            .map(Self)
    }

    /// `self · share`, the share in basis points. Errors: `Overflow`.
    pub fn share(self, share: BasisPoints, rounding: Rounding) -> MathResult<Self> {
        self.mul_div(u64::from(share.0), BasisPoints::ONE_U64, rounding)
    }
}

fn mul_div_u128(a: u128, b: u128, divisor: u128, rounding: Rounding) -> MathResult<u128> {
    let product = a.checked_mul(b).ok_or(MathError::Overflow)?;
    let quotient = product.checked_div(divisor).ok_or(MathError::DivisionByZero)?;
    let exact = quotient.checked_mul(divisor) == Some(product);
    match rounding {
        Rounding::Floor => Ok(quotient),
        Rounding::Ceil if exact => Ok(quotient),
        Rounding::Ceil => quotient.checked_add(1).ok_or(MathError::Overflow),
    }
}

impl NativeDelta {
    /// The opposite change. Errors: `Overflow` for the most negative one.
    pub fn checked_neg(self) -> MathResult<Self> {
        self.0.checked_neg().map(Self).ok_or(MathError::Overflow)
    }

    /// The positive part as an amount; zero for a negative change.
    pub const fn positive_part(self) -> Native {
        if self.0 > 0 { Native(self.0.unsigned_abs()) } else { Native::ZERO }
    }

    /// The negative part as an amount; zero for a positive change.
    pub const fn negative_part(self) -> Native {
        if self.0 < 0 { Native(self.0.unsigned_abs()) } else { Native::ZERO }
    }

    /// Whether it is below zero.
    pub const fn is_negative(self) -> bool {
        self.0 < 0
    }
}

impl BasisPoints {
    /// 100 %.
    pub const ONE: Self = Self(10_000);
    /// 100 % as the divisor of a share.
    pub const ONE_U64: u64 = 10_000;

    /// The same share as a pure number, rounded down by less than 2^−64.
    pub fn to_ratio(self) -> Ratio {
        // 65,535 · 2^64 < 2^80: neither the shift nor the division can fail.
        Ratio(I64F64::from_bits((i128::from(self.0) << 64) / 10_000))
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
    /// Span from `earlier` to this moment. Errors: `TimeReversed` when `earlier` is later; spans beyond the
    /// range of [`Seconds`] (136 years) are cut to it.
    pub fn since(self, earlier: Self) -> MathResult<Seconds> {
        let span = self.0.checked_sub(earlier.0).ok_or(MathError::Overflow)?;
        if span < 0 {
            return Err(MathError::TimeReversed);
        }
        Ok(Seconds(u32::try_from(span).unwrap_or(u32::MAX)))
    }

    /// This moment plus a span. Errors: `Overflow`.
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

            /// A whole number.
            pub const fn from_int(value: i64) -> Self {
                Self(I64F64::from_bits((value as i128) << 64))
            }

            /// From the raw 64.64 bits.
            pub const fn from_bits(bits: i128) -> Self {
                Self(I64F64::from_bits(bits))
            }

            /// The raw 64.64 bits.
            pub const fn to_bits(self) -> i128 {
                self.0.to_bits()
            }

            /// Sum. Errors: `Overflow`.
            pub fn checked_add(self, other: Self) -> MathResult<Self> {
                self.0.checked_add(other.0).map(Self).ok_or(MathError::Overflow)
            }

            /// Difference. Errors: `Overflow`.
            pub fn checked_sub(self, other: Self) -> MathResult<Self> {
                self.0.checked_sub(other.0).map(Self).ok_or(MathError::Overflow)
            }

            /// Product with a pure number, rounded toward −∞ by less than 2^−64. Errors: `Overflow`.
            pub fn mul_floor(self, factor: Ratio) -> MathResult<Self> {
                self.0.checked_mul(factor.0).map(Self).ok_or(MathError::Overflow)
            }

            /// Product with a whole number. Errors: `Overflow`.
            pub fn mul_int(self, factor: i64) -> MathResult<Self> {
                self.to_bits().checked_mul(i128::from(factor)).map(Self::from_bits).ok_or(MathError::Overflow)
            }

            /// Quotient by a whole number, rounded toward −∞ by less than 2^−64. Errors: `DivisionByZero`, `Overflow`.
            pub fn div_int(self, divisor: i64) -> MathResult<Self> {
                let divisor = i128::from(divisor);
                let quotient = self.to_bits().checked_div(divisor).ok_or(
                    if divisor == 0 { MathError::DivisionByZero } else { MathError::Overflow })?;
                let exact = quotient.checked_mul(divisor) == Some(self.to_bits());
                let below_zero = (self.to_bits() < 0) != (divisor < 0);
                if exact || !below_zero {
                    Ok(Self::from_bits(quotient))
                } else {
                    quotient.checked_sub(1).map(Self::from_bits).ok_or(MathError::Overflow)
                }
            }

            /// Quotient of two values of the same unit, rounded toward zero by less than 2^−64.
            /// Errors: `DivisionByZero`, `Overflow`.
            pub fn ratio_to(self, other: Self) -> MathResult<Ratio> {
                if other.to_bits() == 0 {
                    return Err(MathError::DivisionByZero);
                }
                self.0.checked_div(other.0).map(Ratio).ok_or(MathError::Overflow)
            }

            /// Whether it is above zero.
            pub const fn is_positive(self) -> bool {
                self.to_bits() > 0
            }

            /// Whether it is below zero.
            pub const fn is_negative(self) -> bool {
                self.to_bits() < 0
            }
        }
    };
}

fixed_unit! {
    /// US dollars: the price of an index, a strike, the value of one option on one unit of the index.
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

    /// Errors: `InvalidParameter` above [`Self::MAX_EXPONENT`].
    pub const fn new(exponent: u8) -> MathResult<Self> {
        if exponent > Self::MAX_EXPONENT { Err(MathError::InvalidParameter) } else { Ok(Self(exponent)) }
    }

    /// The exponent e.
    pub const fn exponent(self) -> u8 {
        self.0
    }

    /// 10^e: points per native unit and dollar.
    pub const fn points_per_unit_dollar(self) -> NonZeroU64 {
        const ONE: NonZeroU64 = NonZeroU64::MIN;
        const TEN: NonZeroU64 = ONE.saturating_add(9);
        // At most 10^9, by the constructor: never saturates.
        TEN.saturating_pow(self.0 as u32)
    }

    /// `points · dollars · 10^−e` native units: premium, payoff, funding, notional and lock alike. The product is
    /// exact before the one rounding. Errors: `Overflow`.
    pub fn native(self, points: Points, per_unit: Dollars, rounding: Rounding) -> MathResult<NativeDelta> {
        let negative = points.is_short() != per_unit.is_negative();
        let size = u128::from(points.0.unsigned_abs());
        let bits = per_unit.to_bits().unsigned_abs();
        // 2^64 · (whole part) + fraction, multiplied piecewise: size < 2^64 keeps every product within 128 bits.
        let whole = size.checked_mul(bits >> 64).ok_or(MathError::Overflow)?;
        let fraction = size.checked_mul(bits & u128::from(u64::MAX)).ok_or(MathError::Overflow)?;
        let dollars = whole.checked_add(fraction >> 64).ok_or(MathError::Overflow)?;
        let scale = self.points_per_unit_dollar();
        let quotient = match u64::try_from(dollars) {
            Ok(small) => u128::from(small / scale),
            Err(_) => dollars / NonZeroU128::from(scale),
        };
        let exact =
            quotient.checked_mul(u128::from(scale.get())) == Some(dollars) && fraction & u128::from(u64::MAX) == 0;
        let away = match rounding {
            Rounding::Floor => negative && !exact,
            Rounding::Ceil => !negative && !exact,
        };
        let magnitude = quotient.checked_add(u128::from(away)).ok_or(MathError::Overflow)?;
        let magnitude = i64::try_from(magnitude).map_err(|_| MathError::Overflow)?;
        Ok(NativeDelta(if negative { magnitude.checked_neg().ok_or(MathError::Overflow)? } else { magnitude }))
    }
}
