//! Ledgers, open interest, funding and reserves: accounts must agree with each other.

use super::Outside;
use crate::{
    seizures,
    snapshot::PoolView,
    valuation::{cap_payoff, scale},
};
use anchor_lang::prelude::Pubkey;
use evergreen_math::{
    Points, Rounding,
    funding::{self, FundingIndex},
    reserve,
};
use evergreen_sdk::evergreen::state::{SeriesStatus, ShareClass};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn conservation(view: &PoolView, outside: &Outside) {
    let pool = &view.pool;
    let dust = seizures::dust(view, outside);
    let cash: i128 = view.accounts.values().map(|a| i128::from(seizures::cash_left(a, pool))).sum();
    seizures::covers(pool.margin_cash.into(), cash, dust, "margin cash is the sum of accounts");
    let debts: u64 = view.accounts.values().map(|a| a.cash.min(0).unsigned_abs()).sum();
    assert_eq!(pool.debts, debts, "debts are those of accounts with negative cash");
    let bad: u64 = view.accounts.values().map(|account| account.bad_debt().0).sum();
    assert_eq!(pool.bad_debts, bad, "bad debts are what caps do not cover");
    let sold = view.accounts.values().filter(|a| a.positions.iter().all(|position| position.points >= 0));
    let covered: u64 = sold.map(|a| a.cash.min(0).unsigned_abs().saturating_sub(a.unpaid).min(a.cover)).sum();
    assert_eq!(pool.covered_debts, covered, "covered debts are those for which bought options can be sold");
    let unpaid: u64 = view.accounts.values().map(|account| account.unpaid).sum();
    assert_eq!(pool.unpaid, unpaid, "what stayed owed is that of all accounts");
    let payable: u64 = view.accounts.values().map(|account| pool.payable_to(account).expect("a part").0).sum();
    assert!(payable <= pool.payable, "{payable} is paid of {} that are set aside", pool.payable);
    assert!(pool.payable <= pool.unpaid, "{} is set aside for {} that are owed", pool.payable, pool.unpaid);
    for (key, account) in &view.accounts {
        let bought = account.open_positions().map(|place| &account.positions[place]).filter(|p| p.points > 0);
        let most = bought.map(|position| {
            let payoff = cap_payoff(&view.registry.series[usize::from(position.slot)]);
            scale(view).native(position.points(), payoff, Rounding::Floor).expect("a product").0.unsigned_abs()
        });
        // Cover is less in accounts of the earlier layout, which begin with none, and it is rounded down at each change.
        assert!(account.cover <= most.sum::<u64>(), "cover of {key} exceeds what its bought options can pay at most");
    }
    for (class, due) in
        [(ShareClass::Main, pool.withdrawals_due), (ShareClass::Insurance, pool.insurance_withdrawals_due)]
    {
        let given_back = view.deposits.values().filter(|deposit| deposit.share_class() == class);
        let requests = view.withdrawals_of(class).chain(given_back);
        let payable: u64 = requests.map(|request| seizures::request_left(request, pool).0).sum();
        let retired = view.retired.values().filter(|retired| retired.share_class() == class);
        let left: u64 = retired.map(|retired| seizures::retired_left(retired, pool)).sum();
        let claims = i128::from(payable) + i128::from(left);
        seizures::covers(due.into(), claims, dust, "withdrawals due are those of all withdrawals and retired shares");
    }
    for (class, due) in [(ShareClass::Main, pool.deposits_due), (ShareClass::Insurance, pool.insurance_deposits_due)] {
        let of_class = view.deposits.values().filter(|deposit| deposit.share_class() == class);
        let waiting: u64 = of_class.map(|deposit| seizures::request_left(deposit, pool).1).sum();
        seizures::covers(due.into(), waiting.into(), dust, "deposits due are those of all that wait");
    }
    let referrals: u64 = view.accounts.values().map(|a| seizures::referral_left(a, pool)).sum();
    seizures::covers(pool.referrals_due.into(), referrals.into(), dust, "referrals due are those of all accounts");
    let of_orders: u64 = view.orders.values().map(|order| order.tip(pool.loss_index).expect("a tip").0).sum();
    let left = |account: &evergreen_sdk::evergreen::state::MarginAccount| {
        [account.commitment.tip, account.commitment.bond, account.commitment.stake]
            .map(|held| account.loss_index.claim(held, pool.loss_index).expect("a tip"))
            .iter()
            .sum::<u64>()
    };
    let of_commitments: u64 = view.accounts.values().map(|account| left(account)).sum();
    let tips = of_orders + of_commitments;
    seizures::covers(pool.tips_due.into(), tips.into(), dust, "tips due are those of all orders and commitments");
    for (id, series) in view.series() {
        let legs = view.accounts.values().flat_map(|account| account.commitment.legs());
        let committed = legs.filter(|leg| leg.series == id).count();
        assert_eq!(usize::from(series.commitments), committed, "commitments that hold a series");
    }
    capacity(view);
    for (key, account) in &view.accounts {
        let open = view.orders.values().filter(|o| o.account == *key).count();
        assert_eq!(usize::from(account.open_orders), open, "open orders of {key}");
    }
    let ledger = i128::from(pool.pool_cash)
        + i128::from(pool.margin_cash)
        + i128::from(pool.insurance_due)
        + [pool.fees_due, pool.curator_due, pool.withdrawals_due, pool.deposits_due, pool.referrals_due, pool.tips_due]
            .map(i128::from)
            .iter()
            .sum::<i128>();
    assert!(pool.former_due <= pool.curator_due, "what is due to the curator before is a part of both");
    let given = |vault: &Pubkey| outside.get(vault).copied().unwrap_or(0);
    assert_eq!(i128::from(view.vault), ledger + given(&pool.vault), "main vault equals its ledgers");
    let insurance = [pool.insurance_cash, pool.insurance_withdrawals_due, pool.insurance_deposits_due]
        .map(i128::from)
        .iter()
        .sum::<i128>();
    let held = i128::from(view.insurance_vault);
    assert_eq!(held, insurance + given(&pool.insurance_vault), "insurance vault equals its ledgers");
}

