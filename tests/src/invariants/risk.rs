//! An account that added risk can bear it.

use super::Change;
use crate::snapshot::PoolView;
use anchor_lang::prelude::Pubkey;
use evergreen_math::{BasisPoints, Native, margin::HealthLevel, reserve};
use evergreen_sdk::evergreen::state::MarginAccount;

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
        for position in account.positions.iter().filter(|p| p.points < 0) {
            let series = &after.registry.series[usize::from(position.slot)];
            if before.held(key, position.series()) > position.points {
                assert!(series.short_points <= series.long_points, "{key} wrote more than is bought");
            }
        }
    }
    let left = after.pool.main.total < before.pool.main.total;
    if left || !grown.is_empty() {
        let cash = Native(after.pool.pool_cash.max(0).unsigned_abs());
        let limit = reserve::reserve_limit(cash, BasisPoints(after.pool.params.reserve_limit_bps)).unwrap();
        assert!(
            after.pool.reserved_collateral <= limit.0,
            "reserves {} above their limit {}",
            after.pool.reserved_collateral,
            limit.0
        );
    }
}
