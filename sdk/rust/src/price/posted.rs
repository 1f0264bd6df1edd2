//! Prices that a transaction posts for itself: signed updates, verified in full on the chain.

use super::{FeedId, NoPrice, PriceSource, PythPrograms, PythUpdate, Refresh};
use anchor_lang::{
    AccountDeserialize,
    prelude::{Pubkey, Rent, borsh},
    solana_program::{
        instruction::{AccountMeta, Instruction},
        system_instruction,
    },
    system_program,
};
use pyth_solana_receiver_sdk::{PostUpdateParams, price_update::PriceUpdateV2};
use std::collections::HashSet;

/// Discriminators: the first eight bytes of the hash of `global:` and the instruction's name.
mod discriminator {
    pub(super) const INIT_ENCODED_VAA: [u8; 8] = [209, 193, 173, 25, 91, 202, 181, 218];
    pub(super) const WRITE_ENCODED_VAA: [u8; 8] = [199, 208, 110, 177, 150, 76, 118, 42];
    pub(super) const VERIFY_ENCODED_VAA_V1: [u8; 8] = [103, 56, 177, 229, 240, 103, 68, 73];
    pub(super) const CLOSE_ENCODED_VAA: [u8; 8] = [48, 221, 174, 198, 231, 7, 152, 38];
    pub(super) const POST_UPDATE: [u8; 8] = [133, 95, 207, 175, 11, 79, 118, 44];
    pub(super) const RECLAIM_RENT: [u8; 8] = [218, 200, 19, 197, 227, 89, 192, 22];
    pub(super) const UPDATE_PRICE_FEED: [u8; 8] = [28, 9, 93, 150, 86, 153, 188, 115];
}

/// Bytes of a signed message's account before the message: discriminator, status, authority, version, length.
const VAA_START: usize = 8 + 1 + 32 + 1 + 4;
/// Most bytes of the message that one instruction writes.
const CHUNK: usize = 640;
/// Largest transaction that a network takes, less what a compute budget takes of it: its program's key and two instructions.
const MOST_BYTES: usize = 1_232 - (32 + 8 + 12);

/// Where prices are posted to.
///
/// ```
/// use evergreen_sdk::price::{Destination, PostedUpdates, PriceSource, PythPrograms, PythUpdate};
/// # use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::BTC_FEED};
/// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
/// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
/// # let update = PythUpdate::parse(&signed_update(&[price], Signing { guardian_set: 4, signatures: 13 }))?;
/// # let [payer, message, account] = [5, 6, 7].map(|byte| Pubkey::new_from_array([byte; 32]));
/// let to = |destination| PostedUpdates::new(PythPrograms::UPGRADED, update.clone(), payer, message, destination);
/// // An account of one's own signs whenever it is written; a set of push feeds wants no signature.
/// let own = to(Destination::Accounts(vec![(BTC_FEED, account)]));
/// assert_eq!(own.refresh(&payer, &[BTC_FEED])?.signers, [account]);
/// let shared = to(Destination::PushFeeds(4_711));
/// assert!(shared.refresh(&payer, &[BTC_FEED])?.signers.is_empty());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// Accounts of one's own, one a feed; each signs when its price is posted. They can be used again, and closed for
    /// their rent.
    Accounts(Vec<(FeedId, Pubkey)>),
    /// The accounts at fixed addresses, of this number of set: whoever posts keeps them fresh for everybody. A set that nobody
    /// else uses is as good as accounts of one's own, needs no signatures, and its accounts cannot be closed.
    PushFeeds(u16),
}

/// Instructions of one transaction.
///
/// ```
/// use evergreen_sdk::{anchor_lang::prelude::Pubkey, price::Step};
///
/// /// Whether the keys at hand suffice, beside the payer's.
/// fn can_sign(step: &Step, keys: &[Pubkey]) -> bool {
///     step.signers.iter().all(|signer| keys.contains(signer))
/// }
/// let message = Pubkey::new_from_array([6; 32]);
/// let step = Step { instructions: Vec::new(), signers: vec![message] };
/// assert!(can_sign(&step, &[message]) && !can_sign(&step, &[]));
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// In order.
    pub instructions: Vec<Instruction>,
    /// Who has to sign beside the payer.
    pub signers: Vec<Pubkey>,
}

