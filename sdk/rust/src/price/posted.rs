//! Prices that the caller posts: signed updates, which are fully verified on the chain.

mod encode;

use super::{FeedId, NoPrice, PriceBytes, PriceProvider, PythPrograms, PythUpdate, Refresh};
use anchor_lang::{
    AccountDeserialize, AccountSerialize,
    prelude::{Pubkey, Rent},
    solana_program::instruction::{AccountMeta, Instruction},
};
use pyth_solana_receiver_sdk::price_update::{PriceUpdateV2, VerificationLevel};
use pythnet_sdk::{messages::Message, wire::from_slice};

/// Accounts to which prices are posted.
///
/// ```
/// use evergreen_sdk::price::{Destination, PostedUpdates, PriceProvider, PythPrograms, PythUpdate};
/// # use evergreen_sdk::{anchor_lang::prelude::Pubkey, presets::BTC_FEED};
/// # use evergreen_sdk::testing::pyth_update::{Signing, price_message, signed_update};
/// # let price = price_message(BTC_FEED, 10_000_000_000_000, 1_790_000_000);
/// # let update = PythUpdate::parse(&signed_update(&[price], Signing { guardian_set: 4, signatures: 3 }))?;
/// # let [payer, message, account] = [5, 6, 7].map(|byte| Pubkey::new_from_array([byte; 32]));
/// let to = |destination| PostedUpdates::new(PythPrograms::UPGRADED, update.clone(), payer, message, destination);
/// // An own account signs whenever it is written; push feeds need no signature.
/// let own = to(Destination::Accounts(vec![(BTC_FEED, account)]));
/// assert_eq!(own.refresh(&payer, &[BTC_FEED])?.signers, [account]);
/// let shared = to(Destination::PushFeeds(4_711));
/// assert!(shared.refresh(&payer, &[BTC_FEED])?.signers.is_empty());
/// # Ok::<(), Box<dyn std::error::Error + Send + Sync>>(())
/// ```
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Destination {
    /// The caller's own accounts, one for each feed. Each signs when its price is posted. They can be used again, and be closed
    /// to get their rent back.
    Accounts(Vec<(FeedId, Pubkey)>),
    /// The push feeds of this shard: accounts at fixed addresses, which anyone may update and everybody may read. A shard that
    /// nobody else uses serves as well as own accounts and needs no signatures, but its accounts cannot be closed.
    PushFeeds(u16),
}

/// Instructions of one transaction.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// The instructions, in order.
    pub instructions: Vec<Instruction>,
    /// Keys that have to sign besides the payer.
    pub signers: Vec<Pubkey>,
}

/// A source that posts one signed update.
///
/// A fully verified update needs a signed message that is stored in an account and has been verified there. It is posted in three
/// parts. [`prepare`](Self::prepare) writes and verifies the message, in one transaction beforehand (two where more than five sign). The instructions of
/// [`PriceProvider::refresh`] prove single prices by the message and store them, in the transaction that uses them.
/// [`close`](Self::close) gets the rent back. One message serves any number of transactions. If the prices do not fit the
/// transaction that uses them, they are posted [ahead](Self::ahead) in transactions of their own.
///
/// The program checks the age of the price, so an update has to be prepared and used at once. Addresses, account orders and
/// bytes are those of Pyth's and Wormhole's published programs. The tests decode them with Pyth's own types, but do not send them
/// to those programs.
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
/// // Plans and views use `&source` here. At the end the rent comes back:
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
    atomic: bool,
}

impl PostedUpdates {
    /// Makes a source that posts an update. `payer` pays, and only `payer` may write and close the message. `message` is the
    /// address of a new account, whose key signs the first transaction.
    pub fn new(
        programs: PythPrograms,
        update: PythUpdate,
        payer: Pubkey,
        message: Pubkey,
        destination: Destination,
    ) -> Self {
        Self {
            programs,
            update,
            payer,
            message,
            destination,
            treasury: 0,
            rent: Rent::default(),
            ahead: false,
            atomic: false,
        }
    }

