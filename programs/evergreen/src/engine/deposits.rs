//! Deposits of liquidity in the main class: executed at the first prices after their request, or given back.

use super::{MarketContext, PoolEngine, bonds::CAPACITY_FEE};
use crate::{
    ensure,
    errors::{EvergreenError, MathContext},
    state::{LiquidityRequest, Pool, Series, SeriesRegistry, SeriesStatus, ShareClass},
};
use anchor_lang::prelude::*;
use evergreen_math::{Native, NativeDelta, Rounding};

/// What came of a deposit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DepositOutcome {
    /// Its tokens are capital. The shares have yet to be minted.
    Executed {
        /// Tokens, native units.
        amount: Native,
        /// What all shares were worth before, upper bound, native units.
        assets: NativeDelta,
        /// Shares to mint.
        shares: u64,
    },
    /// Its tokens are set aside for its owner.
    Returned {
        /// Number of the error that says why.
        error: u32,
        /// What its owner can claim, native units.
        amount: Native,
        /// What stays with the providers, native units.
        fee: Native,
    },
}

/// Returns whether a valuation of the registry needs prices: a live series has open interest. What is only committed has no value yet, and a
/// commitment needs no price: it could make that of a feed needed that gives none.
pub fn needs_prices(registry: &SeriesRegistry) -> bool {
    registry.series.iter().any(is_valued)
}

/// Whether a valuation needs a price of the series' underlying.
fn is_valued(series: &Series) -> bool {
    series.status() == SeriesStatus::Live && series.has_interest()
}

/// Checks that a valuation of the registry needs the price of this underlying: the price of another one must not decide what becomes of a deposit.
/// Errors: `UnknownUnderlying`, `MarketAccountUnneeded`.
pub fn check_needed(pool: &Pool, registry: &SeriesRegistry, underlying: &Pubkey) -> Result<()> {
    let place = pool.underlying_index(underlying)?;
    let needed = registry.series.iter().any(|series| usize::from(series.underlying) == place && is_valued(series));
    ensure!(needed, MarketAccountUnneeded, "{}", underlying);
    Ok(())
}

/// Checks that no writer of an exercised series has yet to pay: `settle_positions`, which anyone may call, makes what he cannot pay a debt.
/// Otherwise whoever leaves first would leave before a loss that everybody can see, and whoever comes would pay for it. Errors: `WritersUnsettled`.
pub fn check_writers_settled(registry: &SeriesRegistry) -> Result<()> {
    let waits = |series: &&Series| series.status() == SeriesStatus::Exercised && series.short_points > 0;
    let unsettled = registry.series.iter().filter(waits).count();
    ensure!(unsettled == 0, WritersUnsettled, "{} exercised series", unsettled);
    Ok(())
}

/// Ends a deposit. `has_account` says whether the token account for its shares is there, and `prices` reads the first prices after a moment,
/// unix seconds; it is called only where they are needed.
///
/// 1. Losses by seizure since the request are applied.
/// 2. Where nothing stands against it the tokens become capital, at the upper bound of net asset value.
/// 3. Fewer shares than its least number cost an eighth of that, the price of the room that was reserved. What else the price or the state of the pool decides gives the tokens back in full; a pause does not, since whoever pauses may have seen the price. What whoever is to execute it, or its owner, decides
///    costs [`LiquidityRequest::LAPSE_FEE`]: it was not executed in time, or the token account is gone.
///
/// Errors: `DepositNotWaiting`, `WritersUnsettled` where somebody has to be settled before, and those of `prices` other than `PriceUncertain`.
pub fn execute_deposit(
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    request: &mut LiquidityRequest,
    (has_account, now): (bool, i64),
    prices: impl FnOnce(&Pool, &SeriesRegistry, i64) -> Result<MarketContext>,
) -> Result<DepositOutcome> {
    ensure!(request.deposit > 0, DepositNotWaiting);
    request.apply_losses(pool.loss_index_of(ShareClass::Main))?;
    match price(pool, registry, request, (has_account, now), prices) {
        Ok((assets, shares)) => {
            let amount = pool.finish_deposit(request, shares)?;
            Ok(DepositOutcome::Executed { amount, assets, shares })
        }
        Err(error) => give_back(pool, request, error),
    }
}

/// Returns what all shares are worth, upper bound, native units, and the shares that the deposit gets.
#[inline(never)]
fn price(
    pool: &mut Pool,
    registry: &mut SeriesRegistry,
    request: &LiquidityRequest,
    (has_account, now): (bool, i64),
    prices: impl FnOnce(&Pool, &SeriesRegistry, i64) -> Result<MarketContext>,
) -> Result<(NativeDelta, u64)> {
    pool.check_open_for_risk()?;
    let present = pool.generation(ShareClass::Main);
    ensure!(request.generation == present, SharesSpent, "generation {}, now {}", request.generation, present);
    ensure!(has_account, NoShareAccount, "{}", request.shares_to);
    let market = if needs_prices(registry) {
        let deadline = request.deadline();
        ensure!(now <= deadline, DepositLapsed, "now {}, executed until {}", now, deadline);
        prices(pool, registry, request.price_after())?
    } else {
        MarketContext::without_prices(now)
    };
    let amount = Native(request.deposit);
    check_writers_settled(registry)?;
    let assets = PoolEngine::new(pool, registry, &market)?.net_assets()?.upper;
    let shares = pool.main.for_deposit(amount, assets)?;
    ensure!(shares >= request.least, BelowMinimum, "{} shares, at least {} asked", shares, request.least);
    Ok((assets, shares))
}

/// Sets the tokens aside for the owner, if the error is one that ends a deposit; otherwise returns the error.
fn give_back(pool: &mut Pool, request: &mut LiquidityRequest, error: Error) -> Result<DepositOutcome> {
    const IN_FULL: [EvergreenError; 6] = [
        EvergreenError::PoolHalted,
        EvergreenError::PoolDistressed,
        EvergreenError::SharesSpent,
        EvergreenError::NoNetAssetValue,
        EvergreenError::ZeroShares,
        EvergreenError::PriceUncertain,
    ];
    let Error::AnchorError(known) = &error else { return Err(error) };
    let number = known.error_code_number;
    let is = |code: EvergreenError| number == u32::from(code);
    let fee = if is(EvergreenError::DepositLapsed) || is(EvergreenError::NoShareAccount) {
        pool.lapse_fee(Native(request.deposit))?
    } else if is(EvergreenError::BelowMinimum) {
        pool.lapse_fee(Native(request.deposit))?.share(CAPACITY_FEE, Rounding::Ceil).program()?
    } else if IN_FULL.into_iter().any(is) {
        Native::ZERO
    } else {
        return Err(error);
    };
    let before = request.payable;
    pool.return_deposit(request, fee)?;
    Ok(DepositOutcome::Returned { error: number, amount: Native(request.payable.saturating_sub(before)), fee })
}
