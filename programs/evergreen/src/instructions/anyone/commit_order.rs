//! Commits the trade of an order once its condition holds.

use crate::{
    engine::{self, DueOrder, MarketContext, OrderCheck, PoolEngine},
    ensure,
    errors::EvergreenError,
    events::{OrderCancelled, TradeCommitted},
    instructions::common::*,
    state::*,
};
use anchor_lang::prelude::*;
use core::cell::RefMut;

/// Accounts of `commit_order`. Remaining accounts: for each underlying of the legs, of the trigger and of the account's
/// positions the underlying and its price.
#[derive(Accounts)]
pub struct CommitOrder<'info> {
    /// The caller, who may be anyone and owns `keeper_account`.
    pub keeper: Signer<'info>,
    /// The order is for this account of the pool.
    pub market: MarketAccounts<'info>,
    /// The order is closed when it is over.
    #[account(
        mut,
        dup,
        has_one = payer,
        constraint = order.account == market.account.key() @ ErrorCode::ConstraintHasOne
    )]
    pub order: Box<Account<'info, Order>>,
    /// CHECK: it is the payer of the order, checked by `has_one`, who gets the rent back.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// The margin account of the keeper stakes twice the fee of the trade and receives the tip with the fill. The owner needs none.
    #[account(mut)]
    pub keeper_account: Option<AccountLoader<'info, MarginAccount>>,
}

/// 1. An order that is over, or has nothing to do any more, is cancelled: [`DueOrder::of`].
/// 2. Prices are read and the condition is checked: [`PoolEngine::check_order`]. The trade is committed, or the order is cancelled
///    when the account cannot bear the trade.
/// 3. A keeper who is not the owner stakes twice the fee of the trade, which pays for every end but a fill, and comes back with the
///    tip where the trade is filled.
/// 4. The tip of a cancelled order goes back: whoever trades for the account could make it pointless, and take the tip with another key.
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
            let committer = stake(accounts, &mut pool, &registry, &mut account)?;
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
                bond: commitment.bond,
                stake: commitment.stake,
                committer_account: committer,
                cash: account.cash,
            });
            accounts.order.committed = true;
            accounts.order.committer = committer.unwrap_or_default();
            Ok(())
        }
        OrderCheck::Cancelled(reason) => {
            let tip = pool.close_order(&accounts.order, &mut account, None)?.0;
            emit!(OrderCancelled { order: accounts.order.key(), account: key, reason, keeper_account: None, tip });
            drop((pool, registry, account));
            accounts.order.close(accounts.payer.to_account_info())
        }
    }
}

/// Sets the stake of a keeper aside who has committed the order; the owner needs none, whose bond it is. Returns the account that it is of. Errors:
/// `KeeperAccountMissing`, those of [`engine::stake`].
#[inline(never)]
fn stake(
    accounts: &CommitOrder,
    pool: &mut Pool,
    registry: &SeriesRegistry,
    account: &mut MarginAccount,
) -> Result<Option<Pubkey>> {
    if account.check_owner(&accounts.keeper.key()).is_ok() {
        return Ok(None);
    }
    let loader = accounts.keeper_account.as_ref().ok_or(EvergreenError::KeeperAccountMissing)?;
    let mut keeper = open_keeper(accounts, pool, loader)?;
    engine::stake(pool, registry, account, &mut keeper)?;
    Ok(Some(loader.key()))
}

/// Checks the order and commits its trade. If the account cannot bear the trade, only funding is settled.
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
    let mut engine = PoolEngine::new(pool, registry, &market)?;
    let check = engine.check_order(order, &due, account, &key)?;
    if check == OrderCheck::Committed {
        due.commit(&mut engine, account, order)?;
    }
    Ok(check)
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
