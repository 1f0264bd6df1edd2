//! A leg of a trade: an option and how much of it is bought or sold.

use super::{OptionId, SeriesId};
use crate::ensure;
use anchor_lang::prelude::*;

/// Largest number of legs of a trade.
pub const MAX_LEGS: usize = 4;

/// A leg as a trader names it.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionLeg {
    /// This is the option.
    pub option: OptionId,
    /// These are the points bought (positive) or sold (negative).
    pub points: i64,
}

/// A leg on a listed series.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub struct Leg {
    /// This is the series.
    pub series: SeriesId,
    /// These are the points bought (positive) or sold (negative).
    pub points: i64,
}

/// Checks that there are one to four legs, none of size zero and no two on one slot. Errors: `LegCount`, `LegZero`, `LegRepeated`.
pub fn check_legs(legs: &[Leg]) -> Result<()> {
    ensure!(!legs.is_empty() && legs.len() <= MAX_LEGS, LegCount, "{} legs", legs.len());
    for (place, leg) in legs.iter().enumerate() {
        ensure!(leg.points != 0, LegZero, "leg {}", place);
        ensure!(legs.iter().take(place).all(|l| l.series.slot != leg.series.slot), LegRepeated, "leg {}", place);
    }
    Ok(())
}
