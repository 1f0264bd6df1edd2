//! First prices: the accounts that may hold the prices that fill a commitment, and which of them do.

use crate::{
    post::{message_number, own_price_account},
    task::Wanted,
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::Cache,
    evergreen::{
        oracle::{self, PriceAccount, Publication},
        state::{MarginAccount, Underlying},
    },
    math::UnixTime,
    price::{FeedId, NoPrice, PriceProvider, Refresh},
    quote::{PoolView, PriceBytes, QuoteError},
};
use solana_keypair::Keypair;
use solana_signer::Signer;
use std::sync::Arc;

/// The prices that fill a commitment, as far as they are known.
pub(crate) enum FirstPrices {
    /// All of them; the pool with these prices.
    Known(Box<PoolView>),
    /// Some of them are not known.
    Missing {
        /// They are the first ones published after this unix second.
        moment: i64,
        /// Places in the pool's list of the underlyings without one.
        places: Vec<u8>,
    },
}

impl FirstPrices {
    /// Finds the prices that fill the commitment of an account in the cache.
    ///
    /// Errors: `UnknownSeries`.
    pub fn find(
        view: &PoolView,
        account: &MarginAccount,
        cache: &Cache,
        source: &dyn PriceProvider,
    ) -> Result<Self, QuoteError> {
        let moment = view.price_moment(&account.commitment);
        let mut missing = Vec::new();
        let mut priced = Box::new(view.clone());
        for place in view.needed_to_fill(account)? {
            let Some(market) = priced.markets.get_mut(usize::from(place)) else { continue };
            let mut candidates = source.first_after(&market.underlying.feed_id, moment).unwrap_or_default();
            // The account of recent prices comes last: its price may be replaced before a fill lands.
            candidates.sort_by_key(|key| *key == market.feed.price);
            let first = |key: &Pubkey| Some((*key, first_at(key, &market.underlying, cache, moment, view.now)?));
            match candidates.iter().find_map(first) {
                Some((key, bytes)) => (market.feed.price, market.price) = (key, Some(bytes)),
                None => missing.push(place),
            }
        }
        Ok(if missing.is_empty() { Self::Known(priced) } else { Self::Missing { moment, places: missing } })
    }
}

/// The price at an address in the cache, if it is the first one after a moment by the program's own rules.
pub(crate) fn first_at(
    key: &Pubkey,
    underlying: &Underlying,
    cache: &Cache,
    moment: i64,
    now: i64,
) -> Option<PriceBytes> {
    let (_, raw) = cache.raw(key)?;
    let account = PriceAccount { key, owner: &raw.owner, data: &raw.data };
    let read = oracle::read(&account, underlying, Publication::FirstAfter(moment), UnixTime(now));
    read.ok().map(|_| PriceBytes::from(&*raw))
}

/// Addresses of the accounts that may hold the prices that fill the commitment of an account; none before its moment is over.
pub(crate) fn candidates(
    view: &PoolView,
    account: &MarginAccount,
    source: &dyn PriceProvider,
) -> Result<Vec<Pubkey>, NoPrice> {
    let moment = view.price_moment(&account.commitment);
    if view.now <= moment {
        return Ok(Vec::new());
    }
    let mut keys = Vec::new();
    for place in view.needed_to_fill(account).unwrap_or_default() {
        let Some(market) = view.markets.get(usize::from(place)) else { continue };
        keys.extend(source.first_after(&market.underlying.feed_id, moment)?);
    }
    Ok(keys)
}

/// A price source whose first prices may also lie in accounts of the keeper's own.
pub(crate) struct WithOwnAccounts {
    /// The source of all other prices.
    pub source: Arc<dyn PriceProvider>,
    /// The key from which the keys of those accounts are derived.
    pub key: Arc<Keypair>,
}

impl PriceProvider for WithOwnAccounts {
    fn account(&self, feed: &FeedId) -> Result<Pubkey, NoPrice> {
        self.source.account(feed)
    }

    fn refresh(&self, payer: &Pubkey, feeds: &[FeedId]) -> Result<Refresh, NoPrice> {
        self.source.refresh(payer, feeds)
    }

    fn first_after(&self, feed: &FeedId, moment: i64) -> Result<Vec<Pubkey>, NoPrice> {
        let mut keys = self.source.first_after(feed, moment)?;
        keys.push(own_price_account(&self.key, feed, message_number(Wanted::FirstAfter(moment))).pubkey());
        Ok(keys)
    }
}
