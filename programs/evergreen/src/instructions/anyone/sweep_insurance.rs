//! Moves insurance's income from the main vault to its own.

use crate::instructions::common::*;
use crate::{events::InsuranceSwept, state::*, token};
use anchor_lang::prelude::*;

/// Accounts of `sweep_insurance`.
#[derive(Accounts)]
pub struct SweepInsurance<'info> {
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Its vaults.
    pub insurance: InsuranceVaults<'info>,
}

/// Errors: `ZeroAmount` when there is none.
pub(crate) fn sweep_insurance(ctx: Context<SweepInsurance>) -> Result<()> {
    let accounts = ctx.accounts;
    let amount = token::nonzero(accounts.pool.load_mut()?.sweep_insurance()?.0)?;
    accounts.insurance.pay_insurance_vault(&accounts.pool, amount)?;
    emit!(InsuranceSwept { pool: accounts.pool.key(), amount: amount.0 });
    Ok(())
}
