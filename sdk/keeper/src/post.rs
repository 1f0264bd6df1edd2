//! Posting prices: a signed update from a price service, brought into push feeds by several transactions.

use evergreen_sdk::{
    anchor_lang::{
        prelude::Pubkey,
        solana_program::{instruction::Instruction, system_instruction},
        system_program,
    },
    client::{Client, ClientError, Confirmed, RawAccount, SendError, SendOptions},
    price::{
        Destination, FeedId, NoPrice, PostedUpdates, PushFeeds, PythPrograms, PythUpdate, UpdateService, published,
    },
};
use futures_util::future::join_all;
use sha2::{Digest, Sha256};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// How long the network is waited for until it shows what has landed.
const SHOWING: Duration = Duration::from_secs(15);
/// How often it is tried to clear a message's address away.
const CLEARINGS: usize = 3;

/// What prices are posted from and to.
#[derive(Clone)]
pub struct Posting {
    /// Who has signed updates.
    pub service: Arc<dyn UpdateService>,
    /// Which of Pyth's programs.
    pub programs: PythPrograms,
    /// Number of the set of push feeds; the one that prices are read from.
    pub shard: u16,
    /// Prices older than so many seconds on the chain's clock are posted anew; `None` for a bit below the smallest age that
    /// the underlyings allow.
    pub when_older: Option<i64>,
    /// Number of the receiver's account that the fee of updates goes to.
    pub treasury: u8,
}

impl Posting {
    /// Into a set of push feeds, before prices are too old.
    pub fn new(service: Arc<dyn UpdateService>, programs: PythPrograms, shard: u16) -> Self {
        Self { service, programs, shard, when_older: None, treasury: 0 }
    }
}

/// The age in seconds beyond which prices are posted anew where the strictest underlying takes them up to `max_age`: a quarter of
/// it less, at least three seconds, which several transactions take.
pub(crate) fn due_age(max_age: i64) -> i64 {
    max_age.saturating_sub((max_age / 4).max(3)).max(0)
}

