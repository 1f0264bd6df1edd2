//! Tasks about series: exercise at the cap, notices and what is closed after them, options that are sold for cash, retirement of slots.

use super::{Blind, Finder, Found, part};
use crate::{
    first::NoticePrices,
    snapshot::PoolSnapshot,
    task::{Job, Key, Task},
};
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::{
        oracle::Publication,
        state::{MarginAccount, NoticeCause, SeriesId},
    },
    instruction::{self as build, PriceFeed},
    quote::OpenNotice,
};

impl Finder<'_> {
    pub(super) fn exercises(&self, pool: &PoolSnapshot) -> Found {
        let mut found = Vec::new();
        for id in pool.view.exercisable() {
            let place = pool.view.registry.series(id)?.underlying;
            let key = Key { job: Job::Exercise, subject: pool.view.keys.registry, part: part(id) };
            let exercise = build::exercise_series(&pool.view.keys, id, &pool.view.feeds(&[place]));
            found.push(self.task(pool, key, &[place], 0, exercise)?);
        }
        Ok(found)
    }

    /// Gives notice of series of which more is written than bought, and of the one that has to give way to others.
    pub(super) fn notices(&self, pool: &PoolSnapshot) -> Vec<Task> {
        let due = pool.view.notices_to_give().into_iter().filter_map(|(id, cause)| {
            let place = pool.view.registry.series(id).ok()?.underlying;
            let underlying = pool.view.markets.get(usize::from(place))?.feed.underlying;
            let give = build::give_notice(&pool.view.keys, underlying, id, cause);
            let key = Key { job: Job::Notice, subject: pool.view.keys.registry, part: part(id) << 2 | cause as u64 };
            Some(Task::plain(pool.key(), key, Some(give)))
        });
        due.collect()
    }

    /// Finds a writer of each series of which more is written than bought, once the prices after its notice are there: the largest one of which
    /// some can be closed, as much as leaves a healthy account above maintenance.
    pub(super) fn excess_short<'a>(&self, pool: &'a PoolSnapshot) -> Found {
        let mut found = Vec::new();
        for open in pool.notices.iter().filter(|open| open.notice.cause == NoticeCause::Excess) {
            let id = open.notice.series;
            let excess = pool.view.excess_short().into_iter().find(|(series, _)| *series == id);
            let Some((_, excess)) = excess else { continue };
            let writers =
                pool.accounts.iter().filter(|(_, account)| open.serves(account)).filter_map(|(key, account)| {
                    let points = account.positions[account.find(id)?].points;
                    (points < 0).then_some((points.unsigned_abs(), key, &**account))
                });
            let mut writers: Vec<_> = writers.collect();
            writers.sort_by_key(|(points, key, _)| core::cmp::Reverse((*points, **key)));
            let closable = |(points, key, account): (u64, &'a Pubkey, &'a MarginAccount)| {
                let points = open.view.deleverage(account, id, points.min(excess)).ok().filter(|points| *points > 0)?;
                Some((points, key, account))
            };
            let Some((points, key, account)) = writers.into_iter().find_map(closable) else { continue };
            let feeds = after_notice(open, account)?;
            let close = build::auto_deleverage(self.me, &pool.view.keys, *key, id, points, &feeds);
            found.extend(self.closing(pool, open, Job::Deleverage, *key, close));
        }
        Ok(found)
    }

    /// Finds the positions in series that have to give way, once the prices after their notices are there.
    pub(super) fn places(&self, pool: &PoolSnapshot) -> Found {
        let mut found = Vec::new();
        for open in pool.notices.iter().filter(|open| open.notice.cause != NoticeCause::Excess) {
            let (id, cause) = (open.notice.series, open.notice.cause);
            let holders =
                pool.accounts.iter().filter(|(_, account)| account.find(id).is_some() && open.serves(account));
            for (key, account) in holders {
                match open.view.closable_for_place(account, id, cause) {
                    Ok(true) => {}
                    Ok(false) => continue,
                    Err(error) => {
                        tracing::debug!(account = %key, %error, "a position is not closed for its place");
                        continue;
                    }
                }
                let feeds = after_notice(open, account)?;
                let close = build::close_for_place(self.me, &pool.view.keys, *key, (id, cause), &feeds);
                found.extend(self.closing(pool, open, Job::Place, *key, close));
            }
        }
        Ok(found)
    }

    /// Finds for each account whose cash is negative, once its funding is settled, the bought option that makes it good and loses least. A cheap screen finds the accounts.
    pub(super) fn cash(&self, pool: &PoolSnapshot) -> Found {
        let screen = pool.screen()?;
        let mut found = Vec::new();
        for (key, account) in pool.accounts.iter().filter(|(_, account)| screen.may_owe(account)) {
            let id = match pool.view.closable_for_cash(account) {
                Ok(closable) => closable.first().copied(),
                Err(error) => {
                    tracing::debug!(account = %key, %error, "nothing is sold for cash");
                    None
                }
            };
            let Some(id) = id else { continue };
            let places = pool.view.priced(account)?;
            let samples = pool.view.samples_to_close_for_cash(account);
            let Some(samples) = self.samples_first(&pool.view, &samples) else { continue };
            let feeds = pool.view.feeds_to_close(account)?;
            let close = build::close_for_cash(self.me, &pool.view.keys, *key, id, &feeds);
            // The number of the series is no part of the key: one option of an account at a time.
            let task = Key { job: Job::Cash, subject: *key, part: 0 };
            let mut found_task = self.task(pool, task, &places, 0, close)?.about(*key);
            found_task.parts = samples_alone(&samples);
            let at = found_task.instructions.len().saturating_sub(1);
            found_task.instructions.splice(at..at, samples);
            found.push(found_task);
        }
        Ok::<_, Blind>(found)
    }

    /// Ends the series of underlyings whose feeds have ended for good.
    pub(super) fn ends(&self, pool: &PoolSnapshot) -> Vec<Task> {
        let ends = pool.view.endable().into_iter().filter_map(|id| {
            let place = pool.view.registry.series(id).ok()?.underlying;
            let underlying = pool.view.markets.get(usize::from(place))?.feed.underlying;
            let key = Key { job: Job::End, subject: pool.view.keys.registry, part: part(id) };
            Some(Task::plain(pool.key(), key, Some(build::end_series(&pool.view.keys, id, underlying))))
        });
        ends.collect()
    }

    pub(super) fn retirements(&self, pool: &PoolSnapshot) -> Vec<Task> {
        let thresholds = &self.config.thresholds;
        if pool.view.registry.used().count() < thresholds.retire_from {
            return Vec::new();
        }
        let is_old = |id: &SeriesId| {
            let touched = pool.view.registry.series(*id).map_or(i64::MAX, |series| series.funding_touched.into());
            touched.saturating_add(thresholds.retire_after) <= pool.view.now
        };
        let unused = pool.view.retirable().into_iter().filter(is_old);
        unused
            .map(|id| {
                let key = Key { job: Job::Retire, subject: pool.view.keys.registry, part: part(id) };
                Task::plain(pool.key(), key, Some(build::retire_series(&pool.view.keys, id)))
            })
            .collect()
    }
}

