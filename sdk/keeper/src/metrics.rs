//! Metrics of a keeper, in the format of Prometheus.

use crate::task::Job;
use evergreen_sdk::{client::EndpointHealth, quote::Exposure};
use prometheus_client::{
    encoding::{EncodeLabelSet, text::encode},
    metrics::{
        counter::Counter,
        family::Family,
        gauge::Gauge,
        histogram::{Histogram, exponential_buckets},
    },
    registry::{Registry, Unit},
};
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicI64, AtomicU64},
    },
    time::{Duration, Instant},
};

/// Label of metrics by job.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfJob {
    job: &'static str,
}

/// Labels of metrics by job and by the program's reason to refuse.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfCause {
    job: &'static str,
    cause: String,
}

/// Labels of metrics by job and pool.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfPool {
    job: &'static str,
    pool: String,
}

/// Label of metrics by node.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfNode {
    node: String,
}

/// Label of metrics by underlying.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfUnderlying {
    underlying: String,
}

/// Labels of metrics by pool and underlying.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfExposure {
    pool: String,
    underlying: String,
}

/// The same, of delta, gamma or vega.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfSensitivity {
    pool: String,
    underlying: String,
    of: &'static str,
}

/// The same, of one provider's shares.
#[derive(Clone, Debug, Hash, PartialEq, Eq, EncodeLabelSet)]
struct OfProvider {
    owner: String,
    pool: String,
    underlying: String,
    of: &'static str,
}

/// Gauges of numbers with a fraction by pool, underlying and sensitivity.
type Sensitivities = Family<OfSensitivity, Gauge<f64, AtomicU64>>;

/// Gauges by pool and underlying.
type Exposures = Family<OfExposure, Gauge<i64, AtomicI64>>;

/// Metrics of a keeper. Clones are cheap and share their values.
#[derive(Clone)]
pub struct Metrics {
    registry: Arc<Registry>,
    names: Arc<Vec<&'static str>>,
    last_tick: Arc<Mutex<Option<Instant>>>,
    sent: Family<OfJob, Counter>,
    landed: Family<OfJob, Counter>,
    refused: Family<OfCause, Counter>,
    elsewhere: Family<OfJob, Counter>,
    failed: Family<OfJob, Counter>,
    recovered: Counter,
    rewards: Family<OfPool, Counter>,
    fees: Family<OfJob, Counter>,
    profit: Family<OfJob, Gauge<f64, AtomicU64>>,
    found: Family<OfJob, Gauge>,
    oldest: Family<OfJob, Gauge<f64, AtomicU64>>,
    under_way: Gauge,
    held: Gauge,
    accounts: Gauge,
    current: Gauge,
    postings: Counter,
    service_errors: Counter,
    price_age: Family<OfUnderlying, Gauge<i64, AtomicI64>>,
    sample_age: Family<OfUnderlying, Gauge<i64, AtomicI64>>,
    silent: Family<OfUnderlying, Gauge<i64, AtomicI64>>,
    delta: Exposures,
    gamma: Exposures,
    vega: Exposures,
    exposure_dollars: Sensitivities,
    exposure_coins: Sensitivities,
    provider: Family<OfProvider, Gauge<i64, AtomicI64>>,
    lamports: Gauge,
    low_lamports: Gauge,
    broke: Gauge,
    node_up: Family<OfNode, Gauge>,
    node_requests: Family<OfNode, Counter>,
    node_failures: Family<OfNode, Counter>,
    network_errors: Counter,
    ticks: Histogram,
    reaction: Histogram,
}

