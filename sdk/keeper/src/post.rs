//! Posting prices: several transactions bring a signed update of a price service into push feeds.

mod messages;

pub(crate) use messages::{message_number, message_numbers, own_price_account};

use evergreen_sdk::{
    anchor_lang::{
        prelude::{Pubkey, Rent},
        solana_program::{instruction::Instruction, system_instruction},
        system_program,
    },
    client::{Client, ClientError, Confirmed, FeeMeter, RawAccount, SendError, SendOptions},
    price::{
        Destination, FeedId, NoPrice, PostedUpdates, PushFeeds, PythPrograms, PythUpdate, UpdateService, published,
    },
};
use futures_util::future::join_all;
use messages::derived;
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::{
    hash::{BuildHasher, Hasher, RandomState},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};
use tokio::time::{Instant, sleep};

/// Longest wait until the network shows what has landed.
const SHOWING: Duration = Duration::from_secs(15);
/// Address of the account with the network's rent.
const RENT: Pubkey = Pubkey::from_str_const("SysvarRent111111111111111111111111111111111");
/// Number of attempts to clear a message's address.
const CLEARINGS: usize = 3;

/// Where prices are posted from and to.
#[derive(Clone)]
pub struct Posting {
    /// The service that has signed updates.
    pub service: Arc<dyn UpdateService>,
    /// Pyth's programs that prices are posted with.
    pub programs: PythPrograms,
    /// Number of the set of push feeds. It has to be the set that prices are read from.
    pub shard: u16,
    /// Age in seconds, on the chain's clock, beyond which prices are posted anew; `None` for a quarter, and at least three
    /// seconds, less than the smallest `max_age` of the underlyings.
    pub when_older: Option<i64>,
    /// Number of the receiver's treasury account that the fee of updates is paid to; `None` for a random one each time, so that
    /// transactions of others seldom wait for the same account.
    pub treasury: Option<u8>,
    /// Lookup tables with the addresses of pools and of postings ([`PostedUpdates::addresses`]). With one, a commitment that waits for a
    /// single price is filled in the transaction that posts it; treasury account 0 is paid then.
    pub tables: Vec<Pubkey>,
}

impl Posting {
    /// Posts into the set of push feeds `shard` before prices are too old, and pays fees of updates to a random treasury account.
    pub fn new(service: Arc<dyn UpdateService>, programs: PythPrograms, shard: u16) -> Self {
        Self { service, programs, shard, when_older: None, treasury: None, tables: Vec::new() }
    }
}

/// Age in seconds beyond which prices are posted anew, where the strictest underlying accepts them up to `max_age` seconds. It is
/// `max_age` less a quarter of it, rounded down, and at least three seconds less, because several transactions take that long.
pub(crate) fn due_age(max_age: i64) -> i64 {
    max_age.saturating_sub((max_age / 4).max(3)).max(0)
}

/// Why prices were not posted.
#[derive(Debug, thiserror::Error)]
pub enum PostError {
    /// The update does not have a price that was asked for.
    #[error(transparent)]
    Price(#[from] NoPrice),
    /// A transaction was not sent, or failed.
    #[error(transparent)]
    Send(#[from] SendError),
}

/// Prices that were posted.
#[derive(Clone, Debug)]
pub struct Posted {
    /// Signatures of the transactions that posted them.
    pub signatures: Vec<String>,
    /// The last slot in which one of these transactions landed.
    pub slot: u64,
}

/// What a posting depends on besides its update.
struct Terms {
    rent: Rent,
    /// Number of the treasury account.
    treasury: u8,
}

/// Where a price is posted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// In a set of push feeds.
    Set(u16),
    /// In an account of the poster's own: a push feed takes no price that is older than the one it holds.
    Own,
}

/// Posts updates; one key pays for them.
///
/// The signed message is written to an account whose key is derived from the payer's secret key and a number. Whoever has the payer's
/// key therefore finds what an interrupted posting has left there, and gets its rent back. Two processes that post at the same time
/// with one key have to use different numbers.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client, key: solana_keypair::Keypair) -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_keeper::Poster;
/// use evergreen_sdk::{presets::BTC_FEED, price::{Hermes, PythPrograms, UpdateService}};
///
/// let poster = Poster::new(client, key.into(), 0, PythPrograms::UPGRADED, 4_711);
/// poster.clear().await?;
/// // Several feeds may come in several updates, one after the other.
/// for update in Hermes::new("https://pyth.dourolabs.app/hermes")?.latest(&[BTC_FEED]).await? {
///     let newer = poster.newer(&update, &[BTC_FEED]).await?;
///     let posted = poster.post(update, &newer).await;
///     poster.clear().await?;
///     println!("{:?}, {} lamports of fees", posted?.signatures, poster.fees());
/// }
/// # Ok(())
/// # }
/// ```
pub struct Poster {
    client: Client,
    key: Arc<Keypair>,
    message: Keypair,
    number: u64,
    programs: PythPrograms,
    shard: u16,
    treasury: Option<u8>,
    options: SendOptions,
    fees: FeeMeter,
    /// The last slot in which something landed.
    slot: AtomicU64,
}

impl Poster {
    /// Returns a poster to the set of push feeds `shard`; `number` tells processes with the same key apart.
    pub fn new(client: Client, key: Arc<Keypair>, number: u64, programs: PythPrograms, shard: u16) -> Self {
        let message = derived(&key, number);
        let (fees, slot) = (FeeMeter::default(), AtomicU64::new(0));
        let client = client.metered(&fees);
        let options = SendOptions::default();
        Self { client, key, message, number, programs, shard, treasury: None, options, fees, slot }
    }

