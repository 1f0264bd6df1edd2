//! An underlying of options: its price source, volatility, strike grid and shocks.

mod changes;

use super::{FundingPoints, FundingRules, Pool, Series};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    types::{Bits128, TenorParams, UnderlyingParams},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, Dollars, MathError, Ratio, Seconds, UnixTime, calendar::Week, margin::ShockParams, volatility,
};

/// An underlying. Trades only read it. Seeds: `underlying`, feed id.
#[account(zero_copy)]
#[repr(C)]
pub struct Underlying {
    /// This is the layout version.
    pub version: u8,
    /// This is the bump of this address.
    pub bump: u8,
    /// This is a [`PriceSource`](crate::types::PriceSource).
    pub source: u8,
    /// It is zero.
    pub padding: [u8; 5],
    /// It is the feed id, as the source names its feeds.
    pub feed_id: [u8; 32],
    /// It is the program that must own the price account.
    pub price_owner: Pubkey,
    /// This is the name, padded with zeros.
    pub symbol: [u8; 8],
    /// These are the parameters.
    pub params: UnderlyingParams,
    /// Number of changes of the configuration; a proposal names the version it was made for.
    pub config_version: u32,
    /// It is zero.
    pub padding_2: [u8; 4],
    /// This is the fast average of annual variance: squared log returns per year, 64.64.
    pub fast_variance: Bits128,
    /// This is the slow average of the same.
    pub slow_variance: Bits128,
    /// Annual volatility of marks of the shortest tenor at `sigma_time`, 64.64. The parameters limit its change in an hour.
    pub front_sigma: Bits128,
    /// This is the same of the longest tenor; at most `front_sigma`.
    pub back_sigma: Bits128,
    /// This is the price of the last sample, in dollars, 64.64.
    pub sample_price: Bits128,
    /// This is the grid time of the last sample in unix seconds: its price is the first one published after that.
    pub sample_time: i64,
    /// These are the unix seconds at which the last sample was taken.
    pub sigma_time: i64,
    /// These are the prices and volatilities at which funding accrues.
    pub funding_points: FundingPoints,
    /// These are the unix seconds at which parameters or price source were last changed.
    pub configured_at: i64,
    /// These are the unix seconds at which somebody reported that nobody samples the underlying; zero where nobody has, or since the next sample.
    pub silent_since: i64,
    /// This is the volatility estimate before its last change, a sample or new parameters.
    pub before: EarlierEstimate,
    /// It is the last grid time, unix seconds, whose first price was too uncertain to be sampled, as somebody has shown; zero where there was none.
    pub unsampled_time: i64,
    /// It is zero, for later versions.
    pub reserved: [u8; 16],
}

/// The volatility estimate of an underlying before its last change.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct EarlierEstimate {
    /// This is the fast average of annual variance, 64.64.
    pub fast_variance: Bits128,
    /// This is the slow average of the same.
    pub slow_variance: Bits128,
    /// Annual volatility of marks of the shortest tenor at `sigma_time`, 64.64.
    pub front_sigma: Bits128,
    /// This is the same of the longest tenor.
    pub back_sigma: Bits128,
    /// This is the price of the sample before, in dollars, 64.64.
    pub sample_price: Bits128,
    /// This is the grid time of the sample before, unix seconds.
    pub sample_time: i64,
    /// These are the unix seconds at which the estimate was changed before.
    pub sigma_time: i64,
}

const _: () = assert!(
    size_of::<Underlying>()
        == 8 + 72 + size_of::<UnderlyingParams>() + 8 + 80 + 16 + 104 + size_of::<EarlierEstimate>()
);
const _: () = assert!(size_of::<EarlierEstimate>() == 5 * 16 + 16);
const _: () = assert!(size_of::<FundingPoints>() == 64);

impl Underlying {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + size_of::<Self>();

    /// Seconds without a sample after which anyone may report that nobody samples the underlying: a day.
    pub const SILENT_AFTER: i64 = 86_400;
    /// Seconds from that report until its series may be ended: 7 days.
    pub const NOTICE: i64 = 7 * 86_400;

