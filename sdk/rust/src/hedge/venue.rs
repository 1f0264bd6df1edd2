//! A venue over HTTP, by a protocol of two requests: whoever puts it before an exchange has a real venue.
//!
//! Amounts are decimal numbers as strings.
//!
//! * `GET /account?underlying=BTC` answers 200 with the account: `{"coins": "1.5", "under_way": "0", "next_number": 7, "lot": "0.001", "profit": "-70.7",
//!   "costs": {"fees": "50.5", "funding": "0", "slippage": "20.2", "delay": "0"}}`, as [`HedgeAccount`] has them. `profit` and `costs` may be missing.
//! * `PUT /orders/7` with `{"underlying": "BTC", "coins": "-0.25", "at": 1790000000}` answers with any status of success when the order was taken, now or
//!   before; with 409 when the number is taken by another order, or is not the next one; with another status of 4xx when the venue does not want the order.
//!
//! A key is sent as `Authorization: Bearer`. What was not answered, 429 and 5xx say nothing about an order, so it is sent again, with the same number.

use super::{CoinOrder, Hedge, HedgeAccount, HedgeCosts};
use crate::{convert::Decimal, service::Service};
use core::time::Duration;
use reqwest::{Method, RequestBuilder, StatusCode};
use serde::{Deserialize, Serialize};

/// A venue at a URL.
///
/// ```no_run
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::hedge::{Hedge, HttpVenue};
///
/// let mut venue = HttpVenue::new("http://127.0.0.1:9500")?.with_key(std::env::var("VENUE_KEY")?);
/// println!("{} BTC", venue.account("BTC").await?.coins);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct HttpVenue {
    service: Service,
    pause: Duration,
}

/// Reason why a venue has not done what it was asked for.
#[derive(Debug, thiserror::Error)]
pub enum VenueError {
    /// No answer came, or one that says nothing: an order may have been taken. Whoever sends it again with its number does no harm.
    #[error("{url}: no answer that tells ({why}); an order may have been taken, its number tells it from another one")]
    NoAnswer {
        /// URL of the request.
        url: String,
        /// What came instead.
        why: String,
    },
    /// The number of the order belongs to another order, or is not the next one. The account tells.
    #[error("{url}: the number of the order is not free: {text}")]
    Number {
        /// URL of the request.
        url: String,
        /// First 200 characters of the answer.
        text: String,
    },
    /// The venue refuses.
    #[error("{url} answers {status}: {text}")]
    Refused {
        /// URL of the request.
        url: String,
        /// HTTP status.
        status: u16,
        /// First 200 characters of the answer.
        text: String,
    },
    /// The answer does not follow the protocol.
    #[error("{url}: {why}")]
    Answer {
        /// URL of the request.
        url: String,
        /// The reason, in words.
        why: String,
    },
}

#[derive(Deserialize)]
struct AccountAnswer {
    coins: String,
    under_way: String,
    next_number: u64,
    lot: String,
    profit: Option<String>,
    costs: Option<CostsAnswer>,
}

#[derive(Deserialize)]
struct CostsAnswer {
    fees: String,
    funding: String,
    slippage: String,
    delay: String,
}

/// What an order says beside its number.
#[derive(Serialize)]
struct OrderRequest<'a> {
    underlying: &'a str,
    coins: String,
    at: i64,
}

impl HttpVenue {
    /// How often a request is sent before it is given up.
    const ATTEMPTS: u32 = 5;

    /// Makes a venue from its base URL. A request has five seconds.
    ///
    /// # Errors
    /// [`VenueError::Answer`] where no HTTP client can be made on this machine.
    pub fn new(base: &str) -> Result<Self, VenueError> {
        Self::with_patience(base, Duration::from_secs(5))
    }

