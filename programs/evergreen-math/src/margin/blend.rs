//! Health between two portfolios, so that a liquidation can find how much to close without valuing options again.

use super::{Group, HealthLevel, Portfolio, SCENARIOS};
use crate::error::{MathError, MathResult};
use crate::fixed_point::{join, mul_wide};
use crate::units::{NativeDelta, Rounding};
use crate::wide::{div_word, signed};
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

impl<const LEVELS: usize> Portfolio<LEVELS> {
    /// What the options contribute to health at a level on the way from this portfolio to `other`, which must differ
    /// only in the points of its positions: scenario sums, charges and caps are linear in points. Takes in laxer levels as
    /// [`Portfolio::options`] does; both portfolios are measured at the same levels. Rounded down.
    /// Errors: as [`Portfolio::options`] and [`Blend::of`].
    pub fn options_between(&self, other: &Self, level: HealthLevel, at: Blend) -> MathResult<NativeDelta> {
        if !self.levels.contains(&level) {
            return Err(MathError::InvalidParameter);
        }
        let mut sum = NativeDelta::ZERO;
        for (from, to) in self.groups.iter().zip(&other.groups) {
            let least = if from == to {
                // No position of this underlying differs.
                self.options_in(from, level)?
            } else {
                self.options_within(from, to, level, at)?
            };
            sum = sum.checked_add(least)?;
        }
        Ok(sum)
    }

    fn options_within(
        &self,
        from: &Group<LEVELS>,
        to: &Group<LEVELS>,
        level: HealthLevel,
        at: Blend,
    ) -> MathResult<NativeDelta> {
        let charge = at.of(NativeDelta(from.charge), NativeDelta(to.charge), Rounding::Ceil)?.0;
        let caps = at.of(NativeDelta(from.caps), NativeDelta(to.caps), Rounding::Ceil)?.0;
        let between = Group::<0> { spot: from.spot, values: [], charge, caps, moves: from.moves };
        let mut least = NativeDelta::MAX;
        for (taken_in, (a, b)) in self.levels.iter().zip(from.values.iter().zip(&to.values)) {
            if *taken_in > level {
                continue;
            }
            let still = at.of(NativeDelta(a[0]), NativeDelta(b[0]), Rounding::Floor)?.0;
            let mut values = [still; SCENARIOS];
            for (value, (from, to)) in values.iter_mut().zip(a.iter().zip(b)) {
                if (*from, *to) != (a[0], b[0]) {
                    *value = at.of(NativeDelta(*from), NativeDelta(*to), Rounding::Floor)?.0;
                }
            }
            least = least.min(between.options(&values, self.params.extreme_weight)?);
        }
        Ok(least)
    }
}
