//! Parameters and their bounds. The same types serve as instruction arguments and as parts of accounts.

use super::MAX_UNDERLYINGS;
use crate::{ensure, errors::MathContext};
use anchor_lang::prelude::*;
use bytemuck::{Pod, Zeroable};
use evergreen_math::{BasisPoints, Seconds, fees, margin::MarginParams, volatility::VolatilityParams};
#[cfg(not(feature = "idl-build"))]
use std::io::{Read, Result as IoResult, Write};

/// Implements Borsh for a type whose bytes in memory are its Borsh bytes: little-endian numbers in the order of its fields,
/// without gaps. The derived code gives the same bytes, but writes and reads each of some forty numbers on its own, once per
/// type of writer.
macro_rules! borsh_as_bytes {
    ($type:ty) => {
        #[cfg(not(feature = "idl-build"))]
        impl AnchorSerialize for $type {
            fn serialize<W: Write>(&self, writer: &mut W) -> IoResult<()> {
                writer.write_all(bytemuck::bytes_of(self))
            }
        }

        #[cfg(not(feature = "idl-build"))]
        impl AnchorDeserialize for $type {
            fn deserialize_reader<R: Read>(reader: &mut R) -> IoResult<Self> {
                let mut value = Self::zeroed();
                reader.read_exact(bytemuck::bytes_of_mut(&mut value))?;
                Ok(value)
            }
        }

        const _: () = assert!(size_of::<$type>() == <$type>::INIT_SPACE && cfg!(target_endian = "little"));
    };
}
borsh_as_bytes!(PoolParams);
borsh_as_bytes!(UnderlyingParams);

/// Parameters of a pool. All shares are in basis points.
#[cfg_attr(feature = "idl-build", derive(AnchorSerialize, AnchorDeserialize))]
#[derive(InitSpace, Clone, Copy, Pod, Zeroable, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct PoolParams {
    /// This is the largest long, and largest short, open interest of one series, in points.
    pub max_series_points: u64,
    /// This is the largest position of one account in one series, long or short, in points.
    pub max_account_points: u64,
    /// It is the smallest position that a trade may leave, in points. The penalty on a smaller one would not pay for its liquidation.
    pub min_account_points: u64,
    /// This is the largest pool cash after a deposit of liquidity, in native units.
    pub max_pool_cash: u64,
    /// It is the reward that insurance pays a liquidator when the account cannot pay one, in native units.
    pub min_liquidation_reward: u64,
    /// These are the seconds of a gap between two points of funding that accrue at the rate in force. The rest accrues at the average of the rates at its ends.
    pub funding_full_gap: u32,
    /// These are the seconds between request and execution of a main-pool withdrawal.
    pub main_cooldown: u32,
    /// These are the seconds between request and execution of an insurance withdrawal.
    pub insurance_cooldown: u32,
    /// It is the largest share of pool cash that reserves may take.
    pub reserve_limit_bps: u16,
    /// This is the fee on the notional of an opening trade.
    pub fee_open_bps: u16,
    /// This is the fee on the notional of a closing trade.
    pub fee_close_bps: u16,
    /// This is the largest fee as a share of the option's value.
    pub fee_value_cap_bps: u16,
    /// This is the main pool's share of fees.
    pub fee_main_bps: u16,
    /// This is the insurance pool's share of fees.
    pub fee_insurance_bps: u16,
    /// This is the protocol's share of fees.
    pub fee_protocol_bps: u16,
    /// This is the referrer's share of the protocol's share.
    pub referrer_bps: u16,
    /// It is the largest annual volatility for which the fee must cover the oracle's latency.
    pub sigma_max_expected_bps: u16,
    /// This is the carry a year on a dollar of delta at a skew of one: net delta over depth. 60,000 is six a year.
    pub carry_bps: u16,
    /// It is the largest size of a side over depth, by underlying, to which a trade may add, beside three quarters of the other side; and the skew from which the carry grows no further.
    pub direction_limit_bps: [u16; MAX_UNDERLYINGS],
    /// This is the carry a year without skew, by underlying: the correlation of underlying and collateral times both volatilities.
    pub carry_base_bps: [i16; MAX_UNDERLYINGS],
    /// It is the largest share of pool cash by which reserves may grow in an hour.
    pub growth_limit_bps: u16,
    /// This is the mark-up on the volatility at which traders open bought options, as a share of it.
    pub buy_markup_bps: u16,
    /// This is the mark-down on the volatility at which traders open written options, as a share of it.
    pub write_markdown_bps: u16,
    /// It is the premium on the value of an option for which the pool, once wound down, buys it back; zero where it never does.
    pub buyback_bps: u16,
    /// It is zero.
    pub padding: u16,
    /// It is the largest share of net asset value that may be withdrawn in a day.
    pub daily_outflow_bps: u16,
    /// This is the liquidation penalty on closed notional.
    pub penalty_bps: u16,
    /// This is the largest penalty as a share of the account's remaining equity.
    pub penalty_equity_cap_bps: u16,
    /// This is the liquidator's share of the penalty; insurance gets the rest.
    pub liquidator_bps: u16,
    /// This is the volatility of written options in health scenarios, as a share of the mark's volatility. 15,000 is one and a half times.
    pub vol_stress_bps: u16,
    /// This is the weight of the loss at twice the shock, in health.
    pub extreme_weight_bps: u16,
    /// This is the margin charge on the notional of written options.
    pub short_charge_bps: u16,
    /// This is the curator's share of the main pool's part of fees.
    pub curator_bps: u16,
    /// These are the kinds of options that are listed: [`PoolParams::CALLS`], [`PoolParams::PUTS`] or both.
    pub kinds: u16,
    /// It is the least tenor that is listed, in hours.
    pub min_tenor_hours: u16,
    /// It is the largest tenor that is listed, in hours.
    pub max_tenor_hours: u16,
    /// It is the tip that the account of a committed trade pays its filler, in native units. It is at most the account's cash.
    pub fill_tip: u64,
    /// These are the seconds after a commitment before which no price fills it: the first price published later fills it.
    pub fill_delay: u32,
    /// These are the seconds after the delay in which the first price has to be published, and the commitment has to be filled.
    pub fill_window: u32,
}

