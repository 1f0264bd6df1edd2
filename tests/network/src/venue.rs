//! An exchange for coins on this machine, by the protocol of [`HttpVenue`](evergreen_sdk::hedge::HttpVenue), whose answers get lost, come late or refuse, and which fills in parts.

use crate::relay::json;
use evergreen_sdk::convert::Decimal;
use evergreen_test_support::random::Random;
use http_body_util::{BodyExt, Full};
use hyper::{
    Method, Request, Response, StatusCode, body::Bytes, body::Incoming, server::conn::http1, service::service_fn,
};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json as object};
use std::{
    collections::BTreeMap,
    io,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::{net::TcpListener, task::JoinHandle};

/// The least size of an order, thousandths of a coin.
const LOT: u32 = 3;

/// What goes wrong, in hundredths of all requests.
#[derive(Clone, Copy, Debug, Default)]
pub struct VenueFaults {
    /// The request never arrives.
    pub lost: i64,
    /// It arrives, and its answer is lost.
    pub unanswered: i64,
    /// It is refused for now: with 429, or with 503 before or after it was done.
    pub busy: i64,
    /// It arrives after so long.
    pub late: i64,
    /// How long that is.
    pub delay: Duration,
}

/// A running exchange with one account.
pub struct Venue {
    /// URL at which it listens.
    pub url: String,
    account: Arc<Mutex<Exchange>>,
    listener: JoinHandle<()>,
}

/// An order that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Taken {
    underlying: String,
    coins: Decimal,
    /// Of them filled.
    filled: Decimal,
    /// Nothing more will be filled.
    over: bool,
}

struct Exchange {
    orders: BTreeMap<u64, Taken>,
    next: u64,
    /// Orders that came again after they were taken.
    again: u64,
    most: Decimal,
    key: Option<String>,
    faults: VenueFaults,
    random: Random,
}

enum Fault {
    None,
    Lost,
    Unanswered,
    Busy(StatusCode, bool),
    Late(Duration),
}

impl Drop for Venue {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Venue {
    /// Starts an exchange that takes orders of up to `most` coins, from who knows the key if there is one.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn start(seed: u64, most: Decimal, key: Option<&str>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let account = Exchange {
            orders: BTreeMap::new(),
            next: 0,
            again: 0,
            most,
            key: key.map(str::to_owned),
            faults: VenueFaults::default(),
            random: Random(seed),
        };
        let account = Arc::new(Mutex::new(account));
        let shared = account.clone();
        let listener = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let account = shared.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| answered(account.clone(), request));
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { url, account, listener }
    }

    /// Sets what goes wrong from now on.
    pub fn set_faults(&self, faults: VenueFaults) {
        locked(&self.account).faults = faults;
    }

    /// Lets the market go on: of each order a part is filled, or all, or the rest is cancelled.
    pub fn go_on(&self) {
        let mut account = locked(&self.account);
        let mut random = account.random.clone();
        for order in account.orders.values_mut().filter(|order| !order.over) {
            let rest = order.coins - order.filled;
            match random.range(0, 9) {
                0..=1 => {}
                2..=5 => order.filled += (rest * Decimal::new(random.range(1, 9), 1)).trunc_with_scale(LOT),
                6 => order.over = true,
                _ => (order.filled, order.over) = (order.coins, true),
            }
        }
        account.random = random;
    }

    /// Returns the coins that are held of an underlying, and those under way.
    pub fn coins(&self, underlying: &str) -> (Decimal, Decimal) {
        locked(&self.account).coins(underlying)
    }

    /// Returns how many orders were taken, and how often one came that was taken already.
    pub fn orders(&self) -> (usize, u64) {
        let account = locked(&self.account);
        (account.orders.len(), account.again)
    }
}

