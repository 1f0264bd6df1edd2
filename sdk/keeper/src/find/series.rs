//! Tasks about series: exercise at the cap, auto-deleverage, worthless options, retirement of slots.

use super::{Blind, Finder, Found, part};
use crate::{
    snapshot::PoolSnapshot,
    task::{Job, Key, Task},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::state::{MarginAccount, SeriesId},
    instruction as build,
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

    /// Finds a writer of each series of which more is written than bought, the largest one of which some can be closed: as much as leaves a
    /// healthy account above maintenance.
    pub(super) fn excess_short<'a>(&self, pool: &'a PoolSnapshot) -> Found {
        let mut found = Vec::new();
        for (id, excess) in pool.view.excess_short() {
            let writers = pool.accounts.iter().filter_map(|(key, account)| {
                let points = account.positions[account.find(id)?].points;
                (points < 0).then_some((points.unsigned_abs(), key, &**account))
            });
            let mut writers: Vec<_> = writers.collect();
            writers.sort_by_key(|(points, key, _)| core::cmp::Reverse((*points, **key)));
            let closable = |(points, key, account): (u64, &'a Pubkey, &'a MarginAccount)| {
                let points = pool.view.deleverage(account, id, points.min(excess)).ok().filter(|points| *points > 0)?;
                Some((points, key, account))
            };
            let Some((points, key, account)) = writers.into_iter().find_map(closable) else { continue };
            let places = pool.view.priced(account)?;
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
                let places = pool.view.priced(account)?;
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
