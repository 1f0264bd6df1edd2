//! Tasks about margin accounts: settlement after exercise, liquidation, bad debt.

use super::{Finder, Found};
use crate::{
    snapshot::PoolSnapshot,
    task::{Job, Key, Task},
};
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::{
        Leg,
        state::{MarginAccount, SeriesStatus, ShareClass},
    },
    instruction as build,
    quote::Screen,
};

impl Finder<'_> {
    /// Finds accounts with positions in ended series; and where the pool is short of cash, or withdrawals wait for what it owes to accounts, all those whose funding is worth a
    /// settlement, the largest debts first: otherwise somebody would have to wait for what others have not paid.
    pub(super) fn settlements(&self, pool: &PoolSnapshot) -> Found {
        let view = &pool.view;
        let is_exercised = |id| view.registry.series(id).is_ok_and(|series| series.status() == SeriesStatus::Exercised);
        let waits = |account: &MarginAccount| {
            let mut ids = account.open_positions().map(|place| account.positions[place].series());
            ids.any(is_exercised)
        };
        let settle = |key: &Pubkey| build::settle_positions(&view.keys, *key);
        let waiting = pool.accounts.iter().filter(|(_, account)| waits(account));
        let mut found: Vec<_> = waiting.map(|(key, _)| plain(pool, Job::Settle, *key, settle(key))).collect();
        let withdrawal_waits =
            pool.first_withdrawal(ShareClass::Main).is_some() && view.withdrawals_wait_for_accounts();
        if view.is_short_of_cash() || withdrawal_waits {
            let accounts = pool.accounts.iter().filter(|(_, account)| !waits(account));
            let least = self.config.thresholds.settle_from.max(1);
            for collection in view.collections(accounts.map(|(key, account)| (key, &**account)))? {
                if collection.amount.unsigned_abs() < least {
                    continue;
                }
                let mut instructions = view.touch_all();
                instructions.push(settle(&collection.account));
                let key = Key { job: Job::Settle, subject: collection.account, part: 0 };
                found.push(Task { instructions, ..Task::plain(pool.key(), key, None) }.about(collection.account));
            }
        }
        Ok(found)
    }

    /// Finds accounts below maintenance: a cheap screen suspects each of them, and maybe some more; the program's own code then judges
    /// the suspects.
    pub(super) fn liquidations(&self, pool: &PoolSnapshot) -> Found {
        let screen = Screen::new(&pool.view)?;
        let own = self.own_account(&pool.key());
        let mut found = Vec::new();
        for (key, account) in pool.accounts.iter().filter(|(_, account)| screen.suspect(account)) {
            // The program refuses liquidations by the owner of the account (`SelfLiquidation`).
            if account.owner == self.me {
                continue;
            }
            let quote = match pool.view.best_liquidation(account) {
                Ok(Some(quote)) => quote,
                Ok(None) => continue,
                Err(error) => {
                    tracing::debug!(account = %key, %error, "no quote of a liquidation");
                    continue;
                }
            };
            let places = pool.view.priced(account)?;
            let feeds = pool.view.feeds(&places);
            let of = |legs: &[Leg]| build::liquidate(self.me, &pool.view.keys, *key, own, legs.to_vec(), &feeds);
            let name = Key { job: Job::Liquidate, subject: *key, part: 0 };
            let mut task = self.task(pool, name, &places, quote.reward, of(&quote.asked))?.about(*key);
            // The search adds a leg at a time, so what comes before the last one is a liquidation, too. Where all legs are too much for one transaction, fewer mend a
            // part of the account, and the next round the rest.
            for fewer in (1..quote.asked.len()).rev() {
                let mut part = task.instructions.clone();
                part.pop();
                part.push(of(&quote.asked[..fewer]));
                task.parts.push(part);
            }
            found.push(task);
        }
        Ok(found)
    }

    pub(super) fn bad_debts(&self, pool: &PoolSnapshot) -> Vec<Task> {
        let in_debt = pool.accounts.iter().filter(|(_, account)| account.is_flat() && account.cash < 0);
        let absorb = |key: &Pubkey| build::absorb_bad_debt(&pool.view.keys, *key);
        in_debt.map(|(key, _)| plain(pool, Job::BadDebt, *key, absorb(key))).collect()
    }
}

/// Returns a task about an account that needs no price and has no reward.
fn plain(pool: &PoolSnapshot, job: Job, subject: Pubkey, instruction: Instruction) -> Task {
    Task::plain(pool.key(), Key { job, subject, part: 0 }, Some(instruction)).about(subject)
}
