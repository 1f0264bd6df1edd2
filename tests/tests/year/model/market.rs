//! The underlying: samples, volatilities and points of funding.

use evergreen_math::{
    BasisPoints, Dollars, Ratio, Seconds, UnixTime,
    calendar::Week,
    margin::ShockParams,
    option::{PricePoint, Terms},
    volatility::{self, Marks, Quoted, Smile, VolatilityParams, VolatilityState},
};
use evergreen_sdk::evergreen::state::{HALF_HOUR, UnderlyingParams};

/// Points of funding that are kept.
const KEPT: i64 = 5;

/// A price at one moment.
#[derive(Clone, Copy, Debug)]
pub struct Tick {
    pub now: i64,
    /// In hundred-millionths of a dollar, as published.
    pub published: i64,
    pub price: Dollars,
    pub confidence: Dollars,
}

/// Returns a published number in dollars. Those of the year are multiples of a quarter of a dollar, which is exact.
fn dollars(published: i64) -> Dollars {
    let bits = (i128::from(published) << 64) / 100_000_000;
    assert_eq!(bits * 100_000_000, i128::from(published) << 64, "a price without rounding");
    Dollars::from_bits(bits)
}

impl Tick {
    pub fn new(now: i64, published: i64, confidence: i64) -> Self {
        Self { now, published, price: dollars(published), confidence: dollars(confidence) }
    }
}

/// A point of funding, as far as the program keeps it: price to 2^−16 dollars, volatility to a basis point.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    pub moment: i64,
    pub price: Dollars,
    /// Volatility of marks of the shortest tenor, to the basis point.
    pub sigma: Ratio,
}

#[derive(Clone, Debug)]
pub struct Market {
    pub params: UnderlyingParams,
    volatility: VolatilityParams,
    pub state: VolatilityState,
    /// The estimate before the last sample.
    before: VolatilityState,
    points: Vec<Point>,
    smile: Smile,
}

fn bps(value: u16) -> Ratio {
    BasisPoints(value).to_ratio()
}

fn signed_bps(value: i16) -> Ratio {
    let size = bps(value.unsigned_abs()).to_bits();
    Ratio::from_bits(if value < 0 { -size } else { size })
}

impl Market {
    pub fn new(params: UnderlyingParams, published: i64, now: i64) -> Self {
        let volatility = VolatilityParams {
            fast_half_life: Seconds(params.vol_fast_half_life),
            slow_half_life: Seconds(params.vol_fast_half_life * u32::from(params.vol_slow_half_lives)),
            min_interval: Seconds(params.vol_min_interval),
            sample_cap_sigmas: params.vol_sample_cap,
            start: bps(params.vol_start_bps),
            multiplier: bps(params.vol_multiplier_bps),
            min: bps(params.vol_min_bps),
            max: bps(params.vol_max_bps),
            max_change_per_hour: BasisPoints(params.vol_max_change_bps),
            week: Week { saturday: BasisPoints(params.vol_saturday_bps), sunday: BasisPoints(params.vol_sunday_bps) },
        };
        let state = volatility.start(dollars(published), UnixTime(now)).expect("a start");
        let smile =
            Smile { skew: signed_bps(params.smile_skew_bps), convexity: signed_bps(params.smile_convexity_bps) };
        let mut market = Self { params, volatility, state, before: state, points: Vec::new(), smile };
        market.enter();
        market
    }

    pub fn shocks(&self) -> ShockParams {
        ShockParams {
            initial: BasisPoints(self.params.shock_initial_bps),
            target: BasisPoints(self.params.shock_target_bps),
            maintenance: BasisPoints(self.params.shock_maintenance_bps),
        }
    }

    pub fn sample(&mut self, tick: &Tick) {
        let grid = UnixTime(tick.now - tick.now % HALF_HOUR);
        self.before = self.state;
        self.state =
            volatility::sample(&self.volatility, &self.state, tick.price, grid, UnixTime(tick.now)).expect("a sample");
        self.enter();
    }

    fn enter(&mut self) {
        let bits = self.state.last_price.to_bits() >> 48;
        let sigma = (self.state.front.to_bits() * 10_000 + (1 << 63)) >> 64;
        let sigma = bps(u16::try_from(sigma).expect("a volatility"));
        let moment = self.state.last_time.0;
        self.points.push(Point { moment, price: Dollars::from_bits(bits << 48), sigma });
        self.points.retain(|point| point.moment / HALF_HOUR + KEPT > moment / HALF_HOUR);
    }

    /// Returns the funding of a half-hour, given that of an even one.
    pub fn at_speed(&self, moment: i64, time_value: Dollars) -> Dollars {
        self.volatility.week.speed(UnixTime(moment)).of(time_value).expect("a rate")
    }

    /// Returns the funding of a half-hour of a gap, given that of an even one, at the mean speed of its days.
    pub fn at_mean_speed(&self, (from, to): (i64, i64), time_value: Dollars) -> Dollars {
        let mean = self.volatility.week.mean_speed(UnixTime(from), UnixTime(to));
        mean.of(time_value).expect("a rate")
    }

    pub fn points(&self) -> &[Point] {
        &self.points
    }

    /// Returns the volatility of marks of a contract at the money.
    pub fn mark(&self, now: i64, terms: &Terms) -> Ratio {
        self.marks(now).of(terms.tenor()).expect("a volatility")
    }

    /// Returns the volatilities of marks at the money.
    pub fn marks(&self, now: i64) -> Marks {
        volatility::marks(&self.volatility, &self.state, UnixTime(now)).expect("volatilities")
    }

    /// Returns the volatilities of liquidity of the minute at which the last sample's half-hour begins: its first price counts as sampled at that minute.
    pub fn valued(&self, tick: &Tick) -> Quoted {
        let minute = UnixTime(tick.now - tick.now % HALF_HOUR);
        let sampled = volatility::sample(&self.volatility, &self.before, tick.price, minute, minute).expect("a sample");
        volatility::quoted(&self.volatility, &sampled, tick.price, minute).expect("volatilities")
    }

    /// Returns the volatilities of marks and trades at the money.
    pub fn quoted(&self, tick: &Tick) -> Quoted {
        volatility::quoted(&self.volatility, &self.state, tick.price, UnixTime(tick.now)).expect("volatilities")
    }

    /// Returns the volatility of a contract at a price, given that at the money.
    pub fn smiled(&self, sigma: Ratio, terms: &Terms, spot: PricePoint) -> Ratio {
        let smile = self.smile.of_tenor(sigma, terms.tenor()).expect("a smile");
        smile.sigma(spot, terms).expect("a volatility")
    }
}
