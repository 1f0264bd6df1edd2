//! A market whose prices no sponsor keeps fresh. A test posts them from a price service through a stand-in for Pyth's programs
//! (`tests/pyth-standin`), which has their layouts but does not check signatures.

use crate::{Hermes, Market};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    presets::{BTC_FEED, ETH_FEED},
    price::{PushFeeds, published},
};

/// The shard of a set of push feeds that no sponsor keeps fresh.
pub const SHARD: u16 = 4_711;
/// Largest age of a price that the presets of underlyings accept, seconds.
pub const MAX_AGE: i64 = 5;

/// A market, a price service, and a set of push feeds that no sponsor keeps fresh.
pub struct OwnPrices {
    /// The market.
    pub market: Market,
    /// The price service.
    pub hermes: Hermes,
}

impl OwnPrices {
    /// Starts a market and a price service. No price of the set is posted yet.
    ///
    /// # Panics
    /// If the market cannot be set up.
    pub fn start() -> Self {
        let market = Market::start();
        market.deploy_standin();
        let hermes = Hermes::of(&market.network.rpc_url());
        Self { market, hermes }
    }

    /// Returns the addresses of the price accounts of BTC and ETH.
    pub fn addresses(&self) -> [Pubkey; 2] {
        [BTC_FEED, ETH_FEED].map(|feed| PushFeeds { shard: SHARD, ..PushFeeds::UPGRADED }.address(&feed))
    }

    /// Returns the ages of both prices in seconds, `None` for one that was never posted.
    ///
    /// # Panics
    /// If the network does not answer.
    pub fn ages(&self) -> [Option<i64>; 2] {
        let now = self.market.chain().clock().expect("the clock").unix_timestamp;
        let read = |key: Pubkey| self.market.chain().account(&key).expect("an answer");
        self.addresses().map(|key| read(key).and_then(|account| published(&account.data)).map(|time| now - time))
    }

    /// Returns whether both prices are recent enough for a trade.
    pub fn is_fresh(&self) -> bool {
        self.ages().iter().all(|age| age.is_some_and(|age| age <= MAX_AGE))
    }
}
