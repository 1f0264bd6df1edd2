//! Sources of prices: feeds that others keep fresh ([`PushFeeds`], [`LegacyAccounts`]), or signed updates that the caller
//! posts ([`PostedUpdates`]), fetched from a price service (`Hermes`, feature `hermes`).
//!
//! The program checks the owner, the feed and the age of a price account, not who wrote it. A [`PriceProvider`] names the
//! account to read, and the instructions that make it fresh, which come before the others in the same transaction.

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
use evergreen::{
    oracle::PriceAccount,
    state::{HALF_HOUR, Underlying},
};

/// Id of a price feed.
pub type FeedId = [u8; 32];

/// Instructions that make prices fresh for one transaction.
///
/// ```
/// use evergreen_sdk::{anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction}, price::{NoPrice, PriceProvider}};
///
/// /// Puts fresh prices in front of an instruction; returns also who has to sign besides the payer.
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
    /// Instructions to put in front, in order; none for feeds that others keep fresh.
    pub instructions: Vec<Instruction>,
    /// Keys that have to sign besides the payer.
    pub signers: Vec<Pubkey>,
}

/// Owner and bytes of a price account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PriceBytes {
    /// Program that owns the account.
    pub owner: Pubkey,
    /// Bytes of the account.
    pub data: Vec<u8>,
}

impl PriceBytes {
    /// The price account at this address.
    pub const fn at<'a>(&'a self, key: &'a Pubkey) -> PriceAccount<'a> {
        PriceAccount { key, owner: &self.owner, data: self.data.as_slice() }
    }
}

/// Reason why a source has no price of a feed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no price of feed {}: {why}", hex(feed))]
pub struct NoPrice {
    /// The feed.
    pub feed: FeedId,
    /// The reason, in words.
    pub why: String,
}

/// Names the account that holds the price of a feed, and the instructions that make that price fresh.
///
/// A provider does not wait for anything: a signed update has to be fetched from its price service beforehand.
///
/// ```
/// use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
/// use evergreen_sdk::price::{FeedId, NoPrice, PriceProvider, Refresh};
///
/// /// Posts an update that was fetched beforehand, and names the account to which it is posted.
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
    /// Returns the account that holds the price of a feed.
    ///
    /// # Errors
    /// [`NoPrice`] for a feed that this source does not have.
    fn account(&self, feed: &FeedId) -> Result<Pubkey, NoPrice>;

    /// Returns the instructions to put in front of an instruction that reads these feeds.
    ///
    /// # Errors
    /// [`NoPrice`] for a feed that this source does not have.
    fn refresh(&self, payer: &Pubkey, feeds: &[FeedId]) -> Result<Refresh, NoPrice>;

    /// Returns the accounts that may hold the first price of a feed that was published after `moment`, unix seconds. Each names the
    /// moment of its price, so whoever reads them sees which one it is.
    ///
    /// # Errors
    /// [`NoPrice`] for a feed that this source does not have.
    fn first_after(&self, feed: &FeedId, _moment: i64) -> Result<Vec<Pubkey>, NoPrice> {
        Ok(vec![self.account(feed)?])
    }

    /// Returns the price account of a feed as the instructions of [`Self::refresh`] will leave it; `None` if they post no price of it.
    fn posted(&self, _feed: &FeedId) -> Option<PriceBytes> {
        None
    }
}

/// Push feeds of Pyth: accounts at fixed addresses that sponsors keep fresh. They need no instructions in front.
///
/// ```
/// use evergreen_sdk::{presets::BTC_FEED, price::PushFeeds};
///
/// // A shard of its own, which the caller's own bot keeps fresh, has other addresses than the sponsored one.
/// let own = PushFeeds { shard: 4_711, ..PushFeeds::UPGRADED };
/// assert_ne!(own.address(&BTC_FEED), PushFeeds::UPGRADED.address(&BTC_FEED));
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PushFeeds {
    /// The push program that the addresses derive from.
    pub program: Pubkey,
    /// Shard: the number of a set of feeds.
    pub shard: u16,
}

impl PushFeeds {
    /// Number of the first of the sets in which first prices are kept for those who fill commitments.
    pub const KEPT: u16 = 64_000;
    /// Number of those sets: a price is kept for a minute.
    pub const KEPT_SETS: u16 = 64;
    /// Number of the first of the sets in which the first prices after full half-hours are kept for volatility samples.
    pub const HALF_HOURS: u16 = Self::KEPT + Self::KEPT_SETS;
    /// Number of those sets: such a price is kept for a day.
    pub const HALF_HOUR_SETS: u16 = 48;
    /// Seconds of a half-hour, the interval of samples by the presets.
    /// A first price is looked for that was published at most so many seconds after the moment. That of a full minute, which can be sampled, or executes liquidity,
    /// is looked for in all sets.
    const LATEST: i64 = 12;

