//! Executes an order once its conditions hold.

use crate::{
    engine::{DueOrder, MarketContext, OrderOutcome, PoolEngine},
    ensure,
    errors::EvergreenError,
    events::{OrderCancelled, OrderExecuted},
    instructions::common::*,
    state::*,
};
use anchor_lang::prelude::*;
use evergreen_math::Native;

/// Accounts of `execute_order`. Remaining accounts: for each underlying of the legs, of the trigger and of the account's
/// positions the underlying and its price.
#[derive(Accounts)]
pub struct ExecuteOrder<'info> {
    /// Anyone.
    pub keeper: Signer<'info>,
    /// The pool, and the account that the order is for.
    pub market: MarketAccounts<'info>,
    /// Closed.
    #[account(
        mut,
        dup,
        has_one = payer,
        constraint = order.account == market.account.key() @ ErrorCode::ConstraintHasOne,
        close = payer
    )]
    pub order: Box<Account<'info, Order>>,
    /// CHECK: paid for the order, checked by `has_one`; gets the rent.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// Margin account of the keeper; receives the tip. Needed only for an order with a tip.
    #[account(mut)]
    pub keeper_account: Option<AccountLoader<'info, MarginAccount>>,
}

/// 1. An order that is over, or has nothing to do any more, is cancelled: [`DueOrder::of`].
/// 2. Prices; the trade, or a cancellation when the account cannot bear it: [`PoolEngine::execute_order`].
/// 3. The tip is the keeper's, unless the order had expired.
pub(crate) fn execute_order<'info>(ctx: Context<'info, ExecuteOrder<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    let order = &accounts.order;
    order.check()?;
    let outcome = attempt(accounts, &mut pool, &mut registry, &mut account, ctx.remaining_accounts, now)?;
    let (keeper_account, tip) = close(accounts, &mut pool, &mut account, outcome.pays_keeper())?;
    let tip = tip.0;
    match outcome {
        OrderOutcome::Executed(done) => {
            for fill in &done.fills {
                emit!(fill.event(key)?);
            }
            emit!(traded(key, accounts.keeper.key(), done.net.0, &account, &pool));
            emit!(OrderExecuted { order: order.key(), account: key, keeper_account, tip });
        }
        OrderOutcome::Cancelled(reason) => {
            emit!(OrderCancelled { order: order.key(), account: key, reason, keeper_account, tip });
        }
    }
    Ok(())
}

/// Tries the order; of an account that cannot bear it nothing but settled funding is changed.
#[inline(never)]
fn attempt<'info>(
    accounts: &ExecuteOrder<'info>,
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    account: &mut MarginAccount,
    markets: &'info [AccountInfo<'info>],
    now: i64,
) -> Result<OrderOutcome> {
    let (order, key) = (&accounts.order, accounts.market.account.key());
    let due = match DueOrder::of(&order.terms, registry, account, now)? {
        Ok(due) => due,
        Err(reason) => return Ok(OrderOutcome::Cancelled(reason)),
    };
    due.direction.check_allowed(&*accounts.market.protocol.load()?, pool, now)?;
    let market = MarketContext::load(pool, markets, due.direction.price_use(), now)?;
    PoolEngine::new(pool, registry, &market)?.execute_order(order, &due, account, &key)
}

/// Closes the order. Returns the keeper's account when the tip is the keeper's, and the tip.
fn close(
    accounts: &ExecuteOrder,
    pool: &mut Pool,
    account: &mut MarginAccount,
    keeper_earns: bool,
) -> Result<(Option<Pubkey>, Native)> {
    let order = &accounts.order;
    if !keeper_earns || order.tip(pool)?.is_zero() {
        return Ok((None, pool.close_order(order, account, None)?));
    }
    let loader = accounts.keeper_account.as_ref().ok_or(EvergreenError::KeeperAccountMissing)?;
    ensure!(loader.key() != accounts.market.account.key(), SameAccount);
    let mut keeper = open_account(pool, &accounts.market.pool.key(), loader)?;
    keeper.check_owner(&accounts.keeper.key())?;
    let tip = pool.close_order(order, account, Some(&mut keeper))?;
    Ok((Some(loader.key()), tip))
}
