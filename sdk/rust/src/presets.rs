//! Default parameters of pools and underlyings.
//!
//! ```
//! use evergreen_sdk::presets::{self, Asset, PYTH_RECEIVER};
//!
//! // These are the defaults, except that the pool accepts a tenth of the deposits.
//! let mut params = presets::pool_params();
//! params.max_pool_cash /= 10;
//! assert!(params.check().is_ok());
//! // Strikes are multiples of 1,000 dollars, tenors are 1, 7, 30 and, with wide caps, 2 days, and the cap of a 7-day call is 1.2 times its strike.
//! let btc = Asset::Btc.config(PYTH_RECEIVER).params;
//! assert_eq!((btc.strike_step, btc.tenors[1].call_cap_bps), (1_000, 12_000));
//! assert_eq!(btc.tenors.map(|tenor| tenor.seconds / 86_400), [1, 7, 30, 2]);
//! ```

use anchor_lang::prelude::Pubkey;
use evergreen::state::{MAX_UNDERLYINGS, PoolParams, PriceSource, TenorParams, UnderlyingConfig, UnderlyingParams};

/// Feed id of BTC/USD.
pub const BTC_FEED: [u8; 32] = feed_id(b"e62df6c8b4a85fe1a67db44dc12de5db330f7ac66b72dc658afedf0f4a415b43");
/// Feed id of ETH/USD.
pub const ETH_FEED: [u8; 32] = feed_id(b"ff61491a931112ddf1bd8147cd1b641375f79f5825126d665480874634fd0ace");
/// Pyth receiver program, upgraded generation.
pub const PYTH_RECEIVER: Pubkey = PriceSource::PythUpdate.owners()[0];
/// Pyth receiver program, previous generation.
pub const PYTH_RECEIVER_PREVIOUS: Pubkey = PriceSource::PythUpdate.owners()[1];

const fn feed_id(hex: &[u8; 64]) -> [u8; 32] {
    const fn digit(c: u8) -> u8 {
        if c >= b'a' { c - b'a' + 10 } else { c - b'0' }
    }
    let mut bytes = [0; 32];
    let mut place = 0;
    while place < 32 {
        bytes[place] = digit(hex[2 * place]) * 16 + digit(hex[2 * place + 1]);
        place += 1;
    }
    bytes
}

/// An underlying that has presets.
///
/// ```
/// use evergreen_sdk::{address, presets::Asset};
///
/// let asset: Asset = "btc".parse()?;
/// println!("{} is at {}", asset.name(), address::underlying(&asset.feed()));
/// # Ok::<(), evergreen_sdk::presets::UnknownAsset>(())
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[cfg_attr(any(feature = "client", feature = "hermes"), derive(serde::Serialize, serde::Deserialize))]
#[cfg_attr(any(feature = "client", feature = "hermes"), serde(rename_all = "UPPERCASE"))]
pub enum Asset {
    /// Bitcoin.
    Btc,
    /// Ether.
    Eth,
}

/// The text names no asset that has presets.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there are no presets for `{0}`: expected BTC or ETH")]
pub struct UnknownAsset(pub String);

impl Asset {
    /// All assets, in the order of their declaration.
    pub const ALL: [Self; 2] = [Self::Btc, Self::Eth];

    /// Returns the symbol, in capitals.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Btc => "BTC",
            Self::Eth => "ETH",
        }
    }

    /// Returns the id of the asset's feed of dollar prices.
    pub const fn feed(self) -> [u8; 32] {
        match self {
            Self::Btc => BTC_FEED,
            Self::Eth => ETH_FEED,
        }
    }

    /// Returns the configuration of the asset's underlying, whose price accounts the program `price_owner` owns.
    pub const fn config(self, price_owner: Pubkey) -> UnderlyingConfig {
        match self {
            Self::Btc => btc(price_owner),
            Self::Eth => eth(price_owner),
        }
    }
}

/// Parses the symbol, in upper or lower case.
impl core::str::FromStr for Asset {
    type Err = UnknownAsset;

    fn from_str(text: &str) -> Result<Self, UnknownAsset> {
        let found = Self::ALL.into_iter().find(|asset| asset.name().eq_ignore_ascii_case(text));
        found.ok_or_else(|| UnknownAsset(text.to_owned()))
    }
}

/// Returns the default parameters of a pool.
pub const fn pool_params() -> PoolParams {
    PoolParams {
        max_series_points: 1 << 50,
        max_account_points: 1 << 48,
        min_account_points: 0,
        max_pool_cash: 1 << 53,
        min_liquidation_reward: 10_000,
        funding_full_gap: 9_000,
        main_cooldown: 86_400,
        insurance_cooldown: 7 * 86_400,
        reserve_limit_bps: 8_000,
        fee_open_bps: 5,
        fee_close_bps: 3,
        fee_value_cap_bps: 1_250,
        fee_main_bps: 6_000,
        fee_insurance_bps: 2_500,
        fee_protocol_bps: 1_500,
        referrer_bps: 2_000,
        sigma_max_expected_bps: 6_600,
        carry_bps: 60_000,
        direction_limit_bps: [4_000; MAX_UNDERLYINGS],
        carry_base_bps: [0; MAX_UNDERLYINGS],
        growth_limit_bps: 1_000,
        buy_markup_bps: 0,
        write_markdown_bps: 0,
        buyback_bps: 0,
        padding: 0,
        daily_outflow_bps: 2_500,
        penalty_bps: 40,
        penalty_equity_cap_bps: 2_000,
        liquidator_bps: 5_000,
        vol_stress_bps: 15_000,
        extreme_weight_bps: 3_500,
        short_charge_bps: 50,
        curator_bps: 0,
        kinds: PoolParams::CALLS | PoolParams::PUTS,
        min_tenor_hours: 0,
        max_tenor_hours: u16::MAX,
        fill_tip: 5_000,
        fill_delay: 3,
        fill_window: 10,
    }
}

