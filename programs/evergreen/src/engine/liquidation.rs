//! Liquidation: closing positions of an account below maintenance margin until target health is restored.

use super::{Execution, Fill, PoolEngine, priced::Priced};
use crate::{
    emit_event, ensure,
    errors::{EvergreenError, MathContext},
    state::{Leg, MAX_POSITIONS, MAX_UNDERLYINGS, MarginAccount, PoolParams, Position, SeriesId, check_legs},
};
use anchor_lang::prelude::*;
use evergreen_math::{
    BasisPoints, Native, NativeDelta, Points, Rounding,
    fees::Penalty,
    margin::{Blend, HealthLevel, Portfolio, ScenarioValues},
};

/// Result of a liquidation.
#[derive(Debug)]
pub struct Liquidation {
    /// Fills, leg by leg.
    pub fills: Vec<Fill>,
    /// Maintenance health before the legs, of the positions whose prices were passed.
    pub health_before: NativeDelta,
    /// Target health after legs and penalty, of the same positions.
    pub health_after: NativeDelta,
    /// Penalty that the account paid.
    pub penalty: Penalty,
    /// Payment of insurance to the liquidator.
    pub from_insurance: Native,
}

impl Liquidation {
    /// Returns the reward of the liquidator, in native units. Errors: `Overflow`.
    pub fn reward(&self) -> Result<Native> {
        self.penalty.liquidator.checked_add(self.from_insurance).program()
    }
}

impl PoolEngine<'_> {
    /// Liquidates an account whose funding is settled; `key` names it in events.
    ///
    /// 1. Maintenance health must be negative, at every end of an uncertain price's band, and whatever the prices are that were not
    ///    passed.
    /// 2. Legs are closed as options are sold, each only as far as target health requires. One that does not raise health stays open, whatever the order, unless
    ///    health needs more and all that are left raise it together.
    /// 3. What the pool may not pay of all that stays owed to the account ([`MarginAccount::unpaid`]): nobody is kept in risk that they cannot bear because a pool is short, and nothing is lost by it.
    ///    The penalty is taken; what each leg has done for health by itself limits it, and equity.
    /// 4. Insurance tops the reward up to the pool's minimum if the account has no positions left, out of what it has beyond all debts.
    ///
    /// Errors: `NotLiquidatable`, `LegNotReducing`, `HealthLowered`, those of [`check_legs`] and [`PoolEngine::fill`].
    #[inline(never)]
    pub fn liquidate(
        &mut self,
        account: &mut MarginAccount,
        key: &Pubkey,
        liquidator: &mut MarginAccount,
        legs: &[Leg],
    ) -> Result<Liquidation> {
        check_legs(legs)?;
        for leg in legs {
            self.settle_rest(account, key, leg.series)?;
        }
        let Unhealthy { before, mut portfolio, values, most } = unhealthy(self, account, legs)?;
        // One place for all trials: what the heap has handed out stays taken.
        let mut trial = portfolio.clone();
        let (mut due, mut waived) = (Native::ZERO, Native::ZERO);
        let mut fills = Vec::with_capacity(legs.len());
        let mut left = legs.to_vec();
        // A leg that does not raise health is left for later. Those that are left are closed together where they do not lower it: of a spread
        // neither leg may do so alone.
        let mut together = false;
        loop {
            let (before_legs, due_before) = (levels(&portfolio, account, most)?, due);
            let mut waiting = Vec::with_capacity(left.len());
            for leg in &left {
                match close_leg(
                    self,
                    account,
                    key,
                    (leg, together),
                    (&values, most),
                    (&mut portfolio, &mut trial),
                    due,
                )? {
                    Leaving::Enough => {
                        waiting.clear();
                        break;
                    }
                    Leaving::Waits => waiting.push(*leg),
                    Leaving::Closed(closed) => {
                        due = due.checked_add(closed.due).program()?;
                        waived = waived.checked_add(closed.fill.waived_fee).program()?;
                        fills.push(closed.fill);
                    }
                }
            }
            if together {
                let gain = least_gain(before_legs, levels(&portfolio, account, most)?)?;
                let of_these = due.checked_sub(due_before).program()?;
                due = due_before
                    .checked_add(of_these.min(self.pool.params.penalty().of_gain(gain).program()?))
                    .program()?;
            }
            let is_stuck = waiting.len() == left.len();
            left = waiting;
            if left.is_empty() || (is_stuck && together) {
                break;
            }
            together = is_stuck;
            if together && !keep_health(self, account, &left, (&values, most), (&portfolio, &mut trial))? {
                break;
            }
        }
        // What the pool may not pay stays owed, and counts for health as before.
        let owed = self.owe_all(account, key)?;
        let after = levels(&portfolio, account, most.checked_add(owed.to_delta().program()?).program()?)?;
        let gain = least_gain([before.target, before.maintenance], after)?;
        ensure!(!fills.is_empty() && !gain.is_negative(), HealthLowered, "health changes by {}", gain.0);

        let params = self.pool.params;
        let mut equity = self.equity(account.cash(), &self.priced(account)?.positions)?;
        if self.pool.is_distressed() {
            // A debt is paid by options that the pool may have nothing for, and the penalty would be out of others' cash.
            equity = equity.min(account.cash());
        }
        let penalty = params.penalty().penalty(due, equity, gain).program()?;
        let capital = self.pool.capital()?;
        self.pool.charge_penalty(account, liquidator, penalty)?;
        let taken = penalty.total().program()?.to_delta().program()?;
        let health_after = after[0].checked_sub(taken).and_then(|health| health.checked_sub(most)).program()?;
        let health_before = before.maintenance.checked_sub(most).program()?;
        let minimum = minimum_reward(&params, waived, &penalty, account.is_flat())?;
        let from_insurance = self.pool.pay_reward(liquidator, minimum)?;
        self.pool.record_capital(self.market.done_at(), capital)?;
        Ok(Liquidation { fills, health_before, health_after, penalty, from_insurance })
    }

    /// Checks that an account whose funding is settled may be liquidated. Errors: `NotLiquidatable` with its maintenance health.
    pub fn check_liquidatable(&mut self, account: &MarginAccount) -> Result<()> {
        unhealthy(self, account, &[]).map(drop)
    }
}

