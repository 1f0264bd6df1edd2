//! A service over HTTP that may want a key.

use core::{fmt, time::Duration};
use reqwest::{Client, Method, RequestBuilder};

/// A base URL, the key that is sent there, and the connections to it.
#[derive(Clone)]
pub(crate) struct Service {
    base: String,
    key: Option<String>,
    http: Client,
}

impl fmt::Debug for Service {
    /// Formats the service without its key.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Service").field("base", &self.base).field("key", &self.key.is_some()).finish()
    }
}

impl Service {
    /// Makes a service from its base URL; a whole request, connecting included, may take so long. On an error it says for which URL no HTTP client can be made on this machine.
    pub(crate) fn new(base: &str, timeout: Duration) -> Result<Self, (String, reqwest::Error)> {
        let base = base.trim_end_matches('/').to_owned();
        match Client::builder().timeout(timeout).build() {
            Ok(http) => Ok(Self { base, key: None, http }),
            Err(error) => Err((base, error)),
        }
    }

    /// Sets the key, which is sent as `Authorization: Bearer` and is never printed.
    pub(crate) fn with_key(mut self, key: impl Into<String>) -> Self {
        self.key = Some(key.into());
        self
    }

    /// The URL of a path, which begins with a slash.
    pub(crate) fn url(&self, path: &str) -> String {
        format!("{}{path}", self.base)
    }

    /// Begins a request.
    pub(crate) fn request(&self, method: Method, url: &str) -> RequestBuilder {
        let request = self.http.request(method, url);
        match &self.key {
            Some(key) => request.bearer_auth(key),
            None => request,
        }
    }
}
