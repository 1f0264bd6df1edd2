//! Finds the tasks that a snapshot calls for; each job has a function of its own.
//!
//! These functions apply no rules of their own about money. The client library, which runs the program's own code, says whether a
//! task may be done, and the simulation before sending asks the program itself.

mod accounts;
mod fills;
mod ladder;
mod liquidity;
mod market;
mod orders;
mod prices;
mod series;

use crate::{
    config::Config,
    snapshot::{PoolSnapshot, Snapshot},
    task::{Job, Key, Task, rank},
};
use evergreen_sdk::{
    address,
    anchor_lang::{error::Error, prelude::Pubkey, solana_program::instruction::Instruction},
    evergreen::state::SeriesId,
    instruction as build,
    math::MathError,
    price::NoPrice,
    quote::QuoteError,
};
use std::collections::HashMap;

/// Why no tasks of a job can be found now.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Blind {
    /// The program would refuse, most often because a price is not fresh.
    #[error(transparent)]
    Quote(#[from] QuoteError),
    /// The price source has no such feed.
    #[error(transparent)]
    Price(#[from] NoPrice),
}

impl From<Error> for Blind {
    fn from(error: Error) -> Self {
        Self::Quote(error.into())
    }
}

impl From<MathError> for Blind {
    fn from(error: MathError) -> Self {
        Self::Quote(error.into())
    }
}

/// Tasks of a job.
type Found = Result<Vec<Task>, Blind>;

/// Finds work for a keeper.
pub(crate) struct Finder<'a> {
    /// Configuration of the keeper.
    pub config: &'a Config,
    /// Address of the keeper's key.
    pub me: Pubkey,
    /// What need not be found now.
    pub limits: Limits<'a>,
}

/// What need not be found now, because it could not be begun.
#[derive(Clone, Copy)]
pub(crate) struct Limits<'a> {
    /// Whether a task with this key is neither under way nor has to wait.
    pub is_free: &'a dyn Fn(&Key) -> bool,
    /// Number of transactions that can be begun now.
    pub transactions: usize,
}

impl Limits<'_> {
    /// All work is found.
    pub const NONE: Self = Self { is_free: &|_| true, transactions: usize::MAX };
}

/// What there is to do.
pub(crate) struct FoundTasks {
    /// Tasks that can be begun.
    pub tasks: Vec<Task>,
    /// Keys of tasks that are under way, have to wait, or are more than can be begun now.
    pub others: Vec<Key>,
}

