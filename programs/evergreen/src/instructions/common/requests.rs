//! The accounts of requests of liquidity.

use super::{create::*, vaults::*};
use crate::{
    seeds,
    state::{Action, LiquidityRequest, Pool, Protocol},
    token,
};
use anchor_lang::prelude::*;

/// What every request needs.
#[derive(Accounts)]
pub struct RequestAccounts<'info> {
    /// Owner of the request; pays for it and gets its rent back when it is over.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The protocol, which stores the pauses.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Both vaults of the pool.
    pub vaults: Vaults<'info>,
    /// CHECK: created at its address, which is derived here; the number is the owner's choice.
    #[account(mut)]
    pub request: UncheckedAccount<'info>,
    /// Creates the request.
    pub system_program: Program<'info, System>,
}

impl RequestAccounts<'_> {
    /// Returns the time, in unix seconds. Errors: `WrongVersion`, `Paused` while the action is paused.
    pub(crate) fn check_running(&self, action: Action) -> Result<i64> {
        let now = Clock::get()?.unix_timestamp;
        self.protocol.load()?.check_running(action, now)?;
        Ok(now)
    }

    /// Creates the account of a request of the owner at its address. Errors: `ConstraintSeeds`, and the system program's where the owner has
    /// an open request with this number.
    #[inline(never)]
    pub(crate) fn create(&self, request: LiquidityRequest) -> Result<()> {
        let (owner, id, class) = (self.owner.key(), request.id.to_le_bytes(), [request.class]);
        let bump = token::derive(&self.request, &[seeds::REQUEST, request.pool.as_ref(), &class, owner.as_ref(), &id])?;
        let seeds: &[&[u8]] = &[seeds::REQUEST, request.pool.as_ref(), &class, owner.as_ref(), &id, &[bump]];
        let request = LiquidityRequest { bump, owner, ..request };
        create_account(&self.owner, &self.request, LiquidityRequest::SPACE, seeds, &request)
    }
}
