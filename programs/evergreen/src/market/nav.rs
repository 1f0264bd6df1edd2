//! Net asset value of the main pool.

use super::{Desk, desk::cap_payoff};
use crate::{
    errors::{EvergreenError, MathContext},
    state::{MAX_UNDERLYINGS, SeriesId, SeriesStatus},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, NativeDelta, Rounding,
    option::PricePoint,
    pool::{Liability, MarketBounds, NavBounds, nav_bounds},
};

/// What all shares of the main class are worth, between two bounds.
pub type NetAssets = NavBounds;

impl Desk<'_> {
    /// Values every series of the book: pool cash, plus unsettled funding, less what the options of traders are worth,
    /// at spot or slow price and with the volatility band, whichever is worse for the one who acts; the lower bound also less
    /// what accounts with negative cash owe. Accrues funding of all
    /// series, and measures the depth of inventory pricing anew.
    ///
    /// Errors: `MarketAccountMissing` unless all underlyings with series of open interest were passed.
    #[inline(never)]
    pub fn net_assets(&mut self) -> Result<NetAssets> {
        let band = BasisPoints(self.pool.params.nav_sigma_band_bps);
        let mut bounds: [Option<MarketBounds>; MAX_UNDERLYINGS] = [None; MAX_UNDERLYINGS];
        let mut liability = Liability::default();
        let mut unsettled = NativeDelta::ZERO;
        for slot in 0..self.book.series.len() {
            let series = &self.book.series[slot];
            let net = series.net()?;
            if series.status() == SeriesStatus::Free || series.is_unused() {
                continue;
            }
            let id =
                SeriesId { slot: u8::try_from(slot).map_err(crate::errors::too_large)?, generation: series.generation };
            let owed = if series.status() == SeriesStatus::Live {
                // Not kept: the marks of a full book would fill the heap.
                let mark = self.accrue(id)?;
                let place = usize::from(mark.underlying);
                let entry = bounds.get_mut(place).ok_or(EvergreenError::UnknownUnderlying)?;
                let at = match entry {
                    Some(known) => *known,
                    None => {
                        let market = self.market.get(mark.underlying)?;
                        let slow = PricePoint::new(market.price.slow).program()?;
                        *entry.insert(MarketBounds::new(market.spot(), slow, band).program()?)
                    }
                };
                at.liability(&mark.terms, mark.sigma, net, self.scale).program()?
            } else {
                let payoff = cap_payoff(&series.terms()?)?;
                Liability {
                    low: self.scale.native(net, payoff, Rounding::Floor).program()?,
                    high: self.scale.native(net, payoff, Rounding::Ceil).program()?,
                }
            };
            liability = liability.checked_add(owed).program()?;
            unsettled = unsettled.checked_add(self.book.series[slot].pool_claim(self.scale)?).program()?;
        }
        let mut assets = nav_bounds(NativeDelta(self.pool.pool_cash), unsettled, liability).program()?;
        // Nobody leaves with money that others still owe and insurance cannot pay; whoever comes counts on all of it.
        let uncovered = self.pool.uncovered_debts()?.to_delta().program()?;
        assets.lower = assets.lower.checked_sub(uncovered).program()?;
        self.pool.inventory_depth = assets.lower.positive_part().0;
        Ok(assets)
    }
}
