//! Configuration of a watch.
use crate::{
    accounts::{Account, Kind},
    client::{RawAccount, fetch::memcmp},
};
use anchor_lang::prelude::Pubkey;
use evergreen::state::{LiquidityRequest, MarginAccount, Order, SeriesRegistry};
use solana_rpc_client_api::filter::RpcFilterType;
use std::time::Duration;

/// Configuration of a watch: accounts, intervals and the websocket.
#[derive(Clone, Debug)]
pub struct WatchConfig {
    /// URLs of the websocket, of one node or several; where one fails the next one is taken.
    pub ws_urls: Vec<String>,
    /// Pools whose registries, margin accounts, requests of liquidity and orders are watched, each by four subscriptions; an empty list stands for all accounts
    /// of the program, which are watched by one.
    pub pools: Vec<Pubkey>,
    /// Further accounts of any program, for instance price accounts and vaults. With pools they also have to name the pools themselves,
    /// the protocol and the underlyings.
    pub accounts: Vec<Pubkey>,
    /// Interval at which everything is read again while the subscriptions work.
    pub rescan: Duration,
    /// Interval at which everything is read again while the websocket is disconnected.
    pub fallback: Duration,
    /// Longest pause between two attempts to connect.
    pub longest_pause: Duration,
}

impl WatchConfig {
    /// Watches all accounts of the program. They are read again every minute, and every two seconds while the websocket is
    /// disconnected.
    pub fn all(ws_url: impl Into<String>) -> Self {
        Self {
            ws_urls: vec![ws_url.into()],
            pools: Vec::new(),
            accounts: Vec::new(),
            rescan: Duration::from_secs(60),
            fallback: Duration::from_secs(2),
            longest_pause: Duration::from_secs(10),
        }
    }

    /// Watches the accounts of one pool, and the further accounts [`Self::accounts`].
    pub fn pool(ws_url: impl Into<String>, pool: Pubkey, accounts: Vec<Pubkey>) -> Self {
        Self::pools(ws_url, vec![pool], accounts)
    }

    /// Watches the accounts of these pools, and the further accounts [`Self::accounts`].
    pub fn pools(ws_url: impl Into<String>, pools: Vec<Pubkey>, accounts: Vec<Pubkey>) -> Self {
        Self { pools, accounts, ..Self::all(ws_url) }
    }

    /// Returns the conditions of the scans and subscriptions, one list for each.
    pub(super) fn conditions(&self) -> Vec<Vec<RpcFilterType>> {
        fn of<T: Account>(pool: &Pubkey) -> Option<Vec<RpcFilterType>> {
            Some(vec![memcmp(0, T::PREFIX), memcmp(T::POOL?, pool.as_ref())])
        }
        if self.pools.is_empty() {
            return vec![Vec::new()];
        }
        let of_pool = |pool: &Pubkey| {
            [of::<SeriesRegistry>(pool), of::<MarginAccount>(pool), of::<LiquidityRequest>(pool), of::<Order>(pool)]
        };
        self.pools.iter().flat_map(of_pool).flatten().collect()
    }

    /// Tells whether an account meets the conditions with number `place`.
    pub(super) fn belongs(&self, place: usize, account: &RawAccount) -> bool {
        const KINDS: usize = 4;
        let kind = account.kind();
        if self.pools.is_empty() {
            return kind.is_some();
        }
        let Some(pool) = self.pools.get(place / KINDS) else { return false };
        let (wanted, offset) = match place % KINDS {
            0 => (Kind::SeriesRegistry, SeriesRegistry::POOL),
            1 => (Kind::MarginAccount, MarginAccount::POOL),
            2 => (Kind::LiquidityRequest, LiquidityRequest::POOL),
            _ => (Kind::Order, Order::POOL),
        };
        let named = offset.and_then(|offset| account.data.get(offset..offset + 32));
        kind == Some(wanted) && named == Some(pool.as_ref())
    }
}
