//! Events of governance.

use crate::types::{Change, MAX_UNDERLYINGS, PoolCaps};
use anchor_lang::prelude::*;

/// A change was proposed.
#[event]
#[derive(Clone, Debug)]
pub struct ProposalCreated {
    /// This is its number.
    pub id: u64,
    /// It is what counts it: the protocol, or the pool that it changes where that is curated.
    pub queue: Pubkey,
    /// This is the protocol, pool or underlying to change.
    pub target: Pubkey,
    /// It is the version of the target's configuration that it was made for.
    pub target_version: u32,
    /// These are the unix seconds from which anyone may announce its execution.
    pub ready_at: i64,
    /// These are the unix seconds from which nobody may execute it.
    pub expires_at: i64,
    /// This is the change.
    pub change: Change,
}

/// The execution of a proposal was announced. Anyone makes the change from one moment until another, or announces it again.
#[event]
#[derive(Clone, Debug)]
pub struct ProposalAnnounced {
    /// This is its number.
    pub id: u64,
    /// It is what counts it: the protocol, or the pool that it changes where that is curated.
    pub queue: Pubkey,
    /// This is the protocol, pool or underlying to change.
    pub target: Pubkey,
    /// These are the unix seconds from which the change may be made.
    pub from: i64,
    /// Unix seconds from which it may no longer be made unless it is announced again.
    pub until: i64,
}

/// A proposed change was made.
#[event]
#[derive(Clone, Debug)]
pub struct ProposalExecuted {
    /// This is its number.
    pub id: u64,
    /// It is what counts it: the protocol, or the pool that it changes where that is curated.
    pub queue: Pubkey,
    /// It is what was changed.
    pub target: Pubkey,
    /// This is the version of the target's configuration now.
    pub config_version: u32,
    /// This is the change. A new admin has yet to accept.
    pub change: Change,
    /// These are the greatest price ages that the fees of a pool cover, in seconds, by underlying; zeros where no parameters of a pool change.
    pub max_ages: [u32; MAX_UNDERLYINGS],
}

/// A proposal was cancelled.
#[event]
#[derive(Clone, Debug)]
pub struct ProposalCancelled {
    /// This is its number.
    pub id: u64,
    /// It is what counts it: the protocol, or the pool that it would have changed.
    pub queue: Pubkey,
    /// This is who did it.
    pub by: Pubkey,
}

/// A new admin took over.
#[event]
#[derive(Clone, Debug)]
pub struct AdminAccepted {
    /// This is the admin.
    pub admin: Pubkey,
    /// This is the version of the protocol's configuration now.
    pub config_version: u32,
}

/// A new curator took over a pool.
#[event]
#[derive(Clone, Debug)]
pub struct CuratorAccepted {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the curator; the default key where the pool has become one of the protocol.
    pub curator: Pubkey,
    /// These are the fees that the curator before the last had not collected, which became protocol fees.
    pub forfeited: u64,
    /// This is the version of the pool's configuration now.
    pub config_version: u32,
}

/// Caps of a pool were lowered.
#[event]
#[derive(Clone, Debug)]
pub struct PoolTightened {
    /// This is the pool.
    pub pool: Pubkey,
    /// These are the caps now.
    pub caps: PoolCaps,
    /// This is the version of the pool's configuration now.
    pub config_version: u32,
    /// This is who did it.
    pub by: Pubkey,
}

/// A private pool that is halted will buy back what is left of its options.
#[event]
#[derive(Clone, Debug)]
pub struct BuybackAnnounced {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is in unix seconds. Positions are closed at the first prices that are published after it.
    pub moment: i64,
    /// This is the premium on the value, in basis points.
    pub premium_bps: u16,
    /// This is who did it.
    pub by: Pubkey,
}

/// A pool was halted: it accepts no new risk, liquidity or series.
#[event]
#[derive(Clone, Debug)]
pub struct PoolHalted {
    /// This is the pool.
    pub pool: Pubkey,
    /// This is the version of the pool's configuration now.
    pub config_version: u32,
    /// This is who did it.
    pub by: Pubkey,
}

/// An account was upgraded to the present layout version.
#[event]
#[derive(Clone, Debug)]
pub struct AccountMigrated {
    /// This is the account.
    pub account: Pubkey,
    /// This is the layout version of the account now.
    pub version: u8,
}
