//! The nodes that a client asks, their health, and which is asked next.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::time::Instant;

/// How long one answer may take. A socket that falls silent without closing is left after that.
const SILENCE: Duration = Duration::from_secs(20);
/// The same where other nodes can be asked, or the caller has to react soon.
const SHORT_SILENCE: Duration = Duration::from_secs(4);
/// How long a node is left alone after its first failure; it doubles with every further one in a row.
const FIRST_REST: Duration = Duration::from_secs(1);
/// Longest time for which a node is left alone.
const LONGEST_REST: Duration = Duration::from_secs(60);

/// Nodes of one network, the preferred one first. Clones share what is known of them.
///
/// A request goes to the first node that has not failed lately. A node that fails is left alone for a second, then two, up to a minute, and the next
/// one is asked at once; where all have failed they are asked nevertheless, the one whose rest ends first before the others. A node that refuses
/// a request because of what it asks for has not failed, and no other is asked.
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
    /// When it may be asked again.
    rests_until: Option<Instant>,
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
        Self { urls: Arc::new(Urls(urls)), silence, state }
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
        let rest = |place: &usize| state[*place].rests_until.filter(|until| *until > now);
        let mut order: Vec<usize> = (0..state.len()).collect();
        // Sorting is stable: those that do not rest keep their order.
        order.sort_by_key(|place| rest(place));
        order
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
            (state.in_a_row, state.rests_until) = (0, None);
        }
    }

    /// Notes that a node has failed to answer.
    pub(super) fn failed(&self, place: usize, now: Instant) {
        if let Some(state) = self.state().get_mut(place) {
            let rest = FIRST_REST.saturating_mul(1 << state.in_a_row.min(10)).min(LONGEST_REST);
            state.failures += 1;
            state.in_a_row = state.in_a_row.saturating_add(1);
            state.rests_until = Some(now + rest);
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
    fn a_node_that_fails_rests_and_is_asked_again() {
        let nodes = Endpoints::new(["http://a", "http://b", "http://c"]);
        let start = Instant::now();
        let after = |seconds: u64| start + Duration::from_secs(seconds);
        assert_eq!(nodes.order(start), [0, 1, 2]);
        nodes.failed(0, start);
        assert_eq!(nodes.order(start), [1, 2, 0]);
        nodes.failed(1, start);
        nodes.failed(1, start);
        nodes.failed(2, start);
        // All rest: the one whose rest ends first comes first.
        assert_eq!(nodes.order(start), [0, 2, 1]);
        assert_eq!(nodes.order(after(1)), [0, 2, 1]);
        assert_eq!(nodes.order(after(2)), [0, 1, 2], "the preferred one is preferred again");
        nodes.answered(0);
        let health = nodes.health();
        assert_eq!(
            health.iter().map(|node| (node.is_up, node.failures)).collect::<Vec<_>>(),
            [(true, 1), (false, 2), (false, 1)]
        );
        for _ in 0..40 {
            nodes.failed(2, start);
        }
        assert_eq!(nodes.order(after(61)), [0, 1, 2], "nobody rests longer than a minute");
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
