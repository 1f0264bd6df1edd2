//! Filling one leg against the pool.

use super::{
    PoolEngine,
    capacity::{opened_by, with_committed},
    pool_engine::SeriesMark,
};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    events::LegFilled,
    state::{Capital, Commitment, FeeShares, Leg, MarginAccount, NetChange, Pool, SeriesId},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, Dollars, Native, NativeDelta, Points, Ratio, Rounding, bounds,
    option::OptionPricer,
    pool,
    trade::{self, PriceBand},
};

/// The price at which a leg is filled.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Execution {
    /// The quote, with spread, the volatility to which the mark is known to move, and fee, for a trade.
    Quote,
    /// As options are sold, without spread and fee, for a position of either side that is closed against its owner's will.
    Forced,
    /// The mark, with a premium on the time value of bought options and without fee, for a position that the pool buys back.
    Buyback(BasisPoints),
}

/// A filled leg.
#[derive(Clone, Copy, Debug)]
pub struct Fill {
    /// The leg.
    pub leg: Leg,
    /// The account's position afterwards, points.
    pub position: i64,
    /// Change of cash by the premium, native units.
    pub premium: NativeDelta,
    /// The pool's net delta on the underlying afterwards, native units.
    pub net_delta: i64,
    /// Fee paid, native units.
    pub fee: FeeShares,
    /// Fee that closing against the owner's will waives, in native units.
    pub waived_fee: Native,
    /// Points times spot, native units, rounded up.
    pub notional: Native,
    /// Annual volatility at which it was filled, the pool's mark-up included: for a trade at least the mark's for whoever buys, at most the mark's for whoever
    /// sells.
    pub sigma: Ratio,
    /// Annual volatility of the mark.
    pub mark_sigma: Ratio,
    /// Spot price.
    pub spot: Dollars,
}

impl Fill {
    /// Returns the change of cash, fee included, in native units. Errors: `Overflow`.
    pub fn net(&self) -> Result<NativeDelta> {
        self.premium.checked_sub(self.fee.total()?.to_delta().program()?).program()
    }

    /// Returns the event of the fill. Errors: `Overflow`.
    pub fn event(&self, account: Pubkey) -> Result<LegFilled> {
        Ok(LegFilled {
            account,
            series: self.leg.series,
            points: self.leg.points,
            position: self.position,
            premium: self.premium.0,
            net_delta: self.net_delta,
            fee: self.fee.total()?.0,
            fee_insurance: self.fee.insurance.0,
            fee_protocol: self.fee.protocol.0,
            fee_referrer: self.fee.referrer.0,
            fee_curator: self.fee.curator.0,
            sigma: self.sigma.to_bits(),
            spot: self.spot.to_bits(),
        })
    }
}

