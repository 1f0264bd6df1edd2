//! What a keeper of many pools needs, and what one of more would by it.

use crate::process::{Process, log_of};
use evergreen_test_network::Asked;
use serde_json::Value;
use std::{collections::BTreeMap, path::Path, time::Duration};
use tokio::runtime::Runtime;

/// What a process has used so far.
pub struct Used {
    /// Time of processors.
    pub busy: Duration,
    /// Largest memory, MiB.
    pub memory: u64,
}

impl Used {
    pub fn by(process: u32) -> Self {
        let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).expect("its times");
        // The name in parentheses may have blanks; 100 ticks are a second on every Linux.
        let fields: Vec<u64> =
            stat.rsplit(')').next().expect("fields").split_whitespace().map(|f| f.parse().unwrap_or(0)).collect();
        let status = std::fs::read_to_string(format!("/proc/{process}/status")).expect("its memory");
        let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).expect("a peak");
        let kilobytes: u64 = peak.trim().trim_end_matches(" kB").parse().expect("a number");
        Self { busy: Duration::from_millis((fields[11] + fields[12]) * 10), memory: kilobytes / 1_024 }
    }
}

/// The sum of all values of a metric.
pub fn metric(runtime: &Runtime, keeper: &Process, name: &str) -> f64 {
    let url = keeper.started["metrics"].as_str().expect("a URL");
    let text = runtime.block_on(async { reqwest::get(url).await.expect("an answer").text().await.expect("text") });
    let lines = text.lines().filter_map(|line| line.strip_prefix(&format!("evergreen_keeper_{name}")));
    let values = lines
        .filter(|rest| rest.starts_with(['{', ' ']))
        .filter_map(|rest| rest.rsplit(' ').next()?.parse::<f64>().ok());
    values.sum()
}

/// Requests by method a minute, for people.
pub fn shown(asked: &BTreeMap<String, Asked>, over: Duration) -> String {
    let minutes = over.as_secs_f64() / 60.0;
    let lines = asked.iter().map(|(method, asked)| {
        let (requests, mib) = (asked.requests as f64 / minutes, asked.bytes as f64 / minutes / 1_048_576.0);
        format!("  {method:<32} {requests:>8.1} a minute {mib:>9.3} MiB a minute")
    });
    lines.collect::<Vec<_>>().join("\n")
}

/// Seconds that the liquidations in the log took, from when the account was found.
pub fn liquidations(home: &Path) -> Vec<f64> {
    let log = log_of(home);
    let lines = log.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let done = lines.filter(|line| line["message"] == "done" && line["job"] == "liquidate");
    done.filter_map(|line| line["seconds"].as_f64()).collect()
}

/// The middle one of these seconds, the one below which 99 of 100 are, and the largest.
pub fn spread(seconds: &mut [f64]) -> String {
    seconds.sort_by(f64::total_cmp);
    let at = |percent: usize| seconds.get((seconds.len() * percent / 100).min(seconds.len().saturating_sub(1)));
    let told = |percent| at(percent).copied().unwrap_or_default();
    format!("{:.1} s in the middle, {:.1} s for 99 of 100, {:.1} s at most", told(50), told(99), told(100))
}

/// What a keeper has needed for so many pools.
pub struct Measured {
    pub pools: usize,
    pub accounts: usize,
    /// Memory of a keeper of one pool, MiB.
    pub base: u64,
    /// Memory of all of them, MiB.
    pub memory: u64,
    /// Bytes of the accounts that it reads when it starts.
    pub scan: u64,
    /// Until it knew them.
    pub known_after: Duration,
    /// Requests a minute without work.
    pub requests: f64,
    /// Seconds of a tick.
    pub tick: f64,
}

impl Measured {
    /// What so many pools with as many accounts each would need, if all of it grows as the pools do; the memory beyond that of one pool, and no requests without work: these are of the clock.
    pub fn in_proportion(&self, pools: usize) -> String {
        let times = pools as f64 / self.pools as f64;
        let memory = self.base as f64 + self.memory.saturating_sub(self.base) as f64 * times;
        format!(
            "{pools} pools with {:.0} accounts, in proportion: {memory:.0} MiB of memory, a scan of {:.1} MiB that takes {:.1} s, ticks of {:.0} ms, {:.0} requests a minute without work",
            self.accounts as f64 * times,
            self.scan as f64 / 1_048_576.0 * times,
            self.known_after.as_secs_f64() * times,
            self.tick * 1_000.0 * times,
            self.requests
        )
    }
}
