//! A proposed change of parameters or roles.

use crate::{ensure, types::Change};
use anchor_lang::prelude::*;

/// A change that waits for its timelock. Seeds: `proposal`, queue, number. Execution or cancellation closes the account.
#[account]
#[derive(InitSpace, Debug)]
pub struct Proposal {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Number of the proposal.
    pub id: u64,
    /// What counts it: the protocol, or the pool that it changes where that is curated.
    pub queue: Pubkey,
    /// Who proposed it.
    pub proposer: Pubkey,
    /// The protocol, pool or underlying to change.
    pub target: Pubkey,
    /// Version of the target's configuration that the change was made for.
    pub target_version: u32,
    /// Unix seconds at which the change was proposed.
    pub created_at: i64,
    /// Unix seconds from which anyone may execute the proposal.
    pub ready_at: i64,
    /// Unix seconds from which nobody may execute the proposal.
    pub expires_at: i64,
    /// Who paid the rent of this account and gets it back.
    pub payer: Pubkey,
    /// The change.
    pub change: Change,
    /// Zero, for later versions.
    pub reserved: [u8; 32],
}

impl Proposal {
    /// Bytes of the account, discriminator included, with the longest change.
    pub const SPACE: usize = 8 + Self::INIT_SPACE;
    /// Seconds in which a proposal that is ready may be executed: 14 days.
    pub const LIFE: i64 = 14 * 86_400;

    /// Checks the layout version. Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        ensure!(self.version == super::LAYOUT_VERSION, WrongVersion);
        Ok(())
    }

    /// Checks that the proposal may be executed at `now`, in unix seconds. Errors: `WrongVersion`, `ProposalTooEarly`,
    /// `ProposalExpired`.
    pub fn check_time(&self, now: i64) -> Result<()> {
        self.check()?;
        ensure!(now >= self.ready_at, ProposalTooEarly, "ready at {}, now {}", self.ready_at, now);
        ensure!(now < self.expires_at, ProposalExpired, "expired at {}, now {}", self.expires_at, now);
        Ok(())
    }

    /// Checks the target and the version of its configuration. Errors: `ProposalWrongTarget` for another account,
    /// `ProposalOutdated` when the configuration of the target has changed since the proposal.
    pub fn check_target(&self, key: &Pubkey, version: u32) -> Result<()> {
        ensure!(*key == self.target, ProposalWrongTarget);
        ensure!(version == self.target_version, ProposalOutdated, "made for {}, now {}", self.target_version, version);
        Ok(())
    }
}
