//! A pool at one moment, for a page that compares pools.

use super::{DirectionView, Exposure, NetAssetValue, PoolView, Result, YieldEstimate};
use evergreen::state::{SeriesStatus, ShareClass};
use evergreen_math::{Dollars, Points, Ratio, Rounding, Seconds, UnixTime};

/// The volatility of marks at the money of one tenor.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TenorVolatility {
    /// Tenor that the underlying offers, seconds.
    pub tenor: u32,
    /// Per √year.
    pub sigma: Ratio,
}

/// One underlying of a pool. Amounts are native units.
#[derive(Clone, Debug)]
pub struct UnderlyingStatistics {
    /// Place in the pool's list.
    pub underlying: u8,
    /// Price, dollars; `None` where it is missing or refused.
    pub spot: Option<Dollars>,
    /// Volatilities of marks, as they are now.
    pub marks: Vec<TenorVolatility>,
    /// Realised volatility by the fast average of squared returns, per √year, to the nearest of 53 bits.
    pub realised_fast: Ratio,
    /// The same by the slow average.
    pub realised_slow: Ratio,
    /// Points that all accounts hold, times spot, rounded up; `None` without a price.
    pub bought: Option<u64>,
    /// Points that all accounts have written, times spot, rounded up.
    pub written: Option<u64>,
    /// Number of live series with open interest.
    pub open_series: u32,
    /// Direction and carry.
    pub direction: DirectionView,
    /// Exposure of all shares of the main class; `None` where it cannot be valued.
    pub exposure: Option<Exposure>,
}

/// A pool at one moment. Amounts are native units.
#[derive(Clone, Debug)]
pub struct PoolStatistics {
    /// Net asset value of the main class; `None` where a price is missing or refused.
    pub main: Option<NetAssetValue>,
    /// Net asset value of the insurance class; `None` where it cannot be told.
    pub insurance: Option<NetAssetValue>,
    /// What the main class receives a day at present prices, without fees; `None` as above.
    pub income: Option<YieldEstimate>,
    /// Reserves of all series, and what commitments will add.
    pub reserved: u64,
    /// The most that may be reserved.
    pub reserve_limit: u64,
    /// Cash of all margin accounts.
    pub margin_cash: i64,
    /// Slots of the registry that are free.
    pub free_slots: u32,
    /// Whether it is halted: it takes no new risk.
    pub is_halted: bool,
    /// Whether it is distressed: tokens were seized, or the mint is no longer acceptable.
    pub is_distressed: bool,
    /// Its underlyings.
    pub underlyings: Vec<UnderlyingStatistics>,
}

/// ```
/// use evergreen_sdk::testing::scene::Scene;
///
/// let statistics = Scene::new(1, 0)?.view.statistics()?;
/// assert_eq!((statistics.underlyings.len(), statistics.underlyings[0].marks.len()), (2, 4));
/// println!("{} of {} units are reserved", statistics.reserved, statistics.reserve_limit);
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PoolView {
    /// Returns what a page tells of a pool.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) for a pool whose numbers do not fit; what only lacks a price is `None`.
    pub fn statistics(&self) -> Result<PoolStatistics> {
        let exposure = self.exposure().ok();
        let places = 0..self.pool.underlying_count;
        let underlyings = places.map(|place| self.statistics_of(place, exposure.as_deref()));
        let status = |wanted| self.registry.series.iter().filter(|series| series.status() == wanted).count();
        Ok(PoolStatistics {
            main: self.net_asset_value(ShareClass::Main).ok(),
            insurance: self.net_asset_value(ShareClass::Insurance).ok(),
            income: self.yield_estimate(ShareClass::Main, 0).ok(),
            reserved: self.pool.reserved_collateral.saturating_add(self.pool.committed_reserve),
            reserve_limit: self.pool.reserve_limit()?.0,
            margin_cash: self.pool.margin_cash,
            free_slots: u32::try_from(status(SeriesStatus::Free)).unwrap_or(u32::MAX),
            is_halted: self.pool.is_halted(),
            is_distressed: self.pool.is_distressed(),
            underlyings: underlyings.collect::<Result<_>>()?,
        })
    }

    fn statistics_of(&self, place: u8, exposure: Option<&[Exposure]>) -> Result<UnderlyingStatistics> {
        let direction = self.direction(place)?;
        let underlying = &self.markets.get(usize::from(place)).ok_or_else(super::unknown)?.underlying;
        let spot = self.price(place).ok().map(|price| price.spot);
        let quoted = underlying.marked(UnixTime(self.now))?;
        let offered = underlying.params.tenors.iter().filter(|tenor| tenor.seconds > 0);
        let marks = offered.map(|tenor| {
            let sigma = quoted.mark(Seconds(tenor.seconds))?;
            Ok(TenorVolatility { tenor: tenor.seconds, sigma })
        });
        let live = self.registry.series.iter();
        let live = live.filter(|series| series.underlying == place && series.status() == SeriesStatus::Live);
        let (mut held, mut sold, mut open) = (0i64, 0i64, 0u32);
        for series in live.filter(|series| series.has_interest()) {
            held = held.saturating_add(series.long_points);
            sold = sold.saturating_add(series.short_points);
            open = open.saturating_add(1);
        }
        let scale = self.pool.scale()?;
        let notional = |points: i64| -> Result<Option<u64>> {
            let Some(spot) = spot else { return Ok(None) };
            let native = scale.native(Points(points), spot, Rounding::Ceil)?;
            Ok(u64::try_from(native.0).ok())
        };
        let state = underlying.volatility_state();
        Ok(UnderlyingStatistics {
            underlying: place,
            spot,
            marks: marks.collect::<Result<_>>()?,
            realised_fast: volatility_of(state.fast_variance),
            realised_slow: volatility_of(state.slow_variance),
            bought: notional(held)?,
            written: notional(sold)?,
            open_series: open,
            direction,
            exposure: exposure.and_then(|all| all.iter().find(|one| one.underlying == place)).copied(),
        })
    }
}

/// Returns the volatility of a variance, its square root, for display: to the nearest of 53 bits; zero for a negative one.
pub fn volatility_of(variance: Ratio) -> Ratio {
    // The root of 2^64 times a number is 2^32 times its root.
    Ratio::from_bits(((variance.to_bits().max(0) as f64).sqrt() * 4_294_967_296.0) as i128)
}

#[cfg(test)]
mod tests {
    use crate::testing::scene::Scene;

    #[test]
    fn what_lacks_a_price_is_left_out_and_the_rest_is_told() {
        let mut scene = Scene::new(1, 0).unwrap();
        let known = scene.view.statistics().unwrap();
        assert!(known.main.is_some() && known.underlyings.iter().all(|one| one.exposure.is_some()));
        let start = scene.view.markets[0].underlying.params.vol_start_bps;
        let realised = known.underlyings[0].realised_slow.to_bits() as f64 / 2f64.powi(64);
        let multiplier = f64::from(scene.view.markets[0].underlying.params.vol_multiplier_bps) / 10_000.0;
        assert!((realised * multiplier - f64::from(start) / 10_000.0).abs() < 1e-3, "{realised} of {start}");
        scene.view.markets[0].price = None;
        let blind = scene.view.statistics().unwrap();
        assert!(blind.main.is_none() && blind.insurance.is_some());
        assert_eq!((blind.underlyings[0].spot, blind.underlyings[0].bought), (None, None));
        assert_eq!(blind.underlyings[1].bought, known.underlyings[1].bought);
    }
}
