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

    /// Returns the most that an account can trade of several legs at once under all rules of a trade, in points of the largest of them; the others keep their
    /// proportion, rounded toward zero, and those that come to zero are left out. Zero where no size is taken.
    ///
    /// # Errors
    /// As [`Self::capacity`].
    pub fn capacity_of(&self, account: &MarginAccount, legs: &[Leg]) -> Result<u64> {
        for place in self.needed(account, legs.iter().map(|leg| leg.series))? {
            self.price(place)?;
        }
        let largest = legs.iter().map(|leg| leg.points.unsigned_abs()).max().unwrap_or(0);
        if largest == 0 {
            return Ok(0);
        }
        let held = legs.iter().map(|leg| held(account, leg.series)).max().unwrap_or(0);
        let taken = |points: u64| {
            let part = |leg: &Leg| {
                let scaled = i128::from(leg.points) * i128::from(points) / i128::from(largest);
                Some(Leg { points: i64::try_from(scaled).ok()?, ..*leg })
            };
            let Some(mut sized) = legs.iter().map(part).collect::<Option<Vec<_>>>() else { return false };
            sized.retain(|leg| leg.points != 0);
            self.check_trade(account, &sized).is_ok()
        };
        Ok(self.search(held, taken))
    }

    fn most(&self, account: &MarginAccount, series: SeriesId, sign: i64) -> u64 {
        self.search(held(account, series), |points: u64| {
            let Ok(size) = i64::try_from(points) else { return false };
            self.check_trade(account, &[Leg { series, points: sign * size }]).is_ok()
        })
    }

    /// Returns the most points that are taken, by halving and bisecting from the limit of a position beside what is held.
    fn search(&self, held: u64, taken: impl Fn(u64) -> bool) -> u64 {
        let limit = self.pool.params.max_account_points.saturating_add(held).min(i64::MAX.unsigned_abs());
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

fn held(account: &MarginAccount, series: SeriesId) -> u64 {
    account.find(series).map_or(0, |place| account.positions[place].points.unsigned_abs())
}
