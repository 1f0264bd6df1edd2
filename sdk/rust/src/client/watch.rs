//! A cache that subscriptions keep current.

mod config;

pub use config::WatchConfig;

use super::{Cache, Client, ClientError, RawAccount};
use crate::address;
use anchor_lang::prelude::Pubkey;
use futures_util::{StreamExt, stream::SelectAll};
use solana_account_decoder_client_types::UiAccount;
use solana_pubsub_client::nonblocking::pubsub_client::PubsubClient;
use solana_rpc_client_api::{config::RpcProgramAccountsConfig, response::Response};
use std::{
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};
use tokio::{
    sync::{broadcast, oneshot, watch},
    task::JoinHandle,
    time::{Instant, MissedTickBehavior, interval, sleep, timeout},
};

/// Longest time that connecting, or a subscription, may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// How often a connection is looked after. While it is silent although the chain makes blocks, everything is read as often.
const BEAT: Duration = Duration::from_secs(1);
/// How many times as long as it took to read everything a node rests before it is asked for that again because of its silence: one that is busy would be silent for longer.
const REST: u32 = 2;
/// How long a connection may be silent while the chain makes blocks. Then it has ended.
const SILENCE: Duration = Duration::from_secs(4);
/// Longest time between two readings of everything where a node does not tell its slots, so that nobody would notice its silence.
const UNTOLD: Duration = Duration::from_secs(4);

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
    /// Subscribes, reads everything, and returns when the cache is complete. Where the websocket fails, or takes longer than
    /// [`WatchConfig::fallback`], it is complete when everything was read; connecting goes on.
    ///
    /// # Errors
    /// [`ClientError`] when neither the first connection nor the first reading works. Later both are tried again without end.
    pub async fn start(client: Client, config: WatchConfig) -> Result<Self, ClientError> {
        let cache = Cache::default();
        let (changes, _) = broadcast::channel(4_096);
        let (report, status) = watch::channel(Status::Reconnecting { why: "not yet connected".into() });
        let (tell, begun) = oneshot::channel();
        let begun_by = Mutex::new(Some(tell));
        let worker = Worker { client, config, cache: cache.clone(), changes: changes.clone(), report, begun: begun_by };
        let task = tokio::spawn(worker.run());
        begun.await.map_err(|_| ClientError::Ended("its task is gone".into()))??;
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
    /// Who waits for the first complete cache.
    begun: Mutex<Option<oneshot::Sender<Result<(), ClientError>>>>,
}

/// A report of a subscription: the slot, the account's address, and its new state.
type Report = (u64, Pubkey, UiAccount);

/// What comes over a connection.
enum Message {
    Report(Box<Report>),
    /// The chain has reached another slot.
    Slot,
}

impl Worker {
    async fn run(self) {
        const SHORTEST_PAUSE: Duration = Duration::from_millis(100);
        let (mut pause, mut wait, mut why) = (SHORTEST_PAUSE, Duration::ZERO, None::<String>);
        for url in self.config.ws_urls.iter().cycle() {
            let is_current = AtomicBool::new(false);
            let session = async {
                sleep(wait).await;
                self.session(url, &is_current).await
            };
            let ended = tokio::select! {
                ended = session => ended,
                // Whoever waits for the first complete cache was told that there is none.
                () = self.poll(&is_current, why.as_deref()) => return,
            };
            let error = match ended {
                Err(error) => error,
                Ok(()) => ClientError::Ended("the connection was closed".into()),
            };
            pause = if is_current.into_inner() { SHORTEST_PAUSE } else { (pause * 2).min(self.config.longest_pause) };
            wait = pause;
            why = Some(error.to_string());
            self.tell_status(Status::Reconnecting { why: error.to_string() });
        }
        self.begin(Err(ClientError::Ended("no websocket is named".into())));
    }

    /// Tells whoever waits for the first complete cache; returns whether somebody did.
    fn begin(&self, result: Result<(), ClientError>) -> bool {
        let waiting = self.begun.lock().unwrap_or_else(PoisonError::into_inner).take();
        waiting.is_some_and(|waiting| waiting.send(result).is_ok())
    }

    /// Reads everything again and again while there is no subscription: at once after a connection was lost for the reason `why`, and while another one
    /// is made, however long that takes. It ends only if the first connection and the first reading fail.
    async fn poll(&self, is_current: &AtomicBool, why: Option<&str>) {
        if why.is_none() {
            sleep(self.config.fallback).await;
        }
        loop {
            if is_current.load(Ordering::Relaxed) {
                return std::future::pending().await;
            }
            let begun = Instant::now();
            let status = match self.rescan().await {
                Ok(()) => Status::Polling { why: why.unwrap_or("the websocket is not connected yet").to_owned() },
                Err(error) => {
                    let words = error.to_string();
                    if why.is_some() && self.begin(Err(error)) {
                        return;
                    }
                    Status::Reconnecting { why: words }
                }
            };
            let rest = begun.elapsed() * REST;
            // The subscription may stand by now.
            if !is_current.load(Ordering::Relaxed) {
                let is_read = matches!(status, Status::Polling { .. });
                self.tell_status(status);
                if is_read {
                    self.begin(Ok(()));
                }
            }
            sleep(self.config.fallback.max(rest)).await;
        }
    }

