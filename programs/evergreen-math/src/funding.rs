//! Funding: what holders of everlasting options pay to writers for keeping them.
//!
//! The holder pays `TV/T` dollars per unit of time on one unit of the index, where `TV` is the time value
//! (mark − intrinsic) and `T` the tenor (White and Bankman-Fried, *Everlasting Options*, Paradigm 2021), and beside it the carry
//! on their delta ([`crate::carry`]), which may be negative. Each series keeps one cumulative index `F = ∫ rate/T dt`; a position of n points that was last settled at `F_s` owes
//! `n·(F − F_s)·10^−e` native units. Beside the index the series keeps `Σ nᵢ·F_sᵢ` of those that were bought and of those that were written, so that what
//! either side owes the pool, `N·F − Σ nᵢ·F_sᵢ`, is known without visiting its positions: what is owed to one account cannot hide what another one owes.
//!
//! Either sum is kept in [claim units](SeriesFunding::bought_basis) modulo 2^64: a position takes out exactly what it has put in, and only differences count, which are what is unsettled.
//! With sums of at most 2^53 points and time values of at most 2^30 dollars nothing below can overflow in
//! the lifetime of a series; beyond that the functions answer `Overflow`.

use crate::error::{MathError, MathResult};
use crate::units::{Dollars, NativeDelta, PointScale, Points, Rounding, Seconds, UnixTime};
use crate::wide::{div_long, shifted_word, signed, times_signed};
use core::num::NonZeroU64;

/// Cumulative funding of a series for one unit of the index, in 2^−40 dollars. It falls where carry is paid to
/// holders.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(transparent)]
pub struct FundingIndex(pub i128);

impl FundingIndex {
    /// The index at which every series begins.
    pub const ZERO: Self = Self(0);
    /// Fraction bits of the index: its unit is 2^−40 dollars.
    pub const FRACTION_BITS: u32 = 40;

    /// Returns the index after more funding of one unit of the index, in dollars, rounded down by less than 2^−40. Errors: `Overflow`.
    pub fn plus(self, more: Dollars) -> MathResult<Self> {
        self.0.checked_add(more.to_bits() >> 24).map(Self).ok_or(MathError::Overflow)
    }

    /// Returns the funding of one unit of the index between `earlier` and this index, in dollars, exact. Errors: `Overflow`.
    pub fn since(self, earlier: Self) -> MathResult<Dollars> {
        // The shift adds 64 − 40 = 24 fraction bits.
        let step = self.0.checked_sub(earlier.0).ok_or(MathError::Overflow)?;
        let bits = step << 24;
        if bits >> 24 == step { Ok(Dollars::from_bits(bits)) } else { Err(MathError::Overflow) }
    }
}

/// Funding of one series.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SeriesFunding {
    /// Cumulative funding, in 2^−40 dollars on one unit of the index.
    pub index: FundingIndex,
    /// Time value and carry at the last point, in dollars per tenor on one unit of the index. It is in force until the next point.
    pub rate: Dollars,
    /// Moment up to which the index has accrued.
    pub touched: UnixTime,
    /// Σ points · snapshot over all bought positions, each rounded up to claim units, modulo 2^64. A claim unit is the largest power of two of points and dollars that is at
    /// most one native unit: between a half and one of it.
    pub bought_basis: u64,
    /// Σ points · snapshot over all written positions, their points as positive numbers, each rounded down to claim units, modulo 2^64.
    pub written_basis: u64,
}

/// What the positions of a series owe the pool since each was last settled, in native units, rounded down. It is negative where the pool owes it to them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Claims {
    /// Those that were bought, together.
    pub bought: NativeDelta,
    /// Those that were written, together.
    pub written: NativeDelta,
}

impl SeriesFunding {
    /// Returns the funding of a series that begins to accrue at `now`.
    pub const fn starting(now: UnixTime) -> Self {
        Self { index: FundingIndex::ZERO, rate: Dollars::ZERO, touched: now, bought_basis: 0, written_basis: 0 }
    }

