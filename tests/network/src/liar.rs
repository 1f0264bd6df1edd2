//! A relay of JSON-RPC that lies, in the ways in which real networks do: nodes lag, forget and disagree, limits come in many forms, and
//! transactions are lost, sent twice, or late.

use crate::relay::{self, Answer, Relay};
use evergreen_test_support::random::mixed;
use hyper::{StatusCode, body::Bytes};
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    io,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

/// A way to lie.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Lie {
    /// An answer of some seconds ago, from a node that lags.
    Lag,
    /// A node that knows no status without its history.
    Forget,
    /// A node that is 200 blocks ahead of all others.
    Ahead,
    /// A failure that was processed, and vanishes.
    FailureVanishes,
    /// A success that was processed, and vanishes.
    SuccessVanishes,
    /// A transaction that is in lists and that the node does not know.
    Missing,
    /// A list that lacks its newest entries, or its end.
    Short,
    /// Status 429, and come again in two minutes.
    Limit,
    /// Status 200, and the limit in the body.
    LimitInside,
    /// A socket that says nothing and stays open.
    Silence,
    /// The answer of another request.
    Other,
    /// A blockhash that is not found.
    Blockhash,
    /// A transaction that is sent twice.
    Twice,
    /// A transaction that is sent seconds after the answer.
    Late,
    /// A transaction that is answered and never sent.
    Lost,
    /// A connection that is closed in the place of an answer.
    Closed,
    /// Status 502 and a page for people.
    Gateway,
    /// Half an answer.
    Half,
    /// A node that says that it is behind.
    Behind,
    /// A record of a version that is not supported.
    Version,
    /// A node that keeps no history.
    NoHistory,
    /// A blockhash that is no longer valid.
    Invalid,
    /// A node that makes no blocks any more.
    Stands,
    /// A transaction that has already been processed, and is not sent.
    Already,
}

impl Lie {
    /// All of them.
    pub const ALL: [Self; 24] = [
        Self::Lag,
        Self::Forget,
        Self::Ahead,
        Self::FailureVanishes,
        Self::SuccessVanishes,
        Self::Missing,
        Self::Short,
        Self::Limit,
        Self::LimitInside,
        Self::Silence,
        Self::Other,
        Self::Blockhash,
        Self::Twice,
        Self::Late,
        Self::Lost,
        Self::Closed,
        Self::Gateway,
        Self::Half,
        Self::Behind,
        Self::Version,
        Self::NoHistory,
        Self::Invalid,
        Self::Stands,
        Self::Already,
    ];

    /// Whether it can be told about a request.
    fn fits(self, method: &str) -> bool {
        match self {
            Self::Lag => !matches!(method, "sendTransaction" | "simulateTransaction"),
            Self::Forget | Self::FailureVanishes | Self::SuccessVanishes => method == "getSignatureStatuses",
            Self::NoHistory => matches!(method, "getSignatureStatuses" | "getTransaction" | "getSignaturesForAddress"),
            Self::Ahead | Self::Stands => method == "getEpochInfo",
            Self::Invalid => method == "isBlockhashValid",
            Self::Missing | Self::Version => method == "getTransaction",
            Self::Short => method == "getSignaturesForAddress",
            Self::Limit | Self::LimitInside | Self::Silence | Self::Other => true,
            Self::Closed | Self::Gateway | Self::Half | Self::Behind => true,
            Self::Blockhash => matches!(method, "sendTransaction" | "simulateTransaction"),
            Self::Twice | Self::Late | Self::Lost | Self::Already => method == "sendTransaction",
        }
    }
}

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

    /// Whether transactions are still to be sent.
    pub fn holds(&self) -> bool {
        self.shared.late.load(Ordering::SeqCst) > 0
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
    fn choose(&self, method: &str) -> Option<(Lie, u64)> {
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
    let lie = shared.choose(&method);
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
    let key = format!("{method} {}", asked["params"]);
    let said = match lie {
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

/// The truth, changed by a lie; `None` where it stays as it is.
fn twisted(lie: Lie, number: u64, asked: &Value, truth: &Value) -> Option<Value> {
    let mut said = truth.clone();
    let result = said.get_mut("result")?;
    let slot = result["context"]["slot"].as_u64().unwrap_or_default();
    match lie {
        Lie::Forget if asked["params"][1]["searchTransactionHistory"] != true => {
            result["value"].as_array_mut()?.iter_mut().for_each(|status| *status = Value::Null);
        }
        Lie::FailureVanishes | Lie::SuccessVanishes => {
            let error = match lie {
                Lie::SuccessVanishes => Value::Null,
                _ => json!({"InstructionError": [2, {"Custom": 1}]}),
            };
            let kind = if error.is_null() { json!({"Ok": null}) } else { json!({"Err": error}) };
            let processed = json!({
                "slot": slot, "confirmations": 0, "err": error, "status": kind, "confirmationStatus": "processed"
            });
            result["value"].as_array_mut()?.iter_mut().for_each(|status| *status = processed.clone());
        }
        Lie::Ahead => {
            let height = result["blockHeight"].as_u64()?;
            result["blockHeight"] = (height + 200).into();
            if number.is_multiple_of(2) {
                result["absoluteSlot"] = (result["absoluteSlot"].as_u64()? + 200).into();
            }
        }
        Lie::Missing => *result = Value::Null,
        Lie::Invalid => result["value"] = false.into(),
        Lie::Short => {
            let list = result.as_array_mut()?;
            let left = list.len() / 2;
            // A node that lags lacks the newest ones; of those before one that it knows it only cuts the end off.
            let lags = number.is_multiple_of(2) && asked["params"][1]["before"].is_null();
            if lags { drop(list.drain(..list.len() - left)) } else { list.truncate(left) }
        }
        Lie::Blockhash => {
            result["value"]["err"] = json!("BlockhashNotFound");
            result["value"]["logs"] = json!([]);
        }
        _ => return None,
    }
    Some(said)
}
