//! Prices of the week: fixed points, so that planned events happen, and noise between them.

use evergreen_tests::{random::Random, world::DOLLAR};

/// Hours and dollars of BTC: a dip triggers stops, a rise by 8 % causes the liquidation of a part of a writer's position, and a rise by
/// 15 % passes the cap of calls at 100,000.
pub const BTC: [(i64, i64); 9] = [
    (0, 100_000),
    (12, 101_000),
    (20, 97_500),
    (30, 101_000),
    (31, 109_500),
    (60, 106_000),
    (61, 121_500),
    (100, 117_000),
    (168, 112_000),
];

/// Hours and dollars of ETH: a fall by more than a quarter takes all margin of the writer of puts at 3,600, and an hour later the price
/// passes the cap of these puts.
pub const ETH: [(i64, i64); 7] =
    [(0, 4_000), (40, 4_150), (100, 4_100), (109, 4_100), (110, 2_950), (111, 2_750), (168, 2_950)];

/// The reach of noise, in basis points for each hour away from the nearest fixed point, up to four hours.
const NOISE: i64 = 15;

/// A price for every hour, in hundred-millionths of a dollar.
pub struct Path(Vec<i64>);

impl Path {
    /// Draws a path through these points of hours and dollars.
    pub fn new(points: &[(i64, i64)], random: &mut Random) -> Self {
        let mut hours = Vec::new();
        for pair in points.windows(2) {
            let ((from, first), (to, last)) = (pair[0], pair[1]);
            for hour in from..to {
                let line = (first * (to - hour) + last * (hour - from)) * DOLLAR / (to - from);
                let reach = NOISE * (hour - from).min(to - hour).min(4);
                hours.push(line + line / 10_000 * random.range(-reach, reach));
            }
        }
        hours.extend(points.last().map(|(_, last)| last * DOLLAR));
        Self(hours)
    }

    /// Returns the price of an hour, in hundred-millionths of a dollar; after the week it is the last price.
    pub fn at(&self, hour: i64) -> i64 {
        let place = usize::try_from(hour).expect("an hour of the week").min(self.0.len() - 1);
        self.0[place]
    }
}
