//! Net asset value of the main pool.

use super::{PoolEngine, UnderlyingMarket};
use crate::{
    errors::{EvergreenError, MathContext},
    state::{MAX_TENORS, MAX_UNDERLYINGS, Pool, SeriesRegistry, SeriesStatus},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    Native, NativeDelta, Points, Ratio, Rounding, Seconds,
    carry::Sides,
    option::Terms,
    pool::{self, value_and_slope},
    volatility::TenorSmile,
};

/// At which volatility the options of a pool's traders are valued: at the two ends each series at the highest at which anybody buys what traders hold of it in sum,
/// or the lowest at which anybody sells it. What they have written in sum counts at most at the mark: nobody buys it back at more but by their own choice. In sum is what they had before the trades of
/// the last day: what the pool has taken on within it counts at the bid at both ends ([`Taken`](crate::state::Taken)). Less what is not earned yet ([`Pool::less_unearned`]) neither end is moved by a trade.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NavBound {
    /// Where what traders hold is worth most; what leaves is paid at it. While a buy-back is announced its premium is taken off, too.
    Lower,
    /// At the mark; net deltas and depth are measured at it.
    Mark,
    /// Where it is worth least; what comes is charged at it.
    Upper,
}

impl NavBound {
    /// Rounding of what the pool owes, against whoever acts.
    const fn rounding(self) -> Rounding {
        match self {
            Self::Lower | Self::Mark => Rounding::Ceil,
            Self::Upper => Rounding::Floor,
        }
    }

    /// Returns the volatility at the money at which so many points of a tenor, which traders hold in sum, are valued.
    fn sigma(self, market: &UnderlyingMarket, net: Points, tenor: Seconds) -> Result<Ratio> {
        let quoted = &market.quoted;
        match (self, net.is_short()) {
            (Self::Mark, _) | (Self::Upper, true) => quoted.mark(tenor).program(),
            (Self::Lower, false) => Ok(quoted.ask),
            (Self::Upper, false) | (Self::Lower, true) => quoted.bid(tenor).program(),
        }
    }
}

/// Returns, by place in the pool's list, whether a valuation needs the price of an underlying, with the ledgers of a full minute, unix seconds, or (`None`) the
/// present ones: a live series has, or had, open interest. What is only committed has no value yet, and a commitment needs no price: it could make that of a feed
/// needed that gives none.
#[inline(never)]
pub fn needed_prices(pool: &Pool, registry: &SeriesRegistry, minute: Option<i64>) -> [bool; MAX_UNDERLYINGS] {
    let mut needed = [false; MAX_UNDERLYINGS];
    for (slot, series) in registry.series.iter().enumerate() {
        let is_valued = series.has_interest() || pool.points_since(minute, slot) != 0;
        if pool.is_open(series, slot, minute)
            && is_valued
            && let Some(place) = needed.get_mut(usize::from(series.underlying))
        {
            *place = true;
        }
    }
    needed
}

