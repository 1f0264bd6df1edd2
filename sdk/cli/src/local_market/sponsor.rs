//! A thread keeps prices fresh along a path, as a sponsor of push feeds does, keeps the clock at its speed and handles requests.
//!
//! A committed trade is filled at a price of a later second, and a deposit of liquidity is executed at one after a full minute, so the clock does not stand
//! still for them, and does not run past them: a clock that stands, or hurries, jumps to the second of that price, and one that is fast is as slow as the
//! machine's from shortly before it until they are over. Nor does a fast clock run past the seconds in which positions can be closed after a notice.

use super::{
    commitments::Commitments,
    control::{Call, Published, Request, State},
    saved::{Prices, Saver},
};
use crate::output::{self, date};
use anyhow::{Context, Result};
use evergreen_localnet::{Client, DOLLAR, Pace, PricePath, Publisher, PythGeneration, Tick, feeds};
use evergreen_sdk::{convert::Decimal, presets::Asset};
use solana_keypair::Keypair;
use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU32, Ordering},
        mpsc::{Receiver, RecvTimeoutError},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// How often prices are published.
pub const INTERVAL: Duration = Duration::from_millis(500);

/// Most seconds by which a fast clock moves without a price being published, so that no price is ever too old to use.
const STEP: i64 = 3;

/// How many seconds before what is waited for a fast clock becomes as slow as the machine's.
const APPROACH: i64 = 2;

/// How often a market is saved while it runs: a market that is killed loses so much.
const SAVING: Duration = Duration::from_secs(60);

/// How many times as long as it took to save a market it runs until it is saved again: of many pools that is work for the network.
const REST: u32 = 20;

/// How a sponsor begins.
pub struct Beginning {
    /// The path of prices.
    pub path: PricePath,
    /// Of a market that goes on: since when it has followed the path, which prices were set, whether the clock stood.
    pub before: Option<Prices>,
    /// Whether the clock jumps to what is waited for.
    pub hurries: bool,
}

/// A thread that publishes until it is dropped.
pub struct Sponsor {
    stop: Arc<AtomicBool>,
    speed: Arc<AtomicU32>,
    saver: Arc<Mutex<Option<Saver>>>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Sponsor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has no receiver any more.
            let _ = thread.join();
        }
    }
}

impl Sponsor {
    /// Publishes the first prices, then goes on in a thread that also handles requests, at first at the speed of real time.
    ///
    /// # Errors
    /// When the path is empty, or the network refuses the first prices.
    pub fn start(url: &str, beginning: Beginning, pace: Pace, calls: Receiver<Call>) -> Result<Self> {
        let Beginning { path, before, hurries } = beginning;
        let chain = Client::new(url, Keypair::new());
        let first = *path.ticks.first().context("the path of prices is empty")?;
        let last = path.ticks.last().map_or(0, |tick| tick.time_seconds);
        let now = chain.clock()?.unix_timestamp;
        let begin = before.as_ref().map_or(now, |before| before.begin);
        let saver = Arc::new(Mutex::new(None));
        let publishers = [feeds::BTC_USD, feeds::ETH_USD].map(|feed| Publisher::new(PythGeneration::Upgraded, feed));
        let speed = Arc::new(AtomicU32::new(1));
        let mut round = Round {
            chain,
            commitments: Commitments::of(url)?,
            pace,
            path,
            begin,
            offset: first.time_seconds,
            ends: begin.saturating_add(last.saturating_sub(first.time_seconds)),
            has_ended: false,
            saver: saver.clone(),
            due: Instant::now(),
            saving: None,
            publishers,
            set: before.as_ref().map_or([None; 2], |before| before.set),
            last: [first.btc, first.eth],
            paused: false,
            hurries,
            speed: speed.clone(),
            owed: 0,
        };
        round.publish()?;
        if before.is_some_and(|before| before.paused) {
            round.handle(Request::Pause)?;
        }
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut last = Instant::now();
            while !stopped.load(Ordering::Relaxed) {
                let rest = INTERVAL.saturating_sub(last.elapsed());
                match calls.recv_timeout(rest) {
                    Ok(call) => {
                        round.answer(call);
                        continue;
                    }
                    Err(RecvTimeoutError::Timeout) => {}
                    Err(RecvTimeoutError::Disconnected) => std::thread::sleep(rest),
                }
                // The network may be stopping; the failure does not matter then.
                let _ = round.go_on(last.elapsed());
                last = Instant::now();
                round.save_in_time();
            }
            round.save(warn);
            round.await_saving();
        });
        Ok(Self { stop, speed, saver, thread: Some(thread) })
    }

    /// Saves the market from now on: once a minute or more seldom where that takes long, when it is asked to, and at the end.
    pub fn save_with(&self, saver: Saver) {
        *self.saver.lock().unwrap_or_else(PoisonError::into_inner) = Some(saver);
    }

    /// Lets this many seconds pass in one from now on.
    pub fn run_at(&self, speed: u32) {
        self.speed.store(speed, Ordering::Relaxed);
    }
}