/// A source that posts one signed update.
///
/// A fully verified update takes a signed message which lies in an account and has been verified there. So there are three
/// parts: [`prepare`](Self::prepare) writes and verifies it, in one transaction or two before; what [`PriceSource::refresh`] puts
/// in front of an instruction, in the same transaction, proves single prices by it and stores them; and
/// [`close`](Self::close) gets the rent back. One message serves any number of transactions. Where prices and instruction do not
/// fit one transaction, the prices go [ahead](Self::ahead) in one of their own.
///
/// The chain judges the age of the price, not of the message: prepare it at once, and send at once. Addresses, account orders and
/// bytes are those of Pyth's and Wormhole's published programs, and the tests decode them with Pyth's own types; no test has sent
/// them to those programs.
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client, payer: solana_keypair::Keypair, base64: String)
/// # -> Result<(), Box<dyn std::error::Error>> {
/// use evergreen_sdk::{
///     client::SendOptions,
///     price::{Destination, PostedUpdates, PythPrograms, PythUpdate},
/// };
/// use solana_keypair::Keypair;
/// use solana_signer::Signer;
///
/// let message = Keypair::new();
/// let update = PythUpdate::from_base64(&base64)?;
/// let source = PostedUpdates::new(
///     PythPrograms::UPGRADED,
///     update,
///     payer.pubkey(),
///     message.pubkey(),
///     Destination::PushFeeds(4_711),
/// );
/// for step in source.prepare() {
///     client.send(&payer, &step.instructions, &[&message], &[], &SendOptions::default()).await?;
/// }
/// // ... then plans and views with `&source`, and at last:
/// client.send(&payer, &source.close().instructions, &[], &[], &SendOptions::default()).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug)]
pub struct PostedUpdates {
    programs: PythPrograms,
    update: PythUpdate,
    payer: Pubkey,
    message: Pubkey,
    destination: Destination,
    treasury: u8,
    rent: Rent,
    ahead: bool,
}

/// What it puts where, without a network:
///
/// ```
/// # use evergreen_sdk::price::PushFeeds;
/// use evergreen_sdk::price::{Destination, PostedUpdates, PriceSource, PythPrograms, PythUpdate};
/// # use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::{BTC_FEED, ETH_FEED}, price::Refresh};
/// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
/// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
/// # let update = PythUpdate::parse(&signed_update(&[price], Signing { guardian_set: 4, signatures: 13 }))?;
/// # let [payer, message] = [5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
///
/// let source = PostedUpdates::new(PythPrograms::UPGRADED, update, payer, message, Destination::PushFeeds(4_711));
/// // The account of that set, whoever has posted to it before.
/// let own = PushFeeds { shard: 4_711, ..PushFeeds::UPGRADED };
/// assert_eq!(source.account(&BTC_FEED)?, own.address(&BTC_FEED));
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
impl PostedUpdates {
    /// Posts an update. `payer` pays, and is the only one who may write and close; `message` is a new account's address, whose key
    /// signs the first transaction.
    ///
    /// ```
    /// use evergreen_sdk::price::{Destination, PostedUpdates, PriceSource, PythPrograms, PythUpdate};
    /// # use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::{BTC_FEED, ETH_FEED}, price::Refresh};
    /// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
    /// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
    /// # let update = PythUpdate::parse(&signed_update(&[price], Signing { guardian_set: 4, signatures: 13 }))?;
    /// # let [payer, message] = [5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
    ///
    /// let source = PostedUpdates::new(PythPrograms::UPGRADED, update, payer, message, Destination::PushFeeds(4_711));
    /// // Beside the payer only the new account for the message signs, and only the first transaction.
    /// let prepare = source.prepare();
    /// assert_eq!(prepare[0].signers, [message]);
    /// assert!(prepare[1..].iter().all(|step| step.signers.is_empty()));
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub fn new(
        programs: PythPrograms,
        update: PythUpdate,
        payer: Pubkey,
        message: Pubkey,
        destination: Destination,
    ) -> Self {
        Self { programs, update, payer, message, destination, treasury: 0, rent: Rent::default(), ahead: false }
    }

