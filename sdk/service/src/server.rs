//! Answers over HTTP: JSON, page by page, and a live stream.

mod answers;
mod stream;

use crate::store::Store;
use http_body_util::{BodyExt as _, Full, combinators::UnsyncBoxBody};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, HeaderValue},
    server::conn::http1,
    service::service_fn,
};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde_json::{Value, json};
use std::{convert::Infallible, io, net::SocketAddr, sync::Arc, time::Duration};
use tokio::{net::TcpListener, sync::Semaphore, task::JoinHandle};

/// Most connections at a time; who comes later waits.
const CONNECTIONS: usize = 2_000;
/// Time in which a request has to be read.
const PATIENCE: Duration = Duration::from_secs(10);

/// Body of an answer.
type Body = UnsyncBoxBody<Bytes, Infallible>;

/// Serves a store until it is dropped. `/v1` lists what it answers.
pub struct Server {
    /// Address that it listens at.
    pub address: SocketAddr,
    task: JoinHandle<()>,
}

impl Drop for Server {
    fn drop(&mut self) {
        self.task.abort();
    }
}

impl Server {
    /// Begins to listen; port 0 stands for any free port.
    ///
    /// # Errors
    /// Returns the error of the operating system if it cannot listen at the address.
    pub async fn start(address: SocketAddr, store: Store) -> io::Result<Self> {
        let listener = TcpListener::bind(address).await?;
        let address = listener.local_addr()?;
        let free = Arc::new(Semaphore::new(CONNECTIONS));
        let task = tokio::spawn(async move {
            loop {
                let Ok(place) = free.clone().acquire_owned().await else { return };
                let Ok((stream, _)) = listener.accept().await else {
                    // The process may be out of file handles, for instance; that passes.
                    tokio::time::sleep(Duration::from_millis(100)).await;
                    continue;
                };
                let store = store.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request| {
                        let store = store.clone();
                        async move { Ok::<_, Infallible>(respond(&request, &store).await) }
                    });
                    let mut connection = http1::Builder::new();
                    connection.timer(TokioTimer::new()).header_read_timeout(PATIENCE);
                    // The other side may close the connection in the middle; that is no failure of the server.
                    let _ = connection.serve_connection(TokioIo::new(stream), service).await;
                    drop(place);
                });
            }
        });
        Ok(Self { address, task })
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
        (&Method::GET, "/v1/stream") => stream::open(request, store),
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
