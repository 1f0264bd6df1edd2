//! Names of series and options, and the request to list a series.

use anchor_lang::prelude::*;
use evergreen_math::{Dollars, Seconds, UnixTime, option::OptionKind};

/// Identifies a series permanently: slots are reused, but the generations of a slot are not.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesId {
    /// Slot of the series in the registry.
    pub slot: u8,
    /// Number of series listed in this slot up to and including this one.
    pub generation: u32,
}

/// Identifies an option by its contract, independently of the slot of its series. A trader therefore trades the option that
/// they confirm, even if series are listed or retired in between.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionId {
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// Whether the option is a put; otherwise it is a call.
    pub put: bool,
    /// Strike in whole dollars.
    pub strike: u64,
    /// Tenor in seconds.
    pub tenor: u32,
    /// Cap as a share of the strike, in basis points.
    pub cap_bps: u16,
}

/// A series to list.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct SeriesSpec {
    /// Whether the option is a put; otherwise it is a call.
    pub put: bool,
    /// Strike in whole dollars.
    pub strike: u64,
    /// Tenor in seconds, one of the underlying's.
    pub tenor: u32,
}

/// A series to be listed.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Place of the underlying in the pool's list.
    pub underlying: u8,
    /// Call or put.
    pub kind: OptionKind,
    /// Strike in whole dollars.
    pub strike: u64,
    /// Tenor in seconds.
    pub tenor: Seconds,
    /// Cap as a share of the strike, in basis points.
    pub cap_bps: u16,
    /// `S·∂V/∂S` at the price of now, in dollars.
    pub slope: Dollars,
    /// Time of listing, from which funding accrues.
    pub now: UnixTime,
}
