//! The keeper's own SOL, and what its work brings.

use super::{Keeper, RunState};
use crate::task::Job;
use evergreen_sdk::convert::SOL;
use solana_signer::Signer;
use std::time::{Duration, Instant};

/// Balance, lamports, with which nothing can be sent: the least that an account may hold, and fees of a few transactions.
const LEAST: u64 = 890_880 + 100_000;
/// How often it is looked for SOL while there is too little.
const LOOKING: Duration = Duration::from_secs(5);
/// How often it is warned that SOL runs out.
const WARNING: Duration = Duration::from_secs(3_600);
/// How often it is told what each job has gained.
const TELLING: Duration = Duration::from_secs(3_600);

/// A key that had too little SOL for something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Broke {
    /// When it was last seen that there is too little for anything; `None` before that.
    looked: Option<Instant>,
}

/// Lamports in SOL, for people.
fn sol(lamports: u64) -> String {
    format!("{}.{:09} SOL", lamports / SOL, lamports % SOL)
}

impl Keeper {
    /// Measures the balance of the keeper's key, and warns where it runs out.
    pub(super) async fn look_at_balance(&self, run: &mut RunState) -> Option<u64> {
        let key = self.key.pubkey();
        let lamports = self.client.rpc().get_balance(&key).await.ok()?;
        let low = self.config.low_lamports;
        self.metrics.set_lamports(lamports, low);
        if lamports < low && run.warned.is_none_or(|at| at.elapsed() >= WARNING) {
            run.warned = Some(Instant::now());
            tracing::warn!(lamports, low, "SOL runs out: {key} has {}, send SOL to it", sol(lamports));
        }
        Some(lamports)
    }

    /// Notes that something could not be sent for want of SOL; the next tick looks whether there is enough for anything.
    pub(super) fn lacks_sol(&self, run: &mut RunState, why: &str) {
        tracing::warn!(%why, "the keeper's key has too little SOL for this");
        run.broke.get_or_insert(Broke { looked: None });
    }

    /// Whether nothing can be sent for want of SOL: there is too little for a fee, and not only for the rent of one piece of work. It is looked every
    /// five seconds whether there is more.
    pub(super) async fn is_broke(&self, run: &mut RunState) -> bool {
        let Some(Broke { looked }) = run.broke else { return false };
        if looked.is_some_and(|at| at.elapsed() < LOOKING) {
            return true;
        }
        let Some(has) = self.look_at_balance(run).await else { return true };
        let was_told = looked.is_some();
        let is_broke = has < LEAST;
        self.metrics.set_broke(is_broke);
        run.broke = is_broke.then(|| Broke { looked: Some(Instant::now()) });
        match (was_told, is_broke) {
            (false, true) => {
                let key = self.key.pubkey();
                tracing::error!(lamports = has, "nothing is sent until there is more SOL: send SOL to {key}");
            }
            (true, false) => {
                tracing::info!("there is SOL again: {}", sol(has));
                run.warned = None;
            }
            _ => {}
        }
        is_broke
    }

    /// Tells once an hour what each job has cost and gained since the start.
    pub(super) fn tell_gains(&self, run: &mut RunState) {
        if run.told.elapsed() < TELLING {
            return;
        }
        run.told = Instant::now();
        for job in Job::ALL.iter().copied() {
            let (landed, fees) = (self.metrics.landed(job), self.metrics.fees(job));
            if landed > 0 || fees > 0 {
                let profit = format!("{:.4}", self.metrics.profit(job));
                tracing::info!(%job, landed, fees, profit, "since the start");
            }
        }
    }
}
