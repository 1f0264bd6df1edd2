//! Where prices come from: feeds that somebody keeps fresh ([`PushFeeds`], [`LegacyAccounts`]), or signed updates that one
//! posts for oneself ([`PostedUpdates`]), fetched from a price service (`Hermes`, feature `hermes`).
//!
//! The program reads a price account and cares for its owner, feed and age, not for who wrote it. A [`PriceProvider`] says
//! which account to read and what has to be put in front of an instruction, in the same transaction, for it to be fresh.

#[cfg(feature = "hermes")]
mod hermes;
mod posted;
mod pyth;

#[cfg(feature = "hermes")]
pub use hermes::{Hermes, Latest, ServiceError, UpdateService};
pub use posted::{Destination, PostedUpdates, Step, published};
pub use pyth::{PythGeneration, PythPrograms, PythUpdate, UnknownGeneration, UpdateError, UpdatedPrice};

use crate::instruction::PriceFeed;
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen::state::Underlying;

/// Identity of a feed.
pub type FeedId = [u8; 32];

/// What makes prices fresh for one transaction.
///
/// ```
/// use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, price::{NoPrice, PriceProvider}};
///
/// /// An instruction with fresh prices in front of it, and who signs beside the payer.
/// fn with_prices(
///     source: &dyn PriceProvider,
///     payer: &Pubkey,
///     feed: [u8; 32],
///     instruction: Instruction,
/// ) -> Result<(Vec<Instruction>, Vec<Pubkey>), NoPrice> {
///     let refresh = source.refresh(payer, &[feed])?;
///     Ok((refresh.instructions.into_iter().chain([instruction]).collect(), refresh.signers))
/// }
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Refresh {
    /// To be put in front, in order; none for feeds that are kept fresh by others.
    pub instructions: Vec<Instruction>,
    /// Who has to sign them, beside the payer.
    pub signers: Vec<Pubkey>,
}

/// Why a source has no price to offer.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no price of feed {}: {why}", hex(feed))]
pub struct NoPrice {
    /// The feed.
    pub feed: FeedId,
    /// Why.
    pub why: String,
}

/// Names the account that holds the price of a feed, and what makes that price fresh.
///
/// Whatever takes time (asking a price service for a signed update) happens before: a provider hands out what it has.
///
/// ```
/// use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// use evergreen_sdk::price::{FeedId, NoPrice, PriceProvider, Refresh};
///
/// /// Posts an update that was fetched before, and reads the account that it is posted to.
/// struct Posted {
///     feed: FeedId,
///     account: Pubkey,
///     post: Instruction,
/// }
///
/// impl PriceProvider for Posted {
///     fn account(&self, feed: &FeedId) -> Result<Pubkey, NoPrice> {
///         if *feed == self.feed { Ok(self.account) } else { Err(NoPrice { feed: *feed, why: "not fetched".into() }) }
///     }
///     fn refresh(&self, _payer: &Pubkey, feeds: &[FeedId]) -> Result<Refresh, NoPrice> {
///         feeds.iter().try_for_each(|feed| self.account(feed).map(drop))?;
///         Ok(Refresh { instructions: vec![self.post.clone()], signers: vec![self.account] })
///     }
/// }
/// ```
pub trait PriceProvider: Send + Sync {
    /// The account to read the price of a feed from.
    ///
    /// # Errors
    /// [`NoPrice`] for a feed that this source does not have.
    fn account(&self, feed: &FeedId) -> Result<Pubkey, NoPrice>;

    /// What to put in front of an instruction that reads these feeds.
    ///
    /// # Errors
    /// [`NoPrice`] for a feed that this source does not have.
    fn refresh(&self, payer: &Pubkey, feeds: &[FeedId]) -> Result<Refresh, NoPrice>;
}

/// Push feeds of Pyth: accounts at fixed addresses that sponsors keep fresh. Nothing has to be put in front.
///
/// ```
/// use evergreen_sdk::{presets::BTC_FEED, price::PushFeeds};
///
/// // A set of one's own beside the sponsored one, kept fresh by one's own bot.
/// let own = PushFeeds { shard: 4_711, ..PushFeeds::UPGRADED };
/// assert_ne!(own.address(&BTC_FEED), PushFeeds::UPGRADED.address(&BTC_FEED));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushFeeds {
    /// The push program that the addresses derive from.
    pub program: Pubkey,
    /// Number of the sponsor's set of feeds.
    pub shard: u16,
}

impl PushFeeds {
    /// The upgraded generation, shard 0.
    pub const UPGRADED: Self = PythGeneration::Upgraded.push_feeds(0);
    /// The previous generation, shard 0.
    pub const PREVIOUS: Self = PythGeneration::Previous.push_feeds(0);

    /// Address of a feed.
    pub fn address(&self, feed: &FeedId) -> Pubkey {
        Pubkey::find_program_address(&[&self.shard.to_le_bytes(), feed], &self.program).0
    }
}

impl PriceProvider for PushFeeds {
    fn account(&self, feed: &FeedId) -> Result<Pubkey, NoPrice> {
        Ok(self.address(feed))
    }

    fn refresh(&self, _payer: &Pubkey, _feeds: &[FeedId]) -> Result<Refresh, NoPrice> {
        Ok(Refresh::default())
    }
}

/// Pyth's legacy accounts: a feed's id is the address of its account, which the oracle program writes. Nothing has to be
/// put in front.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LegacyAccounts;

impl PriceProvider for LegacyAccounts {
    fn account(&self, feed: &FeedId) -> Result<Pubkey, NoPrice> {
        Ok(Pubkey::new_from_array(*feed))
    }

    fn refresh(&self, _payer: &Pubkey, _feeds: &[FeedId]) -> Result<Refresh, NoPrice> {
        Ok(Refresh::default())
    }
}

/// The underlying and its price account as instructions want them.
///
/// # Errors
/// [`NoPrice`].
pub fn feed_of(underlying: &Underlying, source: &dyn PriceProvider) -> Result<PriceFeed, NoPrice> {
    let price = source.account(&underlying.feed_id)?;
    Ok(PriceFeed { underlying: crate::address::underlying(&underlying.feed_id), price })
}

fn hex(feed: &FeedId) -> String {
    ::hex::encode(feed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sponsored_feed_of_bitcoin_has_its_known_address() {
        let known = Pubkey::from_str_const("4cSM2e6rvbGQUFiJbqytoVMi5GgghSMr8LwVrT9VPSPo");
        assert_eq!(PushFeeds::PREVIOUS.address(&crate::presets::BTC_FEED), known);
        let refresh = PushFeeds::UPGRADED.refresh(&known, &[crate::presets::BTC_FEED]).unwrap();
        assert_eq!(refresh, Refresh::default());
    }

    #[test]
    fn a_feed_is_read_where_its_provider_keeps_it() {
        let scene = crate::testing::scene::Scene::new(1, 0).unwrap();
        let market = &scene.view.markets[0];
        assert_eq!(feed_of(&market.underlying, &PushFeeds::UPGRADED), Ok(market.feed));
        assert_eq!(LegacyAccounts.account(&[7; 32]), Ok(Pubkey::new_from_array([7; 32])));
        let shard = PushFeeds { shard: 4_711, ..PushFeeds::UPGRADED };
        assert_ne!(feed_of(&market.underlying, &shard), Ok(market.feed));
    }

    #[test]
    fn a_missing_price_names_its_feed() {
        let missing = NoPrice { feed: [0xab; 32], why: "not fetched".into() };
        assert!(missing.to_string().starts_with("no price of feed ababab"));
    }
}