/// Tells of a market that could not be saved.
fn warn(saved: Result<()>) {
    if let Err(error) = saved {
        output::aside(&format!("warning: the market is not saved: {error:#}"));
    }
}

struct Round {
    chain: Client,
    commitments: Commitments,
    pace: Pace,
    path: PricePath,
    begin: i64,
    offset: i64,
    /// When the path ends, on the chain's clock.
    ends: i64,
    /// Whether that was told.
    has_ended: bool,
    saver: Arc<Mutex<Option<Saver>>>,
    /// When the market is saved next.
    due: Instant,
    /// The thread that saves it, so that prices are published meanwhile; it returns how long that took.
    saving: Option<JoinHandle<Duration>>,
    publishers: [Publisher; 2],
    /// Prices that stay as they were set.
    set: [Option<i64>; 2],
    /// Published last.
    last: [i64; 2],
    paused: bool,
    /// Whether the clock jumps to the second of a price that is waited for.
    hurries: bool,
    speed: Arc<AtomicU32>,
    /// Milliseconds owed to the chain's clock beyond those that it moves by itself.
    owed: u128,
}

impl Round {
    /// Moves the clock by what it owes after so long, and publishes.
    fn go_on(&mut self, passed: Duration) -> Result<()> {
        // All accounts are read for that, so it is left where the clock runs by itself.
        if self.paused || self.hurries {
            // While the network does not answer nothing is known of trades.
            let waiting = self.commitments.waiting().unwrap_or_default();
            if let Some(second) = waiting.next.filter(|_| self.paused || !waiting.is_priced) {
                let now = self.chain.clock()?.unix_timestamp;
                if now < second {
                    self.chain.advance(second.saturating_sub(now))?;
                }
            }
        }
        if !self.paused {
            self.owed += passed.as_millis() * u128::from(self.speed.load(Ordering::Relaxed).saturating_sub(1));
            // A trade that is committed meanwhile waits for its price at the pace of the network, and so does a notice.
            while self.owed >= 1_000 {
                let step = i64::try_from(self.owed / 1_000)?.min(self.room()?);
                if step <= 0 {
                    // What it owes is forgotten: it does not make up for it afterwards.
                    self.owed = 0;
                    break;
                }
                self.chain.advance(step)?;
                self.owed = self.owed.saturating_sub(u128::from(step.unsigned_abs()) * 1_000);
                self.publish()?;
            }
        }
        self.publish()
    }

    /// By how many seconds the clock may move without running past a price that is waited for.
    fn room(&self) -> Result<i64> {
        if self.commitments.is_closing().unwrap_or_default() {
            return Ok(0);
        }
        let waiting = self.commitments.waiting().unwrap_or_default();
        Ok(match waiting.next {
            _ if waiting.is_priced => 0,
            Some(second) => {
                let left = second.saturating_sub(self.chain.clock()?.unix_timestamp);
                left.saturating_sub(APPROACH).min(STEP)
            }
            None => STEP,
        })
    }

    /// The prices that were set, and those of the path at the chain's time; its last ones for ever.
    fn publish(&mut self) -> Result<()> {
        let now = self.chain.clock()?.unix_timestamp;
        let elapsed = now.saturating_sub(self.begin).saturating_add(self.offset);
        let next = self.path.ticks.partition_point(|tick| tick.time_seconds <= elapsed);
        let Tick { btc, eth, .. } = self.path.ticks[next.saturating_sub(1)];
        for (place, price) in [btc, eth].into_iter().enumerate() {
            let price = self.set[place].unwrap_or(price);
            self.publishers[place].publish(&self.chain, price, now)?;
            self.last[place] = price;
        }
        if now > self.ends && !self.has_ended {
            self.has_ended = true;
            output::aside(&format!(
                "warning: the path of prices has ended at {}: from then on prices stay where they are; \
                 `evergreen localnet price set` moves them",
                date(self.ends)
            ));
        }
        Ok(())
    }

