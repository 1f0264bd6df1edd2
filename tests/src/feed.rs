//! Price accounts of every source, as the programs that own them write them.

use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    address,
    evergreen::{state::PriceSource, state::UnderlyingConfig},
    instruction::PriceFeed,
    presets,
    testing::{
        pyth::{Generation, Price},
        pyth_legacy::{self, LegacyPrice},
    },
};

/// An underlying and its price.
pub struct Feed {
    /// Where it is.
    pub accounts: PriceFeed,
    /// What its price account says.
    pub price: Price,
    /// Where its price comes from.
    pub source: PriceSource,
    /// Program that writes it.
    pub owner: Pubkey,
}

impl Feed {
    /// A feed of an underlying, at the address that its source keeps it at.
    pub fn new(config: &UnderlyingConfig, price: Price) -> Self {
        let key = match (config.source, config.price_owner) {
            (PriceSource::PythLegacy, _) => Pubkey::new_from_array(config.feed_id),
            (_, presets::PYTH_RECEIVER_PREVIOUS) => Generation::Previous.push_feed(0, &config.feed_id),
            _ => Generation::Upgraded.push_feed(0, &config.feed_id),
        };
        let accounts = PriceFeed { underlying: address::underlying(&config.feed_id), price: key };
        let owner = match config.source {
            PriceSource::PythLegacy => pyth_legacy::ORACLE,
            PriceSource::PythUpdate if config.price_owner == presets::PYTH_RECEIVER_PREVIOUS => config.price_owner,
            PriceSource::PythUpdate => presets::PYTH_RECEIVER,
        };
        Self { accounts, price, source: config.source, owner }
    }

    /// The bytes of its price account.
    ///
    /// # Panics
    /// Never: every price can be encoded.
    pub fn encode(&self, slot: u64) -> Vec<u8> {
        match self.source {
            PriceSource::PythUpdate => self.price.encode(&self.accounts.price, slot).expect("a price can be encoded"),
            PriceSource::PythLegacy => LegacyPrice::new(self.price, slot).encode(),
        }
    }
}
