//! Carry and direction: what a holder pays on their delta, and how much more direction a pool takes.

use super::{PoolView, Result};
use evergreen::{
    engine::PoolEngine,
    state::{Pool, Series, half_hour},
};
use evergreen_math::{
    CarryRate, Dollars, Points, Ratio, Rounding, Seconds, UnixTime,
    bounds::slope_at_least,
    option::{OptionPricer, PricePoint, Terms},
};

/// The direction of a pool on one underlying. Amounts are native units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DirectionView {
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// Net delta: what all traders would gain if the price doubled at the slopes of the last valuation. Positive where they are long.
    pub net_delta: i64,
    /// Delta of those who gain when the price rises, by bought calls and written puts, with all that is committed.
    pub up: u64,
    /// Delta of those who gain when it falls, by written calls and bought puts, with all that is committed.
    pub down: u64,
    /// Depth: the pool's net asset value at its last valuation.
    pub depth: u64,
    /// Largest size of the upward side to which a trade may add that opens nothing else.
    pub limit_up: u64,
    /// The same of the downward side.
    pub limit_down: u64,
    /// How much more the next trades may add to the upward side, beside everything that is committed. What a trade itself adds to the other side counts for three quarters.
    pub room_up: u64,
    /// How much more they may add to the downward side.
    pub room_down: u64,
    /// Carry of this half-hour, in force from its point on; positive where holders of long delta pay.
    pub carry: CarryRate,
}

impl DirectionView {
    /// Returns net delta over depth; `None` at a depth of zero.
    pub fn skew(&self) -> Option<f64> {
        (self.depth > 0).then(|| self.net_delta as f64 / self.depth as f64)
    }
}

/// ```
/// use evergreen_sdk::testing::scene::Scene;
///
/// let scene = Scene::new(1, 0)?;
/// let direction = scene.view.direction(0)?;
/// println!("traders are long {} units, and may add {}", direction.net_delta, direction.room_up);
/// assert!(direction.room_up <= direction.limit_up && direction.up <= direction.limit_up);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns the direction of the pool on the underlying at `place`, as of the view's time and of the last valuation of its series.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) for a place without underlying.
    pub fn direction(&self, place: u8) -> Result<DirectionView> {
        let carry = self.pool.carry_at(place, UnixTime(self.now))?;
        let side = |up| self.pool.side_and_limit(usize::from(place), up, 0);
        let ((up, limit_up), (down, limit_down)) = (side(true)?, side(false)?);
        Ok(DirectionView {
            underlying: place,
            net_delta: carry.net_delta,
            up,
            down,
            depth: self.pool.depth,
            limit_up,
            limit_down,
            room_up: limit_up.saturating_sub(up),
            room_down: limit_down.saturating_sub(down),
            carry: carry.rate(half_hour(self.now)),
        })
    }
}

/// What an option costs its holder a day at present, in dollars.
#[derive(Clone, Copy, Debug)]
pub(crate) struct PerDay {
    /// Time value and carry.
    pub funding: Dollars,
    /// The part that is carry.
    pub carry: Dollars,
}

impl PerDay {
    /// Makes it at the volatility of funding and a price, and of the carry that a pool, brought up to now, has on an underlying.
    pub(crate) fn of(terms: &Terms, (sigma, spot): (Ratio, PricePoint), pool: &Pool, underlying: u8) -> Result<Self> {
        let priced = slope_at_least(&OptionPricer::new(terms, sigma)?, spot)?;
        let state = &pool.underlyings[usize::from(underlying)].carry;
        let carry = state.rate(half_hour(state.touched)).on(priced.slope, Seconds::DAY)?;
        let funding = priced.valuation.funding_per_day(terms.tenor())?.checked_add(carry)?;
        Ok(Self { funding, carry })
    }

    /// Makes it for a live series at the prices of an engine.
    pub(super) fn on(engine: &PoolEngine<'_>, series: &Series) -> Result<Self> {
        let market = engine.market.get(series.underlying)?;
        let terms = series.terms()?;
        Self::of(&terms, (market.funding_sigma_at(&terms)?, market.spot()), engine.pool, series.underlying)
    }

    /// Returns what points pay a day, all of it and the carry alone, native units, both rounded up.
    pub(crate) fn native(&self, points: Points, scale: evergreen_math::PointScale) -> Result<(i64, i64)> {
        let of = |dollars| scale.native(points, dollars, Rounding::Ceil);
        Ok((of(self.funding)?.0, of(self.carry)?.0))
    }
}
