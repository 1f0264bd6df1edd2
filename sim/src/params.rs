//! What is simulated: the parameters of the presets, in floating point.

use evergreen_sdk::presets::{self, Asset, PYTH_RECEIVER};

use crate::contract::SimSmile;
use crate::volatility::SimVolatilityParams;

/// A tenor with its caps.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tenor {
    /// Seconds.
    pub seconds: f64,
    /// Cap price of a call as a multiple of its strike.
    pub call_cap: f64,
    /// Cap price of a put as a multiple of its strike.
    pub put_cap: f64,
}

/// Rules of health, as shares.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Margin {
    /// Shocks of initial and of maintenance margin.
    pub shocks: [f64; 2],
    /// Volatility of written options in scenarios over that of the mark.
    pub vol_stress: f64,
    /// Weight of the loss at twice the shock.
    pub extreme_weight: f64,
    /// Charge on the notional.
    pub short_charge: f64,
    /// Penalty on closed notional, its largest share of equity, and insurance's part of it.
    pub penalty: [f64; 3],
}

/// Parameters of an underlying and of a pool. Shares are fractions.
#[derive(Clone, Debug, PartialEq)]
pub struct SimMarket {
    /// Symbol of the underlying.
    pub asset: &'static str,
    /// The tenors offered.
    pub tenors: Vec<Tenor>,
    /// Health.
    pub margin: Margin,
    /// Volatility of quotes.
    pub volatility: SimVolatilityParams,
    /// Smile over strikes.
    pub smile: SimSmile,
    /// How fast variance, and with it funding, runs on Saturdays and Sundays (UTC); on other days as fast as makes a week a week.
    pub weekend: [f64; 2],
    /// Fee on the notional of an opening trade.
    pub fee_open: f64,
    /// Fee on the notional of a closing trade.
    pub fee_close: f64,
    /// Largest fee as a share of the value.
    pub fee_value_cap: f64,
    /// Main pool's share of fees.
    pub fee_main: f64,
    /// Insurance's share of fees.
    pub fee_insurance: f64,
    /// Surcharge as a share of cap payoff when inventory equals depth.
    pub kappa: f64,
    /// Largest share of pool cash that reserves take.
    pub reserve_limit: f64,
    /// Largest share of pool cash by which reserves grow in an hour.
    pub growth_limit: f64,
    /// Largest share of net asset value that leaves in a day.
    pub daily_outflow: f64,
    /// By how many confidences a price is moved against the trader.
    pub spread_confidences: f64,
    /// The confidence of prices as a share of them. The presets know only its bound; 3 basis points are usual for Pyth's BTC and ETH.
    pub confidence: f64,
}

fn share(bps: u16) -> f64 {
    f64::from(bps) / 1e4
}

impl SimMarket {
    /// Returns the presets of an asset.
    pub fn preset(asset: Asset) -> Self {
        let pool = presets::pool_params();
        let params = asset.config(PYTH_RECEIVER).params;
        let tenors = params.tenors.iter().filter(|tenor| tenor.seconds > 0).map(|tenor| Tenor {
            seconds: f64::from(tenor.seconds),
            call_cap: share(tenor.call_cap_bps),
            put_cap: share(tenor.put_cap_bps),
        });
        Self {
            asset: asset.name(),
            tenors: tenors.collect(),
            margin: Margin {
                shocks: [share(params.shock_initial_bps), share(params.shock_maintenance_bps)],
                vol_stress: share(pool.vol_stress_bps),
                extreme_weight: share(pool.extreme_weight_bps),
                short_charge: share(pool.short_charge_bps),
                penalty: [
                    share(pool.penalty_bps),
                    share(pool.penalty_equity_cap_bps),
                    1.0 - share(pool.liquidator_bps),
                ],
            },
            volatility: SimVolatilityParams {
                fast_half_life: f64::from(params.vol_fast_half_life),
                slow_half_life: f64::from(params.vol_fast_half_life) * f64::from(params.vol_slow_half_lives),
                interval: f64::from(params.vol_min_interval),
                cut: f64::from(params.vol_sample_cap),
                start: share(params.vol_start_bps),
                multiplier: share(params.vol_multiplier_bps),
                min: share(params.vol_min_bps),
                max: share(params.vol_max_bps),
                max_change: share(params.vol_max_change_bps),
            },
            smile: SimSmile {
                skew: f64::from(params.smile_skew_bps) / 1e4,
                convexity: f64::from(params.smile_convexity_bps) / 1e4,
            },
            weekend: [share(params.vol_saturday_bps), share(params.vol_sunday_bps)],
            fee_open: share(pool.fee_open_bps),
            fee_close: share(pool.fee_close_bps),
            fee_value_cap: share(pool.fee_value_cap_bps),
            fee_main: share(pool.fee_main_bps),
            fee_insurance: share(pool.fee_insurance_bps),
            kappa: 0.0,
            reserve_limit: share(pool.reserve_limit_bps),
            growth_limit: share(pool.growth_limit_bps),
            daily_outflow: share(pool.daily_outflow_bps),
            spread_confidences: share(params.spread_conf_bps),
            confidence: 0.0003,
        }
    }

    /// Returns the presets of BTC.
    pub fn btc() -> Self {
        Self::preset(Asset::Btc)
    }

    /// Returns the presets of ETH.
    pub fn eth() -> Self {
        Self::preset(Asset::Eth)
    }

    /// Returns the same market with another mark-up of the volatility.
    pub fn with_multiplier(mut self, multiplier: f64) -> Self {
        self.volatility.multiplier = multiplier;
        self
    }

    /// Returns how fast variance and funding run at a unix time.
    pub fn speed(&self, now: f64) -> f64 {
        // The first of January 1970 was a Thursday.
        match (now / 86_400.0).floor().rem_euclid(7.0) as u8 {
            2 => self.weekend[0],
            3 => self.weekend[1],
            _ => (7.0 - self.weekend[0] - self.weekend[1]) / 5.0,
        }
    }

    /// Returns the cap of a contract as a multiple of its strike.
    pub fn cap_ratio(&self, call: bool, tenor: usize) -> f64 {
        if call { self.tenors[tenor].call_cap } else { self.tenors[tenor].put_cap }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn markets_are_the_presets() {
        let (btc, eth) = (SimMarket::btc(), SimMarket::eth());
        let pool = presets::pool_params();
        assert_eq!(btc.tenors.len(), 4);
        assert!((btc.fee_main + btc.fee_insurance - 1.0 + share(pool.fee_protocol_bps)).abs() < 1e-12);
        assert!(eth.volatility.start > btc.volatility.start);
    }

    #[test]
    fn a_week_is_a_week_at_any_speed_of_its_end() {
        for market in [SimMarket::btc(), SimMarket { weekend: [1.0; 2], ..SimMarket::eth() }] {
            let week: f64 = (0..7).map(|day| market.speed(f64::from(day) * 86_400.0 + 1.0)).sum();
            assert!((week - 7.0).abs() < 1e-12);
        }
        // 2024-09-14 was a Saturday.
        assert_eq!(SimMarket::btc().speed(1_726_272_000.0), 0.5);
        assert!((SimMarket::btc().speed(1_726_271_999.0) - 1.14).abs() < 1e-12);
    }
}
