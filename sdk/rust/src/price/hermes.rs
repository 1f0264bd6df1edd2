//! Signed updates from a price service: Pyth's Hermes, or a service with the same interface.

use super::{FeedId, PythUpdate, UpdateError, hex};
use crate::service::Service;
use reqwest::Method;
use serde::Deserialize;
use std::{future::Future, pin::Pin, time::Duration};

/// A service that hands out signed updates.
///
/// ```
/// use evergreen_sdk::price::{FeedId, Latest, PythUpdate, ServiceError, UpdateService};
///
/// /// Reads the updates from a file that another process keeps current.
/// struct Folder(std::path::PathBuf);
///
/// impl UpdateService for Folder {
///     fn latest<'a>(&'a self, _feeds: &'a [FeedId]) -> Latest<'a> {
///         Box::pin(async move {
///             let answer = |why: std::io::Error| ServiceError::Answer { url: self.0.display().to_string(), why: why.to_string() };
///             Ok(vec![PythUpdate::from_base64(&std::fs::read_to_string(&self.0).map_err(answer)?)?])
///         })
///     }
/// }
/// ```
pub trait UpdateService: Send + Sync {
    /// Fetches the latest prices of these feeds. They may come in several updates, for instance when feeds were published in different
    /// slots; each feed is in one of them. A feed without a price, such as a halted one, is left out as long as another has one.
    fn latest<'a>(&'a self, feeds: &'a [FeedId]) -> Latest<'a>;

    /// Fetches, in the same way, the first prices of these feeds that were published after `moment`, unix seconds: those that fill a
    /// commitment. A service that keeps no past updates returns the latest ones, which are the first ones if they are asked for in time;
    /// the program checks that they are.
    fn first_after<'a>(&'a self, feeds: &'a [FeedId], _moment: i64) -> Latest<'a> {
        self.latest(feeds)
    }
}

/// The future of updates that are being fetched.
pub type Latest<'a> = Pin<Box<dyn Future<Output = Result<Vec<PythUpdate>, ServiceError>> + Send + 'a>>;

/// Reason why a price service has returned no update.
///
/// ```
/// use evergreen_sdk::price::ServiceError;
/// use std::time::Duration;
///
/// /// Returns how long to wait before the next request; `None` if waiting does not help.
/// fn pause(error: &ServiceError) -> Option<Duration> {
///     match error {
///         ServiceError::Unreachable { .. } => Some(Duration::from_secs(1)),
///         ServiceError::TooMany { .. } => Some(Duration::from_secs(60)),
///         ServiceError::Status { status: 500.., .. } => Some(Duration::from_secs(5)),
///         _ => None,
///     }
/// }
/// let url = "https://hermes.example".to_owned();
/// assert_eq!(pause(&ServiceError::TooMany { url: url.clone() }), Some(Duration::from_secs(60)));
/// assert_eq!(pause(&ServiceError::Unauthorized { url, status: 401 }), None);
/// ```
#[derive(Debug, thiserror::Error)]
pub enum ServiceError {
    /// The service could not be reached, or did not answer in time.
    #[error("asking {url}: {source}")]
    Unreachable {
        /// URL of the service, without parameters.
        url: String,
        /// The failure of the connection.
        #[source]
        source: Box<reqwest::Error>,
    },
    /// The key is missing or not accepted.
    #[error("{url} answers {status}: it wants a key, or another one")]
    Unauthorized {
        /// URL of the request.
        url: String,
        /// HTTP status of the answer.
        status: u16,
    },
    /// The service refuses further requests for now.
    #[error("{url} takes no more requests for now")]
    TooMany {
        /// URL of the request.
        url: String,
    },
    /// The status of the answer is another error.
    #[error("{url} answers {status}: {text}")]
    Status {
        /// URL of the request.
        url: String,
        /// HTTP status of the answer.
        status: u16,
        /// First 200 characters of the answer.
        text: String,
    },
    /// The answer does not follow the service's interface, or has none of the prices that were asked for.
    #[error("{url}: {why}")]
    Answer {
        /// URL of the request.
        url: String,
        /// The reason, in words.
        why: String,
    },
    /// The update cannot be posted.
    #[error(transparent)]
    Update(#[from] UpdateError),
}

/// A Hermes endpoint.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::{presets::BTC_FEED, price::{Hermes, UpdateService}};
///
/// let service = Hermes::new("https://pyth.dourolabs.app/hermes")?.with_token(std::env::var("PYTH_KEY")?);
/// let updates = service.latest(&[BTC_FEED]).await?;
/// for price in updates.iter().flat_map(|update| update.prices()) {
///     println!("{} · 10^{} dollars at {}", price.price, price.exponent, price.publish_time);
/// }
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct Hermes {
    service: Service,
}

/// The part of an answer that is used.
#[derive(Deserialize)]
struct Answer {
    binary: Binary,
}

#[derive(Deserialize)]
struct Binary {
    encoding: String,
    data: Vec<String>,
}

impl Hermes {
    /// Makes an endpoint from its base URL, to which `/v2/…` is appended. The timeout is five seconds.
    ///
    /// # Errors
    /// [`ServiceError::Unreachable`] when no HTTP client can be made on this machine.
    pub fn new(base: &str) -> Result<Self, ServiceError> {
        Self::with_timeout(base, Duration::from_secs(5))
    }

