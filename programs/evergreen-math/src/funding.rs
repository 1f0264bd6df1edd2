//! Funding: what holders of everlasting options pay to writers for keeping them.
//!
//! The holder pays `TV/T` dollars per unit of time on one unit of the index, where `TV` is the time value
//! (mark − intrinsic) and `T` the tenor (White and Bankman-Fried, *Everlasting Options*, Paradigm 2021), and beside it the carry
//! on his delta ([`crate::carry`]), which may be negative. Each series keeps one cumulative index `F = ∫ rate/T dt`; a position of n points that was last settled at `F_s` owes
//! `n·(F − F_s)·10^−e` native units. Beside the index the series keeps `Σ nᵢ·F_sᵢ` exactly, so that what all
//! positions together owe the pool, `N·F − Σ nᵢ·F_sᵢ`, is known without visiting them.
//!
//! With sums of at most 2^53 points and time values of at most 2^30 dollars nothing below can overflow in
//! the lifetime of a series; beyond that the functions answer `Overflow`.

use crate::error::{MathError, MathResult};
use crate::units::{Dollars, NativeDelta, PointScale, Points, Rounding, Seconds, UnixTime};
use crate::wide::{div_word, signed, times_signed};
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
    /// Σ points · snapshot over all positions, in points · 2^−40 dollars, exact.
    pub claim_basis: i128,
}

impl SeriesFunding {
    /// Returns the funding of a series that begins to accrue at `now`.
    pub const fn starting(now: UnixTime) -> Self {
        Self { index: FundingIndex::ZERO, rate: Dollars::ZERO, touched: now, claim_basis: 0 }
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
        let (size, rest) = div_word(index_units.unsigned_abs(), divisor);
        // The size is below 2^103.
        let size = size.wrapping_add(u128::from(index_units < 0 && rest != 0));
        let step = signed(index_units < 0, size).ok_or(MathError::Overflow)?;
        let index = self.index.0.checked_add(step).map(FundingIndex).ok_or(MathError::Overflow)?;
        Ok(Self { index, rate: rate_now, touched, claim_basis: self.claim_basis })
    }

    /// Updates the claim basis for a position of `old` points settled at `snapshot` that becomes one of `new` points settled
    /// at the present index. The update is exact, so that [`pool_claim`] stays exact. Errors: `Overflow`.
    pub fn on_position_change(&self, old: Points, snapshot: FundingIndex, new: Points) -> MathResult<Self> {
        let leaves = times_signed(snapshot.0, old.0).ok_or(MathError::Overflow)?;
        let enters = times_signed(self.index.0, new.0).ok_or(MathError::Overflow)?;
        let claim_basis = self.claim_basis.checked_sub(leaves).and_then(|basis| basis.checked_add(enters));
        Ok(Self { claim_basis: claim_basis.ok_or(MathError::Overflow)?, ..*self })
    }
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

/// Returns the pool's unsettled funding of a series, `(net·F − Σ nᵢ·F_sᵢ)·10^−e` native units, rounded down, where `net_points`
/// is the sum of all positions. It is positive when the positions together owe the pool, and never more than the sum of what
/// each position owes by [`owed`]. Errors: `Overflow`.
pub fn pool_claim(net_points: Points, funding: &SeriesFunding, scale: PointScale) -> MathResult<NativeDelta> {
    let accrued = times_signed(funding.index.0, net_points.0).ok_or(MathError::Overflow)?;
    let claim = accrued.checked_sub(funding.claim_basis).ok_or(MathError::Overflow)?;
    // A floor of a floor is the floor of the whole; the shift of a negative number rounds down, and so does the division.
    let point_dollars = claim >> FundingIndex::FRACTION_BITS;
    let (quotient, rest) = div_word(point_dollars.unsigned_abs(), scale.points_per_unit_dollar());
    // The quotient is below 2^88.
    let down = quotient.wrapping_add(u128::from(point_dollars < 0 && rest != 0));
    let native = signed(point_dollars < 0, down).and_then(|native| i64::try_from(native).ok());
    native.map(NativeDelta).ok_or(MathError::Overflow)
}
