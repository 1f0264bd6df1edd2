//! Does one task: sends it once, waits for its outcome, and reads the changed accounts again.

use crate::{
    metrics::Metrics,
    post::{PostError, Poster, Posting},
    task::{Job, Prices, Task},
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::{Cache, Client, Journal, RecoveryMode, SendError, SendOptions},
    events::{self, Event},
    failure::{Cause, Refusal},
    price::FeedId,
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{sync::Arc, time::Duration};
use tokio::time::{Instant, sleep};

/// Outcome of a task.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// The task is done.
    Confirmed {
        /// Signature of its transaction.
        signature: String,
        /// Reward earned, in native units.
        reward: u64,
        /// Fee paid, in lamports.
        fee: u64,
    },
    /// Prices are posted.
    Posted {
        /// Signatures of the transactions that have posted them.
        signatures: Vec<String>,
        /// Number of prices.
        prices: usize,
        /// Fees paid, in lamports; [`Worker::post`] adds them to the metrics.
        fee: u64,
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
    /// The network did not answer: nothing was sent.
    Unanswered(String),
    /// The task was not done for another reason than a refusal.
    Failed(String),
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
    /// How prices are posted.
    pub posting: Option<Posting>,
    pub metrics: Metrics,
}

/// Longest wait until accounts are read as a transaction left them.
const SEEING: Duration = Duration::from_secs(15);
/// Time after which no signed transaction can land any more; it is waited for where there is no journal.
const FORGOTTEN: Duration = Duration::from_secs(300);

impl Worker {
    /// Does a task. It returns only when no transaction of the task is under way any more.
    pub async fn perform(&self, task: &Task) -> Outcome {
        if let Some(prices) = &task.prices {
            return self.post(prices).await;
        }
        if task.key.job == Job::Sync {
            // Vaults and ledgers in the cache may be of two moments; a simulation on the chain tells whether they differ.
            match self.client.simulate(&self.key.pubkey(), &task.instructions, &[]).await {
                Ok(record) if events::from_logs(&record.logs).is_empty() => return Outcome::Needless,
                Ok(_) => {}
                Err(error) => return failed(&error),
            }
        }
        if self.dry_run {
            return match self.client.simulate(&self.key.pubkey(), &task.instructions, &[]).await {
                Ok(record) => Outcome::Simulated { units: record.compute_units.unwrap_or_default() },
                Err(error) => failed(&error),
            };
        }
        let client = self.client.labelled(&task.key.to_string());
        match client.send(&*self.key, &task.instructions, &[], &[], &self.options).await {
            Ok(landed) => {
                let events = landed.events();
                self.see(&task.touched(), landed.slot).await;
                Outcome::Confirmed {
                    signature: landed.signature.to_string(),
                    reward: events.iter().map(|event| self.reward(event)).sum(),
                    fee: landed.record.as_ref().map_or(0, |record| record.fee),
                }
            }
            Err(error) => self.settled(error).await,
        }
    }

    /// Waits until a transaction that was not confirmed can land no more, and returns the outcome of the task.
    async fn settled(&self, error: SendError) -> Outcome {
        let SendError::Unknown { signature, source } = error else { return failed(&error) };
        tracing::warn!(%signature, error = %source, "the outcome of a transaction is unknown; finding out");
        self.find_out(&signature.to_string()).await;
        Outcome::Failed(format!("outcome of {signature} was unknown for a while"))
    }

    /// Returns a poster of prices; `None` if the keeper does not post prices.
    pub fn poster(&self) -> Option<Poster> {
        let posting = self.posting.as_ref()?;
        let poster = Poster::new(self.client.clone(), self.key.clone(), 0, posting.programs, posting.shard);
        Some(poster.with(self.options, posting.treasury))
    }

    /// Asks the service for prices, posts those that are newer than the chain's and not stale, and counts the fees.
    async fn post(&self, prices: &Prices) -> Outcome {
        let (Some(posting), Some(poster)) = (&self.posting, self.poster()) else { return Outcome::Needless };
        let outcome = self.post_with(posting, &poster, prices).await;
        self.metrics.count_posting_fees(poster.fees());
        outcome
    }

    async fn post_with(&self, posting: &Posting, poster: &Poster, prices: &Prices) -> Outcome {
        if !self.dry_run
            && let Err(error) = poster.clear().await
        {
            return self.settled(error).await;
        }
        let update = match posting.service.latest(&prices.feeds).await {
            Ok(update) => update,
            Err(error) => return Outcome::NoService(error.to_string()),
        };
        let usable = |feed: &FeedId| {
            update.prices().any(|price| price.feed == *feed && price.publish_time >= prices.usable_from)
        };
        let mut newer = match poster.newer(&update, &prices.feeds).await {
            Ok(newer) => newer,
            Err(error) => return failed(&error.into()),
        };
        newer.retain(usable);
        if newer.is_empty() {
            return Outcome::Needless;
        }
        if self.dry_run {
            return match poster.simulate(update).await {
                Ok(units) => Outcome::Simulated { units },
                Err(error) => failed(&error),
            };
        }
        let mut outcome = match poster.post(update, &newer).await {
            Ok(posted) => {
                let accounts: Vec<Pubkey> = newer.iter().map(|feed| poster.price(feed)).collect();
                // Accounts are read before the rent is taken back, because other tasks wait for the prices.
                self.see(&accounts, posted.slot).await;
                Outcome::Posted { signatures: posted.signatures, prices: newer.len(), fee: 0 }
            }
            Err(PostError::Send(error)) => self.settled(error).await,
            Err(PostError::Price(error)) => Outcome::NoService(error.to_string()),
        };
        if let Err(error) = poster.clear().await {
            tracing::warn!(%error, message = %poster.message(), "the rent of a message comes back before the next posting");
            // No transaction may be under way when this returns.
            let _ = self.settled(error).await;
        }
        if let Outcome::Posted { fee, .. } = &mut outcome {
            *fee = poster.fees();
        }
        outcome
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
            Event::OrderExecuted(e) if e.keeper_account.as_ref().is_some_and(own) => e.tip,
            Event::OrderCancelled(e) if e.keeper_account.as_ref().is_some_and(own) => e.tip,
            _ => 0,
        }
    }
}

fn failed(error: &SendError) -> Outcome {
    match error {
        SendError::Refused { refusal, signature, .. } => {
            Outcome::Refused { cause: cause(refusal), words: refusal.to_string(), on_chain: signature.is_some() }
        }
        SendError::Client(error) if error.is_passing() => Outcome::Unanswered(error.to_string()),
        other => Outcome::Failed(other.to_string()),
    }
}

fn cause(refusal: &Refusal) -> String {
    match &refusal.cause {
        Cause::Evergreen { name, .. } | Cause::Anchor { name, .. } => name.clone(),
        Cause::Foreign { .. } => format!("foreign-{}", refusal.code),
    }
}
