//! A network on which everything is sent in a version of transactions that no client of today can read.

use crate::relay::{Relay, asked, json};
use base64::{Engine, engine::general_purpose::STANDARD};
use hyper::{StatusCode, body::Bytes};
use serde_json::{Value, json as value};

/// The first byte of a transaction of version 1.
const VERSION: u8 = 0x81;

/// A relay that tells each transaction in version 1, and refuses it to whoever asks for earlier versions alone, as nodes do.
pub struct Later {
    /// URL at which it listens.
    pub url: String,
    _relay: Relay,
}

impl Later {
    /// Starts it before the network at this URL.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn before(target: &str) -> Self {
        let (client, target) = (reqwest::Client::new(), target.to_owned());
        let relay = Relay::start(move |body: Bytes| {
            let (client, target) = (client.clone(), target.clone());
            async move {
                let request: Value = serde_json::from_slice(&body).unwrap_or_default();
                let is_record = request["method"] == "getTransaction";
                if is_record && request["params"][1]["maxSupportedTransactionVersion"].as_u64().unwrap_or(0) == 0 {
                    let error = value!({ "code": -32015, "message": "Transaction version (1) is not supported" });
                    let refusal = value!({ "jsonrpc": "2.0", "id": request["id"], "error": error });
                    return Ok(json(StatusCode::OK, refusal.to_string().into()));
                }
                let (status, told) = asked(&client, &target, body).await?;
                let mut answer: Value = serde_json::from_slice(&told).unwrap_or_default();
                if !is_record || !answer["result"].is_object() {
                    return Ok(json(status, told));
                }
                let bytes = STANDARD.decode(answer["result"]["transaction"][0].as_str().unwrap_or_default());
                let later = [vec![VERSION], bytes.unwrap_or_default()].concat();
                answer["result"]["transaction"][0] = STANDARD.encode(later).into();
                answer["result"]["version"] = 1.into();
                Ok(json(status, answer.to_string().into()))
            }
        })
        .await;
        Self { url: relay.url.clone(), _relay: relay }
    }
}
