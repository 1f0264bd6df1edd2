//! The setup of a world, and the numbers that tests share.

pub use evergreen_sdk::{
    convert::DOLLAR,
    evergreen::state::{DAY, HALF_HOUR},
};
use evergreen_sdk::{
    evergreen::state::{MAX_UNDERLYINGS, PoolParams, UnderlyingConfig},
    presets,
};
pub use evergreen_test_support::TOKEN;

/// Place of BTC in [`World::feeds`](crate::World::feeds).
pub const BTC: usize = 0;
/// Place of ETH in [`World::feeds`](crate::World::feeds).
pub const ETH: usize = 1;
/// Place of the pool of TSLA.M, a classic token, in [`World::pools`](crate::World::pools).
pub const CLASSIC: usize = 0;
/// Place of the pool of an xStock, a Token-2022 token, in [`World::pools`](crate::World::pools).
pub const STOCK: usize = 1;
/// Seconds of an hour.
pub const HOUR: i64 = 3_600;
/// Points that correspond to 0.1 BTC when one token of the collateral is worth 300 dollars.
pub const TENTH: i64 = 33_333_333;

/// The configuration from which a world is made.
#[derive(Clone)]
pub struct Setup {
    /// Parameters of both pools.
    pub pool: PoolParams,
    /// Configuration of BTC.
    pub btc: UnderlyingConfig,
    /// Configuration of ETH.
    pub eth: UnderlyingConfig,
    /// Liquidity that "lp" has deposited in the main class of each pool, native units.
    pub liquidity: u64,
    /// Liquidity that "insurer" has deposited in the insurance class of each pool, native units.
    pub insurance: u64,
}

impl Setup {
    /// Returns the preset parameters, but samples every minute, so that tests need no half-hours, and a limit of direction that is so wide that sizes of
    /// tests are not about it.
    pub fn preset() -> Self {
        let mut setup = Self::slow();
        for config in [&mut setup.btc, &mut setup.eth] {
            config.params.vol_min_interval = 60;
        }
        setup
    }

    /// Returns the preset parameters with their samples every half-hour, but days of one speed, so that results do not depend on the day of the week.
    pub fn slow() -> Self {
        let receiver = presets::PYTH_RECEIVER;
        let mut setup = Self {
            pool: PoolParams {
                direction_limit_bps: [u16::MAX; MAX_UNDERLYINGS],
                growth_limit_bps: 10_000,
                ..presets::pool_params()
            },
            btc: presets::btc(receiver),
            eth: presets::eth(receiver),
            liquidity: 1_000 * TOKEN,
            insurance: 100 * TOKEN,
        };
        for config in [&mut setup.btc, &mut setup.eth] {
            (config.params.vol_saturday_bps, config.params.vol_sunday_bps) = (10_000, 10_000);
        }
        setup
    }

    /// Returns parameters for results that can be worked out by hand: a volatility of 60 % at every strike and time, no spread
    /// and no carry.
    pub fn flat() -> Self {
        let mut setup = Self::preset();
        for config in [&mut setup.btc, &mut setup.eth] {
            let params = &mut config.params;
            (params.vol_min_bps, params.vol_start_bps, params.vol_max_bps) = (6_000, 6_000, 6_000);
            params.vol_multiplier_bps = 10_000;
            (params.smile_skew_bps, params.smile_convexity_bps) = (0, 0);
            config.params.spread_conf_bps = 0;
        }
        setup.pool.carry_bps = 0;
        setup
    }
}
