//! Price accounts, read byte by byte without the code of the program and of Pyth's libraries.

use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};

/// The fields of a price account that matter. Price, confidence and EMA price are in units of 10^exponent dollars, the time is in
/// unix seconds.
pub(super) struct Published {
    pub price: i64,
    pub confidence: u64,
    pub ema: i64,
    pub exponent: i32,
    pub time: i64,
    /// Time of the publication before, where the source names it.
    pub before: Option<i64>,
    pub verified: bool,
    pub feed: [u8; 32],
}

impl Published {
    /// Returns the price in an account, or `None` if the bytes are none of this source. `source` is its number on chain.
    pub fn decode(source: u8, key: &Pubkey, data: &[u8]) -> Option<Self> {
        match source {
            0 => Self::update(data),
            1 => Self::legacy(key, data),
            _ => None,
        }
    }

    /// Returns whether this is the first price published after `moment`, unix seconds; a source that does not name the publication
    /// before has two seconds.
    pub fn is_first_after(&self, moment: i64) -> bool {
        moment < self.time && self.before.map_or(self.time <= moment + 2, |before| before <= moment)
    }

    /// Returns whether this proves that the first price after `moment`, unix seconds, has been known for half a minute.
    pub const fn is_proof(&self, moment: i64, now: i64) -> bool {
        moment < self.time && self.time + 30 <= now
    }

    /// Reads Pyth's `PriceUpdateV2`: discriminator, write authority, verification level, feed, price, confidence, exponent,
    /// publish time, previous publish time, EMA price.
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
            before: Some(long(rest, 60)?),
            ema: long(rest, 68)?,
            verified: *level == 1,
        })
    }

    /// Reads Pyth's legacy layout, which begins with magic number, version and type. A price that is not trading counts as not
    /// verified. The feed is the address of the account.
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
            before: None,
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

/// Returns the accounts of an instruction without the underlyings that are in the place of their own price, to show that they have none.
pub(super) fn with_prices(instruction: &Instruction) -> Vec<Pubkey> {
    let mut keys: Vec<Pubkey> = instruction.accounts.iter().map(|meta| meta.pubkey).collect();
    while let Some(at) = keys.windows(2).position(|pair| pair[0] == pair[1]) {
        keys.drain(at..at + 2);
    }
    keys
}
