//! A trade of one to four legs against the pool, with one net limit.

use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    events::Traded,
    market::{Desk, Execution, Leg, Market},
    oracle::PriceUse,
    seeds,
    state::*,
};
use anchor_lang::prelude::*;
use evergreen_math::{NativeDelta, margin::HealthLevel};

/// Accounts of `trade`. Remaining accounts: for each underlying of the legs and of the account's positions the
/// underlying and its price.
#[derive(Accounts)]
pub struct Trade<'info> {
    /// Owner or delegate.
    pub trader: Signer<'info>,
    /// Names what is paused.
    #[account(seeds = [seeds::PROTOCOL], bump = protocol.load()?.bump)]
    pub protocol: AccountLoader<'info, Protocol>,
    /// The pool.
    #[account(mut)]
    pub pool: AccountLoader<'info, Pool>,
    /// Its series.
    #[account(mut, has_one = pool)]
    pub book: AccountLoader<'info, Book>,
    /// Trades.
    #[account(mut, has_one = pool)]
    pub account: AccountLoader<'info, MarginAccount>,
}

/// Most legs of a trade.
pub const MAX_LEGS: usize = 4;

/// 1. Legs are well-formed; whether they only shrink positions decides which prices will do.
/// 2. Prices.
/// 3. Funding is settled.
/// 4. Legs are filled at the quote.
/// 5. Size, lock, health and limit rules.
///
/// `min_net` is the least change of cash accepted, fees included (negative: the most to pay), native units.
pub(crate) fn trade<'info>(ctx: Context<'info, Trade<'info>>, legs: Vec<Leg>, min_net: i64) -> Result<()> {
    let accounts = ctx.accounts;
    let now = Clock::get()?.unix_timestamp;
    let trader = accounts.trader.key();
    let key = accounts.pool.key();
    let account_key = accounts.account.key();
    let mut pool = accounts.pool.load_mut()?;
    let mut book = accounts.book.load_mut()?;
    let mut account = accounts.account.load_mut()?;
    pool.admit(&mut account, &key)?;
    account.check_trader(&trader)?;
    book.check(&key)?;
    check_legs(&legs)?;

    let shrinks = legs.iter().all(|leg| leg.shrinks(&account));
    let (action, usage) =
        if shrinks { (Action::ReduceRisk, PriceUse::ReduceRisk) } else { (Action::AddRisk, PriceUse::AddRisk) };
    accounts.protocol.load()?.check_running(action, now)?;
    if !shrinks {
        pool.check_open_for_risk()?;
    }
    let market = Market::load(&mut pool, ctx.remaining_accounts, usage, now)?;
    let mut desk = Desk::new(&mut pool, &mut book, &market)?;
    desk.settle(&mut account, &account_key)?;
    let before = Before { cash: account.cash, positions: account.positions };

    let mut net = NativeDelta::ZERO;
    for leg in &legs {
        let fill = desk.fill(&mut account, &account_key, leg, Execution::Quote)?;
        net = net.checked_add(fill.net).program()?;
    }
    for leg in &legs {
        desk.check_sizes(&account, leg)?;
    }
    if !shrinks {
        desk.pool.check_locks()?;
    }
    check_health(&mut desk, &account, &before, shrinks)?;
    ensure!(net.0 >= min_net, LimitExceeded, "net {}, limit {}", net.0, min_net);
    emit!(Traded {
        account: account_key,
        trader,
        net: net.0,
        cash: account.cash,
        pool_cash: pool.pool_cash,
        locks: pool.locks,
    });
    Ok(())
}

/// The account after settlement and before the first leg.
struct Before {
    cash: i64,
    positions: [Position; MAX_POSITIONS],
}

/// One to four legs, none of size zero, no two on one slot.
pub(crate) fn check_legs(legs: &[Leg]) -> Result<()> {
    ensure!(!legs.is_empty() && legs.len() <= MAX_LEGS, LegCount, "{} legs", legs.len());
    for (place, leg) in legs.iter().enumerate() {
        ensure!(leg.points != 0, LegZero, "leg {}", place);
        ensure!(legs.iter().take(place).all(|l| l.series.slot != leg.series.slot), LegRepeated, "leg {}", place);
    }
    Ok(())
}

/// Adding risk needs cash and initial health. A trade that only shrinks positions may instead leave maintenance
/// health no lower than it was; with a wide price that is the only way. Cash must not end negative, unless the
/// trade raised it (a sold option whose funding had eaten the cash).
#[inline(never)]
fn check_health(desk: &mut Desk, account: &MarginAccount, before: &Before, shrinks: bool) -> Result<()> {
    let cash_holds = account.cash >= 0 || (shrinks && account.cash >= before.cash);
    ensure!(cash_holds, InsufficientCash, "cash {} after the trade, {} before", account.cash, before.cash);
    let initial = if shrinks && desk.market.is_wide() { None } else { Some(desk.entry_health(account)?) };
    match initial {
        Some(health) if !health.is_negative() => return Ok(()),
        Some(health) if !shrinks => {
            msg!("initial health {} after the trade", health.0);
            return Err(EvergreenError::InsufficientHealth.into());
        }
        _ => {}
    }
    let after = desk.health_of(account.cash(), &account.positions, HealthLevel::Maintenance)?;
    let before = desk.health_of(NativeDelta(before.cash), &before.positions, HealthLevel::Maintenance)?;
    ensure!(after >= before, HealthLowered, "maintenance health {} after, {} before", after.0, before.0);
    Ok(())
}
