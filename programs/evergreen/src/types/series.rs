//! Which series is meant, and which is wanted.

use anchor_lang::prelude::*;

/// Names a series for ever: slots are reused, generations are not.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesId {
    /// Place in the registry.
    pub slot: u8,
    /// How many series have had this place.
    pub generation: u32,
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
