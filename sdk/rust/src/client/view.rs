//! Pool views, read from the network or from a cache, and the sending of plans.

use super::{
    Cache, Client, ClientError, Confirmed, Fetched, RawAccount, SendError, SendOptions,
    fetch::{CLOCK, unix_timestamp},
};
use crate::{
    address,
    instruction::{PoolKeys, PriceFeed},
    plan::Plan,
    price::PriceProvider,
    quote::{MarketView, PoolView, PriceBytes},
};
use anchor_lang::prelude::Pubkey;
use evergreen::{
    oracle::Publication,
    state::{Pool, Underlying},
};
use solana_signer::Signer;

impl From<&RawAccount> for PriceBytes {
    fn from(account: &RawAccount) -> Self {
        Self { owner: account.owner, data: account.data.clone() }
    }
}

/// Returns the addresses of a pool's underlyings, in the order of its list.
fn listed(pool: &Pool) -> Vec<Pubkey> {
    pool.underlyings.iter().take(usize::from(pool.underlying_count)).map(|listed| listed.key).collect()
}

/// Returns the price accounts that a source names for underlyings.
fn feeds(
    keys: &[Pubkey],
    underlyings: &[Option<Box<Underlying>>],
    source: &dyn PriceProvider,
) -> Result<Vec<PriceFeed>, ClientError> {
    let pairs = keys.iter().zip(underlyings).map(|(key, underlying)| {
        let underlying = underlying.as_ref().ok_or(ClientError::Missing(*key))?;
        let price = source.account(&underlying.feed_id).map_err(|error| ClientError::Answer(error.to_string()))?;
        Ok(PriceFeed { underlying: *key, price })
    });
    pairs.collect()
}

/// A trade is planned and sent with nothing but the collateral mint:
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// # let (mint, owner) = (Default::default(), solana_keypair::Keypair::new());
/// use evergreen_sdk::{
///     client::SendOptions,
///     evergreen::state::MarginAccount,
///     math::{Points, Seconds},
///     plan::Planner,
///     price::PushFeeds,
///     strategy::{ContractTerms, Strategy},
/// };
/// use solana_signer::Signer;
///
/// let keys = client.pool_keys(mint).await?;
/// let view = client.pool_view(keys, &PushFeeds::UPGRADED).await?.value;
/// let planner = Planner::new(&view, &PushFeeds::UPGRADED, owner.pubkey());
/// let account = client.get::<MarginAccount>(&planner.account_key()).await?.value;
/// let week = ContractTerms { underlying: 0, tenor: Seconds(7 * 86_400) };
/// let plan = planner.trade(Some(&account), &Strategy::straddle(week, 100_000, Points(1_000))?)?;
/// client.execute(&plan, &owner, &[], &SendOptions::default()).await?;
/// # Ok(())
/// # }
/// ```
impl Client {
    /// Reads a pool with its registry, underlyings, prices, the protocol and the clock, for quotes and plans. Two requests find the
    /// accounts; a third reads them all, so that they show one moment. Prices of volatility samples that can be taken are read after it.
    ///
    /// # Errors
    /// [`ClientError::Missing`] when an account other than a price or the protocol does not exist, [`ClientError::Answer`] when
    /// `source` has no price account of an underlying, and the errors of [`Client::get`].
    pub async fn pool_view(
        &self,
        keys: PoolKeys,
        source: &dyn PriceProvider,
    ) -> Result<Fetched<PoolView>, ClientError> {
        let pool = self.get::<Pool>(&keys.pool).await?.value;
        let underlyings = listed(&pool);
        let known = self.get_many::<Underlying>(&underlyings).await?.value;
        let feeds = feeds(&underlyings, &known, source)?;
        let mut addresses = vec![CLOCK, keys.pool, keys.registry, address::protocol()];
        addresses.extend(feeds.iter().flat_map(|feed| [feed.underlying, feed.price]));
        let Fetched { slot, value } = self.raw(&addresses).await?;
        let at = |place: usize| value[place].as_ref().ok_or(ClientError::Missing(addresses[place]));
        let mut markets = Vec::with_capacity(feeds.len());
        for (number, feed) in feeds.into_iter().enumerate() {
            let place = 4 + 2 * number;
            markets.push(MarketView {
                underlying: at(place)?.decode(&feed.underlying)?,
                feed,
                price: value[place + 1].as_ref().map(PriceBytes::from),
                earlier: None,
                sample: None,
            });
        }
        let pool: Box<Pool> = at(1)?.decode(&keys.pool)?;
        let mut view = PoolView {
            keys: PoolKeys { generations: pool.generations, ..keys },
            pool,
            registry: at(2)?.decode(&keys.registry)?,
            markets,
            now: unix_timestamp(&at(0)?.data)?,
            protocol: value[3].as_ref().map(|raw| raw.decode(&addresses[3])).transpose()?,
        };
        for market in &mut view.markets {
            self.read_earlier(market, Publication::Recent, view.now, source).await?;
            if let Some(moment) = market.sample_moment(view.now) {
                market.sample = self.first_price(&market.underlying, moment, view.now, source).await?;
            }
        }
        Ok(Fetched { slot, value: view })
    }

    /// Reads the earlier price of a market whose price is far from its average, if anybody has posted it.
    pub(super) async fn read_earlier(
        &self,
        market: &mut MarketView,
        wanted: Publication,
        now: i64,
        source: &dyn PriceProvider,
    ) -> Result<(), ClientError> {
        let Some(moment) = market.earlier_moment(wanted, now) else { return Ok(()) };
        let keys = source.first_after(&market.underlying.feed_id, moment);
        let keys = keys.map_err(|error| ClientError::Answer(error.to_string()))?;
        let found = self.raw(&keys).await?.value;
        let known = keys.into_iter().zip(found).filter_map(|(key, raw)| Some((key, PriceBytes::from(&raw?))));
        market.take_earlier(wanted, now, known);
        Ok(())
    }

