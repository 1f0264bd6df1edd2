//! Names a key that may trade for the owner, never withdraw.

use crate::{events::DelegateChanged, state::*};
use anchor_lang::prelude::*;

/// Accounts of `set_delegate`.
#[derive(Accounts)]
pub struct SetDelegate<'info> {
    /// This is the owner.
    pub owner: Signer<'info>,
    /// This account is changed.
    #[account(mut, has_one = owner)]
    pub account: AccountLoader<'info, MarginAccount>,
}

/// `None` removes the delegate. `allowance` is what the delegate's trades may cost in tips, fees and penalties from now on, in native units.
pub(crate) fn set_delegate(ctx: Context<SetDelegate>, delegate: Option<Pubkey>, allowance: u64) -> Result<()> {
    let mut account = ctx.accounts.account.load_mut()?;
    account.check(&{ account.pool })?;
    account.name_delegate(delegate, allowance);
    emit!(DelegateChanged { account: ctx.accounts.account.key(), delegate: account.delegate, allowance });
    Ok(())
}
