//! Seconds between a proposal and its execution.

use crate::ensure;
use anchor_lang::prelude::*;

/// First timelock of the protocol, in seconds: 48 hours.
pub const DEFAULT: u32 = 2 * 86_400;
/// Shortest timelock, in seconds: 24 hours.
pub const MIN: u32 = 86_400;
/// Longest timelock, in seconds: 30 days.
pub const MAX: u32 = 30 * 86_400;

/// Checks a timelock in seconds. Errors: `InvalidParameter` unless it lies between [`MIN`] and [`MAX`].
pub fn check(seconds: u32) -> Result<()> {
    let inside = (MIN..=MAX).contains(&seconds);
    ensure!(inside, InvalidParameter, "timelock is {}, must be {} to {}", seconds, MIN, MAX);
    Ok(())
}
