//! The keeper's loop: it looks at the accounts, finds tasks, ranks them and does them.

mod balance;
mod telemetry;
mod ticks;
mod watched;

use crate::{
    clock::Clock,
    config::Config,
    executor::TaskOutcome,
    find::{Finder, FoundTasks, Limits},
    first::WithOwnAccounts,
    in_flight::InFlight,
    metrics::Metrics,
    post::Poster,
    snapshot::Snapshot,
    task::{Job, Key, Task, rank},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Cache, Client, ClientError, FeeMeter, Journal, RecoveryMode, SendError, Watch},
    price::PriceProvider,
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    collections::{HashMap, HashSet},
    future::Future,
    pin::pin,
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::{
    task::{JoinHandle, JoinSet},
    time::{MissedTickBehavior, interval, sleep, timeout},
};

/// Pause before a request that the network failed to answer is repeated.
const AGAIN: Duration = Duration::from_millis(500);
/// Longest time between two ticks while a commitment waits for its price.
const WAITING: Duration = Duration::from_millis(250);
/// Time between two looks for new pools and underlyings to watch and at the keeper's balance.
const CHORES: Duration = Duration::from_secs(30);

/// Why a keeper ends.
#[derive(Debug, thiserror::Error)]
pub enum KeeperError {
    /// The journal cannot be read or written.
    #[error(transparent)]
    Send(#[from] SendError),
    /// An account in the cache cannot be decoded.
    #[error(transparent)]
    Client(#[from] ClientError),
}

/// What a keeper has done.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct KeeperSummary {
    /// Tasks done, by job.
    pub done: HashMap<Job, u64>,
    /// Tasks that the program refused.
    pub refused: u64,
    /// Tasks that somebody else has done before.
    pub elsewhere: u64,
    /// Tasks that failed for another reason.
    pub failed: u64,
    /// Tasks for which the network did not answer.
    pub unanswered: u64,
    /// Fees paid, whatever came of the tasks, lamports.
    pub fees: u64,
}

/// A keeper on one network. [`Self::run`] works until it is told to stop.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client, key: solana_keypair::Keypair) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_keeper::{Config, Keeper, MetricsServer};
/// use evergreen_sdk::{client::Journal, price::PushFeeds};
/// use std::sync::Arc;
///
/// let config = Config::new("wss://api.mainnet-beta.solana.com", Arc::new(PushFeeds::UPGRADED));
/// let keeper = Keeper::new(client, key, Some(Journal::open("keeper")?), config);
/// let _server = MetricsServer::start("127.0.0.1:9187".parse()?, keeper.metrics().clone()).await?;
/// let summary = keeper.run(async { tokio::signal::ctrl_c().await.unwrap_or_default() }).await?;
/// println!("{} refused", summary.refused);
/// # Ok(())
/// # }
/// ```
pub struct Keeper {
    client: Client,
    key: Arc<Keypair>,
    journal: Option<Journal>,
    config: Config,
    metrics: Metrics,
}

/// What changes while a keeper runs.
struct RunState {
    watch: Watch,
    /// Accounts of other programs that the watch follows.
    watched: Vec<Pubkey>,
    clock: Clock,
    in_flight: InFlight,
    /// When each task that is not yet done was first found.
    known: HashMap<Key, Instant>,
    tasks: JoinSet<Vec<Done>>,
    /// While accounts with first prices are read.
    first_prices: Option<JoinHandle<()>>,
    /// Numbers of the messages with which prices are being posted. Postings do not count towards [`Config::parallel`].
    posting: HashSet<u64>,
    /// Whether commitments are open: then ticks follow each other quickly.
    is_waiting: bool,
    summary: KeeperSummary,
    /// When exposures were last measured.
    exposed: Option<Instant>,
    /// Place of the pool whose exposure is measured next.
    next_exposed: usize,
    /// While the key has too little SOL.
    broke: Option<balance::Broke>,
    /// When it was last warned that SOL runs out.
    warned: Option<Instant>,
    /// When it was last told what each job has gained.
    told: Instant,
}

impl RunState {
    /// Transactions under way, apart from postings.
    fn working(&self) -> usize {
        self.tasks.len().saturating_sub(self.posting.len())
    }
}

/// A task that has ended.
struct Done {
    task: Task,
    /// How often it had failed in a row before.
    failures: u32,
    outcome: TaskOutcome,
    /// Its part of the fees of all that was sent, lamports.
    fee: u64,
}

impl Keeper {
    /// Returns a keeper that has not begun. With a journal, no transaction of an interrupted run is lost or sent twice.
    pub fn new(client: Client, key: Keypair, journal: Option<Journal>, config: Config) -> Self {
        let client = match &journal {
            Some(journal) => client.with_journal(journal.clone()),
            None => client,
        };
        let key = Arc::new(key);
        let source = config.source.clone();
        let source: Arc<dyn PriceProvider> = match config.posting {
            Some(_) => Arc::new(WithOwnAccounts { source, key: key.clone() }),
            None => source,
        };
        Self { client, key, journal, config: Config { source, ..config }, metrics: Metrics::default() }
    }

