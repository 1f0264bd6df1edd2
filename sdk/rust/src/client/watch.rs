//! A cache that subscriptions keep current.

mod config;

pub use config::WatchConfig;

use super::{Cache, Client, ClientError, RawAccount};
use crate::address;
use anchor_lang::prelude::Pubkey;
use futures_util::{StreamExt, stream::SelectAll};
use solana_account_decoder_client_types::UiAccount;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::config::RpcProgramAccountsConfig;
use std::time::Duration;
use tokio::{
    sync::{broadcast, watch},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

/// Longest time that connecting may take.
const CONNECTING: Duration = Duration::from_secs(10);

/// A change of one account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AccountUpdate {
    /// Address of the account.
    pub key: Pubkey,
    /// Slot of the change, or of the read that found it.
    pub slot: u64,
}

/// State of a watch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Status {
    /// The watch is subscribed, and everything has been read since.
    Current,
    /// The watch is not subscribed, but reads everything at the interval [`WatchConfig::fallback`].
    Polling {
        /// Reason why there is no subscription.
        why: String,
    },
    /// The watch is not connected, and the cache may be out of date.
    Reconnecting {
        /// Reason why there is no connection.
        why: String,
    },
}

/// A cache that is kept current until the watch is dropped. Subscriptions report changes, and scans find those that were not
/// reported. While the websocket is disconnected only scans do.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::{client::{Watch, WatchConfig}, evergreen::state::MarginAccount};
///
/// let watch = Watch::start(client, WatchConfig::all("wss://api.mainnet-beta.solana.com")).await?;
/// let mut changes = watch.changes();
/// while let Ok(change) = changes.recv().await {
///     if let Ok(Some(account)) = watch.cache().get::<MarginAccount>(&change.key) {
///         println!("{}: {} units of cash", change.key, account.cash);
///     }
/// }
/// # Ok(())
/// # }
/// ```
pub struct Watch {
    cache: Cache,
    changes: broadcast::Sender<AccountUpdate>,
    status: watch::Receiver<Status>,
    task: JoinHandle<()>,
}

impl Drop for Watch {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Watch {
    /// Subscribes, reads everything, and returns when the cache is complete.
    ///
    /// # Errors
    /// [`ClientError`] when the first connection fails. Later connections are tried again without end.
    pub async fn start(client: Client, config: WatchConfig) -> Result<Self, ClientError> {
        let cache = Cache::default();
        let (changes, _) = broadcast::channel(4_096);
        let (report, mut status) = watch::channel(Status::Reconnecting { why: "not yet connected".into() });
        let worker = Worker { client, config, cache: cache.clone(), changes: changes.clone(), report };
        let (first, first_failure) = tokio::sync::oneshot::channel();
        let task = tokio::spawn(worker.run(first));
        match first_failure.await {
            Ok(error) => return Err(error),
            // The sender is dropped when the first connection is established.
            Err(_) => drop(status.wait_for(|now| *now == Status::Current).await),
        }
        Ok(Self { cache, changes, status, task })
    }

    /// Returns the cache.
    pub const fn cache(&self) -> &Cache {
        &self.cache
    }

    /// Returns a receiver of all changes from now on. A receiver that lags more than 4,096 changes behind gets an error and then
    /// continues with the oldest change that is kept; the cache itself misses nothing.
    pub fn changes(&self) -> broadcast::Receiver<AccountUpdate> {
        self.changes.subscribe()
    }

    /// Returns the present state of the watch.
    pub fn status(&self) -> Status {
        self.status.borrow().clone()
    }

    /// Waits until the cache is current again.
    ///
    /// # Errors
    /// [`ClientError::Ended`] when the background task has ended.
    pub async fn current(&mut self) -> Result<(), ClientError> {
        let waited = self.status.wait_for(|now| *now == Status::Current).await;
        waited.map(drop).map_err(|_| ClientError::Ended("its task is gone".into()))
    }
}

struct Worker {
    client: Client,
    config: WatchConfig,
    cache: Cache,
    changes: broadcast::Sender<AccountUpdate>,
    report: watch::Sender<Status>,
}

/// A report of a subscription: the slot, the account's address, and its new state.
type Report = (u64, Pubkey, UiAccount);

impl Worker {
    async fn run(self, first: tokio::sync::oneshot::Sender<ClientError>) {
        const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
        let mut first = Some(first);
        let mut pause = SHORTEST_PAUSE;
        loop {
            let error = match self.session(&mut first).await {
                Err(error) => error,
                Ok(()) => ClientError::Ended("the connection was closed".into()),
            };
            if let Some(first) = first.take() {
                let _ = first.send(error);
                return;
            }
            let was_current = *self.report.borrow() == Status::Current;
            pause = if was_current { SHORTEST_PAUSE } else { (pause * 2).min(self.config.longest_pause) };
            self.tell_status(Status::Reconnecting { why: error.to_string() });
            self.poll_for(pause, &error.to_string()).await;
        }
    }