struct HealthBefore {
    maintenance: NativeDelta,
    target: NativeDelta,
}

/// An account that may be liquidated.
struct Unhealthy {
    before: HealthBefore,
    portfolio: Box<Portfolio<2>>,
    /// What the options of its legs are worth in the scenarios.
    values: Vec<(SeriesId, ScenarioValues<2>)>,
    /// The most that positions without a price add to health, native units.
    most: NativeDelta,
}

/// The health levels of a liquidation: the one that it restores, and the one that allows it.
const LEVELS: [HealthLevel; 2] = [HealthLevel::Target, HealthLevel::Maintenance];

/// Returns target and maintenance health, in native units, if positions without a price add `most`.
fn levels(portfolio: &Portfolio<2>, account: &MarginAccount, most: NativeDelta) -> Result<[NativeDelta; 2]> {
    let cash = account.cash().checked_add(most).program()?;
    let [target, maintenance] = LEVELS.map(|level| portfolio.health(level, cash, NativeDelta::ZERO));
    Ok([target.program()?, maintenance.program()?])
}

/// Returns by how much health has risen at the level at which it has risen least.
fn least_gain(before: [NativeDelta; 2], after: [NativeDelta; 2]) -> Result<NativeDelta> {
    let [target, maintenance] = [0, 1].map(|level: usize| after[level].checked_sub(before[level]));
    Ok(target.program()?.min(maintenance.program()?))
}

/// Checks that maintenance health is negative at the prices and, if a price is uncertain, at every combination of ends of the
/// bands. Errors: `NotLiquidatable`.
#[inline(never)]
fn unhealthy(engine: &mut PoolEngine, account: &MarginAccount, legs: &[Leg]) -> Result<Unhealthy> {
    let Priced { positions, most, .. } = *engine.priced(account)?;
    let (portfolio, values) = engine.portfolio_and_values(engine.market, &positions, LEVELS, legs)?;
    let [target, maintenance] = levels(&portfolio, account, most)?;
    ensure!(maintenance.is_negative(), NotLiquidatable, "maintenance health {}", maintenance.0);
    if engine.market.is_uncertain() {
        let best = best_health(engine, account.cash().checked_add(most).program()?, &positions)?;
        ensure!(best.is_negative(), NotLiquidatable, "maintenance health {} at the better ends of the bands", best.0);
    }
    Ok(Unhealthy { before: HealthBefore { maintenance, target }, portfolio, values, most })
}

