//! Whether a series could be listed now.

use super::{PoolView, Result, unknown};
use anchor_lang::error;
use evergreen::{
    errors::EvergreenError,
    oracle::PriceUse,
    state::{Action, SeriesSpec},
};
use evergreen_math::{
    BasisPoints, Dollars, Seconds,
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
}
