//! The protocol: its roles and pauses.

use super::bump_version;
use crate::{
    ensure,
    types::{Action, Change, PAUSABLE_ACTIONS, timelock},
};
use anchor_lang::prelude::*;

/// The newest pause of an action.
#[zero_copy]
#[derive(Debug, Default, PartialEq, Eq)]
#[repr(C)]
pub struct PauseState {
    /// These are the unix seconds at which the newest pause began.
    pub since: i64,
    /// These are the unix seconds at which that pause ends.
    pub until: i64,
}

/// The account with the roles and pauses of the protocol. Seeds: `protocol`.
#[account(zero_copy)]
#[repr(C)]
pub struct Protocol {
    /// This is the layout version.
    pub version: u8,
    /// This is the bump of this address.
    pub bump: u8,
    /// It is zero.
    pub padding: [u8; 2],
    /// Bits of the [`Action`]s whose pause the admin began and the guardian has not renewed.
    pub paused_by_admin: u32,
    /// It creates underlyings and the protocol's pools, and proposes changes.
    pub admin: Pubkey,
    /// This is the admin to be, until it accepts; the default key for nobody.
    pub pending_admin: Pubkey,
    /// Pauses actions, lowers caps, halts pools and cancels proposals at once.
    pub guardian: Pubkey,
    /// Owner of the token accounts that protocol fees are paid to.
    pub fee_owner: Pubkey,
    /// This is the pause of each [`Action`].
    pub pauses: [PauseState; PAUSABLE_ACTIONS],
    /// It is zero.
    pub padding_2: [u8; 16],
    /// This is the number of the next proposal.
    pub next_proposal: u64,
    /// These are the seconds between a proposal of roles and its execution; other proposals wait at least as long.
    pub timelock: u32,
    /// Number of changes of roles and timelock; a proposal names the version it was made for.
    pub config_version: u32,
    /// These are the unix seconds at which the newest span of 24 hours began in which exits may be paused.
    pub exits_since: i64,
    /// This is the number of the present admin's first proposal. Earlier proposals are void, because another admin made them.
    pub first_proposal: u64,
    /// These are the unix seconds until which the pending admin may accept.
    pub pending_until: i64,
    /// It is zero, for later versions.
    pub reserved: [u8; 216],
}

const _: () = assert!(size_of::<Protocol>() == 8 + 4 * 32 + 144 + 16 + 16 + 240);

impl Protocol {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + size_of::<Self>();

    /// Longest pause of an action that is not an exit, and shortest time from one pause of an exit to its next, in seconds: 7 days.
    pub const MAX_PAUSE: i64 = 7 * 86_400;
    /// Seconds in which a new admin may accept: 14 days.
    pub const ACCEPTANCE: i64 = 14 * 86_400;
    /// Longest pause of exits in any 7 days, in seconds: 24 hours.
    pub const MAX_EXIT_PAUSE: i64 = 86_400;

    /// Seconds for which liquidation still rests when topping up and reducing are open again, so that nobody is liquidated before they could help
    /// themselves: ten minutes.
    pub const GRACE: i64 = 600;

    /// Checks the layout version. Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        super::check_version(self.version)
    }

    /// Checks that the action is not paused at `now`, in unix seconds, and that it does not rest because of another one's pause
    /// ([`Action::rests_with`]). Errors: `WrongVersion`, `Paused`.
    pub fn check_running(&self, action: Action, now: i64) -> Result<()> {
        self.check()?;
        let until = self.pauses[action as usize].until;
        ensure!(now >= until, Paused, "{:?} is paused until {}, now {}", action, until, now);
        for other in action.rests_with() {
            let PauseState { since, until } = self.pauses[*other as usize];
            let until = if until > since { until.saturating_add(Self::GRACE) } else { 0 };
            ensure!(now >= until, Paused, "{:?} rests with {:?} until {}, now {}", action, other, until, now);
        }
        Ok(())
    }

    /// Pauses an action for `seconds` from now; zero ends its pause. A new pause never shortens the present one.
    ///
    /// All pauses of exits lie within one span of 24 hours, and the next span begins at least 7 days after the beginning of the
    /// last. No 7 days therefore hold more than 24 hours in which any exit is paused. Each exit can be paused once in a span.
    ///
    /// The guardian can end any pause. The admin can end only a pause that it began and that the guardian has not renewed.
    ///
    /// Errors: `WrongVersion`, `Unauthorized`, `PauseTooLong`.
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

    /// Checks that the key is the admin's. Errors: `WrongVersion`, `Unauthorized`.
    #[inline(never)]
    pub fn check_admin(&self, key: &Pubkey) -> Result<()> {
        self.check()?;
        ensure!(*key == self.admin, Unauthorized);
        Ok(())
    }

    /// Checks that the key is the guardian's or the admin's. Errors: `WrongVersion`, `Unauthorized`.
    #[inline(never)]
    pub fn check_guardian(&self, key: &Pubkey) -> Result<()> {
        self.check()?;
        ensure!(*key == self.guardian || *key == self.admin, Unauthorized);
        Ok(())
    }

    /// Returns the seconds that a proposal of this change waits: the timelock where it changes roles or the timelock itself, which take and give nobody anything;
    /// otherwise so long that everybody can leave before ([`timelock::with_time_to_leave`]).
    pub fn wait_for(&self, change: &Change) -> i64 {
        if change.is_of_roles() { self.timelock.into() } else { timelock::with_time_to_leave(self.timelock) }
    }

    /// Checks that the present admin made the proposal. Errors: `WrongVersion`, `ProposalOutdated` for one of an earlier admin.
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

    /// Makes a change of roles or timelock that has been checked. Other changes only add one to the version. A new admin becomes
    /// the pending admin, who has to accept. Errors: `Overflow`.
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

    /// Makes the pending admin the admin, which voids all earlier proposals. Errors: `Unauthorized` unless the key is the pending
    /// admin's, `ProposalExpired` when the time to accept is over.
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