    /// Sets the number of the receiver's account that gets the fee of updates, 0 to 255; the default is 0.
    pub const fn with_treasury(mut self, number: u8) -> Self {
        self.treasury = number;
        self
    }

    /// Sets the network's rent, if it is not Solana's default.
    pub const fn with_rent(mut self, rent: Rent) -> Self {
        self.rent = rent;
        self
    }

    /// Returns the update.
    pub const fn update(&self) -> &PythUpdate {
        &self.update
    }

    /// Posts prices in transactions of their own ([`Self::post`]) and puts nothing in front of other instructions. It is for
    /// instructions that do not fit one transaction with their prices; two prices and a trade hardly fit, even with a lookup table.
    pub const fn ahead(mut self) -> Self {
        self.ahead = true;
        self
    }

    /// Posts each price together with the signed message (`post_update_atomic`), so that posting and what uses the price are one
    /// transaction, without a message's account: nothing is [prepared](Self::prepare). It needs own accounts as destination, since push
    /// feeds are not posted in this way, and room for the whole message: one price and a fill fit with a lookup table that has
    /// [`Self::addresses`]; for more than one price there are the three parts. The receiver stores such a price as fully verified when the
    /// signatures reach the quorum.
    pub const fn atomic(mut self) -> Self {
        self.atomic = true;
        self
    }

    /// Returns the addresses that postings name again and again, for a lookup table: configuration, treasury, signers.
    pub fn addresses(&self) -> [Pubkey; 3] {
        [self.programs.config(), self.programs.treasury(self.treasury), self.signers()]
    }

    /// Returns the transactions that have to land, in order, before prices can be posted: they create the message's account, write
    /// the message and verify it.
    pub fn prepare(&self) -> Vec<Step> {
        self.steps(self.preparation())
    }

    /// Returns the transactions that post the prices of these feeds, once the message is prepared.
    ///
    /// # Errors
    /// [`NoPrice`] for a feed that the update does not have, or that has no account in the destination.
    pub fn post(&self, feeds: &[FeedId]) -> Result<Vec<Step>, NoPrice> {
        Ok(self.steps(feeds.iter().map(|feed| self.post_one(feed)).collect::<Result<_, _>>()?))
    }

    /// Returns the transaction that gets the rent back: of the message's account, and of the own price accounts of feeds that are
    /// in the update. Each of those must have been posted.
    pub fn close(&self) -> Step {
        self.step(self.closing())
    }
}

impl PriceProvider for PostedUpdates {
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

    /// Fails unless `payer` is the one for whom the source was made.
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

    fn posted(&self, feed: &FeedId) -> Option<PriceBytes> {
        let message = self.update.of_feed(feed)?.message.as_ref();
        let Ok(Message::PriceFeedMessage(price_message)) = from_slice::<byteorder::BE, Message>(message) else {
            return None;
        };
        let (write_authority, verification_level) = (self.payer, VerificationLevel::Full);
        let stored = PriceUpdateV2 { write_authority, verification_level, price_message, posted_slot: 0 };
        let mut data = Vec::with_capacity(PriceUpdateV2::LEN);
        stored.try_serialize(&mut data).ok()?;
        data.resize(PriceUpdateV2::LEN, 0);
        Some(PriceBytes { owner: self.programs.receiver, data })
    }
}

impl PythPrograms {
    /// Closes the account of a signed message, whatever it contains. `authority`, who has created it, signs and gets the rent. It is
    /// for accounts that an interrupted process has left; [`PostedUpdates::close`] is for all others.
    pub fn close_message(&self, authority: &Pubkey, message: &Pubkey) -> Instruction {
        let accounts = vec![AccountMeta::new(*authority, true), AccountMeta::new(*message, false)];
        Instruction { program_id: self.wormhole, accounts, data: encode::discriminator::CLOSE_ENCODED_VAA.to_vec() }
    }
}

/// Returns when the price in an account of Pyth's receiver was published, in unix seconds, however old it is; `None` for bytes of
/// another kind.
pub fn published(account: &[u8]) -> Option<i64> {
    PriceUpdateV2::try_deserialize(&mut &account[..]).ok().map(|update| update.price_message.publish_time)
}

#[cfg(test)]
mod tests;
