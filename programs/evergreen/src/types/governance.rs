//! Roles, pauses and changes.

use super::{PoolParams, PriceSource, UnderlyingParams, timelock};
use crate::ensure;
use anchor_lang::prelude::*;

/// Who does what at the start.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct Roles {
    /// Lists collateral and underlyings, proposes changes.
    pub admin: Pubkey,
    /// Pauses, tightens, cancels proposals.
    pub guardian: Pubkey,
    /// Owns the token accounts that protocol fees are paid to.
    pub fee_owner: Pubkey,
}

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
    /// Liquidations, and auto-deleveraging of writers.
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
    /// Whether this action lets somebody out, lets them save themselves, or keeps a pool solvent and priced meanwhile: it can be
    /// paused only briefly. What is left is growth.
    pub const fn is_exit(self) -> bool {
        !matches!(self, Self::AddRisk | Self::DepositLiquidity | Self::List)
    }
}

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
            Self::PriceSource { source, price_owner } => source.check_owner(price_owner),
            Self::Guardian(key) | Self::FeeOwner(key) | Self::Admin(key) => {
                ensure!(*key != Pubkey::default(), InvalidParameter, "a role cannot be the default key");
                Ok(())
            }
            Self::Timelock(seconds) => timelock::check(*seconds),
            Self::ResumePool => Ok(()),
        }
    }
}