    /// Returns this poster with options for sending and the number of the receiver's treasury account that the fee of updates is
    /// paid to; `None` for a random one.
    pub fn with(self, options: SendOptions, treasury: Option<u8>) -> Self {
        Self { options, treasury, ..self }
    }

    /// Address of the message's account while prices are posted.
    pub fn message(&self) -> Pubkey {
        self.message.pubkey()
    }

    /// Address of a feed's price.
    pub fn price(&self, feed: &FeedId) -> Pubkey {
        self.address(feed, Target::Set(self.shard))
    }

    /// Address of a feed's price at a place.
    pub(crate) fn address(&self, feed: &FeedId, place: Target) -> Pubkey {
        match place {
            Target::Set(shard) => PushFeeds { program: self.programs.push, shard }.address(feed),
            Target::Own => self.own_account(feed).pubkey(),
        }
    }

    /// The place where everybody looks for the first price after a moment, published at `publish_time`, unix seconds: that of its half-hour, or of its second.
    pub(crate) fn kept(&self, moment: i64, publish_time: i64) -> Target {
        let feeds = PushFeeds { program: self.programs.push, shard: self.shard };
        Target::Set(feeds.half_hour_from(moment).unwrap_or_else(|| feeds.kept_at(publish_time)).shard)
    }

    fn own_account(&self, feed: &FeedId) -> Keypair {
        own_price_account(&self.key, feed, self.number)
    }

    /// Whether this poster has sent a transaction of a journal, as its label says.
    pub fn is_own(&self, label: &str) -> bool {
        label.starts_with("post ") && label.ends_with(&self.message().to_string())
    }

    /// Fees in lamports of all transactions that have landed so far, also of those that have failed. What the receiver takes for an update is not among them, nor is
    /// rent.
    pub fn fees(&self) -> u64 {
        self.fees.lamports()
    }

    /// Returns those of the feeds for which the update has a newer price than the chain.
    ///
    /// # Errors
    /// Returns [`ClientError`] if the accounts of the prices cannot be read.
    pub async fn newer(&self, update: &PythUpdate, feeds: &[FeedId]) -> Result<Vec<FeedId>, ClientError> {
        let pairs = feeds.iter().zip(self.published(feeds).await?).filter(|(feed, there)| {
            let new = update.prices().find(|price| price.feed == **feed).map(|price| price.publish_time);
            new.is_some_and(|new| there.is_none_or(|there| new > there))
        });
        Ok(pairs.map(|(feed, _)| *feed).collect())
    }

    /// When the prices of these feeds on the chain were published, unix seconds; `None` for one that was never posted.
    pub(crate) async fn published(&self, feeds: &[FeedId]) -> Result<Vec<Option<i64>>, ClientError> {
        let addresses: Vec<Pubkey> = feeds.iter().map(|feed| self.price(feed)).collect();
        let found = self.client.raw(&addresses).await?.value;
        Ok(found.iter().map(|account| published(&account.as_ref()?.data)).collect())
    }