    /// Metrics of this keeper.
    pub const fn metrics(&self) -> &Metrics {
        &self.metrics
    }

    /// Works until `stop` is ready, then waits up to [`Config::drain`] for the tasks under way. Failures of the network do not end the
    /// keeper: it goes on when the network answers again.
    ///
    /// # Errors
    /// Returns [`KeeperError`] if the journal cannot be read or written, or an account cannot be decoded.
    pub async fn run(&self, stop: impl Future<Output = ()>) -> Result<KeeperSummary, KeeperError> {
        let mut stop = pin!(stop);
        let mut run = tokio::select! {
            () = &mut stop => return Ok(KeeperSummary::default()),
            run = self.begin() => run?,
        };
        let mut changes = run.watch.changes();
        let mut again = interval(self.config.interval.max(Duration::from_millis(1)));
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut chores = interval(CHORES);
        chores.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let is_waiting = run.is_waiting;
            tokio::select! {
                () = &mut stop => break,
                Some(done) = run.tasks.join_next() => self.take(&mut run, done),
                () = sleep(WAITING), if is_waiting => {}
                _ = again.tick() => {}
                // A receiver that has fallen behind learns of changes by looking at the whole cache.
                _ = changes.recv() => {}
                _ = chores.tick() => {
                    if self.chores(&mut run).await {
                        changes = run.watch.changes();
                    }
                }
            }
            while let Some(done) = run.tasks.try_join_next() {
                self.take(&mut run, done);
            }
            self.tick(&mut run).await?;
            tokio::select! {
                () = &mut stop => break,
                () = sleep(self.config.pause) => {}
            }
            // The next tick sees all changes since this tick began anyway.
            while changes.try_recv().is_ok() {}
        }
        tracing::info!(under_way = run.tasks.len(), "stopping");
        let drained = timeout(self.config.drain, async {
            while let Some(done) = run.tasks.join_next().await {
                self.take(&mut run, done);
            }
        });
        if drained.await.is_err() {
            tracing::warn!("some work is still under way; the journal has it");
        }
        Ok(run.summary)
    }

    /// Works until no task is left that can be done now. This is for keepers that a timer starts.
    ///
    /// # Errors
    /// Returns the same errors as [`Self::run`].
    pub async fn once(&self) -> Result<KeeperSummary, KeeperError> {
        let mut run = self.begin().await?;
        loop {
            let begun = self.tick(&mut run).await?;
            if begun == 0 && run.tasks.is_empty() {
                return Ok(run.summary);
            }
            if let Some(done) = run.tasks.join_next().await {
                self.take(&mut run, done);
            }
        }
    }

