//! A change of parameters or roles on its way.

use super::{PoolParams, PriceSource, Protocol, UnderlyingParams};
use crate::ensure;
use anchor_lang::prelude::*;

/// What a proposal changes, with the exact new values.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// All parameters of a pool.
    PoolParams(PoolParams),
    /// All parameters of an underlying. Series already listed keep their tenor and cap.
    UnderlyingParams(UnderlyingParams),
    /// Where the price of an underlying comes from.
    PriceSource {
        /// Kind of account.
        source: PriceSource,
        /// Program that must own price accounts.
        price_owner: Pubkey,
    },
    /// Ends the halt of a pool.
    ResumePool,
    /// Who tightens at once.
    Guardian(Pubkey),
    /// Who protocol fees are paid to.
    FeeOwner(Pubkey),
    /// Who may become admin, by accepting.
    Admin(Pubkey),
    /// Seconds between a proposal and its execution.
    Timelock(u32),
}

impl Change {
    /// Checks what can be checked without the account that is changed. Errors: `InvalidParameter`.
    #[inline(never)]
    pub fn check(&self) -> Result<()> {
        match self {
            Self::PoolParams(params) => params.check(),
            Self::UnderlyingParams(params) => params.check(),
            Self::PriceSource { price_owner: key, .. }
            | Self::Guardian(key)
            | Self::FeeOwner(key)
            | Self::Admin(key) => {
                ensure!(*key != Pubkey::default(), InvalidParameter, "a role cannot be the default key");
                Ok(())
            }
            Self::Timelock(seconds) => Protocol::check_timelock(*seconds),
            Self::ResumePool => Ok(()),
        }
    }
}

/// A change that waits for its time. Seeds: `proposal`, number. Closed by execution or cancellation.
#[account]
#[derive(InitSpace, Debug)]
pub struct Proposal {
    /// Layout version.
    pub version: u8,
    /// Bump of this address.
    pub bump: u8,
    /// Its number.
    pub id: u64,
    /// The protocol, pool or underlying to change.
    pub target: Pubkey,
    /// Version of the target's configuration that the change was made for.
    pub target_version: u32,
    /// Unix seconds of the proposal.
    pub created_at: i64,
    /// Unix seconds from which anyone may execute it.
    pub ready_at: i64,
    /// Unix seconds from which nobody may.
    pub expires_at: i64,
    /// Who paid for this account, and gets the rent back.
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

    /// Errors: `WrongVersion`.
    pub fn check(&self) -> Result<()> {
        ensure!(self.version == super::LAYOUT_VERSION, WrongVersion);
        Ok(())
    }

    /// Errors: `WrongVersion`, `ProposalTooEarly`, `ProposalExpired`.
    pub fn check_time(&self, now: i64) -> Result<()> {
        self.check()?;
        ensure!(now >= self.ready_at, ProposalTooEarly, "ready at {}, now {}", self.ready_at, now);
        ensure!(now < self.expires_at, ProposalExpired, "expired at {}, now {}", self.expires_at, now);
        Ok(())
    }

    /// Errors: `ProposalWrongTarget` for another account, `ProposalOutdated` when its configuration has changed since.
    pub fn check_target(&self, key: &Pubkey, version: u32) -> Result<()> {
        ensure!(*key == self.target, ProposalWrongTarget);
        ensure!(version == self.target_version, ProposalOutdated, "made for {}, now {}", self.target_version, version);
        Ok(())
    }
}
