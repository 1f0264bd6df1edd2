//! Seconds between a proposal and its execution.

use super::PoolParams;
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

/// Days beyond the longest cooldown that a change waits which people may want to leave before, in seconds: three days. Exits can be paused for one of them, and
/// on each of the others a quarter of a class leaves at least.
pub const TO_LEAVE: i64 = 3 * 86_400;

/// Returns the seconds that a change of a pool, of an underlying or of its price source waits, by a timelock in seconds. It is the same for every pool, by the longest cooldown that any may
/// have, because pools share underlyings: whoever asks for their liquidity when it is proposed has waited for it before, whatever their pool's parameters are then or become.
pub fn with_time_to_leave(timelock: u32) -> i64 {
    i64::from(timelock.max(PoolParams::MAX_COOLDOWN)).saturating_add(TO_LEAVE)
}
