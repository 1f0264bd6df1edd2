//! Seconds between a proposal and its execution.

use crate::ensure;
use anchor_lang::prelude::*;

/// Unless changed: 48 hours.
pub const DEFAULT: u32 = 2 * 86_400;
/// Shortest: 24 hours.
pub const MIN: u32 = 86_400;
/// Longest: 30 days.
pub const MAX: u32 = 30 * 86_400;

/// Errors: `InvalidParameter` unless so many seconds are [`MIN`] to [`MAX`].
pub fn check(seconds: u32) -> Result<()> {
    let inside = (MIN..=MAX).contains(&seconds);
    ensure!(inside, InvalidParameter, "timelock is {}, must be {} to {}", seconds, MIN, MAX);
    Ok(())
}
