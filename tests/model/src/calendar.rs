//! How fast variance runs on which day: *Volatility* of docs/mathematics.md.

/// Speeds in units of 2^−16 of an even day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Week {
    saturday: i128,
    sunday: i128,
}

/// Seconds of a day.
pub const DAY: i64 = 86_400;
/// Speed of an even day.
pub const EVEN: i128 = 1 << 16;

impl Week {
    /// Makes a week whose Saturdays and Sundays run at these parts of an even day, basis points.
    pub const fn new(saturday_bps: i128, sunday_bps: i128) -> Self {
        Self { saturday: saturday_bps * EVEN / 10_000, sunday: sunday_bps * EVEN / 10_000 }
    }

    /// Returns the speed of the day (UTC) in which a moment lies; a week of all is a week, so the other days share what is left.
    pub const fn speed(self, moment: i64) -> i128 {
        // The first day of 1970 was a Thursday.
        match (moment.div_euclid(DAY) + 4).rem_euclid(7) {
            6 => self.saturday,
            0 => self.sunday,
            _ => (7 * EVEN - self.saturday - self.sunday) / 5,
        }
    }

    /// Returns the seconds between two moments as the week counts them, in units of 2^−16 seconds.
    pub fn between(self, from: i64, to: i64) -> i128 {
        let (mut at, mut sum) = (from, 0);
        while at < to {
            let until = ((at.div_euclid(DAY) + 1) * DAY).min(to);
            sum += self.speed(at) * i128::from(until - at);
            at = until;
        }
        sum
    }
}