/// Asserts that the capacity which is reserved is that of all commitments.
fn capacity(view: &PoolView) {
    let mut of_series: BTreeMap<(u8, u32), (u64, u64)> = BTreeMap::new();
    let (mut reserve, mut premiums) = (0, 0);
    let mut room: BTreeMap<u8, (u64, u64)> = BTreeMap::new();
    for account in view.accounts.values() {
        for (leg, stored) in account.commitment.legs().iter().zip(&account.commitment.legs) {
            let payoff = cap_payoff(&view.registry.series[usize::from(stored.slot)]);
            let opening = Points(i64::try_from(stored.opening).expect("points"));
            let amount = scale(view).native(opening, payoff, Rounding::Ceil).expect("a product").0.unsigned_abs();
            let entry = of_series.entry((leg.series.slot, leg.series.generation)).or_default();
            let (points, native) =
                if leg.points > 0 { (&mut entry.0, &mut reserve) } else { (&mut entry.1, &mut premiums) };
            *points += stored.opening;
            *native += amount;
            let (up, down) = room.entry(view.registry.series[usize::from(stored.slot)].underlying).or_default();
            *(if stored.delta > 0 { up } else { down }) += stored.delta.unsigned_abs();
        }
    }
    for (place, underlying) in view.pool.underlyings.iter().enumerate() {
        let committed = room.get(&(place as u8)).copied().unwrap_or_default();
        let carry = &underlying.carry;
        assert_eq!((carry.committed_up, carry.committed_down), committed, "room for direction of underlying {place}");
    }
    assert_eq!((view.pool.committed_reserve, view.pool.committed_premiums), (reserve, premiums), "committed capacity");
    for (id, series) in view.series() {
        let committed = of_series.get(&(id.slot, id.generation)).copied().unwrap_or_default();
        assert_eq!((series.committed_long, series.committed_short), committed, "committed points of a series");
    }
}

