//! A snapshot of the cache: pools at one moment with their accounts, orders and withdrawal requests.

use crate::{
    config::Config,
    first::{self, FirstPrices, NoticePrices, SamplePrice},
};
use evergreen_sdk::{
    anchor_lang::prelude::{AccountInfo, Pubkey},
    client::{Cache, ClientError, Filter, RawAccount},
    evergreen::{
        check_mint,
        oracle::Publication,
        state::{LiquidityRequest, MarginAccount, Order, Pool, ShareClass, Underlying},
    },
    instruction::PoolKeys,
    quote::{PoolView, QuoteError, Screen},
};
use std::{
    cell::OnceCell,
    collections::{BTreeMap, HashMap},
};

/// Accounts with their addresses. Those of a pool are sorted by address.
pub(crate) type Keyed<T> = Vec<(Pubkey, Box<T>)>;

/// A pool and all that belongs to it.
pub(crate) struct PoolSnapshot {
    /// The pool, ready for quotes.
    pub view: PoolView,
    /// Its margin accounts.
    pub accounts: Keyed<MarginAccount>,
    /// The commitments that are open in them.
    pub commitments: Vec<OpenCommitment>,
    /// The notices whose moment is over, with the prices after it.
    pub notices: Vec<NoticePrices>,
    /// The prices of volatility samples that are due.
    pub samples: Vec<SamplePrice>,
    /// Its orders.
    pub orders: Keyed<Order>,
    /// Its requests of liquidity.
    pub requests: Keyed<LiquidityRequest>,
    /// What requests wait for their first prices now.
    pub liquidity: Vec<OpenLiquidity>,
    /// Native units in the main and the insurance vault; `None` for a vault that the cache does not have.
    pub vaults: [Option<u64>; 2],
    /// Whether the mint passes the program's mint policy; `None` if the cache does not have the mint.
    pub is_acceptable: Option<bool>,
    /// Its series, once they were valued.
    screen: OnceCell<Screen>,
}

/// A commitment that is open.
pub(crate) struct OpenCommitment {
    /// Address of the margin account that it lies in.
    pub account: Pubkey,
    /// Whether a tip is set aside for whoever fills it.
    pub has_tip: bool,
    /// Unix second after which it can no longer be filled, but only be ended.
    pub lapses_at: i64,
    /// The prices that fill it.
    pub prices: FirstPrices,
}

/// A deposit or withdrawals of a class that are executed at the prices after a full minute. All of one minute need the same prices, so one posting serves them.
pub(crate) struct OpenLiquidity {
    /// Address of the deposit's request; `None` for the withdrawals.
    pub deposit: Option<Pubkey>,
    /// The class.
    pub class: ShareClass,
    /// The full minute, unix seconds.
    pub minute: i64,
    /// Unix second after which they are of no use.
    pub until: i64,
    /// The prices.
    pub prices: FirstPrices,
}

impl OpenLiquidity {
    /// Unix second after which the keeper no longer looks for its prices. Those of a deposit that nobody has executed in time tell what that costs, so they are
    /// wanted for two minutes more.
    pub const fn priced_until(&self) -> i64 {
        const MORE: i64 = 120;
        if self.deposit.is_some() { self.until.saturating_add(MORE) } else { self.until }
    }
}

/// All pools that the keeper serves, at one moment.
pub(crate) struct Snapshot {
    /// The pools that are complete in the cache.
    pub pools: Vec<PoolSnapshot>,
    /// The chain's clock, unix seconds.
    pub now: i64,
}

impl Snapshot {
    /// Reads the cache. Pools that are not yet complete in it are left out.
    pub fn read(cache: &Cache, config: &Config, now: i64) -> Result<Self, ClientError> {
        let mut accounts = by_pool(cache.find::<MarginAccount>(Filter::ALL)?, |account| account.pool);
        let mut orders = by_pool(cache.find::<Order>(Filter::ALL)?, |order| order.pool);
        let mut requests = by_pool(cache.find::<LiquidityRequest>(Filter::ALL)?, |request| request.pool);
        let mut pools = Vec::new();
        for (key, pool) in served(cache, config)? {
            let keys = PoolKeys::of(&pool);
            let view = match cache.pool_view(keys, &*config.source, now) {
                Ok(view) => view,
                Err(error) => {
                    tracing::debug!(pool = %key, %error, "the pool is not complete yet");
                    continue;
                }
            };
            pools.push(PoolSnapshot {
                commitments: Vec::new(),
                notices: Vec::new(),
                samples: Vec::new(),
                view,
                accounts: accounts.remove(&key).unwrap_or_default(),
                orders: orders.remove(&key).unwrap_or_default(),
                requests: requests.remove(&key).unwrap_or_default(),
                liquidity: Vec::new(),
                vaults: [ShareClass::Main, ShareClass::Insurance].map(|class| tokens(cache, &keys.vault_of(class))),
                is_acceptable: cache.raw(&keys.mint).map(|(_, mint)| is_acceptable(&keys.mint, &mint)),
                screen: OnceCell::new(),
            });
        }
        let mut snapshot = Self { pools, now };
        snapshot.find_first_prices(cache, config);
        Ok(snapshot)
    }

