//! A relay of JSON-RPC that counts what is asked for, by method.

use crate::relay::{Relay, asked, json};
use hyper::body::Bytes;
use std::{
    collections::BTreeMap,
    sync::{Arc, Mutex, PoisonError},
};

/// What was asked for with one method.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Asked {
    /// Number of requests.
    pub requests: u64,
    /// Bytes of their answers.
    pub bytes: u64,
}

/// A relay that passes everything on and counts it.
pub struct Counted {
    /// URL at which the relay listens.
    pub url: String,
    methods: Arc<Mutex<BTreeMap<String, Asked>>>,
    _relay: Relay,
}

impl Counted {
    /// Starts a relay to the network at this URL.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn before(target: &str) -> Self {
        let methods: Arc<Mutex<BTreeMap<String, Asked>>> = Arc::default();
        let (counted, client, target) = (methods.clone(), reqwest::Client::new(), target.to_owned());
        let relay = Relay::start(move |body: Bytes| {
            let (counted, client, target) = (counted.clone(), client.clone(), target.clone());
            async move {
                let request: serde_json::Value = serde_json::from_slice(&body).unwrap_or_default();
                let method = request["method"].as_str().unwrap_or("none").to_owned();
                let (status, answer) = asked(&client, &target, body).await?;
                let mut counted = counted.lock().unwrap_or_else(PoisonError::into_inner);
                let entry = counted.entry(method).or_default();
                entry.requests += 1;
                entry.bytes += answer.len() as u64;
                drop(counted);
                Ok(json(status, answer))
            }
        });
        let relay = relay.await;
        Self { url: relay.url.clone(), methods, _relay: relay }
    }

    /// Returns what was asked for since the last call, by method.
    pub fn take(&self) -> BTreeMap<String, Asked> {
        std::mem::take(&mut *self.methods.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
