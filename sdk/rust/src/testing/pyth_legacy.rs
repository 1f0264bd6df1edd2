//! Pyth's legacy price accounts, in the C layout that the oracle program writes.

use super::pyth::Price;
use anchor_lang::prelude::Pubkey;
use evergreen::types::PriceSource;

/// The oracle program of mainnet, which owns every legacy price account.
pub const ORACLE: Pubkey = PriceSource::PythLegacy.owners()[0];
/// Bytes of an account with room for 32 publishers.
pub const LENGTH: usize = 3_312;
/// First number of every account of the oracle program.
pub const MAGIC: u32 = 0xa1b2_c3d4;
/// Version of the layout.
pub const VERSION: u32 = 2;
/// Account type of a price account.
pub const PRICE_ACCOUNT: u32 = 3;

/// Status of a price.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum LegacyStatus {
    /// There are too few publishers for a price.
    Unknown = 0,
    /// The market is open.
    Trading = 1,
    /// The market has been halted.
    Halted = 2,
    /// The market is in an auction.
    Auction = 3,
    /// The confidence is too wide.
    Ignored = 4,
}

/// A legacy price account. Invalid ones can be made too, because programs have to refuse them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LegacyPrice {
    /// The price. Its feed id and verification are not part of the layout.
    pub price: Price,
    /// Magic number at the beginning.
    pub magic: u32,
    /// Version of the layout.
    pub version: u32,
    /// Type of the account.
    pub account_type: u32,
    /// Status: a [`LegacyStatus`] as a byte, or an invalid byte.
    pub status: u8,
    /// Slot of the aggregate.
    pub slot: u64,
}

impl LegacyPrice {
    /// Makes the price account of an open market.
    #[must_use]
    pub const fn new(price: Price, slot: u64) -> Self {
        Self {
            price,
            magic: MAGIC,
            version: VERSION,
            account_type: PRICE_ACCOUNT,
            status: LegacyStatus::Trading as u8,
            slot,
        }
    }

    /// Returns the bytes of the account. The price before this one, which a closed market would show, is a tenth lower.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut data = vec![0; LENGTH];
        let mut put = |at: usize, bytes: &[u8]| data[at..at + bytes.len()].copy_from_slice(bytes);
        let price = &self.price;
        put(0, &self.magic.to_le_bytes());
        put(4, &self.version.to_le_bytes());
        put(8, &self.account_type.to_le_bytes());
        // Bytes in use: the header and no publisher.
        put(12, &240u32.to_le_bytes());
        // Type of the price: 1 is a price.
        put(16, &1u32.to_le_bytes());
        put(20, &price.exponent.to_le_bytes());
        put(32, &self.slot.to_le_bytes());
        put(40, &self.slot.to_le_bytes());
        put(48, &price.ema_price.to_le_bytes());
        put(72, &price.ema_conf.to_le_bytes());
        put(96, &price.publish_time.to_le_bytes());
        put(104, &[3]);
        put(176, &self.slot.saturating_sub(1).to_le_bytes());
        put(184, &(price.price / 10 * 9).to_le_bytes());
        put(192, &price.conf.to_le_bytes());
        put(200, &price.prev_publish_time.to_le_bytes());
        put(208, &price.price.to_le_bytes());
        put(216, &price.conf.to_le_bytes());
        put(224, &[self.status]);
        put(232, &self.slot.to_le_bytes());
        data
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use evergreen::{
        oracle::{self, PriceAccount, Publication},
        state::{LAYOUT_VERSION, Underlying},
    };
    use evergreen_math::UnixTime;

    /// Accounts on chain are aligned, bytes that a client has from elsewhere need not be.
    #[test]
    fn a_legacy_price_is_read_at_any_address() {
        let mut underlying: Box<Underlying> = Box::new(bytemuck::Zeroable::zeroed());
        let config = crate::presets::btc(ORACLE);
        (underlying.version, underlying.source) = (LAYOUT_VERSION, PriceSource::PythLegacy as u8);
        (underlying.feed_id, underlying.price_owner, underlying.params) = ([7; 32], ORACLE, config.params);
        let price = Price::new(underlying.feed_id, 100_000 * 100_000_000, 1_790_000_000);
        let data = LegacyPrice::new(price, 1).encode();
        let (key, now) = (Pubkey::new_from_array(underlying.feed_id), UnixTime(1_790_000_001));
        for length in [data.len(), 3_000, 240, 7, 0] {
            let read = |data: &[u8]| {
                let account = PriceAccount { key: &key, owner: &ORACLE, data };
                oracle::read(&account, &underlying, Publication::Recent, now).map_err(|error| error.to_string())
            };
            let aligned = read(&data[..length]);
            assert_eq!(aligned.is_ok(), length == data.len());
            for offset in 1..8 {
                let mut moved = vec![0u64; data.len() / 8 + 2];
                let bytes: &mut [u8] = bytemuck::cast_slice_mut(&mut moved);
                bytes[offset..offset + length].copy_from_slice(&data[..length]);
                let found = read(&bytes[offset..offset + length]);
                assert_eq!(format!("{found:?}"), format!("{aligned:?}"), "{length} bytes at {offset}");
            }
        }
    }
}
