//! The tasks that are under way and those that have to wait, so that no task is begun twice.

use crate::task::{Key, Task};
use evergreen_sdk::anchor_lang::prelude::Pubkey;
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

/// Pause after the first failure of a task; it doubles with every further failure in a row.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// Pause of all payments of a pool whose token takes a fee of transfers: only the token's issuer ends that.
const FEE_PAUSE: Duration = Duration::from_secs(3_600);

/// State of a key that is not free.
#[derive(Debug)]
enum State {
    /// The task is being done, or is done and its outcome has not been seen yet.
    UnderWay,
    /// The task has failed `failures` times in a row and is not tried before `until`.
    Waiting { failures: u32, until: Instant },
}

/// The tasks that are under way, and those that have failed lately.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    states: HashMap<Key, State>,
    /// Margin accounts that tasks under way change, and those of the keeper that they open.
    occupied: HashSet<Pubkey>,
    /// Pools out of which nothing is paid before this moment.
    held: HashMap<Pubkey, Instant>,
}

impl InFlight {
    /// Whether no task with this key is under way or has to wait.
    pub fn is_free(&self, key: &Key, now: Instant) -> bool {
        match self.states.get(key) {
            None => true,
            Some(State::UnderWay) => false,
            Some(State::Waiting { until, .. }) => now >= *until,
        }
    }

    /// Whether this task may be begun: its key is free, no other task under way changes its account, and its pool's payments do not wait.
    pub fn may_begin(&self, task: &Task, now: Instant) -> bool {
        let mut accounts = task.account.into_iter().chain(task.opens);
        let held = task.pool.filter(|_| task.key.job.pays_out()).and_then(|pool| self.held.get(&pool));
        held.is_none_or(|until| now >= *until)
            && self.is_free(&task.key, now)
            && !accounts.any(|account| self.occupied.contains(&account))
    }

    /// Marks a task as under way and returns how often it has failed in a row before.
    pub fn begin(&mut self, task: &Task) -> u32 {
        self.occupied.extend(task.account.into_iter().chain(task.opens));
        let key = task.key;
        match self.states.insert(key, State::UnderWay) {
            Some(State::Waiting { failures, .. }) => failures,
            _ => 0,
        }
    }

    /// Frees the key of a task that is done.
    pub fn done(&mut self, task: &Task) {
        self.release(task);
        self.states.remove(&task.key);
        if let Some(pool) = task.pool.filter(|_| task.key.job.pays_out()) {
            self.held.remove(&pool);
        }
    }

    /// Makes all payments of a pool wait for an hour, because its token takes a fee of transfers. Returns whether none has waited since the last one was done.
    pub fn hold(&mut self, pool: Pubkey, now: Instant) -> bool {
        self.held.insert(pool, now + FEE_PAUSE).is_none()
    }