impl Default for Metrics {
    fn default() -> Self {
        let mut registry = Registry::with_prefix("evergreen_keeper");
        let mut names = vec!["tick_seconds", "reaction_seconds"];
        macro_rules! metric {
            ($metric:expr, $name:literal, $help:literal) => {{
                let metric = $metric;
                registry.register($name, $help, metric.clone());
                names.push($name);
                metric
            }};
        }
        let mut metrics = Self {
            sent: metric!(Family::default(), "sent", "Tasks begun"),
            landed: metric!(Family::default(), "landed", "Tasks done"),
            refused: metric!(Family::default(), "refused", "Tasks that the program refused, by cause"),
            elsewhere: metric!(Family::default(), "elsewhere", "Tasks that somebody else has done before"),
            failed: metric!(Family::default(), "failed", "Tasks that failed for another reason"),
            recovered: metric!(Counter::default(), "recovered", "Transactions of an earlier run found in the journal"),
            rewards: metric!(Family::default(), "rewards", "Rewards earned, native units of the pool's collateral"),
            fees: metric!(Family::default(), "fees", "Fees paid to the network, whatever came of the task, lamports"),
            profit: metric!(
                Family::default(),
                "profit_dollars",
                "Rewards less fees since the start, where prices are known"
            ),
            found: metric!(Family::default(), "found", "Tasks that the last tick found"),
            oldest: metric!(Family::default(), "oldest_seconds", "Age of the oldest task not yet done"),
            under_way: metric!(Gauge::default(), "under_way", "Tasks under way"),
            held: metric!(
                Gauge::default(),
                "held_pools",
                "Pools whose payments wait for the end of their token's transfer fee"
            ),
            accounts: metric!(Gauge::default(), "accounts", "Accounts in the cache"),
            current: metric!(Gauge::default(), "subscribed", "1 while subscriptions stand, 0 while scans replace them"),
            postings: metric!(Counter::default(), "postings", "Times that prices were posted"),
            service_errors: metric!(Counter::default(), "service_errors", "Failures of the price service"),
            price_age: metric!(Family::default(), "price_age_seconds", "Age of the price on the chain's clock"),
            sample_age: metric!(Family::default(), "sample_age_seconds", "Age of the last sample on the chain's clock"),
            silent: metric!(
                Family::default(),
                "silent_seconds",
                "Time since an underlying was reported as silent, or 0"
            ),
            delta: metric!(
                Family::default(),
                "exposure_delta",
                "What liquidity gains if the price doubles, native units"
            ),
            gamma: metric!(Family::default(), "exposure_gamma", "What a rise of 1 % adds to the delta, native units"),
            vega: metric!(
                Family::default(),
                "exposure_vega",
                "What liquidity gains by a point of volatility, native units"
            ),
            exposure_dollars: metric!(
                Family::default(),
                "exposure_dollars",
                "Delta, gamma and vega of liquidity in dollars, where the collateral's price is known"
            ),
            exposure_coins: metric!(
                Family::default(),
                "exposure_coins",
                "Delta, gamma and vega of liquidity in coins of the underlying, where the collateral's price is known"
            ),
            provider: metric!(
                Family::default(),
                "provider_exposure",
                "Delta, gamma and vega of one provider's shares, native units"
            ),
            lamports: metric!(Gauge::default(), "lamports", "Balance that the keeper pays fees from, lamports"),
            low_lamports: metric!(Gauge::default(), "low_lamports", "Balance below which the keeper warns, lamports"),
            broke: metric!(Gauge::default(), "out_of_sol", "1 while the keeper sends nothing because it lacks SOL"),
            node_up: metric!(Family::default(), "node_up", "Whether the last answer of a node came"),
            node_requests: metric!(Family::default(), "node_requests", "Requests to a node"),
            node_failures: metric!(Family::default(), "node_failures", "Requests that a node has failed to answer"),
            network_errors: metric!(Counter::default(), "network_errors", "Failures of the network outside of sending"),
            ticks: Histogram::new(exponential_buckets(0.000_5, 2.0, 14)),
            reaction: Histogram::new(exponential_buckets(0.05, 2.0, 12)),
            last_tick: Arc::default(),
            registry: Arc::default(),
            names: Arc::default(),
        };
        let (ticks, reaction) = (metrics.ticks.clone(), metrics.reaction.clone());
        registry.register_with_unit("tick", "Time to find all tasks in the cache", Unit::Seconds, ticks);
        registry.register_with_unit("reaction", "Time from finding a task to its landing", Unit::Seconds, reaction);
        (metrics.registry, metrics.names) = (Arc::new(registry), Arc::new(names));
        metrics
    }
}

