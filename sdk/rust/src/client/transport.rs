//! JSON-RPC over HTTP, as a client of networks that are busy, silent or mistaken needs it.

use super::endpoints::{Endpoints, Failure};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
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
use tokio::time::{Instant, sleep, sleep_until};

/// How long an answer may take that consists of many accounts or transactions.
const LONG: Duration = Duration::from_secs(20);
/// How long a node may say nothing before the next one is asked, too.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// The same where the answer may consist of many accounts or transactions.
const LONG_WAIT: Duration = Duration::from_secs(3);
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
    nodes: Nodes,
    /// The only node that is asked.
    only: Option<usize>,
    next_id: AtomicU64,
    requests: AtomicUsize,
}

/// Nodes, and the connections to them.
#[derive(Clone)]
struct Nodes {
    client: reqwest::Client,
    known: Endpoints,
}

/// An answer that counts, or a request to come again later.
enum Answer {
    Final(Result<Value>),
    Later(Option<Duration>),
}

/// A request as it is sent.
#[derive(Clone)]
struct Question {
    id: u64,
    body: String,
    /// How long a node may take.
    silence: Duration,
    /// How long it may say nothing before the next one is asked, too; `None` for what must not be asked twice.
    patience: Option<Duration>,
    /// Whether asking changes nothing.
    is_reading: bool,
}

impl Transport {
    /// Makes a transport to these nodes.
    pub fn new(nodes: &Endpoints) -> Self {
        let built = reqwest::Client::builder().connect_timeout(CONNECTING.min(nodes.silence)).build();
        // Without its limits the client works all the same.
        let nodes = Nodes { client: built.unwrap_or_default(), known: nodes.clone() };
        Self { nodes, only: None, next_id: AtomicU64::new(0), requests: AtomicUsize::new(0) }
    }

    /// A transport over the same connections that asks one node only.
    pub fn only(&self, place: usize) -> Self {
        let (next_id, requests) = (AtomicU64::new(0), AtomicUsize::new(0));
        Self { nodes: self.nodes.clone(), only: Some(place), next_id, requests }
    }

    async fn ask(&self, request: RpcRequest, params: Value) -> Result<Value> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let id = self.next_id.fetch_add(1, Ordering::Relaxed);
        let (silence, patience) = match is_long(request) {
            true => (LONG.max(self.nodes.known.silence), LONG_WAIT),
            false => (self.nodes.known.silence, LONGEST_WAIT),
        };
        // A transaction that is sent twice happens once; an airdrop is another one each time.
        let is_airdrop = matches!(request, RpcRequest::RequestAirdrop);
        let is_reading = !is_airdrop && !matches!(request, RpcRequest::SendTransaction);
        let body = request.build_request_json(id, params).to_string();
        let patience = (!is_airdrop).then_some(patience);
        self.nodes.ask(Question { id, body, silence, patience, is_reading }, self.only).await
    }
}

impl Nodes {
    /// Asks one node after the other until one answers: the next one when one fails, and when it has said nothing for too long.
    async fn ask(&self, question: Question, only: Option<usize>) -> Result<Value> {
        if question.is_reading && only.is_none() {
            self.try_again(&question);
        }
        let order = only.map_or_else(|| self.known.order(Instant::now()), |place| vec![place]);
        let mut order = order.into_iter().peekable();
        // Those who are asked, the first one first, and their answers.
        let mut asked: Vec<(usize, Instant)> = Vec::new();
        let mut answers = FuturesUnordered::new();
        let mut last = passing("no node is known");
        loop {
            match order.next() {
                Some(place) => {
                    self.known.asked(place);
                    asked.push((place, Instant::now()));
                    answers.push(self.ask_one(place, &question).map(move |answer| (place, answer)));
                }
                None if answers.is_empty() => return Err(last),
                None => {}
            }
            let may_go_on = order.peek().is_some();
            tokio::select! {
                biased;
                Some((place, answer)) = answers.next() => match answer {
                    Err(error) if is_failure(&error) => {
                        let at = asked.iter().position(|(other, _)| *other == place).map(|at| asked.remove(at).1);
                        let now = Instant::now();
                        self.known.failed(place, how(&error), at.unwrap_or(now), now);
                        last = error;
                    }
                    answer => {
                        self.known.answered(place);
                        self.overtaken(&asked, place, question.patience);
                        return answer;
                    }
                },
                () = self.tired_of(asked.last(), question.patience), if may_go_on => {}
            }
        }
    }

    /// Waits until a node has said nothing to this request, or to another one, for too long.
    async fn tired_of(&self, asked: Option<&(usize, Instant)>, patience: Option<Duration>) {
        let (Some((place, since)), Some(patience)) = (asked, patience) else { return std::future::pending().await };
        tokio::select! {
            () = sleep_until(*since + patience) => {}
            () = self.known.found_silent(*place) => {}
        }
    }

    /// Notes that nodes have said nothing for too long while one that was asked after them has answered.
    fn overtaken(&self, asked: &[(usize, Instant)], by: usize, patience: Option<Duration>) {
        let Some(patience) = patience else { return };
        let now = Instant::now();
        let before = asked.iter().take_while(|(place, _)| *place != by);
        for (place, since) in before.filter(|(_, since)| now.saturating_duration_since(*since) >= patience) {
            self.known.failed(*place, Failure::Silent, *since, now);
        }
    }

    /// Sends a copy of a request to a node that has failed and has rested, to see whether it answers again. Nothing waits for that.
    fn try_again(&self, question: &Question) {
        let Some(trial) = self.known.trial(Instant::now()) else { return };
        let (nodes, question) = (self.clone(), question.clone());
        tokio::spawn(async move {
            let (place, asked) = (trial.place, Instant::now());
            nodes.known.asked(place);
            match nodes.ask_one(place, &question).await {
                Err(error) if is_failure(&error) => nodes.known.failed(place, how(&error), asked, Instant::now()),
                _ => nodes.known.answered(place),
            }
            drop(trial);
        });
    }

    async fn ask_one(&self, place: usize, question: &Question) -> Result<Value> {
        let Some(url) = self.known.urls.0.get(place) else { return Err(passing("no node is known")) };
        // Where there are others, they are asked in the place of one that limits requests.
        let tries = if self.known.urls.0.len() > 1 { 1 } else { TOO_MANY };
        let mut pause = FIRST_PAUSE;
        for number in 1..=tries {
            match self.once(url, question).await? {
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

    async fn once(&self, url: &str, question: &Question) -> Result<Answer> {
        let post = self.client.post(url).header(CONTENT_TYPE, "application/json").timeout(question.silence);
        let post = post.body(question.body.clone());
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
        Ok(judge(question.id, &mut answer))
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

/// How a node has failed that has not answered.
fn how(error: &Error) -> Failure {
    match error.kind() {
        ErrorKind::Reqwest(error) if error.is_timeout() => Failure::Silent,
        _ => Failure::Refused,
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
        self.nodes.known.urls.0.first().cloned().unwrap_or_default()
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
