//! One tick of the keeper: it reads a snapshot, finds and ranks tasks, and begins as many as may be under way.

use super::{Done, Keeper, KeeperError, RunState, ranked};
use crate::{
    executor::Worker,
    find::{Finder, FoundTasks, Limits},
    post::message_number,
    snapshot::Snapshot,
    task::{Job, Key, Task},
    together::together,
};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{Cache, FeeMeter, Status},
};
use solana_signer::Signer;
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};
use tokio::time::timeout;

/// How long a tick waits for first prices.
const FIRST_PRICES: Duration = Duration::from_millis(300);

impl Keeper {
    /// Reads a snapshot and begins the tasks found in it; returns how many it has begun.
    pub(super) async fn tick(&self, run: &mut RunState) -> Result<usize, KeeperError> {
        if let Some(nodes) = &self.config.nodes {
            self.metrics.set_nodes(&nodes.health());
        }
        // Whoever waits for a price waits for a second of the chain's clock, too.
        let enough = if run.is_waiting { Duration::ZERO } else { self.config.interval };
        let now = match run.clock.read(&self.client, enough).await {
            Ok(now) => now,
            Err(error) => {
                self.network_failed("reading the clock", &error).await;
                return Ok(0);
            }
        };
        let start = Instant::now();
        let mut snapshot = Snapshot::read(run.watch.cache(), &self.config, now)?;
        self.read_first_prices(run, &mut snapshot).await;
        run.is_waiting = snapshot.is_urgent();
        let most = self.config.parallel.max(1);
        let FoundTasks { tasks, others } = {
            let is_free = |key: &Key| run.in_flight.is_free(key, start);
            let limits = Limits { is_free: &is_free, transactions: most.saturating_sub(run.working()) };
            ranked(&snapshot, Finder { config: &self.config, me: self.key.pubkey(), limits })
        };
        let is_subscribed = run.watch.status() == Status::Current;
        let accounts = run.watch.cache().len();
        self.metrics.count_tick(start.elapsed(), accounts, run.in_flight.under_way(), is_subscribed);
        let keys = tasks.iter().flat_map(Task::members).map(|task| task.key).chain(others).collect();
        self.measure(run, &keys, &snapshot, start);
        let mut begun = 0;
        if self.is_broke(run).await {
            return Ok(begun);
        }
        let may_begin = |run: &RunState, task: &Task| {
            let found = run.known.get(&task.key).map_or(start, |since| *since);
            let is_young = start.saturating_duration_since(found) < self.config.thresholds.report_silence_delay;
            !(task.key.job == Job::Silence && is_young) && run.in_flight.may_begin(task, start)
        };
        let tasks = tasks.into_iter().filter(|task| may_begin(run, task));
        // What is only simulated is told one by one.
        let tasks = if self.config.dry_run { tasks.collect() } else { together(tasks.collect::<Vec<_>>()) };
        for mut task in tasks {
            let message = task.prices.as_ref().map(|prices| message_number(prices.wanted));
            let is_full = match message {
                Some(number) => run.posting.contains(&number),
                // What is unpaid and can wait leaves a half of them to what cannot.
                None => run.working() >= if task.key.job.is_urgent() { most } else { most.div_ceil(2) },
            };
            // One that was begun before it may change the same account.
            if is_full || !may_begin(run, &task) {
                continue;
            }
            task.with.retain(|other| may_begin(run, other));
            self.start(run, task);
            begun += 1;
        }
        Ok(begun)
    }

    /// Reads the accounts that may hold first prices which commitments, notices and samples wait for, or which confirm others: they are too many
    /// to be watched. A tick waits for them for a moment only, so that no liquidation waits for a busy node; a later tick has what was read meanwhile.
    async fn read_first_prices(&self, run: &mut RunState, snapshot: &mut Snapshot) {
        let keys = snapshot.first_price_candidates(&self.config);
        if keys.is_empty() {
            return;
        }
        let cache = run.watch.cache().clone();
        let reading = run.first_prices.get_or_insert_with(|| {
            let (client, metrics, cache) = (self.client.clone(), self.metrics.clone(), cache.clone());
            tokio::spawn(async move {
                match client.raw(&keys).await {
                    Ok(read) => {
                        for (key, account) in keys.into_iter().zip(read.value) {
                            cache.update(key, read.slot, account);
                        }
                    }
                    Err(error) => {
                        tracing::warn!(%error, "reading first prices");
                        metrics.count_network_error();
                    }
                }
            })
        });
        if timeout(FIRST_PRICES, reading).await.is_ok() {
            run.first_prices = None;
        }
        snapshot.find_first_prices(&cache, &self.config);
    }

    fn start(&self, run: &mut RunState, task: Task) {
        let mut failures = HashMap::new();
        for member in task.members() {
            failures.insert(member.key, run.in_flight.begin(member));
            self.metrics.count_sent(member.key.job);
            tracing::debug!(task = %member.key, reward = member.reward, "begun");
        }
        run.posting.extend(task.prices.as_ref().map(|prices| message_number(prices.wanted)));
        let meter = FeeMeter::default();
        let worker = self.worker(task.pool, run.watch.cache().clone(), &meter);
        run.tasks.spawn(async move {
            let ended = worker.perform_all(task).await;
            // Each bears its part, and the first one what is left.
            let (fee, number) = (meter.lamports(), ended.len().max(1) as u64);
            let parts = std::iter::once(fee - fee / number * (number - 1)).chain(std::iter::repeat(fee / number));
            let done = ended.into_iter().zip(parts).map(|((task, outcome), fee)| {
                let failures = failures.get(&task.key).copied().unwrap_or_default();
                Done { task, failures, outcome, fee }
            });
            done.collect()
        });
    }

    pub(super) fn worker(&self, pool: Option<Pubkey>, cache: Cache, meter: &FeeMeter) -> Worker {
        let own = |pool: Pubkey| address::margin_account(&pool, &self.key.pubkey(), self.config.sub_account);
        Worker {
            client: self.client.metered(meter),
            key: self.key.clone(),
            cache,
            journal: self.journal.clone(),
            options: self.config.send,
            dry_run: self.config.dry_run,
            own_account: pool.map(own),
            source: self.config.source.clone(),
            posting: self.config.posting.clone(),
        }
    }
}