    /// Pays the fee of updates to this of the receiver's 256 accounts; to the first otherwise.
    ///
    /// ```
    /// use evergreen_sdk::price::{Destination, PostedUpdates, PriceSource, PythPrograms, PythUpdate};
    /// # use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::{BTC_FEED, ETH_FEED}, price::Refresh};
    /// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
    /// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
    /// # let update = PythUpdate::parse(&signed_update(&[price], Signing { guardian_set: 4, signatures: 13 }))?;
    /// # let [payer, message] = [5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
    ///
    /// let source = PostedUpdates::new(PythPrograms::UPGRADED, update, payer, message, Destination::PushFeeds(4_711));
    /// // Bots that choose by chance do not wait for each other's account.
    /// let (first, other) = (source.clone().refresh(&payer, &[BTC_FEED])?, source.with_treasury(200).refresh(&payer, &[BTC_FEED])?);
    /// let pays_to = |refresh: &Refresh, number| {
    ///     let treasury = PythPrograms::UPGRADED.treasury(number);
    ///     refresh.instructions.iter().flat_map(|instruction| &instruction.accounts).any(|meta| meta.pubkey == treasury)
    /// };
    /// assert!(pays_to(&first, 0) && pays_to(&other, 200));
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub const fn with_treasury(mut self, number: u8) -> Self {
        self.treasury = number;
        self
    }

    /// With the network's rent, where that is not the usual one.
    ///
    /// ```
    /// use evergreen_sdk::price::{Destination, PostedUpdates, PriceSource, PythPrograms, PythUpdate};
    /// # use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::{BTC_FEED, ETH_FEED}, price::Refresh};
    /// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
    /// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
    /// # let update = PythUpdate::parse(&signed_update(&[price], Signing { guardian_set: 4, signatures: 13 }))?;
    /// # let [payer, message] = [5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
    ///
    /// let source = PostedUpdates::new(PythPrograms::UPGRADED, update, payer, message, Destination::PushFeeds(4_711));
    /// // A network where storage costs twice as much.
    /// use evergreen_sdk::anchor_lang::prelude::Rent;
    /// let rent = Rent { lamports_per_byte_year: 2 * Rent::default().lamports_per_byte_year, ..Rent::default() };
    /// assert_ne!(source.clone().with_rent(rent).prepare(), source.prepare());
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub const fn with_rent(mut self, rent: Rent) -> Self {
        self.rent = rent;
        self
    }

    /// The update.
    ///
    /// ```
    /// use evergreen_sdk::price::{Destination, PostedUpdates, PriceSource, PythPrograms, PythUpdate};
    /// # use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::{BTC_FEED, ETH_FEED}, price::Refresh};
    /// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
    /// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
    /// # let update = PythUpdate::parse(&signed_update(&[price], Signing { guardian_set: 4, signatures: 13 }))?;
    /// # let [payer, message] = [5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
    ///
    /// let source = PostedUpdates::new(PythPrograms::UPGRADED, update, payer, message, Destination::PushFeeds(4_711));
    /// let newest = source.update().prices().map(|price| price.publish_time).max();
    /// assert_eq!(newest, Some(1_790_000_000));
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub const fn update(&self) -> &PythUpdate {
        &self.update
    }

