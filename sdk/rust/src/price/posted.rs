//! Prices that a transaction posts for itself: signed updates, verified in full on the chain.

mod encode;

use super::{FeedId, NoPrice, PriceProvider, PythPrograms, PythUpdate, Refresh};
use anchor_lang::{
    AccountDeserialize,
    prelude::{Pubkey, Rent},
    solana_program::instruction::{AccountMeta, Instruction},
};
use pyth_solana_receiver_sdk::price_update::PriceUpdateV2;

/// Where prices are posted to.
///
/// ```
/// use evergreen_sdk::price::{Destination, PostedUpdates, PriceProvider, PythPrograms, PythUpdate};
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
/// parts: [`prepare`](Self::prepare) writes and verifies it, in one transaction or two before; what [`PriceProvider::refresh`] puts
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

impl PostedUpdates {
    /// Posts an update. `payer` pays, and is the only one who may write and close; `message` is a new account's address, whose key
    /// signs the first transaction.
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
    pub const fn with_treasury(mut self, number: u8) -> Self {
        self.treasury = number;
        self
    }

    /// With the network's rent, where that is not the usual one.
    pub const fn with_rent(mut self, rent: Rent) -> Self {
        self.rent = rent;
        self
    }

    /// The update.
    pub const fn update(&self) -> &PythUpdate {
        &self.update
    }

    /// Prices are posted by transactions of their own ([`Self::post`]): nothing is put in front of instructions. For those that
    /// would not fit a transaction with them; two prices and a trade hardly do, even with a lookup table.
    pub const fn ahead(mut self) -> Self {
        self.ahead = true;
        self
    }

    /// Transactions that have to land, in order, before prices can be posted: the message's account made, written, verified.
    pub fn prepare(&self) -> Vec<Step> {
        self.steps(self.preparation())
    }

    /// Transactions that post the prices of these feeds, once the message is prepared.
    ///
    /// # Errors
    /// [`NoPrice`] for a feed that the update does not have, or that has nowhere to be posted to.
    pub fn post(&self, feeds: &[FeedId]) -> Result<Vec<Step>, NoPrice> {
        Ok(self.steps(feeds.iter().map(|feed| self.post_one(feed)).collect::<Result<_, _>>()?))
    }

    /// Gets the rent back: of the message's account, and of price accounts of one's own that the update was posted to.
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
        Instruction { program_id: self.wormhole, accounts, data: encode::discriminator::CLOSE_ENCODED_VAA.to_vec() }
    }
}

/// When the price in an account of Pyth's receiver was published, unix seconds, however old it is; `None` for other bytes.
pub fn published(account: &[u8]) -> Option<i64> {
    PriceUpdateV2::try_deserialize(&mut &account[..]).ok().map(|update| update.price_message.publish_time)
}

#[cfg(test)]
mod tests;
