//! Tasks about underlyings and pools as a whole: volatility, valuation, income of insurance, vaults.

use super::{Finder, Found};
use crate::{
    snapshot::{PoolSnapshot, Snapshot},
    task::{Job, Key, Task},
};
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::state::SeriesStatus,
    instruction::{self as build, PriceFeed},
    quote::PoolView,
};
use std::collections::HashSet;

impl Finder<'_> {
    /// Finds underlyings that can be sampled. Pools share underlyings, and each underlying is sampled once.
    pub(super) fn samples(&self, snapshot: &Snapshot) -> Found {
        let mut seen: HashSet<Pubkey> = HashSet::new();
        let mut found = Vec::new();
        for pool in &snapshot.pools {
            for (place, market) in (0..).zip(&pool.view.markets) {
                if !seen.insert(market.feed.underlying) {
                    continue;
                }
                let Some(due) = pool.samples.iter().find(|sample| sample.place == place) else { continue };
                // Of a price with a wide confidence it is noted that it cannot be sampled: trades wait for that.
                let Some(price) = due.price else { continue };
                let key = Key { job: Job::Sample, subject: market.feed.underlying, part: due.moment.unsigned_abs() };
                let sample = build::sample_volatility(&PriceFeed { price, ..market.feed });
                found.push(Task { pool: None, ..Task::plain(pool.key(), key, Some(sample)) });
            }
        }
        Ok(found)
    }

    /// Returns the instructions that take these samples in front of what waits for them; `None` where this keeper takes them by themselves, and it waits for that.
    pub(super) fn samples_first(&self, view: &PoolView, samples: &[(u8, i64)]) -> Option<Vec<Instruction>> {
        (samples.is_empty() || !self.config.jobs.contains(&Job::Sample)).then(|| view.take_samples(samples))
    }

    /// Finds underlyings that nobody has sampled for the configured time, and that cannot be sampled now either. Each is reported once.
    pub(super) fn silences(&self, snapshot: &Snapshot) -> Vec<Task> {
        let mut seen: HashSet<Pubkey> = HashSet::new();
        let mut found = Vec::new();
        for pool in &snapshot.pools {
            for place in pool.view.silences_to_report() {
                let Some(market) = pool.view.markets.get(usize::from(place)) else { continue };
                let since = market.underlying.sample_time.saturating_add(self.config.thresholds.report_silence_after);
                // Whoever has its price samples: that says more than a report.
                let has_price = pool.samples.iter().any(|sample| sample.place == place && sample.price.is_some());
                if pool.view.now < since || has_price || !seen.insert(market.feed.underlying) {
                    continue;
                }
                let key = Key { job: Job::Silence, subject: market.feed.underlying, part: since.unsigned_abs() };
                let report = build::report_silence(&market.feed);
                found.push(Task { pool: None, ..Task::plain(pool.key(), key, Some(report)) });
            }
        }
        found
    }

    /// Finds a pool whose funding was not accrued for the configured time, before points of funding would be lost. Where more points wait than a
    /// valuation of the whole registry can apply, they are applied first, in parts that need no price.
    pub(super) fn refreshes(&self, pool: &PoolSnapshot) -> Found {
        let view = &pool.view;
        let accruals = view.accruals();
        if !accruals.is_empty() {
            let key = |part| Key { job: Job::Refresh, subject: view.keys.registry, part };
            let tasks = (1..).zip(accruals).map(|(part, accrual)| Task::plain(pool.key(), key(part), Some(accrual)));
            return Ok(tasks.collect());
        }
        let live = view.registry.series.iter().filter(|s| s.status() == SeriesStatus::Live && !s.is_unused());
        let Some(oldest) = live.map(|series| i64::from(series.funding_touched)).min() else { return Ok(Vec::new()) };
        if view.now < oldest.saturating_add(self.config.thresholds.refresh_after) {
            return Ok(Vec::new());
        }
        let places = view.needed_for_registry();
        for place in &places {
            view.price(*place)?;
        }
        let refresh = build::refresh_pool(&view.keys, &view.feeds(&places));
        let key = Key { job: Job::Refresh, subject: view.keys.registry, part: 0 };
        Ok(vec![self.task(pool, key, &places, 0, refresh)?])
    }

    pub(super) fn sweeps(&self, pool: &PoolSnapshot) -> Vec<Task> {
        // What insurance owes is claimed by others, so it is moved at once.
        let due = pool.view.pool.insurance_due;
        if due >= 0 && due.unsigned_abs() < self.config.thresholds.sweep_from.max(1) {
            return Vec::new();
        }
        let key = Key { job: Job::Sweep, subject: pool.key(), part: 0 };
        vec![Task::plain(pool.key(), key, Some(build::sweep_insurance(&pool.view.keys)))]
    }

    /// Finds a pool whose vaults lack tokens, or hold some that it is short of, or whose mint or vaults no longer agree with the distressed state that the pool shows.
    pub(super) fn syncs(&self, pool: &PoolSnapshot) -> Found {
        let [Some(main), Some(insurance)] = pool.vaults else { return Ok(Vec::new()) };
        let Some(is_acceptable) = pool.is_acceptable else { return Ok(Vec::new()) };
        let state = &pool.view.pool;
        let insured = state.insurance_cash.saturating_add(state.insurance_withdrawals_due);
        let is_short = main < state.main_vault_ledger()? || insurance < insured;
        let short = state.short_of(&pool.view.registry, pool.view.now).ok();
        let recovers = state.is_distressed() && is_acceptable && short.is_some_and(|short| short.is_zero());
        // What somebody has sent makes good what the pool is short of.
        let is_paid = main > state.main_vault_ledger()? && short.is_some_and(|short| !short.is_zero());
        let falls = !state.is_distressed() && !is_acceptable;
        if !(is_short || recovers || is_paid || falls) {
            return Ok(Vec::new());
        }
        let key = Key { job: Job::Sync, subject: pool.key(), part: 0 };
        Ok(vec![Task::plain(pool.key(), key, Some(build::sync_vault(&pool.view.keys)))])
    }
}
