//! Metrics and health over HTTP.

use crate::metrics::Metrics;
use evergreen_http::{Bound, Limits};
use http_body_util::Full;
use hyper::{
    Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::CONTENT_TYPE,
};
use std::{io, net::SocketAddr, time::Duration};

/// Time without a tick after which `/health` reports that the keeper is not at work.
const ILL_AFTER: Duration = Duration::from_secs(30);

/// Serves `/metrics` in the format of Prometheus and `/health` (200 while the keeper is at work, 503 otherwise) until it is
/// dropped.
pub struct MetricsServer {
    /// Address that it listens at.
    pub address: SocketAddr,
    _server: evergreen_http::Server,
}

impl MetricsServer {
    /// Begins to listen; port 0 stands for any free port.
    ///
    /// # Errors
    /// Returns the error of the operating system if it cannot listen at the address.
    pub async fn start(address: SocketAddr, metrics: Metrics) -> io::Result<Self> {
        let answer = move |request: Request<Incoming>| {
            let response = respond(&request, &metrics);
            async move { response }
        };
        let server = Bound::at(address).await?.serve(Limits::default(), answer);
        Ok(Self { address: server.address, _server: server })
    }
}

fn respond(request: &Request<Incoming>, metrics: &Metrics) -> Response<Full<Bytes>> {
    let (status, kind, body) = match request.uri().path() {
        "/metrics" => (StatusCode::OK, "application/openmetrics-text; version=1.0.0; charset=utf-8", metrics.text()),
        "/health" => match metrics.since_last_tick() {
            Some(since) if since < ILL_AFTER => (StatusCode::OK, "text/plain", "at work\n".to_owned()),
            Some(since) => {
                let words = format!("the keeper has not looked at its accounts for {} s\n", since.as_secs());
                (StatusCode::SERVICE_UNAVAILABLE, "text/plain", words)
            }
            None => (StatusCode::SERVICE_UNAVAILABLE, "text/plain", "starting\n".to_owned()),
        },
        _ => (StatusCode::NOT_FOUND, "text/plain", "no such page: expected /metrics or /health\n".to_owned()),
    };
    let mut response = Response::new(Full::new(Bytes::from(body)));
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, hyper::header::HeaderValue::from_static(kind));
    response
}
