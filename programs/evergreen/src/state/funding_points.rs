//! The prices at which funding accrues: the first volatility sample of each half-hour.
//!
//! The rate of a series is its time value at the last point, at the volatility of the shortest tenor: funding pays for the variance that there is, whether it lasts or not. Every point since a series was last touched is still known and applied
//! at its own moment, so that funding does not depend on who touches a series, or when.

use super::{Carried, HALF_HOUR, Pool, Series, half_hour};
use crate::errors::MathContext;
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, CarryRate, Dollars, Ratio, Seconds, UnixTime,
    bounds::slope_at_least,
    calendar::Week,
    option::{OptionPricer, PricePoint, Terms, ValueAndSlope},
    volatility::Smile,
};

/// Number of half-hours whose points are kept. A transaction that accrues all series of a full pool over all of them fits its budget.
pub const MAX_FUNDING_POINTS: usize = 5;
/// Bits from the unit of a stored price, 2^−16 dollars, to that of a price.
const PRICE_SHIFT: u32 = 64 - 16;
/// Half-hours from the oldest point that is kept to the newest.
const SPAN: u32 = MAX_FUNDING_POINTS as u32 - 1;

/// Price and volatility of an underlying at one moment.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct FundingPoint {
    /// This is the price in 2^−16 dollars, little-endian; zero where the half-hour has no point.
    pub price: [u8; 8],
    /// Annual volatility of marks at the money of the shortest tenor, in basis points, rounded to the nearest.
    pub sigma_bps: u16,
    /// These are the seconds from the beginning of the half-hour to the point.
    pub late: u16,
}

/// The points of the last half-hours, each at its number modulo [`MAX_FUNDING_POINTS`].
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct FundingPoints {
    /// This is the number of the half-hour of the newest point since 1970.
    pub newest: u32,
    /// These are the points.
    pub points: [FundingPoint; MAX_FUNDING_POINTS],
}

/// What besides its points decides the funding of an underlying.
#[derive(Clone, Copy, Debug)]
pub struct FundingRules {
    /// This is the smile.
    pub smile: Smile,
    /// This is how fast funding runs by the day of the week.
    pub week: Week,
}

impl FundingRules {
    /// Returns value and slope of a contract at a price in dollars and an annual volatility at the money. Errors: those of the pricer.
    #[inline(never)]
    pub(super) fn valuation(&self, price: Dollars, sigma: Ratio, terms: &Terms) -> Result<ValueAndSlope> {
        let spot = PricePoint::new(price).program()?;
        let smile = self.smile.of_tenor(sigma, terms.tenor());
        let sigma = smile.and_then(|smile| smile.sigma(spot, terms)).program()?;
        let pricer = OptionPricer::new(terms, sigma).program()?;
        slope_at_least(&pricer, spot).program()
    }
}

/// A point with its units.
#[derive(Clone, Copy, Debug)]
struct Point {
    moment: UnixTime,
    price: Dollars,
    sigma: Ratio,
}

impl Point {
    /// Returns the rate of funding from this point on, time value at the speed of its day and carry of the contract, and the time value alone, in dollars per tenor. It is the
    /// one place where a rate is computed.
    fn rate(&self, terms: &Terms, rules: &FundingRules, carry: CarryRate) -> Result<(Dollars, Dollars)> {
        let mut priced = rules.valuation(self.price, self.sigma, terms)?;
        let time_value = priced.valuation.time_value;
        priced.valuation.time_value = rules.week.speed(self.moment).of(time_value).program()?;
        Ok((carry.funding_rate(&priced, terms.tenor()).program()?, time_value))
    }
}

impl FundingPoints {
    /// Enters the first point of a half-hour; another of the same or of an earlier one changes nothing. A price or a volatility that
    /// does not fit is limited to what does.
    pub fn enter(&mut self, moment: UnixTime, price: Dollars, sigma: Ratio) {
        // The machine divides unsigned numbers only.
        let seconds = moment.0.max(0).unsigned_abs();
        let half_hour = half_hour(moment.0);
        if half_hour <= self.newest {
            return;
        }
        // The places of half-hours without points are emptied.
        for skipped in self.newest.saturating_add(1)..half_hour.min(self.newest.saturating_add(SPAN).saturating_add(1))
        {
            self.points[Self::place(skipped)] = FundingPoint::default();
        }
        let price = u64::try_from(price.to_bits() >> PRICE_SHIFT).unwrap_or(u64::MAX).max(1);
        let bps = sigma.to_bits().saturating_mul(10_000).saturating_add(1 << 63) >> 64;
        self.points[Self::place(half_hour)] = FundingPoint {
            price: price.to_le_bytes(),
            sigma_bps: u16::try_from(bps).unwrap_or(u16::MAX),
            late: u16::try_from(seconds.rem_euclid(HALF_HOUR.unsigned_abs())).unwrap_or(0),
        };
        self.newest = half_hour;
    }

