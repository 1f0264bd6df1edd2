//! Changes of a pool's configuration: caps can be lowered and the pool halted at once; everything else needs a proposal.

use super::Pool;
use crate::{
    ensure,
    state::bump_version,
    types::{MAX_UNDERLYINGS, PoolCaps, PoolParams},
};
use anchor_lang::prelude::*;

impl Pool {
    /// Checks that risk and liquidity may be added and series listed. Errors: `PoolHalted`, `PoolDistressed`.
    pub fn check_open_for_risk(&self) -> Result<()> {
        ensure!(!self.is_halted(), PoolHalted);
        ensure!(!self.is_distressed(), PoolDistressed);
        Ok(())
    }

    /// Returns whether the guardian or the curator has halted the pool.
    pub const fn is_halted(&self) -> bool {
        self.flags & Self::HALTED != 0
    }

    /// Stores new parameters and, by underlying, the greatest price age in seconds that their fees cover; `now` in unix seconds. Carry up to now is that of the
    /// old ones. Errors: `Overflow`.
    pub fn set_params(&mut self, params: &PoolParams, max_ages: [u32; MAX_UNDERLYINGS], now: i64) -> Result<()> {
        self.advance_carry(now)?;
        self.configured_at = now;
        self.params = *params;
        self.max_ages = max_ages;
        bump_version(&mut self.config_version)
    }

    /// Lowers caps. Errors: `NotTightening` for a higher cap, which the log names; `InvalidParameter` when the caps do not
    /// fit each other or the least position.
    pub fn tighten(&mut self, caps: &PoolCaps) -> Result<()> {
        let params = &mut self.params;
        for (name, present, new) in [
            ("max_series_points", &mut params.max_series_points, caps.max_series_points),
            ("max_account_points", &mut params.max_account_points, caps.max_account_points),
            ("max_pool_cash", &mut params.max_pool_cash, caps.max_pool_cash),
        ] {
            ensure!(new <= *present, NotTightening, "{} {} above the present {}", name, new, *present);
            *present = new;
        }
        params.check()?;
        bump_version(&mut self.config_version)
    }

    /// Halts the pool: it accepts no new risk, liquidity or series until a proposal ends the halt. Proposals made before become void. A halt of a halted pool
    /// changes nothing. Errors: `Overflow`.
    pub fn halt(&mut self) -> Result<()> {
        if self.is_halted() {
            return Ok(());
        }
        self.flags |= Self::HALTED;
        bump_version(&mut self.config_version)
    }

    /// Checks that the pool is halted. Errors: `PoolNotHalted`.
    pub fn check_halted(&self) -> Result<()> {
        ensure!(self.flags & Self::HALTED != 0, PoolNotHalted);
        Ok(())
    }

    /// Ends the halt, at `now` in unix seconds. Nobody opens beside a buy-back that is announced. Errors: `NoticeRunning`, `Overflow`.
    pub fn resume(&mut self, now: i64) -> Result<()> {
        self.check_no_buyback(now)?;
        self.flags &= !Self::HALTED;
        bump_version(&mut self.config_version)
    }
}