    /// Whether a commitment is open that can still be filled in time, a notice after which positions can be closed, or a deposit that can still be
    /// executed.
    pub fn is_urgent(&self) -> bool {
        let deposits =
            |pool: &PoolSnapshot| pool.liquidity.iter().any(|open| open.deposit.is_some() && open.until >= self.now);
        let is_urgent = |pool: &PoolSnapshot| {
            !pool.notices.is_empty() || pool.commitments.iter().any(|open| open.lapses_at >= self.now) || deposits(pool)
        };
        self.pools.iter().any(is_urgent)
    }

    /// Addresses of the accounts that may hold first prices that commitments, notices and samples wait for now, or that confirm others, each
    /// once.
    pub fn first_price_candidates(&self, config: &Config) -> Vec<Pubkey> {
        let mut keys = Vec::new();
        for pool in &self.pools {
            let accounts = pool.commitments.iter().filter_map(|open| pool.account(&open.account));
            let candidates =
                accounts.filter_map(|account| first::candidates(&pool.view, account, &*config.source).ok());
            keys.extend(candidates.flatten());
            keys.extend(first::notice_candidates(&pool.view, pool.holders(), &*config.source));
            keys.extend(first::upkeep_candidates(&pool.view, &*config.source));
            for open in pool.liquidity.iter().filter(|open| open.priced_until() >= pool.view.now) {
                keys.extend(first::liquidity_candidates(&pool.view, (open.class, open.minute), &*config.source));
            }
        }
        keys.sort_unstable();
        keys.dedup();
        keys
    }

    /// Finds the open commitments and notices and their prices, the prices of samples and those that confirm others, in the cache.
    pub fn find_first_prices(&mut self, cache: &Cache, config: &Config) {
        for pool in &mut self.pools {
            let now = pool.view.now;
            for market in &mut pool.view.markets {
                cache.find_earlier(market, Publication::Recent, now, &*config.source);
                cache.find_sample(market, now, &*config.source);
            }
            pool.samples = SamplePrice::find(&pool.view, cache, &*config.source);
            let open = pool.accounts.iter().filter(|(_, account)| account.commitment.is_open());
            let open = open.filter_map(|(key, account)| {
                let prices = FirstPrices::find(&pool.view, account, cache, &*config.source);
                let prices =
                    prices.inspect_err(|error| tracing::debug!(account = %key, %error, "a commitment cannot be read"));
                let window = i64::from(pool.view.pool.params.fill_window);
                Some(OpenCommitment {
                    account: *key,
                    has_tip: account.commitment.tip > 0,
                    lapses_at: pool.view.price_moment(&account.commitment).saturating_add(window),
                    prices: prices.ok()?,
                })
            });
            pool.commitments = open.collect();
            pool.notices = NoticePrices::find(&pool.view, pool.holders(), cache, &*config.source);
            pool.liquidity = pool.open_liquidity(cache, config);
        }
    }
}

impl PoolSnapshot {
    /// The deposits that wait, and the withdrawals of a class if its first one had cooled down at the last full minute, with their prices in the cache.
    fn open_liquidity(&self, cache: &Cache, config: &Config) -> Vec<OpenLiquidity> {
        let (view, now) = (&self.view, self.view.now);
        let open = |deposit, class: ShareClass, minute: i64| {
            let prices = FirstPrices::of_liquidity(view, (class, minute), cache, &*config.source);
            OpenLiquidity {
                deposit,
                class,
                minute,
                until: minute.saturating_add(LiquidityRequest::GRID_WINDOW),
                prices,
            }
        };
        let waiting = self.requests.iter().filter(|(_, request)| request.deposit > 0);
        let mut all: Vec<_> =
            waiting.map(|(key, request)| open(Some(*key), request.share_class(), request.minute)).collect();
        let minute = LiquidityRequest::grid_time(now);
        for class in [ShareClass::Main, ShareClass::Insurance] {
            let is_due = |first: &LiquidityRequest| first.ready(view.pool.cooldown(class)) <= minute;
            if self.first_withdrawal(class).is_some_and(|(_, first)| is_due(first)) {
                all.push(open(None, class, minute));
            }
        }
        all
    }

    /// The first withdrawal of a queue, with its address.
    pub fn first_withdrawal(&self, class: ShareClass) -> Option<&(Pubkey, Box<LiquidityRequest>)> {
        let first = self.view.pool.shares(class).first_withdrawal;
        let is_first = |request: &LiquidityRequest| {
            !request.is_deposit() && request.share_class() == class && request.number == first
        };
        self.requests.iter().find(|(_, request)| is_first(request))
    }