    /// Returns the set in which the first price of a second is kept, `publish_time` in unix seconds. Whoever posts the price that fills
    /// a commitment posts it there, where everybody finds it.
    pub const fn kept_at(&self, publish_time: i64) -> Self {
        let number = publish_time.rem_euclid(Self::KEPT_SETS as i64) as u16;
        Self { program: self.program, shard: Self::KEPT + number }
    }

    /// Returns the set in which the first price after a full half-hour is kept, `moment` in unix seconds; `None` for any other moment. It is the price of a volatility
    /// sample, which can be taken for half an hour, and which trades wait for. Whoever posts it posts it there, where everybody finds it.
    pub const fn half_hour_from(&self, moment: i64) -> Option<Self> {
        if moment.rem_euclid(HALF_HOUR) != 0 {
            return None;
        }
        let number = moment.div_euclid(HALF_HOUR).rem_euclid(Self::HALF_HOUR_SETS as i64) as u16;
        Some(Self { program: self.program, shard: Self::HALF_HOURS + number })
    }

    /// Returns the full half-hour, unix seconds, whose first price is one that was published at `publish_time`, the one before at `prev_publish_time`; `None` for
    /// any other price. Of several half-hours between the two it is the last one, because no other can be sampled.
    pub const fn opened_half_hour(prev_publish_time: i64, publish_time: i64) -> Option<i64> {
        let before = publish_time.saturating_sub(1);
        let moment = before.saturating_sub(before.rem_euclid(HALF_HOUR));
        if prev_publish_time <= moment { Some(moment) } else { None }
    }

    /// The upgraded generation, shard 0.
    pub const UPGRADED: Self = PythGeneration::Upgraded.push_feeds(0);
    /// The previous generation, shard 0.
    pub const PREVIOUS: Self = PythGeneration::Previous.push_feeds(0);

    /// Returns the address of a feed's account.
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

    fn first_after(&self, feed: &FeedId, moment: i64) -> Result<Vec<Pubkey>, NoPrice> {
        let half_hour = self.half_hour_from(moment).map(|set| set.address(feed));
        let latest = if moment.rem_euclid(60) == 0 { Self::KEPT_SETS.into() } else { Self::LATEST };
        let seconds = (1..=latest).map(|second| self.kept_at(moment.saturating_add(second)).address(feed));
        let kept = half_hour.into_iter().chain(seconds);
        // The live feed comes last: its price may be replaced before a transaction that names it lands.
        Ok(kept.chain([self.address(feed)]).collect())
    }
}

/// Pyth's legacy accounts: the id of a feed is the address of its account, which the oracle program writes. They need no
/// instructions in front.
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

/// Returns the addresses of an underlying and of its price account, as instructions name them.
///
/// # Errors
/// [`NoPrice`] if the source does not have the feed of the underlying.
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
    fn the_first_price_of_a_half_hour_is_kept_in_a_set_of_its_own() {
        let feeds = PushFeeds::UPGRADED;
        let noon = 1_790_000_000 / 86_400 * 86_400 + 43_200;
        assert_eq!(PushFeeds::opened_half_hour(noon - 1, noon), None, "it was not published after it");
        assert_eq!(PushFeeds::opened_half_hour(noon, noon + 1), Some(noon));
        assert_eq!(PushFeeds::opened_half_hour(noon + 1, noon + 2), None, "another one was before");
        assert_eq!(
            PushFeeds::opened_half_hour(noon - 7_000, noon + 1_799),
            Some(noon),
            "several half-hours were skipped"
        );
        assert_eq!(PushFeeds::opened_half_hour(noon - 7_000, noon + 1_800), Some(noon), "the next one has not begun");
        let set = |moment| feeds.half_hour_from(moment).unwrap().shard;
        let sets: std::collections::HashSet<u16> = (0..48).map(|number| set(noon + 1_800 * number)).collect();
        assert_eq!((sets.len(), sets.iter().min(), sets.iter().max()), (48, Some(&64_064), Some(&64_111)));
        assert_eq!(set(noon + 86_400), set(noon), "a day later it is used again");
        assert_eq!(feeds.half_hour_from(noon + 60), None);
        let btc = crate::presets::BTC_FEED;
        assert_eq!(feeds.first_after(&btc, noon).unwrap()[0], feeds.half_hour_from(noon).unwrap().address(&btc));
        assert_eq!(feeds.first_after(&btc, noon + 60).unwrap().len(), 65, "those of a full minute are in all sets");
        assert_eq!(feeds.first_after(&btc, noon + 61).unwrap().len(), 13);
    }

    #[test]
    fn a_missing_price_names_its_feed() {
        let missing = NoPrice { feed: [0xab; 32], why: "not fetched".into() };
        assert!(missing.to_string().starts_with("no price of feed ababab"));
    }
}
