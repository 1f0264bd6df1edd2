//! The protocol: who may do what, and what is paused.

use super::bump_version;
use crate::{
    ensure,
    types::{Action, Change, PAUSABLE_ACTIONS},
};
use anchor_lang::prelude::*;

/// When an action is paused.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct PauseState {
    /// Unix seconds at which the newest pause began.
    pub since: i64,
    /// Unix seconds at which it ends.
    pub until: i64,
}

/// The one account with the roles of the protocol. Seeds: `protocol`.
#[account(zero_copy)]
#[repr(C)]
pub struct Protocol {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Zero.
    pub padding: [u8; 2],
    /// Bit of each [`Action`] whose newest pause the admin set and the guardian has not renewed.
    pub paused_by_admin: u32,
    /// Lists collateral and underlyings; loosens.
    pub admin: Pubkey,
    /// Admin to be, until it accepts.
    pub pending_admin: Pubkey,
    /// Tightens at once.
    pub guardian: Pubkey,
    /// Owner of the token accounts that protocol fees are paid to.
    pub fee_owner: Pubkey,
    /// Pause of each [`Action`].
    pub pauses: [PauseState; PAUSABLE_ACTIONS],
    /// Number of the next proposal.
    pub next_proposal: u64,
    /// Seconds between a proposal and its execution.
    pub timelock: u32,
    /// How often roles and timelock have changed; a proposal names the version it was made for.
    pub config_version: u32,
    /// Unix seconds at which the newest 24 hours began in which exits may be paused.
    pub exits_since: i64,
    /// Number of the present admin's first proposal: earlier ones are another admin's and void.
    pub first_proposal: u64,
    /// Unix seconds until which the pending admin may accept.
    pub pending_until: i64,
    /// Zero, for later versions.
    pub reserved: [u8; 216],
}

const _: () = assert!(size_of::<Protocol>() == 8 + 4 * 32 + 160 + 16 + 240);

impl Protocol {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + size_of::<Self>();

    /// Longest pause of an action that is not an exit: 7 days.
    pub const MAX_PAUSE: i64 = 7 * 86_400;
    /// Seconds in which a new admin may accept: 14 days.
    pub const ACCEPTANCE: i64 = 14 * 86_400;
    /// Longest pause of an exit: 24 hours in any 7 days.
    pub const MAX_EXIT_PAUSE: i64 = 86_400;

    /// Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        ensure!(self.version == super::LAYOUT_VERSION, WrongVersion);
        Ok(())
    }

    /// Errors: `WrongVersion`, `Paused` while the action is paused.
    pub fn check_running(&self, action: Action, now: i64) -> Result<()> {
        self.check()?;
        let until = self.pauses[action as usize].until;
        ensure!(now >= until, Paused, "{:?} is paused until {}, now {}", action, until, now);
        Ok(())
    }

    /// Pauses an action for `seconds` from now, never shorter than it already is; zero ends its pause.
    ///
    /// All pauses of exits lie within one span of 24 hours, the next begins 7 days after the last: so no 7 days hold
    /// more than 24 hours in which any exit is paused. Of one exit a span holds one pause.
    ///
    /// The guardian ends any pause, the admin one of its own that the guardian has not renewed: nobody else's key opens
    /// what the guardian has closed.
    ///
    /// Errors: `Unauthorized`, `PauseTooLong`.
    pub fn pause(&mut self, action: Action, seconds: u32, by: &Pubkey, now: i64) -> Result<PauseState> {
        self.check_guardian(by)?;
        let guards = *by == self.guardian;
        let state = &mut self.pauses[action as usize];
        let bit = 1u32 << action as u32;
        if seconds == 0 {
            ensure!(guards || self.paused_by_admin & bit != 0, Unauthorized, "only the guardian ends this pause");
            state.until = state.until.min(now);
            return Ok(*state);
        }
        let end = now.saturating_add(seconds.into());
        if action.is_exit() {
            let next = state.since.saturating_add(Self::MAX_PAUSE);
            ensure!(now >= next, PauseTooLong, "this exit can be paused again from {}, now {}", next, now);
            let next = self.exits_since.saturating_add(Self::MAX_PAUSE);
            let since = if now >= next { now } else { self.exits_since };
            let last = since.saturating_add(Self::MAX_EXIT_PAUSE);
            ensure!(
                end <= last,
                PauseTooLong,
                "pause until {}, exits at most until {}, again from {}",
                end,
                last,
                next
            );
            self.exits_since = since;
        } else {
            ensure!(i64::from(seconds) <= Self::MAX_PAUSE, PauseTooLong, "pause of {} s", seconds);
        }
        if guards {
            self.paused_by_admin &= !bit;
        } else if now >= state.until {
            self.paused_by_admin |= bit;
        }
        *state = PauseState { since: now, until: end.max(state.until) };
        Ok(*state)
    }

    /// Errors: `Unauthorized` unless the key is the admin's.
    pub fn check_admin(&self, key: &Pubkey) -> Result<()> {
        self.check()?;
        ensure!(*key == self.admin, Unauthorized);
        Ok(())
    }

    /// Errors: `Unauthorized` unless the key is the guardian's or the admin's.
    pub fn check_guardian(&self, key: &Pubkey) -> Result<()> {
        self.check()?;
        ensure!(*key == self.guardian || *key == self.admin, Unauthorized);
        Ok(())
    }

    /// The time at which the next proposal may be executed. Errors: `WrongNumber` unless `id` is its number.
    pub fn open_proposal(&mut self, id: u64, now: i64) -> Result<i64> {
        ensure!(id == self.next_proposal, WrongNumber, "proposal {}, the next is {}", id, self.next_proposal);
        self.next_proposal = id.checked_add(1).ok_or(crate::errors::EvergreenError::Overflow)?;
        Ok(now.saturating_add(self.timelock.into()))
    }

    /// Errors: `WrongVersion`, `ProposalOutdated` for a proposal of an earlier admin.
    pub fn check_proposer(&self, id: u64) -> Result<()> {
        self.check()?;
        ensure!(
            id >= self.first_proposal,
            ProposalOutdated,
            "proposal {}, the admin's first {}",
            id,
            self.first_proposal
        );
        Ok(())
    }

    /// Makes a change of roles or timelock that has been checked; others are not the protocol's. A new admin has to
    /// accept first.
    pub fn make(&mut self, change: &Change, now: i64) -> Result<()> {
        match change {
            Change::Guardian(key) => self.guardian = *key,
            Change::FeeOwner(key) => self.fee_owner = *key,
            Change::Admin(key) => {
                self.pending_admin = *key;
                self.pending_until = now.saturating_add(Self::ACCEPTANCE);
            }
            Change::Timelock(seconds) => self.timelock = *seconds,
            _ => {}
        }
        bump_version(&mut self.config_version)
    }

    /// The pending admin takes over; proposals of the admin before are void from now on. Errors: `Unauthorized` for anybody else,
    /// or when none is pending; `ProposalExpired` when the time to accept is over.
    pub fn accept_admin(&mut self, key: &Pubkey, now: i64) -> Result<()> {
        ensure!(*key == self.pending_admin && *key != Pubkey::default(), Unauthorized);
        ensure!(now < self.pending_until, ProposalExpired, "to be accepted until {}, now {}", self.pending_until, now);
        self.admin = core::mem::take(&mut self.pending_admin);
        self.first_proposal = self.next_proposal;
        bump_version(&mut self.config_version)
    }
}

#[cfg(test)]
mod tests;
