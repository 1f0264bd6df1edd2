//! A relay of JSON-RPC that lies, in the ways in which real networks do: nodes lag, forget and disagree, limits come in many forms, and
//! transactions are lost, sent twice, or late.

mod lie;

pub use lie::Lie;

use crate::relay::{self, Answer, Relay};
use evergreen_test_support::random::mixed;
use hyper::{StatusCode, body::Bytes};
use lie::twisted;
use serde_json::{Value, json};
use std::{
    collections::{HashMap, HashSet},
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A relay of requests to a network.
pub struct Liar {
    /// URL at which the relay listens.
    pub url: String,
    shared: Arc<Shared>,
    _relay: Relay,
}

#[derive(Default)]
struct Shared {
    target: String,
    seed: u64,
    /// One answer in this number is a lie, five times as many of those that decide about money; none with 0.
    one_in: AtomicU64,
    /// The lies to tell.
    told: Mutex<Vec<Lie>>,
    asked: AtomicU64,
    /// Whether the truth follows each lie when the same is asked again.
    relents: AtomicBool,
    /// Requests that were answered with a lie the last time.
    lied: Mutex<HashSet<String>>,
    /// Transactions that are still to be sent.
    late: AtomicU64,
    counts: Mutex<HashMap<Lie, u64>>,
    /// Earlier answers by request.
    earlier: Mutex<HashMap<String, Vec<(Instant, Value)>>>,
    /// The last answer of any request.
    last: Mutex<Value>,
    client: reqwest::Client,
}

impl Liar {
    /// Starts a relay to the network at this URL, in which one answer in `one_in` is one of these lies.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn before(target: &str, seed: u64, one_in: u64, lies: &[Lie]) -> Self {
        let shared = Arc::new(Shared {
            target: target.to_owned(),
            seed,
            one_in: AtomicU64::new(one_in),
            told: Mutex::new(lies.to_vec()),
            ..Shared::default()
        });
        let all = shared.clone();
        let relay = Relay::start(move |body| answered(all.clone(), body)).await;
        Self { url: relay.url.clone(), shared, _relay: relay }
    }

    /// Lies in one answer of so many from now on; in none with 0.
    pub fn set(&self, one_in: u64, lies: &[Lie]) {
        *lock(&self.shared.told) = lies.to_vec();
        self.shared.one_in.store(one_in, Ordering::Relaxed);
    }

    /// Tells the truth from now on when the same is asked right after a lie.
    #[must_use]
    pub fn relenting(self) -> Self {
        self.shared.relents.store(true, Ordering::Relaxed);
        self
    }

    /// Whether transactions are still to be sent.
    pub fn holds(&self) -> bool {
        self.shared.late.load(Ordering::SeqCst) > 0
    }

    /// Returns how many requests it has answered.
    pub fn asked(&self) -> u64 {
        self.shared.asked.load(Ordering::Relaxed)
    }

    /// Returns how often it has lied in each way.
    pub fn counts(&self) -> HashMap<Lie, u64> {
        lock(&self.shared.counts).clone()
    }
}

fn lock<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    of.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
}

impl Shared {
    /// Chooses a lie for a request, and a number to tell it by.
    fn choose(&self, method: &str, request: &str) -> Option<(Lie, u64)> {
        if self.relents.load(Ordering::Relaxed) && lock(&self.lied).remove(request) {
            return None;
        }
        let one_in = self.one_in.load(Ordering::Relaxed);
        let number = mixed(self.seed ^ mixed(self.asked.fetch_add(1, Ordering::Relaxed)));
        // What decides about money is lied about more often.
        let one_in = match method {
            "sendTransaction" | "getSignatureStatuses" | "getEpochInfo" | "getSignaturesForAddress" => {
                one_in.div_ceil(5)
            }
            _ => one_in,
        };
        if one_in == 0 || !number.is_multiple_of(one_in) {
            return None;
        }
        let number = mixed(number);
        let told = lock(&self.told);
        let fitting: Vec<Lie> = told.iter().copied().filter(|lie| lie.fits(method)).collect();
        let lie = *fitting.get(number as usize % fitting.len().max(1))?;
        let number = mixed(number);
        // Silence takes long, so there is less of it.
        if lie == Lie::Silence && told.len() > 1 && !number.is_multiple_of(12) {
            return None;
        }
        *lock(&self.counts).entry(lie).or_default() += 1;
        lock(&self.lied).insert(request.to_owned());
        Some((lie, number))
    }

    /// The network's own answer.
    async fn asked(&self, body: &Bytes) -> io::Result<(StatusCode, Value)> {
        let (status, bytes) = relay::asked(&self.client, &self.target, body.clone()).await?;
        Ok((status, serde_json::from_slice(&bytes).map_err(io::Error::other)?))
    }
}

