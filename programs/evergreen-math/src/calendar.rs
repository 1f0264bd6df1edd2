//! How fast variance, and with it funding, runs by the day of the week.
//!
//! On Saturdays and Sundays (UTC) prices of BTC and ETH move less. At one speed on all days whoever writes on a Friday night is paid for moves that do not
//! come. So variance runs at a part of an even day on each day of the weekend, and on other days so much faster that a week is a week:
//!
//! ```text
//! v = ln²(P/P₋)/τ,  τ the time of the week from P₋ to P        funding of a half-hour = speed · TV/T, of a gap that of its days
//! ```
//!
//! Values do not change by it: an option that never expires has no calendar, and averages of variance count each return by the time of its day.

use crate::error::{MathError, MathResult};
use crate::fixed_point::{join, words};
use crate::units::{BasisPoints, Dollars, Seconds, UnixTime};
use crate::wide::signed;

/// Speeds of the days of the weekend, as shares of an even day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    /// Speed on Saturdays.
    pub saturday: BasisPoints,
    /// Speed on Sundays.
    pub sunday: BasisPoints,
}

/// A speed in 2^−16 of that of an even day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Speed(u32);

/// A span in 2^−16 seconds of an even day.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(transparent)]
pub struct Span(pub u64);

const SHIFT: u32 = 16;
const DAY: u64 = Seconds::DAY.0 as u64;

impl Speed {
    /// Returns the funding of a half-hour at this speed, given that of an even one, dollars per tenor, rounded down by less than 2^−64. Errors: `Overflow` for a
    /// negative number or one of 2^46 dollars, which no time value is.
    #[inline]
    pub fn of(self, time_value: Dollars) -> MathResult<Dollars> {
        let (high, low) = words(time_value.to_bits().unsigned_abs());
        if time_value.is_negative() || high >> 46 != 0 {
            return Err(MathError::Overflow);
        }
        // Speeds are below 2^17, so no product of a half of a word wraps. The first two are whole numbers of 2^−64 after the shift.
        let speed = u64::from(self.0);
        let above = join((high.wrapping_mul(speed), 0)) >> SHIFT;
        let middle = u128::from((low >> 32).wrapping_mul(speed)) << (32 - SHIFT);
        let below = (low & u64::from(u32::MAX)).wrapping_mul(speed) >> SHIFT;
        let sum = above.wrapping_add(middle).wrapping_add(u128::from(below));
        signed(false, sum).map(Dollars::from_bits).ok_or(MathError::Overflow)
    }
}

impl Week {
    /// The same speed on all days.
    pub const EVEN: Self = Self { saturday: BasisPoints::ONE, sunday: BasisPoints::ONE };

    /// Checks the speeds. Errors: `InvalidParameter` beyond that of an even day.
    pub fn check(&self) -> MathResult<()> {
        if self.saturday > BasisPoints::ONE || self.sunday > BasisPoints::ONE {
            return Err(MathError::InvalidParameter);
        }
        Ok(())
    }

    /// Speeds of Saturdays, of Sundays and of other days. The last one is rounded down, so a week is shorter by at most 2^−14 of a day.
    fn speeds(&self) -> [u64; 3] {
        let part = |share: BasisPoints| (u64::from(share.0) << SHIFT).div_euclid(BasisPoints::ONE_U64);
        let (saturday, sunday) = (part(self.saturday), part(self.sunday));
        let left = (7 << SHIFT) as u64;
        [saturday, sunday, left.saturating_sub(saturday).saturating_sub(sunday).div_euclid(5)]
    }

    /// Returns the days of a moment since the Thursday at which 1970 began, those since the last Thursday, and the seconds of its day. Moments before 1970 count
    /// as its beginning.
    fn date(at: UnixTime) -> (u64, u64, u64) {
        // The machine divides unsigned numbers only.
        let seconds = at.0.max(0).unsigned_abs();
        let days = seconds.div_euclid(DAY);
        (days, days.rem_euclid(7), seconds.rem_euclid(DAY))
    }

    /// Returns the speed at a moment.
    #[inline(never)]
    pub fn speed(&self, at: UnixTime) -> Speed {
        let speed = match (Self::date(at).1, *self == Self::EVEN) {
            (_, true) => 1 << SHIFT,
            (weekday, _) => {
                let [saturday, sunday, other] = self.speeds();
                match weekday {
                    2 => saturday,
                    3 => sunday,
                    _ => other,
                }
            }
        };
        // At most seven fifths of 2^16.
        Speed(u32::try_from(speed).unwrap_or(u32::MAX))
    }

