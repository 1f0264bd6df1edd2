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
    /// Returns `from + (to − from) · part / whole`, rounded as asked. Errors: `DivisionByZero` for a whole of zero, `InvalidParameter`
    /// for a part above the whole, `Overflow`.
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
        // The step is at most |change|, because the part is at most the whole.
        let step = step.wrapping_add(u128::from(away));
        let step = signed(change < 0, step).and_then(|step| i64::try_from(step).ok()).ok_or(MathError::Overflow)?;
        from.checked_add(NativeDelta(step))
    }
}

/// A sum before and after, native units.
type Change = (i64, i64);

/// The options' contribution to health at one level between one portfolio and another that differs in the points of its positions
/// only. It is made once for the many sizes that a liquidation tries.
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
    /// The sums of the moves at all levels that count. A sum that is no lower than another before and after is never the worst and is
    /// left out.
    moves: Vec<Change>,
    /// The sums of the extremes, chosen in the same way.
    extremes: Vec<Change>,
    charge: Change,
    caps: Change,
    extreme_weight: BasisPoints,
}

impl Way {
    /// Returns what the options contribute to health at `at`, in native units, rounded down; scenario sums, charges and caps are
    /// linear in points. Errors: `Overflow`, and those of [`Blend::of`].
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
            // The unmoved sum is the same at all levels.
            unmoved = (a[0], b[0]);
            // The loop begins with the largest moves, which are the likeliest to be the worst.
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

    /// Returns `max(worst − charge, −caps)` of a group at `at`, native units.
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
    /// Returns the way of the options' contribution to health at a level from this portfolio to `other`, which must differ only in
    /// the points of its positions and be measured at the same levels. It includes laxer levels as [`Portfolio::options`] does.
    /// Errors: as [`Portfolio::options`].
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
