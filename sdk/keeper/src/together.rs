//! Tasks that are done in one transaction: where a price has moved, many accounts of a pool are liquidated or settled at once.

use crate::{
    size::fits,
    task::{Job, Task},
};
use evergreen_sdk::anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use std::collections::HashMap;

/// Most tasks that are done in one transaction: a liquidation of one leg takes about an eighth of its compute units.
pub(crate) const MOST: usize = 8;

impl Task {
    /// Takes another task with this one, if both can be done in one transaction; otherwise it is returned.
    pub fn take_along(&mut self, other: Self) -> Option<Self> {
        let is_alike = self.key.job.is_done_together() && (self.key.job, self.pool) == (other.key.job, other.pool);
        let is_one = other.with.is_empty() && other.opens.is_none();
        if !is_alike || !is_one || self.with.len() + 1 >= MOST {
            return Some(other);
        }
        self.with.push(other);
        if fits(&joined(self.members())) { None } else { self.with.pop() }
    }
}

/// The instructions of one transaction that does these tasks, in their order; what several of them have in front is there once.
pub(crate) fn joined<'a>(tasks: impl Iterator<Item = &'a Task>) -> Vec<Instruction> {
    let mut all: Vec<Instruction> = Vec::new();
    for instruction in tasks.flat_map(|task| &task.instructions) {
        if !all.contains(instruction) {
            all.push(instruction.clone());
        }
    }
    all
}

/// Puts tasks that can be done in one transaction together. They are ranked before, and what comes first stays first.
pub(crate) fn together(ranked: impl IntoIterator<Item = Task>) -> Vec<Task> {
    let mut all: Vec<Task> = Vec::new();
    // Where the last task of a job in a pool is to which others are added.
    let mut open: HashMap<(Job, Option<Pubkey>), usize> = HashMap::new();
    for task in ranked {
        let kind = (task.key.job, task.pool);
        let left = match open.get(&kind).and_then(|place| all.get_mut(*place)) {
            Some(first) => first.take_along(task),
            None => Some(task),
        };
        if let Some(task) = left {
            open.insert(kind, all.len());
            all.push(task);
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::Key;
    use evergreen_sdk::anchor_lang::solana_program::instruction::AccountMeta;
    use std::collections::HashSet;

    /// A liquidation in a pool of an account: as many accounts and bytes as those of one leg have.
    fn liquidation(pool: u8, account: u8) -> Task {
        let key = |byte| Pubkey::new_from_array([byte; 32]);
        // The program, and five accounts that all liquidations of the pool have.
        let common = [pool, 101, 102, 103, 104, 105].map(key);
        let accounts = common.into_iter().chain([key(account)]).map(|key| AccountMeta::new(key, false)).collect();
        let instruction = Instruction { program_id: key(100), accounts, data: vec![account; 30] };
        let name = Key { job: Job::Liquidate, subject: key(account), part: 0 };
        Task::plain(key(pool), name, Some(instruction)).about(key(account))
    }

    #[test]
    fn tasks_of_a_pool_are_done_together_as_far_as_they_fit() {
        let ranked = (0..24).map(|number| liquidation(200 + number % 2, number));
        let key = Key { job: Job::Order, subject: Pubkey::new_from_array([99; 32]), part: 0 };
        let other = Task { pool: None, ..Task::plain(key.subject, key, None) };
        let all = together(ranked.chain([other.clone(), other]));
        let sizes: Vec<usize> = all.iter().map(|task| task.members().count()).collect();
        // Eight of twelve in each pool, and the other four; orders are done one by one.
        assert_eq!(sizes, [8, 8, 4, 4, 1, 1]);
        for task in &all {
            assert!(fits(&joined(task.members())));
            assert!(task.members().all(|member| member.pool == task.pool));
        }
        let subjects: HashSet<Pubkey> = all.iter().flat_map(Task::members).map(|task| task.key.subject).collect();
        assert_eq!(subjects.len(), 25, "none is lost or done twice");
        assert_eq!(all[0].key.subject, Pubkey::new_from_array([0; 32]), "the first stays the first");
        // Where they are larger, fewer fit.
        let large = |number: u8| {
            let mut task = liquidation(200, number);
            task.instructions[0].data = vec![number; 300];
            task
        };
        let all = together((0..6).map(large));
        assert!(all.len() > 2 && all.iter().all(|task| fits(&joined(task.members()))));
        // What all have in front is done once.
        let refresh = large(77).instructions.remove(0);
        let with = |number| {
            let mut task = liquidation(200, number);
            task.instructions.insert(0, refresh.clone());
            task
        };
        let all = together([with(1), with(2)]);
        assert_eq!((all.len(), joined(all[0].members()).len()), (1, 3));
    }
}