    /// Accrues up to `now` at the rate in force; from then on the rate is `rate_now`, in dollars per tenor; it may be negative.
    ///
    /// `ΔF = r₀ · min(Δt, g)/T + (r₀ + r₁)/2 · max(Δt − g, 0)/T` with the rates `r₀` in force and `r₁` from now on, the gap `Δt` and
    /// the longest gap `g = full_rate_gap` between two points that can be known. Accruing in between at the rate in force changes
    /// nothing within `g`: the integral of a step function does not depend on where it is cut.
    /// The index is rounded down by less than 2^−40 dollars. It serves payers and receivers alike, so this favours neither;
    /// splitting a gap over which the rate stays constant into n steps lowers it by less than n·2^−40 dollars.
    ///
    /// While the clock stands still or goes back, nothing accrues and `touched` stays, but the rate changes; a wrong clock is no error.
    ///
    /// Errors: `TenorOutOfRange` for a tenor of zero, `Overflow`.
    pub fn advance(
        &self,
        rate_now: Dollars,
        now: UnixTime,
        tenor: Seconds,
        full_rate_gap: Seconds,
    ) -> MathResult<Self> {
        if tenor.is_zero() {
            return Err(MathError::TenorOutOfRange);
        }
        let touched = self.touched.max(now);
        let gap = now.0.saturating_sub(self.touched.0).clamp(0, i64::from(u32::MAX));
        if gap == 0 {
            return Ok(Self { rate: rate_now, touched, ..*self });
        }
        let trusted = gap.min(i64::from(full_rate_gap.0));
        let beyond = gap.saturating_sub(trusted);
        // This is twice the integral of the rate, in 2^−64 dollar-seconds.
        let in_force = self.rate.mul_int(trusted.saturating_mul(2))?;
        let integral_twice = if beyond == 0 {
            in_force
        } else {
            in_force.checked_add(self.rate.checked_add(rate_now)?.mul_int(beyond)?)?
        };
        // The shift converts 2^−64 to 2^−40 dollars, and the division is by 2·T; a floor of a floor is the floor of the whole. A negative
        // number is rounded down, too.
        let divisor = NonZeroU64::new(u64::from(tenor.0).saturating_mul(2)).ok_or(MathError::DivisionByZero)?;
        let index_units = integral_twice.to_bits() >> 24;
        let (size, rest) = div_long(index_units.unsigned_abs(), divisor);
        // The size is below 2^103.
        let size = size.wrapping_add(u128::from(index_units < 0 && rest != 0));
        let step = signed(index_units < 0, size).ok_or(MathError::Overflow)?;
        let index = self.index.0.checked_add(step).map(FundingIndex).ok_or(MathError::Overflow)?;
        Ok(Self { index, rate: rate_now, touched, ..*self })
    }

    /// Updates the sums for a position of `old` points settled at `snapshot` that becomes one of `new` points settled
    /// at the present index. Both sums change by what the position adds to them, so they never drift. Errors: `Overflow`.
    pub fn on_position_change(
        &self,
        old: Points,
        snapshot: FundingIndex,
        new: Points,
        scale: PointScale,
    ) -> MathResult<Self> {
        let mut next = *self;
        next.put(old, snapshot, scale, u64::wrapping_sub)?;
        next.put(new, self.index, scale, u64::wrapping_add)?;
        Ok(next)
    }

    /// Puts a position into the sum of its side, or takes it out.
    #[inline(always)]
    fn put(
        &mut self,
        points: Points,
        snapshot: FundingIndex,
        scale: PointScale,
        change: impl Fn(u64, u64) -> u64,
    ) -> MathResult<()> {
        if points.is_short() {
            self.written_basis = change(self.written_basis, claim_units(points, snapshot, scale, Rounding::Floor)?);
        } else if points.0 != 0 {
            self.bought_basis = change(self.bought_basis, claim_units(points, snapshot, scale, Rounding::Ceil)?);
        }
        Ok(())
    }

    /// Returns what each side of `long` bought and `short` written points owes the pool, both sizes positive, in claim units, rounded down.
    #[inline(always)]
    fn unsettled(&self, long: Points, short: Points, scale: PointScale) -> MathResult<[i64; 2]> {
        let accrued = |points, rounding| claim_units(points, self.index, scale, rounding);
        let bought = accrued(long, Rounding::Floor)?.wrapping_sub(self.bought_basis);
        let written = self.written_basis.wrapping_sub(accrued(short, Rounding::Ceil)?);
        Ok([bought, written].map(u64::cast_signed))
    }
}

/// Returns `|points| · index` in claim units modulo 2^64, rounded as asked. Errors: `Overflow`.
#[inline(always)]
fn claim_units(points: Points, index: FundingIndex, scale: PointScale, rounding: Rounding) -> MathResult<u64> {
    let product = times_signed(index.0, points.size()?.0).ok_or(MathError::Overflow)?;
    let shift = FundingIndex::FRACTION_BITS.wrapping_add(scale.claim_shift());
    // The shift rounds down, also a negative number; of the number with the other sign it rounds up.
    Ok(match rounding {
        Rounding::Floor => shifted_word(product, shift),
        Rounding::Ceil => shifted_word(product.wrapping_neg(), shift).wrapping_neg(),
    })
}

