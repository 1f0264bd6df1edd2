//! Health between two portfolios, so that a liquidation can find how much to close without valuing options again.

use super::{Group, HealthLevel, Portfolio, SCENARIOS};
use crate::error::{MathError, MathResult};
use crate::units::{Dollars, NativeDelta, Rounding};

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
        if self.whole == 0 {
            return Err(MathError::DivisionByZero);
        }
        let change = to.checked_sub(from)?;
        // |change| < 2^63 and part < 2^64: the product fits.
        let product = i128::from(change.0).checked_mul(i128::from(self.part)).ok_or(MathError::Overflow)?;
        let whole = i128::from(self.whole);
        let toward_zero = product.checked_div(whole).ok_or(MathError::DivisionByZero)?;
        let exact = toward_zero.checked_mul(whole) == Some(product);
        let step = match rounding {
            Rounding::Floor if !exact && product < 0 => toward_zero.saturating_sub(1),
            Rounding::Ceil if !exact && product > 0 => toward_zero.saturating_add(1),
            _ => toward_zero,
        };
        let step = i64::try_from(step).map_err(|_| MathError::Overflow)?;
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
            if from.spot == Dollars::ZERO && to.spot == Dollars::ZERO {
                // No position of this underlying.
                continue;
            }
            let charge = at.of(NativeDelta(from.charge), NativeDelta(to.charge), Rounding::Ceil)?.0;
            let caps = at.of(NativeDelta(from.caps), NativeDelta(to.caps), Rounding::Ceil)?.0;
            let between = Group::<0> { spot: from.spot, values: [], charge, caps };
            let mut least = NativeDelta::MAX;
            for (taken_in, (a, b)) in self.levels.iter().zip(from.values.iter().zip(&to.values)) {
                if *taken_in > level {
                    continue;
                }
                let mut values = [0i64; SCENARIOS];
                for (value, (a, b)) in values.iter_mut().zip(a.iter().zip(b)) {
                    *value = at.of(NativeDelta(*a), NativeDelta(*b), Rounding::Floor)?.0;
                }
                least = least.min(between.options(&values, self.params.extreme_weight)?);
            }
            sum = sum.checked_add(least)?;
        }
        Ok(sum)
    }
}