impl Metrics {
    /// Encodes all metrics in the text format of OpenMetrics, which Prometheus reads.
    ///
    /// ```
    /// let text = evergreen_keeper::Metrics::default().text();
    /// assert!(text.contains("# TYPE evergreen_keeper_under_way gauge"), "{text}");
    /// ```
    pub fn text(&self) -> String {
        let mut text = String::new();
        // Writing to a string cannot fail.
        let _ = encode(&mut text, &self.registry);
        text
    }

    /// Names of all metrics, without the prefix `evergreen_keeper_` and the endings that their kinds add (`_total`, `_bucket`, `_sum`, `_count`).
    pub fn names(&self) -> &[&'static str] {
        &self.names
    }

    /// Time since the last tick; `None` before the first.
    pub fn since_last_tick(&self) -> Option<Duration> {
        self.last_tick.lock().unwrap_or_else(PoisonError::into_inner).map(|at| at.elapsed())
    }

    /// Number of tasks of a job that are done.
    pub fn landed(&self, job: Job) -> u64 {
        self.landed.get_or_create(&OfJob { job: job.name() }).get()
    }

    pub(crate) fn count_tick(&self, took: Duration, accounts: usize, under_way: usize, current: bool) {
        *self.last_tick.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        self.ticks.observe(took.as_secs_f64());
        self.accounts.set(accounts.try_into().unwrap_or(i64::MAX));
        self.under_way.set(under_way.try_into().unwrap_or(i64::MAX));
        self.current.set(current.into());
    }

    pub(crate) fn set_found(&self, job: Job, found: usize, oldest: Duration) {
        let of = OfJob { job: job.name() };
        self.found.get_or_create(&of).set(found.try_into().unwrap_or(i64::MAX));
        self.oldest.get_or_create(&of).set(oldest.as_secs_f64());
    }

    pub(crate) fn set_price_age(&self, underlying: String, age: i64) {
        self.price_age.get_or_create(&OfUnderlying { underlying }).set(age);
    }

    /// Sets the age of the last sample of an underlying, and the time since it was reported as silent, zero if it is not.
    pub(crate) fn set_sample_age(&self, underlying: String, age: i64, silent: i64) {
        let of = OfUnderlying { underlying };
        self.sample_age.get_or_create(&of).set(age);
        self.silent.get_or_create(&of).set(silent);
    }

    /// Sets what all shares of a pool's main class gain or lose with an underlying; `unit` is what a native unit of the collateral is worth in dollars, where that
    /// is known.
    pub(crate) fn set_exposure(&self, pool: String, underlying: String, exposure: &Exposure, unit: Option<f64>) {
        const ONE: f64 = 18_446_744_073_709_551_616.0;
        if let Some(unit) = unit {
            let spot = exposure.spot.to_bits() as f64 / ONE;
            for (name, native) in [("delta", exposure.delta), ("gamma", exposure.gamma), ("vega", exposure.vega)] {
                let of = OfSensitivity { pool: pool.clone(), underlying: underlying.clone(), of: name };
                let dollars = native as f64 * unit;
                self.exposure_dollars.get_or_create(&of).set(dollars);
                self.exposure_coins.get_or_create(&of).set(dollars / spot);
            }
        }
        let of = OfExposure { pool, underlying };
        self.delta.get_or_create(&of).set(exposure.delta);
        self.gamma.get_or_create(&of).set(exposure.gamma);
        self.vega.get_or_create(&of).set(exposure.vega);
    }

