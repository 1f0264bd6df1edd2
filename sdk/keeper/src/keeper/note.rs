//! What a keeper takes note of: what has come of its work, and how the world is.

use super::{Keeper, Shift};
use crate::{
    deed::Outcome,
    work::{Job, Work},
    world::World,
};
use evergreen_sdk::price::published;
use std::time::Instant;

impl Keeper {
    /// Takes note of what has come of a piece of work.
    pub(super) fn take(&self, shift: &mut Shift, done: Result<(Work, u32, Outcome), tokio::task::JoinError>) {
        let (work, failures, outcome) = match done {
            Ok(done) => done,
            Err(error) => {
                // Its key stays under way: whether it was sent is not known, so it is not begun again.
                tracing::error!(%error, "a task has ended in an unforeseen way");
                return;
            }
        };
        let (key, job) = (work.key, work.key.job);
        let failures = failures.saturating_add(1);
        let now = Instant::now();
        shift.is_posting &= job != Job::Post;
        match outcome {
            Outcome::Landed { signature, reward, fee } => {
                let found = shift.known.remove(&key).unwrap_or(now);
                shift.hands.done(&work);
                self.metrics.count_landed(job, now.saturating_duration_since(found), fee);
                *shift.summary.done.entry(job).or_default() += 1;
                if let (Some(pool), true) = (work.pool, reward > 0) {
                    self.metrics.count_reward(pool.to_string(), reward);
                }
                tracing::info!(%job, subject = %key.subject, part = key.part, reward, fee, %signature, "done");
            }
            Outcome::Posted { signatures, prices, fee } => {
                let found = shift.known.remove(&key).unwrap_or(now);
                shift.hands.done(&work);
                self.metrics.count_landed(job, now.saturating_duration_since(found), 0);
                self.metrics.count_posting();
                *shift.summary.done.entry(job).or_default() += 1;
                tracing::info!(%job, prices, fee, ?signatures, "done");
            }
            Outcome::NoService(why) => {
                shift.hands.failed(&work, failures, now);
                shift.summary.failed += 1;
                self.metrics.count_failed(job);
                self.metrics.count_service_error();
                tracing::warn!(%job, %why, "the price service has no update");
            }
            Outcome::Refused { cause, words, on_chain } => {
                shift.hands.failed(&work, failures, now);
                shift.summary.refused += 1;
                self.metrics.count_refused(job, &cause);
                tracing::info!(%job, subject = %key.subject, part = key.part, on_chain, why = %words, "refused");
            }
            Outcome::Unanswered(why) => {
                // No fault of the work: it does not wait the longer for it.
                shift.hands.failed(&work, 1, now);
                shift.summary.unanswered += 1;
                self.metrics.count_network_error();
                tracing::warn!(%job, subject = %key.subject, part = key.part, %why, "the network does not answer");
            }
            Outcome::Failed(why) => {
                shift.hands.failed(&work, failures, now);
                shift.summary.failed += 1;
                self.metrics.count_failed(job);
                tracing::warn!(%job, subject = %key.subject, part = key.part, %why, "failed");
            }
            Outcome::Needless => {
                shift.hands.failed(&work, 1, now);
                tracing::debug!(%job, subject = %key.subject, "would change nothing");
            }
            Outcome::Simulated { units } => {
                // Told once in a while, not in every round.
                shift.hands.failed(&work, 10, now);
                *shift.summary.done.entry(job).or_default() += 1;
                tracing::info!(%job, subject = %key.subject, part = key.part, reward = work.reward, units,
                    "would be done");
            }
        }
    }

    /// How much there is to do, how old it is, how old prices are.
    pub(super) fn measure(&self, shift: &mut Shift, works: &[Work], world: &World, now: Instant) {
        shift.known.retain(|key, _| works.iter().any(|work| work.key == *key) || !shift.hands.is_free(key, now));
        for work in works {
            shift.known.entry(work.key).or_insert(now);
        }
        for job in &self.config.jobs {
            let found = works.iter().filter(|work| work.key.job == *job);
            let ages = found.clone().filter_map(|work| shift.known.get(&work.key));
            let oldest = ages.map(|since| now.saturating_duration_since(*since)).max().unwrap_or_default();
            self.metrics.set_found(*job, found.count(), oldest);
        }
        for pool in &world.pools {
            for (place, market) in (0..).zip(&pool.view.markets) {
                // Also of a price that is too old for the program.
                let stale = || market.price.as_ref().and_then(|price| published(&price.data));
                let time = pool.view.price(place).ok().map(|price| price.published.0).or_else(stale);
                if let Some(time) = time {
                    let symbol = String::from_utf8_lossy(&market.underlying.symbol);
                    let symbol = symbol.trim_end_matches('\0').to_owned();
                    self.metrics.set_price_age(symbol, world.now.saturating_sub(time));
                }
            }
        }
    }
}