    /// Addresses of up to `most` withdrawals that follow the first one of a queue, in its order and without a gap, as far as they can be executed at a full minute, unix seconds.
    pub fn following_withdrawals(&self, class: ShareClass, minute: i64, most: usize) -> Vec<Pubkey> {
        let first = self.view.pool.shares(class).first_withdrawal;
        let queued = self
            .requests
            .iter()
            .filter(|(_, request)| !request.is_deposit() && request.share_class() == class && request.number > first);
        let by_number: BTreeMap<u64, _> = queued.map(|(key, request)| (request.number, (key, request))).collect();
        let cooldown = self.view.pool.cooldown(class);
        let is_ready = |request: &LiquidityRequest| request.shares == 0 || request.ready(cooldown) <= minute;
        let next = (first.saturating_add(1)..).map_while(|number| by_number.get(&number));
        next.take_while(|(_, request)| is_ready(request)).take(most).map(|(key, _)| **key).collect()
    }

    /// The pool's series, valued once for all accounts.
    pub fn screen(&self) -> Result<&Screen, QuoteError> {
        if let Some(known) = self.screen.get() {
            return Ok(known);
        }
        let screen = Screen::new(&self.view)?;
        Ok(self.screen.get_or_init(|| screen))
    }

    /// Address of the pool.
    pub const fn key(&self) -> Pubkey {
        self.view.keys.pool
    }

    /// One of its requests of liquidity.
    pub fn request(&self, key: &Pubkey) -> Option<&LiquidityRequest> {
        found(&self.requests, key)
    }

    /// One of its orders.
    pub fn order(&self, key: &Pubkey) -> Option<&Order> {
        found(&self.orders, key)
    }

    /// Its margin accounts without their addresses.
    pub fn holders(&self) -> impl Iterator<Item = &MarginAccount> + Clone {
        self.accounts.iter().map(|(_, account)| &**account)
    }

    /// One of its margin accounts.
    pub fn account(&self, key: &Pubkey) -> Option<&MarginAccount> {
        found(&self.accounts, key)
    }
}

/// The pools to serve.
fn served(cache: &Cache, config: &Config) -> Result<Keyed<Pool>, ClientError> {
    let mut pools = cache.find::<Pool>(Filter::ALL)?;
    pools.retain(|(key, pool)| is_served(key, pool, config));
    pools.sort_by_key(|(key, _)| *key);
    Ok(pools)
}

fn by_pool<T>(all: Keyed<T>, pool: impl Fn(&T) -> Pubkey) -> HashMap<Pubkey, Keyed<T>> {
    let mut sorted: HashMap<Pubkey, Keyed<T>> = HashMap::new();
    for (key, account) in all {
        sorted.entry(pool(&account)).or_default().push((key, account));
    }
    for accounts in sorted.values_mut() {
        accounts.sort_unstable_by_key(|(key, _)| *key);
    }
    sorted
}

/// One of the accounts of a pool.
fn found<'a, T>(sorted: &'a Keyed<T>, key: &Pubkey) -> Option<&'a T> {
    let place = sorted.binary_search_by_key(key, |(known, _)| *known).ok()?;
    sorted.get(place).map(|(_, account)| &**account)
}

/// Native units in a token account of either token program.
pub(crate) fn tokens(cache: &Cache, key: &Pubkey) -> Option<u64> {
    let (_, account) = cache.raw(key)?;
    account.data.get(64..72).and_then(|bytes| bytes.try_into().ok()).map(u64::from_le_bytes)
}

/// Whether the program accepts a mint.
fn is_acceptable(key: &Pubkey, mint: &RawAccount) -> bool {
    let (mut lamports, mut data) = (mint.lamports, mint.data.clone());
    check_mint(&AccountInfo::new(key, false, false, &mut lamports, &mut data, &mint.owner, false)).is_ok()
}

/// Accounts of other programs that have to be watched for these pools and underlyings: prices, vaults, mints and shares of named providers. They are sorted
/// and each is listed once.
pub(crate) fn outside(pools: &Keyed<Pool>, underlyings: &Keyed<Underlying>, config: &Config) -> Vec<Pubkey> {
    let mut keys: Vec<Pubkey> = Vec::new();
    for (_, pool) in pools.iter().filter(|(key, pool)| is_served(key, pool, config)) {
        keys.extend([pool.mint, pool.vault, pool.insurance_vault]);
        keys.extend(config.providers.iter().map(|owner| PoolKeys::of(pool).shares(owner, ShareClass::Main)));
    }
    let feeds = underlyings.iter().map(|(_, underlying)| underlying.feed_id);
    keys.extend(feeds.filter_map(|feed| config.source.account(&feed).ok()));
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Whether the keeper was told to serve a pool.
fn is_served(key: &Pubkey, pool: &Pool, config: &Config) -> bool {
    if config.pools.is_empty() {
        return !pool.is_curated() || config.strangers || config.verified.contains(key);
    }
    config.pools.contains(key)
}
