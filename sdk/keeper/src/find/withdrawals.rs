//! Tasks about withdrawal requests: execution in turn, and payment.

use super::{Finder, Found};
use crate::{
    snapshot::PoolSnapshot,
    task::{Job, Key, Task},
};
use evergreen_sdk::{
    address,
    evergreen::state::{ShareClass, WithdrawalRequest},
    instruction as build,
};

/// Both classes of liquidity.
const CLASSES: [ShareClass; 2] = [ShareClass::Main, ShareClass::Insurance];

impl Finder<'_> {
    pub(super) fn withdrawals(&self, pool: &PoolSnapshot) -> Found {
        let view = &pool.view;
        let mut found = Vec::new();
        for class in CLASSES {
            let first = address::withdrawal(&pool.key(), class, view.pool.shares(class).first_withdrawal);
            let Some((key, withdrawal)) = pool.withdrawals.iter().find(|(key, _)| *key == first) else { continue };
            let ready = withdrawal.ready(view.pool.cooldown(class));
            // The quote says whether any of it can be paid now.
            if view.now < ready || view.execution(withdrawal).is_err() {
                continue;
            }
            let places = if class == ShareClass::Main { view.needed_for_registry() } else { Vec::new() };
            let execute = build::execute_withdrawal(&view.keys, class, withdrawal.number, &view.feeds(&places));
            let task = Key { job: Job::WithdrawalRequest, subject: *key, part: 0 };
            found.push(self.task(pool, task, &places, 0, execute)?);
        }
        Ok(found)
    }

    /// Finds withdrawal requests to pay out. Payment is apart from execution, so that an owner without a token account, or with a frozen
    /// one, does not hold up the queue.
    pub(super) fn claims(&self, pool: &PoolSnapshot) -> Vec<Task> {
        let due = |withdrawal: &WithdrawalRequest| withdrawal.payable > 0 || withdrawal.shares == 0;
        let claim = |withdrawal: &WithdrawalRequest| {
            build::claim_withdrawal(withdrawal.owner, &pool.view.keys, withdrawal.share_class(), withdrawal.number)
        };
        let payable = pool.withdrawals.iter().filter(|(_, withdrawal)| due(withdrawal));
        payable
            .map(|(key, withdrawal)| {
                let key = Key { job: Job::Claim, subject: *key, part: 0 };
                Task::plain(pool.key(), key, Some(claim(withdrawal)))
            })
            .collect()
    }
}