impl Finder<'_> {
    /// Finds all tasks, in no particular order. For jobs of which no tasks can be found now, it calls `blind` with the reason.
    pub fn all(&self, snapshot: &Snapshot, mut blind: impl FnMut(Job, &Pubkey, &Blind)) -> FoundTasks {
        let (liquidations, others) = match self.config.jobs.contains(&Job::Liquidate) {
            true => self.all_liquidations(snapshot, &mut blind),
            false => (Vec::new(), Vec::new()),
        };
        let mut found = liquidations;
        let mut take = |job: Job, subject: Pubkey, tasks: Found| match tasks {
            Ok(tasks) => found.extend(tasks),
            Err(error) => blind(job, &subject, &error),
        };
        let enabled = |job: &Job| self.config.jobs.contains(job);
        if enabled(&Job::Post) {
            take(Job::Post, address::PROGRAM, self.posts(snapshot));
            take(Job::Post, address::PROGRAM, Ok(self.first_posts(snapshot)));
        }
        if enabled(&Job::Sample) {
            take(Job::Sample, address::PROGRAM, self.samples(snapshot));
        }
        if enabled(&Job::Silence) {
            take(Job::Silence, address::PROGRAM, Ok(self.silences(snapshot)));
        }
        for pool in &snapshot.pools {
            for job in Job::ALL.iter().copied().filter(enabled) {
                take(job, pool.key(), self.of_pool(job, pool));
            }
        }
        FoundTasks { tasks: self.with_own_account(snapshot, found), others }
    }

    fn of_pool(&self, job: Job, pool: &PoolSnapshot) -> Found {
        match job {
            Job::Fill => self.fills(pool),
            Job::Exercise => self.exercises(pool),
            Job::BadDebt => Ok(self.bad_debts(pool)),
            Job::Order => self.orders(pool),
            Job::Settle => self.settlements(pool),
            Job::Deposit => self.deposits(pool),
            Job::Withdrawal => self.withdrawals(pool),
            Job::Claim => Ok(self.claims(pool)),
            Job::Sync => self.syncs(pool),
            Job::Deleverage => self.excess_short(pool),
            Job::Place => self.places(pool),
            Job::Notice => Ok(self.notices(pool)),
            Job::Cash => self.cash(pool),
            Job::End => Ok(self.ends(pool)),
            Job::List => self.listings(pool),
            Job::Retire => Ok(self.retirements(pool)),
            Job::Refresh => self.refreshes(pool),
            Job::Sweep => Ok(self.sweeps(pool)),
            // Prices, samples and silences are about underlyings; liquidations are found in all pools at once; `with_own_account` opens accounts.
            Job::Post | Job::Sample | Job::Silence | Job::Liquidate | Job::OpenAccount => Ok(Vec::new()),
        }
    }

    /// Address of the margin account that the keeper's rewards in a pool are paid to.
    fn own_account(&self, pool: &Pubkey) -> Pubkey {
        address::margin_account(pool, &self.me, self.config.sub_account)
    }

    /// Where the keeper's own margin account is not open, the most urgent task that needs it opens it, and the others wait but those that are done in the same transaction; if that is too large, a task of its own
    /// opens it. Commitments are filled without it meanwhile: no trader waits for a keeper's account.
    fn with_own_account(&self, snapshot: &Snapshot, mut found: Vec<Task>) -> Vec<Task> {
        let closed = snapshot.pools.iter().filter(|pool| pool.account(&self.own_account(&pool.key())).is_none());
        let mut closed: HashMap<Pubkey, Vec<Task>> = closed.map(|pool| (pool.key(), Vec::new())).collect();
        let waiting = found.extract_if(.., |task| {
            let own = task.pool.filter(|pool| closed.contains_key(pool)).map(|pool| self.own_account(&pool));
            let mut metas = task.instructions.iter().flat_map(|instruction| &instruction.accounts);
            own.is_some_and(|own| metas.any(|meta| meta.pubkey == own))
        });
        for task in waiting.collect::<Vec<_>>() {
            closed.entry(task.pool.unwrap_or_default()).or_default().push(task);
        }
        if !self.config.jobs.contains(&Job::OpenAccount) {
            return found;
        }
        for pool in &snapshot.pools {
            let Some(mut waiting) = closed.remove(&pool.key()) else { continue };
            let tips = || self.config.jobs.contains(&Job::Fill) && pool.commitments.iter().any(|open| open.has_tip);
            if waiting.is_empty() && !tips() {
                continue;
            }
            let own = self.own_account(&pool.key());
            let open = build::open_margin_account(self.me, self.me, &pool.view.keys, self.config.sub_account, None);
            rank(&mut waiting);
            let mut waiting = waiting.into_iter();
            let mut first = waiting.next().and_then(|task| task.opening(own, open.clone()));
            if let Some(first) = first.as_mut().filter(|_| !self.config.dry_run) {
                waiting.for_each(|task| drop(first.take_along(task)));
            }
            let alone = || {
                let key = Key { job: Job::OpenAccount, subject: own, part: 0 };
                Task { opens: Some(own), ..Task::plain(pool.key(), key, Some(open)) }
            };
            found.push(first.unwrap_or_else(alone));
        }
        found
    }

    /// Returns a task about a pool. In front of its instruction are those that refresh the prices of the underlyings at `places` in the
    /// pool's list.
    fn task(
        &self,
        pool: &PoolSnapshot,
        key: Key,
        places: &[u8],
        reward: u64,
        instruction: Instruction,
    ) -> Result<Task, Blind> {
        let markets = places.iter().filter_map(|place| pool.view.markets.get(usize::from(*place)));
        let feeds: Vec<_> = markets.map(|market| market.underlying.feed_id).collect();
        let mut instructions = self.config.source.refresh(&self.me, &feeds)?.instructions;
        instructions.push(instruction);
        Ok(Task { reward, instructions, ..Task::plain(pool.key(), key, None) })
    }
}

/// A series as a part of a key.
fn part(id: SeriesId) -> u64 {
    u64::from(id.generation) << 8 | u64::from(id.slot)
}
