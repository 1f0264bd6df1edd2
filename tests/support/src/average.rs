//! The average price that Pyth publishes beside each price.

/// Slots in which an average moves half way to a constant price.
const HALF_LIFE_SLOTS: f64 = 5_921.0;
/// Seconds of a slot.
const SLOT: f64 = 0.6;

/// Returns the average after `seconds` in which the price was `price`: it lags by about an hour. Both are in units of the price, and
/// the result is rounded to one.
pub fn follow(average: i64, price: i64, seconds: i64) -> i64 {
    let left = (-(seconds.max(0) as f64) / (HALF_LIFE_SLOTS * SLOT)).exp2();
    average + ((price - average) as f64 * (1.0 - left)).round() as i64
}

#[cfg(test)]
mod tests {
    use super::follow;

    #[test]
    fn a_step_stays_outside_five_per_cent_for_as_long_as_the_real_one() {
        // Measured of the real average: a step of 6, 8 or 10 % stays outside for 16, 41 and 60 minutes.
        for (step, measured) in [(106, 16), (108, 41), (110, 60)] {
            let (mut average, mut minutes) = (100_000_000, 0);
            while (step * 1_000_000 - average) * 20 > average {
                average = follow(average, step * 1_000_000, 60);
                minutes += 1;
            }
            assert!((measured * 8 / 10..=measured).contains(&minutes), "{step}: {minutes} minutes");
        }
    }
}