    /// Begins to save the market, if it is set up, after what is being saved already; `tell` is told what came of it.
    fn save(&mut self, tell: impl FnOnce(Result<()>) + Send + 'static) {
        let Some(saver) = self.saver() else { return tell(Ok(())) };
        let prices = match self.rest() {
            Ok(prices) => prices,
            Err(error) => return tell(Err(error)),
        };
        let (before, url) = (self.saving.take(), self.chain.rpc().url());
        self.saving = Some(std::thread::spawn(move || {
            // It has told what came of it.
            let _ = before.map(JoinHandle::join);
            let start = Instant::now();
            tell(saver.save(&Client::new(&url, Keypair::new()), prices));
            start.elapsed()
        }));
    }

    /// Where the market is saved, once it is set up.
    fn saver(&self) -> Option<Saver> {
        self.saver.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Waits until nothing is being saved; returns how long that took.
    fn await_saving(&mut self) -> Duration {
        self.saving.take().and_then(|saving| saving.join().ok()).unwrap_or_default()
    }

    /// Saves the market once a minute, or more seldom where that takes long; a failure is told.
    fn save_in_time(&mut self) {
        match &self.saving {
            Some(saving) if saving.is_finished() => {
                let took = self.await_saving();
                self.due = self.due.max(Instant::now() + took * REST);
            }
            Some(_) => {}
            None if Instant::now() >= self.due && self.saver().is_some() => {
                self.due = Instant::now() + SAVING;
                self.save(warn);
            }
            None => {}
        }
    }

    /// The prices from now on.
    fn rest(&self) -> Result<Prices> {
        let now = self.chain.clock()?.unix_timestamp;
        let elapsed = now.saturating_sub(self.begin).saturating_add(self.offset);
        let next = self.path.ticks.partition_point(|tick| tick.time_seconds <= elapsed);
        // What is over is not needed any more.
        let rest = PricePath { ticks: self.path.ticks[next.saturating_sub(1)..].to_vec() };
        let passed = rest.ticks.first().map_or(0, |tick| tick.time_seconds.saturating_sub(self.offset));
        let begin = self.begin.saturating_add(passed);
        Ok(Prices { begin, path: rest.to_csv(), set: self.set, paused: self.paused })
    }

    /// Does what a call asks for and answers it; what is saved is answered when it is written.
    fn answer(&mut self, call: Call) {
        let done = self.handle(call.request);
        match done {
            Ok(state) if call.request == Request::Save => self.save(move |saved| call.answer(saved.map(|()| state))),
            done => call.answer(done),
        }
    }

    /// Handles a request, publishes prices as of then, and returns clock and prices.
    fn handle(&mut self, request: Request) -> Result<State> {
        match request {
            Request::Show | Request::Save => {}
            Request::Pause => {
                self.pace.pause()?;
                self.paused = true;
                // Orders are done one after the other: when the clock has moved, it stands. On a full second, so that the
                // moments that transactions take do not add up to one soon.
                self.chain.advance(1)?;
            }
            Request::Resume => {
                self.pace.resume()?;
                self.owed = 0;
                self.paused = false;
            }
            Request::Advance(seconds) => {
                self.chain.advance(seconds.into())?;
                // Withdrawals are executed soon after a full minute, to which a clock that stands would not come.
                if let Some(second) = self.commitments.next_minute()? {
                    let now = self.chain.clock()?.unix_timestamp;
                    self.chain.advance(second.saturating_sub(now))?;
                }
            }
            Request::Set(asset, price) => self.replace(asset, Some(price)),
            Request::Follow(Some(asset)) => self.replace(asset, None),
            Request::Follow(None) => Asset::ALL.into_iter().for_each(|asset| self.replace(asset, None)),
        }
        self.publish()?;
        let prices = Asset::ALL.into_iter().enumerate().map(|(place, asset)| Published {
            underlying: asset.name().into(),
            dollars: (Decimal::from(self.last[place]) / Decimal::from(DOLLAR)).normalize().to_string(),
            set: self.set[place].is_some(),
        });
        Ok(State {
            unix_timestamp: self.chain.clock()?.unix_timestamp,
            paused: self.paused,
            speed: self.speed.load(Ordering::Relaxed),
            hurries: self.hurries,
            path_ends: self.ends,
            prices: prices.collect(),
        })
    }

    /// A price that is set takes its EMA price along: a price far from its EMA price would be too uncertain to trade
    /// and liquidate on.
    fn replace(&mut self, asset: Asset, price: Option<i64>) {
        let place = asset as usize;
        if self.set[place] != price {
            self.publishers[place].forget();
        }
        self.set[place] = price;
    }
}
