//! Events of governance.

use crate::types::{Change, MAX_UNDERLYINGS, PoolCaps};
use anchor_lang::prelude::*;

/// A change was proposed.
#[event]
#[derive(Clone, Debug)]
pub struct ProposalCreated {
    /// Its number.
    pub id: u64,
    /// What counts it: the protocol, or the pool that it changes where that is curated.
    pub queue: Pubkey,
    /// The protocol, pool or underlying to change.
    pub target: Pubkey,
    /// Version of the target's configuration that it was made for.
    pub target_version: u32,
    /// Unix seconds from which anyone may announce its execution.
    pub ready_at: i64,
    /// Unix seconds from which nobody may execute it.
    pub expires_at: i64,
    /// The change.
    pub change: Change,
}

/// The execution of a proposal was announced. Anyone makes the change from one moment until another, or announces it again.
#[event]
#[derive(Clone, Debug)]
pub struct ProposalAnnounced {
    /// Its number.
    pub id: u64,
    /// What counts it: the protocol, or the pool that it changes where that is curated.
    pub queue: Pubkey,
    /// The protocol, pool or underlying to change.
    pub target: Pubkey,
    /// Unix seconds from which the change may be made.
    pub from: i64,
    /// Unix seconds from which it may no longer be made unless it is announced again.
    pub until: i64,
}

/// A proposed change was made.
#[event]
#[derive(Clone, Debug)]
pub struct ProposalExecuted {
    /// Its number.
    pub id: u64,
    /// What counts it: the protocol, or the pool that it changes where that is curated.
    pub queue: Pubkey,
    /// What was changed.
    pub target: Pubkey,
    /// Version of the target's configuration now.
    pub config_version: u32,
    /// The change. A new admin has yet to accept.
    pub change: Change,
    /// For parameters of a pool, the greatest price ages that its fees cover, in seconds, by underlying; otherwise zeros.
    pub max_ages: [u32; MAX_UNDERLYINGS],
}

/// A proposal was cancelled.
#[event]
#[derive(Clone, Debug)]
pub struct ProposalCancelled {
    /// Its number.
    pub id: u64,
    /// What counts it: the protocol, or the pool that it would have changed.
    pub queue: Pubkey,
    /// Who did it.
    pub by: Pubkey,
}

/// A new admin took over.
#[event]
#[derive(Clone, Debug)]
pub struct AdminAccepted {
    /// The admin.
    pub admin: Pubkey,
    /// Version of the protocol's configuration now.
    pub config_version: u32,
}

/// A new curator took over a pool.
#[event]
#[derive(Clone, Debug)]
pub struct CuratorAccepted {
    /// The pool.
    pub pool: Pubkey,
    /// The curator; the default key where the pool has become one of the protocol.
    pub curator: Pubkey,
    /// Fees that the curator before the last had not collected, which became protocol fees.
    pub forfeited: u64,
    /// Version of the pool's configuration now.
    pub config_version: u32,
}

/// Caps of a pool were lowered.
#[event]
#[derive(Clone, Debug)]
pub struct PoolTightened {
    /// The pool.
    pub pool: Pubkey,
    /// The caps now.
    pub caps: PoolCaps,
    /// Version of the pool's configuration now.
    pub config_version: u32,
    /// Who did it.
    pub by: Pubkey,
}

/// A private pool that is halted will buy back what is left of its options.
#[event]
#[derive(Clone, Debug)]
pub struct BuybackAnnounced {
    /// The pool.
    pub pool: Pubkey,
    /// Unix seconds. Positions are closed at the first prices that are published after it.
    pub moment: i64,
    /// Premium on the value, in basis points.
    pub premium_bps: u16,
    /// Who did it.
    pub by: Pubkey,
}

/// A pool was halted: it accepts no new risk, liquidity or series.
#[event]
#[derive(Clone, Debug)]
pub struct PoolHalted {
    /// The pool.
    pub pool: Pubkey,
    /// Version of the pool's configuration now.
    pub config_version: u32,
    /// Who did it.
    pub by: Pubkey,
}

/// An account was upgraded to the present layout version.
#[event]
#[derive(Clone, Debug)]
pub struct AccountMigrated {
    /// The account.
    pub account: Pubkey,
    /// Layout version of the account now.
    pub version: u8,
}