    /// Returns the time of the week since 1970.
    fn passed(&self, at: UnixTime) -> u64 {
        let [saturday, sunday, other] = self.speeds();
        let (days, weekday, seconds) = Self::date(at);
        let week = saturday.saturating_add(sunday).saturating_add(other.saturating_mul(5));
        let of_days = match weekday {
            0..=2 => other.saturating_mul(weekday),
            3 => other.saturating_mul(2).saturating_add(saturday),
            _ => other.saturating_mul(weekday.saturating_sub(2)).saturating_add(saturday).saturating_add(sunday),
        };
        let today = match weekday {
            2 => saturday,
            3 => sunday,
            _ => other,
        };
        let whole = week.saturating_mul(days.div_euclid(7)).saturating_add(of_days).saturating_mul(DAY);
        whole.saturating_add(today.saturating_mul(seconds))
    }

    /// Returns the time of the week between two moments; nothing where the second one is not later.
    #[inline(never)]
    pub fn between(&self, from: UnixTime, to: UnixTime) -> Span {
        Span(self.passed(to).saturating_sub(self.passed(from)))
    }

    /// Returns the mean speed between two moments, rounded down; the speed at the first one where the second one is not later.
    pub fn mean_speed(&self, from: UnixTime, to: UnixTime) -> Speed {
        let seconds = u64::try_from(to.0.saturating_sub(from.0.max(0))).unwrap_or(0);
        let mean = self.between(from, to).0.checked_div(seconds).and_then(|mean| u32::try_from(mean).ok());
        mean.map_or_else(|| self.speed(from), Speed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WEEKEND: Week = Week { saturday: BasisPoints(5_000), sunday: BasisPoints(8_000) };
    /// 2024-09-14 was a Saturday.
    const SATURDAY: i64 = 1_726_272_000;

    #[test]
    fn days_have_their_speeds_and_a_week_is_a_week() {
        let day = |number: i64| WEEKEND.speed(UnixTime(SATURDAY + number * 86_400));
        assert_eq!((day(0), day(1)), (Speed(32_768), Speed(52_428)));
        assert!((2..7).all(|number| day(number) == day(-1) && day(number) == Speed(74_711)));
        assert_eq!(WEEKEND.speed(UnixTime(SATURDAY - 1)), Speed(74_711));
        let week = WEEKEND.between(UnixTime(SATURDAY + 777), UnixTime(SATURDAY + 777 + 7 * 86_400));
        assert!(((7 * 86_400) << 16) - week.0 <= 4 * 86_400, "{week:?}");
        assert_eq!(Week::EVEN.between(UnixTime(1_000), UnixTime(5_000)), Span(4_000 << 16));
    }

    #[test]
    fn spans_are_sums_of_speeds_and_add_up() {
        let mut at = SATURDAY - 3 * 86_400 - 17;
        let mut sum = 0;
        let begun = at;
        while at < SATURDAY + 9 * 86_400 {
            let speed = u64::from(WEEKEND.speed(UnixTime(at)).0);
            let step = 1_800.min(86_400 - at.rem_euclid(86_400));
            let span = WEEKEND.between(UnixTime(at), UnixTime(at + step));
            assert_eq!(span.0, speed * step.unsigned_abs());
            (at, sum) = (at + step, sum + span.0);
            assert_eq!(WEEKEND.between(UnixTime(begun), UnixTime(at)).0, sum);
        }
        assert_eq!(WEEKEND.between(UnixTime(at), UnixTime(begun)), Span(0));
    }

    #[test]
    fn a_mean_speed_is_that_of_the_days_between() {
        let at = |days: i64, seconds: i64| UnixTime(SATURDAY + days * 86_400 + seconds);
        assert_eq!(WEEKEND.mean_speed(at(0, 5), at(0, 80_000)), Speed(32_768));
        assert_eq!(WEEKEND.mean_speed(at(0, 0), at(2, 0)), Speed((32_768 + 52_428) / 2));
        assert_eq!(WEEKEND.mean_speed(at(0, 999), at(7, 999)), Speed(65_535));
        assert_eq!(WEEKEND.mean_speed(at(1, 9), at(1, 9)), WEEKEND.speed(at(1, 9)));
        assert_eq!(WEEKEND.mean_speed(at(1, 9), at(0, 9)), WEEKEND.speed(at(1, 9)));
        assert_eq!(Week::EVEN.mean_speed(at(0, 1), at(1_000, 17)), Speed(1 << 16));
    }

    #[test]
    fn an_even_speed_changes_no_bit() {
        for bits in [0, 1, 77, 1 << 70, (1 << 94) - 1, 0x1234_5678_9abc_def0_1234_5678] {
            let value = Dollars::from_bits(bits);
            for at in [SATURDAY, SATURDAY + 86_400, SATURDAY + 200_000] {
                let speed = WEEKEND.speed(UnixTime(at));
                assert_eq!(speed.of(value), Ok(Dollars::from_bits((bits * i128::from(speed.0)) >> 16)));
            }
            assert_eq!(Week::EVEN.speed(UnixTime(SATURDAY)).of(value), Ok(value));
        }
        assert_eq!(WEEKEND.speed(UnixTime(SATURDAY)).of(Dollars::from_int(7)), Ok(Dollars::from_bits(7 << 63)));
    }
}