const fn underlying_params(strike_step: u32, vol_start_bps: u16, shocks: [u16; 3]) -> UnderlyingParams {
    const fn tenor(days: u32, cap_bps: u16) -> TenorParams {
        TenorParams { seconds: days * 86_400, call_cap_bps: 10_000 + cap_bps, put_cap_bps: 10_000 - cap_bps }
    }
    UnderlyingParams {
        // A maximum age of ten seconds would require higher fees than 5 and 3 basis points (the latency floor).
        max_age: 5,
        max_future: 2,
        strike_step,
        vol_fast_half_life: 6 * 3_600,
        vol_min_interval: 1_800,
        tenors: [
            tenor(1, 1_000),
            tenor(7, 2_000),
            tenor(30, 4_000),
            // Deep in the money its options have no time value: a leg without curvature for whoever takes the other side of direction.
            TenorParams { seconds: 2 * 86_400, call_cap_bps: 15_000, put_cap_bps: 6_670 },
        ],
        max_conf_bps: 50,
        max_ema_gap_bps: 500,
        spread_conf_bps: 10_000,
        strike_range_bps: 5_000,
        shock_initial_bps: shocks[0],
        shock_target_bps: shocks[1],
        shock_maintenance_bps: shocks[2],
        vol_slow_half_lives: 120,
        vol_start_bps,
        vol_multiplier_bps: 9_500,
        vol_min_bps: 2_000,
        vol_max_bps: 20_000,
        vol_max_change_bps: 1_000,
        vol_sample_cap: 20,
        vol_saturday_bps: 5_000,
        vol_sunday_bps: 8_000,
        smile_skew_bps: -500,
        smile_convexity_bps: 200,
    }
}

/// Returns the same underlying for a market whose prices are made up and whose hours are short: volatility is sampled every minute and does not fall below the
/// one at which it begins, and days have one speed, because such prices stand still for long and know no weekend. So what a market shows depends neither on the second
/// nor on the day on which it is started.
pub const fn made_up(mut config: UnderlyingConfig) -> UnderlyingConfig {
    config.params.vol_min_interval = 60;
    config.params.vol_min_bps = config.params.vol_start_bps;
    config.params.vol_saturday_bps = 10_000;
    config.params.vol_sunday_bps = 10_000;
    config
}

/// Returns the configuration of BTC, whose price accounts the program `price_owner` owns.
pub const fn btc(price_owner: Pubkey) -> UnderlyingConfig {
    UnderlyingConfig {
        symbol: *b"BTC\0\0\0\0\0",
        feed_id: BTC_FEED,
        source: PriceSource::PythUpdate,
        price_owner,
        params: underlying_params(1_000, 5_500, [2_000, 1_700, 1_400]),
    }
}

/// Returns the configuration of ETH, whose price accounts the program `price_owner` owns.
pub const fn eth(price_owner: Pubkey) -> UnderlyingConfig {
    UnderlyingConfig {
        symbol: *b"ETH\0\0\0\0\0",
        feed_id: ETH_FEED,
        source: PriceSource::PythUpdate,
        price_owner,
        params: underlying_params(50, 7_000, [2_500, 2_100, 1_750]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn presets_pass_the_programs_checks() {
        let pool = pool_params();
        assert!(pool.check().is_ok());
        assert_eq!(pool.fee_main_bps + pool.fee_insurance_bps + pool.fee_protocol_bps, 10_000);
        for asset in Asset::ALL {
            assert!(asset.config(PYTH_RECEIVER).params.check().is_ok(), "{}", asset.name());
        }
    }

    #[test]
    fn ether_is_the_more_volatile_one() {
        let [btc, eth] = Asset::ALL.map(|asset| asset.config(PYTH_RECEIVER).params);
        assert_eq!((btc.vol_start_bps, eth.vol_start_bps), (5_500, 7_000));
        assert!(eth.shock_maintenance_bps > btc.shock_maintenance_bps);
    }

    #[test]
    fn an_asset_is_parsed_from_its_name() {
        for asset in Asset::ALL {
            assert_eq!(asset.name().parse(), Ok(asset));
            assert_eq!(asset.name().to_lowercase().parse(), Ok(asset));
            assert_eq!(&asset.config(PYTH_RECEIVER).symbol[..3], asset.name().as_bytes());
            assert_eq!(asset.config(PYTH_RECEIVER).feed_id, asset.feed());
        }
        assert_eq!("DOGE".parse::<Asset>(), Err(UnknownAsset("DOGE".into())));
    }
}
