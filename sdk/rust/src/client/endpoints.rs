//! The nodes that a client asks, their health, and which is asked next.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{sync::Notify, time::Instant};

/// How long one answer may take. A socket that falls silent without closing is left after that.
const SILENCE: Duration = Duration::from_secs(20);
/// The same where other nodes can be asked, or the caller has to react soon.
const SHORT_SILENCE: Duration = Duration::from_secs(4);
/// How long a node that refuses is left alone after its first failure; it doubles with every further one in a row.
const FIRST_REST: Duration = Duration::from_secs(1);
/// The same of a node that says nothing, which costs more to find out.
const SILENT_REST: Duration = Duration::from_secs(15);
/// Longest time for which a node is left alone.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// Nodes of one network, the preferred one first. Clones share what is known of them.
///
/// A request goes to the first node that has not failed. Where a node fails, the next one is asked at once; where it has said nothing for a second
/// (three where the answer may be long), the next one is asked, too, and the first answer counts. All requests that wait for a node that was found
/// silent go to the next one at that moment.
///
/// A node that has failed is left alone for a second, then two, up to a minute; a silent one for fifteen seconds at first. After that it is sent a copy
/// of a request that another node answers: nothing waits for it, and an answer makes it one of the others again. Where all have failed they are asked
/// nevertheless, the one whose rest ends first before the others. A node that refuses a request because of what it asks for has not failed, and no
/// other is asked.
///
/// ```
/// use evergreen_sdk::client::{Client, Endpoints};
///
/// let nodes = Endpoints::new(["https://one.example/v1/KEY", "https://two.example/?api-key=KEY"]).reacting_soon();
/// let client = Client::over(&nodes);
/// // Keys are never part of a name.
/// assert_eq!(nodes.health()[1].name, "https://two.example");
/// # drop(client);
/// ```
#[derive(Clone, Debug)]
pub struct Endpoints {
    pub(super) urls: Arc<Urls>,
    pub(super) silence: Duration,
    state: Arc<Mutex<Vec<State>>>,
    /// Tells those who wait for a node that it was found silent.
    silent: Arc<Vec<Notify>>,
}

/// Addresses, which contain keys: they are not part of what is printed for debugging.
pub(super) struct Urls(pub Vec<String>);

impl std::fmt::Debug for Urls {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|url| host(url))).finish()
    }
}

/// What is known of a node.
#[derive(Clone, Copy, Debug, Default)]
struct State {
    requests: u64,
    failures: u64,
    /// Failures since the last answer.
    in_a_row: u32,
    /// When the last one of them was noticed.
    failed: Option<Instant>,
    /// When it may be asked again.
    rests_until: Option<Instant>,
    /// Whether a copy of a request is under way to it, to see whether it answers again.
    is_tried: bool,
}

/// How a node has failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// It has said so, or has closed the connection.
    Refused,
    /// It has said nothing for too long.
    Silent,
}

/// A copy of a request to a node that has failed. While it lives there is no other one.
pub(super) struct Trial {
    nodes: Endpoints,
    pub place: usize,
}

impl Drop for Trial {
    fn drop(&mut self) {
        if let Some(state) = self.nodes.state().get_mut(self.place) {
            state.is_tried = false;
        }
    }
}

/// The health of a node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EndpointHealth {
    /// Scheme, host and port; with its place where several have the same.
    pub name: String,
    /// Whether its last answer came.
    pub is_up: bool,
    /// Requests that were made.
    pub requests: u64,
    /// Requests that it has failed to answer.
    pub failures: u64,
}

impl Endpoints {
    /// Nodes at these URLs, the preferred one first.
    pub fn new<U: Into<String>>(urls: impl IntoIterator<Item = U>) -> Self {
        let urls: Vec<String> = urls.into_iter().map(Into::into).collect();
        let silence = if urls.len() > 1 { SHORT_SILENCE } else { SILENCE };
        let state = Arc::new(Mutex::new(vec![State::default(); urls.len()]));
        let silent = Arc::new(urls.iter().map(|_| Notify::new()).collect());
        Self { urls: Arc::new(Urls(urls)), silence, state, silent }
    }