    /// Number of pools whose payments wait.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    fn release(&mut self, task: &Task) {
        for account in task.account.iter().chain(&task.opens) {
            self.occupied.remove(account);
        }
    }

    /// Makes a task wait that has now failed `failures` times in a row.
    pub fn failed(&mut self, task: &Task, failures: u32, now: Instant) {
        self.release(task);
        let key = task.key;
        let pause = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
        self.states.insert(key, State::Waiting { failures, until: now + pause });
    }

    /// Number of tasks under way.
    pub fn under_way(&self) -> usize {
        self.states.values().filter(|state| matches!(state, State::UnderWay)).count()
    }

    /// Forgets failed tasks that could have been tried again for ten minutes and were not.
    pub fn tidy(&mut self, now: Instant) {
        let old = |until: &Instant| now.saturating_duration_since(*until) > 10 * LONGEST_PAUSE;
        self.states.retain(|_, state| !matches!(state, State::Waiting { until, .. } if old(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Job;

    fn task(job: Job, account: Option<Pubkey>) -> Task {
        let key = Key { job, subject: Default::default(), part: 3 };
        Task { pool: None, account, ..Task::plain(key.subject, key, None) }
    }

    #[test]
    fn a_task_is_begun_once_and_waits_longer_after_every_failure() {
        let (mut in_flight, start, task) = (InFlight::default(), Instant::now(), task(Job::Exercise, None));
        assert!(in_flight.may_begin(&task, start));
        assert_eq!(in_flight.begin(&task), 0);
        assert!(!in_flight.may_begin(&task, start + Duration::from_secs(3_600)), "a task under way may be begun again");
        let mut now = start;
        for (failures, pause) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (40, 60)] {
            in_flight.failed(&task, failures, now);
            assert!(!in_flight.may_begin(&task, now + Duration::from_secs(pause) - Duration::from_millis(1)));
            now += Duration::from_secs(pause);
            assert!(in_flight.may_begin(&task, now));
            assert_eq!((in_flight.begin(&task), in_flight.under_way()), (failures, 1));
        }
        in_flight.done(&task);
        assert!(in_flight.may_begin(&task, now) && in_flight.under_way() == 0);
        in_flight.failed(&task, 1, now);
        in_flight.tidy(now + Duration::from_secs(3_600));
        assert_eq!(in_flight.begin(&task), 0, "the failure is not forgotten");
    }

    #[test]
    fn all_payments_of_a_pool_wait_for_the_end_of_a_fee() {
        let (mut in_flight, start) = (InFlight::default(), Instant::now());
        let [pool, other] = [1, 2].map(|byte| Pubkey::new_from_array([byte; 32]));
        let task = |job, pool, part| {
            let key = Key { job, subject: pool, part };
            Task::plain(pool, key, None)
        };
        let [first, second, sweep] = [task(Job::Claim, pool, 1), task(Job::Claim, pool, 2), task(Job::Sweep, pool, 0)];
        in_flight.begin(&first);
        in_flight.failed(&first, 1, start);
        assert!(in_flight.hold(pool, start), "it is told once");
        let soon = start + Duration::from_secs(3_599);
        assert!([&first, &second, &sweep].iter().all(|task| !in_flight.may_begin(task, soon)));
        // Other work of the pool, and payments of others, go on.
        assert!(in_flight.may_begin(&task(Job::Refresh, pool, 0), start));
        assert!(in_flight.may_begin(&task(Job::Claim, other, 1), start));
        // One is tried when the hour is over; it is not told again.
        let later = start + Duration::from_secs(3_600);
        assert!(in_flight.may_begin(&second, later));
        assert!(!in_flight.hold(pool, later) && in_flight.held() == 1);
        in_flight.done(&second);
        assert!(in_flight.may_begin(&sweep, later) && in_flight.held() == 0);
    }

    #[test]
    fn only_one_task_at_a_time_opens_an_account() {
        let (mut in_flight, now) = (InFlight::default(), Instant::now());
        let own = Some(Pubkey::new_from_array([9; 32]));
        let opening = |byte| Task { opens: own, ..task(Job::Liquidate, Some(Pubkey::new_from_array([byte; 32]))) };
        let other = Task { key: Key { part: 4, ..opening(2).key }, ..opening(2) };
        in_flight.begin(&opening(1));
        assert!(!in_flight.may_begin(&other, now));
        in_flight.done(&opening(1));
        assert!(in_flight.may_begin(&other, now));
    }

    #[test]
    fn only_one_task_at_a_time_changes_an_account() {
        let (mut in_flight, now) = (InFlight::default(), Instant::now());
        let account = |byte| Some(Pubkey::new_from_array([byte; 32]));
        let (settle, order) = (task(Job::Settle, account(1)), task(Job::Order, account(1)));
        in_flight.begin(&settle);
        assert!(!in_flight.may_begin(&order, now));
        assert!(in_flight.may_begin(&task(Job::Order, account(2)), now));
        in_flight.failed(&settle, 1, now);
        assert!(in_flight.may_begin(&order, now) && !in_flight.may_begin(&settle, now));
        in_flight.begin(&order);
        in_flight.done(&order);
        assert!(in_flight.may_begin(&order, now));
    }
}