/// Relays a request. An error ends the connection without an answer.
async fn answered(shared: Arc<Shared>, body: Bytes) -> Answer {
    let asked: Value = serde_json::from_slice(&body).map_err(io::Error::other)?;
    let method = asked["method"].as_str().unwrap_or_default().to_owned();
    let id = asked["id"].clone();
    let key = format!("{method} {}", asked["params"]);
    let lie = shared.choose(&method, &key);
    let answer = |status: StatusCode, body: &Value| {
        let mut response = relay::json(status, Bytes::from(body.to_string()));
        response.headers_mut().insert("retry-after", hyper::header::HeaderValue::from_static("119"));
        Ok(response)
    };
    let says = |result: Value| json!({"jsonrpc": "2.0", "id": id, "result": result});
    let refuses =
        |code: i64, message: &str| json!({"jsonrpc": "2.0", "id": id, "error": {"code": code, "message": message}});
    // What is never asked of the network.
    match lie {
        Some((Lie::Closed, _)) => return Err(io::Error::other("closed")),
        Some((Lie::Gateway, _)) => return answer(StatusCode::BAD_GATEWAY, &json!("<html>502 Bad Gateway</html>")),
        Some((Lie::Half, _)) => {
            return Ok(relay::json(StatusCode::OK, Bytes::from_static(b"{\"jsonrpc\":\"2.0\",\"result\":{\"conte")));
        }
        Some((Lie::Behind, _)) => return answer(StatusCode::OK, &refuses(-32_005, "Node is behind by 42 slots")),
        Some((Lie::Version, _)) => {
            let words = "Transaction version (1) is not supported by the requesting client";
            return answer(StatusCode::OK, &refuses(-32_015, words));
        }
        Some((Lie::NoHistory, _)) if method != "getSignatureStatuses" || asked["params"][1].is_object() => {
            return answer(StatusCode::OK, &refuses(-32_011, "Transaction history is not available from this node"));
        }
        Some((Lie::Already, _)) => {
            let words = "Transaction simulation failed: This transaction has already been processed";
            return answer(StatusCode::OK, &refuses(-32_002, words));
        }
        Some((Lie::Limit, _)) => return answer(StatusCode::TOO_MANY_REQUESTS, &json!("too many")),
        Some((Lie::LimitInside, number)) => {
            let (code, message) =
                if number.is_multiple_of(2) { (-32_005, "rate limit exceeded") } else { (429, "slow down") };
            return answer(StatusCode::OK, &refuses(code, message));
        }
        Some((Lie::Silence, _)) => {
            tokio::time::sleep(Duration::from_secs(40)).await;
            return Err(io::Error::other("silent"));
        }
        Some((Lie::Blockhash, _)) if method == "sendTransaction" => {
            return answer(StatusCode::OK, &refuses(-32_002, "Transaction simulation failed: Blockhash not found"));
        }
        Some((Lie::Lost, _)) => return answer(StatusCode::OK, &says(json!("1".repeat(64)))),
        Some((Lie::Late, number)) => {
            shared.late.fetch_add(1, Ordering::SeqCst);
            let shared = shared.clone();
            tokio::spawn(async move {
                tokio::time::sleep(Duration::from_millis(500 + number % 6_000)).await;
                let _ = shared.asked(&body).await;
                shared.late.fetch_sub(1, Ordering::SeqCst);
            });
            return answer(StatusCode::OK, &says(json!("1".repeat(64))));
        }
        _ => {}
    }
    if let Some((Lie::Twice, _)) = lie {
        let _ = shared.asked(&body).await;
    }
    let (status, truth) = shared.asked(&body).await?;
    let said = match lie {
        Some((Lie::Anew, _)) if asked["params"][1]["before"].is_string() => {
            let mut other = asked.clone();
            other["params"][1]["before"] = Value::Null;
            shared.asked(&Bytes::from(other.to_string())).await.ok().map(|(_, told)| told)
        }
        Some((Lie::OtherRecord, _)) => {
            let earlier = lock(&shared.earlier);
            let other = earlier.iter().find(|(other, _)| other.starts_with(&method) && **other != key);
            other.and_then(|(_, known)| known.last()).map(|(_, known)| says(known["result"].clone()))
        }
        Some((Lie::Lag, _)) => {
            let earlier = lock(&shared.earlier);
            let known = earlier
                .get(&key)
                .and_then(|known| known.iter().rev().find(|(when, _)| when.elapsed().as_millis() > 800));
            known.map(|(_, known)| says(known["result"].clone()))
        }
        Some((Lie::Stands, _)) => {
            let earlier = lock(&shared.earlier);
            earlier.get(&key).and_then(|known| known.first()).map(|(_, known)| says(known["result"].clone()))
        }
        Some((Lie::Other, _)) => Some(lock(&shared.last).clone()).filter(|last| last["id"] != id && !last.is_null()),
        Some((lie, number)) => twisted(lie, number, &asked, &truth),
        None => None,
    };
    *lock(&shared.last) = truth.clone();
    let mut earlier = lock(&shared.earlier);
    let known = earlier.entry(key).or_default();
    known.push((Instant::now(), truth.clone()));
    if known.len() > 16 {
        known.remove(0);
    }
    drop(earlier);
    answer(status, &said.unwrap_or(truth))
}
