//! A task: what it is, whom it concerns, what it pays, and the instructions that do it.

use crate::size::fits;
use evergreen_sdk::{
    anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction},
    instruction::PoolKeys,
    price::FeedId,
};
use std::{fmt, str::FromStr};

macro_rules! jobs {
    ($($(#[$doc:meta])* $name:ident = $word:literal,)*) => {
        /// The kinds of work, the most urgent first.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Job {
            $($(#[$doc])* $name,)*
        }

        impl Job {
            /// All jobs, the most urgent first.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Name of the job in metrics, logs and on the command line.
            pub const fn name(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                }
            }
        }
    };
}

jobs! {
    /// Fills a committed trade at the first price published after it, or ends one that can no longer be filled.
    Fill = "fill",
    /// Posts prices that nobody has posted for too long, and first prices that commitments, notices and requests of liquidity wait for; most other
    /// jobs need them.
    Post = "post",
    /// Opens the keeper's own margin account in a pool, which rewards are paid to.
    OpenAccount = "open-account",
    /// Exercises a series whose price has reached the cap.
    Exercise = "exercise",
    /// Liquidates an account below maintenance margin.
    Liquidate = "liquidate",
    /// Closes written options of a series while more of it is written than bought, after notice; it can be done for some seconds only.
    Deleverage = "deleverage",
    /// Closes positions in a series that has to give way to others, after notice; it can be done for some seconds only.
    Place = "place",
    /// Absorbs bad debt: the negative cash of an account without positions.
    BadDebt = "bad-debt",
    /// Commits the trade of an order whose conditions hold, or closes an order that is over.
    Order = "order",
    /// Pays an account's positions of exercised series.
    Settle = "settle",
    /// Takes a price into an underlying's volatility.
    Sample = "sample",
    /// Executes a deposit of liquidity at the first prices published after it, or gives it back.
    Deposit = "deposit",
    /// Executes the first withdrawal request of a queue; in the main class soon after a full minute.
    Withdrawal = "withdrawal",
    /// Pays out a withdrawal that was executed, or a deposit that was given back, and not claimed.
    Claim = "claim",
    /// Compares a pool's vaults and mint with its ledgers.
    Sync = "sync",
    /// Gives notice of series of which more is written than bought, and of those that have to give way to others.
    Notice = "notice",
    /// Sells bought options of accounts that owe cash.
    Cash = "cash",
    /// Reports that nobody has sampled an underlying for a day.
    Silence = "silence",
    /// Ends a series of an underlying whose silence was reported seven days ago.
    End = "end",
    /// Lists strikes around the price, by the rules of the configuration.
    List = "list",
    /// Frees slots of series without open interest while a registry is filling up.
    Retire = "retire",
    /// Accrues funding and measures net asset value between trades.
    Refresh = "refresh",
    /// Moves insurance's income to its vault.
    Sweep = "sweep",
}

impl Job {
    /// Whether others wait for it: a keeper that has much to do keeps a part of its transactions under way for these jobs.
    pub const fn is_urgent(self) -> bool {
        !matches!(
            self,
            Self::Settle
                | Self::Claim
                | Self::Sync
                | Self::Cash
                | Self::Silence
                | Self::End
                | Self::List
                | Self::Retire
                | Self::Refresh
                | Self::Sweep
        )
    }

    /// Whether tokens leave a vault by it without the signature of whom they are due to. While the token takes a fee of transfers the program refuses that (`FeeUnsigned`).
    pub(crate) const fn pays_out(self) -> bool {
        matches!(self, Self::Claim | Self::Sweep)
    }

    /// Whether tasks about different accounts of a pool are done in one transaction: where a price has moved, there are many of them at once.
    pub(crate) const fn is_done_together(self) -> bool {
        matches!(self, Self::Liquidate | Self::BadDebt | Self::Settle)
    }
}

impl fmt::Display for Job {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Job {
    type Err = String;

    /// ```
    /// assert_eq!("liquidate".parse(), Ok(evergreen_keeper::Job::Liquidate));
    /// assert!("steal".parse::<evergreen_keeper::Job>().unwrap_err().contains("liquidate"));
    /// ```
    fn from_str(word: &str) -> Result<Self, String> {
        let names = || Self::ALL.iter().map(|job| job.name()).collect::<Vec<_>>().join(", ");
        let found = Self::ALL.iter().find(|job| job.name() == word);
        found.copied().ok_or_else(|| format!("`{word}` is no job: expected one of {}", names()))
    }
}

/// Identity of a task. While a task is under way, no other task with the same key is begun.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Key {
    /// Its kind of work.
    pub job: Job,
    /// The account that it is about.
    pub subject: Pubkey,
    /// The part of the account that it is about, such as a series, a set of push feeds, or the unix second of a commitment; zero if it
    /// is about the whole account.
    pub part: u64,
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} {}", self.job, self.subject, self.part)
    }
}

