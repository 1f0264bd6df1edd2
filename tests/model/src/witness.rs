//! What the chain is asked for, because the documents allow an error in it. Everything else the model works out to the unit.
//!
//! Time values, slopes and volatilities are real numbers, which the program knows within a stated error. A value that follows from one of them is a *range*:
//! mostly of one number, because the error is far below a unit. The model asks what the chain has, asserts that it lies in the range, and goes on with it.

use crate::real::Real;
use std::collections::BTreeMap;

/// Whole numbers from a least to a largest one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// The least.
    pub least: i128,
    /// The largest.
    pub most: i128,
}

impl Range {
    /// Returns a real number with an error in units of 2^−`digits`, rounded down, and so many units beside it.
    pub fn down(number: &Real, error: &Real, digits: u64, units: i128) -> Self {
        Self { least: (number - error).down(digits) - units, most: (number + error).down(digits) + units }
    }
}

/// What was asked so far, by what it was.
#[derive(Clone, Debug, Default)]
pub struct Witness {
    /// By name: how often, how often within a range of more than one number, and the largest width of a range.
    pub asked: BTreeMap<&'static str, (u64, u64, i128)>,
}

impl Witness {
    /// Returns what the chain has, which has to lie in a range.
    ///
    /// # Errors
    /// What was found, where it does not.
    pub fn within(&mut self, name: &'static str, range: Range, seen: i128) -> Result<i128, String> {
        let (times, wide, width) = self.asked.entry(name).or_default();
        *times += 1;
        *wide += u64::from(range.least != range.most);
        *width = (*width).max(range.most - range.least);
        if (range.least..=range.most).contains(&seen) {
            return Ok(seen);
        }
        let off = if seen < range.least { seen - range.least } else { seen - range.most };
        Err(format!("{name}: the chain has {seen}, the model {} to {} (off by {off})", range.least, range.most))
    }
}
