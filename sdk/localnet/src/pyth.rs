//! Pyth prices on the network are written, published step by step and kept fresh here. Their encoding is in
//! [`evergreen_sdk::testing::pyth`].

use anchor_lang::prelude::Pubkey;
use evergreen_sdk::price::PushFeeds;
pub use evergreen_sdk::testing::pyth::{EXPONENT, FeedId, Price, PythGeneration, feeds};

use crate::{
    client::Client,
    error::{Error, Result},
};

impl Client {
    /// Writes a price as it is published: into the feed's push account of shard 0, where first prices are kept for those who
    /// fill commitments, and, if it is the first one after a half-hour, where those are kept for volatility samples. Returns the push account.
    ///
    /// # Errors
    /// Returns an error when the network refuses it.
    pub fn publish(&self, generation: PythGeneration, price: &Price) -> Result<Pubkey> {
        let feeds = generation.push_feeds(0);
        let half_hour = PushFeeds::opened_half_hour(price.prev_publish_time, price.publish_time);
        let kept = [Some(feeds.kept_at(price.publish_time)), half_hour.and_then(|moment| feeds.half_hour_from(moment))];
        for kept in kept.into_iter().flatten() {
            self.set_price_at(&kept.address(&price.feed), generation, price)?;
        }
        self.set_price(generation, price)
    }

    /// Writes a price into the feed's push account of shard 0 and returns that address.
    ///
    /// # Errors
    /// Returns an error when the network refuses it.
    pub fn set_price(&self, generation: PythGeneration, price: &Price) -> Result<Pubkey> {
        let address = generation.push_feed(0, &price.feed);
        self.set_price_at(&address, generation, price)?;
        Ok(address)
    }

    /// Writes a price update account at any address.
    ///
    /// # Errors
    /// Returns an error when the network refuses it.
    pub fn set_price_at(&self, address: &Pubkey, generation: PythGeneration, price: &Price) -> Result<()> {
        let slot = self.clock()?.slot;
        // The push program names the feed's own account as the write authority.
        let data = price.encode(address, slot).map_err(|error| Error::Price(error.to_string()))?;
        self.set_account(address, &generation.receiver(), &data)
    }
}

/// Publishes one feed step by step, as a sponsor does: it keeps the previous publish time and the EMA price.
#[derive(Debug, Clone)]
pub struct Publisher {
    /// The generation of Pyth's programs that the feed belongs to.
    pub generation: PythGeneration,
    /// The feed that is published.
    pub feed: FeedId,
    /// Confidence in millionths of the price.
    pub conf_ppm: u32,
    last: Option<Price>,
    /// Whether the next EMA price is the price itself.
    forgotten: bool,
}

/// Seconds after which the EMA price has moved half way to a new price: 3,600 s ÷ ln 2, the time constant of a half-life of an hour.
const SLOW_SECONDS: i128 = 5_194;

impl Publisher {
    /// Returns a publisher of `feed` with a confidence of 2 basis points of the price.
    #[must_use]
    pub const fn new(generation: PythGeneration, feed: FeedId) -> Self {
        Self { generation, feed, conf_ppm: 200, last: None, forgotten: false }
    }

    /// Address of the feed's account.
    #[must_use]
    pub fn address(&self) -> Pubkey {
        self.generation.push_feed(0, &self.feed)
    }

    /// Returns the next update, in hundred-millionths of a dollar, without writing it. The confidence is rounded down and the EMA price
    /// towards the previous one.
    #[must_use]
    pub fn next(&self, price: i64, publish_time: i64) -> Price {
        let conf = u128::from(price.unsigned_abs()) * u128::from(self.conf_ppm) / 1_000_000;
        let conf = u64::try_from(conf).unwrap_or(u64::MAX);
        let mut update = Price { conf, ema_conf: conf, ..Price::new(self.feed, price, publish_time) };
        if let Some(last) = self.last {
            update.prev_publish_time = last.publish_time;
            let elapsed = i128::from(publish_time.saturating_sub(last.publish_time).max(0));
            let step = i128::from(price) - i128::from(last.ema_price);
            if !self.forgotten {
                // The result lies between the two prices, so it fits.
                update.ema_price = (i128::from(last.ema_price) + step * elapsed / (elapsed + SLOW_SECONDS)) as i64;
            }
        }
        update
    }

    /// Writes the next update, in hundred-millionths of a dollar, and remembers it.
    ///
    /// # Errors
    /// Returns an error when the network refuses it.
    pub fn publish(&mut self, client: &Client, price: i64, publish_time: i64) -> Result<Price> {
        let update = self.next(price, publish_time);
        // Of the publications of one second only the first one is the first after a moment.
        if self.last.is_none_or(|last| publish_time > last.publish_time) {
            client.publish(self.generation, &update)?;
        } else {
            client.set_price(self.generation, &update)?;
        }
        (self.last, self.forgotten) = (Some(update), false);
        Ok(update)
    }

    /// Forgets the EMA price: that of the next update is its price, as if the price had been constant for hours.
    pub const fn forget(&mut self) {
        self.forgotten = true;
    }

    /// Publishes the last price again as of now, which keeps a feed fresh while the price does not move.
    ///
    /// # Errors
    /// Returns [`Error::Price`] when nothing was published yet, and an error when the network refuses it.
    pub fn refresh(&mut self, client: &Client) -> Result<Price> {
        let last = self.last.ok_or_else(|| Error::Price("nothing published yet".into()))?;
        let now = client.clock()?.unix_timestamp;
        self.publish(client, last.price, now)
    }
}
