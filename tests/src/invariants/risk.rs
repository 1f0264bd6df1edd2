//! An account that added risk can bear it.

use super::Change;
use crate::snapshot::PoolView;
use anchor_lang::prelude::Pubkey;
use evergreen_math::{BasisPoints, Native, margin::HealthLevel, reserve};
use evergreen_sdk::{events::Event, evergreen::state::MarginAccount};

/// Returns the accounts of which a position grew or changed sides.
pub(super) fn grown<'a>(before: &PoolView, after: &'a PoolView) -> Vec<(&'a Pubkey, &'a MarginAccount)> {
    let grew = |key: &Pubkey, account: &MarginAccount| {
        account.positions.iter().filter(|p| p.points != 0).any(|p| {
            let held = before.held(key, p.series());
            p.points.unsigned_abs() > held.unsigned_abs() || (held < 0) != (p.points < 0)
        })
    };
    after.accounts.iter().filter(|(key, account)| grew(key, account)).map(|(key, a)| (key, &**a)).collect()
}

pub(super) fn added(change: &Change) {
    let Change { before, after, markets, .. } = change;
    let grown = grown(before, after);
    for (key, account) in &grown {
        assert!(account.cash >= 0, "{key} added risk with cash {}", account.cash);
        for level in [HealthLevel::Initial, HealthLevel::Maintenance] {
            let health = markets.health(account, level);
            assert!(health >= 0, "{key} added risk with {level:?} health {health}");
        }
    }
    let cash = Native(after.pool.pool_cash.max(0).unsigned_abs());
    let reserves = after.pool.reserved_collateral + after.pool.committed_reserve;
    let committed = newly_committed(before, after);
    for account in &committed {
        for leg in account.commitment.legs().iter().filter(|leg| account.commitment.opening(leg.series) > 0) {
            let series = &after.registry.series[usize::from(leg.series.slot)];
            let short = series.short_points.unsigned_abs() + series.committed_short;
            assert!(
                leg.points > 0 || short <= series.long_points.unsigned_abs(),
                "more is to be written than is bought"
            );
        }
    }
    // A fill in the same transaction may have paid a premium after the commitment was checked.
    let filled = change.outcome.events().iter().any(|event| matches!(event, Event::CommitmentFilled(_)));
    if after.pool.main.total < before.pool.main.total || (!filled && committed.iter().any(|account| opens(account))) {
        let limit = reserve::reserve_limit(cash, BasisPoints(after.pool.params.reserve_limit_bps)).unwrap();
        assert!(reserves <= limit.0, "reserves {reserves} above their limit {}", limit.0);
    }
    if !grown.is_empty() {
        // A committed trade is filled without a further check, so this follows from the checks of commitments alone.
        let needs = reserves + after.pool.committed_premiums;
        assert!(needs <= cash.0, "reserves and premiums {needs} above pool cash {}", cash.0);
    }
}

/// Returns the accounts that a transaction has committed a trade of.
fn newly_committed<'a>(before: &PoolView, after: &'a PoolView) -> Vec<&'a MarginAccount> {
    let was_open = |key: &Pubkey| before.accounts.get(key).is_some_and(|account| account.commitment.is_open());
    let new = after.accounts.iter().filter(|(key, account)| account.commitment.is_open() && !was_open(key));
    new.map(|(_, account)| &**account).collect()
}

fn opens(account: &MarginAccount) -> bool {
    account.commitment.legs.iter().any(|leg| leg.opening > 0)
}
