//! What a keeper says when it starts and ends.

use crate::output::details;
use evergreen_keeper::KeeperSummary;
use serde::Serialize;
use std::collections::BTreeMap;

/// A keeper that runs.
#[derive(Serialize)]
pub struct Started {
    /// The key that pays fees and owns the rewards.
    pub keeper: String,
    /// Its nodes, the preferred one first.
    pub url: String,
    /// Their websockets.
    pub websocket: String,
    /// URL of its numbers.
    pub metrics: String,
    /// URL that tells whether it works.
    pub health: String,
    /// Folder of its journal.
    pub state: String,
}

impl Started {
    /// The text for people.
    pub fn text(&self) -> String {
        details(&[
            ("keeper", self.keeper.clone()),
            ("network", self.url.clone()),
            ("websocket", self.websocket.clone()),
            ("metrics", self.metrics.clone()),
            ("health", self.health.clone()),
            ("journal", self.state.clone()),
        ])
    }
}

/// What a keeper has done.
#[derive(Serialize)]
pub struct Ended {
    done: BTreeMap<&'static str, u64>,
    /// Tasks that somebody else has done first.
    elsewhere: u64,
    refused: u64,
    failed: u64,
    unanswered: u64,
    /// Fees paid, lamports.
    fees: u64,
}

impl Ended {
    /// The report of a keeper's own count.
    pub fn of(summary: &KeeperSummary) -> Self {
        let done = summary.done.iter().map(|(job, times)| (job.name(), *times)).collect();
        let KeeperSummary { elsewhere, refused, failed, unanswered, fees, .. } = *summary;
        Self { done, elsewhere, refused, failed, unanswered, fees }
    }

    /// The text for people.
    pub fn text(&self, dry_run: bool) -> String {
        let done: Vec<String> = self.done.iter().map(|(job, times)| format!("{job} {times}")).collect();
        let done = if done.is_empty() { "nothing".into() } else { done.join(", ") };
        let verb = if dry_run { "would be done" } else { "done" };
        let Self { elsewhere, refused, failed, unanswered, fees, .. } = self;
        format!(
            "{verb}: {done}; done by others {elsewhere}, refused {refused}, failed {failed}, network unanswering {unanswered} times, fees {fees} lamports"
        )
    }
}
