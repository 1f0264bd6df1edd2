//! A trade of one to four legs against the pool, with one net limit.

use crate::{
    engine::{Direction, MarketContext, PoolEngine},
    instructions::common::*,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `trade`. Remaining accounts: for each underlying of the legs and of the account's positions the
/// underlying and its price.
#[derive(Accounts)]
pub struct Trade<'info> {
    /// Owner or delegate.
    pub trader: Signer<'info>,
    /// The pool, and the account that trades.
    pub market: MarketAccounts<'info>,
}

/// 1. Legs are well-formed; whether they only shrink positions decides which prices will do.
/// 2. Prices.
/// 3. Funding is settled.
/// 4. Legs are filled at the quote; size, reserve, health and limit rules.
///
/// `closing` has the bit of each leg that must only make a position smaller, so that a close never opens what the trader has not
/// confirmed, whatever has become of the position. `min_net` is the least change of cash accepted, fees included (negative: the most to pay), native units.
pub(crate) fn trade<'info>(ctx: Context<'info, Trade<'info>>, legs: Vec<Leg>, closing: u8, min_net: i64) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let trader = accounts.trader.key();
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    account.check_trader(&trader)?;
    check_legs(&legs)?;
    account.check_closing(&legs, closing)?;

    let direction = Direction::of(&legs, &account);
    direction.check_allowed(&*accounts.market.protocol.load()?, &pool, now)?;
    let market = MarketContext::load(&mut pool, ctx.remaining_accounts, direction.price_use(), now)?;
    let mut engine = PoolEngine::open(&mut pool, &mut registry, &market, &mut account, &key)?;
    let done = engine.trade(&mut account, &legs, direction, min_net)?;
    for fill in &done.fills {
        emit!(fill.event(key)?);
    }
    emit!(traded(key, trader, done.net.0, &account, &pool));
    Ok(())
}