/// Why prices were not posted.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The update does not have a price that was asked for.
    #[error(transparent)]
    Price(#[from] NoPrice),
    /// The chain.
    #[error(transparent)]
    Send(#[from] SendError),
}

/// Prices that were posted.
#[derive(Clone, Debug)]
pub struct Posted {
    /// The transactions that posted them.
    pub signatures: Vec<String>,
    /// The last slot of these.
    pub slot: u64,
}

/// Posts updates for a key.
///
/// The signed message lies in an account at an address of which the key is derived from the payer's secret key and a number: whoever
/// has the payer's key finds what an interrupted posting has left there, and gets its rent back. Two processes that post at a time
/// with one key use different numbers.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client, key: solana_keypair::Keypair) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_keeper::Poster;
/// use evergreen_sdk::{presets::BTC_FEED, price::{Hermes, PythPrograms, UpdateService}};
///
/// let poster = Poster::new(client, key.into(), 0, PythPrograms::UPGRADED, 4_711);
/// poster.clear().await?;
/// let update = Hermes::new("https://pyth.dourolabs.app/hermes")?.latest(&[BTC_FEED]).await?;
/// let newer = poster.newer(&update, &[BTC_FEED]).await?;
/// let posted = poster.post(update, &newer).await;
/// poster.clear().await?;
/// println!("{:?}, {} lamports of fees", posted?.signatures, poster.fees());
/// # Ok(())
/// # }
/// ```
pub struct Poster {
    client: Client,
    key: Arc<Keypair>,
    message: Keypair,
    programs: PythPrograms,
    shard: u16,
    treasury: u8,
    options: SendOptions,
    fees: AtomicU64,
    /// The last slot in which something landed.
    slot: AtomicU64,
}

impl Poster {
    /// Posts to a set of push feeds; `number` tells processes with the same key apart.
    pub fn new(client: Client, key: Arc<Keypair>, number: u64, programs: PythPrograms, shard: u16) -> Self {
        let message = derived(&key, number);
        let (fees, slot) = (AtomicU64::new(0), AtomicU64::new(0));
        Self { client, key, message, programs, shard, treasury: 0, options: SendOptions::default(), fees, slot }
    }

    /// Sends so, and pays the fee of updates to the receiver's account of this number.
    pub fn with(self, options: SendOptions, treasury: u8) -> Self {
        Self { options, treasury, ..self }
    }

    /// Where the message lies while prices are posted.
    pub fn message(&self) -> Pubkey {
        self.message.pubkey()
    }

    /// Address of a feed's price.
    pub fn price(&self, feed: &FeedId) -> Pubkey {
        PushFeeds { program: self.programs.push, shard: self.shard }.address(feed)
    }

    /// Whether a transaction in a journal is of this poster, by its label.
    pub fn is_own(&self, label: &str) -> bool {
        label.starts_with("post ") && label.ends_with(&self.message().to_string())
    }

    /// Fees of all transactions that have landed so far, lamports; without what the receiver takes for an update, and without rent.
    pub fn fees(&self) -> u64 {
        self.fees.load(Ordering::Relaxed)
    }

    /// Those of the feeds of which the update has a price that is newer than the one on the chain.
    ///
    /// # Errors
    /// [`ClientError`].
    pub async fn newer(&self, update: &PythUpdate, feeds: &[FeedId]) -> Result<Vec<FeedId>, ClientError> {
        let addresses: Vec<Pubkey> = feeds.iter().map(|feed| self.price(feed)).collect();
        let found = self.client.raw(&addresses).await?.value;
        let pairs = feeds.iter().zip(found).filter(|(feed, account)| {
            let there = account.as_ref().and_then(|account| published(&account.data));
            let new = update.prices().find(|price| price.feed == **feed).map(|price| price.publish_time);
            new.is_some_and(|new| there.is_none_or(|there| new > there))
        });
        Ok(pairs.map(|(feed, _)| *feed).collect())
    }

    /// What posting would begin with, simulated: whether the message would be taken. (What follows needs the message on the chain.)
    /// Compute units.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn simulate(&self, update: PythUpdate) -> Result<u64, SendError> {
        let found = self.found().await?.1;
        let instructions = match self.clearing(found.as_ref()) {
            Some((_, instruction)) => vec![instruction],
            None => self.source(update).prepare().into_iter().next().map(|step| step.instructions).unwrap_or_default(),
        };
        let record = self.client.simulate(&self.key.pubkey(), &instructions, &[]).await?;
        Ok(record.compute_units.unwrap_or_default())
    }

    /// Writes and verifies the message, then posts the prices of these feeds, whose transactions are under way together. The address
    /// of the message has to be [clear](Self::clear) before, and is to be cleared after, whatever came of this.
    ///
    /// # Errors
    /// [`PostError`]. Some prices may have been posted.
    pub async fn post(&self, update: PythUpdate, feeds: &[FeedId]) -> Result<Posted, PostError> {
        let source = self.source(update);
        let posts = source.post(feeds)?;
        for step in source.prepare() {
            self.send("message of prices", &step.instructions).await?;
        }
        self.shown().await.map_err(SendError::from)?;
        let sent = join_all(posts.iter().map(|step| self.send("prices", &step.instructions))).await;
        let (mut signatures, mut failure) = (Vec::new(), None);
        for sent in sent {
            match sent {
                Ok(landed) => signatures.push(landed.signature.to_string()),
                // One that may still land matters more than one that cannot.
                Err(error @ SendError::Unknown { .. }) => failure = Some(error),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        match failure {
            Some(error) => Err(error.into()),
            None => Ok(Posted { signatures, slot: self.slot.load(Ordering::Relaxed) }),
        }
    }

    /// Closes the message's account for its rent, if there is one, and makes sure that it is gone. Whether there was one.
    ///
    /// # Errors
    /// [`SendError`].
    pub async fn clear(&self) -> Result<bool, SendError> {
        let mut cleared = false;
        for _ in 0..CLEARINGS {
            let found = self.shown().await?;
            let Some((what, instruction)) = self.clearing(found.as_ref()) else { return Ok(cleared) };
            self.send(what, &[instruction]).await?;
            cleared = true;
        }
        match self.clearing(self.shown().await?.as_ref()) {
            None => Ok(cleared),
            Some(_) => Err(ClientError::Answer(format!("{} does not go away", self.message())).into()),
        }
    }

    /// What clears the message's address away; `None` where nothing is there.
    fn clearing(&self, found: Option<&RawAccount>) -> Option<(&'static str, Instruction)> {
        let (payer, message) = (self.key.pubkey(), self.message());
        match found {
            Some(account) if account.owner == self.programs.wormhole => {
                Some(("message's rent", self.programs.close_message(&payer, &message)))
            }
            // Anybody can send SOL to an address that he has seen, and nothing can be made there before it is gone.
            Some(account) if account.owner == system_program::ID && account.lamports > 0 => {
                Some(("gift", system_instruction::transfer(&message, &payer, account.lamports)))
            }
            _ => None,
        }
    }

    fn source(&self, update: PythUpdate) -> PostedUpdates {
        let destination = Destination::PushFeeds(self.shard);
        PostedUpdates::new(self.programs, update, self.key.pubkey(), self.message(), destination)
            .with_treasury(self.treasury)
    }

    async fn send(&self, what: &str, instructions: &[Instruction]) -> Result<Confirmed, SendError> {
        let client = self.client.labelled(&format!("post {what}, by {}", self.message()));
        let landed = client.send(&*self.key, instructions, &[&self.message], &[], &self.options).await?;
        self.fees.fetch_add(landed.record.as_ref().map_or(0, |record| record.fee), Ordering::Relaxed);
        self.slot.fetch_max(landed.slot, Ordering::Relaxed);
        Ok(landed)
    }

    /// What is at the message's address, and as of which slot.
    async fn found(&self) -> Result<(u64, Option<RawAccount>), ClientError> {
        let found = self.client.raw(&[self.message()]).await?;
        Ok((found.slot, found.value.into_iter().next().flatten()))
    }

    /// What is at the message's address once the network shows what has landed.
    async fn shown(&self) -> Result<Option<RawAccount>, ClientError> {
        let over = Instant::now() + SHOWING;
        loop {
            let (slot, found) = self.found().await?;
            if slot >= self.slot.load(Ordering::Relaxed) || Instant::now() >= over {
                return Ok(found);
            }
            sleep(Duration::from_millis(100)).await;
        }
    }
}

/// A key of which the address is known to whoever has this key: its seed is a hash of the secret key and a number.
fn derived(key: &Keypair, number: u64) -> Keypair {
    let mut hash = Sha256::new();
    hash.update(b"evergreen: account of a signed message");
    hash.update(key.secret_bytes());
    hash.update(number.to_le_bytes());
    Keypair::new_from_array(hash.finalize().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn message_keys_are_found_again_and_differ() {
        let (mine, other) = (Keypair::new(), Keypair::new());
        let address = |key: &Keypair, number| derived(key, number).pubkey();
        assert_eq!(address(&mine, 0), address(&mine.insecure_clone(), 0));
        assert_ne!(address(&mine, 0), address(&mine, 1));
        assert_ne!(address(&mine, 0), address(&other, 0));
        assert_ne!(address(&mine, 0), mine.pubkey());
    }

    #[test]
    fn prices_are_due_before_they_are_too_old() {
        for (max_age, due) in [(1, 0), (5, 2), (10, 7), (60, 45), (600, 450)] {
            assert_eq!(due_age(max_age), due, "{max_age} s");
        }
    }
}