    /// Prices are posted by transactions of their own ([`Self::post`]): nothing is put in front of instructions. For those that
    /// would not fit a transaction with them; two prices and a trade hardly do, even with a lookup table.
    ///
    /// ```
    /// use evergreen_sdk::price::{Destination, PostedUpdates, PriceSource, PythPrograms, PythUpdate};
    /// # use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::{BTC_FEED, ETH_FEED}, price::Refresh};
    /// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
    /// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
    /// # let update = PythUpdate::parse(&signed_update(&[price], Signing { guardian_set: 4, signatures: 13 }))?;
    /// # let [payer, message] = [5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
    ///
    /// let source = PostedUpdates::new(PythPrograms::UPGRADED, update, payer, message, Destination::PushFeeds(4_711));
    /// let source = source.ahead();
    /// assert!(source.refresh(&payer, &[BTC_FEED])?.instructions.is_empty());
    /// // Sent before what reads the prices.
    /// assert_eq!(source.post(&[BTC_FEED])?.len(), 1);
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub const fn ahead(mut self) -> Self {
        self.ahead = true;
        self
    }

    /// Transactions that have to land, in order, before prices can be posted: the message's account made, written, verified.
    ///
    /// ```
    /// use evergreen_sdk::price::{Destination, PostedUpdates, PriceSource, PythPrograms, PythUpdate};
    /// # use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::{BTC_FEED, ETH_FEED}, price::Refresh};
    /// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
    /// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
    /// # let update = PythUpdate::parse(&signed_update(&[price], Signing { guardian_set: 4, signatures: 13 }))?;
    /// # let [payer, message] = [5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
    ///
    /// let source = PostedUpdates::new(PythPrograms::UPGRADED, update, payer, message, Destination::PushFeeds(4_711));
    /// let steps = source.prepare();
    /// assert!(steps.len() <= 2, "one transaction or two");
    /// println!("{} instructions", steps.iter().map(|step| step.instructions.len()).sum::<usize>());
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub fn prepare(&self) -> Vec<Step> {
        self.steps(self.preparation())
    }

    /// Transactions that post the prices of these feeds, once the message is prepared.
    ///
    /// ```
    /// use evergreen_sdk::price::{Destination, PostedUpdates, PriceSource, PythPrograms, PythUpdate};
    /// # use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::{BTC_FEED, ETH_FEED}, price::Refresh};
    /// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
    /// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
    /// # let update = PythUpdate::parse(&signed_update(&[price], Signing { guardian_set: 4, signatures: 13 }))?;
    /// # let [payer, message] = [5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
    ///
    /// let source = PostedUpdates::new(PythPrograms::UPGRADED, update, payer, message, Destination::PushFeeds(4_711));
    /// assert_eq!(source.post(&[BTC_FEED])?[0].instructions.len(), 1);
    /// let missing = source.post(&[ETH_FEED]).unwrap_err();
    /// assert_eq!(missing.feed, ETH_FEED, "the update has no price of it");
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    ///
    /// # Errors
    /// [`NoPrice`] for a feed that the update does not have, or that has nowhere to be posted to.
    pub fn post(&self, feeds: &[FeedId]) -> Result<Vec<Step>, NoPrice> {
        Ok(self.steps(feeds.iter().map(|feed| self.post_one(feed)).collect::<Result<_, _>>()?))
    }

    /// As many instructions in each transaction as fit.
    fn steps(&self, instructions: Vec<Instruction>) -> Vec<Step> {
        let mut steps = Vec::new();
        let mut open = Vec::new();
        for instruction in instructions {
            open.push(instruction);
            if size(&open, &self.payer) > MOST_BYTES
                && let Some(last) = open.pop()
            {
                steps.push(self.step(core::mem::take(&mut open)));
                open.push(last);
            }
        }
        if !open.is_empty() {
            steps.push(self.step(open));
        }
        steps
    }