/// Returns maintenance health at the combination of band ends that is best for the account. Health is a sum over underlyings, so
/// the better end of each is found on its own.
#[inline(never)]
fn best_health(
    engine: &mut PoolEngine,
    cash: NativeDelta,
    positions: &[Position; MAX_POSITIONS],
) -> Result<NativeDelta> {
    const LEVEL: HealthLevel = HealthLevel::Maintenance;
    let low = engine.portfolio(&engine.market.at_end(|band| band.low)?, positions, [LEVEL])?;
    let high = engine.portfolio(&engine.market.at_end(|band| band.high)?, positions, [LEVEL])?;
    let mut health = cash;
    for underlying in 0..MAX_UNDERLYINGS {
        let options = [&low, &high].map(|portfolio| portfolio.options_of(LEVEL, underlying));
        let [at_low, at_high] = options;
        health = health.checked_add(at_low.program()?.max(at_high.program()?)).program()?;
    }
    Ok(health)
}

/// A leg that was closed.
struct Closed {
    fill: Fill,
    /// The penalty that is due for it, native units, by what it did for health alone: only for a written option whose closing raises health. What is bought was
    /// paid in full: an account that owes for it, or for a leg of a spread that was exercised, has risked nobody else's money.
    due: Native,
}

/// What became of a leg.
enum Leaving {
    /// Health needs nothing more.
    Enough,
    /// It does not raise health by itself, so it stays open for now.
    Waits,
    /// It was closed.
    Closed(Box<Closed>),
}

/// Returns whether closing all of these legs together does not lower health: an option at its cap, or far in the money, costs as much as it counts. What roundings take is no
/// fall.
#[inline(never)]
fn keep_health(
    engine: &mut PoolEngine,
    account: &MarginAccount,
    legs: &[Leg],
    (values, most): (&[(SeriesId, ScenarioValues<2>)], NativeDelta),
    (now, then): (&Portfolio<2>, &mut Portfolio<2>),
) -> Result<bool> {
    const LEVEL: HealthLevel = HealthLevel::Target;
    let cash = account.cash().checked_add(most).program()?;
    let before = now.health(LEVEL, cash, NativeDelta::ZERO).program()?;
    Ok(engine.health_after(account, cash, LEVEL, legs, values, (now, then))? >= before)
}

/// Closes a leg as far as target health requires and updates the portfolio. The penalties of earlier legs are `due`, native units.
/// A leg that does not raise health stays open, unless legs are closed `together`, and earns no penalty; nor does a bought option. `then` is a place to try it in.
#[inline(never)]
fn close_leg(
    engine: &mut PoolEngine,
    account: &mut MarginAccount,
    key: &Pubkey,
    (leg, together): (&Leg, bool),
    (values, most): (&[(SeriesId, ScenarioValues<2>)], NativeDelta),
    (portfolio, then): (&mut Portfolio<2>, &mut Portfolio<2>),
    due: Native,
) -> Result<Leaving> {
    ensure!(account.is_shrunk_by(leg), LegNotReducing);
    let position = account.positions[account.find(leg.series).ok_or(EvergreenError::LegNotReducing)?];
    let (held, scale) = (position.points(), engine.scale);
    let (_, values) = values.iter().find(|(series, _)| *series == leg.series).ok_or(EvergreenError::LegNotReducing)?;
    *then = *portfolio;
    let least = held.checked_add(Points(leg.points)).program()?;
    then.change(values, held, least, scale).program()?;
    let (needed, helps) =
        points_needed(engine, account.cash().checked_add(most).program()?, leg, (portfolio, then), due)?;
    if needed == 0 {
        return Ok(Leaving::Enough);
    }
    if !helps && !together {
        return Ok(Leaving::Waits);
    }
    let before = levels(portfolio, account, most)?;
    let points = needed.checked_mul(leg.points.signum()).ok_or(EvergreenError::Overflow)?;
    let left = held.checked_add(Points(points)).program()?;
    if left != least {
        then.change(values, least, left, scale).program()?;
    }
    *portfolio = *then;
    let leg = Leg { points, ..*leg };
    let fill = engine.fill(account, &leg, Execution::Forced)?;
    emit_event!(fill.event(*key)?);
    let mut due = Native::ZERO;
    if helps && leg.points > 0 {
        let gain = least_gain(before, levels(portfolio, account, most)?)?;
        due = engine.pool.params.penalty().due(fill.notional, gain).program()?;
    }
    Ok(Leaving::Closed(Box::new(Closed { fill, due })))
}

