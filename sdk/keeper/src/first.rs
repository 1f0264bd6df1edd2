//! First prices: the accounts that may hold the prices after a commitment or a notice, and which of them do.

use crate::{
    post::{message_number, own_price_account},
    task::Wanted,
};
use evergreen_sdk::{
    anchor_lang::prelude::Pubkey,
    client::Cache,
    evergreen::{
        oracle::{self, OraclePrice, PriceAccount, Publication},
        state::{MarginAccount, ShareClass, Underlying},
    },
    math::UnixTime,
    price::{FeedId, NoPrice, PriceProvider, Refresh},
    quote::{MarketView, OpenNotice, PoolView, PriceBytes, QuoteError},
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
        /// They are the first ones published after this unix second: that of the commitment, or before it where a price has to be
        /// confirmed.
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
        let (priced, missing) = with_first_prices(view, moment, &view.needed_to_fill(account)?, cache, source);
        // Prices that have to be confirmed wait until all first ones are there.
        let missing_at =
            |wanted: i64| missing.iter().filter(|(at, _)| *at == wanted).map(|(_, place)| *place).collect();
        if !missing.is_empty() && account.commitment.is_over(view.now).is_ok_and(|is_over| is_over) {
            // A first price was written over: later ones end what nobody has filled.
            let places = view.needed_to_fill(account)?;
            if let Some(priced) = with_later_prices(view, moment, &places, cache, source) {
                return Ok(Self::Known(priced));
            }
        }
        Ok(match missing.iter().map(|(at, _)| *at).max() {
            Some(latest) => Self::Missing { moment: latest, places: missing_at(latest) },
            None => Self::Known(priced),
        })
    }

    /// Finds the first prices after `minute`, unix seconds, that execute liquidity of a class in the cache. One that is far from its average needs
    /// no earlier one beside it: liquidity takes fresh prices only.
    pub fn of_liquidity(
        view: &PoolView,
        (class, minute): (ShareClass, i64),
        cache: &Cache,
        source: &dyn PriceProvider,
    ) -> Self {
        let places = view.needed_for(class, minute);
        let (mut priced, missing) = with_first_prices(view, minute, &places, cache, source);
        for market in &mut priced.markets {
            market.earlier = None;
        }
        let places: Vec<u8> = missing.iter().filter(|(at, _)| *at == minute).map(|(_, place)| *place).collect();
        if places.is_empty() { Self::Known(priced) } else { Self::Missing { moment: minute, places } }
    }
}

/// A notice that is open, and the first prices after its moment.
pub(crate) struct NoticePrices {
    /// The notice.
    pub notice: OpenNotice,
    /// The pool with those of the prices that are known.
    pub view: Box<PoolView>,
    /// The others: the unix second after which each is the first one, and the place of its underlying in the pool's list.
    pub missing: Vec<(i64, u8)>,
}

impl NoticePrices {
    /// Seconds after the moment for which all prices of an account are waited for. Later it is closed by those that are there.
    const LONGEST_WAIT: i64 = 10;

    /// Finds the prices after the open notices of a pool in the cache. `holders` are the accounts that may have positions.
    pub fn find<'a>(
        view: &PoolView,
        holders: impl Iterator<Item = &'a MarginAccount> + Clone,
        cache: &Cache,
        source: &dyn PriceProvider,
    ) -> Vec<Self> {
        let of_notice = |notice: OpenNotice| {
            let places = places_of(view, notice, holders.clone());
            let (view, missing) = with_first_prices(view, notice.moment, &places, cache, source);
            Self { notice, view, missing }
        };
        view.notices().into_iter().map(of_notice).collect()
    }

    /// Whether the prices of an account are there, or have been waited for long enough.
    pub fn serves(&self, account: &MarginAccount) -> bool {
        let needed = self.view.needed(account, []).unwrap_or_default();
        let waits = self.view.now <= self.notice.moment.saturating_add(Self::LONGEST_WAIT);
        !waits || !self.missing.iter().any(|(_, place)| needed.contains(place))
    }
}

