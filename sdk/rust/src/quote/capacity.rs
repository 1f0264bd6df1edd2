//! Capacity: the largest trade that the program would accept.

use super::{PoolView, Result};
use evergreen::{
    Leg,
    state::{MarginAccount, SeriesId},
};

/// The most that an account can trade of one series in one leg now, in points. Both numbers are zero or more.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Most points that can be bought.
    pub buy: u64,
    /// Most points that can be sold: a bought position is closed, and the rest is written.
    pub sell: u64,
}

/// A trade of at most 1,000 points is sized like this:
///
/// ```
/// use evergreen_sdk::testing::scene::Scene;
///
/// let mut scene = Scene::new(1, 0)?;
/// let account = scene.account(0);
/// let size = scene.view.capacity(&account, scene.series[0])?.buy.min(1_000);
/// assert_eq!(size, 1_000);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the most that an account can buy and sell of a series under all rules of a trade: reserves, sizes, written against
    /// bought points, cash, health. The search halves the limit of a position until the trade is accepted, and then bisects to the
    /// point.
    ///
    /// The search assumes that a larger size never meets rules that a smaller size, above the pool's least size, does not.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) when no size can be checked, for an unknown series or a missing price.
    pub fn capacity(&self, account: &MarginAccount, series: SeriesId) -> Result<Capacity> {
        // Prices are checked first, because a missing or refused price would refuse every size.
        for place in self.needed(account, [series])? {
            self.price(place)?;
        }
        Ok(Capacity { buy: self.most(account, series, 1), sell: self.most(account, series, -1) })
    }

    fn most(&self, account: &MarginAccount, series: SeriesId, sign: i64) -> u64 {
        let held = account.find(series).map_or(0, |place| account.positions[place].points.unsigned_abs());
        let limit = self.pool.params.max_account_points.saturating_add(held).min(i64::MAX.unsigned_abs());
        let taken = |points: u64| {
            let Ok(size) = i64::try_from(points) else { return false };
            self.check_trade(account, &[Leg { series, points: sign * size }]).is_ok()
        };
        // The limit is halved until a size is accepted. The result lies between that size and the last one that was refused.
        let mut refused = limit.saturating_add(1);
        let mut good = limit;
        while good > 0 && !taken(good) {
            refused = good;
            good /= 2;
        }
        if good == 0 {
            return 0;
        }
        while refused - good > 1 {
            let middle = good + (refused - good) / 2;
            if taken(middle) { good = middle } else { refused = middle }
        }
        good
    }
}
