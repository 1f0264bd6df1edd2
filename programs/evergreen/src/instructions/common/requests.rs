//! The accounts of requests of liquidity.

use super::{create::*, numbers::take, vaults::*};
use crate::{
    engine::{self, MarketContext},
    oracle::PriceUse,
    seeds,
    state::{Action, LiquidityRequest, Pool, Protocol, SeriesRegistry},
    token,
};
use anchor_lang::prelude::*;

/// What every request needs.
#[derive(Accounts)]
pub struct RequestAccounts<'info> {
    /// This is the owner of the request; it pays for it and gets its rent back when it is over.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// The protocol stores the pauses.
    #[account(address = seeds::PROTOCOL_ADDRESS)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// These are both vaults of the pool.
    pub vaults: Vaults<'info>,
    /// CHECK: it is the owner's counter, or its empty address, which is derived here.
    #[account(mut)]
    pub counter: UncheckedAccount<'info>,
    /// CHECK: it is created at its address, which is derived here.
    #[account(mut)]
    pub request: UncheckedAccount<'info>,
    /// It creates the request.
    pub system_program: Program<'info, System>,
}

impl RequestAccounts<'_> {
    /// Returns the time, in unix seconds. Errors: `WrongVersion`, `Paused` while the action is paused.
    pub(crate) fn check_running(&self, action: Action) -> Result<i64> {
        let now = Clock::get()?.unix_timestamp;
        self.protocol.load()?.check_running(action, now)?;
        Ok(now)
    }

    /// Takes the number of a request from its owner's counter, so that no number comes again, and creates its account at its address. Errors:
    /// `WrongNumber`, `ConstraintSeeds`.
    #[inline(never)]
    pub(crate) fn create(&self, request: LiquidityRequest) -> Result<()> {
        take(&self.owner, &self.owner.key(), &self.counter, request.id)?;
        let (owner, id, class) = (self.owner.key(), request.id.to_le_bytes(), [request.class]);
        let bump = token::derive(&self.request, &[seeds::REQUEST, request.pool.as_ref(), &class, owner.as_ref(), &id])?;
        let seeds: &[&[u8]] = &[seeds::REQUEST, request.pool.as_ref(), &class, owner.as_ref(), &id, &[bump]];
        let request = LiquidityRequest { bump, owner, ..request };
        create_account(&self.owner, &self.request, LiquidityRequest::SPACE, seeds, &request)
    }
}

/// Reads the prices of liquidity: the first ones published after a full minute, unix seconds, of the underlyings that a valuation with the ledgers of that
/// minute needs, and of no other. Errors: `MarketAccountUnneeded`, those of [`MarketContext::load_first_after`].
#[inline(never)]
pub(crate) fn prices_of_minute<'info>(
    pool: &Pool,
    registry: &SeriesRegistry,
    accounts: &'info [AccountInfo<'info>],
    minute: i64,
    now: i64,
) -> Result<MarketContext> {
    for underlying in accounts.iter().step_by(2) {
        engine::check_needed(pool, registry, minute, underlying.key)?;
    }
    MarketContext::load_first_after(pool, accounts, PriceUse::Liquidity, minute, now)
}
