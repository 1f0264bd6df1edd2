//! Closes an empty margin account.

use crate::{ensure, events::MarginAccountClosed, instructions::common::*, state::*};
use anchor_lang::prelude::*;

/// Accounts of `close_margin_account`.
#[derive(Accounts)]
pub struct CloseMarginAccount<'info> {
    /// This is the owner.
    #[account(mut)]
    pub owner: Signer<'info>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// This account is closed.
    #[account(mut, has_one = owner, has_one = pool, close = owner)]
    pub account: AccountLoader<'info, MarginAccount>,
}

/// The account must hold neither cash nor positions nor orders, be owed nothing, nor have a stake on somebody else's order. A referral that nobody has claimed becomes the protocol's,
/// and arrears are forgiven, which nothing is left to pay.
pub(crate) fn close_margin_account(ctx: Context<CloseMarginAccount>) -> Result<()> {
    let accounts = ctx.accounts;
    let (mut pool, mut account) = open_pool_and_account(&accounts.pool, &accounts.account)?;
    account.commitment.check_none()?;
    let empty = account.cash == 0
        && account.unpaid == 0
        && account.is_flat()
        && account.open_orders == 0
        && account.stakes == 0;
    let (cash, owed, orders, stakes) = (account.cash, account.unpaid, account.open_orders, account.stakes);
    ensure!(empty, AccountNotEmpty, "cash {}, {} owed to it, {} orders, {} stakes", cash, owed, orders, stakes);
    let referral_forfeited = pool.forfeit_referral(&mut account)?.0;
    emit!(MarginAccountClosed {
        account: accounts.account.key(),
        referral_forfeited,
        arrears_forgiven: account.arrears,
    });
    Ok(())
}
