//! A proposed change of parameters or roles.

use super::LiquidityRequest;
use crate::{
    ensure,
    types::{Change, PoolParams},
};
use anchor_lang::prelude::*;

/// A change that waits for its timelock. Its execution is announced and then made. Seeds: `proposal`, queue, number. The change or a cancellation closes
/// the account.
#[cfg_attr(feature = "idl-build", account)]
#[cfg_attr(not(feature = "idl-build"), derive(AnchorSerialize, AnchorDeserialize, Clone))]
#[derive(InitSpace, Debug)]
pub struct Proposal {
    /// This is the layout version.
    pub version: u8,
    /// This is the bump of this address.
    pub bump: u8,
    /// This is the number of the proposal.
    pub id: u64,
    /// It is what counts it: the protocol, or the pool that it changes where that is curated.
    pub queue: Pubkey,
    /// This is who proposed it.
    pub proposer: Pubkey,
    /// This is the protocol, pool or underlying to change.
    pub target: Pubkey,
    /// It is the version of the target's configuration that the change was made for.
    pub target_version: u32,
    /// These are the unix seconds at which the change was proposed.
    pub created_at: i64,
    /// These are the unix seconds from which anyone may announce the execution, and then make the change.
    pub ready_at: i64,
    /// These are the unix seconds from which nobody may make the change.
    pub expires_at: i64,
    /// Who paid the rent of this account and gets it back.
    pub payer: Pubkey,
    /// This is the change.
    pub change: Change,
    /// These are the unix seconds at which its execution was last announced; zero before.
    pub announced_at: i64,
    /// It is zero, for later versions.
    pub reserved: [u8; 24],
}
super::stored::stored!(Proposal, [26, 94, 189, 187, 116, 136, 53, 33]);

// What was committed or requested before the announcement is over when the change is made.
const _: () = {
    let fill = PoolParams::MAX_FILL_DELAY + PoolParams::MAX_FILL_WINDOW;
    let liquidity = PoolParams::MAX_FILL_DELAY as u64 + LiquidityRequest::GRID + LiquidityRequest::GRID_WINDOW as u64;
    assert!(Proposal::NOTICE > fill as i64 && Proposal::NOTICE as u64 > liquidity);
};

impl Proposal {
    /// Bytes of the account, discriminator included, with the longest change.
    pub const SPACE: usize = 8 + Self::INIT_SPACE;
    /// Seconds in which a proposal that is ready may be executed: 14 days.
    pub const LIFE: i64 = 14 * 86_400;
    /// Seconds from the announcement of its execution to the change. A commitment, or a request of a deposit, that is older than the announcement ends before,
    /// so nobody chooses whether the change reaches it.
    pub const NOTICE: i64 = 120;
    /// Seconds after that in which the change may be made; later it is announced again. So no announcement from long ago leaves the moment to anybody.
    pub const TURN: i64 = 60;
    /// Greatest age, in seconds, of the price at which quotes are compared when parameters of an underlying change: nobody chooses one from before a move that
    /// trades have had the time to know.
    pub const PRICE_AGE: i64 = 5;

    /// Checks the layout version. Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        super::check_version(self.version)
    }

    /// Checks that a change is ready at `now`, both in unix seconds. Errors: `ProposalTooEarly`.
    #[inline(never)]
    pub fn check_ready(ready_at: i64, now: i64) -> Result<()> {
        ensure!(now >= ready_at, ProposalTooEarly, "ready at {}, now {}", ready_at, now);
        Ok(())
    }

    /// Takes a step of the execution at `now`, in unix seconds: announces it, or returns `true` where the change is due. Errors: `WrongVersion`,
    /// `ProposalTooEarly`, `ProposalExpired`, `ProposalAnnounced` between both.
    pub fn step(&mut self, now: i64) -> Result<bool> {
        self.check()?;
        Self::check_ready(self.ready_at, now)?;
        ensure!(now < self.expires_at, ProposalExpired, "expired at {}, now {}", self.expires_at, now);
        let Some(from) = self.due_from(now) else {
            self.announced_at = now;
            return Ok(false);
        };
        ensure!(now >= from, ProposalAnnounced, "made from {} on, now {}", from, now);
        Ok(true)
    }

    /// Returns the unix seconds from which the change may be made, for [`Self::TURN`]; `None` where its execution has yet to be announced at `now`, or to be
    /// announced again.
    pub const fn due_from(&self, now: i64) -> Option<i64> {
        let from = self.announced_at.saturating_add(Self::NOTICE);
        if self.announced_at == 0 || now >= from.saturating_add(Self::TURN) { None } else { Some(from) }
    }

    /// Checks the target and the version of its configuration. Errors: `ProposalWrongTarget` for another account,
    /// `ProposalOutdated` when the configuration of the target has changed since the proposal.
    pub fn check_target(&self, key: &Pubkey, version: u32) -> Result<()> {
        ensure!(*key == self.target, ProposalWrongTarget);
        ensure!(version == self.target_version, ProposalOutdated, "made for {}, now {}", self.target_version, version);
        Ok(())
    }
}
