//! Moves what one vault owes the other: insurance's income, or what insurance has paid.

use crate::instructions::common::*;
use crate::{events::InsuranceSwept, state::*};
use anchor_lang::prelude::*;

/// Accounts of `sweep_insurance`. Remaining accounts: those that a transfer hook of the mint asks for.
#[derive(Accounts)]
pub struct SweepInsurance<'info> {
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// These are its vaults.
    pub insurance: InsuranceVaults<'info>,
}

/// While the token takes a fee of transfers nothing is moved: insurance would pay it again with each sweep. Errors: `ZeroAmount` when nothing is due,
/// `VaultMismatch`, `FeeUnsigned`.
pub(crate) fn sweep_insurance<'info>(ctx: Context<'info, SweepInsurance<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let amount = accounts.insurance.settle_due(&accounts.pool, ctx.remaining_accounts)?;
    accounts.pool.load_mut()?.sweep_insurance()?;
    emit!(InsuranceSwept { pool: accounts.pool.key(), amount });
    Ok(())
}