    /// Simulates the first transaction of a posting and returns its compute units. The further transactions cannot be simulated,
    /// because they need the message on the chain.
    ///
    /// # Errors
    /// Returns [`SendError`] if the message's account cannot be read or the simulation fails.
    pub async fn simulate(&self, update: PythUpdate) -> Result<u64, SendError> {
        let found = self.found().await?.1;
        let instructions = match self.clearing(found.as_ref()) {
            Some((_, instruction)) => vec![instruction],
            None => self
                .source(update, Destination::PushFeeds(self.shard), &self.terms().await?)
                .prepare()
                .into_iter()
                .next()
                .map(|step| step.instructions)
                .unwrap_or_default(),
        };
        let record = self.client.simulate(&self.key.pubkey(), &instructions, &[]).await?;
        Ok(record.compute_units.unwrap_or_default())
    }

    /// Writes and verifies the message, then posts the prices of these feeds; the transactions of the prices are sent together. The
    /// address of the message has to be [clear](Self::clear) before, and is to be cleared afterwards, also when this fails.
    ///
    /// # Errors
    /// Returns [`PostError`] if the update lacks a price or a transaction fails. Some prices may have been posted nevertheless.
    pub async fn post(&self, update: PythUpdate, feeds: &[FeedId]) -> Result<Posted, PostError> {
        let places: Vec<(FeedId, Target)> = feeds.iter().map(|feed| (*feed, Target::Set(self.shard))).collect();
        self.post_at(update, &places).await
    }

    /// Does what [`Self::post`] does, for feeds with a place each.
    pub(crate) async fn post_at(&self, update: PythUpdate, places: &[(FeedId, Target)]) -> Result<Posted, PostError> {
        let terms = self.terms().await.map_err(SendError::from)?;
        let mut posts = Vec::with_capacity(places.len());
        for together in places.chunk_by(|(_, one), (_, other)| one == other) {
            let feeds: Vec<FeedId> = together.iter().map(|(feed, _)| *feed).collect();
            let (destination, keys) = match together.first() {
                Some((_, Target::Set(shard))) => (Destination::PushFeeds(*shard), Vec::new()),
                _ => {
                    let keys: Vec<Keypair> = feeds.iter().map(|feed| self.own_account(feed)).collect();
                    let accounts = feeds.iter().zip(&keys).map(|(feed, key)| (*feed, key.pubkey())).collect();
                    (Destination::Accounts(accounts), keys)
                }
            };
            let steps = self.source(update.clone(), destination, &terms).post(&feeds)?;
            let keys = Arc::new(keys);
            posts.extend(steps.into_iter().map(|step| (step, keys.clone())));
        }
        for step in self.source(update, Destination::PushFeeds(self.shard), &terms).prepare() {
            self.send("message of prices", &step.instructions, &[]).await?;
        }
        self.shown().await.map_err(SendError::from)?;
        let sent = posts.iter().map(|(step, keys)| self.send("prices", &step.instructions, keys));
        let sent = join_all(sent).await;
        let (mut signatures, mut failure) = (Vec::new(), None);
        for sent in sent {
            match sent {
                Ok(landed) => signatures.push(landed.signature.to_string()),
                // A transaction that may still land matters more than one that cannot.
                Err(error @ SendError::Unknown { .. }) => failure = Some(error),
                Err(error) => failure = failure.or(Some(error)),
            }
        }
        match failure {
            Some(error) => Err(error.into()),
            None => Ok(Posted { signatures, slot: self.slot.load(Ordering::Relaxed) }),
        }
    }

    /// Closes the message's account for its rent, if it exists, and makes sure that it is gone. Returns whether it existed.
    ///
    /// # Errors
    /// Returns [`SendError`] if a transaction fails or the account does not go away.
    pub async fn clear(&self) -> Result<bool, SendError> {
        let mut cleared = false;
        for _ in 0..CLEARINGS {
            let found = self.shown().await?;
            let Some((what, instruction)) = self.clearing(found.as_ref()) else { return Ok(cleared) };
            self.send(what, &[instruction], &[]).await?;
            cleared = true;
        }
        match self.clearing(self.shown().await?.as_ref()) {
            None => Ok(cleared),
            Some(_) => Err(ClientError::Answer(format!("{} does not go away", self.message())).into()),
        }
    }

