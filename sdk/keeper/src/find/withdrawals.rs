//! Tasks about withdrawal requests: execution in turn, and payment.

use super::{Finder, Found};
use crate::{
    snapshot::PoolSnapshot,
    task::{Job, Key, Task},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
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
            let ledger = view.pool.shares(class);
            let first = |w: &WithdrawalRequest| w.share_class() == class && w.number == ledger.first_withdrawal;
            let Some((key, withdrawal)) = pool.withdrawals.iter().find(|(_, w)| first(w)) else { continue };
            // A cancelled one is passed at once; of another one the quote says whether any of it can be paid now, or whether others
            // who wait behind it go first.
            let others = ledger.next_withdrawal.saturating_sub(ledger.first_withdrawal) > 1;
            let due = || view.execution(withdrawal).is_ok_and(|quote| !quote.passed || others);
            let ready = withdrawal.ready(view.pool.cooldown(class));
            if withdrawal.shares > 0 && (view.now < ready || !due()) {
                continue;
            }
            let places = if class == ShareClass::Main { view.needed_for_registry() } else { Vec::new() };
            let execute = build::execute_withdrawal(&view.keys, *key, &view.feeds(&places));
            let task = Key { job: Job::WithdrawalRequest, subject: *key, part: 0 };
            found.push(self.task(pool, task, &places, 0, execute)?);
        }
        Ok(found)
    }

    /// Finds withdrawal requests to pay out. Payment is apart from execution, so that an owner without a token account, or with a frozen
    /// one, does not hold up the queue.
    pub(super) fn claims(&self, pool: &PoolSnapshot) -> Vec<Task> {
        let passed =
            |w: &WithdrawalRequest| w.number < pool.view.pool.shares(w.share_class()).first_withdrawal && w.shares == 0;
        let due = |withdrawal: &WithdrawalRequest| withdrawal.payable > 0 || passed(withdrawal);
        let claim = |key: &Pubkey, withdrawal: &WithdrawalRequest| {
            build::claim_withdrawal(withdrawal.owner, &pool.view.keys, withdrawal.share_class(), *key)
        };
        let payable = pool.withdrawals.iter().filter(|(_, withdrawal)| due(withdrawal));
        payable
            .map(|(key, withdrawal)| {
                let task = Key { job: Job::Claim, subject: *key, part: 0 };
                Task::plain(pool.key(), task, Some(claim(key, withdrawal)))
            })
            .collect()
    }
}