/// Returns the fewest points of the leg, up to all of them, that bring target health to zero, and whether closing all of the leg
/// raises health. `cash` counts what positions without a price may add; `now` and `then` are the portfolio before the leg and without all
/// of it.
///
/// Health is piecewise linear in the points closed, and because of caps neither convex nor concave. Each step takes a size on the
/// chord between a size that is too small and one that is enough, and replaces one of the two by it. The result always suffices;
/// after the last step it may be slightly too large.
///
/// Health is measured after the penalties of this leg and of earlier ones, which are `due`. Otherwise the penalty would leave target health negative, and the
/// account could be liquidated repeatedly for further penalties.
fn points_needed(
    engine: &mut PoolEngine,
    cash: NativeDelta,
    leg: &Leg,
    (now, then): (&Portfolio<2>, &Portfolio<2>),
    due: Native,
) -> Result<(i64, bool)> {
    const STEPS: usize = 6;
    let size = leg.points.checked_abs().ok_or(EvergreenError::Overflow)?;
    let whole = leg.points.unsigned_abs();
    let penalty = engine.pool.params.penalty();
    // Closing bought options costs no penalty.
    let closed = if leg.points > 0 { engine.notional(leg)? } else { Native::ZERO };
    let (closed, due) = (closed.to_delta().program()?, due.to_delta().program()?);
    let cash_then = cash.checked_add(engine.proceeds(leg)?).program()?;
    // The portfolio measures both levels together, so target health is the lower of the two.
    let options = now.way_to(then, HealthLevel::Target).program()?;
    let before_penalty = |at: Blend| -> Result<NativeDelta> {
        let cash = at.of(cash, cash_then, Rounding::Floor).program()?;
        cash.checked_add(options.options(at).program()?).and_then(|health| health.checked_sub(due)).program()
    };
    let start = before_penalty(Blend { part: 0, whole })?;
    let health_at = |points: i64| -> Result<NativeDelta> {
        let at = Blend { part: points.unsigned_abs(), whole };
        let health = before_penalty(at)?;
        let closed = at.of(NativeDelta::ZERO, closed, Rounding::Ceil).program()?.positive_part();
        let gain = health.checked_sub(start).program()?;
        let most = penalty.most(closed, gain).program()?.to_delta().program()?;
        // One unit covers the rounding of the notional, the other that of health.
        health.checked_sub(most).and_then(|h| h.checked_sub(NativeDelta(2))).program()
    };
    // Closing nothing gains nothing and costs no penalty.
    let health_now = start;
    if !health_now.is_negative() {
        return Ok((0, true));
    }
    let (mut enough, mut health_enough) = (size, health_at(size)?);
    if health_enough.is_negative() {
        return Ok((size, health_enough > health_now));
    }
    let (mut too_few, mut health_too_few) = (0i64, health_now);
    for _ in 0..STEPS {
        let gap = enough.checked_sub(too_few).ok_or(EvergreenError::Overflow)?;
        let span = health_enough.checked_sub(health_too_few).program()?.positive_part();
        let missing = health_too_few.negative_part();
        let Ok(step) = Native(gap.unsigned_abs()).mul_div(missing.0, span.0, Rounding::Ceil) else { break };
        let step = i64::try_from(step.0).map_err(crate::errors::too_large)?.max(1).min(gap);
        let guess = too_few.checked_add(step).ok_or(EvergreenError::Overflow)?;
        if guess == enough {
            break;
        }
        let health = health_at(guess)?;
        if health.is_negative() {
            // Half the weight for the healthy end, so that the next guess goes beyond the kink that this one fell short of.
            (too_few, health_too_few) = (guess, health);
            health_enough = NativeDelta(health_enough.0 >> 1);
        } else {
            (enough, health_enough) = (guess, health);
        }
    }
    Ok((enough, true))
}

/// Returns what insurance adds to the reward when the account is left without positions, in native units. It tops the reward up to
/// the pool's minimum, but at most to its own part of the fee that closing would have cost, at the rate of opening where that is lower: who has opened the account has paid it, so that
/// staged liquidations do not pay, to whomever the other parts of the fee come back.
fn minimum_reward(params: &PoolParams, waived_fee: Native, penalty: &Penalty, flat: bool) -> Result<Native> {
    if !flat {
        return Ok(Native::ZERO);
    }
    let rate = params.fee_open_bps.min(params.fee_close_bps);
    let paid = waived_fee.mul_div(rate.into(), params.fee_close_bps.into(), Rounding::Floor).program()?;
    let least = paid.share(BasisPoints(params.fee_insurance_bps), Rounding::Floor).program()?;
    Ok(Native(least.0.min(params.min_liquidation_reward).saturating_sub(penalty.liquidator.0)))
}
