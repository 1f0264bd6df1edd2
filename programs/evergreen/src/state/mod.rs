//! The accounts that the program stores, one type per file. Every account begins with a layout version and ends with
//! reserved space; sizes and offsets are checked at compile time.

#![warn(missing_docs)]

mod commitment;
mod counter;
mod funding_points;
mod margin_account;
mod migration;
mod notice;
mod order;
mod pool;
mod proposal;
mod protocol;
mod registry;
mod rent;
mod request;
mod retired;
mod stored;
mod underlying;

pub use crate::types::*;
pub use commitment::{Commitment, CommittedLeg, Opening};
pub use counter::Counter;
pub use funding_points::{FundingPoint, FundingPoints, FundingRules, MAX_FUNDING_POINTS};
pub use margin_account::{MAX_ORDERS, MAX_POSITIONS, MarginAccount, Position};
pub(crate) use migration::migrate;
pub use migration::{OLD_MARGIN_ACCOUNT, OLD_REGISTRY};
pub use order::Order;
pub(crate) use order::in_proportion;
pub use pool::{
    CARRY_RATES, Capital, Carried, EndedSeries, ExecutedPart, FeeShares, HALF_HOUR, LaterFills, Means, NetChange, Pool,
    PoolCarry, PoolSigner, PoolUnderlying, Room, SeriesExposure, ShareLedger, Taken, half_hour, share_of,
    size_of_leaving,
};
pub use proposal::Proposal;
pub use protocol::{PauseState, Protocol};
pub use registry::{MAX_SERIES, Series, SeriesRegistry, SeriesStatus};
pub(crate) use rent::rent_exempt;
pub use request::LiquidityRequest;
pub use retired::RetiredShares;
pub use underlying::Underlying;

/// Layout version written by this program.
pub const LAYOUT_VERSION: u8 = 2;

/// Checks that an account has this program's layout. Errors: `WrongVersion`.
#[inline(always)]
fn check_version(version: u8) -> anchor_lang::Result<()> {
    crate::ensure!(version == LAYOUT_VERSION, WrongVersion);
    Ok(())
}

/// An account whose layout version is checked before it is used.
pub(crate) trait Versioned {
    /// Checks the layout version. Errors: `WrongVersion`.
    fn check_layout(&self) -> anchor_lang::Result<()>;
}

impl Versioned for Pool {
    fn check_layout(&self) -> anchor_lang::Result<()> {
        self.check()
    }
}

impl Versioned for Protocol {
    fn check_layout(&self) -> anchor_lang::Result<()> {
        self.check()
    }
}

impl Versioned for Underlying {
    fn check_layout(&self) -> anchor_lang::Result<()> {
        self.check()
    }
}

/// Takes the number of a proposal from its counter. Errors: `WrongNumber` unless `id` is the next one, `Overflow`.
pub(crate) fn take_proposal_number(next: &mut u64, id: u64) -> anchor_lang::Result<()> {
    crate::ensure!(id == *next, WrongNumber, "proposal {}, the next is {}", id, *next);
    *next = id.checked_add(1).ok_or(crate::errors::EvergreenError::Overflow)?;
    Ok(())
}

/// Adds one to the version of a configuration. Errors: `Overflow`.
fn bump_version(version: &mut u32) -> anchor_lang::Result<()> {
    *version = version.checked_add(1).ok_or(crate::errors::EvergreenError::Overflow)?;
    Ok(())
}
