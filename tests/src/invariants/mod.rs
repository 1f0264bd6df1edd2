//! Invariants that must hold after every transaction, read from the accounts themselves.
//!
//! 1. Vaults hold what the ledgers say plus what was put there (or taken) without the program. Ledgers are sums of accounts, to
//!    the unit as long as no claim has borne a loss by seizure.
//! 2. Open interest is the sum of positions; every position is of the series that its slot holds.
//! 3. The pool's unsettled funding is that of all accounts: exactly in the sums of snapshots of both sides, within two units for each position in
//!    native units.
//! 4. Pool cash covers all reserves, except in a pool that is distressed by a seizure. Reserves and
//!    net delta are those of the open interest, and room for direction that of the commitments.
//! 5. An account that added risk has no negative cash, and neither initial nor maintenance health below zero (`risk`).
//! 6. Shares are those of holders and withdrawals. Nobody deposits or withdraws at the others' cost, and the price of a share
//!    falls only by bad debt, rewards from insurance and seizures (`shares`).
//! 7. A liquidation does not lower health, and what it pays was taken from the account or drawn on insurance
//!    (`liquidations`).
//! 8. An account that added risk cannot undo it at once with a profit, neither in one step nor in two ([`round_trips`]).
//! 9. Every price that was used was good enough for its use (`price_table`).
//! 10. Nobody is worse off by a transaction in which they have no part: neither an account with its options at their marks, nor cash, what is set aside, a request,
//!     an order or what is left for retired shares, to the unit (`bystander`).
//! 11. Nobody is paid less than they are owed while others owe what would pay them, and whatever an account owes can be collected (`uncollected`).
//! 12. When everybody has left, nothing is left ([`crate::leaving`], at the end of a test).

mod bystander;
mod exercised;
mod ledgers;
mod liquidations;
mod price_table;
mod published;
mod risk;
pub mod round_trips;
mod shares;
mod uncollected;

use crate::{
    chain::Stored,
    outcome::Outcome,
    snapshot::{PoolView, Snapshot},
    valuation::{Markets, Prices},
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use std::collections::BTreeMap;

/// What moved without the program, by address, in native units. For a vault it is the tokens given to it (negative: taken from
/// it), for a share mint the shares burnt, and for a pool the dust that losses by seizure have left ([`crate::seizures`]).
pub type Outside = BTreeMap<Pubkey, i128>;

/// A transaction, with all that its check needs.
pub struct Check<'a> {
    /// Accounts before the transaction.
    pub before: &'a Snapshot,
    /// Accounts after the transaction.
    pub after: &'a Snapshot,
    /// Instructions of the transaction.
    pub instructions: &'a [Instruction],
    /// Result of the transaction.
    pub outcome: &'a Outcome,
    /// Present prices by underlying.
    pub prices: &'a Prices,
    /// Accounts that the instructions name, by address; price accounts are looked up here.
    pub published: &'a BTreeMap<Pubkey, Stored>,
    /// What moved without the program.
    pub outside: &'a Outside,
}

/// Checks the invariants of all pools, and that a failed transaction has changed nothing.
///
/// # Panics
/// If an invariant is broken.
pub fn check(check: &Check) {
    if !check.outcome.succeeded() {
        assert!(check.before == check.after, "a failed transaction changed an account");
    }
    let at_present = price_table::at_present(check);
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
            at_present,
        };
        risk::added(&change);
        shares::joined_and_left(&change);
        shares::prices(&change);
        liquidations::check(&change);
        bystander::accounts(&change, check);
        bystander::claims(&change, check);
        uncollected::payments(&change);
        uncollected::set_offs(&change, check);
    }
    if check.outcome.succeeded() {
        price_table::check(check);
        exercised::check(check);
        bystander::wallets(check);
    }
}

/// What a transaction did to one pool. The states before and after are valued at the same moment, the one after the
/// transaction, so that neither prices nor time make a difference between them.
struct Change<'a> {
    before: &'a PoolView,
    after: &'a PoolView,
    /// Markets of the state before the transaction.
    earlier: Markets<'a>,
    /// Markets of the state after the transaction.
    markets: Markets<'a>,
    outcome: &'a Outcome,
    /// Whether deposits and withdrawals of liquidity were executed at the present prices.
    at_present: bool,
}
