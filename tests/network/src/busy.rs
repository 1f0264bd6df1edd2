//! A market with a crowd, and a keeper that sees the network through a relay that fails.

use crate::{Crowd, Faulty, Market, Proxy, TOKEN, Undone, look};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Client, Transaction},
    events::{self, Event},
};
use evergreen_test_support::random::mixed;
use std::{
    collections::{HashMap, HashSet},
    fmt::Debug,
    hash::Hash,
    time::{Duration, Instant},
};
use tokio::runtime::Runtime;

/// A market with a crowd, whose network a keeper sees through a relay that fails.
pub struct Busy {
    /// Runtime of everything asynchronous.
    pub runtime: Runtime,
    /// The market.
    pub market: Market,
    /// The people in it.
    pub crowd: Crowd,
    /// JSON-RPC as the keeper sees it.
    pub faulty: Faulty,
    /// The websocket as the keeper sees it.
    pub socket: Proxy,
}

impl Busy {
    /// Starts a market in which somebody has requested `withdrawals` withdrawals, five minutes apart. The cooldown of the first one
    /// is over, the others follow. One answer in `one_in` of the keeper's JSON-RPC fails, none with 0.
    ///
    /// # Panics
    /// If the market cannot be set up.
    pub fn start(one_in: u64, withdrawals: usize) -> Self {
        let runtime = Runtime::new().expect("a runtime");
        let market = Market::start();
        let mut crowd = Crowd::of(&market, 4);
        runtime.block_on(async {
            crowd.provide(&market, 0, 100).await;
            for _ in 0..withdrawals {
                assert!(crowd.leave(&market, 0, TOKEN).await, "a withdrawal");
                market.advance(300);
            }
        });
        market.advance(86_400 - 300 * withdrawals as i64);
        let (faulty, socket) = runtime.block_on(async {
            (Faulty::before(&market.network.rpc_url(), one_in).await, Proxy::to(&market.network.ws_url()).await)
        });
        Self { runtime, market, crowd, faulty, socket }
    }

    /// Returns the URL of the websocket as the keeper sees it.
    pub fn ws_url(&self) -> String {
        format!("ws://127.0.0.1:{}", self.socket.port)
    }

    /// Advances the clock by a minute, moves the price of BTC to that of `tick`, and lets people act `acts` times.
    pub fn minute(&mut self, tick: u64, acts: usize) {
        self.market.advance(60);
        self.market.bitcoin(price_at(tick));
        for _ in 0..acts {
            self.runtime.block_on(self.crowd.act(&self.market));
        }
    }

    /// Waits until the keeper has left nothing undone, for `most` at most, and returns what is undone then.
    pub fn wait_until_clean(&self, most: Duration) -> Vec<Undone> {
        let start = Instant::now();
        loop {
            let (_, undone) = self.runtime.block_on(look(&self.market));
            if undone.is_empty() || start.elapsed() > most {
                return undone;
            }
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// Returns the keeper's transactions that have landed: those that succeeded and emitted events, and how many failed.
    ///
    /// # Panics
    /// If the network does not answer.
    pub fn record(&self, keeper: &Pubkey) -> (Vec<Transaction>, usize) {
        self.runtime.block_on(async {
            let client = Client::new(&self.market.network.rpc_url());
            let all = client.rpc().get_signatures_for_address(keeper).await.expect("its transactions");
            let failed = all.iter().filter(|entry| entry.err.is_some()).count();
            let mut ran = Vec::new();
            for entry in all.iter().filter(|entry| entry.err.is_none()) {
                let signature = entry.signature.parse().expect("a signature");
                let record = client.record(&signature).await.expect("a record");
                let events = events::from_logs(&record.logs);
                if events.is_empty() {
                    // This is the transfer of the SOL with which the keeper pays fees.
                    continue;
                }
                ran.push(Transaction { signature, slot: record.slot, block_time: None, events, truncated: false });
            }
            (ran, failed)
        })
    }
}

/// Returns the price of BTC at a tick, dollars: it rises by an eighth, then falls to a sixth below its start, with noise of up to
/// 300 dollars. The caps of options with a tenor of one day are a tenth away.
fn price_at(tick: u64) -> i64 {
    let trend = match tick {
        0..10 => 0,
        10..20 => 1_250 * (tick as i64 - 9),
        20..30 => 12_500,
        30..45 => 12_500 - 1_900 * (tick as i64 - 29),
        _ => -16_000,
    };
    100_000 + trend + (mixed(1_000 + tick) % 601) as i64 - 300
}

/// Counts how often each thing occurs.
fn counted<T: Eq + Hash + Debug>(things: impl Iterator<Item = T>) -> HashMap<T, u32> {
    let mut counts = HashMap::new();
    for thing in things {
        *counts.entry(thing).or_default() += 1;
    }
    counts
}

/// Asserts that nothing which can be done once was done more often in transactions that succeeded.
///
/// # Panics
/// If an order was executed or cancelled, a series exercised or a position settled more than once.
pub fn assert_nothing_done_twice(ran: &[Transaction]) {
    let all = || ran.iter().flat_map(|transaction| &transaction.events);
    let orders = all().filter_map(|event| match event {
        Event::OrderExecuted(e) => Some(e.order),
        Event::OrderCancelled(e) => Some(e.order),
        _ => None,
    });
    let exercised = all().filter_map(|event| match event {
        Event::SeriesExercised(e) => Some((e.series.slot, e.series.generation)),
        _ => None,
    });
    let settled = all().filter_map(|event| match event {
        Event::PositionSettled(e) => Some((e.account, e.series.slot, e.series.generation)),
        _ => None,
    });
    for (what, most) in [
        ("orders", counted(orders).values().copied().max()),
        ("exercises", counted(exercised).values().copied().max()),
        ("settlements", counted(settled).values().copied().max()),
    ] {
        assert!(most.unwrap_or(0) <= 1, "{what} were done {most:?} times");
    }
}

/// Returns how many tasks of a keeper these transactions have done: those about several accounts, liquidated or settled together, are one for each account.
pub fn tasks_done(ran: &[Transaction]) -> u64 {
    let accounts = |transaction: &Transaction| {
        let of = transaction.events.iter().filter_map(|event| match event {
            Event::Liquidated(e) => Some(e.account),
            Event::PositionSettled(e) => Some(e.account),
            Event::BadDebtAbsorbed(e) => Some(e.account),
            _ => None,
        });
        of.collect::<HashSet<Pubkey>>().len()
    };
    ran.iter().map(|transaction| accounts(transaction).max(1) as u64).sum()
}

/// Counts the events of the transactions that `is` accepts.
pub fn how_many(ran: &[Transaction], is: impl Fn(&Event) -> bool) -> usize {
    ran.iter().flat_map(|transaction| &transaction.events).filter(|event| is(event)).count()
}
