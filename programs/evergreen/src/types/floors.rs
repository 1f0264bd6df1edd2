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

    /// Checks that fees cover the gain from letting commitments lapse at the end of their window. Errors: `FeeBelowWaitingFloor`.
    pub fn check_waiting_floor(&self) -> Result<()> {
        let sigma = BasisPoints(self.sigma_max_expected_bps).to_ratio();
        let floor = fees::waiting_floor(sigma, Seconds(self.fill_window)).program()?;
        let covered = self.fees().check_waiting_floor(floor).is_ok();
        let (open, close, half) = (self.fee_open_bps, self.fee_close_bps, floor.0.div_ceil(2));
        ensure!(
            covered,
            FeeBelowWaitingFloor,
            "fees {} + {} bps, waiting floors {} and {} bps",
            open,
            close,
            floor.0,
            half
        );
        Ok(())
    }
}
