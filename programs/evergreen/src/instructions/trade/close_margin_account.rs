//! Closes an empty margin account and returns its rent.

use crate::{ensure, events::MarginAccountClosed, state::*};
use anchor_lang::prelude::*;

/// Accounts of `close_margin_account`.
#[derive(Accounts)]
pub struct CloseMarginAccount<'info> {
    /// Owner.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// Closed.
    #[account(mut, has_one = owner, close = owner)]
    pub account: AccountLoader<'info, MarginAccount>,
}

/// The account must hold neither cash nor positions.
pub(crate) fn close_margin_account(ctx: Context<CloseMarginAccount>) -> Result<()> {
    let account = ctx.accounts.account.load()?;
    ensure!(account.cash == 0 && account.is_flat(), AccountNotEmpty, "cash {}", account.cash);
    emit!(MarginAccountClosed { account: ctx.accounts.account.key() });
    Ok(())
}
