//! What the program stores, one account type per file. Every account begins with a layout version and ends with
//! reserved space; sizes and offsets are checked at compile time.

#![warn(missing_docs)]

mod bits;
mod book;
mod margin_account;
mod params;
mod pool;
mod protocol;
mod ticket;
mod underlying;

pub use bits::Bits128;
pub use book::{Book, Listing, MAX_SERIES, Series, SeriesId, SeriesStatus};
pub use margin_account::{MAX_POSITIONS, MarginAccount, Position};
pub use params::{PoolParams, TenorParams, UnderlyingParams};
pub use pool::{
    Haircut, InsuranceDraw, MAX_UNDERLYINGS, Pool, PoolUnderlying, SeriesExposure, ShareClass, ShareLedger,
};
pub use protocol::{Action, PAUSABLE_ACTIONS, PauseState, Protocol};
pub use ticket::Ticket;
pub use underlying::{MAX_TENORS, PriceSource, Underlying};

/// Layout version written by this program.
pub const LAYOUT_VERSION: u8 = 2;
