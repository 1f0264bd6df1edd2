//! What a keeper is told.

use crate::{post::Posting, task::Job};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, client::SendOptions, price::PriceProvider};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// What to do, how often, and how to send it.
#[derive(Clone)]
pub struct Config {
    /// URL of the websocket.
    pub ws_url: String,
    /// Collateral mints of the pools to serve; none for all.
    pub mints: Vec<Pubkey>,
    /// The kinds of work to do.
    pub jobs: BTreeSet<Job>,
    /// Where prices are read.
    pub source: Arc<dyn PriceProvider>,
    /// Longest time between two looks at the snapshot; news of an account bring the next one forward.
    pub interval: Duration,
    /// Shortest time between two looks.
    pub pause: Duration,
    /// Everything is read again so often, whatever the subscriptions say.
    pub rescan: Duration,
    /// Everything is read again so often while the websocket is away.
    pub fallback: Duration,
    /// Most transactions under way at a time.
    pub parallel: usize,
    /// Simulate and tell, but send nothing.
    pub dry_run: bool,
    /// Number of the keeper's own margin account in every pool, which rewards are paid to.
    pub sub_account: u16,
    /// How to send.
    pub send: SendOptions,
    /// How long a transaction under way is waited for when the keeper is stopped.
    pub drain: Duration,
    /// When the housekeeping is worth it.
    pub thresholds: Thresholds,
    /// How prices are posted that nobody else keeps fresh; `None` to leave that to others.
    pub posting: Option<Posting>,
}

/// From when on housekeeping is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// A registry whose funding was not accrued for so many seconds is refreshed. Beyond a pool's `funding_full_gap` (an hour) a
    /// part of the funding would be lost.
    pub refresh_after: i64,
    /// Series without open interest are retired once so many of a registry's 64 slots are taken.
    pub retire_from: usize,
    /// ... if nothing has touched them for so many seconds.
    pub retire_after: i64,
    /// Income of insurance is moved to its vault from so many native units on.
    pub sweep_from: u64,
    /// Orders that pay the keeper less are left to others, native units: with nought also those that pay nothing.
    pub min_tip: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self { refresh_after: 1_800, retire_from: 48, retire_after: 3_600, sweep_from: 1_000_000, min_tip: 0 }
    }
}

impl Config {
    /// All jobs in all pools: a look every second, eight transactions at a time.
    pub fn new(ws_url: impl Into<String>, source: Arc<dyn PriceProvider>) -> Self {
        Self {
            ws_url: ws_url.into(),
            mints: Vec::new(),
            jobs: Job::ALL.iter().copied().collect(),
            source,
            interval: Duration::from_secs(1),
            pause: Duration::from_millis(100),
            rescan: Duration::from_secs(60),
            fallback: Duration::from_secs(2),
            parallel: 8,
            dry_run: false,
            sub_account: 0,
            send: SendOptions {
                resend: Duration::from_secs(1),
                poll: Duration::from_millis(250),
                ..SendOptions::default()
            },
            drain: Duration::from_secs(30),
            thresholds: Thresholds::default(),
            posting: None,
        }
    }
}
