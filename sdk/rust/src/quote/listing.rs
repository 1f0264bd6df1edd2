//! Whether a series could be listed now, and what a listing leaves behind.

use super::{PoolView, Result, unknown};
use anchor_lang::{error, error::Error};
use evergreen::{
    Leg,
    engine::reserve_capacity,
    errors::EvergreenError,
    oracle::PriceUse,
    state::{Action, MarginAccount, OptionId, SeriesSpec, SeriesStatus},
};
use evergreen_math::{
    BasisPoints, Dollars, Seconds, UnixTime,
    option::{OptionKind, Terms},
};

impl PoolView {
    /// Checks that a series of the underlying at `place` could be listed now, by all rules of `list_series` but that a slot is free.
    ///
    /// # Errors
    /// [`QuoteError`](super::QuoteError) with the refusal that the program would make: `Paused`, `PoolHalted`, `PoolDistressed`, errors of the price,
    /// `UnderlyingSilent`, `StrikeOffGrid`, `UnknownTenor`, `NotOffered`, `SeriesAtCap`.
    pub fn check_listing(&self, place: u8, request: &SeriesSpec) -> Result<()> {
        self.check_running(Action::List)?;
        self.pool.check_open_for_risk()?;
        let market = self.market(PriceUse::AddRisk, &[place])?;
        market.check_sampled(i64::MAX)?;
        let spot = market.get(place)?.price.spot;
        let underlying = &self.markets.get(usize::from(place)).ok_or_else(unknown)?.underlying;
        underlying.check_strike(request.strike, spot)?;
        let tenor = underlying.tenor(request.tenor)?;
        self.pool.params.check_offered(request.put, request.tenor)?;
        let (kind, cap) =
            if request.put { (OptionKind::Put, tenor.put_cap_bps) } else { (OptionKind::Call, tenor.call_cap_bps) };
        let strike = i64::try_from(request.strike).map_err(|_| error!(EvergreenError::Overflow))?;
        let cap = Some(BasisPoints(cap).to_ratio());
        let terms = Terms::new(kind, Dollars::from_int(strike), Seconds(request.tenor), cap)?;
        if terms.is_capped_at(spot) {
            return Err(error!(EvergreenError::SeriesAtCap).into());
        }
        Ok(())
    }

    /// Measures the slopes of series that were listed in this view at its time, and accrues their funding, as the program does when it lists them.
    pub(crate) fn measure_listed(&mut self) -> Result<()> {
        for slot in 0..self.registry.series.len() {
            let series = &self.registry.series[slot];
            let is_new = series.slope == 0 && i64::from(series.measured) == self.now;
            if series.status() != SeriesStatus::Live || !is_new {
                continue;
            }
            let (place, terms) = (series.underlying, series.terms()?);
            let market = self.market(PriceUse::AddRisk, &[place])?;
            let slope = market.valued(place, &terms)?.slope;
            let series = &mut self.registry.series[slot];
            series.set_slope(slope, UnixTime(self.now));
            market.accrue(series, &self.pool)?;
        }
        Ok(())
    }

    /// Returns the series of legs that have to be listed once more in front of a trade of an account, because capital is scarce and nobody has touched them for an hour; and touches
    /// them in this view, as the program does when they are listed.
    pub(crate) fn touch_for(&mut self, account: &MarginAccount, legs: &[Leg]) -> Result<Vec<OptionId>> {
        let is_meant = |leg: &&Leg| {
            let series = self.registry.series(leg.series);
            leg.points > 0 && series.is_ok_and(|series| series.is_untouched(self.now))
        };
        let meant: Vec<_> = legs.iter().filter(is_meant).map(|leg| leg.series).collect();
        let mut touched = Vec::new();
        if meant.is_empty() || !self.asks_for_rent(account, legs) {
            return Ok(touched);
        }
        for id in meant {
            let option = self.registry.option(id)?;
            let request = SeriesSpec { put: option.put, strike: option.strike, tenor: option.tenor };
            if self.check_listing(option.underlying, &request).is_ok() {
                let market = self.market(PriceUse::AddRisk, &[option.underlying])?;
                market.accrue(self.registry.live_mut(id)?, &self.pool)?;
                touched.push(option);
            }
        }
        Ok(touched)
    }

    /// Whether the program refuses such a commitment for the rent of a place.
    fn asks_for_rent(&self, account: &MarginAccount, legs: &[Leg]) -> bool {
        let (mut scratch, number) = (self.scratch(), u32::from(EvergreenError::RentTooLow));
        let reserved = reserve_capacity(&mut scratch.pool, &mut scratch.registry, account, legs, self.now);
        matches!(reserved, Err(Error::AnchorError(error)) if error.error_code_number == number)
    }
}
