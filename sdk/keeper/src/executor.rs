//! Does one task: sends it once, waits for its outcome, and reads the changed accounts again.

mod posting;
mod priced_fill;
mod several;

use crate::{
    post::Posting,
    task::{Job, Task},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Cache, Client, Confirmed, Journal, Record, RecoveryMode, SendError, SendOptions},
    events::{self, Event},
    evergreen::state::{MarginAccount, Order},
    failure::{Cause, Refusal},
    price::PriceProvider,
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// Outcome of a task.
#[derive(Debug)]
pub(crate) enum TaskOutcome {
    /// The task is done.
    Confirmed {
        /// Signature of its transaction.
        signature: String,
        /// Reward earned, in native units.
        reward: u64,
    },
    /// Prices are posted.
    Posted {
        /// Signatures of the transactions that have posted them.
        signatures: Vec<String>,
        /// Number of prices.
        prices: usize,
    },
    /// The price service has no update: nothing was sent.
    NoService(String),
    /// The program refused.
    Refused {
        /// Name of the error.
        cause: String,
        /// The refusal in words.
        words: String,
        /// Whether the transaction failed on chain and cost a fee, because accounts changed between simulation and landing.
        on_chain: bool,
    },
    /// The keeper's key has too little SOL for fees or rent: nothing was sent.
    TooLittleSol(String),
    /// Somebody else has done it before.
    Elsewhere,
    /// The network did not answer: nothing was sent.
    Unanswered(String),
    /// The task was not done for another reason than a refusal.
    Failed(String),
    /// Another task of its transaction has kept it from being done: nothing was sent for it.
    Postponed,
    /// The task would change nothing: nothing was sent.
    Needless,
    /// The task would succeed: nothing was sent, because this is a dry run.
    Simulated {
        /// Compute units of the simulation.
        units: u64,
    },
}

/// Does tasks.
#[derive(Clone)]
pub(crate) struct Worker {
    pub client: Client,
    pub key: Arc<Keypair>,
    pub cache: Cache,
    pub journal: Option<Journal>,
    pub options: SendOptions,
    pub dry_run: bool,
    /// The margin account that rewards are paid to.
    pub own_account: Option<Pubkey>,
    /// Where prices are read.
    pub source: Arc<dyn PriceProvider>,
    /// How prices are posted.
    pub posting: Option<Posting>,
}

/// Longest wait until accounts are read as a transaction left them.
const SEEING: Duration = Duration::from_secs(15);
/// Time after which no signed transaction can land any more; it is waited for where there is no journal.
const FORGOTTEN: Duration = Duration::from_secs(300);

/// Number of further requests for the record of a transaction that has landed.
const RECORDS: usize = 5;

impl Worker {
    /// Does a task. It returns only when no transaction of the task is under way any more.
    pub async fn perform(&self, task: &Task) -> TaskOutcome {
        match self.attempt(task).await {
            TaskOutcome::Refused { .. } if self.is_over(task).await => TaskOutcome::Elsewhere,
            outcome => outcome,
        }
    }

    async fn attempt(&self, task: &Task) -> TaskOutcome {
        if let Some(prices) = &task.prices {
            return self.post(prices).await;
        }
        if let Some(fill) = &task.priced_fill {
            return self.fill_with_price(task, fill).await;
        }
        if task.key.job == Job::Sync {
            // Vaults and ledgers in the cache may be of two moments; a simulation on the chain tells whether they differ.
            match self.client.simulate(&self.key.pubkey(), &task.instructions, &[]).await {
                Ok(record) if events::from_logs(&record.logs).is_empty() => return TaskOutcome::Needless,
                Ok(_) => {}
                Err(error) => return failed(&error),
            }
        }
        if self.dry_run {
            return match self.client.simulate(&self.key.pubkey(), &task.instructions, &[]).await {
                Ok(record) => TaskOutcome::Simulated { units: record.compute_units.unwrap_or_default() },
                Err(error) => failed(&error),
            };
        }
        let client = self.client.labelled(&task.key.to_string());
        let mut sent = client.send(&*self.key, &task.instructions, &[], &[], &self.options).await;
        // What is too much for one transaction is refused before it is signed, so a smaller part does nothing twice.
        for part in &task.parts {
            let Err(error) = &sent else { break };
            if !error.does_not_fit() {
                break;
            }
            tracing::info!(task = %task.key, why = %error, "too much for one transaction; doing a part of it");
            sent = client.send(&*self.key, part, &[], &[], &self.options).await;
        }
        match sent {
            Ok(landed) => self.confirmed(&task.touched(), &landed).await,
            Err(error) => self.settled(error).await,
        }
    }

    /// What a transaction that has landed was worth, once the cache shows what it has changed.
    async fn confirmed(&self, touched: &[Pubkey], landed: &Confirmed) -> TaskOutcome {
        self.see(touched, landed.slot).await;
        let record = self.record(landed).await;
        let events = record.as_ref().map(|record| events::from_logs(&record.logs)).unwrap_or_default();
        TaskOutcome::Confirmed {
            signature: landed.signature.to_string(),
            reward: events.iter().map(|event| self.reward(event)).sum(),
        }
    }

