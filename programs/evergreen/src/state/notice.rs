//! Notices: a position in a series is closed for a place, or auto-deleveraged, only at a moment that was announced ten minutes before.

use super::SeriesRegistry;
use crate::{
    ensure,
    types::{NoticeCause, Notices, PoolParams, SeriesId},
};
use anchor_lang::prelude::*;

impl SeriesRegistry {
    /// Gives notice of a series and returns its moment, unix seconds. Nobody shifts a notice that runs. Errors: `UnknownSeries`,
    /// `SeriesExercised`, `NoticeRunning`.
    pub fn give_notice(&mut self, id: SeriesId, cause: NoticeCause, now: i64, params: &PoolParams) -> Result<i64> {
        self.live_mut(id)?;
        let notices = &mut self.notices[usize::from(id.slot)];
        let running = notices.moment(cause, now, params);
        ensure!(running.is_none(), NoticeRunning, "until {}", running.unwrap_or_default());
        notices.give(cause, now)?;
        Ok(now.saturating_add(Notices::PERIOD))
    }

    /// Returns the moment of a series' notice, unix seconds: the first prices after it are those at which positions are closed. Errors:
    /// `UnknownSeries`, `NoticeMissing` where none was given or the time to close is over.
    pub fn notice(&self, id: SeriesId, cause: NoticeCause, now: i64, params: &PoolParams) -> Result<i64> {
        self.series(id)?;
        let notices = &self.notices[usize::from(id.slot)];
        let moment = notices.moment(cause, now, params);
        ensure!(moment.is_some(), NoticeMissing, "given at {}, now {}", notices.given_at(cause), now);
        Ok(moment.unwrap_or_default())
    }
}