/// The places in the pool's list of the underlyings whose prices the holders of a series need that a notice was given of, in rising order.
fn places_of<'a>(view: &PoolView, notice: OpenNotice, holders: impl Iterator<Item = &'a MarginAccount>) -> Vec<u8> {
    let holders = holders.filter(|account| account.find(notice.series).is_some());
    let mut places: Vec<u8> = holders.flat_map(|account| view.needed(account, []).unwrap_or_default()).collect();
    places.sort_unstable();
    places.dedup();
    places
}

/// Returns the pool with prices of the underlyings at these places that prove that the first ones after a moment, unix seconds, are known, if the cache has them.
fn with_later_prices(
    view: &PoolView,
    moment: i64,
    places: &[u8],
    cache: &Cache,
    source: &dyn PriceProvider,
) -> Option<Box<PoolView>> {
    let mut priced = Box::new(view.clone());
    for place in places {
        let market = priced.markets.get_mut(usize::from(*place))?;
        let candidates = source.first_after(&market.underlying.feed_id, moment).unwrap_or_default();
        let later = |key: &Pubkey| {
            let wanted = Publication::KnownAfter(moment);
            Some((*key, read(key, &market.underlying, cache, wanted, view.now)?.0))
        };
        let (key, bytes) = candidates.iter().find_map(later)?;
        (market.feed.price, market.price, market.earlier) = (key, Some(bytes), None);
    }
    Some(priced)
}

/// Returns the pool with the first prices after a moment, unix seconds, of the underlyings at these places, as far as the cache has them, and what
/// is missing: the second after which each price is the first one, which is an earlier one where a price has to be confirmed, and the place.
fn with_first_prices(
    view: &PoolView,
    moment: i64,
    places: &[u8],
    cache: &Cache,
    source: &dyn PriceProvider,
) -> (Box<PoolView>, Vec<(i64, u8)>) {
    let mut missing = Vec::new();
    let mut priced = Box::new(view.clone());
    for place in places {
        let Some(market) = priced.markets.get_mut(usize::from(*place)) else { continue };
        let mut candidates = source.first_after(&market.underlying.feed_id, moment).unwrap_or_default();
        // The account of recent prices comes last: its price may be replaced before a transaction lands.
        candidates.sort_by_key(|key| *key == market.feed.price);
        let first = |key: &Pubkey| Some((*key, first_at(key, &market.underlying, cache, moment, view.now)?.0));
        let Some((key, bytes)) = candidates.iter().find_map(first) else {
            missing.push((moment, *place));
            continue;
        };
        (market.feed.price, market.price, market.earlier) = (key, Some(bytes), None);
        let wanted = Publication::FirstAfter(moment);
        cache.find_earlier(market, wanted, view.now, source);
        if market.publication(wanted, view.now).is_err() {
            missing.extend(market.earlier_moment(wanted, view.now).map(|moment| (moment, *place)));
        }
    }
    (priced, missing)
}

/// Addresses of the accounts that may hold the first prices after `minute`, unix seconds, that execute liquidity of a class; none before that.
pub(crate) fn liquidity_candidates(
    view: &PoolView,
    (class, minute): (ShareClass, i64),
    source: &dyn PriceProvider,
) -> Vec<Pubkey> {
    if view.now <= minute {
        return Vec::new();
    }
    let feeds = view.needed_for(class, minute).into_iter().filter_map(|place| view.markets.get(usize::from(place)));
    feeds.filter_map(|market| source.first_after(&market.underlying.feed_id, minute).ok()).flatten().collect()
}

/// The price that a volatility sample takes: the first one after the last grid time.
pub(crate) struct SamplePrice {
    /// Place of the underlying in the pool's list.
    pub place: u8,
    /// The grid time, unix seconds.
    pub moment: i64,
    /// The account that holds it, if it is known.
    pub price: Option<Pubkey>,
}