    const fn place(half_hour: u32) -> usize {
        (half_hour as usize).rem_euclid(MAX_FUNDING_POINTS)
    }

    /// Returns the points that are kept, the oldest first.
    fn kept(&self) -> impl DoubleEndedIterator<Item = Point> + '_ {
        let oldest = self.newest.saturating_sub(SPAN);
        (oldest..=self.newest).filter_map(|half_hour| {
            let point = &self.points[Self::place(half_hour)];
            let price = u64::from_le_bytes(point.price);
            (price != 0).then(|| Point {
                moment: UnixTime(i64::from(half_hour).saturating_mul(HALF_HOUR).saturating_add(i64::from(point.late))),
                price: Dollars::from_bits(i128::from(price) << PRICE_SHIFT),
                sigma: BasisPoints(point.sigma_bps).to_ratio(),
            })
        })
    }

    /// Accrues the funding of a series of this underlying to `now`: at the rate in force up to each point, and at the rate of the last
    /// one from there. A new series begins at the rate of the point before it. The carry of a point is the pool's of that half-hour.
    ///
    /// Where more than [`PoolParams::funding_full_gap`](super::PoolParams) lies between two points, the average of both time values accrues beyond that, each part at the
    /// mean speed of its days, and over all of the gap the carry that the pool has had in it, on the slope that its net delta has counted: whoever sets the carry at the ends of a gap sets nothing.
    ///
    /// Errors: `Overflow`, and those of the pricer for a contract or a point that no market has.
    #[inline(never)]
    pub fn accrue(&self, series: &mut Series, rules: &FundingRules, pool: &Pool, now: UnixTime) -> Result<()> {
        let full_gap = Seconds(pool.params.funding_full_gap);
        let begun = series.funding().touched;
        let newest = self.kept().next_back();
        let carry = pool.carry_at(series.underlying, now)?;
        let has_new = newest.is_some_and(|point| point.moment > begun);
        if has_new || series.funding().rate == Dollars::ZERO {
            let terms = series.terms()?;
            let rate_of = |point: &Point| point.rate(&terms, rules, carry.rate(half_hour(point.moment.0)));
            let mut last = None;
            if series.funding().rate == Dollars::ZERO {
                let before = self.kept().rev().find(|point| point.moment <= begun).or_else(|| self.kept().next());
                if let Some(point) = before {
                    let (rate, time_value) = rate_of(&point)?;
                    series.set_time_value(time_value)?;
                    series.accrue(rate, begun, full_gap)?;
                }
            }
            for point in self.kept().filter(|point| point.moment > begun && point.moment <= now) {
                let (rate, time_value) = rate_of(&point)?;
                let touched = series.funding().touched;
                if point.moment.0.saturating_sub(touched.0) > i64::from(full_gap.0) {
                    let in_force = match last {
                        Some(known) => known,
                        None => series.time_value()?,
                    };
                    let known = touched.after(full_gap).program()?;
                    let mean = in_force.checked_add(time_value).program()?.div_int(2).program()?;
                    let speeded = |from, to, value| rules.week.mean_speed(from, to).of(value).program();
                    let rates = (speeded(touched, known, in_force)?, speeded(known, point.moment, mean)?);
                    // The carry up to an earlier point of this loop has accrued with its rate.
                    let before = match last {
                        Some(_) => carry.carried(touched.0),
                        None => Carried(series.carried),
                    };
                    let in_gap = carry.carried(point.moment.0).since(before);
                    let on_slope = in_gap.on(series.slope()).program()?;
                    series.accrue_gap(rates, on_slope, rate, (known, point.moment))?;
                } else {
                    series.accrue(rate, point.moment, full_gap)?;
                }
                last = Some(time_value);
            }
            if let Some(time_value) = last {
                series.set_time_value(time_value)?;
            }
        }
        series.accrue(series.funding().rate, now, full_gap)?;
        series.carried = carry.carried(series.funding().touched.0).0;
        Ok(())
    }

    /// Applies the points since the series was last touched, and nothing after the newest of them: it stays at the rate in force. So it comes to the same whoever calls this,
    /// how often, and for which series. Errors: those of [`Self::accrue`].
    pub fn replay(&self, series: &mut Series, rules: &FundingRules, pool: &Pool, now: UnixTime) -> Result<()> {
        match self.kept().next_back() {
            Some(newest) => self.accrue(series, rules, pool, newest.moment.min(now)),
            None => Ok(()),
        }
    }

    /// Returns the number of points that [`Self::accrue`] applies to a series that was last touched at `touched`, unix seconds.
    pub fn waiting(&self, touched: i64) -> usize {
        self.kept().filter(|point| point.moment.0 > touched).count()
    }
}

#[cfg(test)]
mod tests;
