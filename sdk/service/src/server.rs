//! Answers over HTTP: JSON, page by page, and a live stream.

mod answers;
mod stream;

use crate::store::Store;
use evergreen_http::{Bound, Limits};
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
};
use serde_json::{Value, json};
use std::{convert::Infallible, io, net::SocketAddr};

/// Most connections at a time, of which many listen to the stream; who comes later waits.
const CONNECTIONS: usize = 2_000;

/// Body of an answer.
type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Serves a store until it is dropped. `/v1` lists what it answers.
pub struct DataServer {
    /// Address that it listens at.
    pub address: SocketAddr,
    _server: evergreen_http::Server,
}

impl DataServer {
    /// Begins to listen; port 0 stands for any free port.
    ///
    /// # Errors
    /// Returns the error of the operating system if it cannot listen at the address.
    pub async fn start(address: SocketAddr, store: Store) -> io::Result<Self> {
        let answer = move |request| {
            let store = store.clone();
            async move { respond(&request, &store).await }
        };
        let limits = Limits { connections: CONNECTIONS, ..Limits::default() };
        let server = Bound::at(address).await?.serve(limits, answer);
        Ok(Self { address: server.address, _server: server })
    }
}

/// Why a request has no answer.
struct Refused(StatusCode, String);

impl From<crate::StoreError> for Refused {
    fn from(error: crate::StoreError) -> Self {
        tracing::warn!(%error, "a request was not answered");
        Self(StatusCode::SERVICE_UNAVAILABLE, "the store does not answer now".to_owned())
    }
}

async fn respond(request: &Request<Incoming>, store: &Store) -> Response<Body> {
    let answered = match (request.method(), request.uri().path()) {
        (&Method::GET, "/v1/stream") => stream::open(request, store).await,
        (&Method::GET, path) => answers::answer(path, request.uri().query().unwrap_or(""), store).await.map(json_body),
        _ => Err(Refused(StatusCode::METHOD_NOT_ALLOWED, "only GET is answered".to_owned())),
    };
    let mut response = answered.unwrap_or_else(|Refused(status, why)| {
        let mut response = json_body(json!({ "problem": why }));
        *response.status_mut() = status;
        response
    });
    let headers = response.headers_mut();
    // What is told is public, and no cookie is read.
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

fn json_body(value: Value) -> Response<Body> {
    let mut response = Response::new(Full::new(Bytes::from(value.to_string())).boxed_unsync());
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    response
}
