//! Liquidations: what they add to health, what they take and whom they pay.

use super::Change;
use crate::{seizures, valuation::terms};
use evergreen_math::{BasisPoints, Native, NativeDelta, Points, Rounding, margin::HealthLevel};
use evergreen_sdk::{
    events::Event,
    evergreen::{events::Liquidated, state::Pool},
};

pub(super) fn check(change: &Change) {
    let events = change.outcome.events();
    let liquidated = events.iter().filter_map(|e| if let Event::Liquidated(e) = e { Some(e) } else { None });
    let here: Vec<&Liquidated> = liquidated.filter(|e| change.after.accounts.contains_key(&e.account)).collect();
    for e in &here {
        health(change, e);
    }
    // If a liquidation is alone in its transaction, nothing else moves cash, and ledgers must agree to the unit.
    if let ([e], [.., Event::Liquidated(_)]) = (here.as_slice(), events.as_slice()) {
        ledgers(change, &events, e);
    }
}

fn health(change: &Change, e: &Liquidated) {
    let (mut before, after) = (change.before.accounts[&e.account].clone(), &change.after.accounts[&e.account]);
    before.cash = seizures::cash_left(&before, &change.before.pool);
    let before = &before;
    let maintenance = HealthLevel::Maintenance;
    let (was, now) = (change.earlier.health(before, maintenance), change.markets.health(after, maintenance));
    // What is left of a unit of funding of each position stays owed, and funding of positions whose price was not passed stays unsettled.
    let open = before.positions.iter().filter(|position| position.points != 0).count() as u64;
    assert!(e.health_before.abs_diff(was) <= open, "health before a liquidation: {} is {was}", e.health_before);
    assert!(was < 0, "an account in health was liquidated");
    assert!(now >= was, "a liquidation took maintenance health {was} to {now}");
    let target = |markets: &crate::valuation::Markets, account| markets.health(account, HealthLevel::Target);
    let (target_was, target_now) = (target(&change.earlier, before), target(&change.markets, after));
    assert!(e.health_after.abs_diff(target_now) <= open, "health after a liquidation: {}", e.health_after);
    assert!(target_now >= target_was, "a liquidation took target health {target_was} to {target_now}");
    // The penalty is at most this share of what the legs add to health, and at most this share of equity.
    let cap = BasisPoints(change.after.pool.params.penalty_equity_cap_bps);
    let share = |of: i64| NativeDelta(of).positive_part().share(cap, Rounding::Floor).unwrap().0;
    let penalty = e.penalty as i64;
    let gain = (now + penalty - was).min(target_now + penalty - target_was);
    assert!(e.penalty <= share(gain), "penalty {} for a gain of {gain}", e.penalty);
    let equity = change.markets.equity(after) + penalty;
    assert!(e.penalty <= share(equity), "penalty {} of equity {equity}", e.penalty);
}

fn ledgers(change: &Change, events: &[Event], e: &Liquidated) {
    let (before, after, params) = (&change.before.pool, &change.after.pool, &change.after.pool.params);
    let scale = crate::valuation::scale(change.after);
    let (mut received, mut collected, mut notional, mut legs) = (0, 0, 0, 0);
    // Whether nothing else in the transaction has changed the pool's ledgers.
    let mut alone = true;
    for event in events {
        match event {
            Event::LegFilled(leg) if leg.account != e.account => alone = false,
            Event::FundingSettled(settled) if settled.account != e.account => alone = false,
            Event::LiquidityDeposited(_) | Event::DepositReturned(_) | Event::WithdrawalExecuted(_) => alone = false,
            Event::LegFilled(leg) => {
                assert_eq!(leg.fee, 0, "a leg of a liquidation");
                received += leg.premium;
                let size = Points(leg.points).size().unwrap();
                let spot = evergreen_math::Dollars::from_bits(leg.spot);
                legs += 1;
                notional += scale.native(size, spot, Rounding::Ceil).unwrap().0.unsigned_abs();
                let series = &change.after.registry.series[usize::from(leg.series.slot)];
                assert_eq!(spot, change.markets.spot(series.underlying), "closed at the mark ({:?})", terms(series));
            }
            Event::FundingSettled(settled) => received += settled.amount,
            Event::PositionSettled(settled) => received += settled.amount,
            // What the pool may not pay of all that.
            Event::PaymentOwed(owed) if owed.account == e.account => received -= owed.amount,
            // Fees that were in arrears are taken out of what settlement brings.
            Event::ArrearsCollected(arrears) => collected += arrears.fee as i64,
            // An account bears a loss by seizure in the same transaction, so that the sums below do not hold.
            Event::LossApplied(_) => return,
            _ => {}
        }
    }
    let cash = |view: &crate::snapshot::PoolView, key| view.accounts[key].cash;
    let of = |key| cash(change.after, key) - cash(change.before, key);
    let (penalty, reward) = (e.penalty as i64, e.reward as i64);
    assert_eq!(of(&e.account), received - penalty - collected, "cash of the liquidated account");
    assert_eq!(of(&e.liquidator), reward, "cash of the liquidator");
    if !alone || collected > 0 {
        return;
    }
    assert_eq!(before.pool_cash - after.pool_cash, received, "pool cash pays premiums and settlements");
    let insurance = |pool: &Pool| pool.insurance_assets().unwrap().0 as i64;
    assert_eq!(insurance(after) - insurance(before), penalty - reward, "insurance changes by penalty less reward");
    assert_eq!(before.fees_due, after.fees_due, "a liquidation takes no fee");
    // What is due is rounded up leg by leg.
    let most = Native(notional).share(BasisPoints(params.penalty_bps), Rounding::Ceil).unwrap().0 + legs;
    assert!(e.penalty <= most, "penalty {} on notional {notional}", e.penalty);
    let earned = Native(e.penalty).share(BasisPoints(params.liquidator_bps), Rounding::Floor).unwrap().0;
    let drawn = e.reward.checked_sub(earned).expect("the liquidator's share of the penalty is paid");
    let flat = change.after.accounts[&e.account].is_flat();
    let allowed = if flat { params.min_liquidation_reward.saturating_sub(earned) } else { 0 };
    assert!(drawn <= allowed, "insurance paid {drawn} for a liquidation, at most {allowed}");
}