impl Finder<'_> {
    /// A task that closes a position after a notice, behind the samples that it waits for; none where this keeper takes them by themselves. Its prices are those of a
    /// moment that is over, so nothing is put in front to refresh them.
    fn closing(
        &self,
        pool: &PoolSnapshot,
        open: &NoticePrices,
        job: Job,
        account: Pubkey,
        close: Instruction,
    ) -> Option<Task> {
        let OpenNotice { series, cause, moment } = open.notice;
        let samples = self.samples_first(&open.view, &open.view.samples_to_close_for(series, cause, moment))?;
        let key = Key { job, subject: account, part: part(series) };
        let parts = samples_alone(&samples);
        let instructions = samples.into_iter().chain([close]).collect();
        Some(Task { instructions, parts, ..Task::plain(pool.key(), key, None).about(account) })
    }
}

/// Where samples and what waits for them are too much for one transaction, the samples come first, and by themselves.
fn samples_alone(samples: &[Instruction]) -> Vec<Vec<Instruction>> {
    let one_by_one = samples.iter().take(usize::from(samples.len() > 1)).map(|sample| vec![sample.clone()]);
    let all = (!samples.is_empty()).then(|| samples.to_vec());
    all.into_iter().chain(one_by_one).collect()
}

/// The feeds of an account with the first prices after the moment of a notice.
fn after_notice(open: &NoticePrices, account: &MarginAccount) -> Result<Vec<PriceFeed>, Blind> {
    let places = open.view.priced_with(account, Publication::FirstAfter(open.notice.moment))?;
    Ok(open.view.feeds(&places))
}
