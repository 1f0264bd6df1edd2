//! Commits a trade of one to four legs, which the first price published after it fills.

use crate::{
    engine::{self, Direction, TradeRequest},
    events::TradeCommitted,
    instructions::common::*,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `commit_trade`. No price is read.
#[derive(Accounts)]
pub struct CommitTrade<'info> {
    /// Owner or delegate.
    pub trader: Signer<'info>,
    /// The pool, and the account that trades.
    pub market: MarketAccounts<'info>,
}

/// What is traded, and within which limits.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct TradeTerms {
    /// One to four legs.
    pub legs: Vec<OptionLeg>,
    /// The bit of each leg that must only make a position smaller, so that a close never opens what the trader has not confirmed,
    /// whatever has become of the position.
    pub closing: u8,
    /// Least change of cash accepted, fees included, in native units. A negative number is the most to pay; `i64::MIN` accepts any,
    /// and only a reducing trade can name it.
    pub min_net: i64,
}

/// `number` is the account's next one, so that no trade is committed twice.
///
/// 1. Legs are well-formed and listed; the pool takes such trades now.
/// 2. For a trade that adds risk, the cash must cover the most to pay within the limit, and the fee at the strikes.
/// 3. The tip of whoever fills it is set aside, and the commitment stored. Until it is filled the account pays nothing out, trades
///    nothing else, and cannot be closed.
pub(crate) fn commit_trade(ctx: Context<CommitTrade>, number: u64, terms: TradeTerms) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let trader = accounts.trader.key();
    let OpenedMarket { mut pool, mut registry, mut account, key, .. } = accounts.market.open()?;
    account.check_trader(&trader)?;
    account.take_number(number)?;
    let TradeTerms { legs, closing, min_net } = terms;
    let trade = TradeRequest { legs: registry.resolve(&legs)?, closing, min_net };
    let direction = Direction::of(&trade.legs, &account);
    direction.check_allowed(Some(&*accounts.market.protocol.load()?), &pool, now)?;
    engine::commit_trade(&mut pool, &mut registry, &mut account, &trade, now)?;
    let (tip, cash) = (account.commitment.tip, account.cash);
    let legs = trade.legs;
    emit!(TradeCommitted { account: key, trader, number, order: None, legs, closing, min_net, tip, cash });
    Ok(())
}