    /// The same nodes for somebody who has to react soon: an answer may take four seconds, also of a single node. Only reading all accounts of a
    /// program, or a history, may take longer.
    #[must_use]
    pub const fn reacting_soon(mut self) -> Self {
        self.silence = SHORT_SILENCE;
        self
    }

    /// The health of each node, in their order.
    pub fn health(&self) -> Vec<EndpointHealth> {
        let names: Vec<String> = self.urls.0.iter().map(|url| host(url)).collect();
        let named = |place: usize| match names.iter().filter(|name| **name == names[place]).count() {
            1 => names[place].clone(),
            _ => format!("{} ({})", names[place], place + 1),
        };
        let health = |(place, state): (usize, &State)| EndpointHealth {
            name: named(place),
            is_up: state.in_a_row == 0,
            requests: state.requests,
            failures: state.failures,
        };
        self.state().iter().enumerate().map(health).collect()
    }

    fn state(&self) -> std::sync::MutexGuard<'_, Vec<State>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The places of the nodes in the order in which they are asked now.
    pub(super) fn order(&self, now: Instant) -> Vec<usize> {
        let state = self.state();
        let rank = |place: &usize| {
            let state = &state[*place];
            (state.in_a_row > 0, state.rests_until.filter(|until| *until > now))
        };
        let mut order: Vec<usize> = (0..state.len()).collect();
        // Sorting is stable: those that have not failed keep their order, and so do those that have rested.
        order.sort_by_key(rank);
        order
    }

    /// A node that has failed and has rested, and that nothing else tries now: a copy of a request to another node may go to it.
    pub(super) fn trial(&self, now: Instant) -> Option<Trial> {
        let mut state = self.state();
        if !state.iter().any(|state| state.in_a_row == 0) {
            // They are asked anyway.
            return None;
        }
        let has_rested = |state: &State| state.in_a_row > 0 && state.rests_until.is_none_or(|until| until <= now);
        let place = state.iter().position(|state| has_rested(state) && !state.is_tried)?;
        state[place].is_tried = true;
        Some(Trial { nodes: self.clone(), place })
    }

    /// Notes that a node is asked.
    pub(super) fn asked(&self, place: usize) {
        if let Some(state) = self.state().get_mut(place) {
            state.requests += 1;
        }
    }

    /// Notes that a node has answered.
    pub(super) fn answered(&self, place: usize) {
        if let Some(state) = self.state().get_mut(place) {
            (state.in_a_row, state.failed, state.rests_until) = (0, None, None);
        }
    }

    /// Notes that a node has failed to answer what it was asked at that time.
    pub(super) fn failed(&self, place: usize, how: Failure, asked: Instant, now: Instant) {
        if let Some(state) = self.state().get_mut(place) {
            state.failures += 1;
            // Requests that were under way at the same time tell of one failure.
            if state.failed.is_none_or(|failed| asked >= failed) {
                let first = if how == Failure::Silent { SILENT_REST } else { FIRST_REST };
                let rest = first.saturating_mul(1 << state.in_a_row.min(10)).min(LONGEST_REST);
                state.in_a_row = state.in_a_row.saturating_add(1);
                (state.failed, state.rests_until) = (Some(now), Some(now + rest));
            }
        }
        if how == Failure::Silent
            && let Some(silent) = self.silent.get(place)
        {
            silent.notify_waiters();
        }
    }

    /// Waits until a node is found silent from now on.
    pub(super) async fn found_silent(&self, place: usize) {
        match self.silent.get(place) {
            Some(silent) => silent.notified().await,
            None => std::future::pending().await,
        }
    }
}