const _: () = assert!(size_of::<PoolParams>() == 5 * 8 + 3 * 4 + 26 * 2 + 4 * MAX_UNDERLYINGS + 8 + 2 * 4);

impl PoolParams {
    /// Largest size of an entry of `carry_base_bps`, in basis points: a correlation of one half between volatilities of 100 %.
    pub const MAX_CARRY_BASE: u16 = 5_000;
    /// Longest delay of fills, in seconds.
    pub const MAX_FILL_DELAY: u32 = 10;
    /// Longest window of fills, in seconds.
    pub const MAX_FILL_WINDOW: u32 = 60;
    /// Longest cooldown of withdrawals, in seconds: seven days. What people may want to leave before waits longer.
    pub const MAX_COOLDOWN: u32 = 7 * 86_400;
    /// Bit of [`PoolParams::kinds`]: calls are listed.
    pub const CALLS: u16 = 1;
    /// Bit of [`PoolParams::kinds`]: puts are listed.
    pub const PUTS: u16 = 2;

    /// Checks every bound. Parameters that pass cannot break an invariant.
    ///
    /// Errors: `InvalidParameter` with the parameter's name in the log.
    #[inline(never)]
    pub fn check(&self) -> Result<()> {
        let one = BasisPoints::ONE.0;
        let at_most = |name: &str, value: u64, limit: u64| -> Result<()> {
            ensure!(value <= limit, InvalidParameter, "{} is {}, at most {}", name, value, limit);
            Ok(())
        };
        let at_least = |name: &str, value: u64, limit: u64| -> Result<()> {
            ensure!(value >= limit, InvalidParameter, "{} is {}, at least {}", name, value, limit);
            Ok(())
        };
        // Beyond 2^52 points an exact 128-bit sum of points times funding index could overflow.
        at_most("max_series_points", self.max_series_points, 1 << 52)?;
        at_least("max_series_points", self.max_series_points, 1)?;
        at_most("max_account_points", self.max_account_points, self.max_series_points)?;
        at_least("max_account_points", self.max_account_points, 1)?;
        at_most("min_account_points", self.min_account_points, self.max_account_points)?;
        // A thousand shares per native unit must fit in 64 bits.
        at_most("max_pool_cash", self.max_pool_cash, 1 << 53)?;
        at_least("funding_full_gap", self.funding_full_gap.into(), 60)?;
        at_most("funding_full_gap", self.funding_full_gap.into(), 86_400)?;
        at_least("main_cooldown", self.main_cooldown.into(), 3_600)?;
        at_most("insurance_cooldown", self.insurance_cooldown.into(), Self::MAX_COOLDOWN.into())?;
        at_least("insurance_cooldown", self.insurance_cooldown.into(), self.main_cooldown.into())?;
        // A tip of at most a liquidator's least reward cannot empty an account faster than a liquidation closes it.
        at_most("fill_tip", self.fill_tip, self.min_liquidation_reward)?;
        at_most("fill_delay", self.fill_delay.into(), Self::MAX_FILL_DELAY.into())?;
        at_least("fill_window", self.fill_window.into(), 2)?;
        at_most("fill_window", self.fill_window.into(), Self::MAX_FILL_WINDOW.into())?;
        let bounds = [
            // Below, providers would be shut in.
            ("reserve_limit_bps", self.reserve_limit_bps, 6_000, one),
            ("fee_open_bps", self.fee_open_bps, 1, 200),
            ("fee_close_bps", self.fee_close_bps, 1, 200),
            // The latency floor holds for options of little value only if the cap does not go below 10 %.
            ("fee_value_cap_bps", self.fee_value_cap_bps, 1_000, 2_500),
            ("referrer_bps", self.referrer_bps, 0, one),
            ("sigma_max_expected_bps", self.sigma_max_expected_bps, 500, 40_000),
            // A trade that moves the skew by one changes the carry of a half-hour by at most 4 basis points of the delta, less than its fees.
            ("carry_bps", self.carry_bps, 0, 65_000),
            ("growth_limit_bps", self.growth_limit_bps, 100, one),
            ("buy_markup_bps", self.buy_markup_bps, 0, Self::MAX_MARKUP),
            ("write_markdown_bps", self.write_markdown_bps, 0, Self::MAX_MARKUP),
            ("buyback_bps", self.buyback_bps, 0, Self::MAX_BUYBACK),
            ("padding", self.padding, 0, 0),
            ("daily_outflow_bps", self.daily_outflow_bps, 2_500, one),
            ("penalty_bps", self.penalty_bps, 0, 500),
            ("penalty_equity_cap_bps", self.penalty_equity_cap_bps, 0, 5_000),
            ("liquidator_bps", self.liquidator_bps, 0, one),
            ("vol_stress_bps", self.vol_stress_bps, one, 30_000),
            ("extreme_weight_bps", self.extreme_weight_bps, 0, one),
            ("short_charge_bps", self.short_charge_bps, 0, 500),
            ("curator_bps", self.curator_bps, 0, 3_000),
            ("kinds", self.kinds, 1, Self::CALLS | Self::PUTS),
            ("min_tenor_hours", self.min_tenor_hours, 0, self.max_tenor_hours),
        ];
        for (name, value, least, most) in bounds {
            at_least(name, value.into(), least.into())?;
            at_most(name, value.into(), most.into())?;
        }
        for (limit, base) in self.direction_limit_bps.iter().zip(self.carry_base_bps) {
            // Beyond a skew of one traders may be long more than all the capital; far beyond, the limit is none.
            at_least("direction_limit_bps", (*limit).into(), 100)?;
            at_most("carry_base_bps", base.unsigned_abs().into(), Self::MAX_CARRY_BASE.into())?;
        }
        self.fee_split().map(|_| ())
    }

