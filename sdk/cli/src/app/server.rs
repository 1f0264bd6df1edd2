//! The server of the page.

use super::{config::PageConfig, files::Files};
use anyhow::{Context as _, Result};
use evergreen_http::{Bound, Limits, Server};
use evergreen_sdk::anchor_lang::prelude::Pubkey;
use http_body_util::{BodyExt, Full, Limited};
use hyper::{
    Method, Request, Response, StatusCode,
    body::{Bytes, Incoming},
    header::{self, HeaderName, HeaderValue},
};
use std::sync::Arc;

/// Gives SOL and tokens of a local market to an address; it may block.
pub type Faucet = Arc<dyn Fn(Pubkey) -> Result<()> + Send + Sync>;

/// Most bytes of a request.
const MOST: usize = 1_024;
/// Forms of a file that are smaller, best first: how browsers name them, and how the files' names end.
const SMALLER: [(&str, &str); 2] = [("br", ".br"), ("gzip", ".gz")];

/// Serves the app until it is dropped.
pub struct PageServer {
    /// Address of the page.
    pub url: String,
    _server: Server,
}

/// What requests are answered with.
struct Site {
    files: Files,
    config: Bytes,
    policy: HeaderValue,
    port: u16,
    faucet: Option<Faucet>,
}

impl PageServer {
    /// Begins to listen on this machine; port 0 stands for any free port.
    ///
    /// # Errors
    /// When it cannot listen at the port.
    pub async fn start(port: u16, files: Files, config: &PageConfig, faucet: Option<Faucet>) -> Result<Self> {
        let bound = Bound::at(("127.0.0.1", port)).await;
        let bound = bound.with_context(|| format!("listening on port {port}; another one can be named"))?;
        let port = bound.address.port();
        let site =
            Arc::new(Site { files, config: serde_json::to_vec(config)?.into(), policy: policy(config)?, port, faucet });
        let answer = move |request| {
            let site = site.clone();
            async move { site.answer(request).await }
        };
        Ok(Self { url: format!("http://127.0.0.1:{port}/"), _server: bound.serve(Limits::default(), answer) })
    }
}