    /// Gets the rent back: of the message's account, and of price accounts of one's own that the update was posted to.
    ///
    /// ```
    /// use evergreen_sdk::price::{Destination, PostedUpdates, PriceSource, PythPrograms, PythUpdate};
    /// # use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::{BTC_FEED, ETH_FEED}, price::Refresh};
    /// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
    /// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
    /// # let update = PythUpdate::parse(&signed_update(&[price], Signing { guardian_set: 4, signatures: 13 }))?;
    /// # let [payer, message] = [5, 6].map(|byte| Pubkey::new_from_array([byte; 32]));
    ///
    /// let source = PostedUpdates::new(PythPrograms::UPGRADED, update, payer, message, Destination::PushFeeds(4_711));
    /// // When nothing more is to be posted from this update.
    /// let close = source.close();
    /// assert!(close.instructions[0].accounts.iter().any(|meta| meta.pubkey == message && meta.is_writable));
    /// assert!(close.signers.is_empty(), "the payer alone");
    /// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
    /// ```
    pub fn close(&self) -> Step {
        let mut instructions = vec![self.programs.close_message(&self.payer, &self.message)];
        if let Destination::Accounts(accounts) = &self.destination {
            let posted = accounts.iter().filter(|(feed, _)| self.update.of_feed(feed).is_some());
            instructions.extend(posted.map(|(_, account)| Instruction {
                program_id: self.programs.receiver,
                accounts: vec![AccountMeta::new(self.payer, true), AccountMeta::new(*account, false)],
                data: discriminator::RECLAIM_RENT.to_vec(),
            }));
        }
        self.step(instructions)
    }

    fn preparation(&self) -> Vec<Instruction> {
        let vaa = self.update.vaa();
        let space = VAA_START + vaa.len();
        let rent = self.rent.minimum_balance(space);
        let wormhole = &self.programs.wormhole;
        let mut all = vec![
            system_instruction::create_account(&self.payer, &self.message, rent, space as u64, wormhole),
            self.wormhole(discriminator::INIT_ENCODED_VAA.to_vec(), &[]),
        ];
        for (number, chunk) in vaa.chunks(CHUNK).enumerate() {
            let mut data = discriminator::WRITE_ENCODED_VAA.to_vec();
            data.extend(((number * CHUNK) as u32).to_le_bytes());
            data.extend((chunk.len() as u32).to_le_bytes());
            data.extend(chunk);
            all.push(self.wormhole(data, &[]));
        }
        let signers = self.programs.guardian_set(self.update.guardian_set());
        all.push(self.wormhole(discriminator::VERIFY_ENCODED_VAA_V1.to_vec(), &[signers]));
        all
    }

    /// An instruction about the message: its authority, its account, others that are read.
    fn wormhole(&self, data: Vec<u8>, others: &[Pubkey]) -> Instruction {
        let mut accounts = vec![AccountMeta::new_readonly(self.payer, true), AccountMeta::new(self.message, false)];
        accounts.extend(others.iter().map(|key| AccountMeta::new_readonly(*key, false)));
        Instruction { program_id: self.programs.wormhole, accounts, data }
    }

    fn step(&self, instructions: Vec<Instruction>) -> Step {
        let metas = instructions.iter().flat_map(|instruction| &instruction.accounts);
        let mut signers = Vec::new();
        for meta in metas.filter(|meta| meta.is_signer && meta.pubkey != self.payer) {
            if !signers.contains(&meta.pubkey) {
                signers.push(meta.pubkey);
            }
        }
        Step { instructions, signers }
    }

