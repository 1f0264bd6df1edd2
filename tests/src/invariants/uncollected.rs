//! Nobody goes without while another account owes what would pay him.

use super::Change;
use evergreen_sdk::events::Event;

/// Asserts that a payment was cut only in a distressed pool, or where less than a hundredth of what was cut could still be collected from the sides of its series, which is
/// computed from their positions.
pub(super) fn payments(change: &Change) {
    if change.before.pool.is_distressed() || change.after.pool.is_distressed() {
        return;
    }
    for event in change.outcome.events() {
        let cut = match event {
            Event::PaymentCut(e) if change.after.accounts.contains_key(&e.account) => e.amount,
            _ => continue,
        };
        let owed: i64 = change.markets.owed_by_sides();
        // Each position is rounded up here and each side down there.
        let rounding = 2 * change.after.positions().count() as i64 + 2;
        assert!((owed - rounding).saturating_mul(100) < cut as i64, "{cut} cut while accounts owe {owed}");
    }
}