    /// Makes an endpoint with another timeout for a whole request, connecting included.
    ///
    /// # Errors
    /// The same as those of [`Self::new`].
    pub fn with_timeout(base: &str, timeout: Duration) -> Result<Self, ServiceError> {
        let service = Service::new(base, timeout);
        let service = service.map_err(|(url, source)| ServiceError::Unreachable { url, source: Box::new(source) })?;
        Ok(Self { service })
    }

    /// Sets a key, which is sent as `Authorization: Bearer` and is never printed.
    pub fn with_token(mut self, token: impl Into<String>) -> Self {
        self.service = self.service.with_key(token);
        self
    }

    /// Asks for the prices of these feeds: the latest ones, or the first ones after a moment. Hermes returns those of the first slot at a
    /// second or later. It refuses the whole question when it does not know one of the feeds, so each is then asked for alone.
    async fn ask(&self, feeds: &[FeedId], after: Option<i64>) -> Result<Vec<PythUpdate>, ServiceError> {
        let found = match self.answer(feeds, after).await {
            Err(ServiceError::Status { status: 400 | 404, .. }) if feeds.len() > 1 => {
                let (mut found, mut failure) = (Vec::new(), None);
                for feed in feeds {
                    match self.answer(&[*feed], after).await {
                        Ok(updates) => found.extend(updates),
                        Err(error) => failure = Some(error),
                    }
                }
                match failure {
                    Some(error) if found.is_empty() => return Err(error),
                    _ => found,
                }
            }
            answered => answered?,
        };
        let updates = chosen(found, feeds, after);
        if updates.is_empty() {
            let names: Vec<String> = feeds.iter().map(hex).collect();
            let since = after.map(|moment| format!(" published after {moment}")).unwrap_or_default();
            let why = format!("there is no price{since} of feed {}", names.join(", "));
            return Err(ServiceError::Answer { url: self.url(after), why });
        }
        Ok(updates)
    }

    fn url(&self, after: Option<i64>) -> String {
        let which = after.map_or_else(|| "latest".into(), |moment| moment.saturating_add(1).to_string());
        self.service.url(&format!("/v2/updates/price/{which}"))
    }

    /// Asks once, and returns all updates of the answer as they are.
    async fn answer(&self, feeds: &[FeedId], after: Option<i64>) -> Result<Vec<PythUpdate>, ServiceError> {
        let url = self.url(after);
        let mut parameters: Vec<(&str, String)> = feeds.iter().map(|feed| ("ids[]", hex(feed))).collect();
        parameters.push(("encoding", "base64".into()));
        parameters.push(("parsed", "false".into()));
        let request = self.service.request(Method::GET, &url).query(&parameters);
        let unreachable = |source: reqwest::Error| ServiceError::Unreachable {
            url: url.clone(),
            source: Box::new(source.without_url()),
        };
        let answer = request.send().await.map_err(unreachable)?;
        let status = answer.status();
        let text = answer.text().await.map_err(unreachable)?;
        match status.as_u16() {
            200..=299 => {}
            status @ (401 | 403) => return Err(ServiceError::Unauthorized { url, status }),
            429 => return Err(ServiceError::TooMany { url }),
            status => return Err(ServiceError::Status { url, status, text: text.chars().take(200).collect() }),
        }
        let wrong = |why: String| ServiceError::Answer { url: url.clone(), why };
        let answer: Answer = serde_json::from_str(&text).map_err(|error| wrong(error.to_string()))?;
        let decode = match answer.binary.encoding.as_str() {
            "base64" => PythUpdate::from_base64,
            "hex" => PythUpdate::from_hex,
            other => return Err(wrong(format!("encoding {other} is unknown"))),
        };
        Ok(answer.binary.data.iter().map(|data| decode(data)).collect::<Result<_, _>>()?)
    }
}

/// Returns the updates with the wanted price of each feed, and no other price: the newest one, or the oldest one after a moment. An
/// update without such a price is left out.
fn chosen(mut updates: Vec<PythUpdate>, feeds: &[FeedId], after: Option<i64>) -> Vec<PythUpdate> {
    let mut wanted = vec![Vec::new(); updates.len()];
    for feed in feeds {
        let of_feed = |update: &PythUpdate| {
            let times = update.prices().filter(|price| price.feed == *feed).map(|price| price.publish_time);
            times.filter(|time| after.is_none_or(|moment| *time > moment)).min()
        };
        let times = updates.iter().enumerate().filter_map(|(place, update)| Some((of_feed(update)?, place)));
        let place = if after.is_some() { times.min() } else { times.max() };
        if let Some((_, place)) = place {
            wanted[place].push(*feed);
        }
    }
    for (update, feeds) in updates.iter_mut().zip(&wanted) {
        update.keep(feeds);
    }
    updates.retain(|update| update.prices().next().is_some());
    updates
}

impl UpdateService for Hermes {
    fn latest<'a>(&'a self, feeds: &'a [FeedId]) -> Latest<'a> {
        Box::pin(self.ask(feeds, None))
    }

    fn first_after<'a>(&'a self, feeds: &'a [FeedId], moment: i64) -> Latest<'a> {
        Box::pin(self.ask(feeds, Some(moment)))
    }
}

#[cfg(test)]
mod tests;