    /// Records at `now`, in unix seconds, that nobody has sampled the underlying for [`Self::SILENT_AFTER`]. The next sample ends it. Errors:
    /// `NotSilent` after a younger sample, `SilenceReported`.
    #[inline(never)]
    pub fn report_silence(&mut self, now: i64) -> Result<()> {
        ensure!(self.silent_since == 0, SilenceReported);
        let from = self.sample_time.saturating_add(Self::SILENT_AFTER);
        ensure!(now >= from, NotSilent, "silent from {}, now {}", from, now);
        self.silent_since = now;
        Ok(())
    }

    /// Checks that its silence was reported [`Self::NOTICE`] ago and nobody has sampled it since. Errors: `NotSilent`, `SilenceTooYoung`.
    #[inline(never)]
    pub fn check_ended(&self, now: i64) -> Result<()> {
        ensure!(self.silent_since != 0, NotSilent);
        let from = self.silent_since.saturating_add(Self::NOTICE);
        ensure!(now >= from, SilenceTooYoung, "series end from {}, now {}", from, now);
        Ok(())
    }

    /// Ends the funding of a series of this underlying at the last sample, or where it was touched later, and returns what an option of it is worth at price
    /// and volatility of that sample, in dollars, rounded down and at most its cap payoff. Errors: those of [`FundingPoints::accrue`] and of the pricer.
    #[inline(never)]
    pub fn last_value(&self, series: &mut Series, pool: &Pool) -> Result<Dollars> {
        let until = UnixTime(self.sample_time).max(series.funding().touched);
        let rules = self.funding_rules();
        self.funding_points.accrue(series, &rules, pool, until)?;
        let terms = series.terms()?;
        let price = self.sample_price.dollars();
        let burst = volatility::VolatilityParams::burst(Seconds(self.params.vol_fast_half_life));
        let marks = volatility::Marks { front: self.front_sigma.ratio(), back: self.back_sigma.ratio(), burst };
        let value = rules.valuation(price, marks.of(terms.tenor()).program()?, &terms)?;
        let value = value.valuation.value().program()?;
        Ok(value.min(terms.cap_payoff().ok_or(EvergreenError::CapOutOfRange)?))
    }

    /// Returns the parameters of the volatility estimate.
    pub fn volatility_params(&self) -> volatility::VolatilityParams {
        self.params.volatility()
    }

    /// Returns parameters and state of the volatility estimate.
    #[inline(never)]
    fn estimate(&self) -> (volatility::VolatilityParams, volatility::VolatilityState) {
        (self.volatility_params(), self.volatility_state())
    }

    /// Returns the state of the volatility estimate.
    pub const fn volatility_state(&self) -> volatility::VolatilityState {
        volatility::VolatilityState {
            fast_variance: self.fast_variance.ratio(),
            slow_variance: self.slow_variance.ratio(),
            last_price: self.sample_price.dollars(),
            last_time: UnixTime(self.sample_time),
            front: self.front_sigma.ratio(),
            back: self.back_sigma.ratio(),
            sigma_time: UnixTime(self.sigma_time),
        }
    }

    /// Returns the state of the volatility estimate at a full minute, unix seconds: without a change at that second or since, of which there is one at most
    /// while liquidity of the minute is executed, because the interval of samples is a multiple of a minute. Only a sample of an earlier grid time counts
    /// although it was taken since: the mark is that of the minute, and goes where the sample leads it. Errors: those of [`volatility::rest`].
    #[inline(never)]
    pub fn volatility_state_at(&self, minute: i64) -> Result<volatility::VolatilityState> {
        let (before, present) = (&self.before, self.volatility_state());
        if self.sigma_time < minute || before.sigma_time == 0 {
            return Ok(present);
        }
        let earlier = volatility::VolatilityState {
            fast_variance: before.fast_variance.ratio(),
            slow_variance: before.slow_variance.ratio(),
            last_price: before.sample_price.dollars(),
            last_time: UnixTime(before.sample_time),
            front: before.front_sigma.ratio(),
            back: before.back_sigma.ratio(),
            sigma_time: UnixTime(before.sigma_time),
        };
        if present.last_time == earlier.last_time || present.last_time.0 >= minute {
            return Ok(earlier);
        }
        let rested = volatility::rest(&self.volatility_params(), &earlier, UnixTime(minute)).program()?;
        Ok(volatility::VolatilityState {
            front: rested.front,
            back: rested.back,
            sigma_time: rested.sigma_time,
            ..present
        })
    }

