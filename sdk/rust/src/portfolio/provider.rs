//! What a provider of liquidity has paid and got, out of a pool's events.

use crate::events::Event;
use anchor_lang::prelude::Pubkey;
use evergreen::types::ShareClass;
use std::collections::BTreeMap;

/// Shares that are somewhere, and what they have cost, native units.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Lot {
    /// Shares.
    pub shares: u64,
    /// Their cost by average.
    pub cost: u64,
}

impl Lot {
    /// Takes a part of the shares out, with its part of the cost, rounded up. More than there are take all: the rest came from elsewhere and its cost is not known.
    fn take(&mut self, shares: u64) -> Self {
        let taken = shares.min(self.shares);
        let product = u128::from(self.cost) * u128::from(taken);
        let cost = product
            .checked_div(u128::from(self.shares))
            .map_or(0, |down| down + u128::from(down * u128::from(self.shares) != product));
        let cost = u64::try_from(cost).unwrap_or(self.cost).min(self.cost);
        (self.shares, self.cost) = (self.shares - taken, self.cost - cost);
        Self { shares: taken, cost }
    }

    const fn add(&mut self, other: Self) {
        self.shares = self.shares.saturating_add(other.shares);
        self.cost = self.cost.saturating_add(other.cost);
    }
}

/// A payment into or out of the liquidity of an owner, native units.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Provision {
    /// A deposit was executed, or given back after all.
    Deposit {
        /// What was paid in.
        amount: u64,
    },
    /// A withdrawal was executed, shares were redeemed, or a deposit was given back.
    Withdrawal {
        /// What was paid out or set aside to be claimed.
        amount: u64,
        /// What the shares had cost, by average.
        cost: i128,
    },
}

/// What one owner has provided in one class of a pool. Take all transactions of the pool, the oldest first and each once.
///
/// Shares are ordinary tokens: those that were sent from elsewhere have no cost here, and those that were sent away keep theirs. [`Provider::known`] tells how many of the shares
/// held have a cost.
///
/// ```
/// use evergreen_sdk::{anchor_lang::prelude::Pubkey, evergreen::{events, state::ShareClass}, events::Event, portfolio::{Provider, Provision}};
///
/// let (pool, owner) = (Pubkey::new_from_array([1; 32]), Pubkey::new_from_array([2; 32]));
/// let mut provider = Provider::new(pool, owner, ShareClass::Main);
/// let (class, id) = (ShareClass::Main, 0);
/// let payments = provider.take(&[Event::LiquidityDeposited(events::LiquidityDeposited { pool, class, provider: owner, id, amount: 30, shares: 29_000, assets: 0 })]);
/// assert_eq!((provider.held.shares, provider.held.cost), (29_000, 30));
/// assert_eq!(payments, [Provision::Deposit { amount: 30 }]);
/// ```
#[derive(Clone, Debug)]
pub struct Provider {
    pool: Pubkey,
    owner: Pubkey,
    class: ShareClass,
    /// Shares that were minted for the owner and not handed in, with their cost.
    pub held: Lot,
    /// Shares of withdrawal requests that wait, by place in the queue, with their cost.
    pub waiting: BTreeMap<u64, Lot>,
    /// Requests of generations that have ended, by number: their generation and shares, which come back when they are cancelled.
    outlived: BTreeMap<u64, (u64, Lot)>,
    /// Shares of generations that have ended, with their cost.
    pub retired: BTreeMap<u32, Lot>,
    /// Tokens of deposits on their way, by number of the request.
    pub in_transit: BTreeMap<u64, u64>,
    /// Tokens paid in by deposits that were executed.
    pub paid_in: u64,
    /// What withdrawals and redemptions have come to, less the cost of their shares; negative for a loss.
    pub realised: i128,
    /// What executed withdrawals, redemptions and deposits that were given back have paid, or set aside to be claimed.
    pub paid_out: u64,
    /// Fees of deposits that were given back.
    pub fees: u64,
}

impl Provider {
    /// Makes it before any transaction.
    pub const fn new(pool: Pubkey, owner: Pubkey, class: ShareClass) -> Self {
        Self {
            pool,
            owner,
            class,
            held: Lot { shares: 0, cost: 0 },
            waiting: BTreeMap::new(),
            outlived: BTreeMap::new(),
            retired: BTreeMap::new(),
            in_transit: BTreeMap::new(),
            paid_in: 0,
            realised: 0,
            paid_out: 0,
            fees: 0,
        }
    }

    /// Returns how many of `held` shares in the owner's wallet have a cost here.
    pub fn known(&self, held: u64) -> u64 {
        held.min(self.held.shares)
    }

    /// Returns the cost of `held` shares in the owner's wallet, native units, rounded up; `None` where some of them came from elsewhere.
    pub fn cost_of(&self, held: u64) -> Option<u64> {
        (held <= self.held.shares).then(|| {
            let mut lot = self.held;
            lot.take(held).cost
        })
    }

