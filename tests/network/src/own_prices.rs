//! A market whose prices nobody keeps fresh: posted from a price service through a stand-in of Pyth's programs
//! (`tests/pyth-standin`), which has their layouts, not their checks of signatures.

use crate::{Hermes, Market};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    presets::{BTC_FEED, ETH_FEED},
    price::{PushFeeds, published},
};

/// A set of push feeds that no sponsor keeps.
pub const SHARD: u16 = 4_711;
/// What the presets of underlyings allow, seconds.
pub const MAX_AGE: i64 = 5;

/// A market, a price service, and a set of push feeds that nobody keeps.
pub struct OwnPrices {
    /// The market.
    pub market: Market,
    /// The service.
    pub hermes: Hermes,
}

impl OwnPrices {
    /// Prices that were never posted.
    ///
    /// # Panics
    /// If the market cannot be set up.
    pub fn start() -> Self {
        let market = Market::start();
        market.deploy_standin();
        let hermes = Hermes::of(&market.network.rpc_url());
        Self { market, hermes }
    }

    /// Addresses of the prices of BTC and ETH.
    pub fn addresses(&self) -> [Pubkey; 2] {
        [BTC_FEED, ETH_FEED].map(|feed| PushFeeds { shard: SHARD, ..PushFeeds::UPGRADED }.address(&feed))
    }

    /// Ages of both prices in seconds; `None` of one that was never posted.
    ///
    /// # Panics
    /// If the network does not answer.
    pub fn ages(&self) -> [Option<i64>; 2] {
        let now = self.market.chain().clock().expect("the clock").unix_timestamp;
        let read = |key: Pubkey| self.market.chain().account(&key).expect("an answer");
        self.addresses().map(|key| read(key).and_then(|account| published(&account.data)).map(|time| now - time))
    }

    /// Whether a trade would take both prices.
    pub fn is_fresh(&self) -> bool {
        self.ages().iter().all(|age| age.is_some_and(|age| age <= MAX_AGE))
    }
}