    /// Returns the addresses of a pool by its own address, with its present shares: of a pool that a stranger has created, too. Nobody but its curator vouches
    /// for that.
    ///
    /// # Errors
    /// As [`Client::get`].
    pub async fn pool_keys_at(&self, pool: Pubkey) -> Result<PoolKeys, ClientError> {
        Ok(PoolKeys::of(&self.get::<Pool>(&pool).await?.value))
    }

    /// Returns the addresses of the protocol's first pool of a collateral mint. It reads the mint, whose owner is the token program. The shares are those of
    /// the first generation; a pool view has the present ones.
    ///
    /// # Errors
    /// [`ClientError::Missing`], [`ClientError::Rpc`].
    pub async fn pool_keys(&self, mint: Pubkey) -> Result<PoolKeys, ClientError> {
        let found = self.raw(&[mint]).await?.value.into_iter().next().flatten();
        Ok(PoolKeys::new(mint, found.ok_or(ClientError::Missing(mint))?.owner))
    }

    /// Sends a plan: its instructions in one transaction, with its lookup tables.
    ///
    /// # Errors
    /// [`SendError`], as [`Client::send`].
    pub async fn execute<Q>(
        &self,
        plan: &Plan<Q>,
        payer: &(dyn Signer + Sync),
        signers: &[&(dyn Signer + Sync)],
        options: &SendOptions,
    ) -> Result<Confirmed, SendError> {
        let tables = self.lookup_tables(&plan.lookup_tables).await?;
        self.send(payer, &plan.instructions, signers, &tables, options).await
    }
}

/// Quotes are made from a cache like this:
///
/// ```no_run
/// # async fn example(client: evergreen_sdk::client::Client) -> Result<(), Box<dyn std::error::Error>> {
/// # let (mint, owner) = (Default::default(), Default::default());
/// use evergreen_sdk::{address, client::{Watch, WatchConfig}, evergreen::state::MarginAccount, price::PushFeeds};
///
/// let keys = client.pool_keys(mint).await?;
/// let watch = Watch::start(client.clone(), WatchConfig::all("wss://api.mainnet-beta.solana.com")).await?;
/// let now = client.clock().await?.value;
/// let view = watch.cache().pool_view(keys, &PushFeeds::UPGRADED, now)?;
/// if let Some(account) = watch.cache().get::<MarginAccount>(&address::margin_account(&keys.pool, &owner, 0))? {
///     println!("health {}", view.account(&account)?.health.maintenance);
/// }
/// # Ok(())
/// # }
/// ```
impl Cache {
    /// Returns a pool view from the cache; `now` is the time of the chain's clock, unix seconds. The accounts are the latest that the
    /// cache has, and may be of different slots.
    ///
    /// # Errors
    /// [`ClientError::Missing`] when an account other than a price or the protocol is not in the cache, [`ClientError::Answer`] when
    /// `source` has no price account of an underlying, [`ClientError::Foreign`], [`ClientError::Decode`].
    pub fn pool_view(&self, keys: PoolKeys, source: &dyn PriceProvider, now: i64) -> Result<PoolView, ClientError> {
        let pool = self.get::<Pool>(&keys.pool)?.ok_or(ClientError::Missing(keys.pool))?;
        let underlyings = listed(&pool);
        let known = underlyings.iter().map(|key| self.get::<Underlying>(key)).collect::<Result<Vec<_>, _>>()?;
        let feeds = feeds(&underlyings, &known, source)?;
        let markets = feeds.into_iter().zip(known).map(|(feed, underlying)| {
            let price = self.raw(&feed.price).map(|(_, raw)| PriceBytes::from(&*raw));
            let underlying = underlying.ok_or(ClientError::Missing(feed.underlying))?;
            let mut market = MarketView { underlying, feed, price, earlier: None, sample: None };
            self.find_earlier(&mut market, Publication::Recent, now, source);
            self.find_sample(&mut market, now, source);
            Ok(market)
        });
        Ok(PoolView {
            keys: PoolKeys { generations: pool.generations, ..keys },
            registry: self.get(&keys.registry)?.ok_or(ClientError::Missing(keys.registry))?,
            markets: markets.collect::<Result<_, ClientError>>()?,
            pool,
            now,
            protocol: self.get(&address::protocol())?,
        })
    }

    /// Finds the earlier price of a market whose price is far from its average, if the cache has it.
    pub fn find_earlier(&self, market: &mut MarketView, wanted: Publication, now: i64, source: &dyn PriceProvider) {
        let Some(moment) = market.earlier_moment(wanted, now) else { return };
        let keys = source.first_after(&market.underlying.feed_id, moment).unwrap_or_default();
        let known = keys.into_iter().filter_map(|key| Some((key, PriceBytes::from(&*self.raw(&key)?.1))));
        market.take_earlier(wanted, now, known);
    }

    /// Finds the price of the volatility sample of a market that can be taken at `now`, unix seconds, if the cache has it.
    pub fn find_sample(&self, market: &mut MarketView, now: i64, source: &dyn PriceProvider) {
        let Some(moment) = market.sample_moment(now) else { return };
        let keys = source.first_after(&market.underlying.feed_id, moment).unwrap_or_default();
        let known = keys.into_iter().filter_map(|key| Some((key, PriceBytes::from(&*self.raw(&key)?.1))));
        market.take_sample(now, known);
    }
}