impl PoolEngine<'_> {
    /// Fills a leg for an account whose funding is settled: premium against pool cash, fee, position, open interest,
    /// reserves, net delta. The caller checks the rules about the outcome.
    ///
    /// Errors: `UnknownSeries`, `SeriesExercised`, `SeriesAtCap` for opening at the cap, `TooManyPositions`.
    #[inline(never)]
    pub fn fill(&mut self, account: &mut MarginAccount, leg: &Leg, execution: Execution) -> Result<Fill> {
        let mark = self.mark(leg.series)?;
        let spot = self.market.get(mark.underlying)?.price.spot;
        let place = account.find_or_free(leg.series)?;
        let mut position = account.positions[place];
        let index = self.registry.series(leg.series)?.funding().index;
        if position.points == 0 {
            position.funding_snapshot = crate::state::Bits128::new(index.0);
        }
        let change = Points(leg.points);
        let before = position.points();
        let after = before.checked_add(change).program()?;

        let market = self.market.get(mark.underlying)?;
        let unmarked = self.sigma(&mark, change, execution)?;
        let (prices, sigma) = match execution {
            Execution::Quote => {
                (market.band, self.pool.params.markups().at(unmarked, !change.is_short(), after).program()?)
            }
            _ => (PriceBand::at_mark(market.spot()), unmarked),
        };
        let capital = self.pool.capital()?;
        self.replace(leg.series, mark.cap_payoff, before, position, after)?;
        self.pool.store_position(account, place, leg.series, after, index, (mark.cap_payoff, self.scale))?;

        let quote = trade::LegPricing {
            terms: mark.terms(),
            held: before,
            change,
            sigma,
            prices,
            fees: self.pool.params.fees(),
            scale: self.scale,
        };
        let (_, opening) = quote.closing_and_opening().program()?;
        ensure!(opening.is_zero() || !mark.terms().is_capped_at(spot), SeriesAtCap);
        let cost = quote.quote().program()?;
        let (fee, waived_fee) = match execution {
            Execution::Quote => (cost.fee, Native::ZERO),
            _ => (Native::ZERO, cost.fee),
        };
        let premium = match execution {
            Execution::Buyback(share) => quote.bought_back(cost.cash_change, share).program()?,
            _ => cost.cash_change,
        };
        self.pool.pay_account(account, premium)?;
        let fee = self.pool.charge_fee(account, fee)?;
        // Who sells without a mark-down sells at the bid.
        let defers = execution == Execution::Quote && sigma != if change.is_short() { unmarked } else { mark.sigma };
        let (beyond, bid) = if defers { self.beyond_bid(&mark, change, premium)? } else { (Native::ZERO, mark.sigma) };
        // Who sells or is closed gets the bid, and who buys above the mark, or with a mark-up, pays what is not earned yet; whoever else buys pays what both bounds count.
        let is_bought = execution == Execution::Quote && !change.is_short();
        let has_spread = unmarked != if is_bought && defers { bid } else { mark.sigma };
        self.record(leg, mark.underlying, (execution, has_spread), (capital, beyond))?;
        Ok(Fill {
            leg: *leg,
            position: after.0,
            premium,
            net_delta: self.pool.net_delta(mark.underlying)?,
            fee,
            waived_fee,
            notional: cost.notional,
            sigma,
            mark_sigma: mark.sigma,
            spot,
        })
    }

    /// Returns what such a change of the account's cash pays the pool beyond the value at the bid of what it trades, in native units, rounded up, and the annual volatility of the bid.
    #[inline(never)]
    fn beyond_bid(&self, mark: &SeriesMark, change: Points, premium: NativeDelta) -> Result<(Native, Ratio)> {
        let market = self.market.get(mark.underlying)?;
        let bid = market.traded_at(mark.terms(), mark.sigma, false)?;
        let worth = pool::owed(mark.terms(), bid, market.spot(), change, (self.scale, Rounding::Floor)).program()?;
        Ok((premium.checked_add(worth).program()?.negative_part(), bid))
    }

    /// Records a filled leg for liquidity of the last full minute, with what has changed since `before`: what it has paid beyond the bid, which is not earned yet, and what the
    /// pool has taken on where there is a spread. A commitment is filled at the time of its price, which is determined; of what is closed by others somebody chooses the moment.
    fn record(
        &mut self,
        leg: &Leg,
        underlying: u8,
        (execution, has_spread): (Execution, bool),
        (before, beyond): (Capital, Native),
    ) -> Result<()> {
        let at = match execution {
            Execution::Quote => self.market.get(underlying)?.price.published.0,
            _ => self.market.done_at(),
        };
        if !beyond.is_zero() {
            self.pool.defer(at, self.market.now(), beyond)?;
        }
        if has_spread || self.pool.has_taken(leg.series.slot) {
            let series = self.registry.series(leg.series)?;
            let change = NetChange { points: Points(leg.points), has_spread };
            self.pool.take_on(at, leg.series.slot, series, change)?;
        }
        self.pool.record_fill(at, leg.series.slot, leg.points, before)
    }

    /// Returns the annual volatility at which such a leg is done, without a mark-up of the pool.
    #[inline(never)]
    fn sigma(&self, mark: &SeriesMark, change: Points, execution: Execution) -> Result<Ratio> {
        let at_ask = match execution {
            Execution::Quote => !change.is_short(),
            Execution::Forced => false,
            Execution::Buyback(_) => return Ok(mark.sigma),
        };
        self.market.get(mark.underlying)?.traded_at(mark.terms(), mark.sigma, at_ask)
    }

    /// Returns the change of cash by closing the whole leg against its owner's will, in native units, rounded down.
    #[inline(never)]
    pub fn proceeds(&mut self, leg: &Leg) -> Result<NativeDelta> {
        let mark = self.mark(leg.series)?;
        let spot = self.market.get(mark.underlying)?.spot();
        let sigma = self.sigma(&mark, Points(leg.points), Execution::Forced)?;
        let value = if sigma == mark.sigma {
            bounds::value_at_most(&mark.pricer, spot)
        } else {
            OptionPricer::new(mark.terms(), sigma).and_then(|pricer| bounds::value_at_most(&pricer, spot))
        };
        let cost = self.scale.native(Points(leg.points), value.program()?, Rounding::Ceil).program()?;
        cost.checked_neg().program()
    }

    /// Returns the leg that sells as many points of a bought option as cover the negative cash, rounded up, or all of them.
    pub(super) fn cover_leg(&mut self, account: &MarginAccount, series: SeriesId) -> Result<Leg> {
        let held = account.find(series).map_or(0, |place| account.positions[place].points);
        ensure!(held > 0, LegNotReducing, "holds {} points", held);
        let all = Leg { series, points: held.checked_neg().ok_or(EvergreenError::Overflow)? };
        let worth = self.proceeds(&all)?.positive_part();
        let owed = account.cash().negative_part();
        if worth <= owed {
            return Ok(all);
        }
        let points = Native(held.unsigned_abs()).mul_div(owed.0, worth.0, Rounding::Ceil).program()?;
        let points = i64::try_from(points.0).map_err(crate::errors::too_large)?;
        Ok(Leg { series, points: points.checked_neg().ok_or(EvergreenError::Overflow)? })
    }

    /// Returns points of a leg times spot, in native units, rounded up.
    pub fn notional(&mut self, leg: &Leg) -> Result<Native> {
        let mark = self.mark(leg.series)?;
        let spot = self.market.get(mark.underlying)?.price.spot;
        let size = Points(leg.points).size().program()?;
        Ok(self.scale.native(size, spot, Rounding::Ceil).program()?.positive_part())
    }

    /// Checks the position of a leg after a trade: it is zero or at least the least size. If the leg opened more than the commitment has
    /// reserved capacity for, sizes are within their limits and short open interest does not exceed long open interest, also when everything
    /// committed is filled. Returns whether the capacity was reserved.
    ///
    /// Errors: `PositionTooSmall`, `WritesAlone`, `ShortExceedsLong`, `SeriesSizeLimit`, `AccountSizeLimit`.
    pub fn check_sizes(&self, account: &MarginAccount, leg: &Leg, commitment: &Commitment) -> Result<bool> {
        let Some(place) = account.find(leg.series) else { return Ok(true) };
        let position = account.positions[place].points();
        Pool::check_not_dust(position, commitment.least_points)?;
        let held = position.checked_sub(Points(leg.points)).program()?;
        if opened_by(leg, held)? <= commitment.opening(leg.series) {
            return Ok(true);
        }
        let series = self.registry.series(leg.series)?;
        if position.is_short() {
            let short = with_committed(series.short_points, series.committed_short)?;
            self.pool.check_written(short, series.long_points)?;
            self.pool.check_sizes(Points(short), position)?;
        } else {
            let long = with_committed(series.long_points, series.committed_long)?;
            self.pool.check_sizes(Points(long), position)?;
        }
        Ok(false)
    }
}