fn locked(account: &Mutex<Exchange>) -> std::sync::MutexGuard<'_, Exchange> {
    account.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Exchange {
    fn coins(&self, underlying: &str) -> (Decimal, Decimal) {
        let own = || self.orders.values().filter(|order| order.underlying == underlying);
        let under_way = own().filter(|order| !order.over).map(|order| order.coins - order.filled).sum();
        (own().map(|order| order.filled).sum(), under_way)
    }

    fn fault(&mut self) -> Fault {
        let faults = self.faults;
        let mut left = self.random.range(0, 99);
        let mut is = |share: i64| {
            left -= share;
            left < 0 && left >= -share
        };
        if is(faults.lost) {
            Fault::Lost
        } else if is(faults.unanswered) {
            Fault::Unanswered
        } else if is(faults.busy) {
            let (status, done) = *self.random.pick(&[
                (StatusCode::TOO_MANY_REQUESTS, false),
                (StatusCode::SERVICE_UNAVAILABLE, false),
                (StatusCode::SERVICE_UNAVAILABLE, true),
            ]);
            Fault::Busy(status, done)
        } else if is(faults.late) {
            Fault::Late(faults.delay)
        } else {
            Fault::None
        }
    }

    /// Does what a request asks for.
    fn done(&mut self, method: &Method, path: &str, query: &str, body: &[u8]) -> (StatusCode, Value) {
        let refused = |status, why: &str| (status, object!({ "error": why }));
        match (method, path.strip_prefix("/orders/")) {
            (&Method::GET, None) if path == "/account" => {
                let underlying = query.strip_prefix("underlying=").unwrap_or_default();
                let (coins, under_way) = self.coins(underlying);
                let account = object!({
                    "coins": coins.to_string(), "under_way": under_way.to_string(), "next_number": self.next,
                    "lot": Decimal::new(1, LOT).to_string(), "profit": "-1.5",
                    "costs": { "fees": "1", "funding": "0", "slippage": "0.5", "delay": "0" },
                });
                (StatusCode::OK, account)
            }
            (&Method::PUT, Some(number)) => {
                let order: Value = serde_json::from_slice(body).unwrap_or_default();
                let coins = order["coins"].as_str().and_then(|text| text.parse::<Decimal>().ok());
                let (Ok(number), Some(coins), Some(underlying)) =
                    (number.parse::<u64>(), coins, order["underlying"].as_str())
                else {
                    return refused(StatusCode::BAD_REQUEST, "no order");
                };
                if let Some(taken) = self.orders.get(&number) {
                    self.again += 1;
                    let same = (taken.underlying.as_str(), taken.coins) == (underlying, coins);
                    return if same { (StatusCode::OK, object!({})) } else { refused(StatusCode::CONFLICT, "taken") };
                }
                if number != self.next {
                    return refused(StatusCode::CONFLICT, "not the next number");
                }
                if coins.is_zero() || coins.abs() > self.most || !(coins % Decimal::new(1, LOT)).is_zero() {
                    return refused(StatusCode::UNPROCESSABLE_ENTITY, "the size is no size");
                }
                let taken = Taken { underlying: underlying.to_owned(), coins, filled: Decimal::ZERO, over: false };
                self.orders.insert(number, taken);
                self.next += 1;
                (StatusCode::CREATED, object!({}))
            }
            _ => refused(StatusCode::NOT_FOUND, "nothing here"),
        }
    }
}

async fn answered(account: Arc<Mutex<Exchange>>, request: Request<Incoming>) -> io::Result<Response<Full<Bytes>>> {
    let (head, body) = request.into_parts();
    let body = body.collect().await.map_err(io::Error::other)?.to_bytes();
    let (path, query) = (head.uri.path().to_owned(), head.uri.query().unwrap_or_default().to_owned());
    let key = head.headers.get("authorization").and_then(|value| value.to_str().ok()).map(str::to_owned);
    let fault = {
        let mut account = locked(&account);
        if account.key.as_ref().is_some_and(|known| key != Some(format!("Bearer {known}"))) {
            return Ok(json(StatusCode::UNAUTHORIZED, Bytes::from_static(b"{}")));
        }
        account.fault()
    };
    let done = |account: &Arc<Mutex<Exchange>>| locked(account).done(&head.method, &path, &query, &body);
    let (status, answer) = match fault {
        Fault::Lost => return Err(io::Error::other("lost")),
        Fault::Unanswered => {
            done(&account);
            return Err(io::Error::other("unanswered"));
        }
        Fault::Busy(status, after) => {
            if after {
                done(&account);
            }
            (status, Value::Null)
        }
        Fault::Late(delay) => {
            // Whoever has asked is gone by then, and it happens all the same.
            let (method, account) = (head.method.clone(), account.clone());
            let late = tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                locked(&account).done(&method, &path, &query, &body)
            });
            late.await.map_err(io::Error::other)?
        }
        Fault::None => done(&account),
    };
    Ok(json(status, Bytes::from(answer.to_string())))
}