    /// Takes the events of the next transaction, and returns the payments among them in order.
    pub fn take(&mut self, events: &[Event]) -> Vec<Provision> {
        let mut payments = Vec::new();
        for event in events {
            let (paid_in, paid_out, realised) = (self.paid_in, self.paid_out, self.realised);
            self.step(event);
            let (deposit, amount) = (self.paid_in - paid_in, self.paid_out - paid_out);
            if deposit > 0 {
                payments.push(Provision::Deposit { amount: deposit });
            }
            if amount > 0 || self.realised != realised {
                payments.push(Provision::Withdrawal { amount, cost: i128::from(amount) - (self.realised - realised) });
            }
        }
        payments
    }

    fn is_of(&self, pool: Pubkey, class: ShareClass) -> bool {
        (pool, class) == (self.pool, self.class)
    }

    fn step(&mut self, event: &Event) {
        match event {
            Event::DepositRequested(e) if self.is_of(e.pool, e.class) && e.owner == self.owner => {
                self.in_transit.insert(e.id, e.amount);
            }
            Event::LiquidityDeposited(e) if self.is_of(e.pool, e.class) && e.provider == self.owner => {
                // A seizure on the way is a loss of the provider: the shares have cost what was paid.
                let paid = self.in_transit.remove(&e.id).unwrap_or(e.amount);
                self.held.add(Lot { shares: e.shares, cost: paid });
                self.paid_in = self.paid_in.saturating_add(paid);
            }
            Event::DepositReturned(e) if self.is_of(e.pool, e.class) && e.owner == self.owner => {
                let paid = self.in_transit.remove(&e.id).unwrap_or(e.amount.saturating_add(e.fee));
                self.fees = self.fees.saturating_add(e.fee);
                self.paid_in = self.paid_in.saturating_add(paid);
                self.paid_out = self.paid_out.saturating_add(e.amount);
                self.realised += i128::from(e.amount) - i128::from(paid);
            }
            Event::WithdrawalRequested(e) if self.is_of(e.pool, e.class) && e.owner == self.owner => {
                let taken = self.held.take(e.shares);
                self.waiting.insert(e.number, Lot { shares: e.shares, ..taken });
            }
            Event::WithdrawalPassed(e) if self.is_of(e.pool, e.class) => {
                // Without a place it has left the queue and waits to be cancelled, or was cancelled before.
                if let Some(place) = e.place
                    && let Some(lot) = self.waiting.remove(&e.number)
                {
                    self.waiting.insert(place, lot);
                }
            }
            Event::WithdrawalExecuted(e) if self.is_of(e.pool, e.class) => {
                let Some(lot) = self.waiting.get_mut(&e.number) else { return };
                let gone = lot.take(e.shares);
                if lot.shares == 0 {
                    self.waiting.remove(&e.number);
                }
                self.paid_out = self.paid_out.saturating_add(e.amount);
                self.realised += i128::from(e.amount) - i128::from(gone.cost);
            }
            Event::WithdrawalCancelled(e) if self.is_of(e.pool, e.class) && e.owner == self.owner => {
                // What does not come back were gains of others; its cost stays with what does.
                if let Some(lot) = self.waiting.remove(&e.number) {
                    self.held.add(Lot { shares: e.back, cost: lot.cost });
                } else if let Some((generation, lot)) = self.outlived.remove(&e.number) {
                    let generation = generation.try_into().unwrap_or_default();
                    self.retired.entry(generation).or_default().add(Lot { shares: e.back, cost: lot.cost });
                } else {
                    self.held.add(Lot { shares: e.back, cost: 0 });
                }
            }
            Event::SharesRenewed(e) if self.is_of(e.pool, e.class) => {
                let held = core::mem::take(&mut self.held);
                let waiting = core::mem::take(&mut self.waiting);
                self.outlived.extend(waiting.into_iter().map(|(number, lot)| (number, (e.generation.into(), lot))));
                self.retired.entry(e.generation).or_default().add(held);
            }
            Event::RetiredRedeemed(e) if self.is_of(e.pool, e.class) && e.owner == self.owner => {
                let gone = self.retired.entry(e.generation).or_default().take(e.shares);
                self.paid_out = self.paid_out.saturating_add(e.amount);
                self.realised += i128::from(e.amount) - i128::from(gone.cost);
            }
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_part_takes_its_part_of_the_cost_rounded_up() {
        let mut lot = Lot { shares: 3_000, cost: 100 };
        assert_eq!(lot.take(1_000), Lot { shares: 1_000, cost: 34 });
        assert_eq!(lot.take(5_000), Lot { shares: 2_000, cost: 66 });
        assert_eq!((lot, lot.take(1)), (Lot::default(), Lot::default()));
    }
}
