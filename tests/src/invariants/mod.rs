//! What must hold after every transaction, read from the accounts themselves.
//!
//! 1. Vaults hold what the ledgers say plus what was put there (or taken) from outside; ledgers are sums of accounts, to
//!    the unit as long as nobody's claim has borne a loss by seizure.
//! 2. Open interest is the sum of positions; every position is of the series that its slot holds.
//! 3. The pool's unsettled funding is that of all accounts, exactly in the basis, within one unit each in native units.
//! 4. Pool cash and unsettled funding cover all reserves, but for a pool that is distressed by a seizure; reserves and
//!    inventory are those of the open interest.
//! 5. Who added risk has cash and initial and maintenance health.
//! 6. Shares are those of holders and withdrawals; nobody joins or leaves at the others' cost, and a share's price falls by
//!    nothing but bad debt and seizure (`shares`).
//! 7. A liquidation does not lower health, and what it pays was taken from the account or drawn on insurance
//!    (`liquidations`).
//! 8. Who added risk cannot undo it at once with a profit, whole or in parts ([`round_trips`]).
//! 9. Every price used was good enough for its use (`price_table`).
//! 10. When all have left, nothing is left ([`crate::leaving`], at the end of a story).

mod ledgers;
mod liquidations;
mod price_table;
mod published;
mod risk;
pub mod round_trips;
mod shares;

use crate::{
    chain::Stored,
    outcome::Outcome,
    snapshot::{PoolView, Snapshot},
    valuation::{Markets, Prices},
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use std::collections::BTreeMap;

/// What happened outside of the program, by address: tokens given to (taken from) vaults, shares burnt of a mint; of a
/// pool, units of dust that losses by seizure have left ([`crate::seizures`]).
pub type Outside = BTreeMap<Pubkey, i128>;

/// Everything that must hold.
pub struct Check<'a> {
    /// Before the transaction.
    pub before: &'a Snapshot,
    /// After it.
    pub after: &'a Snapshot,
    /// Its instructions.
    pub instructions: &'a [Instruction],
    /// What came of it.
    pub outcome: &'a Outcome,
    /// Prices now.
    pub prices: &'a Prices,
    /// Accounts of price sources, by address.
    pub published: &'a BTreeMap<Pubkey, Stored>,
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
        ledgers::conservation(&view, check.outside);
        ledgers::open_interest(&view);
        ledgers::unsettled_funding(&view);
        ledgers::solvency(&view, check.outside);
        shares::held(&view, check);
        let Some(before) = before.get(&view.key).filter(|_| check.outcome.succeeded()) else { continue };
        let change = Change {
            earlier: Markets::new(before, check.after, check.prices),
            markets: Markets::new(&view, check.after, check.prices),
            before,
            after: &view,
            outcome: check.outcome,
        };
        risk::added(&change);
        shares::joined_and_left(&change);
        shares::prices(&change);
        liquidations::check(&change);
    }
    if check.outcome.succeeded() {
        price_table::check(check);
    }
}

/// What a transaction did to one pool. Both states are valued at the moment after it, so that neither a price nor the
/// time that has passed makes a difference.
struct Change<'a> {
    before: &'a PoolView,
    after: &'a PoolView,
    /// The state before, valued.
    earlier: Markets<'a>,
    /// The state after, valued.
    markets: Markets<'a>,
    outcome: &'a Outcome,
}