impl SamplePrice {
    /// Finds the prices of the underlyings of a pool that can be sampled.
    pub fn find(view: &PoolView, cache: &Cache, source: &dyn PriceProvider) -> Vec<Self> {
        let due = (0..).zip(&view.markets).filter_map(|(place, market)| {
            let moment = market.sample_moment(view.now)?;
            let candidates = source.first_after(&market.underlying.feed_id, moment).unwrap_or_default();
            let is_first = |key: &Pubkey| first_at(key, &market.underlying, cache, moment, view.now).is_some();
            Some(Self { place, moment, price: candidates.into_iter().find(is_first) })
        });
        due.collect()
    }
}

/// The moments, by place of the underlying in the pool's list, whose first prices confirm recent prices far from their average.
pub(crate) fn earlier_moments(view: &PoolView) -> impl Iterator<Item = (u8, i64)> {
    let moment =
        |(place, market): (u8, &MarketView)| Some((place, market.earlier_moment(Publication::Recent, view.now)?));
    (0..).zip(&view.markets).filter_map(moment)
}

/// Addresses of the accounts that may hold the first prices that samples take and that confirm recent prices.
pub(crate) fn upkeep_candidates(view: &PoolView, source: &dyn PriceProvider) -> Vec<Pubkey> {
    let samples = view
        .markets
        .iter()
        .filter_map(|market| source.first_after(&market.underlying.feed_id, market.sample_moment(view.now)?).ok());
    let earlier = earlier_moments(view).filter_map(|(place, moment)| {
        let market = view.markets.get(usize::from(place))?;
        source.first_after(&market.underlying.feed_id, moment).ok()
    });
    samples.chain(earlier).flatten().collect()
}

/// The price at an address in the cache, if it is the first one after a moment by the program's own rules.
pub(crate) fn first_at(
    key: &Pubkey,
    underlying: &Underlying,
    cache: &Cache,
    moment: i64,
    now: i64,
) -> Option<(PriceBytes, OraclePrice)> {
    read(key, underlying, cache, Publication::FirstAfter(moment), now)
}

/// The price at an address in the cache, if it is the publication that is wanted by the program's own rules.
fn read(
    key: &Pubkey,
    underlying: &Underlying,
    cache: &Cache,
    wanted: Publication,
    now: i64,
) -> Option<(PriceBytes, OraclePrice)> {
    let (_, raw) = cache.raw(key)?;
    let account = PriceAccount { key, owner: &raw.owner, data: &raw.data };
    let read = oracle::read(&account, underlying, wanted, UnixTime(now));
    read.ok().map(|price| (PriceBytes::from(&*raw), price))
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
    candidates_after(view, moment, &view.needed_to_fill(account).unwrap_or_default(), source)
}

/// Addresses of the accounts that may hold the first prices after the moments of open notices.
pub(crate) fn notice_candidates<'a>(
    view: &PoolView,
    holders: impl Iterator<Item = &'a MarginAccount> + Clone,
    source: &dyn PriceProvider,
) -> Vec<Pubkey> {
    let of_notice = |notice: OpenNotice| {
        let places = places_of(view, notice, holders.clone());
        candidates_after(view, notice.moment, &places, source).unwrap_or_default()
    };
    view.notices().into_iter().flat_map(of_notice).collect()
}

/// Addresses of the accounts that may hold the first prices after a moment, unix seconds, and those that confirm them.
fn candidates_after(
    view: &PoolView,
    moment: i64,
    places: &[u8],
    source: &dyn PriceProvider,
) -> Result<Vec<Pubkey>, NoPrice> {
    let mut keys = Vec::new();
    for place in places {
        let Some(market) = view.markets.get(usize::from(*place)) else { continue };
        keys.extend(source.first_after(&market.underlying.feed_id, moment)?);
        if market.earlier_moment(Publication::Recent, view.now).is_some() {
            let before = moment.saturating_sub(oracle::CONFIRMED_BEFORE);
            keys.extend(source.first_after(&market.underlying.feed_id, before)?);
        }
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
