//! Executes an order once its conditions hold.

use crate::{
    ensure,
    errors::EvergreenError,
    events::{OrderCancelled, OrderExecuted, Traded},
    market::{Desk, Direction, Leg, Market, TradeResult},
    seeds,
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
    /// Names what is paused.
    #[account(seeds = [seeds::PROTOCOL], bump = protocol.load()?.bump)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Its series.
    #[account(mut, has_one = pool)]
    pub book: AccountLoader<'info, Book>,
    /// The order is for it.
    #[account(mut, has_one = pool)]
    pub account: AccountLoader<'info, MarginAccount>,
    /// Closed.
    #[account(mut, has_one = pool, has_one = account, has_one = payer, close = payer)]
    pub order: Box<Account<'info, Order>>,
    /// CHECK: paid for the order, checked by `has_one`; gets the rent.
    #[account(mut)]
    pub payer: UncheckedAccount<'info>,
    /// Margin account of the keeper; receives the tip. Needed only for an order with a tip.
    #[account(mut, has_one = pool)]
    pub keeper_account: Option<AccountLoader<'info, MarginAccount>>,
}

/// What came of an order.
enum Outcome {
    Executed(TradeResult),
    Cancelled(CancelReason),
}

/// 1. An order that is over, or has nothing to do any more, is cancelled.
/// 2. Prices published after it was placed; the trigger.
/// 3. Funding is settled, the legs are traded.
/// 4. An account that cannot bear the trade keeps what it had, and the order is cancelled.
/// 5. The tip is the keeper's, unless the order had expired.
pub(crate) fn execute_order<'info>(ctx: Context<'info, ExecuteOrder<'info>>) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let (pool_key, key) = (accounts.pool.key(), accounts.account.key());
    let mut pool = accounts.pool.load_mut()?;
    let mut account = accounts.account.load_mut()?;
    pool.admit(&mut account, &pool_key)?;
    let order = &accounts.order;
    order.check()?;
    let outcome = attempt(accounts, &mut pool, &mut account, ctx.remaining_accounts, now)?;
    let paid = match &outcome {
        Outcome::Executed(_) => true,
        Outcome::Cancelled(reason) => reason.pays_keeper(),
    };
    account.release_order()?;
    let tip = order.tip(&pool)?;
    let keeper_account = pay_tip(accounts, &mut pool, &mut account, tip, paid)?;
    let tip = tip.0;
    match outcome {
        Outcome::Executed(done) => {
            for fill in &done.fills {
                emit!(fill.event(key)?);
            }
            let trader = accounts.keeper.key();
            let (cash, pool_cash, locks) = (account.cash, pool.pool_cash, pool.locks);
            emit!(Traded { account: key, trader, net: done.net.0, cash, pool_cash, locks });
            emit!(OrderExecuted { order: order.key(), account: key, keeper_account, tip });
        }
        Outcome::Cancelled(reason) => {
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
    account: &mut MarginAccount,
    markets: &'info [AccountInfo<'info>],
    now: i64,
) -> Result<Outcome> {
    let (order, key) = (&accounts.order, accounts.account.key());
    let mut book = accounts.book.load_mut()?;
    book.check(&accounts.pool.key())?;
    if now >= order.terms.expires_at {
        return Ok(Outcome::Cancelled(CancelReason::Expired));
    }
    if order.terms.legs.iter().any(|leg| book.live_mut(leg.series).is_err()) {
        return Ok(Outcome::Cancelled(CancelReason::SeriesGone));
    }
    let Some((legs, min_net)) = order.terms.for_account(account)? else {
        return Ok(Outcome::Cancelled(CancelReason::NothingToReduce));
    };
    let direction = Direction::of(&legs, account);
    direction.check_allowed(&*accounts.protocol.load()?, pool, now)?;
    let market = Market::load(pool, markets, direction.price_use(), now)?;
    market.check_published_after(order.placed_at)?;
    if let Some(trigger) = &order.terms.trigger {
        let spot = market.get(trigger.underlying)?.price.spot;
        let (met, wanted) = (trigger.is_met(spot)?, trigger.dollars()?);
        ensure!(
            met,
            OrderNotTriggered,
            "spot {}, trigger {}",
            crate::errors::Shown(spot),
            crate::errors::Shown(wanted)
        );
    }
    let mut desk = Desk::new(pool, &mut book, &market)?;
    desk.settle(account, &key)?;
    let before = Box::new(Restorable::of(&desk, account, &legs)?);
    match desk.trade(account, &legs, direction, min_net) {
        Ok(done) => Ok(Outcome::Executed(done)),
        Err(error) => {
            // At a wide price the stricter rule says nothing about what the account can bear: the order waits.
            let reason = CancelReason::of(&error).filter(|_| !market.is_wide()).ok_or(error)?;
            before.restore(&mut desk, account, &legs)?;
            Ok(Outcome::Cancelled(reason))
        }
    }
}

/// Everything that a trade changes, as it was.
struct Restorable {
    pool: Box<Pool>,
    account: Box<MarginAccount>,
    series: Vec<Series>,
}

impl Restorable {
    #[inline(never)]
    fn of(desk: &Desk, account: &MarginAccount, legs: &[Leg]) -> Result<Self> {
        let mut series = Vec::with_capacity(legs.len());
        for leg in legs {
            series.push(*desk.book.series(leg.series)?);
        }
        Ok(Self { pool: Box::new(*desk.pool), account: Box::new(*account), series })
    }

    #[inline(never)]
    fn restore(&self, desk: &mut Desk, account: &mut MarginAccount, legs: &[Leg]) -> Result<()> {
        *desk.pool = *self.pool;
        *account = *self.account;
        for (leg, series) in legs.iter().zip(&self.series) {
            *desk.book.series_mut(leg.series)? = *series;
        }
        Ok(())
    }
}

/// Pays the tip to the keeper, or back to the account. Returns the keeper's account when he was paid.
fn pay_tip(
    accounts: &ExecuteOrder,
    pool: &mut Pool,
    account: &mut MarginAccount,
    tip: Native,
    keeper_earns: bool,
) -> Result<Option<Pubkey>> {
    if !keeper_earns || tip.is_zero() {
        pool.pay_tip(account, tip)?;
        return Ok(None);
    }
    let loader = accounts.keeper_account.as_ref().ok_or(EvergreenError::KeeperAccountMissing)?;
    ensure!(loader.key() != accounts.account.key(), SameAccount);
    let mut keeper = loader.load_mut()?;
    pool.admit(&mut keeper, &accounts.pool.key())?;
    keeper.check_owner(&accounts.keeper.key())?;
    pool.pay_tip(&mut keeper, tip)?;
    Ok(Some(loader.key()))
}
