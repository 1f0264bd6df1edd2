//! Net asset value of the main pool.

use super::{PoolEngine, UnderlyingMarket};
use crate::{
    errors::{EvergreenError, MathContext},
    state::{MAX_TENORS, MAX_UNDERLYINGS, SeriesStatus},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, NativeDelta, Points, Rounding, Seconds,
    pool::{Liability, MarketBounds, NavBounds, nav_bounds},
    volatility::TenorSmile,
};

/// Lower and upper bound of the worth of all shares of the main class, in native units.
pub type NetAssets = NavBounds;

impl PoolEngine<'_> {
    /// Values every series of the registry: pool cash, plus unsettled funding, less what the options of traders are worth,
    /// at spot and with the volatility at the end of its band that is worse for the provider. Where the prices are the
    /// first ones after a full minute, fills since then count as if they had not happened yet ([`LaterFills`](crate::state::LaterFills)). Bad debts that insurance cannot pay
    /// are subtracted; debts that positions cover are not. It also accrues funding of all series, moves the net delta with their
    /// slopes, and sets the depth to the lower bound. Series without open interest are measured, too, where the price of their underlying was passed.
    ///
    /// Errors: `MarketAccountMissing` unless all underlyings of live series with open interest were passed.
    #[inline(never)]
    pub fn net_assets(&mut self) -> Result<NetAssets> {
        let mut valuers: [Option<SeriesValuer>; MAX_UNDERLYINGS] = [const { None }; MAX_UNDERLYINGS];
        let mut liability = Liability::default();
        let mut unsettled = NativeDelta::ZERO;
        let mut deltas = [NativeDelta::ZERO; MAX_UNDERLYINGS];
        let minute = self.market.moment();
        for slot in 0..self.registry.series.len() {
            let (series, since) = (&self.registry.series[slot], self.pool.points_since(minute, slot));
            let is_measured = series.status() == SeriesStatus::Live && self.market.has(series.underlying);
            if series.status() == SeriesStatus::Free || !(series.has_interest() || since != 0 || is_measured) {
                continue;
            }
            let (owed, claim) = self.value_series(slot, Points(since), &mut valuers)?;
            liability = liability.checked_add(owed).program()?;
            unsettled = unsettled.checked_add(claim).program()?;
            let series = &self.registry.series[slot];
            let sum = deltas.get_mut(usize::from(series.underlying)).ok_or(EvergreenError::UnknownUnderlying)?;
            *sum = sum.checked_add(series.delta(self.scale)?).program()?;
        }
        // Every series that has a part in them was valued.
        self.pool.set_net_deltas(deltas);
        let owed = self.pool.uncovered_bad_debts()?;
        let since = NativeDelta(self.pool.later_than(minute).map_or(0, |later| later.cash));
        let cash = NativeDelta(self.pool.pool_cash).checked_sub(since).program()?;
        let cash = cash.checked_sub(owed.to_delta().program()?).program()?;
        let assets = nav_bounds(cash, unsettled, liability).program()?;
        self.pool.depth = assets.lower.positive_part().0;
        Ok(assets)
    }

    /// Accrues the funding of one series to now. Returns what the pool owes on it without `since`, the points that have come since, and the pool's unsettled
    /// funding in it.
    #[inline(never)]
    fn value_series(
        &mut self,
        slot: usize,
        since: Points,
        valuers: &mut [Option<SeriesValuer>; MAX_UNDERLYINGS],
    ) -> Result<(Liability, NativeDelta)> {
        let series = &mut self.registry.series[slot];
        let (net, terms) = (series.net()?.checked_sub(since).program()?, series.terms()?);
        let owed = if series.status() == SeriesStatus::Live {
            let market = self.market.get(series.underlying)?;
            let entry = valuers.get_mut(usize::from(series.underlying)).ok_or(EvergreenError::UnknownUnderlying)?;
            let valuer = match entry {
                Some(known) => known,
                None => entry.insert(SeriesValuer::new(market, BasisPoints(self.pool.params.nav_sigma_band_bps))?),
            };
            let sigma = valuer.smile(market, terms.tenor())?.sigma(market.spot(), &terms).program()?;
            let (priced, owed) = valuer.bounds.value_series(&terms, sigma, net, self.scale).program()?;
            series.set_slope(priced.slope, self.market.now());
            if !series.has_interest() {
                return Ok((owed, NativeDelta::ZERO));
            }
            self.market.accrue(series, self.pool)?;
            owed
        } else {
            let payoff = series.payoff();
            Liability {
                low: self.scale.native(net, payoff, Rounding::Floor).program()?,
                high: self.scale.native(net, payoff, Rounding::Ceil).program()?,
            }
        };
        Ok((owed, series.pool_claim(self.scale)?))
    }
}

/// Values that the series of one underlying share.
struct SeriesValuer {
    bounds: MarketBounds,
    smiles: Vec<(Seconds, TenorSmile)>,
}

impl SeriesValuer {
    fn new(market: &UnderlyingMarket, band: BasisPoints) -> Result<Self> {
        let bounds = MarketBounds::new(market.spot(), band).program()?;
        Ok(Self { bounds, smiles: Vec::with_capacity(MAX_TENORS) })
    }

    /// Returns the smile of a tenor. The first `MAX_TENORS` smiles are computed once and kept.
    fn smile(&mut self, market: &UnderlyingMarket, tenor: Seconds) -> Result<TenorSmile> {
        if let Some((_, known)) = self.smiles.iter().find(|(known, _)| *known == tenor) {
            return Ok(*known);
        }
        let smile = market.smile.of_tenor(market.quoted.mark, tenor).program()?;
        if self.smiles.len() < MAX_TENORS {
            self.smiles.push((tenor, smile));
        }
        Ok(smile)
    }
}
