//! Nobody goes without while another account owes what would pay them, and whatever an account owes can be collected.

use super::{Change, Check};
use crate::seizures;
use anchor_lang::{Discriminator, solana_program::instruction::Instruction};
use evergreen_sdk::{address, events::Event, evergreen::instruction as args};

/// Asserts that a payment was cut only in a distressed pool, or where less than a hundredth of what was cut could still be collected, which is computed from accounts and their positions.
pub(super) fn payments(change: &Change) {
    if change.before.pool.is_distressed() || change.after.pool.is_distressed() {
        return;
    }
    for event in change.outcome.events() {
        match event {
            Event::PaymentCut(e) if change.after.accounts.contains_key(&e.account) => {
                let left = change.after.pool.means().expect("means");
                let short = (left.reserved.0 as i64 - left.spendable.0).max(0).unsigned_abs();
                cut(e.amount + short, change.markets.owed_by_accounts(), change.after.positions().count());
            }
            _ => {}
        }
    }
}

/// Asserts that nothing that accounts owe would have paid what was cut, native units. Each position is rounded up there and each side down in the program.
fn cut(amount: u64, owed: i64, positions: usize) {
    let rounding = 2 * positions as i64 + 2;
    assert!((owed - rounding).saturating_mul(100) < amount as i64, "{amount} cut while accounts owe {owed}");
}

/// Asserts of a transaction that does nothing but settle accounts without their owners: the pool has what it has to keep, no account is worth more or less than before but for roundings, and none owes a whole unit any
/// more in any of its positions.
pub(super) fn set_offs(change: &Change, check: &Check) {
    let settles = |i: &Instruction| {
        i.program_id == address::PROGRAM
            && i.data.starts_with(args::SettlePositions::DISCRIMINATOR)
            && !i.accounts.iter().any(|meta| meta.is_signer)
    };
    if !check.instructions.iter().all(settles) {
        return;
    }
    let found = change.before.pool.means().expect("means");
    assert!(change.after.pool.overpaid(&found).expect("a sum").is_zero(), "a settlement has paid too much");
    for meta in check.instructions.iter().flat_map(|i| &i.accounts) {
        let (Some(before), Some(after)) =
            (change.before.accounts.get(&meta.pubkey), change.after.accounts.get(&meta.pubkey))
        else {
            continue;
        };
        let open = before.open_positions().count() as i64;
        let paid = (before.arrears - after.arrears) as i64;
        // A loss by seizure is borne when an account is next opened.
        let lost = before.cash - seizures::cash_left(before, &change.before.pool);
        let (was, is) = (change.earlier.equity(before) - lost, change.markets.equity(after) + paid);
        assert!((was - is).abs() <= 2 * open + 1, "{} was worth {was} and is worth {is}", meta.pubkey);
        for place in after.open_positions() {
            let owed = change.markets.owed_as_touched(&after.positions[place]);
            assert!(owed <= 2, "{} owes {owed} in place {place}", meta.pubkey);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::cut;

    #[test]
    fn a_cut_is_right_where_next_to_nothing_can_be_collected() {
        cut(1_000_000, 9_999, 0);
        cut(1_000_000, 10_000 + 40, 20);
    }

    #[test]
    #[should_panic(expected = "1000000 cut while accounts owe 20000")]
    fn a_cut_is_wrong_while_others_owe_a_fiftieth() {
        cut(1_000_000, 20_000, 20);
    }
}
