//! Tasks about requests of liquidity: deposits and withdrawals at the prices of a minute, and payment.

use super::{Finder, Found};
use crate::{
    first::FirstPrices,
    snapshot::PoolSnapshot,
    task::{Job, Key, Task},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    evergreen::state::{LiquidityRequest, ShareClass},
    instruction as build,
    quote::PoolView,
};

/// Withdrawals that are executed beside the first one of their queue in one transaction, at most: their accounts have to fit into it.
const MORE: usize = 10;
/// Both classes of liquidity.
const CLASSES: [ShareClass; 2] = [ShareClass::Main, ShareClass::Insurance];

impl Finder<'_> {
    /// Finds deposits whose prices are there, and those that end without any. One that the program would refuse to end waits.
    pub(super) fn deposits(&self, pool: &PoolSnapshot) -> Found {
        let mut found = Vec::new();
        for open in &pool.liquidity {
            let Some(key) = open.deposit else { continue };
            let Some(request) = pool.request(&key) else { continue };
            let view = match &open.prices {
                FirstPrices::Known(view) => view,
                FirstPrices::Missing { .. } if pool.view.now > open.until => &pool.view,
                FirstPrices::Missing { .. } if pool.view.is_first_deposit(open.class) => &pool.view,
                FirstPrices::Missing { .. } => continue,
            };
            // Whether the owner has closed the account for the shares makes a difference to what comes of it, but not to whether it ends.
            if let Err(error) = view.deposit_execution(request, true) {
                tracing::debug!(deposit = %key, %error, "the deposit waits");
                continue;
            }
            let needed = match &open.prices {
                FirstPrices::Known(_) => view.needed_for(open.class, open.minute),
                FirstPrices::Missing { .. } => Vec::new(),
            };
            let Some(samples) = self.samples_first(view, &view.samples_of_deposit(request)) else { continue };
            let execute = build::execute_deposit(&view.keys, request, &view.feeds(&needed));
            let task = Key { job: Job::Deposit, subject: key, part: request.requested_at.unsigned_abs() };
            let instructions = samples.into_iter().chain([execute]).collect();
            found.push(Task { instructions, ..Task::plain(pool.key(), task, None) });
        }
        Ok(found)
    }

    pub(super) fn withdrawals(&self, pool: &PoolSnapshot) -> Found {
        let mut found = Vec::new();
        for class in CLASSES {
            let Some((key, withdrawal)) = pool.first_withdrawal(class) else { continue };
            // They are executed at the prices after a full minute; a cancelled one needs none.
            let at_minute = pool.liquidity.iter().find(|open| open.deposit.is_none() && open.class == class);
            let view: &PoolView = match at_minute.map(|open| &open.prices) {
                Some(FirstPrices::Known(view)) => view,
                _ if withdrawal.shares > 0 => continue,
                _ => &pool.view,
            };
            let ledger = view.pool.shares(class);
            // A cancelled one is passed at once; of another one the quote says whether any of it can be paid now, or whether others
            // who wait behind it go first.
            let others = ledger.next_withdrawal.saturating_sub(ledger.first_withdrawal) > 1;
            let due = || view.execution(withdrawal).is_ok_and(|quote| !quote.passed || others);
            if withdrawal.shares > 0 && !due() {
                continue;
            }
            let minute = LiquidityRequest::grid_time(view.now);
            let Some(samples) = self.samples_first(view, &view.samples_of_minute(class, minute)) else { continue };
            // Samples leave no room for more in a transaction, and a cancelled one is passed without the prices that others need.
            let is_known = at_minute.is_some_and(|open| matches!(open.prices, FirstPrices::Known(_)));
            let more = if samples.is_empty() && is_known { MORE } else { 0 };
            let others = pool.following_withdrawals(class, minute, more);
            let feeds = view.feeds(&view.needed_for(class, minute));
            let execute = build::execute_withdrawals(&view.keys, (*key, &others), &feeds);
            // The prices are those of a moment that has passed, so nothing is put in front to refresh them.
            let task = Key { job: Job::Withdrawal, subject: *key, part: minute.unsigned_abs() };
            let instructions = samples.into_iter().chain([execute]).collect();
            found.push(Task { instructions, ..Task::plain(pool.key(), task, None) });
        }
        Ok(found)
    }

    /// Finds requests to pay out. Payment is apart from execution, so that an owner without a token account, or with a frozen
    /// one, does not hold up the queue.
    pub(super) fn claims(&self, pool: &PoolSnapshot) -> Vec<Task> {
        let over =
            |request: &LiquidityRequest| request.is_over(pool.view.pool.shares(request.share_class()).first_withdrawal);
        let due = |request: &LiquidityRequest| request.payable > 0 || over(request);
        let claim = |key: &Pubkey, request: &LiquidityRequest| {
            build::claim_liquidity(request.owner, &pool.view.keys, request.share_class(), *key)
        };
        let payable = pool.requests.iter().filter(|(_, request)| due(request));
        payable
            .map(|(key, request)| {
                let task = Key { job: Job::Claim, subject: *key, part: 0 };
                Task::plain(pool.key(), task, Some(claim(key, request)))
            })
            .collect()
    }
}
