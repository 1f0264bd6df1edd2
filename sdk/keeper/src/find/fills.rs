//! Tasks about commitments: each is filled at the first price published after it, or ended where it can no longer be filled.

use super::{Finder, Found};
use crate::{
    first::FirstPrices,
    post::Posting,
    snapshot::{OpenCommitment, PoolSnapshot},
    task::{Job, Key, PricedFill, Task},
};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    evergreen::state::{MarginAccount, Order},
    instruction as build,
};

impl Finder<'_> {
    /// Finds commitments whose prices are there. A commitment that the program would not end now waits.
    pub(super) fn fills(&self, pool: &PoolSnapshot) -> Found {
        let mut found = Vec::new();
        for commitment in &pool.commitments {
            let Some(account) = pool.account(&commitment.account) else { continue };
            let view = match &commitment.prices {
                FirstPrices::Known(view) => view,
                FirstPrices::Missing { moment, places } => {
                    found.extend(self.priced_fill(pool, commitment, account, (*moment, places)));
                    continue;
                }
            };
            let Some(samples) = self.samples_first(view, &view.samples_to_fill(account)) else { continue };
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
            let instructions = samples.into_iter().chain([fill]).collect();
            found.push(Task { reward, instructions, ..Task::plain(pool.key(), key, None).about(subject) });
        }
        Ok(found)
    }

    /// Fills a commitment with the one price that nobody has posted, in one transaction, where lookup tables make it small enough.
    fn priced_fill(
        &self,
        pool: &PoolSnapshot,
        commitment: &OpenCommitment,
        account: &MarginAccount,
        (moment, missing): (i64, &[u8]),
    ) -> Option<Task> {
        let posting = self.config.posting.as_ref().filter(|_| !self.config.dry_run)?;
        let market = pool.view.markets.get(usize::from(*missing.first()?))?;
        let fits = fills_with_price(posting, missing) && market.underlying.price_owner == posting.programs.receiver;
        if !fits || pool.view.now <= moment || pool.view.now > commitment.lapses_at {
            return None;
        }
        let filler = if account.commitment.is_staked() { None } else { self.filler_account(pool, commitment) };
        let subject = commitment.account;
        let key = Key { job: Job::Fill, subject, part: account.commitment.committed_at.unsigned_abs() };
        let priced_fill = Some(PricedFill { keys: pool.view.keys, account: subject, filler });
        let reward = if filler.is_some() { account.commitment.tip } else { 0 };
        Some(Task { reward, priced_fill, ..Task::plain(pool.key(), key, None).about(subject) })
    }

    /// The keeper's own margin account, if it can receive the tip of a commitment: it is open, and not the one that trades.
    fn filler_account(&self, pool: &PoolSnapshot, commitment: &OpenCommitment) -> Option<Pubkey> {
        let own = self.own_account(&pool.key());
        (own != commitment.account && pool.account(&own).is_some()).then_some(own)
    }
}

/// Whether a commitment that waits for the prices of these places is filled in the transaction that posts them.
pub(super) const fn fills_with_price(posting: &Posting, missing: &[u8]) -> bool {
    missing.len() == 1 && !posting.tables.is_empty()
}
