//! Names of series and options, and the request to list a series.

use anchor_lang::prelude::*;
use evergreen_math::{Dollars, Seconds, UnixTime, option::OptionKind};

/// Identifies a series permanently: slots are reused, but the generations of a slot are not.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub struct SeriesId {
    /// This is the slot of the series in the registry.
    pub slot: u8,
    /// This is the number of series listed in this slot up to and including this one.
    pub generation: u32,
}

/// Identifies an option by its contract, independently of the slot of its series. A trader therefore trades the option that
/// they confirm, even if series are listed or retired in between.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub struct OptionId {
    /// This is the place of the underlying in the pool's list.
    pub underlying: u8,
    /// This says whether the option is a put; otherwise it is a call.
    pub put: bool,
    /// This is the strike in whole dollars.
    pub strike: u64,
    /// This is the tenor in seconds.
    pub tenor: u32,
    /// This is the cap as a share of the strike, in basis points.
    pub cap_bps: u16,
}

/// A series to list.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct SeriesSpec {
    /// This says whether the option is a put; otherwise it is a call.
    pub put: bool,
    /// This is the strike in whole dollars.
    pub strike: u64,
    /// This is the tenor in seconds, one of the underlying's.
    pub tenor: u32,
}

/// A series to be listed.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// This is the place of the underlying in the pool's list.
    pub underlying: u8,
    /// This says whether it is a call or a put.
    pub kind: OptionKind,
    /// This is the strike in whole dollars.
    pub strike: u64,
    /// This is the tenor in seconds.
    pub tenor: Seconds,
    /// This is the cap as a share of the strike, in basis points.
    pub cap_bps: u16,
    /// This is `S·∂V/∂S` at the price of now, in dollars.
    pub slope: Dollars,
    /// This is the time of listing, from which funding accrues.
    pub now: UnixTime,
}
