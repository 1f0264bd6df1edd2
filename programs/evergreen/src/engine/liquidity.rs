//! Liquidity goes in and out at the first prices published after a full minute, with the ledgers of that minute.

use super::{MarketContext, NavBound, PoolEngine, needed_prices};
use crate::{
    ensure,
    state::{LiquidityRequest, Pool, ReturnReason, SeriesRegistry, SeriesStatus, ShareClass},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, NativeDelta};

/// What came of a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepositOutcome {
    /// Its tokens are capital. The shares have yet to be minted.
    Executed {
        /// Tokens, native units.
        amount: Native,
        /// What all shares were worth before, upper bound less what is not earned yet, native units.
        assets: NativeDelta,
        /// Shares to mint.
        shares: u64,
    },
    /// Its tokens are set aside for its owner.
    Returned {
        /// Why.
        reason: ReturnReason,
        /// What its owner can claim of them, native units.
        amount: Native,
        /// What stays with the providers, native units.
        fee: Native,
    },
}

/// Checks that a valuation with the ledgers of a full minute needs the price of this underlying: the price of another one must not decide what becomes of
/// liquidity. Errors: `UnknownUnderlying`, `MarketAccountUnneeded`.
pub fn check_needed(pool: &Pool, registry: &SeriesRegistry, minute: i64, underlying: &Pubkey) -> Result<()> {
    let place = pool.underlying_index(underlying)?;
    let needed = needed_prices(pool, registry, Some(minute)).get(place).copied().unwrap_or(false);
    ensure!(needed, MarketAccountUnneeded, "{}", underlying);
    Ok(())
}

/// Checks that no writer of a series that was exercised before a full minute, unix seconds, has yet to pay: `settle_positions`, which anyone may call, makes what they
/// cannot pay a debt. Otherwise whoever leaves first would leave before a loss that everybody can see, and whoever comes would pay for it. Errors: `WritersUnsettled`.
pub fn check_writers_settled(pool: &Pool, registry: &SeriesRegistry, minute: i64) -> Result<()> {
    let mut unsettled = 0u32;
    for (slot, series) in registry.series.iter().enumerate() {
        let is_ended = series.short_points > 0 && series.status() == SeriesStatus::Exercised;
        if is_ended && !pool.is_open(series, slot, Some(minute)) {
            unsettled = unsettled.saturating_add(1);
        }
    }
    ensure!(unsettled == 0, WritersUnsettled, "{} exercised series", unsettled);
    Ok(())
}

/// Returns whether a deposit in a class is the first one: it has no shares, and nothing needs a price. Nobody is there then whom a choice of the moment could
/// harm, so it is executed at once.
pub fn is_first_deposit(pool: &Pool, registry: &SeriesRegistry, class: ShareClass) -> bool {
    let needs_prices = || needed_prices(pool, registry, None).contains(&true);
    pool.shares(class).total == 0 && (class == ShareClass::Insurance || !needs_prices())
}

/// Returns the withdrawals' minute of `now`, unix seconds, for a withdrawal whose cooldown was over by then. Errors: `WithdrawalCooling`, `OffGrid`.
pub fn withdrawal_minute(pool: &Pool, withdrawal: &LiquidityRequest, now: i64) -> Result<i64> {
    let class = withdrawal.share_class();
    let (ready, minute) = (withdrawal.ready(pool.cooldown(class)), LiquidityRequest::grid_time(now));
    ensure!(minute >= ready, WithdrawalCooling, "ready at {}, minute {}", ready, minute);
    LiquidityRequest::check_grid(now)?;
    Ok(minute)
}

/// Ends a deposit. `has_account` says whether the token account for its shares is there, and `prices` reads the first prices after a full minute, unix
/// seconds, or returns `None` where one is uncertain.
///
/// 1. Losses by seizure since the request are applied.
/// 2. Where nothing stands against it the tokens become capital: in the main class at the upper bound of net asset value less what is not earned yet, at these prices and with the ledgers of
///    that minute; in the insurance class at its capital less all bad debts.
///    The first deposit of a class waits for nothing ([`is_first_deposit`]).
/// 3. Otherwise they are set aside for the owner, less what [`ReturnReason::part_of_fee`] says. What the price or the state of the pool decides costs
///    nothing; a pause does not end a deposit, since whoever pauses may have seen the price. Where a writer of a series that was exercised before the minute was unsettled at it,
///    nobody has the choice: it goes back, whoever settles them since.
///
/// Errors: `DepositNotWaiting`, `OffGrid` before its time, `WritersUnsettled` where somebody has to be settled before, and those of `prices`.
pub fn execute_deposit(
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    request: &mut LiquidityRequest,
    (has_account, now): (bool, i64),
    prices: impl Fn(&Pool, &SeriesRegistry, i64) -> Result<Option<MarketContext>>,
) -> Result<DepositOutcome> {
    ensure!(request.deposit > 0, DepositNotWaiting);
    match price(pool, registry, request, (has_account, now), &prices)? {
        Ok((assets, shares)) => {
            let amount = pool.finish_deposit(request, shares)?;
            if request.share_class() == ShareClass::Main {
                pool.limit_unearned(assets, Native::ZERO, Some(request.minute), now)?;
            }
            Ok(DepositOutcome::Executed { amount, assets, shares })
        }
        Err(reason) => {
            let (amount, fee) = pool.return_deposit(request, reason, now)?;
            Ok(DepositOutcome::Returned { reason, amount, fee })
        }
    }
}

