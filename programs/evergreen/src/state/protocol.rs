//! The protocol: who may do what, and what is paused.

use crate::ensure;
use anchor_lang::prelude::*;

/// What can be paused, each on its own.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Action {
    /// Trades that add risk.
    AddRisk,
    /// Trades that only shrink positions.
    ReduceRisk,
    /// Margin deposits.
    DepositMargin,
    /// Margin withdrawals.
    WithdrawMargin,
    /// Liquidity deposits.
    DepositLiquidity,
    /// Withdrawal requests and executions of liquidity.
    WithdrawLiquidity,
    /// Liquidations, and closing of unbalanced writers.
    Liquidate,
    /// Exercise at the cap, and settlement.
    Exercise,
    /// Listing of series.
    List,
    /// Volatility samples.
    SampleVolatility,
}

/// Number of [`Action`]s.
pub const PAUSABLE_ACTIONS: usize = 10;

impl Action {
    /// Whether this action lets somebody out, or lets him save himself: it can be paused only briefly.
    pub const fn is_exit(self) -> bool {
        matches!(
            self,
            Self::ReduceRisk | Self::DepositMargin | Self::WithdrawMargin | Self::WithdrawLiquidity | Self::Exercise
        )
    }
}

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
    pub padding: [u8; 6],
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
    /// Zero, for later versions.
    pub reserved: [u8; 240],
}

const _: () = assert!(size_of::<Protocol>() == 8 + 4 * 32 + 160 + 16 + 240);

impl Protocol {
    /// Bytes of the account, discriminator included.
    pub const SPACE: usize = 8 + size_of::<Self>();

    /// Seconds between a proposal and its execution unless changed: 48 hours.
    pub const DEFAULT_TIMELOCK: u32 = 2 * 86_400;
    /// Longest pause of an action that is not an exit: 7 days.
    pub const MAX_PAUSE: i64 = 7 * 86_400;
    /// Longest pause of an exit: 24 hours in any 7 days.
    pub const MAX_EXIT_PAUSE: i64 = 86_400;

    /// Errors: `Paused` while the action is paused.
    pub fn check_running(&self, action: Action, now: i64) -> Result<()> {
        let until = self.pauses[action as usize].until;
        ensure!(now >= until, Paused, "{:?} is paused until {}, now {}", action, until, now);
        Ok(())
    }

    /// Pauses an action for `seconds`; zero ends its pause. An exit's pause may begin only 7 days after the last
    /// one began, and lasts 24 hours at most: so no 7 days hold more than 24 hours of it.
    /// Errors: `PauseTooLong`.
    pub fn pause(&mut self, action: Action, seconds: u32, now: i64) -> Result<PauseState> {
        let state = &mut self.pauses[action as usize];
        let seconds = i64::from(seconds);
        if seconds == 0 {
            state.until = state.until.min(now);
            return Ok(*state);
        }
        let longest = if action.is_exit() { Self::MAX_EXIT_PAUSE } else { Self::MAX_PAUSE };
        ensure!(seconds <= longest, PauseTooLong, "pause of {} s, at most {} s", seconds, longest);
        if action.is_exit() {
            let next = state.since.saturating_add(Self::MAX_PAUSE);
            ensure!(now >= next, PauseTooLong, "exits can be paused again from {}, now {}", next, now);
        }
        *state = PauseState { since: now, until: now.saturating_add(seconds) };
        Ok(*state)
    }

    /// Errors: `Unauthorized` unless the key is the admin's.
    pub fn check_admin(&self, key: &Pubkey) -> Result<()> {
        ensure!(*key == self.admin, Unauthorized);
        Ok(())
    }

    /// Errors: `Unauthorized` unless the key is the guardian's or the admin's.
    pub fn check_guardian(&self, key: &Pubkey) -> Result<()> {
        ensure!(*key == self.guardian || *key == self.admin, Unauthorized);
        Ok(())
    }
}

#[cfg(test)]
mod tests;