    fn tell_status(&self, status: Status) {
        // Sending fails when there is no receiver.
        let _ = self.report.send(status);
    }

    /// Runs one connection. It subscribes first and then reads everything, so that no change is missed. A connection that is silent although the
    /// chain makes blocks has ended.
    async fn session(&self, url: &str, is_current: &AtomicBool) -> Result<(), ClientError> {
        let silent = |_| ClientError::Ended("the websocket does not answer".into());
        let socket = timeout(CONNECTING, PubsubClient::new(url)).await.map_err(silent)??;
        let account_config = self.client.account_config();
        let mut news = SelectAll::new();
        for conditions in self.config.conditions() {
            let config = RpcProgramAccountsConfig {
                filters: (!conditions.is_empty()).then_some(conditions),
                account_config: account_config.clone(),
                ..RpcProgramAccountsConfig::default()
            };
            let asked = socket.program_subscribe(&address::PROGRAM, Some(config));
            let (stream, _) = timeout(CONNECTING, asked).await.map_err(silent)??;
            let reports = stream.filter_map(|answer| async move {
                let key = answer.value.pubkey.parse().ok()?;
                Some(Message::Report(Box::new((answer.context.slot, key, answer.value.account))))
            });
            news.push(reports.boxed());
        }
        for key in self.config.accounts.iter().copied() {
            let asked = socket.account_subscribe(&key, Some(account_config.clone()));
            let (stream, _) = timeout(CONNECTING, asked).await.map_err(silent)??;
            let report =
                move |answer: Response<UiAccount>| Message::Report(Box::new((answer.context.slot, key, answer.value)));
            news.push(stream.map(report).boxed());
        }
        // Some nodes do not tell their slots.
        let slots = timeout(CONNECTING, socket.slot_subscribe()).await.map_err(silent)?.ok();
        let mut rescan = self.config.rescan;
        match slots {
            Some((stream, _)) => news.push(stream.map(|_| Message::Slot).boxed()),
            None => rescan = rescan.min(UNTOLD),
        }
        self.rescan().await?;
        is_current.store(true, Ordering::Relaxed);
        self.tell_status(Status::Current);
        self.begin(Ok(()));
        let mut again = interval(rescan.max(Duration::from_millis(1)));
        again.set_missed_tick_behavior(MissedTickBehavior::Delay);
        again.tick().await;
        let mut beat = interval(BEAT);
        beat.set_missed_tick_behavior(MissedTickBehavior::Delay);
        let mut heard = Instant::now();
        // The slot when the connection was first found to be silent.
        let mut slot_then = None;
        // Before that, everything is not read for its silence.
        let mut rests_until = heard;
        loop {
            let done = tokio::select! {
                message = news.next() => {
                    (heard, slot_then) = (Instant::now(), None);
                    match message {
                        Some(Message::Report(report)) => self.take(report.0, report.1, &report.2).await,
                        Some(Message::Slot) => Ok(()),
                        None => return Ok(()),
                    }
                }
                _ = again.tick() => self.rescan().await,
                _ = beat.tick() => {
                    if heard.elapsed() < BEAT {
                        continue;
                    }
                    // While the node does not answer either, nothing is known of the chain.
                    let slot = self.client.rpc().get_slot().await.ok();
                    match (slot_then, slot) {
                        (None, slot) => {
                            slot_then = slot;
                            Ok(())
                        }
                        (Some(then), Some(now)) if now > then && heard.elapsed() >= SILENCE => {
                            return Err(ClientError::Ended("the websocket has fallen silent".into()));
                        }
                        // Perhaps it is only late; what it would have told is found nevertheless.
                        (Some(then), Some(now)) if now > then && Instant::now() >= rests_until => {
                            let begun = Instant::now();
                            let read = self.rescan().await;
                            rests_until = Instant::now() + begun.elapsed() * REST;
                            read
                        }
                        _ => Ok(()),
                    }
                }
            };
            if done.is_err() {
                // The subscription still works. What could not be read is read by the next scan, which is brought forward.
                again.reset_after(self.config.fallback.min(rescan));
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
            let mut scanned = self.client.scan(conditions).await?;
            // What one answer lacks is closed only if others say so, too.
            let missing = self.cache.missing(&scanned.value, |raw| self.config.belongs(place, raw));
            let read = self.client.raw(&missing).await?;
            for (key, account) in missing.into_iter().zip(read.value) {
                if let Some(account) = account {
                    self.learn(key, read.slot, Some(account.clone()));
                    scanned.value.push((key, account));
                }
            }
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
