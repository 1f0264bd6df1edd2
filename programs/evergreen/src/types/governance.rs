//! Roles, pauses and changes.

use super::{PoolParams, PriceSource, UnderlyingParams, timelock};
use crate::ensure;
use anchor_lang::prelude::*;

/// The first holders of the protocol's roles.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug)]
pub struct Roles {
    /// It creates pools and underlyings and proposes changes.
    pub admin: Pubkey,
    /// Pauses actions, lowers caps, halts pools and cancels proposals.
    pub guardian: Pubkey,
    /// It owns the token accounts that protocol fees are paid to.
    pub fee_owner: Pubkey,
}

/// An action that can be paused on its own. Exercises and volatility samples cannot: each decides what others are paid, and whoever could hold it up
/// could trade on that.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Action {
    /// These are trades that add risk.
    AddRisk,
    /// These are trades that only shrink positions.
    ReduceRisk,
    /// These are margin deposits.
    DepositMargin,
    /// These are margin withdrawals.
    WithdrawMargin,
    /// These are liquidity deposits.
    DepositLiquidity,
    /// These are withdrawal requests and executions of liquidity.
    WithdrawLiquidity,
    /// Liquidations. What closes others without a penalty goes on: for cash, for a place, of an excess.
    Liquidate,
    /// This is the settlement of positions in ended series by others than their owners.
    Settle,
    /// This is the listing of series.
    List,
}

/// Number of [`Action`]s.
pub const PAUSABLE_ACTIONS: usize = 9;

impl Action {
    /// Returns whether this action is an exit, which can be paused only briefly: users need it to leave or to avoid liquidation,
    /// or it keeps a pool solvent. The other actions add risk, liquidity or series.
    pub const fn is_exit(self) -> bool {
        !matches!(self, Self::AddRisk | Self::DepositLiquidity | Self::List)
    }

    /// Returns the actions with whose pauses this one rests. Nobody is liquidated while topping up or reducing is shut to them, nor in the ten
    /// minutes after.
    pub const fn rests_with(self) -> &'static [Self] {
        if matches!(self, Self::Liquidate) { &[Self::DepositMargin, Self::ReduceRisk] } else { &[] }
    }
}

/// What a proposal changes, with the exact new values.
#[derive(AnchorSerialize, AnchorDeserialize, InitSpace, Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    /// These are all parameters of a pool.
    PoolParams(PoolParams),
    /// These are all parameters of an underlying. Series already listed keep their tenor and cap.
    UnderlyingParams(UnderlyingParams),
    /// This is the source of the price of an underlying.
    PriceSource {
        /// This is the kind of price account.
        source: PriceSource,
        /// It is the program that must own price accounts.
        price_owner: Pubkey,
    },
    /// This is the end of a pool's halt.
    ResumePool,
    /// The new guardian, who pauses, lowers caps and halts at once.
    Guardian(Pubkey),
    /// The new owner of the token accounts that protocol fees are paid to.
    FeeOwner(Pubkey),
    /// The new pending admin, who becomes admin by accepting.
    Admin(Pubkey),
    /// These are the seconds between a proposal and its execution.
    Timelock(u32),
    /// The new pending curator of a pool, who becomes its curator by accepting.
    Curator(Pubkey),
}

impl Change {
    /// Returns whether it changes the protocol's roles or its timelock, and nothing that anybody's money depends on.
    pub const fn is_of_roles(&self) -> bool {
        matches!(self, Self::Guardian(_) | Self::FeeOwner(_) | Self::Admin(_) | Self::Timelock(_))
    }

    /// Checks the change as far as possible without the account that it changes. Errors: `InvalidParameter`.
    #[inline(never)]
    pub fn check(&self) -> Result<()> {
        match self {
            Self::PoolParams(params) => params.check(),
            Self::UnderlyingParams(params) => params.check(),
            Self::PriceSource { source, price_owner } => source.check_owner(price_owner),
            Self::Guardian(key) | Self::FeeOwner(key) | Self::Admin(key) | Self::Curator(key) => {
                ensure!(*key != Pubkey::default(), InvalidParameter, "a role cannot be the default key");
                Ok(())
            }
            Self::Timelock(seconds) => timelock::check(*seconds),
            Self::ResumePool => Ok(()),
        }
    }
}