    /// Returns the trading fees as values of the math crate.
    pub const fn fees(&self) -> fees::FeeParams {
        fees::FeeParams {
            open: BasisPoints(self.fee_open_bps),
            close: BasisPoints(self.fee_close_bps),
            cap_of_value: BasisPoints(self.fee_value_cap_bps),
        }
    }

    /// Returns the margin rules as values of the math crate. The extreme moves are twice the shock.
    pub const fn margin(&self) -> MarginParams {
        MarginParams {
            vol_stress: BasisPoints(self.vol_stress_bps),
            extreme_multiple: BasisPoints(20_000),
            extreme_weight: BasisPoints(self.extreme_weight_bps),
            short_charge: BasisPoints(self.short_charge_bps),
        }
    }

    /// Returns the liquidation penalty as values of the math crate.
    pub const fn penalty(&self) -> fees::PenaltyParams {
        fees::PenaltyParams {
            rate: BasisPoints(self.penalty_bps),
            equity_cap: BasisPoints(self.penalty_equity_cap_bps),
            liquidator: BasisPoints(self.liquidator_bps),
        }
    }

    /// Returns the split of fees. Errors: `InvalidParameter` unless the shares sum to 100 %.
    pub fn fee_split(&self) -> Result<fees::FeeSplit> {
        fees::FeeSplit::new(
            BasisPoints(self.fee_main_bps),
            BasisPoints(self.fee_insurance_bps),
            BasisPoints(self.fee_protocol_bps),
        )
        .program()
    }
}

