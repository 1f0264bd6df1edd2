//! A price service on this machine that answers as Hermes does, with a price published in every second of the local network's clock.

use base64::{Engine, engine::general_purpose::STANDARD};
use evergreen_localnet::{Client as Localnet, DOLLAR};
use evergreen_sdk::{
    presets::{BTC_FEED, ETH_FEED},
    testing::pyth_update::{Signing, price_message, signed_update},
};
use serde_json::json;
use solana_keypair::Keypair;
use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream},
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread::JoinHandle,
    time::Duration,
};

/// The API key that the service requires.
pub const SERVICE_KEY: &str = "a-key-for-prices";

/// A running service.
pub struct Hermes {
    /// Base URL of the service.
    pub url: String,
    shared: Arc<Shared>,
    thread: Option<JoinHandle<()>>,
}

struct Shared {
    chain: Localnet,
    stop: AtomicBool,
    /// One answer in this number fails: all with 1, none with 0.
    one_in: AtomicU64,
    asked: AtomicU64,
    failed: AtomicU64,
    /// Every feed comes in an update of its own.
    splits: AtomicBool,
    /// ETH is halted: the service refuses questions that name it.
    halts: AtomicBool,
}

impl Drop for Hermes {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // The thread waits for a connection; this one wakes it up.
        let _ = TcpStream::connect(self.url.trim_start_matches("http://"));
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

impl Hermes {
    /// Starts a service whose prices are always 100,000 and 4,000 dollars, published in every second of the clock of the network at this
    /// URL.
    ///
    /// # Panics
    /// If no port is free.
    pub fn of(rpc_url: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let shared = Arc::new(Shared {
            chain: Localnet::new(rpc_url, Keypair::new()),
            stop: AtomicBool::new(false),
            one_in: AtomicU64::new(0),
            asked: AtomicU64::new(0),
            failed: AtomicU64::new(0),
            splits: AtomicBool::new(false),
            halts: AtomicBool::new(false),
        });
        let serving = shared.clone();
        let thread = std::thread::spawn(move || {
            for stream in listener.incoming() {
                if serving.stop.load(Ordering::Relaxed) {
                    break;
                }
                // A client that closes its connection early gets no answer.
                let _ = stream.and_then(|stream| serving.answer(stream));
            }
        });
        Self { url, shared, thread: Some(thread) }
    }

    /// Lets one answer in `one_in` fail from now on: all with 1, none with 0.
    pub fn fail_one_in(&self, one_in: u64) {
        self.shared.one_in.store(one_in, Ordering::Relaxed);
    }

    /// Hands out each feed in an update of its own from now on, as if they were published in different slots.
    pub fn split(&self) {
        self.shared.splits.store(true, Ordering::Relaxed);
    }

    /// Halts ETH, or lets it go on: meanwhile the service refuses questions that name it.
    pub fn halt(&self, halts: bool) {
        self.shared.halts.store(halts, Ordering::Relaxed);
    }

    /// Returns how many requests with the right key came, and how many of them failed.
    pub fn counts(&self) -> (u64, u64) {
        (self.shared.asked.load(Ordering::Relaxed), self.shared.failed.load(Ordering::Relaxed))
    }
}

impl Shared {
    fn answer(&self, mut stream: TcpStream) -> std::io::Result<()> {
        stream.set_read_timeout(Some(Duration::from_secs(2)))?;
        let mut request = Vec::new();
        while !request.ends_with(b"\r\n\r\n") {
            let mut byte = [0];
            stream.read_exact(&mut byte)?;
            request.push(byte[0]);
        }
        let request = String::from_utf8_lossy(&request);
        let (status, body) = self.judge(&request);
        let length = body.len();
        write!(stream, "HTTP/1.1 {status}\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n{body}")?;
        stream.shutdown(std::net::Shutdown::Write)
    }

    fn judge(&self, request: &str) -> (&'static str, String) {
        let line = request.lines().next().unwrap_or_default();
        let which = line.strip_prefix("GET /v2/updates/price/").and_then(|rest| rest.split_once('?'));
        let Some((which, _)) = which else { return ("404 Not Found", String::new()) };
        if !request.to_lowercase().contains(&format!("authorization: bearer {SERVICE_KEY}")) {
            return ("401 Unauthorized", String::new());
        }
        let number = self.asked.fetch_add(1, Ordering::Relaxed);
        let one_in = self.one_in.load(Ordering::Relaxed);
        if one_in > 0 && number.is_multiple_of(one_in) {
            self.failed.fetch_add(1, Ordering::Relaxed);
            return ("503 Service Unavailable", "busy".into());
        }
        let Ok(clock) = self.chain.clock() else { return ("500 Internal Server Error", String::new()) };
        let now = clock.unix_timestamp;
        let second = if which == "latest" { Ok(now) } else { which.parse::<i64>() };
        let second = match second {
            Ok(second) if second <= now => second,
            Ok(_) => return ("404 Not Found", "no update was published then".into()),
            Err(_) => return ("400 Bad Request", "no unix second".into()),
        };
        let asked = |feed: &[u8; 32]| line.contains(&hex(feed));
        if self.halts.load(Ordering::Relaxed) && asked(&ETH_FEED) {
            return ("404 Not Found", "Price ids not found".into());
        }
        let all = [(BTC_FEED, 100_000), (ETH_FEED, 4_000)];
        let prices: Vec<_> = all
            .into_iter()
            .filter(|(feed, _)| asked(feed))
            .map(|(feed, dollars)| price_message(feed, dollars * DOLLAR, second))
            .collect();
        // Updates of Pyth's own routers have as many signatures.
        let update = |prices: &[_]| STANDARD.encode(signed_update(prices, Signing { guardian_set: 1, signatures: 3 }));
        let splits = self.splits.load(Ordering::Relaxed);
        let data: Vec<String> = prices.chunks(if splits { 1 } else { all.len() }).map(update).collect();
        let binary = json!({ "encoding": "base64", "data": data });
        ("200 OK", json!({ "binary": binary, "parsed": null }).to_string())
    }
}

fn hex(feed: &[u8; 32]) -> String {
    feed.iter().map(|byte| format!("{byte:02x}")).collect()
}
