//! Tasks about orders whose conditions hold, and about orders that are over.

use super::{Finder, Found};
use crate::{
    snapshot::PoolSnapshot,
    task::{Job, Key},
};
use evergreen_sdk::instruction as build;

impl Finder<'_> {
    /// Finds orders that the program would execute or close now; an order that it would refuse waits.
    pub(super) fn orders(&self, pool: &PoolSnapshot) -> Found {
        let mut found = Vec::new();
        for (key, order) in &pool.orders {
            let Some(account) = pool.account(&order.account) else { continue };
            let quote = match pool.view.order(order, account) {
                Ok(quote) => quote,
                Err(error) => {
                    tracing::trace!(order = %key, %error, "the order waits");
                    continue;
                }
            };
            if quote.reward() < self.config.thresholds.min_tip {
                continue;
            }
            let places = pool.view.needed_by(order, account)?;
            let own = (order.terms.tip > 0).then(|| self.own_account(&pool.key()));
            // A keeper that executes its own order gets the tip back as the owner.
            let own = own.filter(|own| *own != order.account);
            let reward = quote.reward();
            let execute = build::execute_order(
                self.me,
                &pool.view.keys,
                order.account,
                order.number,
                order.payer,
                own,
                &pool.view.feeds(&places),
            );
            let task = Key { job: Job::Order, subject: *key, part: 0 };
            found.push(self.task(pool, task, &places, reward, execute)?.about(order.account));
        }
        Ok(found)
    }
}
