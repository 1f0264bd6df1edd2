//! Tasks about series: exercise at the cap, auto-deleverage, worthless options, retirement of slots.

use super::{Blind, Finder, Found, part};
use crate::{
    snapshot::PoolSnapshot,
    task::{Job, Key, Task},
};
use evergreen_sdk::{evergreen::state::SeriesId, instruction as build};

impl Finder<'_> {
    pub(super) fn exercises(&self, pool: &PoolSnapshot) -> Found {
        let mut found = Vec::new();
        for id in pool.view.exercisable() {
            let place = pool.view.registry.series(id)?.underlying;
            let feeds = pool.view.feeds(&[place]);
            let Some(feed) = feeds.first() else { continue };
            let key = Key { job: Job::Exercise, subject: pool.view.keys.registry, part: part(id) };
            let exercise = build::exercise_series(&pool.view.keys, id, feed);
            found.push(self.task(pool, key, &[place], 0, exercise)?);
        }
        Ok(found)
    }

    /// Finds the largest writer of each series of which more is written than bought, one account at a time.
    pub(super) fn excess_short(&self, pool: &PoolSnapshot) -> Found {
        let mut found = Vec::new();
        for (id, excess) in pool.view.excess_short() {
            let writers = pool.accounts.iter().filter_map(|(key, account)| {
                let points = account.positions[account.find(id)?].points;
                (points < 0).then_some((points.unsigned_abs(), key, account))
            });
            let Some((points, key, account)) = writers.max_by_key(|(points, key, _)| (*points, **key)) else {
                continue;
            };
            let places = pool.view.needed(account, [id])?;
            let points = points.min(excess);
            let close = build::auto_deleverage(self.me, &pool.view.keys, *key, id, points, &pool.view.feeds(&places));
            let task = Key { job: Job::Deleverage, subject: *key, part: part(id) };
            found.push(self.task(pool, task, &places, 0, close)?.about(*key));
        }
        Ok(found)
    }

    pub(super) fn worthless(&self, pool: &PoolSnapshot) -> Found {
        let short = pool.view.pool.is_at_capacity()? || pool.view.registry.is_taken();
        let mut found = Vec::new();
        for (key, account) in pool.accounts.iter().filter(|(_, account)| short || account.cash < 0) {
            for id in pool.view.worthless(account)? {
                let places = pool.view.needed(account, [id])?;
                let close = build::close_worthless(self.me, &pool.view.keys, *key, id, &pool.view.feeds(&places));
                let task = Key { job: Job::Worthless, subject: *key, part: part(id) };
                found.push(self.task(pool, task, &places, 0, close)?.about(*key));
            }
        }
        Ok::<_, Blind>(found)
    }

    pub(super) fn retirements(&self, pool: &PoolSnapshot) -> Vec<Task> {
        let thresholds = &self.config.thresholds;
        if pool.view.registry.used().count() < thresholds.retire_from {
            return Vec::new();
        }
        let is_old = |id: &SeriesId| {
            let touched = pool.view.registry.series(*id).map_or(i64::MAX, |series| series.funding_touched);
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