    /// Sets what the shares of one provider gain or lose with an underlying.
    pub(crate) fn set_provider(&self, owner: &str, pool: &str, underlying: &str, exposure: &Exposure) {
        for (of, native) in [("delta", exposure.delta), ("gamma", exposure.gamma), ("vega", exposure.vega)] {
            let (owner, pool, underlying) = (owner.to_owned(), pool.to_owned(), underlying.to_owned());
            self.provider.get_or_create(&OfProvider { owner, pool, underlying, of }).set(native);
        }
    }

    /// Sets the keeper's balance, and below which it is too low.
    pub(crate) fn set_lamports(&self, lamports: u64, low: u64) {
        self.lamports.set(lamports.try_into().unwrap_or(i64::MAX));
        self.low_lamports.set(low.try_into().unwrap_or(i64::MAX));
    }

    /// Sets the number of pools whose payments wait for the end of a transfer fee.
    pub(crate) fn set_held(&self, pools: usize) {
        self.held.set(pools.try_into().unwrap_or(i64::MAX));
    }

    /// Sets whether the keeper waits for SOL.
    pub(crate) fn set_broke(&self, is_broke: bool) {
        self.broke.set(is_broke.into());
    }

    /// Sets the health of the nodes.
    pub(crate) fn set_nodes(&self, nodes: &[EndpointHealth]) {
        for EndpointHealth { name, is_up, requests, failures } in nodes {
            let of = OfNode { node: name.clone() };
            self.node_up.get_or_create(&of).set((*is_up).into());
            for (counter, now) in [(&self.node_requests, requests), (&self.node_failures, failures)] {
                let counter = counter.get_or_create(&of);
                counter.inc_by(now.saturating_sub(counter.get()));
            }
        }
    }

    pub(crate) fn count_sent(&self, job: Job) {
        self.sent.get_or_create(&OfJob { job: job.name() }).inc();
    }

    pub(crate) fn count_landed(&self, job: Job, reaction: Duration) {
        self.landed.get_or_create(&OfJob { job: job.name() }).inc();
        self.reaction.observe(reaction.as_secs_f64());
    }

    /// Counts lamports of fees for a job, whatever came of the task.
    pub(crate) fn count_fees(&self, job: Job, fees: u64) {
        self.fees.get_or_create(&OfJob { job: job.name() }).inc_by(fees);
    }

    /// Adds what a task of a job has gained, dollars.
    pub(crate) fn count_profit(&self, job: Job, dollars: f64) {
        self.profit.get_or_create(&OfJob { job: job.name() }).inc_by(dollars);
    }

    /// Fees paid for a job so far, lamports.
    pub fn fees(&self, job: Job) -> u64 {
        self.fees.get_or_create(&OfJob { job: job.name() }).get()
    }

    /// What a job has gained so far, dollars, as far as prices are known.
    pub fn profit(&self, job: Job) -> f64 {
        self.profit.get_or_create(&OfJob { job: job.name() }).get()
    }

    pub(crate) fn count_posting(&self) {
        self.postings.inc();
    }

    pub(crate) fn count_service_error(&self) {
        self.service_errors.inc();
    }

    pub(crate) fn count_reward(&self, job: Job, pool: String, amount: u64) {
        self.rewards.get_or_create(&OfPool { job: job.name(), pool }).inc_by(amount);
    }

    pub(crate) fn count_refused(&self, job: Job, cause: &str) {
        self.refused.get_or_create(&OfCause { job: job.name(), cause: cause.to_owned() }).inc();
    }

    pub(crate) fn count_elsewhere(&self, job: Job) {
        self.elsewhere.get_or_create(&OfJob { job: job.name() }).inc();
    }

    pub(crate) fn count_failed(&self, job: Job) {
        self.failed.get_or_create(&OfJob { job: job.name() }).inc();
    }

    pub(crate) fn count_recovered(&self, transactions: usize) {
        self.recovered.inc_by(transactions.try_into().unwrap_or(u64::MAX));
    }

    pub(crate) fn count_network_error(&self) {
        self.network_errors.inc();
    }
}
