//! Events of governance.

use crate::types::{Change, MAX_UNDERLYINGS, PoolCaps};
use anchor_lang::prelude::*;

/// A change was proposed.
#[event]
#[derive(Clone, Debug)]
pub struct ProposalCreated {
    /// Its number.
    pub id: u64,
    /// The protocol, pool or underlying to change.
    pub target: Pubkey,
    /// Version of the target's configuration that it was made for.
    pub target_version: u32,
    /// Unix seconds from which anyone may execute it.
    pub ready_at: i64,
    /// Unix seconds from which nobody may.
    pub expires_at: i64,
    /// The change.
    pub change: Change,
}

/// A proposed change was made.
#[event]
#[derive(Clone, Debug)]
pub struct ProposalExecuted {
    /// Its number.
    pub id: u64,
    /// What was changed.
    pub target: Pubkey,
    /// Version of the target's configuration now.
    pub config_version: u32,
    /// The change. A new admin has yet to accept.
    pub change: Change,
    /// With parameters of a pool: the oldest prices that their fees cover, seconds, by underlying. Else zeros.
    pub max_ages: [u32; MAX_UNDERLYINGS],
}

/// A proposal was withdrawn.
#[event]
#[derive(Clone, Debug)]
pub struct ProposalCancelled {
    /// Its number.
    pub id: u64,
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

/// A pool takes no new risk, liquidity or series.
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
