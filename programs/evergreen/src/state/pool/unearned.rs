//! What trades have paid beyond the bid, and a pool has not earned yet.
//!
//! Who buys in a burst pays the ask, and who opens in a pool with mark-ups pays them. What that is beyond the bid is pool cash at once.
//! But it can be known before: an order waits, and nobody has committed it. And it can be brought about: who has the other shares buys before a stranger's deposit. So it counts for nobody
//! before it is earned, a part of a month each half-hour, neither for who comes nor for who leaves: such a trade moves the price of a share in neither direction, and those have what it brings who are
//! there while it is earned. It is the locked profit of vaults that release it over time.

use super::{ExecutedPart, Pool, add, half_hour, size_of_execution};
use crate::{
    errors::{EvergreenError, MathContext},
    state::LiquidityRequest,
    types::ShareClass,
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, NativeDelta, Rounding, UnixTime};

impl Pool {
    /// Half-hours of the mean life of what is not earned yet: thirty days. Each earns as many parts of it.
    pub const UNEARNED_LIFE: u64 = 1_440;

    /// Sets aside what a trade has paid beyond the bid, at the unix second `at` of its record and at `now`. Errors: `Overflow`.
    #[inline(never)]
    pub fn defer(&mut self, at: i64, now: UnixTime, amount: Native) -> Result<()> {
        self.unearned = add(self.unearned_at(now)?.0, amount.0)?;
        self.unearned_touched = half_hour(now.0).into();
        if let Some(later) = self.later_at(at) {
            later.unearned = add(later.unearned, amount.0)?;
        }
        Ok(())
    }

    /// Returns what is not earned yet at `now`, in native units, rounded down.
    fn unearned_at(&self, now: UnixTime) -> Result<Native> {
        kept(Native(self.unearned), u64::from(half_hour(now.0)).saturating_sub(self.unearned_touched))
    }

    /// Returns what all shares are worth for whoever comes, or leaves with `leaving` of them, where they are worth `assets` native units: less what is not earned yet with the ledgers of a
    /// full minute, unix seconds, or at `now` with the present ones. That is never more than half of the assets, so that shares keep a price whatever is lost, nor more than the part of those who
    /// stay: whoever is last has all of it. Errors: `Overflow`.
    #[inline(never)]
    pub fn less_unearned(
        &self,
        assets: NativeDelta,
        leaving: u64,
        minute: Option<i64>,
        now: UnixTime,
    ) -> Result<NativeDelta> {
        if self.unearned == 0 {
            return Ok(assets);
        }
        let since = self.later_than(minute).map_or(0, |later| later.unearned);
        let unearned = self.unearned_at(now)?.0.saturating_sub(since);
        let (worth, total) = (assets.positive_part(), self.main.total.max(1));
        let stays = worth.mul_div(total.saturating_sub(leaving), total, Rounding::Floor).program()?;
        let unearned = Native(unearned.min(worth.0 >> 1).min(stays.0));
        assets.checked_sub(unearned.to_delta().program()?).program()
    }

    /// Cuts what is not earned yet after liquidity of the main class that was done where all shares were worth `assets` without it, and after which they have `paid` less, both in native units, to
    /// what they are worth now without it: nobody finds later that more is set aside than counted when they came, or than was left by those who have left. The full minute of the ledgers and `now` in
    /// unix seconds. Errors: `Overflow`.
    #[inline(never)]
    pub fn limit_unearned(&mut self, assets: NativeDelta, paid: Native, minute: Option<i64>, now: i64) -> Result<()> {
        let since = self.later_than(minute).map_or(0, |later| later.unearned);
        let left = assets.positive_part().0.saturating_sub(paid.0);
        let most = if self.main.total == 0 { since } else { add(left, since)? };
        if self.unearned_at(UnixTime(now))?.0 > most {
            self.unearned = most;
            self.unearned_touched = half_hour(now).into();
        }
        Ok(())
    }
}

/// Returns what all shares are worth for a withdrawal, and what of it can be paid now (`size_of_execution`), where all of its class are worth `assets` with what is not earned yet; the full minute and `now` in
/// unix seconds, amounts in native units. Only who leaves with all that they have asked for may be the last one: a part of it is paid as if all stayed, or those who stay would pay for what they have not taken yet. Errors:
/// as there.
#[inline(never)]
pub fn size_of_leaving(
    pool: &mut Pool,
    withdrawal: &LiquidityRequest,
    assets: NativeDelta,
    minute: Option<i64>,
    (free, now): (Native, i64),
) -> Result<(NativeDelta, Option<ExecutedPart>)> {
    if withdrawal.share_class() == ShareClass::Insurance {
        return Ok((assets, size_of_execution(pool, withdrawal, assets, free, now)?));
    }
    let last = pool.less_unearned(assets, withdrawal.shares, minute, UnixTime(now))?;
    let whole = size_of_execution(pool, withdrawal, last, free, now);
    if matches!(whole, Ok(Some(part)) if part.shares == withdrawal.shares) {
        return Ok((last, whole?));
    }
    let stays = pool.less_unearned(assets, 0, minute, UnixTime(now))?;
    Ok((stays, size_of_execution(pool, withdrawal, stays, free, now)?))
}

/// Returns what is kept of an amount after so many half-hours, in native units, rounded down. However they are cut, it is the same but for roundings of 2^−32.
fn kept(amount: Native, half_hours: u64) -> Result<Native> {
    const ONE: u64 = 1 << 32;
    if amount.is_zero() || half_hours == 0 {
        return Ok(amount);
    }
    let times = |a: u64, b: u64| Native(a).mul_div(b, ONE, Rounding::Floor).map(|product| product.0).program();
    let part = ONE.checked_div(Pool::UNEARNED_LIFE).and_then(|part| ONE.checked_sub(part));
    let (mut power, mut left, mut all) = (part.ok_or(EvergreenError::Overflow)?, half_hours, ONE);
    while left > 0 && all > 0 {
        if left & 1 == 1 {
            all = times(all, power)?;
        }
        power = times(power, power)?;
        left >>= 1;
    }
    amount.mul_div(all, ONE, Rounding::Floor).program()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_thirtieth_is_earned_in_a_day_however_it_is_cut() {
        let all = Native(1_000_000_000);
        for (half_hours, left) in [(0, 1.0), (1, 1.0 - 1.0 / 1_440.0), (48, (-1.0 / 30.0f64).exp()), (1_440, 0.3678)] {
            let kept = kept(all, half_hours).unwrap().0 as f64 / 1e9;
            assert!((kept / left - 1.0).abs() < 1e-3, "{half_hours}: {kept}");
        }
        let (one, two) = (kept(all, 999).unwrap().0, kept(kept(all, 900).unwrap(), 99).unwrap().0);
        assert!(one.abs_diff(two) < 10, "{one} {two}");
        assert_eq!(kept(all, u64::MAX).unwrap(), Native::ZERO);
    }
}
