//! Configuration of a keeper.

use crate::{post::Posting, task::Job};
use evergreen_sdk::{anchor_lang::prelude::Pubkey, client::SendOptions, price::PriceProvider};
use std::{collections::BTreeSet, sync::Arc, time::Duration};

/// Configuration of a keeper: what it does, how often, and how it sends.
#[derive(Clone)]
pub struct Config {
    /// URL of the websocket.
    pub ws_url: String,
    /// The pools to serve; an empty list stands for the protocol's, and those of [`Self::verified`].
    pub pools: Vec<Pubkey>,
    /// Pools of strangers that somebody vouches for.
    pub verified: Vec<Pubkey>,
    /// Whether to serve all pools of strangers, too. Anybody creates as many as he likes, and each costs the keeper an account and fees.
    pub strangers: bool,
    /// The kinds of work to do.
    pub jobs: BTreeSet<Job>,
    /// Where prices are read.
    pub source: Arc<dyn PriceProvider>,
    /// Longest time between two rounds; a change of an account brings the next round forward.
    pub interval: Duration,
    /// Shortest time between two rounds.
    pub pause: Duration,
    /// Time after which all accounts are read again while subscriptions stand.
    pub rescan: Duration,
    /// Time after which all accounts are read again while the websocket is away.
    pub fallback: Duration,
    /// Largest number of tasks under way at a time, apart from posting prices; of those for which nobody waits ([`Job::is_urgent`]) half of it.
    pub parallel: usize,
    /// Whether tasks are only simulated and logged, and nothing is sent.
    pub dry_run: bool,
    /// Number of the keeper's own margin account in every pool, which rewards are paid to.
    pub sub_account: u16,
    /// Options for sending transactions.
    pub send: SendOptions,
    /// Longest wait for tasks under way when the keeper is stopped.
    pub drain: Duration,
    /// Thresholds from which on housekeeping is done.
    pub thresholds: Thresholds,
    /// How the keeper posts prices that nobody else keeps fresh; `None` leaves that to others.
    pub posting: Option<Posting>,
}

/// Thresholds from which on housekeeping is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Thresholds {
    /// Seconds without accrual of a series' funding after which its pool is refreshed. Beyond the pool's `funding_full_gap` (two and a
    /// half hours) points of funding would be lost.
    pub refresh_after: i64,
    /// Number of taken slots of a registry, of 64, from which on series without open interest are retired.
    pub retire_from: usize,
    /// Seconds since the last accrual of funding after which a series without open interest is retired.
    pub retire_after: i64,
    /// Income of insurance, in native units, from which on it is moved to its vault; zero counts as one.
    pub sweep_from: u64,
    /// Seconds without a sample after which an underlying is reported as silent; the program takes no report before a day.
    pub report_silence_after: i64,
    /// How long the keeper has to have found that itself before it reports it. Meanwhile whoever can samples, for instance after all keepers were away for
    /// a day; a keeper that does all there is once and ends reports nothing.
    pub report_silence_delay: Duration,
    /// Smallest tip, in native units, for which an order is committed or closed; with zero, orders without a tip are too. Commitments
    /// are filled whatever they pay.
    pub min_tip: u64,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            refresh_after: 1_800,
            retire_from: 48,
            retire_after: 3_600,
            sweep_from: 1_000_000,
            report_silence_after: 86_400,
            report_silence_delay: Duration::from_secs(600),
            min_tip: 0,
        }
    }
}

impl Config {
    /// Returns a configuration of all jobs in all pools of the protocol, with a round at least every second and 32 tasks at a time.
    pub fn new(ws_url: impl Into<String>, source: Arc<dyn PriceProvider>) -> Self {
        Self {
            ws_url: ws_url.into(),
            pools: Vec::new(),
            verified: Vec::new(),
            strangers: false,
            jobs: Job::ALL.iter().copied().collect(),
            source,
            interval: Duration::from_secs(1),
            pause: Duration::from_millis(100),
            rescan: Duration::from_secs(60),
            fallback: Duration::from_secs(2),
            parallel: 32,
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