impl PoolEngine<'_> {
    /// Values every series of the registry: pool cash, plus unsettled funding, less what the options of traders are worth,
    /// at spot, in native units. Where the prices are the
    /// first ones after a full minute, fills since then count as if they had not happened yet ([`LaterFills`](crate::state::LaterFills)). Bad debts that insurance cannot pay
    /// and what accounts are owed beside their positions are subtracted; debts that positions cover are not. It also accrues funding of all series.
    ///
    /// A valuation at the mark measures, too: it moves the net delta with the slopes of series, those without open interest included where the price of their
    /// underlying was passed, and sets the depth. One of liquidity measures nothing, because its price may be older than another's that did.
    ///
    /// Errors: `MarketAccountMissing` unless all underlyings of live series with open interest were passed.
    #[inline(never)]
    pub fn net_assets(&mut self, bound: NavBound) -> Result<NativeDelta> {
        let mut smiles = Smiles(Vec::with_capacity(KEPT));
        let mut assets = NativeDelta(self.pool.pool_cash);
        let mut sides = [Sides::ZERO; MAX_UNDERLYINGS];
        let (measures, minute) = (bound == NavBound::Mark, self.market.moment());
        for slot in 0..self.registry.series.len() {
            let (series, since) = (&self.registry.series[slot], self.pool.points_since(minute, slot));
            let is_measured = measures && series.status() == SeriesStatus::Live && self.market.has(series.underlying);
            if series.status() == SeriesStatus::Free || !(series.has_interest() || since != 0 || is_measured) {
                continue;
            }
            let (owed, claim) = self.value_series(slot, Points(since), bound, &mut smiles)?;
            assets = assets.checked_sub(owed).and_then(|assets| assets.checked_add(claim)).program()?;
            if measures {
                let series = &self.registry.series[slot];
                let sum = sides.get_mut(usize::from(series.underlying)).ok_or(EvergreenError::UnknownUnderlying)?;
                *sum = sum.with(Sides::ZERO, series.sides()).program()?;
            }
        }
        let since = NativeDelta(self.pool.later_than(minute).map_or(0, |later| later.cash));
        let lost = self
            .pool
            .uncovered_bad_debts()?
            .checked_add(Native(self.pool.unpaid))
            .and_then(|lost| lost.to_delta())
            .program()?;
        let assets = assets.checked_sub(since).and_then(|assets| assets.checked_sub(lost)).program()?;
        if measures {
            // Every series that has a part in them was valued.
            self.pool.set_sides(sides.map(Some))?;
            self.pool.depth = assets.positive_part().0;
        }
        Ok(assets)
    }

    /// Accrues the funding of the live series whose underlying was passed and measures their slopes, where not all were passed that a valuation needs: a feed without
    /// a price holds up no other. Returns the net asset value where all were, native units; depth is set only then. Errors: `MarketAccountMissing` without any.
    pub fn refresh(&mut self) -> Result<Option<NativeDelta>> {
        let needed = needed_prices(self.pool, self.registry, None);
        let mut passed = [false; MAX_UNDERLYINGS];
        for (place, passed) in (0u8..).zip(&mut passed) {
            *passed = self.market.has(place);
        }
        if needed.iter().zip(passed).all(|(needed, passed)| passed || !needed) || !passed.contains(&true) {
            return self.net_assets(NavBound::Mark).map(Some);
        }
        let mut smiles = Smiles(Vec::with_capacity(KEPT));
        let mut sides = passed.map(|passed| passed.then_some(Sides::ZERO));
        for slot in 0..self.registry.series.len() {
            let series = &self.registry.series[slot];
            if series.status() != SeriesStatus::Live || !self.market.has(series.underlying) {
                continue;
            }
            self.value_series(slot, Points::ZERO, NavBound::Mark, &mut smiles)?;
            let series = &self.registry.series[slot];
            if let Some(Some(sum)) = sides.get_mut(usize::from(series.underlying)) {
                *sum = sum.with(Sides::ZERO, series.sides()).program()?;
            }
        }
        self.pool.set_sides(sides)?;
        Ok(None)
    }

    /// Accrues the funding of one series to now. Returns what the pool owes on it without `since`, the points that have come since, and the pool's unsettled
    /// funding in it. What leaves leaves its part of the premium of a buy-back that is announced, on the time value of what is bought.
    #[inline(never)]
    fn value_series(
        &mut self,
        slot: usize,
        since: Points,
        bound: NavBound,
        smiles: &mut Smiles,
    ) -> Result<(NativeDelta, NativeDelta)> {
        let series = &mut self.registry.series[slot];
        let (net, terms) = (series.net()?.checked_sub(since).program()?, series.terms()?);
        let rounding = bound.rounding();
        let at = self.market.moment().unwrap_or(self.market.now().0);
        let premium = self.pool.buyback(at).filter(|_| bound == NavBound::Lower).map(|(_, share)| share);
        let held = series.long();
        let owed = if self.pool.is_open(series, slot, self.market.moment()) {
            let market = self.market.get(series.underlying)?;
            let taken = match bound {
                NavBound::Mark => Points::ZERO,
                _ => self.pool.taken_on(slot, series, self.market.moment(), self.market.now().0)?,
            };
            let before = net.checked_sub(taken).program()?;
            let at_the_money = bound.sigma(market, before, terms.tenor())?;
            let sigma = smiles.sigma(market, (series.underlying, at_the_money), &terms)?;
            let mut slope = None;
            let owed = if bound == NavBound::Mark {
                let priced = value_and_slope(&terms, sigma, market.spot()).program()?;
                slope = Some(priced.slope);
                let value = priced.valuation.value().program()?;
                self.scale.native(net, value, rounding).program()?
            } else {
                let spot = market.spot();
                // The spread counts on what traders had before, all that they have at the bid.
                let bid = if taken.is_zero() { at_the_money } else { market.quoted.bid(terms.tenor()).program()? };
                let (spread, rest) = if at_the_money == bid { (net, Points::ZERO) } else { (before, taken) };
                let mut owed = pool::owed(&terms, sigma, spot, spread, (self.scale, rounding)).program()?;
                if !rest.is_zero() {
                    let sigma = smiles.sigma(market, (series.underlying, bid), &terms)?;
                    let of_rest = pool::owed(&terms, sigma, spot, rest, (self.scale, rounding)).program()?;
                    owed = owed.checked_add(of_rest).program()?;
                }
                match premium {
                    Some(share) => {
                        let due = pool::time_value(&terms, sigma, market.spot(), held, self.scale).program()?;
                        let due = due.share(share, rounding).and_then(|due| due.to_delta()).program()?;
                        owed.checked_add(due).program()?
                    }
                    None => owed,
                }
            };
            let has_interest = series.has_interest();
            if has_interest && series.status() == SeriesStatus::Live {
                self.market.accrue(series, self.pool)?;
            }
            // What has accrued is carry on the slope before.
            if let Some(slope) = slope {
                series.set_slope(slope, self.market.now());
            }
            if !has_interest {
                return Ok((owed, NativeDelta::ZERO));
            }
            owed
        } else {
            self.scale.native(net, series.payoff(), rounding).program()?
        };
        Ok((owed, series.pool_claim(self.scale)?))
    }
}

/// Smiles that are kept: each tenor of two underlyings at two volatilities.
const KEPT: usize = 4 * MAX_TENORS;

/// The smiles of tenors at the volatilities at which series of an underlying were valued so far; the first [`KEPT`] are computed once and kept.
struct Smiles(Vec<((u8, Ratio, Seconds), TenorSmile)>);

impl Smiles {
    /// Returns the volatility at strike and tenor, where that at the money is given with the place of the underlying.
    fn sigma(&mut self, market: &UnderlyingMarket, (place, sigma): (u8, Ratio), terms: &Terms) -> Result<Ratio> {
        let key = (place, sigma, terms.tenor());
        let smile = match self.0.iter().find(|(known, _)| *known == key) {
            Some((_, known)) => *known,
            None => {
                let smile = market.smile.of_tenor(sigma, terms.tenor()).program()?;
                if self.0.len() < self.0.capacity() {
                    self.0.push((key, smile));
                }
                smile
            }
        };
        smile.sigma(market.spot(), terms).program()
    }
}
