//! What all relays of JSON-RPC have in common: a port, and an answer to each request's body.

use http_body_util::{BodyExt, Full};
use hyper::{Response, StatusCode, body::Bytes, header::HeaderValue, server::conn::http1, service::service_fn};
use hyper_util::rt::TokioIo;
use std::{future::Future, io};
use tokio::net::TcpListener;

/// A relay's answer; an error ends the connection without one.
pub type Answer = io::Result<Response<Full<Bytes>>>;

/// A listener on a free port, until it is dropped.
pub struct Relay {
    /// URL at which it listens.
    pub url: String,
    listener: tokio::task::JoinHandle<()>,
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.listener.abort();
    }
}

impl Relay {
    /// Answers each request by its body.
    ///
    /// # Panics
    /// If no port is free.
    pub async fn start<A, F>(answer: A) -> Self
    where
        A: Fn(Bytes) -> F + Clone + Send + Sync + 'static,
        F: Future<Output = Answer> + Send,
    {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a port");
        let url = format!("http://{}", listener.local_addr().expect("an address"));
        let listener = tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let answer = answer.clone();
                tokio::spawn(async move {
                    let service = service_fn(move |request: hyper::Request<hyper::body::Incoming>| {
                        let answer = answer.clone();
                        async move {
                            let body = request.into_body().collect().await.map_err(io::Error::other)?;
                            answer(body.to_bytes()).await
                        }
                    });
                    let _ = http1::Builder::new().serve_connection(TokioIo::new(stream), service).await;
                });
            }
        });
        Self { url, listener }
    }
}

/// An answer of JSON with this status.
pub fn json(status: StatusCode, body: Bytes) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(body));
    *response.status_mut() = status;
    response.headers_mut().insert("content-type", HeaderValue::from_static("application/json"));
    response
}

/// The network's own answer to a request.
pub async fn asked(client: &reqwest::Client, target: &str, body: Bytes) -> io::Result<(StatusCode, Bytes)> {
    let post = client.post(target).header("content-type", "application/json").body(body);
    let response = post.send().await.map_err(io::Error::other)?;
    let status = StatusCode::from_u16(response.status().as_u16()).map_err(io::Error::other)?;
    Ok((status, response.bytes().await.map_err(io::Error::other)?))
}
