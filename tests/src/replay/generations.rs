//! Withdrawal requests and generations of shares, rebuilt from events.

use super::{Replay, Withdrawal};
use crate::snapshot::PoolView;
use evergreen_sdk::events::Event;
use std::collections::BTreeMap;

impl Replay {
    /// Applies a renewal of shares or a redemption of retired ones.
    pub(super) fn generations(&mut self, event: &Event) {
        match event {
            Event::SharesRenewed(e) => {
                self.retired.insert((e.pool, e.class as u8, e.generation), (e.shares, e.amount));
                let ledgers = self.ledgers(&e.pool);
                *ledgers.capital(e.class) -= i128::from(e.amount);
                ledgers.withdrawals_due[e.class as usize] += i128::from(e.amount);
                ledgers.shares[e.class as usize] = 0;
            }
            Event::RetiredRedeemed(e) => {
                let place = (e.pool, e.class as u8, e.generation);
                let left = self.retired.get_mut(&place).expect("shares that were retired");
                left.0 -= e.shares;
                left.1 = left.1.saturating_sub(e.amount);
                assert_eq!(left.0 == 0, e.closed, "the last shares close the account");
                if e.closed {
                    self.retired.remove(&place);
                }
                self.ledgers(&e.pool).withdrawals_due[e.class as usize] -= i128::from(e.amount);
            }
            _ => {}
        }
    }

    /// Compares what is left for earlier generations with the accounts.
    pub(super) fn check_retired(&self, view: &PoolView) {
        let seized = self.seized.contains(&view.key);
        let of_chain = view.retired.values().map(|r| {
            let key = (view.key, r.class, r.generation);
            let told = self.retired.get(&key).filter(|_| seized).map(|known| known.1);
            (key, (r.shares, told.unwrap_or(r.amount)))
        });
        let of_log = self.retired.iter().filter(|((pool, ..), _)| *pool == view.key).map(|(k, r)| (*k, *r));
        assert_eq!(of_log.collect::<BTreeMap<_, _>>(), of_chain.collect(), "retired shares rebuilt from the log");
    }

    /// Compares withdrawal requests with the accounts.
    pub(super) fn check_withdrawals(&self, view: &PoolView) {
        let of_chain = view.withdrawals.values().map(|t| {
            let key = (view.key, t.class, t.number);
            let told =
                self.withdrawals.get(&key).filter(|_| self.seized.contains(&view.key)).map(|known| known.payable);
            (key, Withdrawal { owner: t.owner, shares: t.shares, payable: told.unwrap_or(t.payable) })
        });
        let of_log = self.withdrawals.iter().filter(|((pool, ..), _)| *pool == view.key).map(|(k, t)| (*k, t.clone()));
        assert_eq!(of_log.collect::<BTreeMap<_, _>>(), of_chain.collect(), "withdrawals rebuilt from the log");
    }
}
