//! Series: funding, slope and open interest.

use super::{Carry, Market, Tick, market::Point};
use evergreen_math::{
    BasisPoints, Dollars, FundingIndex, NativeDelta, PointScale, Points, Ratio, Seconds, UnixTime,
    bounds::slope_at_least,
    carry::CarrySum,
    funding::{self, SeriesFunding},
    option::{OptionKind, OptionPricer, PricePoint, Terms, ValueAndSlope},
};
use evergreen_sdk::evergreen::state::PoolParams;

/// An option.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Contract {
    pub put: bool,
    pub strike: i64,
    pub days: u32,
    pub cap_bps: u16,
}

impl Contract {
    pub fn terms(&self) -> Terms {
        let kind = if self.put { OptionKind::Put } else { OptionKind::Call };
        let cap = Some(BasisPoints(self.cap_bps).to_ratio());
        Terms::new(kind, Dollars::from_int(self.strike), Seconds(self.days * 86_400), cap).expect("terms")
    }

    /// Whether a price exercises it: at its cap or beyond also where its confidence speaks against that.
    pub fn is_exercised_at(&self, tick: &Tick) -> bool {
        let (price, exact) = (tick.price, tick.confidence.to_bits());
        // The program rounds a confidence up that is no whole number of dollars, by 2^-64, also where it is exact.
        let confidence = Dollars::from_bits(exact + i128::from(exact % (1 << 64) != 0));
        let end = if self.put { price.checked_add(confidence) } else { price.checked_sub(confidence) };
        self.terms().is_capped_at(end.expect("a price"))
    }
}

/// A series.
#[derive(Clone, Debug)]
pub struct Line {
    pub funding: SeriesFunding,
    pub long: i64,
    pub short: i64,
    /// In 2^−16 dollars.
    slope: i128,
    /// Time value at the last point, in 2^−32 of the strike.
    time_value: i128,
    /// [`Carry::carried`] as of the last accrual.
    carried: u32,
    /// What a point pays, in dollars, once the series is exercised.
    pub payoff: Option<Dollars>,
    /// What counts at the bid.
    pub taken: super::earned::Taken,
}

/// Values a contract.
fn valued(contract: &Contract, market: &Market, price: Dollars, sigma: Ratio) -> ValueAndSlope {
    let (terms, spot) = (contract.terms(), PricePoint::new(price).expect("a price"));
    let pricer = OptionPricer::new(&terms, market.smiled(sigma, &terms, spot)).expect("a pricer");
    slope_at_least(&pricer, spot).expect("a value")
}

impl Line {
    pub fn new(now: i64) -> Self {
        let funding = SeriesFunding::starting(UnixTime(now));
        Self {
            funding,
            long: 0,
            short: 0,
            slope: 0,
            time_value: 0,
            carried: 0,
            payoff: None,
            taken: super::earned::Taken::default(),
        }
    }

    pub fn net(&self) -> Points {
        Points(self.long - self.short)
    }

    /// Points that are written.
    pub fn written(&self) -> i64 {
        self.short
    }

    pub fn has_interest(&self) -> bool {
        self.long != 0 || self.short != 0
    }

    pub fn set_slope(&mut self, slope: Dollars) {
        self.slope = slope.to_bits() >> 48;
    }

    /// Takes the slope at the present price.
    pub fn measure(&mut self, contract: &Contract, market: &Market, tick: &Tick) {
        self.set_slope(valued(contract, market, tick.price, market.mark(tick.now, &contract.terms())).slope);
    }

    /// Returns what the series adds to both sides of the delta, upward first, in points times 2^−16 dollars.
    pub fn sides(&self) -> [i128; 2] {
        if self.payoff.is_some() {
            return [0, 0];
        }
        let deltas = [self.long, -self.short].map(|points| i128::from(points) * self.slope);
        let side = |sign: i128| deltas.iter().map(|delta| (sign * delta).max(0)).sum();
        [side(1), side(-1)]
    }

    /// What all positions owe the pool.
    pub fn claim(&self, scale: PointScale) -> NativeDelta {
        funding::pool_claim(Points(self.long), Points(self.short), &self.funding, scale).expect("a claim")
    }

    /// Changes a position.
    pub fn replace(&mut self, before: Points, snapshot: FundingIndex, after: Points, scale: PointScale) {
        self.funding = self.funding.on_position_change(before, snapshot, after, scale).expect("a basis");
        for (points, sign) in [(before.0, -1), (after.0, 1)] {
            if points < 0 { self.short -= sign * points } else { self.long += sign * points }
        }
    }

    fn set_time_value(&mut self, contract: &Contract, time_value: Dollars) {
        self.time_value = time_value.div_int(contract.strike).expect("a share").to_bits() >> 32;
    }

    /// Accrues funding: at each point of the underlying its rate comes into force. A new series begins at the rate of the point before it. Over a gap of which no
    /// point is kept time value accrues at the average of both ends, and the pool's carry on the slope that the net delta has counted.
    pub fn accrue(&mut self, contract: &Contract, market: &Market, carry: &Carry, params: &PoolParams, now: i64) {
        let (tenor, gap) = (Seconds(contract.days * 86_400), Seconds(params.funding_full_gap));
        let begun = self.funding.touched.0;
        let rate_of = |point: &Point| {
            let mut priced = valued(contract, market, point.price, point.sigma);
            let even = priced.valuation.time_value;
            priced.valuation.time_value = market.at_speed(point.moment, even);
            (carry.rate(point.moment).funding_rate(&priced, tenor).expect("a rate"), even)
        };
        let points = market.points();
        if self.funding.rate == Dollars::ZERO {
            let before = points.iter().rev().find(|point| point.moment <= begun).or(points.first());
            let (rate, even) = rate_of(before.expect("a point"));
            self.set_time_value(contract, even);
            self.funding = self.funding.advance(rate, UnixTime(begun), tenor, gap).expect("funding");
        }
        let mut last = None;
        for point in points.iter().filter(|point| point.moment > begun && point.moment <= now) {
            let ((rate, even), touched) = (rate_of(point), self.funding.touched.0);
            let moment = UnixTime(point.moment);
            if point.moment - touched > i64::from(gap.0) {
                let stored = Dollars::from_bits(self.time_value << 32).mul_int(contract.strike).expect("a time value");
                let (in_force, known) = (last.unwrap_or(stored), touched + i64::from(gap.0));
                let average = in_force.checked_add(even).and_then(|sum| sum.div_int(2)).expect("an average");
                let first = market.at_mean_speed((touched, known), in_force);
                let rest = market.at_mean_speed((known, point.moment), average);
                let units = carry.carried(point.moment).wrapping_sub(self.carried) as i32;
                let owed = CarrySum(i64::from(units) << 19).on(Dollars::from_bits(self.slope << 48)).expect("a carry");
                let (funding, whole) = (SeriesFunding { rate: first, ..self.funding }, Seconds(u32::MAX));
                let funding = funding.advance(rest, UnixTime(known), tenor, whole).expect("funding");
                let funding = funding.advance(rest, moment, tenor, whole).expect("funding");
                let index = funding.index.plus(owed).expect("an index");
                self.funding = SeriesFunding { index, rate, ..funding };
                self.carried = carry.carried(point.moment);
            } else {
                self.funding = self.funding.advance(rate, moment, tenor, gap).expect("funding");
            }
            last = Some(even);
        }
        if let Some(even) = last {
            self.set_time_value(contract, even);
        }
        self.funding = self.funding.advance(self.funding.rate, UnixTime(now), tenor, gap).expect("funding");
        self.carried = carry.carried(self.funding.touched.0);
    }
}
