//! Reserved collateral: the pool tokens that stay in the pool so that every bought option can be paid its cap payoff.

use crate::error::{MathError, MathResult};
use crate::units::{BasisPoints, Dollars, Native, NativeDelta, PointScale, Points, Rounding, Seconds};

const SECONDS_PER_HOUR: u64 = 3_600;

/// Returns the reserve of a series: `long open interest · cap payoff · 10^−e` native units, rounded up. It is gross: neither
/// what traders have written nor other series reduce it. Errors: `Domain` for negative open interest or cap payoff, `Overflow`.
pub fn required(long_open_interest: Points, cap_payoff: Dollars, scale: PointScale) -> MathResult<Native> {
    if long_open_interest.is_short() || cap_payoff.is_negative() {
        return Err(MathError::Domain);
    }
    scale.native(long_open_interest, cap_payoff, Rounding::Ceil).map(NativeDelta::positive_part)
}

/// Returns the most that reserves may take of the pool's cash: `pool_cash · utilisation` native units, rounded down.
/// Errors: `InvalidParameter` above 100 %.
pub fn reserve_limit(pool_cash: Native, utilisation: BasisPoints) -> MathResult<Native> {
    if utilisation > BasisPoints::ONE {
        return Err(MathError::InvalidParameter);
    }
    pool_cash.share(utilisation, Rounding::Floor)
}

/// The sum of all reserves beside its limit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ReserveUse {
    /// Sum of the reserves of all series, native units.
    pub reserved: Native,
    /// The most that the sum may be, native units.
    pub limit: Native,
}

impl ReserveUse {
    /// Returns whether the rule `Σ reserves ≤ limit` holds.
    pub fn is_within(&self) -> bool {
        self.reserved <= self.limit
    }

    /// Returns the reserve that may still be added, native units; zero when the limit is reached.
    pub fn free(&self) -> Native {
        Native(self.limit.0.saturating_sub(self.reserved.0))
    }
}

/// Returns the reserves beside their limit, so that a refusal can name both numbers. Errors: as [`reserve_limit`].
pub fn reserve_use(reserved: Native, pool_cash: Native, utilisation: BasisPoints) -> MathResult<ReserveUse> {
    Ok(ReserveUse { reserved, limit: reserve_limit(pool_cash, utilisation)? })
}

/// Returns the level from which the growth of reserves counts, `elapsed` after it was `level`: it follows reserves by at most `hourly` native units an hour,
/// rounded down, so that whoever keeps `reserves ≤ level + hourly` lets them grow by at most `hourly · (1 + t)` in `t` hours. Never fails: a step that does not
/// fit the type reaches the reserves.
pub fn level_after(level: Native, reserves: Native, hourly: Native, elapsed: Seconds) -> Native {
    let step = hourly.mul_div(u64::from(elapsed.0), SECONDS_PER_HOUR, Rounding::Floor).unwrap_or(Native::MAX);
    if level < reserves {
        Native(level.0.saturating_add(step.0)).min(reserves)
    } else {
        Native(level.0.saturating_sub(step.0)).max(reserves)
    }
}

/// Returns the pool cash that could leave without breaking the reserve rule: `pool_cash − ⌈reserved / utilisation⌉` native units, rounded
/// down; zero when the reserves need it all. Errors: `InvalidParameter` for a utilisation of zero or above 100 %.
pub fn free_cash(reserved: Native, pool_cash: Native, utilisation: BasisPoints) -> MathResult<Native> {
    if utilisation.is_zero() || utilisation > BasisPoints::ONE {
        return Err(MathError::InvalidParameter);
    }
    // A need that does not fit the type exceeds any pool's cash.
    let needed =
        reserved.mul_div(BasisPoints::ONE_U64, u64::from(utilisation.0), Rounding::Ceil).unwrap_or(Native::MAX);
    Ok(Native(pool_cash.0.saturating_sub(needed.0)))
}
