//! Tasks about commitments: each is filled at the first price published after it, or ended where it can no longer be filled.

use super::{Finder, Found};
use crate::{
    first::FirstPrices,
    snapshot::{OpenCommitment, PoolSnapshot},
    task::{Job, Key, Task},
};
use evergreen_sdk::{address, anchor_lang::prelude::Pubkey, evergreen::state::Order, instruction as build};

impl Finder<'_> {
    /// Finds commitments whose prices are there. A commitment that the program would not end now waits.
    pub(super) fn fills(&self, pool: &PoolSnapshot) -> Found {
        let mut found = Vec::new();
        for commitment in &pool.commitments {
            let (Some(account), FirstPrices::Known(view)) = (pool.account(&commitment.account), &commitment.prices)
            else {
                continue;
            };
            let number = account.commitment.order_number();
            let order = number.and_then(|number| pool.order(&address::order(&commitment.account, number)));
            if number.is_some() && order.is_none() {
                tracing::debug!(account = %commitment.account, "the order of a commitment is not known yet");
                continue;
            }
            let quote = match view.fill(account, order) {
                Ok(quote) => quote,
                Err(error) => {
                    tracing::debug!(account = %commitment.account, %error, "the commitment waits");
                    continue;
                }
            };
            // Who has a stake on the commitment of an order gets the tip.
            let own = self.filler_account(pool, commitment);
            let filler = order.and_then(Order::committer).or(own);
            let reward = if filler.is_some() && filler == own { quote.tip } else { 0 };
            let places = view.needed_to_fill(account)?;
            let order = order.map(|order| (order.number, order.payer));
            let fill = build::fill_trade(&view.keys, commitment.account, filler, order, &view.feeds(&places));
            let subject = commitment.account;
            let key = Key { job: Job::Fill, subject, part: account.commitment.committed_at.unsigned_abs() };
            // The prices are those of a moment that has passed, so nothing is put in front to refresh them.
            found.push(Task { reward, ..Task::plain(pool.key(), key, Some(fill)).about(subject) });
        }
        Ok(found)
    }

    /// The keeper's own margin account, if it can receive the tip of a commitment: it is open, and not the one that trades.
    fn filler_account(&self, pool: &PoolSnapshot, commitment: &OpenCommitment) -> Option<Pubkey> {
        let own = self.own_account(&pool.key());
        (own != commitment.account && pool.account(&own).is_some()).then_some(own)
    }
}