    /// Instruction that clears the message's address, with its name for the journal; `None` where nothing is to be cleared.
    fn clearing(&self, found: Option<&RawAccount>) -> Option<(&'static str, Instruction)> {
        let (payer, message) = (self.key.pubkey(), self.message());
        match found {
            Some(account) if account.owner == self.programs.wormhole => {
                Some(("message's rent", self.programs.close_message(&payer, &message)))
            }
            // Anybody can send SOL to an address, and no account can be created there before that SOL is gone.
            Some(account) if account.owner == system_program::ID && account.lamports > 0 => {
                Some(("gift", system_instruction::transfer(&message, &payer, account.lamports)))
            }
            _ => None,
        }
    }

    fn source(&self, update: PythUpdate, destination: Destination, terms: &Terms) -> PostedUpdates {
        PostedUpdates::new(self.programs, update, self.key.pubkey(), self.message(), destination)
            .with_treasury(terms.treasury)
            .with_rent(terms.rent.clone())
    }

    /// The network's rent, and the treasury to pay: the one that was set, or a random one that has been paid before, because the first
    /// payment to a treasury is a thousand times the fee.
    async fn terms(&self) -> Result<Terms, ClientError> {
        let chosen = self.treasury.unwrap_or_else(|| RandomState::new().build_hasher().finish().to_le_bytes()[0]);
        let found = self.client.raw(&[RENT, self.programs.treasury(chosen)]).await?.value;
        let [rent, treasury] = found.as_slice() else { return Err(ClientError::Missing(RENT)) };
        let rent = rent.as_ref().and_then(|account| rent_of(&account.data));
        let is_paid = treasury.as_ref().is_some_and(|account| account.lamports > 0);
        let treasury = if self.treasury.is_some() || is_paid { chosen } else { 0 };
        Ok(Terms { rent: rent.ok_or(ClientError::Missing(RENT))?, treasury })
    }

    /// Sends a transaction that the payer and the message's key sign, and those of these keys that it names as signers.
    async fn send(&self, what: &str, instructions: &[Instruction], keys: &[Keypair]) -> Result<Confirmed, SendError> {
        let client = self.client.labelled(&format!("post {what}, by {}", self.message()));
        let mut signers: Vec<&(dyn Signer + Sync)> = vec![&self.message];
        signers.extend(keys.iter().map(|key| key as &(dyn Signer + Sync)));
        let landed = client.send(&*self.key, instructions, &signers, &[], &self.options).await?;
        self.slot.fetch_max(landed.slot, Ordering::Relaxed);
        Ok(landed)
    }

    /// The slot of the answer, and the account at the message's address.
    async fn found(&self) -> Result<(u64, Option<RawAccount>), ClientError> {
        let found = self.client.raw(&[self.message()]).await?;
        Ok((found.slot, found.value.into_iter().next().flatten()))
    }

    /// The account at the message's address, read once the network shows what has landed, or after [`SHOWING`].
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

/// Decodes the account of the network's rent: lamports for a byte and year, years, and the burnt part.
#[allow(deprecated, reason = "the account still has these fields")]
fn rent_of(account: &[u8]) -> Option<Rent> {
    Some(Rent {
        lamports_per_byte_year: u64::from_le_bytes(account.get(..8)?.try_into().ok()?),
        exemption_threshold: f64::from_le_bytes(account.get(8..16)?.try_into().ok()?),
        burn_percent: *account.get(16)?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_networks_rent_is_decoded() {
        // The account of the public network in 2025, and half its rent.
        let mut account = [3_480_u64.to_le_bytes(), 2_f64.to_le_bytes()].concat();
        assert_eq!(rent_of(&account), None);
        account.push(50);
        assert_eq!(rent_of(&account), Some(Rent::default()));
        account[..8].copy_from_slice(&1_740_u64.to_le_bytes());
        assert_eq!(rent_of(&account).unwrap().minimum_balance(100), Rent::default().minimum_balance(100) / 2);
    }

    #[test]
    fn prices_are_due_before_they_are_too_old() {
        for (max_age, due) in [(1, 0), (5, 2), (10, 7), (60, 45), (600, 450)] {
            assert_eq!(due_age(max_age), due, "{max_age} s");
        }
    }
}
