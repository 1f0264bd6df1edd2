//! Gives the rest of its transaction a number, so that it happens once.

use crate::{seeds, state::*, token};
use anchor_lang::prelude::*;

/// Accounts of `take_number`.
#[derive(Accounts)]
pub struct TakeNumber<'info> {
    /// Pays for the counter when the first number is taken.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Whose number is taken.
    pub owner: Signer<'info>,
    /// CHECK: The owner's counter, or its empty address; the handler takes what is there only if it is this program's.
    #[account(mut, seeds = [seeds::COUNTER, owner.key().as_ref()], bump)]
    pub counter: UncheckedAccount<'info>,
    /// Creates the counter.
    pub system_program: Program<'info, System>,
}

/// A transaction happens as a whole or not at all: beside a deposit or a withdrawal this refuses every repetition of it.
pub(crate) fn take_number(ctx: Context<TakeNumber>, number: u64) -> Result<()> {
    let accounts = ctx.accounts;
    let owner = accounts.owner.key();
    let info = accounts.counter.to_account_info();
    let mut counter = if info.owner == &crate::ID {
        let data = info.try_borrow_data()?;
        Counter::try_deserialize(&mut &data[..])?
    } else {
        let seeds: &[&[u8]] = &[seeds::COUNTER, owner.as_ref(), &[ctx.bumps.counter]];
        token::create_address(&accounts.payer, &accounts.counter, Counter::SPACE, &crate::ID, seeds)?;
        Counter { version: LAYOUT_VERSION, bump: ctx.bumps.counter, owner, next_number: 0, reserved: [0; 6] }
    };
    counter.take(number)?;
    let mut data = info.try_borrow_mut_data()?;
    counter.try_serialize(&mut &mut data[..])
}