    /// Finds out what became of the transactions of an earlier run, then reads all accounts.
    async fn begin(&self) -> Result<RunState, KeeperError> {
        loop {
            match self.client.recover(&self.config.send, |_| RecoveryMode::Resend).await {
                Ok(found) => {
                    for earlier in &found {
                        tracing::info!(task = %earlier.label, signature = %earlier.signature, outcome = ?earlier.outcome,
                            "an earlier run had this under way");
                    }
                    self.metrics.count_recovered(found.len());
                    break;
                }
                Err(error @ SendError::Journal(_)) => return Err(error.into()),
                Err(error) => self.network_failed("finding out about an earlier run", &error).await,
            }
        }
        self.clear().await;
        let (watch, watched) = loop {
            match self.watch().await {
                Ok(begun) => break begun,
                Err(error) => self.network_failed("reading everything", &error).await,
            }
        };
        tracing::info!(accounts = watch.cache().len(), keeper = %self.key.pubkey(), "the keeper is at work");
        Ok(RunState {
            watch,
            watched,
            clock: Clock::default(),
            in_flight: InFlight::default(),
            known: HashMap::new(),
            tasks: JoinSet::new(),
            posting: HashSet::new(),
            is_waiting: false,
            summary: KeeperSummary::default(),
            exposed: None,
            next_exposed: 0,
            broke: None,
            warned: None,
            first_prices: None,
            told: Instant::now(),
        })
    }

    /// Gets back the rent of messages that an earlier run has left behind.
    async fn clear(&self) {
        if self.config.dry_run {
            return;
        }
        let meter = FeeMeter::default();
        for poster in self.worker(None, Cache::default(), &meter).posters() {
            self.clear_message(&poster).await;
        }
        self.metrics.count_fees(Job::Post, meter.lamports());
    }

    async fn clear_message(&self, poster: &Poster) {
        loop {
            match poster.clear().await {
                Ok(false) => break,
                Ok(true) => {
                    tracing::info!(message = %poster.message(), "got back the rent of a message of an earlier run");
                    break;
                }
                Err(SendError::Client(error)) if error.is_passing() => {
                    self.network_failed("looking for a message of an earlier run", &error).await;
                }
                Err(error) => {
                    // The next posting tries to close it again.
                    tracing::warn!(%error, message = %poster.message(), "a message of an earlier run cannot be closed");
                    break;
                }
            }
        }
    }

    async fn network_failed(&self, doing: &str, error: &(dyn std::error::Error + Send + Sync)) {
        tracing::warn!(%error, "{doing}");
        self.metrics.count_network_error();
        sleep(AGAIN).await;
    }

    /// Forgets old failures, reports the keeper's balance, and starts a new watch if pools or underlyings have changed. Returns whether
    /// it started one.
    async fn chores(&self, run: &mut RunState) -> bool {
        run.in_flight.tidy(Instant::now());
        self.look_at_balance(run).await;
        self.tell_gains(run);
        if watched::wanted(run.watch.cache(), &self.config).is_ok_and(|wanted| wanted == run.watched) {
            return false;
        }
        match self.watch().await {
            Ok((watch, watched)) => {
                tracing::info!("pools or underlyings have changed: watching what there is now");
                (run.watch, run.watched) = (watch, watched);
                true
            }
            Err(error) => {
                self.network_failed("reading everything", &error).await;
                false
            }
        }
    }
}

/// Finds all tasks that a keeper with the key `me` would do at this moment, the most urgent first; `now` is the chain's clock in unix
/// seconds.
///
/// ```no_run
/// # fn example(cache: &evergreen_sdk::client::Cache, me: evergreen_sdk::anchor_lang::prelude::Pubkey) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_keeper::{Config, look};
/// use evergreen_sdk::price::PushFeeds;
/// use std::sync::Arc;
///
/// let config = Config::new("ws://127.0.0.1:8900", Arc::new(PushFeeds::UPGRADED));
/// for work in look(cache, &config, me, 1_790_000_000)? {
///     println!("{}: {} native units", work.key, work.reward);
/// }
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Returns [`ClientError`] if an account in the cache cannot be decoded.
pub fn look(cache: &Cache, config: &Config, me: Pubkey, now: i64) -> Result<Vec<Task>, ClientError> {
    Ok(ranked(&Snapshot::read(cache, config, now)?, Finder { config, me, limits: Limits::NONE }).tasks)
}

fn ranked(snapshot: &Snapshot, finder: Finder<'_>) -> FoundTasks {
    let mut work = finder.all(snapshot, |job, subject, why| {
        tracing::debug!(%job, %subject, %why, "cannot be looked after now");
    });
    rank(&mut work.tasks);
    work
}
