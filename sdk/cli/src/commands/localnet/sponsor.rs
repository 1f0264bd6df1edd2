//! Keeps prices fresh along a path, as a sponsor of push feeds does, and the clock at its speed.

use anyhow::{Context, Result};
use evergreen_localnet::{Client, Generation, PricePath, Publisher, Tick, feeds};
use solana_keypair::Keypair;
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::{Duration, Instant},
};

/// How often prices are published.
pub const INTERVAL: Duration = Duration::from_millis(500);

/// A thread that publishes until it is dropped.
pub struct Sponsor {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Drop for Sponsor {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            // Nobody is left to hear of a thread that panicked.
            let _ = thread.join();
        }
    }
}

impl Sponsor {
    /// Publishes the first prices and goes on by itself.
    ///
    /// # Errors
    /// When the path is empty, or the network refuses the first prices.
    pub fn start(url: String, path: PricePath, speed: u32) -> Result<Self> {
        let chain = Client::new(&url, Keypair::new());
        let first = *path.ticks.first().context("the path of prices is empty")?;
        let begin = chain.clock()?.unix_timestamp;
        let publishers = [feeds::BTC_USD, feeds::ETH_USD].map(|feed| Publisher::new(Generation::Upgraded, feed));
        let mut round = Round { chain, path, begin, offset: first.time_seconds, publishers };
        round.publish()?;
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = stop.clone();
        let thread = std::thread::spawn(move || {
            let mut last = Instant::now();
            // Seconds owed to the chain's clock beyond those that it moves by itself.
            let mut owed = 0;
            while !stopped.load(Ordering::Relaxed) {
                std::thread::sleep(INTERVAL);
                let passed = last.elapsed();
                last = Instant::now();
                owed += passed.as_millis() * u128::from(speed - 1);
                // The network may be stopping: then nothing of this matters.
                if owed >= 1_000 && round.chain.advance(i64::try_from(owed / 1_000).unwrap_or(i64::MAX)).is_ok() {
                    owed %= 1_000;
                }
                let _ = round.publish();
            }
        });
        Ok(Self { stop, thread: Some(thread) })
    }
}

struct Round {
    chain: Client,
    path: PricePath,
    begin: i64,
    offset: i64,
    publishers: [Publisher; 2],
}

impl Round {
    /// The prices of the path at the chain's time; the last ones for ever.
    fn publish(&mut self) -> Result<()> {
        let now = self.chain.clock()?.unix_timestamp;
        let elapsed = now.saturating_sub(self.begin).saturating_add(self.offset);
        let next = self.path.ticks.partition_point(|tick| tick.time_seconds <= elapsed);
        let Tick { btc, eth, .. } = self.path.ticks[next.saturating_sub(1)];
        for (publisher, price) in self.publishers.iter_mut().zip([btc, eth]) {
            publisher.publish(&self.chain, price, now)?;
        }
        Ok(())
    }
}