/// Returns what a position of `points` owes at `index_now` since it was settled at `snapshot`, in native units, positive when
/// it pays. It is rounded up: a payer pays up to one unit more, a receiver receives up to one unit less. Errors: `Overflow`.
pub fn owed(
    points: Points,
    index_now: FundingIndex,
    snapshot: FundingIndex,
    scale: PointScale,
) -> MathResult<NativeDelta> {
    scale.native(points, index_now.since(snapshot)?, Rounding::Ceil)
}

/// Returns up to which index a position of `points` that was settled at `snapshot` may be settled so that what it [owes](owed) until then is `amount` native units, positive when it pays; never more than a debt of `amount`, and never more than a
/// credit. A debt ends at the last index at which no more is due, a credit at the first at which all of it is: either differs from `amount` by less than one step of the index on the position, `n·2^−40·10^−e` native
/// units, so where that is less than a unit it is `amount`, and the rounding of the funding costs the position less than a step. Nothing is settled of a position without points. Errors: `Overflow`.
pub fn settled_up_to(
    points: Points,
    snapshot: FundingIndex,
    amount: NativeDelta,
    scale: PointScale,
) -> MathResult<FundingIndex> {
    let Some(size) = NonZeroU64::new(points.0.unsigned_abs()) else { return Ok(snapshot) };
    let dollars = u128::from(amount.0.unsigned_abs())
        .checked_mul(scale.points_per_unit_dollar().get().into())
        .ok_or(MathError::Overflow)?;
    // |amount| · 10^e / n dollars, in units of 2^−40: the whole dollars and the rest each have their own division.
    let (whole, rest) = div_long(dollars, size);
    let (fraction, left) = div_long(u128::from(rest) << FundingIndex::FRACTION_BITS, size);
    let is_paid_out = amount.is_negative();
    let steps = whole
        .checked_mul(1 << FundingIndex::FRACTION_BITS)
        .and_then(|steps| steps.checked_add(fraction))
        .and_then(|steps| steps.checked_add(u128::from(is_paid_out && left != 0)))
        .ok_or(MathError::Overflow)?;
    let rises = is_paid_out == points.is_short();
    let steps = signed(!rises, steps).ok_or(MathError::Overflow)?;
    let index = snapshot.0.checked_add(steps).map(FundingIndex).ok_or(MathError::Overflow)?;
    if is_paid_out && owed(points, index, snapshot, scale)? < amount {
        // A step is worth more than a unit: one less is enough.
        return Ok(FundingIndex(if rises { index.0.wrapping_sub(1) } else { index.0.wrapping_add(1) }));
    }
    Ok(index)
}

/// Returns the pool's unsettled funding of a series with `long` bought and `short` written points, both sizes positive, in native units, rounded down.
/// It is positive when the positions together owe the pool, never more than the sum of what each position owes by [`owed`], and less than that
/// by no more than two units and two for each position. Errors: `Overflow`.
pub fn pool_claim(long: Points, short: Points, funding: &SeriesFunding, scale: PointScale) -> MathResult<NativeDelta> {
    let [bought, written] = funding.unsettled(long, short, scale)?;
    native_of(i128::from(bought).wrapping_add(i128::from(written)), scale)
}

/// Returns what each side of a series with `long` bought and `short` written points owes the pool, both sizes positive. Neither is more than what its positions owe by [`owed`],
/// and less by no more than two units and two for each of them. Errors: `Overflow`.
pub fn claims(long: Points, short: Points, funding: &SeriesFunding, scale: PointScale) -> MathResult<Claims> {
    let [bought, written] = funding.unsettled(long, short, scale)?;
    Ok(Claims { bought: native_of(bought.into(), scale)?, written: native_of(written.into(), scale)? })
}

/// Returns a number of claim units in native units, rounded down. Errors: `Overflow`.
#[inline(always)]
fn native_of(units: i128, scale: PointScale) -> MathResult<NativeDelta> {
    // The number has at most 65 bits and the shift is at most 29.
    let point_dollars = units << scale.claim_shift();
    let (quotient, rest) = div_long(point_dollars.unsigned_abs(), scale.points_per_unit_dollar());
    let down = quotient.wrapping_add(u128::from(point_dollars < 0 && rest != 0));
    let native = signed(point_dollars < 0, down).and_then(|native| i64::try_from(native).ok());
    native.map(NativeDelta).ok_or(MathError::Overflow)
}
