//! Gives the rest of its transaction a number, so that it happens once.

use crate::{seeds, state::*};
use anchor_lang::prelude::*;

/// Accounts of `take_number`.
#[derive(Accounts)]
pub struct TakeNumber<'info> {
    /// Pays for the counter when the first number is taken.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Whose number is taken.
    pub owner: Signer<'info>,
    /// The owner's counter.
    #[account(
        init_if_needed,
        payer = payer,
        space = Counter::SPACE,
        seeds = [seeds::COUNTER, owner.key().as_ref()],
        bump
    )]
    pub counter: Account<'info, Counter>,
    /// Creates the counter.
    pub system_program: Program<'info, System>,
}

/// A transaction happens as a whole or not at all: beside a deposit or a withdrawal this refuses every repetition of it.
pub(crate) fn take_number(ctx: Context<TakeNumber>, number: u64) -> Result<()> {
    let counter = &mut ctx.accounts.counter;
    if counter.version == 0 {
        (counter.version, counter.bump, counter.owner) = (LAYOUT_VERSION, ctx.bumps.counter, ctx.accounts.owner.key());
    }
    counter.take(number)
}
