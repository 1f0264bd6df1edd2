//! One task done: sent once, its outcome waited for, and the changed accounts read again.

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

/// What came of a task.
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is done.
    Confirmed {
        /// The transaction.
        signature: String,
        /// Earned, native units.
        reward: u64,
        /// Paid, lamports.
        fee: u64,
    },
    /// Prices are posted.
    Posted {
        /// The transactions that have posted them.
        signatures: Vec<String>,
        /// How many.
        prices: usize,
        /// Paid, lamports; counted already.
        fee: u64,
    },
    /// The price service has no update: nothing was sent.
    NoService(String),
    /// The program refused.
    Refused {
        /// Its name for why.
        cause: String,
        /// In words.
        words: String,
        /// Whether the refusal cost a fee: the snapshot changed between simulation and landing.
        on_chain: bool,
    },
    /// The network did not answer: nothing was sent.
    Unanswered(String),
    /// It was not done, for a reason that is not the program's.
    Failed(String),
    /// It would change nothing: nothing was sent.
    Needless,
    /// It would be done: nothing was sent.
    Simulated {
        /// Compute units.
        units: u64,
    },
}

/// Who does the work.
#[derive(Clone)]
pub(crate) struct Worker {
    pub client: Client,
    pub key: Arc<Keypair>,
    pub cache: Cache,
    pub journal: Option<Journal>,
    pub options: SendOptions,
    pub dry_run: bool,
    /// Where rewards are paid to.
    pub own_account: Option<Pubkey>,
    /// How prices are posted.
    pub posting: Option<Posting>,
    pub metrics: Metrics,
}

/// How long accounts are read again for.
const SEEING: Duration = Duration::from_secs(15);
/// Without a journal: after so long nothing that was signed can land any more.
const FORGOTTEN: Duration = Duration::from_secs(300);

impl Worker {
    /// Does it. Returns only when nothing of it is under way any more.
    pub async fn perform(&self, task: &Task) -> Outcome {
        if let Some(prices) = &task.prices {
            return self.post(prices).await;
        }
        if task.key.job == Job::Sync {
            // Vault and ledgers in the cache may be of two moments; the chain knows whether they differ.
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

    /// What has come of a failure to send, once nothing is under way any more.
    async fn settled(&self, error: SendError) -> Outcome {
        let SendError::Unknown { signature, source } = error else { return failed(&error) };
        tracing::warn!(%signature, error = %source, "the outcome of a transaction is unknown; finding out");
        self.find_out(&signature.to_string()).await;
        Outcome::Failed(format!("outcome of {signature} was unknown for a while"))
    }

    /// Who posts prices, if the keeper was told to.
    pub fn poster(&self) -> Option<Poster> {
        let posting = self.posting.as_ref()?;
        let poster = Poster::new(self.client.clone(), self.key.clone(), 0, posting.programs, posting.shard);
        Some(poster.with(self.options, posting.treasury))
    }

    /// Asks for prices and posts those that are newer and of use.
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
                // Before the rent comes back: other work waits for prices.
                self.see(&accounts, posted.slot).await;
                Outcome::Posted { signatures: posted.signatures, prices: newer.len(), fee: 0 }
            }
            Err(PostError::Send(error)) => self.settled(error).await,
            Err(PostError::Price(error)) => Outcome::NoService(error.to_string()),
        };
        if let Err(error) = poster.clear().await {
            tracing::warn!(%error, message = %poster.message(), "the rent of a message comes back before the next posting");
            // Nothing is to be under way when this returns.
            let _ = self.settled(error).await;
        }
        if let Outcome::Posted { fee, .. } = &mut outcome {
            *fee = poster.fees();
        }
        outcome
    }

    /// Waits until the journal no longer has the transaction: it has landed, failed or expired then.
    async fn find_out(&self, signature: &str) {
        let Some(journal) = &self.journal else { return sleep(FORGOTTEN).await };
        while journal.has(signature) {
            // Another task may be about it, or the network still away.
            let _ = self.client.recover(&self.options, |_| RecoveryMode::Resend).await;
            sleep(self.options.poll).await;
        }
    }

    /// Reads the changed accounts until they are as the transaction left them or newer: the same work is not found again in a
    /// world that does not show it yet.
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

    /// What an event says that this keeper has earned, native units.
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