/// Scheme, host and port of a URL: the rest may be a key or a password.
pub fn host(url: &str) -> String {
    let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    let host = authority.rsplit('@').next().unwrap_or_default();
    if scheme.is_empty() { host.to_owned() } else { format!("{scheme}://{host}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_that_fails_rests_and_is_tried_by_copies() {
        use Failure::{Refused, Silent};
        let nodes = Endpoints::new(["http://a", "http://b", "http://c"]);
        let start = Instant::now();
        let after = |seconds: u64| start + Duration::from_secs(seconds);
        assert_eq!(nodes.order(start), [0, 1, 2]);
        nodes.failed(0, Silent, start, start);
        assert_eq!(nodes.order(start), [1, 2, 0]);
        nodes.failed(1, Refused, start, start);
        nodes.failed(1, Refused, after(1), after(1));
        assert_eq!(nodes.order(after(1)), [2, 1, 0], "the one whose rest ends first comes first");
        // What has rested stays behind those that have not failed until a copy is answered.
        assert_eq!(nodes.order(after(60)), [2, 0, 1]);
        assert!(nodes.trial(after(2)).is_none());
        let trial = nodes.trial(after(3)).expect("the refusing one has rested for two seconds");
        assert_eq!((trial.place, nodes.trial(after(3)).map(|trial| trial.place)), (1, None), "one copy at a time");
        nodes.answered(1);
        drop(trial);
        assert_eq!(nodes.order(after(3)), [1, 2, 0]);
        assert!(nodes.trial(after(14)).is_none());
        assert_eq!(nodes.trial(after(15)).map(|trial| trial.place), Some(0));
        assert_eq!(nodes.trial(after(15)).map(|trial| trial.place), Some(0), "one that has ended without an answer");
        let health = nodes.health();
        assert_eq!(
            health.iter().map(|node| (node.is_up, node.failures)).collect::<Vec<_>>(),
            [(false, 1), (true, 2), (true, 0)]
        );
        // All have failed: none of them is a copy's.
        nodes.failed(1, Refused, after(20), after(20));
        nodes.failed(2, Refused, after(19), after(19));
        assert_eq!(nodes.order(after(19)), [0, 2, 1]);
        assert!(nodes.trial(after(59)).is_none());
        for second in 21..61 {
            nodes.failed(2, Refused, after(second), after(second));
        }
        assert_eq!(nodes.order(after(120)), [0, 1, 2], "nobody rests longer than a minute");
    }

    #[test]
    fn what_fails_at_once_is_one_failure() {
        let nodes = Endpoints::new(["http://a", "http://b"]);
        let start = Instant::now();
        let after = |seconds: u64| start + Duration::from_secs(seconds);
        for _ in 0..40 {
            nodes.failed(0, Failure::Silent, start, after(1));
        }
        assert_eq!(nodes.health()[0].failures, 40);
        assert!(nodes.trial(after(15)).is_none() && nodes.trial(after(16)).is_some());
        nodes.failed(0, Failure::Silent, after(16), after(20));
        assert!(nodes.trial(after(49)).is_none() && nodes.trial(after(50)).is_some());
    }

    #[test]
    fn names_have_no_keys() {
        for (url, name) in [
            ("https://one.example/v2/SECRET", "https://one.example"),
            ("https://one.example?api-key=SECRET", "https://one.example"),
            ("wss://SECRET:SECRET@one.example:8900/SECRET", "wss://one.example:8900"),
            ("one.example/SECRET", "one.example"),
            ("http://127.0.0.1:8899", "http://127.0.0.1:8899"),
        ] {
            assert_eq!(host(url), name);
        }
        let nodes = Endpoints::new(["https://one.example/SECRET", "https://one.example/SECRET2"]);
        assert!(!format!("{nodes:?}").contains("SECRET"), "{nodes:?}");
        let names: Vec<String> = nodes.health().into_iter().map(|node| node.name).collect();
        assert_eq!(names, ["https://one.example (1)", "https://one.example (2)"]);
    }
}
