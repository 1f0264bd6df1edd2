//! Carry: what holders pay on their delta, so that the pool is paid for the direction that it takes, and others come who offset it.
//!
//! The *net delta* `N` of a pool on one underlying is the sum over its series of traders' net points times `S·∂V/∂S`, in native units: what all
//! of them would gain if the price doubled at present slopes. It is the difference of two *sides* ([`Sides`]). With the depth `D`, the pool's net asset
//! value, the skew is `x = N/D`, and the carry in dollars a year on a dollar of delta is
//!
//! ```text
//! c = base + φ·x̄,   the second part cut to ±φ·x_max,   and zero where x has not the sign of x̄
//! ```
//!
//! `x̄` is the average of the half-hour before, `x` the present skew. A holder of long delta pays `c` on it; a holder of short delta is paid. The
//! base is the drift of the underlying in the token's own measure, `ρ·σ_S·σ_P`; without it payers pay at least what receivers
//! get, as long as `N` keeps its sign within the half-hour.

use crate::error::{MathError, MathResult};
use crate::fixed_point::{join, mul_bits, mul_wide};
use crate::option::ValueAndSlope;
use crate::units::{BasisPoints, Dollars, Native, NativeDelta, PointScale, Rounding, Seconds};
use crate::wide::{div_long, div_word, signed, times_signed};
use core::num::NonZeroU64;

/// A rate of carry in millionths a year of the delta; positive where holders of long delta pay.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct CarryRate(pub i32);

/// Millionths of a second in a year.
const YEAR: NonZeroU64 = NonZeroU64::MIN.saturating_add(Seconds::YEAR.0 as u64 * CarryRate::ONE as u64 - 1);

impl CarryRate {
    /// No carry.
    pub const ZERO: Self = Self(0);
    /// A whole, 100 % a year, in units of the rate.
    pub const ONE: i64 = 1_000_000;

    /// Returns the funding rate of an option at this carry: `TV + c·T·S·∂V/∂S`, dollars per tenor `T`. The carry is rounded toward zero by less than
    /// 2^−63 of the slope. It favours neither side, since the rate serves payers and receivers alike. Errors: `Overflow`.
    #[inline(never)]
    pub fn funding_rate(self, priced: &ValueAndSlope, tenor: Seconds) -> MathResult<Dollars> {
        if self == Self::ZERO {
            return Ok(priced.valuation.time_value);
        }
        priced.valuation.time_value.checked_add(self.on(priced.slope, tenor)?)
    }

    /// Returns the carry over a span on a slope in dollars, rounded toward zero. Errors: `Overflow`.
    pub fn on(self, slope: Dollars, span: Seconds) -> MathResult<Dollars> {
        // The product is below 2^63, and the share of a year, in units of 2^−64, below 2^127.
        CarrySum(i64::from(self.0).saturating_mul(i64::from(span.0))).on(slope)
    }
}

/// A carry, summed over time: millionths a year times seconds, exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct CarrySum(pub i64);

impl CarrySum {
    /// Returns this carry on a slope in dollars, rounded toward zero. Errors: `Overflow`.
    pub fn on(self, slope: Dollars) -> MathResult<Dollars> {
        let (share, _) = div_long(join((self.0.unsigned_abs(), 0)), YEAR);
        let size = mul_bits(slope.to_bits().unsigned_abs(), share).ok_or(MathError::Overflow)?;
        let negative = (self.0 < 0) != slope.is_negative();
        signed(negative, size).map(Dollars::from_bits).ok_or(MathError::Overflow)
    }
}

/// A net delta, summed over time: native units times seconds, exact.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[repr(transparent)]
pub struct DeltaSum(pub i128);

impl DeltaSum {
    /// Adds a net delta that has stood for a span. Errors: `Overflow`.
    pub fn plus(self, net_delta: NativeDelta, span: Seconds) -> MathResult<Self> {
        let more = times_signed(i128::from(net_delta.0), i64::from(span.0)).ok_or(MathError::Overflow)?;
        self.0.checked_add(more).map(Self).ok_or(MathError::Overflow)
    }

    /// Returns the average over a span, in native units, rounded toward zero. Errors: `DivisionByZero`, `Overflow`.
    pub fn average(self, span: Seconds) -> MathResult<NativeDelta> {
        let span = NonZeroU64::new(u64::from(span.0)).ok_or(MathError::DivisionByZero)?;
        let (size, _) = div_word(self.0.unsigned_abs(), span);
        let average = signed(self.0 < 0, size).and_then(|average| i64::try_from(average).ok());
        average.map(NativeDelta).ok_or(MathError::Overflow)
    }
}

/// Both sides of the delta of options, in points times 2^−16 dollars, exact and never negative: sums of sides do not depend on what changed in which order.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sides {
    /// Of those who gain when the price rises: bought calls and written puts.
    pub up: i128,
    /// Of those who gain when it falls: written calls and bought puts.
    pub down: i128,
}

