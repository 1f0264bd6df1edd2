//! Gives the rest of its transaction a number, so that it happens once.

use crate::instructions::common::take;
use anchor_lang::prelude::*;

/// Accounts of `take_number`.
#[derive(Accounts)]
pub struct TakeNumber<'info> {
    /// It pays for the counter when the first number is taken.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// It says whose number is taken.
    pub owner: Signer<'info>,
    /// CHECK: it is the owner's counter, or its empty address, which is derived when the number is taken.
    #[account(mut)]
    pub counter: UncheckedAccount<'info>,
    /// It creates the counter.
    pub system_program: Program<'info, System>,
}

/// A transaction happens as a whole or not at all: beside a deposit or a withdrawal this refuses every repetition of it.
pub(crate) fn take_number(ctx: Context<TakeNumber>, number: u64) -> Result<()> {
    let accounts = ctx.accounts;
    take(&accounts.payer, &accounts.owner.key(), &accounts.counter, number)
}
