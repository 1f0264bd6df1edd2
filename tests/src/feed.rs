//! Price accounts of every source, in the layout that the programs that own them write.

use crate::chain::actor;
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    address,
    evergreen::{state::PriceSource, state::UnderlyingConfig},
    instruction::PriceFeed,
    price::{FeedId, PushFeeds},
    testing::{
        pyth::{Price, PythGeneration},
        pyth_legacy::{self, LegacyPrice},
    },
};
use std::{cell::RefCell, collections::HashMap};

/// An underlying and its price.
#[derive(Clone)]
pub struct Feed {
    /// Addresses of the underlying and of its price account.
    pub accounts: PriceFeed,
    /// Price in the price account.
    pub price: Price,
    /// Kind of the price account.
    pub source: PriceSource,
    /// Program that owns the price account.
    pub owner: Pubkey,
}

impl Feed {
    /// Makes a feed of an underlying, at the address where its source keeps the price.
    pub fn new(config: &UnderlyingConfig, price: Price) -> Self {
        let generation = PythGeneration::of_receiver(&config.price_owner).unwrap_or_default();
        let (key, owner) = match config.source {
            PriceSource::PythLegacy => (Pubkey::new_from_array(config.feed_id), pyth_legacy::ORACLE),
            PriceSource::PythUpdate => (generation.push_feed(0, &config.feed_id), generation.receiver()),
        };
        let accounts = PriceFeed { underlying: address::underlying(&config.feed_id), price: key };
        Self { accounts, price, source: config.source, owner }
    }

    /// Returns the address where a price that is published at this second is kept, so that it can be found for a minute.
    pub fn kept_at(&self, publish_time: i64) -> Pubkey {
        let generation = PythGeneration::of_receiver(&self.owner).unwrap_or_default();
        self.address(generation.push_feeds(0).kept_at(publish_time))
    }

    /// Returns the address where the first price after a full half-hour is kept, so that it can be found for a day; `None` for any other moment.
    pub fn half_hour_from(&self, moment: i64) -> Option<Pubkey> {
        let generation = PythGeneration::of_receiver(&self.owner).unwrap_or_default();
        Some(self.address(generation.push_feeds(0).half_hour_from(moment)?))
    }

    /// Returns the address of this feed in a set of push feeds. Each is derived once, because tests ask for them all the time.
    fn address(&self, set: PushFeeds) -> Pubkey {
        thread_local! {
            static DERIVED: RefCell<HashMap<(Pubkey, u16, FeedId), Pubkey>> = RefCell::default();
        }
        let key = (set.program, set.shard, self.price.feed);
        DERIVED.with_borrow_mut(|derived| *derived.entry(key).or_insert_with(|| set.address(&self.price.feed)))
    }

    /// Returns the address where somebody keeps the first price after the last full minute that has one, for worlds that sample every minute and go
    /// back in time between a commitment and its fill.
    pub fn first_of_minute(&self) -> Pubkey {
        actor(&format!("minute {}", self.accounts.underlying.to_string().split_at(20).0))
    }

    /// Returns the bytes of the price account, as written in this slot.
    ///
    /// # Panics
    /// Never, because every price can be encoded.
    pub fn encode(&self, slot: u64) -> Vec<u8> {
        match self.source {
            PriceSource::PythUpdate => self.price.encode(&self.accounts.price, slot).expect("a price can be encoded"),
            PriceSource::PythLegacy => LegacyPrice::new(self.price, slot).encode(),
        }
    }
}