impl Sides {
    /// No options.
    pub const ZERO: Self = Self { up: 0, down: 0 };
    /// Binary digits of a slope after the point.
    pub const SLOPE_BITS: u32 = 16;

    /// Returns the sides of so many bought and so many written points of an option with a slope of so many 2^−16 dollars: not negative for a call, not positive for a
    /// put.
    #[inline(never)]
    pub fn of(long: u64, short: u64, slope: i64) -> Self {
        // Points and slopes are signed words elsewhere, so products are at most 2^126; larger ones, which no market has, are limited to what fits.
        let product = |points: u64| {
            if points == 0 {
                return 0;
            }
            i128::try_from(join(mul_wide(points, slope.unsigned_abs()))).unwrap_or(i128::MAX)
        };
        let (long, short) = (product(long), product(short));
        if slope < 0 { Self { up: short, down: long } } else { Self { up: long, down: short } }
    }

    /// Returns the sum with what a part of it has become instead of what it was. Errors: `Overflow`.
    #[inline(never)]
    pub fn with(self, before: Self, after: Self) -> MathResult<Self> {
        let side = |sum: i128, before: i128, after: i128| {
            sum.checked_sub(before).and_then(|rest| rest.checked_add(after)).ok_or(MathError::Overflow)
        };
        Ok(Self { up: side(self.up, before.up, after.up)?, down: side(self.down, before.down, after.down)? })
    }

    /// Returns the net delta: what the side that is up exceeds the other by, native units, rounded down. Errors: `Overflow`.
    #[inline(never)]
    pub fn net(self, scale: PointScale) -> MathResult<NativeDelta> {
        // Neither is negative, so the difference fits.
        scale.native_of::<{ Self::SLOPE_BITS }>(self.up.wrapping_sub(self.down), Rounding::Floor)
    }

    /// Returns the size of one side, native units, rounded as asked. Errors: `Overflow`.
    #[inline(never)]
    pub fn side(self, up: bool, scale: PointScale, rounding: Rounding) -> MathResult<Native> {
        let side = if up { self.up } else { self.down };
        Ok(scale.native_of::<{ Self::SLOPE_BITS }>(side, rounding)?.positive_part())
    }
}

/// How a pool sets the carry of one underlying.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CarryRule {
    /// `φ`: the carry a year at a skew of one.
    pub per_skew: BasisPoints,
    /// `x_max`: the skew from which the carry grows no further, and the size of one side, over the depth, to which trades may add where there is no other.
    pub limit: BasisPoints,
    /// The carry a year without skew, in basis points.
    pub base: i16,
}

impl CarryRule {
    /// The part `α` of the other side that makes room on a side: no side ends beyond `1/(1 − α)`, four times, the limit. A smaller part is a safer bound and a narrower
    /// market, because it refuses who offsets; the whole of it bounds nothing.
    pub const OTHER_SIDE: BasisPoints = BasisPoints(7_500);

    /// Returns the carry of a half-hour, given the average net delta of the half-hour before, the present one and the depth, native units. The part
    /// that the skew makes is rounded toward zero. At a depth of zero it is the largest. Errors: `Overflow`, which no rule causes.
    #[inline(never)]
    pub fn rate(&self, average: NativeDelta, present: NativeDelta, depth: Native) -> MathResult<CarryRate> {
        /// Millionths in a basis point.
        const UNIT: u64 = 100;
        let per_skew = u64::from(self.per_skew.0);
        // Below 2^32 hundredths of a millionth.
        let most = per_skew.saturating_mul(u64::from(self.limit.0)).checked_div(UNIT).unwrap_or(0);
        let both = |up: fn(&i64) -> bool| up(&average.0) && up(&present.0);
        let part = if both(|delta| *delta > 0) || both(|delta| *delta < 0) {
            let size = Native(average.0.unsigned_abs());
            let part = size.mul_div(per_skew.saturating_mul(UNIT), depth.0, Rounding::Floor);
            i64::try_from(part.map_or(most, |part| part.0.min(most))).map_err(|_| MathError::Overflow)?
        } else {
            0
        };
        let part = if average.is_negative() { part.saturating_neg() } else { part };
        let rate = i64::from(self.base).saturating_mul(UNIT as i64).saturating_add(part);
        i32::try_from(rate).map(CarryRate).map_err(|_| MathError::Overflow)
    }

    /// Returns the largest size of a side to which a trade may add, `x_max·D + ¾·other` ([`Self::OTHER_SIDE`]), native units, rounded down.
    ///
    /// Others may close at any time, so what a side has beyond the other bounds nothing; this bounds the side itself. The larger side, or `4·x_max·D` where both are
    /// below it, is raised by no trade, whoever closes what in between: a side ends at `x_max·D + ¾·other` at most, and `x_max·D` is at most a quarter of that bound.
    /// Errors: `Overflow`.
    pub fn largest(&self, depth: Native, other: Native) -> MathResult<Native> {
        depth.share(self.limit, Rounding::Floor)?.checked_add(other.share(Self::OTHER_SIDE, Rounding::Floor)?)
    }
}