/// Errors: `InvalidParameter` with the name in the log unless `value` lies between both others.
#[inline(never)]
pub(crate) fn within(name: &str, value: i64, least: i64, most: i64) -> Result<()> {
    let holds = value >= least && value <= most;
    ensure!(holds, InvalidParameter, "{} is {}, must be {} to {}", name, value, least, most);
    Ok(())
}

/// Largest number of tenors of one underlying.
pub const MAX_TENORS: usize = 4;

/// A tenor offered by an underlying, with its cap ratios.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Pod, Zeroable, Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct TenorParams {
    /// This is the tenor in seconds; zero for an unused entry.
    pub seconds: u32,
    /// This is the cap of calls as a share of the strike, above 10,000.
    pub call_cap_bps: u16,
    /// This is the cap of puts as a share of the strike, below 10,000.
    pub put_cap_bps: u16,
}

/// Parameters of an underlying. All shares and annual volatilities are in basis points.
#[cfg_attr(feature = "idl-build", derive(AnchorSerialize, AnchorDeserialize))]
#[derive(InitSpace, Clone, Copy, Pod, Zeroable, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct UnderlyingParams {
    /// It is the greatest age of a price that counts as fresh, in seconds.
    pub max_age: u32,
    /// It says how far a publish time may lie in the future, in seconds.
    pub max_future: u32,
    /// Strikes are whole multiples of this many dollars.
    pub strike_step: u32,
    /// This is the half-life of the fast volatility average, in seconds.
    pub vol_fast_half_life: u32,
    /// These are the seconds between volatility samples: their grid times are its multiples.
    pub vol_min_interval: u32,
    /// These are the tenors offered.
    pub tenors: [TenorParams; MAX_TENORS],
    /// It is the widest confidence that counts as fresh, as a share of the price.
    pub max_conf_bps: u16,
    /// It is the largest distance from the EMA price that counts as fresh, as a share of the EMA price.
    pub max_ema_gap_bps: u16,
    /// It says how far the price of a trade is moved against the trader, as a share of its confidence. 10,000 is one confidence.
    pub spread_conf_bps: u16,
    /// It is the largest distance of a strike from spot when its series is listed, as a share of spot.
    pub strike_range_bps: u16,
    /// This is the shock of initial margin.
    pub shock_initial_bps: u16,
    /// This is the shock of target margin, which a liquidation restores.
    pub shock_target_bps: u16,
    /// This is the shock of maintenance margin.
    pub shock_maintenance_bps: u16,
    /// This is the half-life of the slow volatility average, in half-lives of the fast one.
    pub vol_slow_half_lives: u16,
    /// This is the annual volatility of a new underlying.
    pub vol_start_bps: u16,
    /// This is the multiplier of the root of the larger average. 10,000 leaves it unchanged.
    pub vol_multiplier_bps: u16,
    /// This is the least annual volatility.
    pub vol_min_bps: u16,
    /// This is the largest annual volatility.
    pub vol_max_bps: u16,
    /// This is the largest change of the volatility in an hour, as a share of the volatility.
    pub vol_max_change_bps: u16,
    /// It is the number of standard deviations at which the return of a sample is cut.
    pub vol_sample_cap: u16,
    /// This is how fast variance and funding run on Saturdays (UTC), as a share of an even day.
    pub vol_saturday_bps: u16,
    /// This is how fast they run on Sundays. On other days they run so much faster that a week is a week.
    pub vol_sunday_bps: u16,
    /// This is the skew `a` of the smile, in basis points per unit of standardised moneyness.
    pub smile_skew_bps: i16,
    /// This is the convexity `b` of the smile, in basis points per unit of standardised moneyness squared.
    pub smile_convexity_bps: i16,
}

const _: () = assert!(size_of::<UnderlyingParams>() == 5 * 4 + 8 * MAX_TENORS + 18 * 2);

