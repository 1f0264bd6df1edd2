//! A relay of JSON-RPC that fails: one answer in a given number, and every answer while it is down.

use crate::relay::{Answer, Relay, asked, json};
use evergreen_test_support::random::mixed;
use hyper::{StatusCode, body::Bytes};
use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

/// Name of the request that sends a transaction.
const SEND: &[u8] = b"\"sendTransaction\"";

/// A relay of requests to a network. Some of them never arrive, some get an error, a wrong or late answer, or none.
pub struct Faulty {
    /// URL at which the relay listens.
    pub url: String,
    shared: Arc<Shared>,
    _relay: Relay,
}

struct Shared {
    target: String,
    down: AtomicBool,
    /// One answer in this number fails; none with 0.
    one_in: AtomicU64,
    asked: AtomicU64,
    failed: AtomicU64,
    /// So many answers fail after the next transaction is passed on.
    after_send: AtomicU64,
    /// So many answers fail now.
    failing: AtomicU64,
    client: reqwest::Client,
}

impl Faulty {
    /// Starts a relay to the network at this URL. One answer in `one_in` fails, none with 0.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn before(target: &str, one_in: u64) -> Self {
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            down: AtomicBool::new(false),
            one_in: AtomicU64::new(one_in),
            asked: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            after_send: AtomicU64::new(0),
            failing: AtomicU64::new(0),
            client: reqwest::Client::new(),
        });
        let all = shared.clone();
        let relay = Relay::start(move |body| answered(all.clone(), body)).await;
        Self { url: relay.url.clone(), shared, _relay: relay }
    }

    /// Makes the network unreachable, or reachable again.
    pub fn set_down(&self, down: bool) {
        self.shared.down.store(down, Ordering::Relaxed);
    }

    /// Answers so many requests with 503 once the next transaction has been passed on.
    pub fn fail_after_send(&self, answers: u64) {
        self.shared.after_send.store(answers, Ordering::Relaxed);
    }

    /// Returns how many requests came while the network was reachable, and how many of them failed or were delayed.
    pub fn counts(&self) -> (u64, u64) {
        (self.shared.asked.load(Ordering::Relaxed), self.shared.failed.load(Ordering::Relaxed))
    }
}

/// Relays a request. An error ends the connection without an answer.
async fn answered(shared: Arc<Shared>, body: Bytes) -> Answer {
    let broken = || io::Error::other("broken");
    if shared.down.load(Ordering::Relaxed) {
        return Err(broken());
    }
    let number = shared.asked.fetch_add(1, Ordering::Relaxed);
    let one_in = shared.one_in.load(Ordering::Relaxed);
    // Faults are spread without a pattern, so that a client cannot avoid them by asking at regular intervals.
    let fault = (one_in > 0).then(|| mixed(number)).filter(|mixed| mixed % one_in == 0).map(|mixed| mixed / one_in % 5);
    if fault.is_some() {
        shared.failed.fetch_add(1, Ordering::Relaxed);
    }
    let answer = |status: StatusCode, body: Bytes| Ok(json(status, body));
    let is_failing =
        shared.failing.fetch_update(Ordering::Relaxed, Ordering::Relaxed, |left| left.checked_sub(1)).is_ok();
    if is_failing {
        return answer(StatusCode::SERVICE_UNAVAILABLE, Bytes::from_static(b"busy"));
    }
    let sends = body.windows(SEND.len()).any(|bytes| bytes == SEND);
    match fault {
        // The request never arrives.
        Some(0) => return Err(broken()),
        Some(1) => return answer(StatusCode::SERVICE_UNAVAILABLE, Bytes::from_static(b"busy")),
        Some(2) => return answer(StatusCode::OK, Bytes::from_static(b"<html>a gateway")),
        _ => {}
    }
    let (status, bytes) = asked(&shared.client, &shared.target, body).await?;
    if sends {
        shared.failing.fetch_add(shared.after_send.swap(0, Ordering::Relaxed), Ordering::Relaxed);
    }
    match fault {
        // The request arrives, but its answer is lost.
        Some(3) => return Err(broken()),
        Some(_) => tokio::time::sleep(Duration::from_millis(700)).await,
        None => {}
    }
    answer(status, bytes)
}
