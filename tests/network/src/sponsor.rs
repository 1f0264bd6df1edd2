//! A thread that publishes both prices again and again, as sponsors of push feeds do.
//!
//! The clock of the network stands still between transactions. A committed trade is filled at a price of a later second, so the
//! sponsor moves the clock on to that second while a trade waits for it.

use evergreen_localnet::{Client as Localnet, DOLLAR, Price, PythGeneration, feeds};
use evergreen_sdk::{accounts, address, presets};
use solana_keypair::Keypair;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// A thread that publishes prices until it is dropped.
pub struct Sponsor {
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    dollars: Mutex<[i64; 2]>,
    keeps: AtomicBool,
    stop: AtomicBool,
}

impl Drop for Sponsor {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Sponsor {
    /// Starts to publish on the network at a URL.
    pub fn start(url: String) -> Self {
        let shared = Arc::new(Shared {
            dollars: Mutex::new([100_000, 4_000]),
            keeps: AtomicBool::new(true),
            stop: AtomicBool::new(false),
        });
        let publishing = shared.clone();
        let thread = std::thread::spawn(move || {
            let chain = Localnet::new(&url, Keypair::new());
            let mut last = [0; 2];
            while !publishing.stop.load(Ordering::Relaxed) {
                // The network may be stopping; then the loop ends at its next round.
                let _ = publishing.publish(&chain, &mut last);
                std::thread::sleep(Duration::from_millis(50));
            }
        });
        Self { shared, thread: Some(thread) }
    }

    /// Sets whether first prices are kept for those who fill commitments.
    pub fn keep(&self, keeps: bool) {
        self.shared.keeps.store(keeps, Ordering::Relaxed);
    }

    /// Sets the price of BTC.
    pub fn bitcoin(&self, dollars: i64) {
        self.shared.dollars.lock().expect("prices")[0] = dollars;
    }
}

impl Shared {
    /// Publishes both prices once; `last` are the seconds at which they were published before.
    fn publish(&self, chain: &Localnet, last: &mut [i64; 2]) -> evergreen_localnet::Result<()> {
        let mut time = chain.clock()?.unix_timestamp;
        if let Some(wanted) = awaited(chain, time) {
            time = chain.time_travel_to(wanted)?.unix_timestamp;
        }
        let dollars = *self.dollars.lock().expect("prices");
        for ((feed, dollars), last) in [feeds::BTC_USD, feeds::ETH_USD].into_iter().zip(dollars).zip(last) {
            // The EMA price is at once at the new level.
            let price = Price::new(feed, dollars * DOLLAR, time);
            if time > *last && self.keeps.load(Ordering::Relaxed) {
                let prev_publish_time = if *last == 0 { time - 1 } else { *last };
                *last = time;
                chain.publish(PythGeneration::Upgraded, &Price { prev_publish_time, ..price })?;
            } else {
                chain.set_price(PythGeneration::Upgraded, &Price { prev_publish_time: time, ..price })?;
            }
        }
        Ok(())
    }
}

/// The second whose price fills the newest commitment or executes the newest deposit, if the clock has not reached it.
fn awaited(chain: &Localnet, now: i64) -> Option<i64> {
    let all = chain.rpc().get_program_accounts(&address::PROGRAM).ok()?;
    let margin = all.iter().filter_map(|(_, account)| accounts::margin_account(&account.data).ok());
    let committed =
        margin.filter(|account| account.commitment.is_open()).map(|account| account.commitment.committed_at);
    let requests = all.iter().filter_map(|(_, account)| accounts::request(&account.data).ok());
    let deposits = requests.filter(|request| request.deposit > 0).map(|request| request.requested_at);
    let wanted = committed.chain(deposits).max()? + i64::from(presets::pool_params().fill_delay) + 1;
    (wanted > now).then_some(wanted)
}
