//! Floors of a pool's fees: what choices of prices are worth that its parameters leave to traders.

use super::PoolParams;
use crate::{ensure, errors::MathContext};
use anchor_lang::prelude::*;
use evergreen_math::{BasisPoints, Seconds, fees};

impl PoolParams {
    /// Checks that fees cover the gain from choosing among the prices that are valid at one moment. Errors: `FeeBelowLatencyFloor`.
    pub fn check_latency_floor(&self, max_price_age: Seconds) -> Result<()> {
        let floor =
            fees::latency_floor(BasisPoints(self.sigma_max_expected_bps).to_ratio(), max_price_age).program()?;
        let covered = self.fees().check_latency_floor(floor).is_ok();
        let (open, close) = (self.fee_open_bps, self.fee_close_bps);
        ensure!(covered, FeeBelowLatencyFloor, "fees {} + {} bps, latency floor {} bps for each", open, close, floor.0);
        Ok(())
    }

    /// Checks that fees cover the gain from letting commitments lapse at the end of their window, without the part of them that may come back. Errors: `FeeBelowWaitingFloor`.
    pub fn check_waiting_floor(&self) -> Result<()> {
        let sigma = BasisPoints(self.sigma_max_expected_bps).to_ratio();
        let floors = fees::waiting_floors(sigma, Seconds(self.fill_window), self.kept_of_fees()).program()?;
        let covered = self.fees().check_waiting_floors(floors).is_ok();
        let (open, close) = (self.fee_open_bps, self.fee_close_bps);
        ensure!(
            covered,
            FeeBelowWaitingFloor,
            "fees {} + {} bps, waiting floors {} and {} bps",
            open,
            close,
            floors.0.0,
            floors.1.0
        );
        Ok(())
    }

    /// Returns the part of a fee that never comes back to who pays it, whoever curates the pool, insures it and refers themselves, rounded down: that of the main class without its curator's,
    /// and that of the protocol without the referrer's.
    #[inline(never)]
    pub fn kept_of_fees(&self) -> BasisPoints {
        const WHOLE: u32 = BasisPoints::ONE.0 as u32;
        let without = |part: u16, share: u16| {
            let left = WHOLE.saturating_sub(share.into());
            u32::from(part).saturating_mul(left)
        };
        let main = without(self.fee_main_bps, self.curator_bps);
        let kept = main.saturating_add(without(self.fee_protocol_bps, self.referrer_bps));
        BasisPoints(u16::try_from(kept / WHOLE).unwrap_or(u16::MAX))
    }
}
