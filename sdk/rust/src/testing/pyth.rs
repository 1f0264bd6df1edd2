//! Pyth prices: accounts in the layout that the Pyth receiver writes, owned by its program, at its addresses.
//!
//! A **push feed** is an account at a fixed address per feed and shard, kept fresh by a sponsor; any other price update
//! account may hold the same data. Both generations of Pyth's programs are known here.

pub use crate::price::{FeedId, PythGeneration};

use anchor_lang::{AccountDeserialize, AccountSerialize, prelude::Pubkey};
use pyth_solana_receiver_sdk::price_update::{PriceFeedMessage, PriceUpdateV2, VerificationLevel};

/// Exponent of the crypto feeds: a price of 1 is a hundred-millionth of a dollar.
pub const EXPONENT: i32 = -8;

/// Feeds by the name Pyth gives them.
pub mod feeds {
    use super::FeedId;
    use crate::presets;

    /// `Crypto.BTC/USD`
    pub const BTC_USD: FeedId = presets::BTC_FEED;
    /// `Crypto.ETH/USD`
    pub const ETH_USD: FeedId = presets::ETH_FEED;
    /// `Crypto.SOL/USD`
    pub const SOL_USD: FeedId = id("ef0d8b6fda2ceba41da15d4095d1da392a0d2f8ed0c6c7bc0f4cfac8c280b56d");
    /// `Equity.US.TSLA/USD`
    pub const TSLA_USD: FeedId = id("16dad506d7db8da01c87581c87ca897a012a153557d4d578c3b9c9e1bc0632f1");
    /// `Equity.US.NVDA/USD`
    pub const NVDA_USD: FeedId = id("b1073854ed24cbc755dc527418f52b7d271f6cc967bbf8d8129112b18860a593");
    /// `Equity.US.AAPL/USD`
    pub const AAPL_USD: FeedId = id("49f6b65cb1de6b10eaf75e7c03ca029c306d0357e91b5311b175084a5ad55688");

    /// Parses 64 hexadecimal digits at compile time.
    const fn id(hex: &str) -> FeedId {
        let digits = hex.as_bytes();
        assert!(digits.len() == 64, "a feed id has 64 hexadecimal digits");
        let mut bytes = [0; 32];
        let mut at = 0;
        while at < 32 {
            bytes[at] = digit(digits[2 * at]) << 4 | digit(digits[2 * at + 1]);
            at += 1;
        }
        bytes
    }

    const fn digit(ascii: u8) -> u8 {
        match ascii {
            b'0'..=b'9' => ascii - b'0',
            b'a'..=b'f' => ascii - b'a' + 10,
            _ => panic!("not a hexadecimal digit"),
        }
    }
}

/// A price as Pyth publishes it. Invalid ones can be made too, for instance old, negative or partially verified ones, because
/// programs have to refuse them.
///
/// ```
/// use evergreen_sdk::testing::pyth::{Price, feeds};
///
/// // A program has to refuse a price whose signatures were only partially verified.
/// let fine = Price::new(feeds::BTC_USD, 100_000 * 100_000_000, 1_790_000_000);
/// let half_verified = Price { partial_signatures: Some(5), ..fine };
/// assert_ne!(half_verified, fine);
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Price {
    /// Feed of the price.
    pub feed: FeedId,
    /// Price, in units of 10^exponent dollars.
    pub price: i64,
    /// Half-width of the confidence interval, in the same units.
    pub conf: u64,
    /// Power of ten of the units.
    pub exponent: i32,
    /// Time of publication, unix seconds.
    pub publish_time: i64,
    /// Time of publication of the price before, unix seconds.
    pub prev_publish_time: i64,
    /// EMA price, in the same units.
    pub ema_price: i64,
    /// Half-width of the EMA price's confidence interval, in the same units.
    pub ema_conf: u64,
    /// Number of verified signatures of a partially verified price; `None` for a fully verified one.
    pub partial_signatures: Option<u8>,
}

impl Price {
    /// Makes a fully verified price in hundred-millionths of a dollar, whose EMA price equals it and whose confidence is
    /// 2 basis points of it, rounded down.
    #[must_use]
    pub fn new(feed: FeedId, price: i64, publish_time: i64) -> Self {
        let conf = price.unsigned_abs() / 5_000;
        Self {
            feed,
            price,
            conf,
            exponent: EXPONENT,
            publish_time,
            prev_publish_time: publish_time.saturating_sub(1),
            ema_price: price,
            ema_conf: conf,
            partial_signatures: None,
        }
    }

    /// Reads a price account's bytes; `None` for anything else.
    #[must_use]
    pub fn decode(mut data: &[u8]) -> Option<Self> {
        let update = PriceUpdateV2::try_deserialize(&mut data).ok()?;
        let message = update.price_message;
        Some(Self {
            feed: message.feed_id,
            price: message.price,
            conf: message.conf,
            exponent: message.exponent,
            publish_time: message.publish_time,
            prev_publish_time: message.prev_publish_time,
            ema_price: message.ema_price,
            ema_conf: message.ema_conf,
            partial_signatures: match update.verification_level {
                VerificationLevel::Full => None,
                VerificationLevel::Partial { num_signatures } => Some(num_signatures),
            },
        })
    }

    /// Returns the bytes of the account: discriminator, fields, and zeros in unused bytes.
    ///
    /// # Errors
    /// Fails when Pyth's own encoding fails.
    pub fn encode(&self, write_authority: &Pubkey, posted_slot: u64) -> anchor_lang::Result<Vec<u8>> {
        let update = PriceUpdateV2 {
            write_authority: *write_authority,
            verification_level: match self.partial_signatures {
                None => VerificationLevel::Full,
                Some(num_signatures) => VerificationLevel::Partial { num_signatures },
            },
            price_message: PriceFeedMessage {
                feed_id: self.feed,
                price: self.price,
                conf: self.conf,
                exponent: self.exponent,
                publish_time: self.publish_time,
                prev_publish_time: self.prev_publish_time,
                ema_price: self.ema_price,
                ema_conf: self.ema_conf,
            },
            posted_slot,
        };
        let mut data = Vec::with_capacity(PriceUpdateV2::LEN);
        update.try_serialize(&mut data)?;
        data.resize(PriceUpdateV2::LEN, 0);
        Ok(data)
    }
}