    /// Stores the price of a feed.
    fn post_one(&self, feed: &FeedId) -> Result<Instruction, NoPrice> {
        let none = |why: &str| NoPrice { feed: *feed, why: why.into() };
        let account = self.account(feed)?;
        let update = self.update.of_feed(feed).ok_or_else(|| none("the update has no price of it"))?;
        let parameters = PostUpdateParams { merkle_price_update: update.clone(), treasury_id: self.treasury };
        let parameters = borsh::to_vec(&parameters).map_err(|error| none(&error.to_string()))?;
        let read = |key: Pubkey| AccountMeta::new_readonly(key, false);
        let (config, treasury) = (self.programs.config(), self.programs.treasury(self.treasury));
        let mut accounts = vec![AccountMeta::new(self.payer, true)];
        let (program_id, mut data) = match &self.destination {
            Destination::Accounts(_) => {
                accounts.extend([read(self.message), read(config), AccountMeta::new(treasury, false)]);
                accounts.extend([AccountMeta::new(account, true), read(system_program::ID)]);
                accounts.push(AccountMeta::new_readonly(self.payer, true));
                (self.programs.receiver, discriminator::POST_UPDATE.to_vec())
            }
            Destination::PushFeeds(_) => {
                accounts.extend([read(self.programs.receiver), read(self.message), read(config)]);
                accounts.extend([AccountMeta::new(treasury, false), AccountMeta::new(account, false)]);
                accounts.push(read(system_program::ID));
                (self.programs.push, discriminator::UPDATE_PRICE_FEED.to_vec())
            }
        };
        data.extend(parameters);
        if let Destination::PushFeeds(shard) = &self.destination {
            data.extend(shard.to_le_bytes());
            data.extend(feed);
        }
        Ok(Instruction { program_id, accounts, data })
    }
}

impl PriceSource for PostedUpdates {
    fn account(&self, feed: &FeedId) -> Result<Pubkey, NoPrice> {
        match &self.destination {
            Destination::Accounts(accounts) => {
                let known = accounts.iter().find(|(known, _)| known == feed).map(|(_, account)| *account);
                known.ok_or_else(|| NoPrice { feed: *feed, why: "no account to post it to was named".into() })
            }
            Destination::PushFeeds(shard) => {
                Ok(super::PushFeeds { program: self.programs.push, shard: *shard }.address(feed))
            }
        }
    }

    /// `payer` must be the one whom the source was made for.
    fn refresh(&self, payer: &Pubkey, feeds: &[FeedId]) -> Result<Refresh, NoPrice> {
        let mut instructions = Vec::with_capacity(feeds.len());
        for feed in feeds {
            if *payer != self.payer {
                let why = format!("{} pays for its update, not {payer}", self.payer);
                return Err(NoPrice { feed: *feed, why });
            }
            let post = self.post_one(feed)?;
            if !self.ahead {
                instructions.push(post);
            }
        }
        let Step { instructions, signers } = self.step(instructions);
        Ok(Refresh { instructions, signers })
    }
}

impl PythPrograms {
    /// Closes the account of a signed message, whatever is in it; `authority`, who has made it, signs and gets the rent. For what
    /// an interrupted process has left; [`PostedUpdates::close`] otherwise.
    pub fn close_message(&self, authority: &Pubkey, message: &Pubkey) -> Instruction {
        let accounts = vec![AccountMeta::new(*authority, true), AccountMeta::new(*message, false)];
        Instruction { program_id: self.wormhole, accounts, data: discriminator::CLOSE_ENCODED_VAA.to_vec() }
    }
}

/// When the price in an account of Pyth's receiver was published, unix seconds, however old it is; `None` for other bytes.
pub fn published(account: &[u8]) -> Option<i64> {
    PriceUpdateV2::try_deserialize(&mut &account[..]).ok().map(|update| update.price_message.publish_time)
}

/// Bytes of a transaction with these instructions, without a compute budget.
fn size(instructions: &[Instruction], payer: &Pubkey) -> usize {
    let mut keys = HashSet::from([*payer]);
    let mut signers = HashSet::from([*payer]);
    let mut bytes = 0;
    for instruction in instructions {
        keys.insert(instruction.program_id);
        for meta in &instruction.accounts {
            keys.insert(meta.pubkey);
            if meta.is_signer {
                signers.insert(meta.pubkey);
            }
        }
        // The program's place, and two lengths of up to two bytes.
        bytes += 1 + 2 + instruction.accounts.len() + 2 + instruction.data.len();
    }
    // Version, header, lengths, blockhash, no lookup tables.
    bytes + 1 + 64 * signers.len() + 1 + 3 + 1 + 32 * keys.len() + 32 + 1 + 1
}

#[cfg(test)]
mod tests;