    /// Stores the state of the volatility estimate, and keeps the one before.
    pub fn set_volatility_state(&mut self, state: volatility::VolatilityState) {
        self.before = EarlierEstimate {
            fast_variance: self.fast_variance,
            slow_variance: self.slow_variance,
            front_sigma: self.front_sigma,
            back_sigma: self.back_sigma,
            sample_price: self.sample_price,
            sample_time: self.sample_time,
            sigma_time: self.sigma_time,
        };
        self.fast_variance = state.fast_variance.into();
        self.slow_variance = state.slow_variance.into();
        self.sample_price = state.last_price.into();
        self.sample_time = state.last_time.0;
        self.front_sigma = state.front.into();
        self.back_sigma = state.back.into();
        self.sigma_time = state.sigma_time.0;
    }

    /// Returns the annual volatilities of marks and of trades at the money at a price in dollars. Errors: those of [`volatility::quoted`].
    #[inline(never)]
    pub fn quoted(&self, price: Dollars, now: UnixTime) -> Result<volatility::Quoted> {
        let (params, state) = self.estimate();
        volatility::quoted(&params, &state, price, now).program()
    }

    /// Returns the annual volatilities of marks at the money, for what happens at the mark alone. Errors: those of [`volatility::marks`].
    #[inline(never)]
    pub fn marked(&self, now: UnixTime) -> Result<volatility::Quoted> {
        let (params, state) = self.estimate();
        volatility::marks(&params, &state, now).map(volatility::Quoted::at_marks).program()
    }

    /// Returns the annual volatilities at the money at which liquidity of a full minute, unix seconds, is valued, at the first price after it, in dollars: those of
    /// the minute, whatever has been sampled since. Where the price is the one that is sampled for that minute, it counts as sampled, whether it is yet or
    /// not. Errors: those of [`volatility::sample`] but `SampleTooEarly`, and those of [`volatility::quoted`].
    #[inline(never)]
    pub fn valued(&self, price: Dollars, minute: i64) -> Result<volatility::Quoted> {
        let (params, mut state, at) = (self.volatility_params(), self.volatility_state_at(minute)?, UnixTime(minute));
        if self.sampling_time(minute) == minute {
            match volatility::sample(&params, &state, price, at, at) {
                Ok(sampled) => state = sampled,
                // There is nothing to sample: the last sample is less than the least interval ago.
                Err(MathError::SampleTooEarly) => {}
                Err(error) => return Err(crate::errors::math(error)),
            }
        }
        volatility::quoted(&params, &state, price, at).program()
    }

    /// Returns the grid time whose first price can be sampled at `now`, in unix seconds: the last multiple of the least interval. Between
    /// two grid times there is one price to sample, whoever samples it and when.
    pub fn sampling_time(&self, now: i64) -> i64 {
        let interval = u64::from(self.params.vol_min_interval);
        let since = now.max(0).unsigned_abs().checked_rem(interval).unwrap_or(0);
        now.max(0).saturating_sub_unsigned(since)
    }

    /// Returns the grid time, in unix seconds, that can be sampled at `now` and has not been: [`Self::sampling_time`], unless it has been sampled, or too little
    /// time has passed since the last sample, or somebody has shown that its price is too uncertain.
    pub fn unsampled_grid_time(&self, now: i64) -> Option<i64> {
        let grid = self.sampling_time(now);
        let next = self.sample_time.saturating_add(self.params.vol_min_interval.into());
        (grid >= next && grid > self.unsampled_time).then_some(grid)
    }