pub(super) fn open_interest(view: &PoolView) {
    let mut sides: BTreeMap<u8, (i64, i64)> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (account, position) in view.positions() {
        assert!(seen.insert((*account, position.slot)), "two positions of one account on one slot");
        let series = &view.registry.series[usize::from(position.slot)];
        assert_eq!(series.generation, position.generation, "a position of an earlier series of its slot");
        assert_ne!(series.status(), SeriesStatus::Free, "a position of a free slot");
        let side = sides.entry(position.slot).or_default();
        if position.points > 0 { side.0 += position.points } else { side.1 -= position.points }
    }
    for (slot, series) in view.registry.series.iter().enumerate() {
        let side = sides.get(&(slot as u8)).copied().unwrap_or_default();
        assert_eq!((series.long_points, series.short_points), side, "open interest of slot {slot}");
    }
}

pub(super) fn unsettled_funding(view: &PoolView) {
    for (id, series) in view.series() {
        let of_series: Vec<_> = view.positions().filter(|(_, p)| p.series() == id).map(|(_, p)| p).collect();
        let unit = 10u64.pow(view.pool.scale_exponent.into()).ilog2() + FundingIndex::FRACTION_BITS;
        let sum = |sign: i64| {
            let side = of_series.iter().filter(|p| p.points.signum() == sign);
            // Bought positions count rounded up, written ones rounded down.
            side.map(|p| -((-i128::from(p.points) * p.snapshot().0) >> unit) * i128::from(sign)).sum::<i128>() as u64
        };
        let bases = (series.bought_basis, series.written_basis);
        assert_eq!(bases, (sum(1), sum(-1)), "sums of snapshots of slot {}", id.slot);
        let index = series.funding().index;
        let owed = of_series.iter().map(|p| funding::owed(p.points(), index, p.snapshot(), scale(view)).unwrap().0);
        let (owed, count) = (owed.sum::<i64>(), of_series.len() as i64);
        let claim = series.pool_claim(scale(view)).unwrap().0;
        assert!(claim <= owed && owed <= claim + 2 * count + 2, "pool claims {claim}, {count} positions owe {owed}");
    }
}

/// Asserts that both sides of the delta are those of all positions in live series, to the last bit.
fn direction(view: &PoolView) {
    let mut sides: BTreeMap<u8, [i128; 2]> = BTreeMap::new();
    for (_, position) in view.positions() {
        let series = &view.registry.series[usize::from(position.slot)];
        // An exercised option can no longer be traded.
        if series.status() == SeriesStatus::Live {
            let delta = i128::from(position.points) * i128::from(series.slope);
            let [up, down] = sides.entry(series.underlying).or_default();
            *(if delta > 0 { up } else { down }) += delta.abs();
        }
    }
    for (place, underlying) in view.pool.underlyings.iter().enumerate() {
        let [up, down] = sides.get(&(place as u8)).copied().unwrap_or_default();
        let carry = &underlying.carry;
        assert_eq!((carry.up.get(), carry.down.get()), (up, down), "sides of underlying {place}");
        let points_dollars = 10i128.pow(view.pool.scale_exponent.into()) << 16;
        assert_eq!(
            i128::from(carry.net_delta),
            (up - down).div_euclid(points_dollars),
            "net delta of underlying {place}"
        );
    }
}

pub(super) fn solvency(view: &PoolView, outside: &Outside) {
    let scale = scale(view);
    let mut reserved = 0;
    for (_, series) in view.series() {
        let payoff = cap_payoff(series);
        reserved += reserve::required(series.long(), payoff, scale).unwrap().0;
    }
    assert_eq!(view.pool.reserved_collateral, reserved, "reserves are those of all series");
    direction(view);
    // What covers a debt stays, in insurance or in pool cash, until it is absorbed: otherwise whoever is paid last goes without it.
    let insured = i128::from(view.pool.insurance_cash) + i128::from(view.pool.insurance_due);
    let kept = i128::from(view.pool.pool_cash) - (i128::from(view.pool.debts) - insured).max(0);
    assert!(kept >= 0, "{kept} of pool cash {} beside debts of {}", view.pool.pool_cash, view.pool.debts);
    // What anybody owes does not count: it pays nobody before it has come in.
    let excused = seizures::excuses_reserve(view, outside);
    assert!(
        excused || i128::from(view.pool.pool_cash) >= i128::from(reserved),
        "pool cash {} does not cover reserves {reserved}",
        view.pool.pool_cash
    );
}
