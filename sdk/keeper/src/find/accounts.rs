//! Tasks about margin accounts: settlement after exercise, liquidation, bad debt.

use super::{Blind, Finder, Found};
use crate::{
    snapshot::{PoolSnapshot, Snapshot},
    task::{Job, Key, Task},
    together::MOST,
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
    /// Finds accounts with positions in ended series, or to which their pool owed what it has by now; and where the pool is short of cash, or withdrawals wait for what it owes to accounts, all those whose funding is worth a
    /// settlement, the largest debts first: otherwise somebody would have to wait for what others have not paid.
    pub(super) fn settlements(&self, pool: &PoolSnapshot) -> Found {
        let view = &pool.view;
        let is_exercised = |id| view.registry.series(id).is_ok_and(|series| series.status() == SeriesStatus::Exercised);
        let waits = |account: &MarginAccount| {
            let mut ids = account.open_positions().map(|place| account.positions[place].series());
            ids.any(is_exercised)
        };
        let settle = |key: &Pubkey| build::settle_positions(&view.keys, *key);
        let withdrawal_waits =
            pool.first_withdrawal(ShareClass::Main).is_some() && view.withdrawals_wait_for_accounts();
        let is_short = view.is_short_of_cash();
        let is_due = |account: &MarginAccount| account.unpaid > 0 || waits(account);
        let waiting = pool.accounts.iter().filter(|(_, account)| !is_short && is_due(account));
        let mut found: Vec<_> = waiting.map(|(key, _)| plain(pool, Job::Settle, *key, settle(key))).collect();
        if is_short || withdrawal_waits {
            // Where the pool is short of cash a payoff may have to wait, too.
            let accounts = pool.accounts.iter().filter(|(_, account)| is_short || !is_due(account));
            let least = self.config.thresholds.settle_from.max(1);
            for collection in view.collections(accounts.map(|(key, account)| (key, &**account)))? {
                let moved = collection.amount.unsigned_abs().max(collection.collected);
                let is_ended = pool.account(&collection.account).is_some_and(&waits);
                if moved < least && !is_ended {
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

    /// Finds accounts below maintenance: a cheap screen suspects each of them, and maybe some more, and the program's own code then judges the suspects, those that lack most first. Quotes take time
    /// and transactions are few, so only so many of them are made as [`Limits::transactions`] can be begun for; the others are told by their keys.
    pub(super) fn all_liquidations(
        &self,
        snapshot: &Snapshot,
        mut blind: impl FnMut(Job, &Pubkey, &Blind),
    ) -> (Vec<Task>, Vec<Key>) {
        let mut suspects = Vec::new();
        let (mut found, mut others) = (Vec::new(), Vec::new());
        for pool in &snapshot.pools {
            match pool.screen() {
                Ok(screen) => suspects.extend(self.suspects(pool, screen, &mut others)),
                Err(error) => blind(Job::Liquidate, &pool.key(), &error.into()),
            }
        }
        suspects.sort_by_key(|group| group.iter().map(|suspect| suspect.health).min());
        let mut left = self.limits.transactions;
        for group in suspects {
            if left == 0 {
                others.extend(group.iter().map(|suspect| key_of(suspect.key)));
                continue;
            }
            let before = found.len();
            for Suspect { pool, key, account, .. } in group {
                match self.liquidation(pool, key, account) {
                    Ok(task) => found.extend(task),
                    Err(error) => blind(Job::Liquidate, &pool.key(), &error),
                }
            }
            left = left.saturating_sub(usize::from(found.len() > before));
        }
        (found, others)
    }

    /// The accounts of a pool that may be below maintenance, in groups of as many as one transaction may have, each with those that lack most. What is under way or has to wait is not judged
    /// again: it is told by its keys.
    fn suspects<'a>(&self, pool: &'a PoolSnapshot, screen: &Screen, others: &mut Vec<Key>) -> Vec<Vec<Suspect<'a>>> {
        let mut all = Vec::new();
        for (key, account) in &pool.accounts {
            // An account that the screen cannot judge is judged last.
            let health = screen.maintenance(account).unwrap_or(-1);
            // The program refuses liquidations by the owner of the account (`SelfLiquidation`).
            if health >= 0 || account.owner == self.me {
                continue;
            }
            if (self.limits.is_free)(&key_of(*key)) {
                all.push(Suspect { pool, key: *key, account, health });
            } else {
                others.push(key_of(*key));
            }
        }
        all.sort_by_key(|suspect| suspect.health);
        let mut all = all.into_iter();
        std::iter::from_fn(|| Some(all.by_ref().take(MOST).collect::<Vec<_>>()).filter(|group| !group.is_empty()))
            .collect()
    }

    /// The liquidation of an account that pays most; `None` where there is none.
    fn liquidation(&self, pool: &PoolSnapshot, key: Pubkey, account: &MarginAccount) -> Result<Option<Task>, Blind> {
        let quote = match pool.view.best_liquidation(account) {
            Ok(Some(quote)) => quote,
            Ok(None) => return Ok(None),
            Err(error) => {
                tracing::debug!(account = %key, %error, "no quote of a liquidation");
                return Ok(None);
            }
        };
        let own = self.own_account(&pool.key());
        let places = pool.view.priced(account)?;
        let feeds = pool.view.feeds_to_close(account)?;
        let of = |legs: &[Leg]| build::liquidate(self.me, &pool.view.keys, key, own, legs.to_vec(), &feeds);
        let task = self.task(pool, key_of(key), &places, quote.reward, of(&quote.asked))?.about(key);
        let mut task = Task { lacks: quote.health_before.min(0).unsigned_abs(), ..task };
        // The search adds a leg at a time, so what comes before the last one is a liquidation, too. Where all legs are too much for one transaction, fewer mend a
        // part of the account, and the next round the rest.
        for fewer in (1..quote.asked.len()).rev() {
            let mut part = task.instructions.clone();
            part.pop();
            part.push(of(&quote.asked[..fewer]));
            task.parts.push(part);
        }
        Ok(Some(task))
    }

    pub(super) fn bad_debts(&self, pool: &PoolSnapshot) -> Vec<Task> {
        let in_debt = pool.accounts.iter().filter(|(_, account)| account.is_flat() && account.cash < 0);
        let absorb = |key: &Pubkey| build::absorb_bad_debt(&pool.view.keys, *key);
        in_debt.map(|(key, _)| plain(pool, Job::BadDebt, *key, absorb(key))).collect()
    }
}

/// An account that may be below maintenance.
struct Suspect<'a> {
    pool: &'a PoolSnapshot,
    key: Pubkey,
    account: &'a MarginAccount,
    /// Its maintenance health by the screen, native units.
    health: i64,
}

/// Identity of the liquidation of an account.
const fn key_of(account: Pubkey) -> Key {
    Key { job: Job::Liquidate, subject: account, part: 0 }
}

/// Returns a task about an account that needs no price and has no reward.
fn plain(pool: &PoolSnapshot, job: Job, subject: Pubkey, instruction: Instruction) -> Task {
    Task::plain(pool.key(), Key { job, subject, part: 0 }, Some(instruction)).about(subject)
}
