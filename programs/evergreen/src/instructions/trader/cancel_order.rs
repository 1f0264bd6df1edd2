//! Cancels an order; its tip goes back to the account.

use crate::{events::OrderCancelled, instructions::common::*, state::*};
use anchor_lang::prelude::*;

/// Accounts of `cancel_order`.
#[derive(Accounts)]
pub struct CancelOrder<'info> {
    /// This is the owner of the margin account, or its delegate where they have placed the order.
    pub trader: Signer<'info>,
    /// This is the pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// This is the margin account of the order.
    #[account(mut, has_one = pool)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// This account is closed.
    #[account(mut, dup, has_one = pool, has_one = account, has_one = payer, close = payer)]
    pub order: Box<Account<'info, Order>>,
    /// CHECK: it has paid for the order, checked by `has_one`; it gets the rent.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
}

/// Neither a pause nor a missing price prevents it. Errors: `Unauthorized`, `CommitmentOpen` while the trade of the order is committed.
pub(crate) fn cancel_order(ctx: Context<CancelOrder>) -> Result<()> {
    let accounts = ctx.accounts;
    let (mut pool, mut account) = open_pool_and_account(&accounts.pool, &accounts.account)?;
    account.check_may_cancel(&accounts.trader.key(), &accounts.order.trader)?;
    accounts.order.check()?;
    accounts.order.check_waiting()?;
    let tip = pool.close_order(&accounts.order, &mut account, None)?;
    emit!(OrderCancelled {
        order: accounts.order.key(),
        account: accounts.account.key(),
        reason: CancelReason::Requested,
        keeper_account: None,
        tip: tip.0,
    });
    Ok(())
}