/// Work that a keeper can do: one transaction, or the posting of prices.
#[derive(Clone, Debug)]
pub struct Task {
    /// Identity of the task.
    pub key: Key,
    /// The pool that it is about; `None` if it is about an underlying or prices.
    pub pool: Option<Pubkey>,
    /// The margin account that it changes beside the keeper's own. Two tasks that change the same account are not under way at a
    /// time.
    pub account: Option<Pubkey>,
    /// The keeper's own margin account, if the task opens it. No other task that opens it is under way at that time.
    pub opens: Option<Pubkey>,
    /// By how much a liquidation finds the account below maintenance, in native units of the pool's collateral; zero for other tasks.
    pub lacks: u64,
    /// Expected reward of the keeper, in native units of the pool's collateral; zero for tasks without a reward.
    pub reward: u64,
    /// Instructions of the one transaction that does the task; empty for posting prices, which takes several transactions.
    pub instructions: Vec<Instruction>,
    /// What is done instead where that is too much for one transaction, the largest part first; the rest is found again.
    pub parts: Vec<Vec<Instruction>>,
    /// The prices to post; `None` if the task is another.
    pub prices: Option<Prices>,
    /// The commitment to fill with a price posted in the same transaction, which the service is asked for first; `None` if the task is
    /// another.
    pub priced_fill: Option<PricedFill>,
    /// Tasks of the same job about other accounts of the pool that are done in the same transaction, after this one. They have none with them.
    pub with: Vec<Task>,
}

/// A commitment that is filled with the one price that nobody has posted, in one transaction.
#[derive(Clone, Copy, Debug)]
pub struct PricedFill {
    /// Addresses of the pool.
    pub keys: PoolKeys,
    /// The margin account that it lies in.
    pub account: Pubkey,
    /// The keeper's margin account, which gets the tip, if it is open.
    pub filler: Option<Pubkey>,
}

/// Prices to post.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Prices {
    /// Their feeds.
    pub feeds: Vec<FeedId>,
    /// Which publication of each is posted.
    pub wanted: Wanted,
}

/// Which publication of a price is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wanted {
    /// The latest one, if it was published at this unix second or later; an older one would be refused as stale.
    Latest {
        /// Unix second from which on a price is usable.
        usable_from: i64,
        /// Unix second before which a price on the chain was published that has to be posted anew.
        due_before: i64,
    },
    /// The first one published after this unix second, for the commitments and notices that wait for it.
    FirstAfter(i64),
}

impl Task {
    /// Returns a task about a pool without a reward, with one instruction or none yet.
    pub(crate) fn plain(pool: Pubkey, key: Key, instruction: Option<Instruction>) -> Self {
        Self {
            key,
            pool: Some(pool),
            account: None,
            opens: None,
            lacks: 0,
            reward: 0,
            instructions: instruction.into_iter().collect(),
            parts: Vec::new(),
            prices: None,
            priced_fill: None,
            with: Vec::new(),
        }
    }

    /// Returns this task with the margin account that it changes.
    pub(crate) fn about(self, account: Pubkey) -> Self {
        Self { account: Some(account), ..self }
    }

    /// Returns this task with an instruction in front that opens the keeper's own margin account; `None` if the transaction would be too large.
    pub(crate) fn opening(mut self, own: Pubkey, open: Instruction) -> Option<Self> {
        for instructions in self.parts.iter_mut().chain([&mut self.instructions]) {
            instructions.insert(0, open.clone());
        }
        self.opens = Some(own);
        fits(&self.instructions).then_some(self)
    }

    /// This task and those with it.
    pub fn members(&self) -> impl Iterator<Item = &Self> {
        std::iter::once(self).chain(&self.with)
    }

    /// Addresses of the accounts that the task changes. They are read again once it is done.
    pub fn touched(&self) -> Vec<Pubkey> {
        let metas = self.instructions.iter().flat_map(|instruction| &instruction.accounts);
        let mut keys: Vec<Pubkey> = metas.filter(|meta| meta.is_writable).map(|meta| meta.pubkey).collect();
        keys.sort_unstable();
        keys.dedup();
        keys
    }
}

/// Sorts tasks: the most urgent job comes first, within a job the account that lacks most, and then the highest reward.
pub fn rank(tasks: &mut [Task]) {
    use core::cmp::Reverse;
    tasks.sort_by_key(|task| (task.key.job, Reverse(task.lacks), Reverse(task.reward)));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn task(job: Job, reward: u64) -> Task {
        let key = Key { job, subject: Pubkey::new_from_array([1; 32]), part: 0 };
        Task { reward, pool: None, ..Task::plain(key.subject, key, None) }
    }

    #[test]
    fn urgency_comes_before_reward() {
        let liquidate = |reward| task(Job::Liquidate, reward);
        let mut tasks = [task(Job::Sweep, 9), liquidate(1), task(Job::Order, 7), liquidate(2), task(Job::Fill, 0)];
        rank(&mut tasks);
        let order: Vec<(Job, u64)> = tasks.iter().map(|task| (task.key.job, task.reward)).collect();
        let ranked = [(Job::Fill, 0), (Job::Liquidate, 2), (Job::Liquidate, 1), (Job::Order, 7), (Job::Sweep, 9)];
        assert_eq!(order, ranked);
    }

    #[test]
    fn who_lacks_most_is_liquidated_first() {
        let liquidate = |lacks, reward| Task { lacks, ..task(Job::Liquidate, reward) };
        let mut tasks = [liquidate(1, 9), liquidate(5, 1), liquidate(5, 2)];
        rank(&mut tasks);
        let order: Vec<(u64, u64)> = tasks.iter().map(|task| (task.lacks, task.reward)).collect();
        assert_eq!(order, [(5, 2), (5, 1), (1, 9)]);
    }

    #[test]
    fn jobs_have_different_names_that_are_read_back() {
        for job in Job::ALL {
            assert_eq!(job.name().parse(), Ok(*job));
        }
    }
}
