//! Which work is under way and which has to wait: nothing is begun twice.

use crate::work::{Key, Work};
use evergreen_sdk::anchor_lang::prelude::Pubkey;
use std::{
    collections::{HashMap, HashSet},
    time::{Duration, Instant},
};

/// Pause after the first failure of a piece of work; it doubles with every further one.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
/// Longest pause.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

/// State of a key that is not free.
#[derive(Debug)]
enum State {
    /// Being done, or done and its outcome not yet seen.
    UnderWay,
    /// Has failed so often, and is not tried before then.
    Waiting { failures: u32, until: Instant },
}

/// The work that is under way, and what has failed lately.
#[derive(Debug, Default)]
pub(crate) struct Hands {
    states: HashMap<Key, State>,
    /// Margin accounts that work under way changes.
    occupied: HashSet<Pubkey>,
}

impl Hands {
    /// Whether work with this key may be begun.
    pub fn is_free(&self, key: &Key, now: Instant) -> bool {
        match self.states.get(key) {
            None => true,
            Some(State::UnderWay) => false,
            Some(State::Waiting { until, .. }) => now >= *until,
        }
    }

    /// Whether this work may be begun: neither itself nor anything else about its account is under way.
    pub fn may_begin(&self, work: &Work, now: Instant) -> bool {
        self.is_free(&work.key, now) && work.account.is_none_or(|account| !self.occupied.contains(&account))
    }

    /// Begins it; how often it has failed before.
    pub fn begin(&mut self, work: &Work) -> u32 {
        self.occupied.extend(work.account);
        let key = work.key;
        match self.states.insert(key, State::UnderWay) {
            Some(State::Waiting { failures, .. }) => failures,
            _ => 0,
        }
    }

    /// It is done and the world shows it.
    pub fn done(&mut self, work: &Work) {
        self.release(work);
        self.states.remove(&work.key);
    }

    fn release(&mut self, work: &Work) {
        if let Some(account) = &work.account {
            self.occupied.remove(account);
        }
    }

    /// It was not done, `failures` times in a row by now.
    pub fn failed(&mut self, work: &Work, failures: u32, now: Instant) {
        self.release(work);
        let key = work.key;
        let pause = FIRST_PAUSE.saturating_mul(1 << failures.saturating_sub(1).min(10)).min(LONGEST_PAUSE);
        self.states.insert(key, State::Waiting { failures, until: now + pause });
    }

    /// How much is under way.
    pub fn under_way(&self) -> usize {
        self.states.values().filter(|state| matches!(state, State::UnderWay)).count()
    }

    /// Forgets failures of long ago, of work that nobody has found since.
    pub fn tidy(&mut self, now: Instant) {
        let old = |until: &Instant| now.saturating_duration_since(*until) > 10 * LONGEST_PAUSE;
        self.states.retain(|_, state| !matches!(state, State::Waiting { until, .. } if old(until)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::work::Job;

    fn work(job: Job, account: Option<Pubkey>) -> Work {
        let key = Key { job, subject: Default::default(), part: 3 };
        Work { key, pool: None, account, reward: 0, instructions: Vec::new(), prices: None }
    }

    #[test]
    fn work_is_begun_once_and_waits_longer_after_every_failure() {
        let (mut hands, start, work) = (Hands::default(), Instant::now(), work(Job::Exercise, None));
        assert!(hands.may_begin(&work, start));
        assert_eq!(hands.begin(&work), 0);
        assert!(!hands.may_begin(&work, start + Duration::from_secs(3_600)), "under way for as long as it takes");
        let mut now = start;
        for (failures, pause) in [(1, 1), (2, 2), (3, 4), (4, 8), (5, 16), (6, 32), (7, 60), (40, 60)] {
            hands.failed(&work, failures, now);
            assert!(!hands.may_begin(&work, now + Duration::from_secs(pause) - Duration::from_millis(1)));
            now += Duration::from_secs(pause);
            assert!(hands.may_begin(&work, now));
            assert_eq!((hands.begin(&work), hands.under_way()), (failures, 1));
        }
        hands.done(&work);
        assert!(hands.may_begin(&work, now) && hands.under_way() == 0);
        hands.failed(&work, 1, now);
        hands.tidy(now + Duration::from_secs(3_600));
        assert_eq!(hands.begin(&work), 0, "forgotten");
    }

    #[test]
    fn an_account_is_in_one_hand_at_a_time() {
        let (mut hands, now) = (Hands::default(), Instant::now());
        let account = |byte| Some(Pubkey::new_from_array([byte; 32]));
        let (settle, order) = (work(Job::Settle, account(1)), work(Job::Order, account(1)));
        hands.begin(&settle);
        assert!(!hands.may_begin(&order, now));
        assert!(hands.may_begin(&work(Job::Order, account(2)), now));
        hands.failed(&settle, 1, now);
        assert!(hands.may_begin(&order, now) && !hands.may_begin(&settle, now));
        hands.begin(&order);
        hands.done(&order);
        assert!(hands.may_begin(&order, now));
    }
}
