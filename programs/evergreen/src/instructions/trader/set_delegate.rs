//! Names a key that may trade for the owner, never withdraw.

use crate::{events::DelegateChanged, state::*};
use anchor_lang::prelude::*;

/// Accounts of `set_delegate`.
#[derive(Accounts)]
pub struct SetDelegate<'info> {
    /// Owner.
    pub owner: Signer<'info>,
    /// The account that is changed.
    #[account(mut, has_one = owner)]
    pub account: AccountLoader<'info, MarginAccount>,
}

/// `None` removes the delegate.
pub(crate) fn set_delegate(ctx: Context<SetDelegate>, delegate: Option<Pubkey>) -> Result<()> {
    let mut account = ctx.accounts.account.load_mut()?;
    account.check(&{ account.pool })?;
    account.delegate = delegate.unwrap_or_default();
    emit!(DelegateChanged { account: ctx.accounts.account.key(), delegate: account.delegate });
    Ok(())
}
