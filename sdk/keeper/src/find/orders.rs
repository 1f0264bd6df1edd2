//! Tasks about orders whose conditions hold, so that their trades are committed, and about orders that are over.

use super::{Finder, Found};
use crate::{
    snapshot::PoolSnapshot,
    task::{Job, Key},
};
use evergreen_sdk::{instruction as build, quote::OrderResolution};

impl Finder<'_> {
    /// Finds orders that the program would commit or close now; an order that it would refuse waits. What a committed order pays goes
    /// to whoever fills it, so committing one has no reward of its own.
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
            let pays = match &quote.resolution {
                OrderResolution::Committed { .. } => quote.tip,
                OrderResolution::Cancelled(_) => 0,
            };
            if pays < self.config.thresholds.min_tip {
                continue;
            }
            let places = pool.view.needed_by(order, account)?;
            let own = (quote.stake > 0).then(|| self.own_account(&pool.key()));
            // A keeper that closes its own order gets the tip back as the owner, and needs no stake.
            let own = own.filter(|own| *own != order.account);
            let free = own.and_then(|own| pool.account(&own)).map_or(0, |own| own.cash);
            if own.is_some() && account.check_owner(&self.me).is_err() && u64::try_from(free).unwrap_or(0) < quote.stake
            {
                tracing::debug!(order = %key, stake = quote.stake, free, "the keeper's account has too little cash for the stake");
                continue;
            }
            let commit = build::commit_order(
                self.me,
                &pool.view.keys,
                order.account,
                order.number,
                order.payer,
                own,
                &pool.view.feeds(&places),
            );
            let task = Key { job: Job::Order, subject: *key, part: 0 };
            found.push(self.task(pool, task, &places, 0, commit)?.about(order.account));
        }
        Ok(found)
    }
}
