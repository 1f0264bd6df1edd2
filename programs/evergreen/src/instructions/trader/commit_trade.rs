//! Commits a trade of one to four legs, which the first price published after it fills.

use crate::{
    engine::{self, Direction, MarketContext, PoolEngine, TradeRequest},
    events::TradeCommitted,
    instructions::common::*,
    oracle::PriceUse,
    state::*,
};
use anchor_lang::prelude::*;

/// Accounts of `commit_trade`. Remaining accounts, only for a trade that adds risk to an account whose written options need more than
/// its cash: for each underlying of its live positions the underlying and its price.
#[derive(Accounts)]
pub struct CommitTrade<'info> {
    /// This is the owner or delegate.
    pub trader: Signer<'info>,
    /// This is the pool, and the account that trades.
    pub market: MarketAccounts<'info>,
}

/// What is traded, and within which limits.
#[derive(AnchorSerialize, AnchorDeserialize, Clone, Debug, PartialEq, Eq)]
pub struct TradeTerms {
    /// There are one to four legs.
    pub legs: Vec<OptionLeg>,
    /// The bit of each leg that must only make a position smaller, so that a close never opens what the trader has not confirmed,
    /// whatever has become of the position.
    pub closing: u8,
    /// This is the least change of cash accepted, fees included, in native units. A negative number is the most to pay; `i64::MIN` accepts any,
    /// and only a reducing trade can name it.
    pub min_net: i64,
}

/// `number` is the account's next one, so that no trade is committed twice.
///
/// 1. Legs are well-formed and listed; the pool takes such trades now.
/// 2. The trade fits as things stand.
/// 3. A tip for whoever fills it and, for a trade that adds risk, a bond are set aside, by the rule of a withdrawal. Beside them the cash
///    must cover the most to pay within the limit. The commitment is stored. Until it is filled the account pays nothing out, trades
///    nothing else, and cannot be closed.
/// 4. What it may cost is taken off the allowance of a delegate.
pub(crate) fn commit_trade<'info>(
    ctx: Context<'info, CommitTrade<'info>>,
    number: u64,
    terms: TradeTerms,
) -> Result<()> {
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
    if engine::commit_trade(&mut pool, &mut registry, (&mut account, &key), &trade, now)? {
        let market = MarketContext::load(&pool, ctx.remaining_accounts, PriceUse::AddRisk, now)?;
        let mut engine = PoolEngine::open(&mut pool, &mut registry, &market, &mut account, &key)?;
        engine.owe(&mut account, &key)?;
        engine.check_initial_health(&account)?;
    }
    if trader != account.owner {
        engine::charge_delegate(&pool, &registry, &mut account, now)?;
    }
    let Commitment { tip, bond, closing, .. } = account.commitment;
    let cash = account.cash;
    let legs = trade.legs;
    emit!(TradeCommitted {
        account: key,
        trader,
        number,
        order: None,
        legs,
        closing,
        min_net,
        tip,
        bond,
        stake: 0,
        committer_account: None,
        cash
    });
    Ok(())
}