    /// The record of a transaction that has landed. Where the network did not answer with it at once, it is asked again a few times,
    /// because the record says what was earned.
    async fn record(&self, landed: &Confirmed) -> Option<Record> {
        let mut record = landed.record.clone();
        for _ in 0..RECORDS {
            if record.is_some() {
                break;
            }
            sleep(self.options.poll).await;
            record = self.client.record(&landed.signature).await.ok();
        }
        record
    }

    /// Whether the commitment of a task has ended, or its order was committed or closed. Anyone may do that, so a refusal is no failure
    /// then. The cache learns of it.
    async fn is_over(&self, task: &Task) -> bool {
        if !matches!(task.key.job, Job::Fill | Job::Order) {
            return false;
        }
        let subject = task.key.subject;
        let Ok(read) = self.client.raw(&[subject]).await else { return false };
        let account = read.value.into_iter().next().flatten();
        let is_over = match (&account, task.key.job) {
            (None, _) => true,
            (Some(account), Job::Fill) => account.decode::<MarginAccount>(&subject).is_ok_and(|account| {
                let commitment = account.commitment;
                !commitment.is_open() || commitment.committed_at.unsigned_abs() != task.key.part
            }),
            (Some(account), _) => account.decode::<Order>(&subject).is_ok_and(|order| order.committed),
        };
        self.cache.update(subject, read.slot, account);
        is_over
    }

    /// Waits until a transaction that was not confirmed can land no more, and returns the outcome of the task.
    async fn settled(&self, error: SendError) -> TaskOutcome {
        let SendError::Unknown { signature, source } = error else { return failed(&error) };
        tracing::warn!(%signature, error = %source, "the outcome of a transaction is unknown; finding out");
        self.find_out(&signature.to_string()).await;
        // Whatever came of it, its fee is paid if it has landed.
        if let Ok(record) = self.client.record(&signature).await {
            self.client.note_fee(record.fee);
        }
        TaskOutcome::Failed(format!("outcome of {signature} was unknown for a while"))
    }

    /// Waits until the journal no longer has the transaction, that is, until it has landed, failed or expired.
    async fn find_out(&self, signature: &str) {
        let Some(journal) = &self.journal else { return sleep(FORGOTTEN).await };
        while journal.has(signature) {
            // A failure is no matter: another task may be recovering, or the network may still be away.
            let _ = self.client.recover(&self.options, |_| RecoveryMode::Resend).await;
            sleep(self.options.poll).await;
        }
    }

    /// Reads the changed accounts until they are as the transaction left them or newer. Otherwise the next snapshot would not show the
    /// change yet, and the same task would be found again.
    async fn see(&self, touched: &[Pubkey], slot: u64) {
        let over = Instant::now() + SEEING;
        while Instant::now() < over {
            if let Ok(read) = self.client.raw(touched).await
                && read.slot >= slot
            {
                for (key, account) in touched.iter().zip(read.value) {
                    self.cache.update(*key, read.slot, account);
                }
                return;
            }
            sleep(Duration::from_millis(100)).await;
        }
        tracing::warn!(slot, "the network does not show what has landed; going on with what it shows");
    }

    /// Reward of this keeper according to an event, in native units.
    fn reward(&self, event: &Event) -> u64 {
        let own = |account: &Pubkey| Some(*account) == self.own_account;
        match event {
            Event::Liquidated(e) if own(&e.liquidator) => e.reward,
            Event::CommitmentFilled(e) if e.filler_account.as_ref().is_some_and(own) => e.tip,
            Event::CommitmentCancelled(e) if e.filler_account.as_ref().is_some_and(own) => e.tip,
            Event::OrderExecuted(e) if e.keeper_account.as_ref().is_some_and(own) => e.tip,
            Event::OrderCancelled(e) if e.keeper_account.as_ref().is_some_and(own) => e.tip,
            _ => 0,
        }
    }
}

fn failed(error: &SendError) -> TaskOutcome {
    match error {
        SendError::Refused { refusal, signature, .. } if !error.lacks_sol() => {
            TaskOutcome::Refused { cause: cause(refusal), words: refusal.to_string(), on_chain: signature.is_some() }
        }
        SendError::Client(error) if error.is_passing() => TaskOutcome::Unanswered(error.to_string()),
        other if other.lacks_sol() => TaskOutcome::TooLittleSol(other.to_string()),
        other => TaskOutcome::Failed(other.to_string()),
    }
}

fn cause(refusal: &Refusal) -> String {
    match &refusal.cause {
        Cause::Evergreen { name, .. } | Cause::Anchor { name, .. } => name.clone(),
        Cause::Foreign { known: Some(known), .. } => known.full_name(),
        Cause::Foreign { .. } => format!("foreign-{}", refusal.code),
    }
}

#[cfg(test)]
mod tests;
