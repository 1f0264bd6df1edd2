//! What must hold after every transaction, read from the accounts themselves.
//!
//! 1. Vaults hold what the ledgers say plus what was put there (or taken) from outside; ledgers are sums of accounts, to
//!    the unit as long as nobody's claim has borne a loss by seizure.
//! 2. Open interest is the sum of positions; every position is of the series that its slot holds.
//! 3. The pool's unsettled funding is that of all accounts, exactly in the basis, within one unit each in native units.
//! 4. Pool cash and unsettled funding cover all locks, but for a pool that is distressed by a seizure; locks and inventory are those of the open interest.
//! 5. Who added risk has cash and initial and maintenance health.
//! 6. Shares are those of holders and tickets; nobody joins or leaves at the others' cost.
//! 7. A liquidation does not lower health.

use crate::{
    outcome::Outcome,
    seizures,
    snapshot::{PoolView, Snapshot},
    tokens,
    valuation::{Markets, Prices, cap_payoff, scale},
};
use anchor_lang::prelude::Pubkey;
use evergreen_math::{Native, Rounding, funding, locks, margin::HealthLevel};
use evergreen_sdk::{
    events::Event,
    evergreen::state::{MarginAccount, SeriesStatus, ShareClass, ShareLedger},
};
use std::collections::{BTreeMap, BTreeSet};

/// What happened outside of the program, by address: tokens given to (taken from) vaults, shares burnt of a mint; of a
/// pool, units of dust that losses by seizure have left ([`seizures`]).
pub type Outside = BTreeMap<Pubkey, i128>;

/// Everything that must hold.
pub struct Check<'a> {
    /// Before the transaction.
    pub before: &'a Snapshot,
    /// After it.
    pub after: &'a Snapshot,
    /// What came of it.
    pub outcome: &'a Outcome,
    /// Prices now.
    pub prices: &'a Prices,
    /// What happened outside of the program.
    pub outside: &'a Outside,
}

/// Checks all pools.
///
/// # Panics
/// If an invariant is broken.
pub fn check(check: &Check) {
    if !check.outcome.succeeded() {
        assert!(check.before == check.after, "a failed transaction changed an account");
    }
    let before: BTreeMap<Pubkey, PoolView> = check.before.pools().into_iter().map(|v| (v.key, v)).collect();
    for view in check.after.pools() {
        conservation(&view, check.outside);
        open_interest(&view);
        unsettled_funding(&view);
        solvency(&view, check.outside);
        shares(&view, check);
        let Some(before) = before.get(&view.key) else { continue };
        let markets = Markets::new(&view, check.after, check.prices);
        added_risk(before, &view, &markets);
        joined_and_left(before, &view, &markets, check.outcome);
        liquidations(&view, &markets, check.outcome);
    }
}

fn conservation(view: &PoolView, outside: &Outside) {
    let pool = &view.pool;
    let dust = seizures::dust(view, outside);
    let cash: i128 = view.accounts.values().map(|a| i128::from(seizures::cash_left(a, pool))).sum();
    seizures::covers(pool.margin_cash.into(), cash, dust, "margin cash is the sum of accounts");
    let debts: u64 = view.accounts.values().map(|a| a.cash.min(0).unsigned_abs()).sum();
    assert_eq!(pool.debts, debts, "debts are those of accounts with negative cash");
    for (class, due) in [(ShareClass::Main, pool.tickets_due), (ShareClass::Insurance, pool.insurance_tickets_due)] {
        let payable: u64 = view.tickets_of(class).map(|t| seizures::payable_left(t, pool)).sum();
        seizures::covers(due.into(), payable.into(), dust, "tickets due are those of all tickets");
    }
    let ledger = i128::from(pool.pool_cash)
        + i128::from(pool.margin_cash)
        + [pool.fees_due, pool.insurance_due, pool.tickets_due, pool.referrals_due, pool.tips_due]
            .map(i128::from)
            .iter()
            .sum::<i128>();
    let given = |vault: &Pubkey| outside.get(vault).copied().unwrap_or(0);
    assert_eq!(i128::from(view.vault), ledger + given(&pool.vault), "main vault equals its ledgers");
    let insurance = i128::from(pool.insurance_cash) + i128::from(pool.insurance_tickets_due);
    let held = i128::from(view.insurance_vault);
    assert_eq!(held, insurance + given(&pool.insurance_vault), "insurance vault equals its ledgers");
}

fn open_interest(view: &PoolView) {
    let mut sides: BTreeMap<u8, (i64, i64)> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    for (account, position) in view.positions() {
        assert!(seen.insert((*account, position.slot)), "two positions of one account on one slot");
        let series = &view.book.series[usize::from(position.slot)];
        assert_eq!(series.generation, position.generation, "a position of an earlier series of its slot");
        assert_ne!(series.status(), SeriesStatus::Free, "a position of a free slot");
        let side = sides.entry(position.slot).or_default();
        if position.points > 0 { side.0 += position.points } else { side.1 -= position.points }
    }
    for (slot, series) in view.book.series.iter().enumerate() {
        let side = sides.get(&(slot as u8)).copied().unwrap_or_default();
        assert_eq!((series.long_points, series.short_points), side, "open interest of slot {slot}");
    }
}

fn unsettled_funding(view: &PoolView) {
    for (id, series) in view.series() {
        let of_series: Vec<_> = view.positions().filter(|(_, p)| p.series() == id).map(|(_, p)| p).collect();
        let basis: i128 = of_series.iter().map(|p| i128::from(p.points) * p.snapshot().0).sum();
        assert_eq!(series.funding().claim_basis, basis, "claim basis of slot {}", id.slot);
        let index = series.funding().index;
        let owed = of_series.iter().map(|p| funding::owed(p.points(), index, p.snapshot(), scale(view)).unwrap().0);
        let (owed, count) = (owed.sum::<i64>(), of_series.len() as i64);
        let claim = series.pool_claim(scale(view)).unwrap().0;
        assert!(claim <= owed && owed <= claim + count + 1, "pool claims {claim}, {count} positions owe {owed}");
    }
}

