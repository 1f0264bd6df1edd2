//! What the program stores, one account type per file. Every account begins with a layout version and ends with
//! reserved space; sizes and offsets are checked at compile time.

#![warn(missing_docs)]

mod bits;
mod deployment;
mod leg;
mod margin_account;
mod migration;
mod order;
mod params;
mod pool;
mod proposal;
mod protocol;
mod registry;
mod underlying;
mod withdrawal;

pub use bits::Bits128;
pub use deployment::Deployment;
pub(crate) use deployment::code_address;
pub use leg::{Leg, MAX_LEGS, check_legs};
pub use margin_account::{MAX_ORDERS, MAX_POSITIONS, MarginAccount, Position};
pub(crate) use migration::migrate;
pub use order::{CancelReason, Order, OrderTerms, Trigger};
pub use params::{PoolParams, TenorParams, UnderlyingParams};
pub use pool::{
    ExecutedPart, FeeShares, InsuranceDraw, LossIndex, MAX_UNDERLYINGS, Pool, PoolCaps, PoolUnderlying, SeriesExposure,
    ShareClass, ShareLedger, VaultLedgers, size_of_execution,
};
pub use proposal::{Change, Proposal};
pub use protocol::{Action, PAUSABLE_ACTIONS, PauseState, Protocol, Roles};
pub use registry::{Listing, MAX_SERIES, Series, SeriesId, SeriesRegistry, SeriesSpec, SeriesStatus};
pub use underlying::{MAX_TENORS, PriceSource, Underlying, UnderlyingConfig};
pub use withdrawal::WithdrawalRequest;

/// Layout version written by this program.
pub const LAYOUT_VERSION: u8 = 2;

/// Counts a change of a configuration.
fn bump_version(version: &mut u32) -> anchor_lang::Result<()> {
    *version = version.checked_add(1).ok_or(crate::errors::EvergreenError::Overflow)?;
    Ok(())
}
