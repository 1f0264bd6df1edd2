//! Bounds of the parameters of a pool whose curator is not the protocol's admin.
//!
//! The bounds of [`PoolParams::check`] keep every invariant. These are narrower: a stranger chooses the values, so that no value within them may be a trap
//! for whoever trades or provides liquidity. `docs/curator.md` says for each what a curator can still do with it.

use super::{PoolParams, params::within};
use crate::ensure;
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, trade::Markups};

impl PoolParams {
    /// Largest product of `carry_bps` and an entry of `direction_limit_bps`, in basis points a year: the most that holders of delta ever pay in a curated pool.
    pub const MAX_CURATED_CARRY: i64 = 30_000;

    /// Largest penalty of a curated pool, in basis points of notional.
    pub const MAX_CURATED_PENALTY: u16 = 200;

    /// Largest mark-up, and mark-down, in basis points.
    pub const MAX_MARKUP: u16 = 5_000;
    /// Largest premium of a buy-back, in basis points.
    pub const MAX_BUYBACK: u16 = 2_500;
    /// Largest mark-up, and mark-down, of a curated pool that is not private, in basis points.
    pub const MAX_PUBLIC_MARKUP: u16 = 1_000;
    /// Least premium of a buy-back, in basis points: the choice whether to buy back within half a minute of the moment is worth less.
    pub const MIN_BUYBACK: u16 = 500;

    /// Least part of a fee that never comes back to who pays it, in basis points: what is left of the preset fees of a round trip is worth more than a change of the volatility by a hundredth.
    pub const LEAST_KEPT: u16 = 5_400;

    /// Checks the bounds of a curated pool whose collateral has this many decimals, beside those of [`PoolParams::check`]. In a private one, whose liquidity
    /// is of those whom its curator names, the curator has a wider choice of what they ask for what they open, and may buy back.
    ///
    /// Errors: `InvalidParameter` with the parameter's name in the log.
    #[inline(never)]
    pub fn check_curated(&self, decimals: u8, private: bool) -> Result<()> {
        let limit = self.direction_limit_bps.iter().copied().max().unwrap_or(0);
        let most_carry = i64::from(self.carry_bps).saturating_mul(limit.into()).wrapping_div(10_000);
        // A hundredth of a token, rounded down.
        let most_tip = 10i64.saturating_pow(decimals.into()).wrapping_div(100);
        let most_markup = i64::from(if private { Self::MAX_MARKUP } else { Self::MAX_PUBLIC_MARKUP });
        let (least_buyback, most_buyback) = match (private, self.buyback_bps) {
            (false, _) => (0, 0),
            (true, 0) => (0, Self::MAX_BUYBACK),
            (true, _) => (Self::MIN_BUYBACK, Self::MAX_BUYBACK),
        };
        let bounds: [(&str, i64, i64, i64); 26] = [
            // How fast a provider can leave.
            ("reserve_limit_bps", self.reserve_limit_bps.into(), 6_000, 9_000),
            // Whether traders find room.
            ("growth_limit_bps", self.growth_limit_bps.into(), 500, 10_000),
            // What a trader pays.
            ("fee_open_bps", self.fee_open_bps.into(), 1, 50),
            ("fee_close_bps", self.fee_close_bps.into(), 1, 50),
            ("fee_value_cap_bps", self.fee_value_cap_bps.into(), 1_000, 1_500),
            ("fill_tip", i64::try_from(self.fill_tip).unwrap_or(i64::MAX), 0, most_tip),
            ("buy_markup_bps", self.buy_markup_bps.into(), 0, most_markup),
            ("write_markdown_bps", self.write_markdown_bps.into(), 0, most_markup),
            ("buyback_bps", self.buyback_bps.into(), least_buyback.into(), most_buyback.into()),
            ("min_liquidation_reward", i64::try_from(self.min_liquidation_reward).unwrap_or(i64::MAX), 0, most_tip),
            ("carry_bps * direction_limit_bps", most_carry, 0, Self::MAX_CURATED_CARRY),
            ("direction_limit_bps", limit.into(), 100, 10_000),
            ("funding_full_gap", self.funding_full_gap.into(), 1_800, 21_600),
            // What others get of the fees.
            ("fee_insurance_bps", self.fee_insurance_bps.into(), 1_000, 5_000),
            ("fee_protocol_bps", self.fee_protocol_bps.into(), 1_500, 5_000),
            ("referrer_bps", self.referrer_bps.into(), 0, 5_000),
            ("kept_of_fees", self.kept_of_fees().0.into(), Self::LEAST_KEPT.into(), 10_000),
            // What a writer has to hold, and loses when they do not.
            ("vol_stress_bps", self.vol_stress_bps.into(), 12_500, 20_000),
            ("extreme_weight_bps", self.extreme_weight_bps.into(), 2_500, 7_500),
            ("short_charge_bps", self.short_charge_bps.into(), 25, 200),
            ("penalty_bps", self.penalty_bps.into(), 10, Self::MAX_CURATED_PENALTY.into()),
            ("penalty_equity_cap_bps", self.penalty_equity_cap_bps.into(), 500, 2_500),
            ("liquidator_bps", self.liquidator_bps.into(), 2_500, 7_500),
            // What whoever sees prices early, or waits, could gain.
            ("fill_delay", self.fill_delay.into(), 3, 10),
            ("fill_window", self.fill_window.into(), 5, 20),
            ("sigma_max_expected_bps", self.sigma_max_expected_bps.into(), 6_600, 40_000),
        ];
        for (name, value, least, most) in bounds {
            within(name, value, least, most)?;
        }
        Ok(())
    }

    /// Returns what is added to the volatility of what is opened, as values of the math crate.
    pub const fn markups(&self) -> Markups {
        Markups { buy: BasisPoints(self.buy_markup_bps), write: BasisPoints(self.write_markdown_bps) }
    }

    /// Checks that the pool lists options of this kind and tenor, in seconds. Errors: `NotOffered`.
    pub fn check_offered(&self, put: bool, tenor: u32) -> Result<()> {
        let kind = if put { Self::PUTS } else { Self::CALLS };
        let hours = |hours: u16| u32::from(hours).saturating_mul(3_600);
        let range = hours(self.min_tenor_hours)..=hours(self.max_tenor_hours);
        ensure!(self.kinds & kind != 0 && range.contains(&tenor), NotOffered);
        Ok(())
    }
}
