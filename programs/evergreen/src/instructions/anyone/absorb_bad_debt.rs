//! Makes good the negative cash of an account without positions.

use crate::{ensure, events::BadDebtAbsorbed, instructions::common::*, state::*};
use anchor_lang::prelude::*;

/// Accounts of `absorb_bad_debt`.
#[derive(Accounts)]
pub struct AbsorbBadDebt<'info> {
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// It is a margin account with negative cash, beyond what the pool owes it, and no positions.
    #[account(mut, has_one = pool)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// These are the vaults of the pool.
    pub vaults: Vaults<'info>,
}

/// 1. Insurance pays. No tokens move: what it pays beyond its income in the main vault it owes that vault.
/// 2. The main pool pays the rest: its share price falls. Reserves stay covered, because a default costs a claim, not
///    cash already there.
pub(crate) fn absorb_bad_debt(ctx: Context<AbsorbBadDebt>) -> Result<()> {
    let accounts = ctx.accounts;
    let (from_insurance, from_pool) = {
        let (mut pool, mut account) = open_pool_and_account(&accounts.pool, &accounts.account)?;
        accounts.vaults.check(&pool)?;
        let debt = account.bad_debt();
        ensure!(account.is_flat() && !debt.is_zero(), NoBadDebt, "cash {}", account.cash);
        pool.pay_debt(&mut account)?
    };
    emit!(BadDebtAbsorbed {
        account: accounts.account.key(),
        from_insurance: from_insurance.0,
        from_pool: from_pool.0,
    });
    Ok(())
}
