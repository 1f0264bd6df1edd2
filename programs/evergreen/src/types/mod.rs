//! Values that accounts store, instructions take as arguments, and events contain.

#![warn(missing_docs)]

mod bits;
mod curated;
mod floors;
mod governance;
mod leg;
mod loss_index;
mod notice;
mod order;
mod params;
mod pool;
mod series;
pub mod timelock;
mod underlying;

/// Seconds of a day.
pub const DAY: i64 = 86_400;

pub use bits::Bits128;
pub use governance::{Action, Change, PAUSABLE_ACTIONS, Roles};
pub use leg::{Leg, MAX_LEGS, OptionLeg, check_legs};
pub use loss_index::LossIndex;
pub use notice::{NoticeCause, Notices};
pub use order::{CancelReason, OrderTerms, Trigger};
pub(crate) use params::within;
pub use params::{MAX_TENORS, PoolParams, TenorParams, UnderlyingParams};
pub use pool::{MAX_UNDERLYINGS, PoolCaps, PoolTerms, ReturnReason, ShareClass, VaultLedgers};
pub use series::{Listing, OptionId, SeriesId, SeriesSpec};
pub use underlying::{PriceSource, UnderlyingConfig};
