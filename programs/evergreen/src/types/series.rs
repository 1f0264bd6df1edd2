//! Which option is meant, which series it lies in, and which is wanted.

use anchor_lang::prelude::*;

/// Names a series for ever: slots are reused, generations are not.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesId {
    /// Place in the registry.
    pub slot: u8,
    /// How many series have had this place.
    pub generation: u32,
}

/// Names an option by what it pays, wherever its series lies: what a trader confirms is what is traded, whoever lists or
/// retires series in between.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionId {
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// Put instead of call.
    pub put: bool,
    /// Strike in whole dollars.
    pub strike: u64,
    /// Tenor in seconds.
    pub tenor: u32,
    /// Cap as a share of the strike, basis points.
    pub cap_bps: u16,
}

/// A series to list.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct SeriesSpec {
    /// Put instead of call.
    pub put: bool,
    /// Strike in whole dollars.
    pub strike: u64,
    /// Tenor in seconds, one of the underlying's.
    pub tenor: u32,
}
