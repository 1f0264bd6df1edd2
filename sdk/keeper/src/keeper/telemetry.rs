//! Records the outcomes of tasks, and measures the work that is left and the age of prices.

use super::{Done, Keeper, RunState};
use crate::{
    executor::TaskOutcome,
    post::message_number,
    snapshot::{PoolSnapshot, Snapshot, tokens},
    task::Key,
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::Cache,
    evergreen::state::{ShareClass, Underlying},
    price::published,
};
use std::{
    collections::HashSet,
    time::{Duration, Instant},
};

/// The refusal of payments of a token that takes a fee of transfers.
const FEE_UNSIGNED: &str = "FeeUnsigned";
/// How often exposures are measured.
const EXPOSURE_INTERVAL: Duration = Duration::from_secs(15);

/// The symbol of an underlying, without its padding.
fn symbol(underlying: &Underlying) -> String {
    String::from_utf8_lossy(&underlying.symbol).trim_end_matches('\0').to_owned()
}

/// Shares of the main class that an owner has in their share account, which is watched.
fn shares_of(pool: &PoolSnapshot, owner: &Pubkey, cache: &Cache) -> u64 {
    tokens(cache, &pool.view.keys.shares(owner, ShareClass::Main)).unwrap_or(0)
}

impl Keeper {
    /// Records what came of the tasks of a transaction.
    pub(super) fn take(&self, run: &mut RunState, done: Result<Vec<Done>, tokio::task::JoinError>) {
        match done {
            Ok(done) => done.into_iter().for_each(|done| self.take_one(run, done)),
            // The keys of the tasks stay under way: it is unknown whether they were sent, so they are not begun again.
            Err(error) => tracing::error!(%error, "a task has ended in an unforeseen way"),
        }
    }

    /// Records the outcome of a task in the log, the metrics and the summary.
    fn take_one(&self, run: &mut RunState, done: Done) {
        let Done { task, failures, outcome, fee } = done;
        let (key, job) = (task.key, task.key.job);
        let failures = failures.saturating_add(1);
        let now = Instant::now();
        if let Some(prices) = &task.prices {
            run.posting.remove(&message_number(prices.wanted));
        }
        // Whatever came of it, what was sent is paid for.
        self.metrics.count_fees(job, fee);
        run.summary.fees = run.summary.fees.saturating_add(fee);
        let reward = if let TaskOutcome::Confirmed { reward, .. } = &outcome { *reward } else { 0 };
        let profit = self.config.valuation.profit(task.pool.as_ref(), reward, fee);
        profit.into_iter().for_each(|dollars| self.metrics.count_profit(job, dollars));
        let profit = profit.map(|dollars| format!("${dollars:.6}"));
        match outcome {
            TaskOutcome::Confirmed { signature, reward } => {
                let found = run.known.remove(&key).unwrap_or(now);
                let seconds = now.saturating_duration_since(found);
                run.in_flight.done(&task);
                self.metrics.count_landed(job, seconds);
                let seconds = seconds.as_secs_f64();
                *run.summary.done.entry(job).or_default() += 1;
                if let (Some(pool), true) = (task.pool, reward > 0) {
                    self.metrics.count_reward(job, pool.to_string(), reward);
                }
                tracing::info!(%job, subject = %key.subject, part = key.part, reward, fee, profit, seconds, %signature,
                    "done");
            }
            TaskOutcome::Posted { signatures, prices } => {
                let found = run.known.remove(&key).unwrap_or(now);
                run.in_flight.done(&task);
                self.metrics.count_landed(job, now.saturating_duration_since(found));
                self.metrics.count_posting();
                *run.summary.done.entry(job).or_default() += 1;
                tracing::info!(%job, prices, fee, profit, ?signatures, "done");
            }
            TaskOutcome::NoService(why) => {
                run.in_flight.failed(&task, failures, now);
                run.summary.failed += 1;
                self.metrics.count_failed(job);
                self.metrics.count_service_error();
                tracing::warn!(%job, %why, "the price service has no update");
            }
            TaskOutcome::Refused { cause, words, on_chain } => {
                run.in_flight.failed(&task, failures, now);
                run.summary.refused += 1;
                self.metrics.count_refused(job, &cause);
                if let Some(pool) = task.pool.filter(|_| cause == FEE_UNSIGNED && job.pays_out())
                    && run.in_flight.hold(pool, now)
                {
                    tracing::warn!(%pool, "the token takes a fee of transfers: payments that nobody signs for are tried once an hour");
                }
                tracing::info!(%job, subject = %key.subject, part = key.part, on_chain, fee, profit, why = %words,
                    "refused");
            }
            TaskOutcome::TooLittleSol(why) => {
                run.in_flight.failed(&task, failures, now);
                run.summary.failed += 1;
                self.metrics.count_failed(job);
                self.lacks_sol(run, &why);
            }
            // Nothing was sent for it; it is found again.
            TaskOutcome::Postponed => run.in_flight.done(&task),
            TaskOutcome::Elsewhere => {
                run.in_flight.done(&task);
                run.known.remove(&key);
                run.summary.elsewhere += 1;
                self.metrics.count_elsewhere(job);
                tracing::info!(%job, subject = %key.subject, part = key.part, "somebody else has done it");
            }
            TaskOutcome::Unanswered(why) => {
                // The task is not at fault, so its pause does not grow.
                run.in_flight.failed(&task, 1, now);
                run.summary.unanswered += 1;
                self.metrics.count_network_error();
                tracing::warn!(%job, subject = %key.subject, part = key.part, %why, "the network does not answer");
            }
            TaskOutcome::Failed(why) => {
                run.in_flight.failed(&task, failures, now);
                run.summary.failed += 1;
                self.metrics.count_failed(job);
                tracing::warn!(%job, subject = %key.subject, part = key.part, %why, "failed");
            }
            TaskOutcome::Needless => {
                run.in_flight.failed(&task, 1, now);
                tracing::debug!(%job, subject = %key.subject, "the task would change nothing");
            }
            TaskOutcome::Simulated { units } => {
                // Ten failures make the task wait for the longest pause, so that it is not logged in every tick.
                run.in_flight.failed(&task, 10, now);
                *run.summary.done.entry(job).or_default() += 1;
                tracing::info!(%job, subject = %key.subject, part = key.part, reward = task.reward, units,
                    "would be done");
            }
        }
    }

