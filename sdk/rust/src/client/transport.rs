//! JSON-RPC over HTTP, as a client of networks that are busy, silent or mistaken needs it.

use reqwest::{
    StatusCode,
    header::{CONTENT_TYPE, RETRY_AFTER},
};
use serde_json::Value;
use solana_rpc_client::rpc_sender::{RpcSender, RpcTransportStats};
use solana_rpc_client_api::{
    client_error::{Error, ErrorKind, Result},
    request::{RpcError, RpcRequest, RpcResponseErrorData},
};
use std::{
    future::Future,
    io,
    pin::Pin,
    sync::atomic::{AtomicU64, AtomicUsize, Ordering},
    time::Duration,
};
use tokio::time::sleep;

/// How long one answer may take. A socket that falls silent without closing is left after that.
const SILENCE: Duration = Duration::from_secs(20);
/// How long a connection may take.
const CONNECTING: Duration = Duration::from_secs(10);
/// How often a request is repeated that a node has refused because there were too many.
const TOO_MANY: u32 = 4;
/// Longest pause before such a repetition, whatever the node asks for: who uses this client decides how long to wait, not the node.
const LONGEST_PAUSE: Duration = Duration::from_secs(3);
/// First pause, where the node asks for none.
const FIRST_PAUSE: Duration = Duration::from_millis(300);

/// The transport. Its errors carry no URL, because URLs of providers contain keys.
pub(super) struct Transport {
    client: reqwest::Client,
    url: String,
    next_id: AtomicU64,
    requests: AtomicUsize,
}

/// An answer that counts, or a request to come again later.
enum Answer {
    Final(Result<Value>),
    Later(Option<Duration>),
}

impl Transport {
    /// Makes a transport to the network at `url`.
    pub fn new(url: &str) -> Self {
        let built = reqwest::Client::builder().timeout(SILENCE).connect_timeout(CONNECTING).build();
        Self {
            // Without its limits the client works all the same.
            client: built.unwrap_or_default(),
            url: url.to_owned(),
            next_id: AtomicU64::new(0),
            requests: AtomicUsize::new(0),
        }
    }

    async fn ask(&self, request: RpcRequest, params: Value) -> Result<Value> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let body = request.build_request_json(id, params).to_string();
        let mut pause = FIRST_PAUSE;
        for _ in 0..TOO_MANY {
            match self.once(id, body.clone()).await? {
                Answer::Final(answer) => return answer,
                Answer::Later(asked) => {
                    sleep(asked.unwrap_or(pause).min(LONGEST_PAUSE)).await;
                    pause *= 2;
                }
            }
        }
        Err(passing("the node limits requests: too many were made"))
    }

    async fn once(&self, id: u64, body: String) -> Result<Answer> {
        let post = self.client.post(&self.url).header(CONTENT_TYPE, "application/json").body(body);
        let response = post.send().await.map_err(without_url)?;
        if response.status() == StatusCode::TOO_MANY_REQUESTS {
            let asked = response.headers().get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
            return Ok(Answer::Later(asked.map(Duration::from_secs)));
        }
        if let Err(error) = response.error_for_status_ref() {
            return Err(without_url(error));
        }
        let bytes = response.bytes().await.map_err(without_url)?;
        let mut answer: Value =
            serde_json::from_slice(&bytes).map_err(|error| Error::from(ErrorKind::SerdeJson(error)))?;
        Ok(judge(id, &mut answer))
    }
}

/// Judges the body of an answer to the request with this number.
fn judge(id: u64, answer: &mut Value) -> Answer {
    if !answer.is_object() {
        return Answer::Final(Err(passing("the node answered another request")));
    }
    let error = answer["error"].take();
    if let (Some(code), Some(message)) = (error["code"].as_i64(), error["message"].as_str()) {
        if is_limit(code, message) {
            return Answer::Later(None);
        }
        let data = RpcResponseErrorData::Empty;
        return Answer::Final(Err(RpcError::RpcResponseError { code, message: message.to_owned(), data }.into()));
    }
    // A relay may mix up connections; what answers another request tells nothing about this one.
    if answer["id"].as_u64() != Some(id) {
        return Answer::Final(Err(passing("the node answered another request")));
    }
    match answer.get_mut("result") {
        Some(result) if error.is_null() => Answer::Final(Ok(result.take())),
        _ => Answer::Final(Err(passing("the node answered without a result"))),
    }
}

/// Whether an error says that there were too many requests. Providers use numbers of their own, inside of answers with status 200.
fn is_limit(code: i64, message: &str) -> bool {
    let message = message.to_lowercase();
    let said = ["rate limit", "too many requests", "request limit", "requests per second"];
    matches!(code, 429 | -32_429) || said.iter().any(|words| message.contains(words))
}

/// An error after which asking again may help.
fn passing(words: &str) -> Error {
    Error::from(ErrorKind::Io(io::Error::other(words)))
}

fn without_url(error: reqwest::Error) -> Error {
    Error::from(ErrorKind::Reqwest(error.without_url()))
}

impl RpcSender for Transport {
    fn send<'s, 'f>(
        &'s self,
        request: RpcRequest,
        params: Value,
    ) -> Pin<Box<dyn Future<Output = Result<Value>> + Send + 'f>>
    where
        's: 'f,
        Self: 'f,
    {
        Box::pin(self.ask(request, params))
    }

    fn get_transport_stats(&self) -> RpcTransportStats {
        RpcTransportStats { request_count: self.requests.load(Ordering::Relaxed), ..RpcTransportStats::default() }
    }

    fn url(&self) -> String {
        self.url.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn judged(mut answer: Value) -> String {
        match judge(7, &mut answer) {
            Answer::Final(Ok(value)) => value.to_string(),
            Answer::Final(Err(error)) => error.to_string(),
            Answer::Later(_) => "later".into(),
        }
    }

    #[test]
    fn an_answer_to_another_request_is_none() {
        assert_eq!(judged(json!({"jsonrpc": "2.0", "id": 7, "result": 5})), "5");
        assert_eq!(judged(json!({"id": 7, "result": null, "error": null})), "null");
        for other in [json!({"id": 8, "result": 5}), json!({"result": 5}), json!([1])] {
            assert!(judged(other).contains("another request"));
        }
        assert!(judged(json!({"id": 7})).contains("without a result"));
    }

    #[test]
    fn too_many_requests_are_told_in_many_ways() {
        for (code, message) in
            [(429, "no"), (-32_429, "no"), (-32_005, "You have exceeded the RATE LIMIT"), (1, "Too many requests")]
        {
            assert_eq!(judged(json!({"id": 7, "error": {"code": code, "message": message}})), "later");
        }
        let behind = judged(json!({"id": 7, "error": {"code": -32_005, "message": "Node is behind by 42 slots"}}));
        assert!(behind.contains("behind"), "{behind}");
    }
}
