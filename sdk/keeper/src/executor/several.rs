//! Does several tasks of a pool in one transaction.

use super::{TaskOutcome, Worker, failed};
use crate::{task::Task, together::joined};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Confirmed, SendError},
    events::{self, Event},
};

impl Worker {
    /// Does a task and those with it in one transaction, and returns each with its outcome. One that the program refuses is left out, and where they are too much for one transaction half of them are
    /// postponed, so that in the end there is at least one that is done, or refused, by itself.
    pub async fn perform_all(&self, mut task: Task) -> Vec<(Task, TaskOutcome)> {
        let mut left = std::mem::take(&mut task.with);
        left.insert(0, task);
        let mut ended = Vec::new();
        if self.dry_run {
            // Nothing is sent, so they are tried out one by one, and what needs the account that the first one opens is not.
            ended.extend(left.split_off(1).into_iter().map(|task| (task, TaskOutcome::Postponed)));
        }
        while left.len() > 1 {
            let label = format!("{} and {} more", left[0].key, left.len() - 1);
            let client = self.client.labelled(&label);
            let sent = client.send(&*self.key, &joined(left.iter()), &[], &[], &self.options).await;
            let error = match sent {
                Ok(landed) => {
                    ended.extend(self.all_confirmed(left, &landed).await);
                    return ended;
                }
                Err(error) => error,
            };
            if error.does_not_fit() {
                tracing::info!(task = %left[0].key, tasks = left.len(), why = %error, "too much for one transaction; doing a half of it");
                let later = left.split_off(left.len().div_ceil(2));
                ended.extend(later.into_iter().map(|task| (task, TaskOutcome::Postponed)));
                continue;
            }
            match refused(&left, &error) {
                // What the first one opens is opened by none of the others.
                Some(place) if place > 0 || left[0].opens.is_none() => {
                    ended.push((left.remove(place), failed(&error)));
                }
                _ => {
                    let others = left.split_off(1);
                    // What was sent can land no more once this is known, so the others may be begun again.
                    let outcome = self.settled(error).await;
                    ended.extend(left.pop().map(|task| (task, outcome)));
                    ended.extend(others.into_iter().map(|task| (task, TaskOutcome::Postponed)));
                }
            }
        }
        for task in left {
            let outcome = self.perform(&task).await;
            ended.push((task, outcome));
        }
        ended
    }

    /// What tasks of a transaction that has landed were worth, once the cache shows what it has changed.
    async fn all_confirmed(&self, tasks: Vec<Task>, landed: &Confirmed) -> Vec<(Task, TaskOutcome)> {
        let mut touched: Vec<Pubkey> = tasks.iter().flat_map(Task::touched).collect();
        touched.sort_unstable();
        touched.dedup();
        self.see(&touched, landed.slot).await;
        let record = self.record(landed).await;
        let events = record.as_ref().map(|record| events::from_logs(&record.logs)).unwrap_or_default();
        let of = |task: Task| {
            let own =
                events.iter().filter(|event| matches!(event, Event::Liquidated(e) if e.account == task.key.subject));
            let reward = own.map(|event| self.reward(event)).sum();
            (task, TaskOutcome::Confirmed { signature: landed.signature.to_string(), reward })
        };
        tasks.into_iter().map(of).collect()
    }
}

/// Place of the task whose instruction the program refuses.
fn refused(tasks: &[Task], error: &SendError) -> Option<usize> {
    let SendError::Refused { refusal, .. } = error else { return None };
    let instruction = joined(tasks.iter()).into_iter().nth(usize::from(refusal.instruction?))?;
    tasks.iter().position(|task| task.instructions.last() == Some(&instruction))
}
