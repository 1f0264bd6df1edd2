//! Moves what one vault owes the other: insurance's income, or what insurance has paid.

use crate::instructions::common::*;
use crate::{events::InsuranceSwept, state::*};
use anchor_lang::prelude::*;

/// Accounts of `sweep_insurance`. Remaining accounts: those that a transfer hook of the mint asks for.
#[derive(Accounts)]
pub struct SweepInsurance<'info> {
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Its vaults.
    pub insurance: InsuranceVaults<'info>,
}

/// A transfer fee that the issuer has set is insurance's, as far as insurance can pay it, of what it owes the main vault; what it has earned waits. Errors: `ZeroAmount` when nothing is due,
/// `VaultMismatch`, `FeeUnsigned`.
pub(crate) fn sweep_insurance<'info>(ctx: Context<'info, SweepInsurance<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let (amount, arrived) = accounts.insurance.settle_due(&accounts.pool, ctx.remaining_accounts)?;
    let mut pool = accounts.pool.load_mut()?;
    pool.sweep_insurance(arrived)?;
    let (pool, due) = (accounts.pool.key(), pool.insurance_due);
    emit!(InsuranceSwept { pool, amount, arrived: arrived.0, due });
    Ok(())
}