fn solvency(view: &PoolView, outside: &Outside) {
    let scale = scale(view);
    let mut locked = 0;
    let mut net: BTreeMap<(u8, u8), i64> = BTreeMap::new();
    let mut claims = 0;
    for (_, series) in view.series() {
        let payoff = cap_payoff(series);
        locked += locks::lock(series.long(), payoff, scale).unwrap().0;
        let entry = net.entry((series.underlying, series.kind)).or_default();
        *entry += scale.native(series.net().unwrap(), payoff, Rounding::Ceil).unwrap().0;
        claims += series.pool_claim(scale).unwrap().0;
    }
    assert_eq!(view.pool.locks, locked, "locks are those of all series");
    for (place, underlying) in view.pool.underlyings.iter().enumerate() {
        let of = |kind| net.get(&(place as u8, kind)).copied().unwrap_or(0);
        assert_eq!((underlying.net_calls, underlying.net_puts), (of(0), of(1)), "inventory of underlying {place}");
    }
    let cover = view.pool.pool_cash + claims;
    let excused = seizures::excuses_locks(view, outside);
    assert!(
        excused || i128::from(cover) >= i128::from(locked),
        "pool cash and claims {cover} do not cover locks {locked}"
    );
}

fn shares(view: &PoolView, check: &Check) {
    for class in [ShareClass::Main, ShareClass::Insurance] {
        let (ledger, mint) = (view.pool.shares(class), view.pool.share_mint(class));
        let waiting: u64 = view.tickets_of(class).map(|t| t.shares).sum();
        assert_eq!(ledger.in_tickets, waiting, "{class:?}: shares in tickets");
        let supply = i128::from(tokens::supply_in(&check.after.accounts[&mint].data));
        let burnt = check.outside.get(&mint).copied().unwrap_or(0);
        assert_eq!(i128::from(ledger.total), supply + burnt + i128::from(waiting), "{class:?}: shares of all holders");
    }
}

/// Accounts of which a position grew, or changed sides.
fn grown<'a>(before: &PoolView, after: &'a PoolView) -> Vec<(&'a Pubkey, &'a MarginAccount)> {
    let grew = |key: &Pubkey, account: &MarginAccount| {
        account.positions.iter().filter(|p| p.points != 0).any(|p| {
            let held = before.held(key, p.series());
            p.points.unsigned_abs() > held.unsigned_abs() || (held < 0) != (p.points < 0)
        })
    };
    after.accounts.iter().filter(|(key, account)| grew(key, account)).map(|(key, a)| (key, &**a)).collect()
}

fn added_risk(before: &PoolView, after: &PoolView, markets: &Markets) {
    let grown = grown(before, after);
    for (key, account) in &grown {
        assert!(account.cash >= 0, "{key} added risk with cash {}", account.cash);
        for level in [HealthLevel::Initial, HealthLevel::Maintenance] {
            let health = markets.health(account, level);
            assert!(health >= 0, "{key} added risk with {level:?} health {health}");
        }
        for position in account.positions.iter().filter(|p| p.points < 0) {
            let series = &after.book.series[usize::from(position.slot)];
            if before.held(key, position.series()) > position.points {
                assert!(series.short_points <= series.long_points, "{key} wrote more than is bought");
            }
        }
    }
    let left = after.pool.main.total < before.pool.main.total;
    if left || !grown.is_empty() {
        let cash = Native(after.pool.pool_cash.max(0).unsigned_abs());
        let limit = locks::lock_limit(cash, evergreen_math::BasisPoints(after.pool.params.lock_limit_bps)).unwrap();
        assert!(after.pool.locks <= limit.0, "locks {} above their limit {}", after.pool.locks, limit.0);
    }
}

/// Shares are made at no less than their worth, and paid at no more; the worth is that of all accounts.
fn joined_and_left(before: &PoolView, after: &PoolView, markets: &Markets, outcome: &Outcome) {
    let priced = |ledger: &ShareLedger, assets: i64| (i128::from(ledger.total) + 1_000, i128::from(assets) + 1);
    let main = markets.net_assets();
    for event in outcome.events() {
        match event {
            Event::LiquidityDeposited(e) if e.pool == after.key => {
                let (all, assets) = priced(before.pool.shares(e.class), e.assets);
                assert!(i128::from(e.shares) * assets <= i128::from(e.amount) * all, "a deposit got too many shares");
                if e.class == ShareClass::Main {
                    assert_eq!(e.assets, main.upper.0 - e.amount as i64, "net assets at the deposit");
                }
            }
            Event::WithdrawalExecuted(e) if e.pool == after.key => {
                let (all, assets) = priced(before.pool.shares(e.class), e.assets);
                assert!(i128::from(e.amount) * all <= i128::from(e.shares) * assets, "a withdrawal was paid too much");
                if e.class == ShareClass::Main {
                    assert_eq!(e.assets, main.lower.0 + e.amount as i64, "net assets at the withdrawal");
                }
            }
            _ => {}
        }
    }
}

fn liquidations(after: &PoolView, markets: &Markets, outcome: &Outcome) {
    for event in outcome.events() {
        let Event::Liquidated(e) = event else { continue };
        let Some(account) = after.accounts.get(&e.account) else { continue };
        let health = markets.health(account, HealthLevel::Maintenance);
        assert!(health >= e.health_before, "a liquidation took maintenance health {} to {health}", e.health_before);
        assert!(e.health_before < 0, "an account in health was liquidated");
    }
}