    /// Reads everything again and again until it is time for the next attempt to connect.
    async fn poll_for(&self, pause: Duration, why: &str) {
        let over = Instant::now() + pause;
        loop {
            let status = match self.rescan().await {
                Ok(()) => Status::Polling { why: why.to_owned() },
                Err(error) => Status::Reconnecting { why: error.to_string() },
            };
            self.tell_status(status);
            let left = over.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return;
            }
            sleep(left.min(self.config.fallback)).await;
        }
    }

    fn tell_status(&self, status: Status) {
        // Sending fails when there is no receiver.
        let _ = self.report.send(status);
    }

    /// Runs one connection. It subscribes first and then reads everything, so that no change is missed.
    async fn session(&self, first: &mut Option<tokio::sync::oneshot::Sender<ClientError>>) -> Result<(), ClientError> {
        let socket = timeout(CONNECTING, PubsubClient::new(&self.config.ws_url)).await;
        let socket = socket.map_err(|_| ClientError::Ended("the websocket does not answer".into()))??;
        let account_config = self.client.account_config();
        let mut news = SelectAll::new();
        for conditions in self.config.conditions() {
            let config = RpcProgramAccountsConfig {
                filters: (!conditions.is_empty()).then_some(conditions),
                account_config: account_config.clone(),
                ..RpcProgramAccountsConfig::default()
            };
            let (stream, _) = socket.program_subscribe(&address::PROGRAM, Some(config)).await?;
            let reports = stream.filter_map(|answer| async move {
                let key = answer.value.pubkey.parse().ok()?;
                Some((answer.context.slot, key, answer.value.account))
            });
            news.push(reports.boxed());
        }
        for key in self.config.accounts.iter().copied() {
            let (stream, _) = socket.account_subscribe(&key, Some(account_config.clone())).await?;
            news.push(stream.map(move |answer| -> Report { (answer.context.slot, key, answer.value) }).boxed());
        }
        self.rescan().await?;
        first.take();
        self.tell_status(Status::Current);
        let mut again = interval(self.config.rescan.max(Duration::from_millis(1)));
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        again.tick().await;
        loop {
            let done = tokio::select! {
                report = news.next() => match report {
                    Some((slot, key, account)) => self.take(slot, key, &account).await,
                    None => return Ok(()),
                },
                _ = again.tick() => self.rescan().await,
            };
            if done.is_err() {
                // The subscription still works. What could not be read is read by the next scan, which is brought forward.
                again.reset_after(self.config.fallback.min(self.config.rescan));
            }
        }
    }

    /// Stores a report. If the cached state is of a later slot and differs, the account is read instead, because some networks
    /// report the slot of the subscription instead of the slot of the change.
    async fn take(&self, slot: u64, key: Pubkey, account: &UiAccount) -> Result<(), ClientError> {
        let account = RawAccount::of(account)?;
        // A closed account is reported without lamports.
        let account = (account.lamports > 0).then_some(account);
        if self.cache.is_newer_than(&key, slot) {
            if self.cache.raw(&key).as_ref().map(|(_, known)| &**known) != account.as_ref() {
                let read = self.client.raw(&[key]).await?;
                self.learn(key, read.slot, read.value.into_iter().next().flatten());
            }
            return Ok(());
        }
        self.learn(key, slot, account);
        Ok(())
    }

    fn learn(&self, key: Pubkey, slot: u64, account: Option<RawAccount>) {
        if self.cache.update(key, slot, account) {
            self.tell(key, slot);
        }
    }

    async fn rescan(&self) -> Result<(), ClientError> {
        for (place, conditions) in self.config.conditions().into_iter().enumerate() {
            let scanned = self.client.scan(conditions).await?;
            let changed = self.cache.rescan(scanned.slot, scanned.value, |raw| self.config.belongs(place, raw));
            changed.into_iter().for_each(|key| self.tell(key, scanned.slot));
        }
        let read = self.client.raw(&self.config.accounts).await?;
        for (key, account) in self.config.accounts.iter().zip(read.value) {
            self.learn(*key, read.slot, account);
        }
        Ok(())
    }

    fn tell(&self, key: Pubkey, slot: u64) {
        // Sending fails when there is no receiver.
        let _ = self.changes.send(AccountUpdate { key, slot });
    }
}