    /// Measures what liquidity of a pool gains or loses where prices and volatilities move. While a price that is needed is missing, what was known before stays.
    fn measure_exposure(&self, pool: &PoolSnapshot, cache: &Cache) {
        match pool.view.exposure() {
            Ok(lines) => {
                let total = pool.view.pool.shares(ShareClass::Main).total;
                let unit = self.config.valuation.collateral.get(&pool.key()).copied();
                for line in &lines {
                    let market = pool.view.markets.get(usize::from(line.underlying));
                    let symbol = market.map(|market| symbol(&market.underlying)).unwrap_or_default();
                    for owner in &self.config.providers {
                        let part = line.of_shares(shares_of(pool, owner, cache), total);
                        self.metrics.set_provider(&owner.to_string(), &pool.key().to_string(), &symbol, &part);
                    }
                    self.metrics.set_exposure(pool.key().to_string(), symbol, line, unit);
                }
            }
            Err(error) => tracing::debug!(pool = %pool.key(), %error, "no exposure"),
        }
    }

    /// Measures the exposures of as many pools as are due, in their order, so that each is measured once in the interval. A valuation of every series of every
    /// pool would hold a tick up.
    fn measure_exposures(&self, run: &mut RunState, snapshot: &Snapshot, now: Instant) {
        let pools = snapshot.pools.len();
        let last = run.exposed.unwrap_or(now);
        let passed = now.saturating_duration_since(last);
        let due = passed.as_millis().saturating_mul(pools as u128) / EXPOSURE_INTERVAL.as_millis();
        let due = if run.exposed.is_none() { pools } else { usize::try_from(due).unwrap_or(pools).min(pools) };
        if due == 0 {
            return;
        }
        // The part of a pool that is due besides is measured with a later tick.
        let measured = EXPOSURE_INTERVAL.mul_f64(due as f64 / pools as f64);
        run.exposed = Some(if due == pools { now } else { last + measured });
        for place in run.next_exposed..run.next_exposed + due {
            self.measure_exposure(&snapshot.pools[place % pools], run.watch.cache());
        }
        run.next_exposed = (run.next_exposed + due) % pools;
    }

    /// Measures, for each job, how many tasks were found and how old the oldest is; measures the age of prices. What is under way counts as found.
    pub(super) fn measure(&self, run: &mut RunState, found: &HashSet<Key>, snapshot: &Snapshot, now: Instant) {
        run.known.retain(|key, _| found.contains(key) || !run.in_flight.is_free(key, now));
        for key in found {
            run.known.entry(*key).or_insert(now);
        }
        for job in &self.config.jobs {
            let found = found.iter().filter(|key| key.job == *job);
            let ages = found.clone().filter_map(|key| run.known.get(key));
            let oldest = ages.map(|since| now.saturating_duration_since(*since)).max().unwrap_or_default();
            self.metrics.set_found(*job, found.count(), oldest);
        }
        self.metrics.set_held(run.in_flight.held());
        self.measure_exposures(run, snapshot, now);
        for pool in &snapshot.pools {
            for (place, market) in (0..).zip(&pool.view.markets) {
                // The age is also measured of a price that is too old for the program.
                let stale = || market.price.as_ref().and_then(|price| published(&price.data));
                let symbol = symbol(&market.underlying);
                let age = |moment: i64| snapshot.now.saturating_sub(moment);
                let silent = if market.underlying.silent_since > 0 { age(market.underlying.silent_since) } else { 0 };
                self.metrics.set_sample_age(symbol.clone(), age(market.underlying.sample_time), silent);
                let time = pool.view.price(place).ok().map(|price| price.published.0).or_else(stale);
                if let Some(time) = time {
                    self.metrics.set_price_age(symbol, age(time));
                }
            }
        }
    }
}
