//! The keeper's own SOL, and what its work brings.

use super::{Keeper, RunState};
use crate::task::Job;
use solana_signer::Signer;
use std::time::{Duration, Instant};

/// How often it is looked for SOL while there is too little.
const LOOKING: Duration = Duration::from_secs(5);
/// How often it is warned that SOL runs out.
const WARNING: Duration = Duration::from_secs(3_600);
/// How often it is told what each job has gained.
const TELLING: Duration = Duration::from_secs(3_600);

/// Lamports in SOL, for people.
fn sol(lamports: u64) -> String {
    format!("{}.{:09} SOL", lamports / 1_000_000_000, lamports % 1_000_000_000)
}

impl Keeper {
    /// Measures the balance of the keeper's key, and warns where it runs out.
    pub(super) async fn look_at_balance(&self, shift: &mut RunState) -> Option<u64> {
        let key = self.key.pubkey();
        let lamports = self.client.rpc().get_balance(&key).await.ok()?;
        let low = self.config.low_lamports;
        self.metrics.set_lamports(lamports, low);
        if lamports < low && shift.warned.is_none_or(|at| at.elapsed() >= WARNING) {
            shift.warned = Some(Instant::now());
            tracing::warn!(lamports, low, "SOL runs out: {key} has {}, send SOL to it", sol(lamports));
        }
        Some(lamports)
    }

    /// Notes that something could not be sent for want of SOL: nothing is begun until there is more.
    pub(super) fn lacks_sol(&self, shift: &mut RunState, why: &str) {
        if shift.broke.is_none() {
            let key = self.key.pubkey();
            tracing::error!(%why, "nothing is sent until there is more SOL: send SOL to {key}");
            self.metrics.set_broke(true);
            // What it has is not known yet; it is looked at in the next round.
            shift.broke = Some((u64::MAX, Instant::now()));
        }
    }

    /// Whether nothing can be sent for want of SOL. It is looked every five seconds whether there is more than there was.
    pub(super) async fn is_broke(&self, shift: &mut RunState) -> bool {
        let Some((had, at)) = shift.broke else { return false };
        if had != u64::MAX && at.elapsed() < LOOKING {
            return true;
        }
        let Some(has) = self.look_at_balance(shift).await else { return true };
        if had == u64::MAX || has <= had {
            shift.broke = Some((has, Instant::now()));
            return true;
        }
        tracing::info!("there is SOL again: {}", sol(has));
        self.metrics.set_broke(false);
        (shift.broke, shift.warned) = (None, None);
        false
    }

    /// Tells once an hour what each job has cost and gained since the start.
    pub(super) fn tell_gains(&self, shift: &mut RunState) {
        if shift.told.elapsed() < TELLING {
            return;
        }
        shift.told = Instant::now();
        for job in Job::ALL.iter().copied() {
            let (landed, fees) = (self.metrics.landed(job), self.metrics.fees(job));
            if landed > 0 || fees > 0 {
                let profit = format!("{:.4}", self.metrics.profit(job));
                tracing::info!(%job, landed, fees, profit, "since the start");
            }
        }
    }
}