impl UnderlyingParams {
    /// Largest change of the smile's skew, and of its convexity, by one proposal, in basis points.
    pub const MAX_SMILE_STEP: u16 = 15;
    /// Largest change of a target of the volatility by one proposal, as a share of itself. The smile stays where targets change.
    pub const MAX_VOL_STEP: BasisPoints = BasisPoints(75);
    /// Largest change of the speed of a day of the weekend by one proposal, in basis points of an even day.
    pub const MAX_DAY_STEP: u16 = 1_000;
    /// One proposal changes half-lives by at most this part of themselves.
    pub const HALF_LIFE_STEP: u32 = 32;
    /// Shortest tenor, seconds: of a shorter one the half-hour for which a rate of funding stays in force pays who writes after the price has left it more than both fees.
    pub const SHORTEST_TENOR: u32 = 12 * 3_600;

    /// Checks every bound. Errors: `InvalidParameter` with the parameter's name in the log.
    #[inline(never)]
    pub fn check(&self) -> Result<()> {
        let one = BasisPoints::ONE.0;
        // Where a price is hardly ever fresh, confident or near its average, most ways out are shut.
        let spans = [
            ("max_age", self.max_age, 5, 600),
            ("max_future", self.max_future, 0, 10),
            ("strike_step", self.strike_step, 1, 1_000_000),
            ("vol_fast_half_life", self.vol_fast_half_life, 3_600, 30 * 86_400),
            // The interval exceeds the greatest age of a price, so that no price is sampled twice. Every half-hour has a sample, which is its
            // point of funding.
            ("vol_min_interval", self.vol_min_interval, i64::from(self.max_age).saturating_add(1), 1_800),
        ];
        for (name, value, least, most) in spans {
            within(name, value.into(), least, most)?;
        }
        // Liquidity of a full minute is valued with the estimate of that minute: at most one sample is taken while it is executed.
        let beyond = i64::from(self.vol_min_interval).checked_rem(60).unwrap_or(0);
        within("vol_min_interval beyond full minutes", beyond, 0, 0)?;
        let least_change = VolatilityParams::least_change_per_hour(Seconds(self.vol_fast_half_life));
        let shares = [
            ("max_conf_bps", self.max_conf_bps, 25, 500),
            ("max_ema_gap_bps", self.max_ema_gap_bps, 200, 5_000),
            ("spread_conf_bps", self.spread_conf_bps, 0, 50_000),
            ("strike_range_bps", self.strike_range_bps, 100, 9_000),
            ("shock_maintenance_bps", self.shock_maintenance_bps, 100, 4_999),
            ("shock_target_bps", self.shock_target_bps, self.shock_maintenance_bps, 4_999),
            ("shock_initial_bps", self.shock_initial_bps, self.shock_target_bps, 4_999),
            ("vol_slow_half_lives", self.vol_slow_half_lives, 1, 500),
            ("vol_min_bps", self.vol_min_bps, 500, 40_000),
            ("vol_max_bps", self.vol_max_bps, self.vol_min_bps, 40_000),
            ("vol_start_bps", self.vol_start_bps, self.vol_min_bps, self.vol_max_bps),
            ("vol_multiplier_bps", self.vol_multiplier_bps, 5_000, 30_000),
            ("vol_max_change_bps", self.vol_max_change_bps, least_change.0, one),
            ("vol_sample_cap", self.vol_sample_cap, 2, 20),
            ("vol_saturday_bps", self.vol_saturday_bps, 2_000, one),
            ("vol_sunday_bps", self.vol_sunday_bps, 2_000, one),
        ];
        for (name, value, least, most) in shares {
            within(name, value.into(), least.into(), most.into())?;
        }
        within("smile_skew_bps", self.smile_skew_bps.into(), -2_000, 2_000)?;
        // A steeper smile could make a call dearer at a higher strike (`Smile::check`).
        within("smile_convexity_bps", self.smile_convexity_bps.into(), 0, 200)?;
        let mut offered = 0u32;
        for (place, tenor) in self.tenors.iter().enumerate().filter(|(_, t)| t.seconds != 0) {
            offered = offered.saturating_add(1);
            // Series are listed by their tenor: of two equal ones the second would never be found.
            let equal = self.tenors.iter().take(place).any(|t| t.seconds == tenor.seconds);
            ensure!(!equal, InvalidParameter, "two tenors of {}", tenor.seconds);
            within("tenor", tenor.seconds.into(), Self::SHORTEST_TENOR.into(), 90 * 86_400)?;
            within("call_cap_bps", tenor.call_cap_bps.into(), 10_100, 50_000)?;
            within("put_cap_bps", tenor.put_cap_bps.into(), 1_000, 9_900)?;
        }
        ensure!(offered > 0, InvalidParameter, "an underlying needs a tenor");
        Ok(())
    }
}
