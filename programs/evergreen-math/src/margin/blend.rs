//! Health between two portfolios, so that a liquidation can find how much to close without valuing options again.

use super::{Group, HealthLevel, Portfolio, SCENARIOS, bounded, counted};
use crate::error::{MathError, MathResult};
use crate::fixed_point::{join, mul_wide};
use crate::units::{BasisPoints, NativeDelta, Rounding};
use crate::wide::{div_word, signed};
use alloc::vec::Vec;
use core::num::NonZeroU64;

/// A share of the way from one portfolio to another: `part` of `whole`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Blend {
    /// Points of a position that are closed.
    pub part: u64,
    /// Points that lead to the other portfolio.
    pub whole: u64,
}

impl Blend {
    /// `from + (to − from) · part / whole`. Errors: `DivisionByZero`, `InvalidParameter` beyond the whole, `Overflow`.
    pub fn of(self, from: NativeDelta, to: NativeDelta, rounding: Rounding) -> MathResult<NativeDelta> {
        if self.part > self.whole {
            return Err(MathError::InvalidParameter);
        }
        let whole = NonZeroU64::new(self.whole).ok_or(MathError::DivisionByZero)?;
        let change = to.checked_sub(from)?.0;
        let (step, rest) = div_word(join(mul_wide(change.unsigned_abs(), self.part)), whole);
        let away = match rounding {
            Rounding::Floor => change < 0 && rest != 0,
            Rounding::Ceil => change > 0 && rest != 0,
        };
        // At most |change|, as the part is at most the whole.
        let step = step.wrapping_add(u128::from(away));
        let step = signed(change < 0, step).and_then(|step| i64::try_from(step).ok()).ok_or(MathError::Overflow)?;
        from.checked_add(NativeDelta(step))
    }
}

/// What a scenario sum is before and after.
type Change = (i64, i64);

/// The way of the options' contribution to health at one level from a portfolio to another that differs in the points of its
/// positions only. Made once for the many sizes that a liquidation tries.
#[derive(Clone, Debug)]
pub struct Way {
    /// The contribution of the underlyings whose options stay as they are, native units.
    unchanged: NativeDelta,
    /// The underlyings whose options change.
    changed: Vec<ChangedGroup>,
}

/// The sums of one underlying that can decide its contribution.
#[derive(Clone, Debug)]
struct ChangedGroup {
    unmoved: Change,
    /// Of the moves at all levels that count: a sum that is no lower than another one before and after is never the worst.
    moves: Vec<Change>,
    /// Of the extremes, likewise.
    extremes: Vec<Change>,
    charge: Change,
    caps: Change,
    extreme_weight: BasisPoints,
}

impl Way {
    /// What the options contribute to health at `at`: scenario sums, charges and caps are linear in points. Native units,
    /// rounded down. Errors: `Overflow`, and those of [`Blend::of`].
    pub fn options(&self, at: Blend) -> MathResult<NativeDelta> {
        self.changed.iter().try_fold(self.unchanged, |sum, group| sum.checked_add(group.options(at)?))
    }
}

impl ChangedGroup {
    fn new<const LEVELS: usize>(
        from: &Group<LEVELS>,
        to: &Group<LEVELS>,
        counts: [bool; LEVELS],
        extreme_weight: BasisPoints,
    ) -> Self {
        let mut unmoved = (0, 0);
        let (mut moves, mut extremes) = (Vec::with_capacity(SCENARIOS), Vec::with_capacity(SCENARIOS));
        for ((a, b), _) in from.values.iter().zip(&to.values).zip(counts).filter(|(_, counts)| *counts) {
            // The same at all levels.
            unmoved = (a[0], b[0]);
            // From the largest moves, which are the likeliest to be the worst.
            for (place, change) in a.iter().copied().zip(b.iter().copied()).enumerate().skip(1).rev() {
                let worst = if place < SCENARIOS - 2 { &mut moves } else { &mut extremes };
                let no_lower = |low: &Change| low.0 <= change.0 && low.1 <= change.1;
                if !no_lower(&unmoved) && !worst.iter().any(no_lower) {
                    worst.push(change);
                }
            }
        }
        let (charge, caps) = ((from.charge, to.charge), (from.caps, to.caps));
        Self { unmoved, moves, extremes, charge, caps, extreme_weight }
    }

    /// `max(worst − charge, −caps)`, as of a group.
    fn options(&self, at: Blend) -> MathResult<NativeDelta> {
        let between = |change: Change, rounding| -> MathResult<i64> {
            Ok(at.of(NativeDelta(change.0), NativeDelta(change.1), rounding)?.0)
        };
        let unmoved = between(self.unmoved, Rounding::Floor)?;
        let mut worst = unmoved;
        for change in &self.moves {
            worst = worst.min(between(*change, Rounding::Floor)?);
        }
        for change in &self.extremes {
            worst = worst.min(counted(unmoved, between(*change, Rounding::Floor)?, self.extreme_weight)?);
        }
        bounded(worst, between(self.charge, Rounding::Ceil)?, between(self.caps, Rounding::Ceil)?)
    }
}

impl<const LEVELS: usize> Portfolio<LEVELS> {
    /// The way of the options' contribution to health at a level from this portfolio to `other`, which must differ only in the
    /// points of its positions. Takes in laxer levels as [`Portfolio::options`] does; both portfolios are measured at the same
    /// levels. Errors: as [`Portfolio::options`].
    #[inline(never)]
    pub fn way_to(&self, other: &Self, level: HealthLevel) -> MathResult<Way> {
        if !self.levels.contains(&level) {
            return Err(MathError::InvalidParameter);
        }
        let counts = self.levels.map(|taken_in| taken_in <= level);
        let mut way = Way { unchanged: NativeDelta::ZERO, changed: Vec::with_capacity(1) };
        for (from, to) in self.groups.iter().zip(&other.groups) {
            if from == to {
                way.unchanged = way.unchanged.checked_add(self.options_in(from, level)?)?;
            } else {
                way.changed.push(ChangedGroup::new(from, to, counts, self.params.extreme_weight));
            }
        }
        Ok(way)
    }
}