    /// Makes a venue whose requests have another time. Between two of them it waits a tenth of that, and longer each time.
    ///
    /// # Errors
    /// The same as those of [`Self::new`].
    pub fn with_patience(base: &str, patience: Duration) -> Result<Self, VenueError> {
        let service = Service::new(base, patience);
        let service = service.map_err(|(url, error)| VenueError::Answer { url, why: error.to_string() })?;
        Ok(Self { service, pause: patience / 10 })
    }

    /// Sets a key, which is never printed.
    pub fn with_key(mut self, key: impl Into<String>) -> Self {
        self.service = self.service.with_key(key);
        self
    }

    /// Sends a request until an answer tells something, and returns that.
    async fn ask(&self, url: &str, request: impl Fn() -> RequestBuilder + Send + Sync) -> Result<String, VenueError> {
        let mut why = String::new();
        for attempt in 0..Self::ATTEMPTS {
            tokio::time::sleep(self.pause * attempt).await;
            let answer = async {
                let answer = request().send().await?;
                Ok::<_, reqwest::Error>((answer.status(), answer.text().await?))
            };
            match answer.await {
                Ok((status, text)) if status.is_success() => return Ok(text),
                Ok((status, _)) if status.is_server_error() || status == StatusCode::TOO_MANY_REQUESTS => {
                    why = status.to_string();
                }
                Ok((status, text)) => {
                    let (url, text) = (url.to_owned(), text.chars().take(200).collect());
                    return Err(match status {
                        StatusCode::CONFLICT => VenueError::Number { url, text },
                        _ => VenueError::Refused { url, status: status.as_u16(), text },
                    });
                }
                Err(error) => why = error.without_url().to_string(),
            }
        }
        Err(VenueError::NoAnswer { url: url.to_owned(), why })
    }
}

impl AccountAnswer {
    fn account(&self) -> Result<HedgeAccount, String> {
        let number = |name: &str, text: &str| {
            text.parse::<Decimal>().map_err(|_| format!("{name} is {text:?}, expected a number as a string"))
        };
        let costs = self.costs.as_ref().map_or_else(
            || Ok(HedgeCosts::default()),
            |costs| {
                Ok::<_, String>(HedgeCosts {
                    fees: number("fees", &costs.fees)?,
                    funding: number("funding", &costs.funding)?,
                    slippage: number("slippage", &costs.slippage)?,
                    delay: number("delay", &costs.delay)?,
                })
            },
        )?;
        let lot = number("lot", &self.lot)?;
        if lot <= Decimal::ZERO {
            return Err(format!("lot is {lot}, expected more than 0"));
        }
        Ok(HedgeAccount {
            coins: number("coins", &self.coins)?,
            under_way: number("under_way", &self.under_way)?,
            next_number: self.next_number,
            lot,
            profit: number("profit", self.profit.as_deref().unwrap_or("0"))?,
            costs,
        })
    }
}

impl Hedge for HttpVenue {
    type Error = VenueError;

    async fn account(&mut self, underlying: &str) -> Result<HedgeAccount, VenueError> {
        let url = self.service.url("/account");
        let get = || self.service.request(Method::GET, &url).query(&[("underlying", underlying)]);
        let text = self.ask(&url, get).await?;
        let read = serde_json::from_str::<AccountAnswer>(&text).map_err(|error| error.to_string());
        read.and_then(|answer| answer.account()).map_err(|why| VenueError::Answer { url, why })
    }

    async fn order(&mut self, order: &CoinOrder) -> Result<(), VenueError> {
        let url = self.service.url(&format!("/orders/{}", order.number));
        let body = OrderRequest { underlying: &order.underlying, coins: order.coins.to_string(), at: order.at };
        let body = serde_json::to_string(&body)
            .map_err(|error| VenueError::Answer { url: url.clone(), why: error.to_string() })?;
        let request = || self.service.request(Method::PUT, &url);
        let put = || request().header("content-type", "application/json").body(body.clone());
        self.ask(&url, put).await.map(drop)
    }
}

#[cfg(test)]
mod tests;
