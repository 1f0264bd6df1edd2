//! Commits the trade of an order once its condition holds.

use crate::{
    engine::{DueOrder, MarketContext, OrderCheck, PoolEngine},
    ensure,
    errors::EvergreenError,
    events::{OrderCancelled, TradeCommitted},
    instructions::common::*,
    state::*,
};
use anchor_lang::prelude::*;
use core::cell::RefMut;
use evergreen_math::Native;

/// Accounts of `commit_order`. Remaining accounts: for each underlying of the legs, of the trigger and of the account's
/// positions the underlying and its price.
#[derive(Accounts)]
pub struct CommitOrder<'info> {
    /// Anyone.
    pub keeper: Signer<'info>,
    /// The pool, and the account that the order is for.
    pub market: MarketAccounts<'info>,
    /// Closed when it is over.
    #[account(
        mut,
        dup,
        has_one = payer,
        constraint = order.account == market.account.key() @ ErrorCode::ConstraintHasOne
    )]
    pub order: Box<Account<'info, Order>>,
    /// CHECK: paid for the order, checked by `has_one`; gets the rent.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// Margin account of the keeper; receives the tip of an order that is over. Needed only for one with a tip.
    #[account(mut)]
    pub keeper_account: Option<AccountLoader<'info, MarginAccount>>,
}

/// 1. An order that is over, or has nothing to do any more, is cancelled: [`DueOrder::of`].
/// 2. Prices; the condition: [`PoolEngine::check_order`]. The trade is committed, or the order cancelled when the account cannot
///    bear it.
/// 3. The tip of an order that is cancelled is the keeper's, unless its time was over; that of a committed one is whose who fills it.
pub(crate) fn commit_order<'info>(ctx: Context<'info, CommitOrder<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    accounts.order.check()?;
    accounts.order.check_waiting()?;
    account.commitment.check_none()?;
    if let Some(loader) = &accounts.keeper_account {
        open_keeper(accounts, &pool, loader)?;
    }
    let check = attempt(accounts, &mut pool, &mut registry, &mut account, ctx.remaining_accounts, now)?;
    match check {
        OrderCheck::Committed => {
            let commitment = account.commitment;
            emit!(TradeCommitted {
                account: key,
                trader: accounts.order.trader,
                number: accounts.order.number,
                order: Some(accounts.order.key()),
                legs: commitment.legs(),
                closing: commitment.closing,
                min_net: commitment.min_net,
                tip: 0,
                cash: account.cash,
            });
            accounts.order.committed = true;
            Ok(())
        }
        OrderCheck::Cancelled(reason) => {
            let (keeper_account, tip) = close(accounts, &mut pool, &mut account, reason.pays_keeper())?;
            let (order, tip) = (accounts.order.key(), tip.0);
            emit!(OrderCancelled { order, account: key, reason, keeper_account, tip });
            drop((pool, registry, account));
            accounts.order.close(accounts.payer.to_account_info())
        }
    }
}

/// Looks at the order, and commits its trade; of an account that cannot bear it nothing but settled funding is changed.
#[inline(never)]
fn attempt<'info>(
    accounts: &CommitOrder<'info>,
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    account: &mut MarginAccount,
    markets: &'info [AccountInfo<'info>],
    now: i64,
) -> Result<OrderCheck> {
    let (order, key) = (&accounts.order, accounts.market.account.key());
    let due = match DueOrder::of(order, registry, account, now)? {
        Ok(due) => due,
        Err(reason) => return Ok(OrderCheck::Cancelled(reason)),
    };
    due.direction.check_allowed(Some(&*accounts.market.protocol.load()?), pool, now)?;
    let market = MarketContext::load(pool, markets, due.direction.price_use(), now)?;
    let check = PoolEngine::new(pool, registry, &market)?.check_order(order, &due, account, &key)?;
    if check == OrderCheck::Committed {
        registry.hold(&due.legs)?;
        account.commitment = due.commitment(order, now)?;
    }
    Ok(check)
}

/// Counts the order out. Returns the keeper's account when the tip is the keeper's, and the tip.
fn close(
    accounts: &CommitOrder,
    pool: &mut Pool,
    account: &mut MarginAccount,
    keeper_earns: bool,
) -> Result<(Option<Pubkey>, Native)> {
    let order = &accounts.order;
    if !keeper_earns || order.tip(pool)?.is_zero() {
        return Ok((None, pool.close_order(order, account, None)?));
    }
    let loader = accounts.keeper_account.as_ref().ok_or(EvergreenError::KeeperAccountMissing)?;
    let mut keeper = open_keeper(accounts, pool, loader)?;
    let tip = pool.close_order(order, account, Some(&mut keeper))?;
    Ok((Some(loader.key()), tip))
}

/// Opens the keeper's account. Errors: `SameAccount`, `WrongPool`, `WrongVersion`, `Unauthorized`.
fn open_keeper<'a>(
    accounts: &CommitOrder,
    pool: &Pool,
    loader: &'a AccountLoader<'_, MarginAccount>,
) -> Result<RefMut<'a, MarginAccount>> {
    ensure!(loader.key() != accounts.market.account.key(), SameAccount);
    let keeper = open_account(pool, &accounts.market.pool.key(), loader)?;
    keeper.check_owner(&accounts.keeper.key())?;
    Ok(keeper)
}
