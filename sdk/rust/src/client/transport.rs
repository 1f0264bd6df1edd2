//! JSON-RPC over HTTP, as a client of networks that are busy, silent or mistaken needs it.

use super::endpoints::Endpoints;
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
use tokio::time::{Instant, sleep};

/// How long an answer may take that consists of many accounts or transactions.
const LONG: Duration = Duration::from_secs(20);
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
    nodes: Endpoints,
    next_id: AtomicU64,
    requests: AtomicUsize,
}

/// An answer that counts, or a request to come again later.
enum Answer {
    Final(Result<Value>),
    Later(Option<Duration>),
}

impl Transport {
    /// Makes a transport to these nodes.
    pub fn new(nodes: &Endpoints) -> Self {
        let built = reqwest::Client::builder().connect_timeout(CONNECTING.min(nodes.silence)).build();
        Self {
            // Without its limits the client works all the same.
            client: built.unwrap_or_default(),
            nodes: nodes.clone(),
            next_id: AtomicU64::new(0),
            requests: AtomicUsize::new(0),
        }
    }

    /// Asks one node after the other until one answers.
    async fn ask(&self, request: RpcRequest, params: Value) -> Result<Value> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let body = request.build_request_json(id, params).to_string();
        let silence = if is_long(request) { LONG.max(self.nodes.silence) } else { self.nodes.silence };
        let mut last = passing("no node is known");
        for place in self.nodes.order(Instant::now()) {
            self.nodes.asked(place);
            match self.ask_one(place, id, &body, silence).await {
                Err(error) if is_failure(&error) => {
                    self.nodes.failed(place, Instant::now());
                    last = error;
                }
                answer => {
                    self.nodes.answered(place);
                    return answer;
                }
            }
        }
        Err(last)
    }

    async fn ask_one(&self, place: usize, id: u64, body: &str, silence: Duration) -> Result<Value> {
        let Some(url) = self.nodes.urls.0.get(place) else { return Err(passing("no node is known")) };
        // Where there are others, they are asked in the place of one that limits requests.
        let tries = if self.nodes.urls.0.len() > 1 { 1 } else { TOO_MANY };
        let mut pause = FIRST_PAUSE;
        for number in 1..=tries {
            match self.once(url, id, body.to_owned(), silence).await? {
                Answer::Final(answer) => return answer,
                Answer::Later(asked) if number < tries => {
                    sleep(asked.unwrap_or(pause).min(LONGEST_PAUSE)).await;
                    pause *= 2;
                }
                Answer::Later(_) => {}
            }
        }
        Err(passing("the node limits requests: too many were made"))
    }

    async fn once(&self, url: &str, id: u64, body: String, silence: Duration) -> Result<Answer> {
        let post = self.client.post(url).header(CONTENT_TYPE, "application/json").timeout(silence).body(body);
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

/// Whether an answer may consist of many accounts or transactions.
const fn is_long(request: RpcRequest) -> bool {
    use RpcRequest::{GetProgramAccounts, GetSignaturesForAddress, GetTransaction};
    matches!(request, GetProgramAccounts | GetSignaturesForAddress | GetTransaction)
}

/// Whether a node has failed, so that another one may do better: it has not answered, or says that it is behind, or does not serve such requests.
fn is_failure(error: &Error) -> bool {
    /// Behind or ill; without this method; without an index that it needs; before the slot that is asked for.
    const UNABLE: [i64; 4] = [-32_005, -32_601, -32_010, -32_016];
    match error.kind() {
        ErrorKind::Io(_) | ErrorKind::Reqwest(_) | ErrorKind::SerdeJson(_) | ErrorKind::Middleware(_) => true,
        ErrorKind::RpcError(RpcError::RpcResponseError { code, .. }) => UNABLE.contains(code),
        _ => false,
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
        self.nodes.urls.0.first().cloned().unwrap_or_default()
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
