//! How much can be traded.

use super::{PoolView, Result};
use evergreen::{
    Leg,
    state::{MarginAccount, SeriesId},
};

/// The most that an account can trade of one series in one leg now, points (both positive; zero when nothing can be).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Capacity {
    /// Bought.
    pub buy: u64,
    /// Sold: closed, and written beyond that.
    pub sell: u64,
}

/// As much as possible, but no more than wished for:
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
    /// The most that an account can buy and sell of a series, with all rules counted: reserves, sizes, short against long open
    /// interest, cash, health. Larger sizes are refused, to the point: found by asking the trade's own rules, doubling and
    /// then halving.
    ///
    /// Rules are taken to be ever harder to meet for ever larger sizes (beyond the least size that a pool may ask for).
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) when no trade at all can be asked about: an unknown series, a missing price.
    pub fn capacity(&self, account: &MarginAccount, series: SeriesId) -> Result<Capacity> {
        // A price that is missing or bad is no matter of size.
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
        // From the top down by halves to a size that is taken; between it and its double lies the answer.
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
