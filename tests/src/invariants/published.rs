//! Price accounts read byte by byte, apart from the program and from Pyth's libraries.

use anchor_lang::prelude::Pubkey;

/// The fields of a price account that matter, numbers in units of 10^exponent dollars.
pub(super) struct Published {
    pub price: i64,
    pub confidence: u64,
    pub ema: i64,
    pub exponent: i32,
    pub time: i64,
    pub verified: bool,
    pub feed: [u8; 32],
}

impl Published {
    /// The price in an account of a source, by the source's number.
    pub fn decode(source: u8, key: &Pubkey, data: &[u8]) -> Option<Self> {
        match source {
            0 => Self::update(data),
            1 => Self::legacy(key, data),
            _ => None,
        }
    }

    /// Pyth's `PriceUpdateV2`: discriminator, write authority, verification level, feed, price, confidence, exponent,
    /// publish time, the one before, EMA price.
    fn update(data: &[u8]) -> Option<Self> {
        let (level, rest) = data.get(40..)?.split_first()?;
        let rest = match level {
            0 => rest.get(1..)?,
            1 => rest,
            _ => return None,
        };
        Some(Self {
            feed: rest.get(..32)?.try_into().ok()?,
            price: long(rest, 32)?,
            confidence: long(rest, 40)? as u64,
            exponent: int(rest, 48)?,
            time: long(rest, 52)?,
            ema: long(rest, 68)?,
            verified: *level == 1,
        })
    }

    /// Pyth's legacy layout: magic number, version, type; a price that is not trading counts as not verified. The account's
    /// address names the feed.
    fn legacy(key: &Pubkey, data: &[u8]) -> Option<Self> {
        let header = [int(data, 0)? as u32, int(data, 4)? as u32, int(data, 8)? as u32];
        if header != [0xa1b2_c3d4, 2, 3] {
            return None;
        }
        Some(Self {
            feed: key.to_bytes(),
            exponent: int(data, 20)?,
            ema: long(data, 48)?,
            time: long(data, 96)?,
            price: long(data, 208)?,
            confidence: long(data, 216)? as u64,
            verified: data.get(224) == Some(&1),
        })
    }
}

fn long(data: &[u8], at: usize) -> Option<i64> {
    Some(i64::from_le_bytes(data.get(at..at + 8)?.try_into().ok()?))
}

fn int(data: &[u8], at: usize) -> Option<i32> {
    Some(i32::from_le_bytes(data.get(at..at + 4)?.try_into().ok()?))
}