/// What the page may load and ask: this server, the network and the data service, nothing else.
fn policy(config: &PageConfig) -> Result<HeaderValue> {
    let origin = |url: &str| {
        let (scheme, rest) = url.split_once("://").unwrap_or(("https", url));
        let host = rest.split(['/', '?', '#', ';', ',', ' ']).next().unwrap_or_default();
        format!("{scheme}://{host}")
    };
    let mut asked = format!("{} {}", origin(&config.rpc), origin(&config.websocket));
    if let Some(history) = &config.history {
        asked = format!("{asked} {}", origin(history));
    }
    let policy = format!(
        "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' data:; manifest-src 'self'; \
         connect-src 'self' {asked}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    );
    HeaderValue::from_str(&policy).context("a URL of the network that no header can hold")
}

impl Site {
    async fn answer(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let header = |name| request.headers().get(name).and_then(|value: &HeaderValue| value.to_str().ok());
        let own = [format!("127.0.0.1:{}", self.port), format!("localhost:{}", self.port)];
        let is_own = header(header::HOST).is_some_and(|host| own.iter().any(|one| one == host));
        // Of requests that change something also the page that sends them has to be this one.
        let from = header(header::ORIGIN).map(|origin| origin.trim_start_matches("http://").to_owned());
        let smaller = header(header::ACCEPT_ENCODING).unwrap_or_default().to_owned();
        let mut response = match (request.method(), request.uri().path()) {
            _ if !is_own => plain(StatusCode::MISDIRECTED_REQUEST, "this server answers for its own address only"),
            (&Method::GET | &Method::HEAD, "/config.json") => {
                let mut response = Response::new(Full::new(self.config.clone()));
                set(&mut response, header::CONTENT_TYPE, "application/json");
                set(&mut response, header::CACHE_CONTROL, "no-store");
                response
            }
            (&Method::GET | &Method::HEAD, path) => self.file(path, &smaller),
            (&Method::POST, "/fund") if from.is_some_and(|from| own.contains(&from)) => self.fund(request).await,
            _ => plain(StatusCode::METHOD_NOT_ALLOWED, "no such request"),
        };
        for (name, value) in [
            (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
            (header::REFERRER_POLICY, "no-referrer"),
            (header::X_FRAME_OPTIONS, "DENY"),
        ] {
            set(&mut response, name, value);
        }
        response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, self.policy.clone());
        response
    }

    fn file(&self, path: &str, accepted: &str) -> Response<Full<Bytes>> {
        let path = path.trim_start_matches('/');
        let path = if path.is_empty() { "index.html" } else { path };
        let takes =
            |name: &str| accepted.split(',').any(|one| one.split(';').next().unwrap_or_default().trim() == name);
        let found = SMALLER
            .iter()
            .filter(|(name, _)| takes(name))
            .find_map(|(name, ending)| self.files.get(&format!("{path}{ending}")).map(|bytes| (bytes, Some(*name))));
        let Some((bytes, form)) = found.or_else(|| self.files.get(path).map(|bytes| (bytes, None))) else {
            return plain(StatusCode::NOT_FOUND, "no such file");
        };
        let mut response = Response::new(Full::new(Bytes::from(bytes.into_owned())));
        set(&mut response, header::CONTENT_TYPE, kind(path));
        set(&mut response, header::VARY, "accept-encoding");
        // A name of these has the hash of what is in it.
        let lasts = if path.starts_with("assets/") { "public, max-age=31536000, immutable" } else { "no-cache" };
        set(&mut response, header::CACHE_CONTROL, lasts);
        if let Some(form) = form {
            set(&mut response, header::CONTENT_ENCODING, form);
        }
        response
    }

    async fn fund(&self, request: Request<Incoming>) -> Response<Full<Bytes>> {
        let Some(faucet) = self.faucet.clone() else {
            return plain(StatusCode::NOT_FOUND, "nothing is given away on this network");
        };
        let body = Limited::new(request.into_body(), MOST).collect().await.map(|body| body.to_bytes());
        let text = body.ok().and_then(|bytes| String::from_utf8(bytes.to_vec()).ok()).unwrap_or_default();
        let Ok(address) = text.trim().parse::<Pubkey>() else {
            return plain(StatusCode::BAD_REQUEST, "the body is no address");
        };
        match tokio::task::spawn_blocking(move || faucet(address)).await {
            Ok(Ok(())) => plain(StatusCode::OK, "given"),
            Ok(Err(error)) => plain(StatusCode::BAD_GATEWAY, &format!("{error:#}")),
            Err(_) => plain(StatusCode::INTERNAL_SERVER_ERROR, "it was not given"),
        }
    }
}

/// The media type of a file.
fn kind(path: &str) -> &'static str {
    match path.rsplit_once('.').map(|(_, ending)| ending) {
        Some("html") => "text/html; charset=utf-8",
        Some("js") => "text/javascript; charset=utf-8",
        Some("css") => "text/css; charset=utf-8",
        // Anything else, and browsers do not compile it while it arrives.
        Some("wasm") => "application/wasm",
        Some("svg") => "image/svg+xml",
        Some("json" | "webmanifest") => "application/json",
        _ => "application/octet-stream",
    }
}

fn plain(status: StatusCode, text: &str) -> Response<Full<Bytes>> {
    let mut response = Response::new(Full::new(Bytes::from(format!("{text}\n"))));
    *response.status_mut() = status;
    set(&mut response, header::CONTENT_TYPE, "text/plain; charset=utf-8");
    response
}

fn set(response: &mut Response<Full<Bytes>>, name: HeaderName, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

#[cfg(test)]
mod tests;
