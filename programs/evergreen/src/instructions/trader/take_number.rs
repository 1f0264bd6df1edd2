//! Gives the rest of its transaction a number, so that it happens once.

use crate::{errors::EvergreenError, seeds, state::*};
use anchor_lang::{
    prelude::*,
    system_program::{Allocate, Assign, Transfer, allocate, assign, transfer},
};

/// Accounts of `take_number`.
#[derive(Accounts)]
pub struct TakeNumber<'info> {
    /// Pays for the counter when the first number is taken.
    #[account(mut)]
    pub payer: Signer<'info>,
    /// Whose number is taken.
    pub owner: Signer<'info>,
    /// CHECK: The owner's counter, or its empty address; [`Counter::load`] checks what is there.
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
        create(accounts, &[seeds::COUNTER, owner.as_ref(), &[ctx.bumps.counter]])?;
        Counter { version: LAYOUT_VERSION, bump: ctx.bumps.counter, owner, next_number: 0, reserved: [0; 6] }
    };
    counter.take(number)?;
    let mut data = info.try_borrow_mut_data()?;
    counter.try_serialize(&mut &mut data[..])
}

/// Creates the counter, whatever lamports somebody may have sent to its address before.
fn create(accounts: &TakeNumber, seeds: &[&[u8]]) -> Result<()> {
    let to = accounts.counter.to_account_info();
    let system = System::id();
    let missing = Rent::get()?.minimum_balance(Counter::SPACE).saturating_sub(to.lamports());
    if missing > 0 {
        let from = accounts.payer.to_account_info();
        transfer(CpiContext::new(system, Transfer { from, to: to.clone() }), missing)?;
    }
    let space = u64::try_from(Counter::SPACE).map_err(|_| EvergreenError::Overflow)?;
    allocate(CpiContext::new(system, Allocate { account_to_allocate: to.clone() }).with_signer(&[seeds]), space)?;
    assign(CpiContext::new(system, Assign { account_to_assign: to }).with_signer(&[seeds]), &crate::ID)
}
