//! Which accounts a keeper watches.

use super::Keeper;
use crate::{
    config::Config,
    snapshot::{Keyed, outside},
};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::{Cache, ClientError, Filter, Watch, WatchConfig},
    evergreen::state::{Pool, Underlying},
};
use std::collections::BTreeSet;

impl Keeper {
    /// Watches what belongs to a few named pools; otherwise all accounts of the program, and accounts of other programs that belong to them.
    pub(super) async fn watch(&self) -> Result<(Watch, Vec<Pubkey>), ClientError> {
        let named = named(&self.config);
        let (pools, underlyings) = match named {
            None => (
                self.client.find::<Pool>(Filter::ALL).await?.value,
                self.client.find::<Underlying>(Filter::ALL).await?.value,
            ),
            Some(named) => {
                let pools = present(named, self.client.get_many::<Pool>(named).await?.value);
                let listed = listed(&pools);
                let underlyings = self.client.get_many::<Underlying>(&listed).await?.value;
                (pools, present(&listed, underlyings))
            }
        };
        let watched = watched(&pools, &underlyings, &self.config);
        let config = WatchConfig {
            rescan: self.config.rescan,
            fallback: self.config.fallback,
            ws_urls: self.config.ws_urls.clone(),
            ..WatchConfig::pools("", named.unwrap_or_default().to_vec(), watched.clone())
        };
        Ok((Watch::start(self.client.clone(), config).await?, watched))
    }
}

/// The pools that are watched by themselves, which costs four subscriptions each; `None` where there are many, or all are served.
fn named(config: &Config) -> Option<&[Pubkey]> {
    const MOST: usize = 8;
    (1..=MOST).contains(&config.pools.len()).then_some(&config.pools)
}

/// Accounts that exist, with their addresses.
fn present<T>(keys: &[Pubkey], found: Vec<Option<Box<T>>>) -> Keyed<T> {
    keys.iter().zip(found).filter_map(|(key, found)| Some((*key, found?))).collect()
}

/// Addresses of the underlyings that pools list, sorted and each once.
fn listed(pools: &Keyed<Pool>) -> Vec<Pubkey> {
    let count = |pool: &Pool| usize::from(pool.underlying_count);
    let listed = pools.iter().flat_map(|(_, pool)| pool.underlyings.iter().take(count(pool)).map(|entry| entry.key));
    listed.collect::<BTreeSet<_>>().into_iter().collect()
}

/// Accounts that are watched one by one: those of other programs that belong to the pools and underlyings, and where pools are watched by themselves, what is
/// common to all pools.
fn watched(pools: &Keyed<Pool>, underlyings: &Keyed<Underlying>, config: &Config) -> Vec<Pubkey> {
    let mut keys = outside(pools, underlyings, config);
    if let Some(named) = named(config) {
        keys.extend(named.iter().copied().chain(listed(pools)).chain([address::protocol()]));
        keys.sort_unstable();
        keys.dedup();
    }
    keys
}

/// The accounts that are to be watched for the pools and underlyings in the cache.
pub(super) fn wanted(cache: &Cache, config: &Config) -> Result<Vec<Pubkey>, ClientError> {
    Ok(watched(&cache.find::<Pool>(Filter::ALL)?, &cache.find::<Underlying>(Filter::ALL)?, config))
}
