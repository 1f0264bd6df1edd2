//! Requests of liquidity, rebuilt from events.

use super::{Replay, Withdrawal};
use crate::snapshot::PoolView;
use evergreen_sdk::events::Event;
use std::collections::BTreeMap;

impl Replay {
    /// Applies a request of liquidity, its execution or its end.
    pub(super) fn requests(&mut self, event: &Event) {
        match event {
            Event::DepositRequested(_) | Event::DepositReturned(_) => self.deposits(event),
            Event::LiquidityDeposited(e) => {
                self.deposits(event);
                let ledgers = self.ledgers(&e.pool);
                *ledgers.capital(e.class) += i128::from(e.amount);
                ledgers.shares[e.class as usize] += i128::from(e.shares);
            }
            Event::WithdrawalRequested(e) => {
                let withdrawal = Withdrawal { owner: e.owner, shares: e.shares, payable: 0 };
                self.withdrawals.insert((e.pool, e.class as u8, e.number), withdrawal);
            }
            Event::WithdrawalExecuted(e) => {
                let withdrawal = self.withdrawals.get_mut(&(e.pool, e.class as u8, e.number)).expect("a withdrawal");
                withdrawal.shares -= e.shares;
                withdrawal.payable += e.amount;
                let ledgers = self.ledgers(&e.pool);
                *ledgers.capital(e.class) -= i128::from(e.amount);
                ledgers.withdrawals_due[e.class as usize] += i128::from(e.amount);
                ledgers.shares[e.class as usize] -= i128::from(e.shares);
            }
            Event::LiquidityClaimed(e) if e.number.is_none() => self.deposits(event),
            Event::LiquidityClaimed(e) => {
                let place = (e.pool, e.class as u8, e.number.expect("a withdrawal"));
                let seized = self.seized.contains(&e.pool);
                let withdrawal = self.withdrawals.get_mut(&place).expect("a withdrawal");
                assert!(withdrawal.payable == e.amount || seized, "a claim does not pay what was executed");
                withdrawal.payable = 0;
                if e.closed {
                    self.withdrawals.remove(&place);
                }
                self.ledgers(&e.pool).withdrawals_due[e.class as usize] -= i128::from(e.amount);
            }
            Event::WithdrawalCancelled(e) => {
                let place = (e.pool, e.class as u8, e.number);
                self.withdrawals.get_mut(&place).expect("a withdrawal").shares -= e.shares;
                // Nothing is kept of shares of an earlier generation.
                self.ledgers(&e.pool).shares[e.class as usize] -= i128::from(e.shares - e.back);
            }
            Event::WithdrawalPassed(e) => {
                if let Some(place) = e.place {
                    let withdrawal = self.withdrawals.remove(&(e.pool, e.class as u8, e.number)).expect("a withdrawal");
                    self.withdrawals.insert((e.pool, e.class as u8, place), withdrawal);
                }
            }
            _ => {}
        }
    }

    /// Applies the request, the end or the claim of a deposit.
    fn deposits(&mut self, event: &Event) {
        match event {
            Event::DepositRequested(e) => {
                let known = self.deposits.insert((e.pool, e.class as u8, e.owner, e.id), (e.amount, 0));
                assert!(known.is_none(), "a deposit was requested twice");
                self.ledgers(&e.pool).deposits_due[e.class as usize] += i128::from(e.amount);
            }
            Event::LiquidityDeposited(e) => {
                let key = (e.pool, e.class as u8, e.provider, e.id);
                let (waiting, payable) = self.deposits.remove(&key).expect("a deposit");
                assert!((waiting, payable) == (e.amount, 0) || self.seized.contains(&e.pool), "another amount");
                self.ledgers(&e.pool).deposits_due[e.class as usize] -= i128::from(e.amount);
            }
            Event::DepositReturned(e) => {
                let seized = self.seized.contains(&e.pool);
                let deposit = self.deposits.get_mut(&(e.pool, e.class as u8, e.owner, e.id)).expect("a deposit");
                assert!(deposit.0 == e.amount + e.fee || seized, "another amount");
                *deposit = (0, e.amount);
                let ledgers = self.ledgers(&e.pool);
                ledgers.deposits_due[e.class as usize] -= i128::from(e.amount + e.fee);
                ledgers.withdrawals_due[e.class as usize] += i128::from(e.amount);
                *ledgers.capital(e.class) += i128::from(e.fee);
            }
            Event::LiquidityClaimed(e) => {
                let (waiting, payable) =
                    self.deposits.remove(&(e.pool, e.class as u8, e.owner, e.id)).expect("a deposit");
                assert!(e.closed && (waiting == 0 || self.seized.contains(&e.pool)), "a claim ends a deposit");
                assert!(payable == e.amount || self.seized.contains(&e.pool), "a claim pays what was given back");
                self.ledgers(&e.pool).withdrawals_due[e.class as usize] -= i128::from(e.amount);
            }
            _ => {}
        }
    }

    /// Compares deposits with the accounts. Losses by seizure are borne when they end.
    pub(super) fn check_deposits(&self, view: &PoolView) {
        let seized = self.seized.contains(&view.key);
        let of_chain = view.deposits.values().map(|deposit| {
            let key = (view.key, deposit.class, deposit.owner, deposit.id);
            let told = self.deposits.get(&key).filter(|_| seized);
            (key, told.copied().unwrap_or((deposit.deposit, deposit.payable)))
        });
        let of_log = self.deposits.iter().filter(|((pool, ..), _)| *pool == view.key).map(|(k, d)| (*k, *d));
        assert_eq!(of_log.collect::<BTreeMap<_, _>>(), of_chain.collect(), "deposits rebuilt from the log");
    }
}