    /// Notes that the first price after [`Self::sampling_time`] is too uncertain to be sampled: nobody waits for its sample.
    ///
    /// Errors: `SampleTooEarly` where there is no sample to wait for.
    pub fn pass_over(&mut self, now: i64) -> Result<()> {
        self.unsampled_time = self.unsampled_grid_time(now).ok_or(EvergreenError::SampleTooEarly)?;
        Ok(())
    }

    /// Takes the first price after [`Self::sampling_time`] into the estimate. The return counts from grid time to grid time;
    /// volatilities of marks move on from what it is at `now`. A silence that was reported is over.
    ///
    /// Errors: `SampleTooEarly` before the next grid time, and those of [`volatility::sample`].
    #[inline(never)]
    pub fn sample(&mut self, price: Dollars, now: i64) -> Result<()> {
        let (params, grid) = (self.volatility_params(), UnixTime(self.sampling_time(now)));
        let sampled = volatility::sample(&params, &self.volatility_state(), price, grid, UnixTime(now)).program()?;
        self.set_volatility_state(sampled);
        self.silent_since = 0;
        Ok(())
    }

    /// Takes the last volatility sample as the point of its half-hour, unless that has one already.
    pub fn set_funding_point(&mut self) {
        let state = self.volatility_state();
        self.funding_points.enter(state.last_time, state.last_price, state.front);
    }

    /// Returns the rules by which funding accrues.
    pub fn funding_rules(&self) -> FundingRules {
        FundingRules { smile: self.smile(), week: self.week() }
    }

    /// Returns how fast variance and funding run by the day of the week.
    pub const fn week(&self) -> Week {
        self.params.week()
    }

    /// Returns the smile.
    pub fn smile(&self) -> volatility::Smile {
        volatility::Smile {
            skew: signed_bps(self.params.smile_skew_bps),
            convexity: signed_bps(self.params.smile_convexity_bps),
        }
    }

    /// Returns the shocks of the three health levels.
    pub const fn shocks(&self) -> ShockParams {
        ShockParams {
            initial: BasisPoints(self.params.shock_initial_bps),
            target: BasisPoints(self.params.shock_target_bps),
            maintenance: BasisPoints(self.params.shock_maintenance_bps),
        }
    }

    /// Checks the layout version. Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        super::check_version(self.version)
    }

    /// Returns an offered tenor with its cap ratios. Errors: `UnknownTenor`.
    pub fn tenor(&self, seconds: u32) -> Result<TenorParams> {
        let offered = self.params.tenors.iter().find(|t| t.seconds != 0 && t.seconds == seconds);
        offered.copied().ok_or_else(|| error!(crate::errors::EvergreenError::UnknownTenor))
    }

    /// Checks that the strike, in whole dollars, is a multiple of the step and near enough to spot. Errors: `StrikeOffGrid`.
    pub fn check_strike(&self, strike: u64, spot: Dollars) -> Result<()> {
        let step = u64::from(self.params.strike_step);
        ensure!(
            strike > 0 && strike.checked_rem(step) == Some(0),
            StrikeOffGrid,
            "strike {} is no multiple of {}",
            strike,
            step
        );
        let strike_dollars = Dollars::from_int(i64::try_from(strike).map_err(crate::errors::too_large)?);
        let near = volatility::within_band(strike_dollars, spot, BasisPoints(self.params.strike_range_bps));
        ensure!(
            near.program()?,
            StrikeOffGrid,
            "strike {} too far from spot {}",
            strike,
            crate::errors::DisplayDollars(spot)
        );
        Ok(())
    }
}

/// Returns a signed share in basis points as a pure number.
fn signed_bps(bps: i16) -> Ratio {
    let size = BasisPoints(bps.unsigned_abs()).to_ratio();
    if bps < 0 { Ratio::from_bits(size.to_bits().saturating_neg()) } else { size }
}