/// Returns what all shares are worth, upper bound less what is not earned yet, native units, and the shares that the deposit gets; or why it is given back.
#[inline(never)]
fn price(
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    request: &LiquidityRequest,
    (has_account, now): (bool, i64),
    prices: &impl Fn(&Pool, &SeriesRegistry, i64) -> Result<Option<MarketContext>>,
) -> Result<core::result::Result<(NativeDelta, u64), ReturnReason>> {
    let class = request.share_class();
    let is_first = is_first_deposit(pool, registry, class);
    let early = if pool.is_halted() {
        Some(ReturnReason::Halted)
    } else if pool.is_distressed() {
        Some(ReturnReason::Distressed)
    } else if request.generation != pool.generation(class) {
        Some(ReturnReason::SharesRenewed)
    } else if pool.configured_at >= request.requested_at {
        Some(ReturnReason::RulesChanged)
    } else if !has_account {
        Some(ReturnReason::NoShareAccount)
    } else if !is_first && pool.writers_settled_at > request.minute {
        // Whoever settles them, or keeps others from it, does not choose by it at a price that they know.
        Some(ReturnReason::WritersUnsettled)
    } else if !is_first && now > request.deadline() {
        Some(why_late(pool, registry, request, now, prices)?)
    } else {
        None
    };
    if let Some(reason) = early {
        return Ok(Err(reason));
    }
    ensure!(is_first || now >= request.minute, OffGrid, "now {}, executed from {} on", now, request.minute);
    check_writers_settled(pool, registry, request.minute)?;
    let assets = match class {
        ShareClass::Insurance => pool.insurance_balance_at(request.minute)?,
        ShareClass::Main if is_first => assets_for_coming(pool, registry, &MarketContext::without_prices(now))?,
        ShareClass::Main => match prices(pool, registry, request.minute)? {
            Some(market) => assets_for_coming(pool, registry, &market)?,
            None => return Ok(Err(ReturnReason::PriceUncertain)),
        },
    };
    let Ok(shares) = pool.shares(class).for_deposit(Native(request.deposit), assets) else {
        return Ok(Err(ReturnReason::NoShares));
    };
    Ok(if shares < request.least { Err(ReturnReason::TooFewShares) } else { Ok((assets, shares)) })
}

/// Returns why nobody has executed a deposit in time. Where nobody could, that costs its owner nothing: a writer of an exercised series was unsettled at its minute and is
/// still, the first price after the minute came too late or is uncertain, or a volatility sample that it waits for is still untaken. Which it was, the first prices tell, at any later time; where nobody shows them for a day,
/// there are none. Errors: those of `prices`.
#[inline(never)]
fn why_late(
    pool: &Pool,
    registry: &SeriesRegistry,
    request: &LiquidityRequest,
    now: i64,
    prices: &impl Fn(&Pool, &SeriesRegistry, i64) -> Result<Option<MarketContext>>,
) -> Result<ReturnReason> {
    let (minute, deadline) = (request.minute, request.deadline());
    if check_writers_settled(pool, registry, minute).is_err() {
        return Ok(ReturnReason::WritersUnsettled);
    }
    if request.share_class() == ShareClass::Insurance || !needed_prices(pool, registry, Some(minute)).contains(&true) {
        return Ok(ReturnReason::Lapsed);
    }
    if now > deadline.saturating_add(LiquidityRequest::PRICE_WAIT) {
        return Ok(ReturnReason::NoPrice);
    }
    Ok(match prices(pool, registry, minute)? {
        None => ReturnReason::PriceUncertain,
        Some(market) if market.last_published() > Some(deadline) => ReturnReason::NoPrice,
        Some(market) => {
            for (place, _) in
                needed_prices(pool, registry, Some(minute)).iter().enumerate().filter(|(_, needed)| **needed)
            {
                market.get(u8::try_from(place).map_err(crate::errors::too_large)?)?;
            }
            // Whoever takes the sample shows that it could be executed.
            if market.check_samples_taken().is_ok() { ReturnReason::Lapsed } else { ReturnReason::SampleUntaken }
        }
    })
}

/// Returns a bound of the net asset value of the main class at the prices of `market`, with the ledgers of the full minute after which they are the first, in
/// native units; for who leaves less what [`size_of_leaving`](crate::state::size_of_leaving) says. Whoever comes or goes must not know where marks go while the bounds do not: samples that are due are taken before. Errors: `SampleDue`.
#[inline(never)]
pub fn net_assets(
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    market: &MarketContext,
    bound: NavBound,
) -> Result<NativeDelta> {
    market.check_samples_taken()?;
    pool.check_not_buying_back(market.moment().unwrap_or(market.now().0), market.now().0)?;
    PoolEngine::new(pool, registry, market)?.net_assets(bound)
}

/// Returns what all shares of the main class are worth for whoever comes, in native units: the upper bound ([`net_assets`]) less what is not earned yet. Errors: as there.
#[inline(never)]
pub fn assets_for_coming(
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    market: &MarketContext,
) -> Result<NativeDelta> {
    let assets = net_assets(pool, registry, market, NavBound::Upper)?;
    pool.less_unearned(assets, 0, market.moment(), market.now())
}
