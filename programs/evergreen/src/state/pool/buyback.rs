//! Buy-backs: what a private pool that is wound down pays for the options that are left, at a moment that was announced three days before.

use super::Pool;
use crate::{
    ensure,
    state::SeriesRegistry,
    types::{NoticeCause, Notices, PoolParams, SeriesId},
};
use anchor_lang::prelude::*;
use evergreen_math::BasisPoints;

impl Pool {
    /// Seconds from the announcement of a buy-back to its moment: three days. Holders keep their options until then, or close or are exercised, and nobody knows
    /// the price of the moment.
    pub const BUYBACK_NOTICE: i64 = 3 * 86_400;
    /// Least seconds from the moment of a buy-back to the announcement of the next: thirty days. Providers who leave while one is announced leave a part of its premium, so
    /// announcements that nobody carries out must not follow each other.
    pub const BUYBACK_REST: i64 = 30 * 86_400;

    /// Checks the premium that new parameters name. Whether a pool buys back is settled when it is created: it may give that up, and take other premiums, but where accounts may have written options it names none. Errors: `InvalidParameter`
    /// with the parameter's name in the log.
    pub fn check_premium(&self, params: &PoolParams) -> Result<()> {
        let most = if self.params.buyback_bps == 0 { 0 } else { PoolParams::MAX_BUYBACK };
        crate::types::within("buyback_bps", params.buyback_bps.into(), 0, most.into())
    }

    /// Checks that accounts may have written `short` points of a series of which `long` are bought. A pool whose parameters name a premium is the only writer of its options, and stays it when it has announced a buy-back: the premium is on
    /// all that is held, and whoever held and had written the same, which is no risk, would be paid it. Errors: `WritesAlone`, `ShortExceedsLong`.
    #[inline(never)]
    pub fn check_written(&self, short: i64, long: i64) -> Result<()> {
        ensure!(self.params.buyback_bps == 0 && self.buyback_at == 0, WritesAlone);
        ensure!(short <= long, ShortExceedsLong, "short open interest {} points, long {}", short, long);
        Ok(())
    }

    /// Announces a buy-back at `now`, unix seconds, and returns its moment: positions are closed at the first prices that are published after it, for the
    /// premium that the parameters name now. Nobody shifts a moment that is announced.
    ///
    /// Errors: `NoBuyback` unless the pool is private and its parameters name a premium, `PoolNotHalted`, `NoticeRunning`.
    pub fn announce_buyback(&mut self, now: i64) -> Result<i64> {
        ensure!(self.is_private() && self.params.buyback_bps > 0, NoBuyback);
        self.check_halted()?;
        self.check_no_buyback(now)?;
        let moment = self.buyback_at.saturating_add(Self::BUYBACK_REST);
        ensure!(self.buyback_at == 0 || now >= moment, NoticeRunning, "until {}", moment);
        self.buyback_at = now.saturating_add(Self::BUYBACK_NOTICE);
        self.buyback_bps = self.params.buyback_bps;
        Ok(self.buyback_at)
    }

    /// Returns the moment, unix seconds, and the premium of the buy-back that is announced at `at`, unix seconds, unless it is void then. Positions can be closed for as
    /// long after the moment as after that of a notice.
    #[inline(never)]
    pub fn buyback(&self, at: i64) -> Option<(i64, BasisPoints)> {
        let from = self.buyback_at.saturating_sub(Self::BUYBACK_NOTICE);
        let until = self.buyback_at.saturating_add(Notices::window(&self.params));
        (self.buyback_at != 0 && from <= at && at <= until).then_some((self.buyback_at, BasisPoints(self.buyback_bps)))
    }

    /// Checks that no liquidity of a full minute, unix seconds, is executed at `now` between closings of a buy-back, so that the premium is part of what all shares are worth or
    /// is paid. Errors: `NoticeRunning`.
    #[inline(never)]
    pub fn check_not_buying_back(&self, minute: i64, now: i64) -> Result<()> {
        let running = self.buyback(minute).map(|(moment, _)| moment).filter(|moment| now > *moment);
        ensure!(running.is_none(), NoticeRunning, "until {}", running.unwrap_or_default());
        Ok(())
    }

    /// Returns the moment of the notice of a series, unix seconds; of a buy-back it is that of the pool. While one is announced nobody is closed for another cause, without the
    /// premium. Errors: `NoticeMissing` where none was given or the time to close is over, `NoticeRunning`, `UnknownSeries`.
    pub fn notice(&self, registry: &SeriesRegistry, id: SeriesId, cause: NoticeCause, now: i64) -> Result<i64> {
        match self.buyback(now) {
            Some((moment, _)) if cause == NoticeCause::Buyback => Ok(moment),
            _ => {
                self.check_no_buyback(now)?;
                registry.notice(id, cause, now, &self.params)
            }
        }
    }

    /// Errors: `NoticeRunning` while a buy-back is announced.
    #[inline(never)]
    pub fn check_no_buyback(&self, now: i64) -> Result<()> {
        let running = self.buyback(now).map(|(moment, _)| moment);
        ensure!(running.is_none(), NoticeRunning, "until {}", running.unwrap_or_default());
        Ok(())
    }
}
