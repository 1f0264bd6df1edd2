//! A cache of accounts with the slots of their latest states.

use super::{ClientError, Filter, RawAccount};
use crate::accounts::Account;
use anchor_lang::prelude::Pubkey;
use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard},
};

/// Accounts with the slots of their latest states. It is cheap to clone; all clones share one cache.
///
/// Updates come from several sources in any order: subscriptions, scans, single reads. An older state never overwrites a newer
/// one, and an account that was closed is not restored by an older state.
///
/// ```
/// use anchor_lang::prelude::Pubkey;
/// use evergreen_sdk::client::{Cache, RawAccount};
///
/// let (cache, key) = (Cache::default(), Pubkey::new_from_array([7; 32]));
/// let account = |byte| Some(RawAccount { owner: key, lamports: 1, data: vec![byte] });
/// assert!(cache.update(key, 10, account(1)));
/// assert!(!cache.update(key, 9, account(0)), "an older state is ignored");
/// assert!(cache.update(key, 11, None), "the account is closed");
/// assert!(!cache.update(key, 10, account(1)) && cache.raw(&key).is_none());
/// ```
#[derive(Clone, Default)]
pub struct Cache {
    entries: Arc<RwLock<HashMap<Pubkey, Entry>>>,
}

struct Entry {
    slot: u64,
    /// The account; `None` if it is known to be closed.
    account: Option<Arc<RawAccount>>,
}

impl Cache {
    /// Stores the state of an account at a slot, `None` when it is closed. Returns whether the cached account has changed. Of two
    /// states of one slot the later call wins, because subscriptions report the changes of a slot in order.
    pub fn update(&self, key: Pubkey, slot: u64, account: Option<RawAccount>) -> bool {
        let mut entries = self.write();
        match entries.get_mut(&key) {
            Some(entry) if entry.slot > slot => false,
            Some(entry) => {
                let changed = entry.account.as_deref() != account.as_ref();
                *entry = Entry { slot, account: account.map(Arc::new) };
                changed
            }
            None => {
                let exists = account.is_some();
                entries.insert(key, Entry { slot, account: account.map(Arc::new) });
                exists
            }
        }
    }

    /// Stores a complete scan at a slot. A cached account that matches `belongs` and is not in the scan counts as closed, unless its
    /// cached state is newer. Returns the accounts that have changed.
    pub fn rescan(
        &self,
        slot: u64,
        scanned: Vec<(Pubkey, RawAccount)>,
        belongs: impl Fn(&RawAccount) -> bool,
    ) -> Vec<Pubkey> {
        let gone = self.missing(&scanned, belongs);
        let mut changed = Vec::new();
        let news = scanned.into_iter().map(|(key, account)| (key, Some(account)));
        for (key, account) in news.chain(gone.into_iter().map(|key| (key, None))) {
            if self.update(key, slot, account) {
                changed.push(key);
            }
        }
        changed
    }

    /// Returns the cached accounts that match `belongs` and are not in a scan.
    pub(super) fn missing(
        &self,
        scanned: &[(Pubkey, RawAccount)],
        belongs: impl Fn(&RawAccount) -> bool,
    ) -> Vec<Pubkey> {
        let present: HashSet<Pubkey> = scanned.iter().map(|(key, _)| *key).collect();
        let missing = |(key, entry): (&Pubkey, &Entry)| {
            let missing = !present.contains(key) && entry.account.as_deref().is_some_and(&belongs);
            missing.then_some(*key)
        };
        self.read().iter().filter_map(missing).collect()
    }

    /// Returns an account and the slot of its state, if the account is known to exist.
    pub fn raw(&self, key: &Pubkey) -> Option<(u64, Arc<RawAccount>)> {
        let entries = self.read();
        let entry = entries.get(key)?;
        Some((entry.slot, entry.account.clone()?))
    }

    /// Tells whether the cached state of an account is of a later slot.
    pub(super) fn is_newer_than(&self, key: &Pubkey, slot: u64) -> bool {
        self.read().get(key).is_some_and(|entry| entry.slot > slot)
    }

    /// Returns a decoded account of the program; `None` when it is not known to exist.
    ///
    /// # Errors
    /// [`ClientError::Foreign`], [`ClientError::Decode`].
    pub fn get<T: Account>(&self, key: &Pubkey) -> Result<Option<Box<T>>, ClientError> {
        self.raw(key).map(|(_, raw)| raw.decode(key)).transpose()
    }

    /// Returns all accounts of a type that match the filter.
    ///
    /// # Errors
    /// [`ClientError::Filter`], [`ClientError::Decode`].
    pub fn find<T: Account>(&self, filter: Filter) -> Result<Vec<(Pubkey, Box<T>)>, ClientError> {
        let at = |account: &RawAccount, offset: Option<usize>, key: Option<Pubkey>, name| match key {
            None => Ok::<bool, ClientError>(true),
            Some(key) => {
                let offset = offset.ok_or(ClientError::Filter(name))?;
                Ok(account.data.get(offset..offset + 32) == Some(key.as_ref()))
            }
        };
        let mut found = Vec::new();
        for (key, entry) in self.read().iter() {
            let Some(account) = entry.account.as_deref().filter(|account| account.kind() == Some(T::KIND)) else {
                continue;
            };
            if at(account, T::POOL, filter.pool, "pool")?
                && at(account, T::OWNER, filter.owner, "owner")?
                && at(account, T::MINT, filter.mint, "mint")?
            {
                found.push((*key, account.decode(key)?));
            }
        }
        Ok(found)
    }

    /// Returns the number of accounts that are known to exist.
    pub fn len(&self) -> usize {
        self.read().values().filter(|entry| entry.account.is_some()).count()
    }

    /// Tells whether no account is known to exist.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    fn read(&self) -> RwLockReadGuard<'_, HashMap<Pubkey, Entry>> {
        self.entries.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, HashMap<Pubkey, Entry>> {
        self.entries.write().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{accounts::Kind, address};
    use evergreen::state::{MarginAccount, Pool};

    fn key(byte: u8) -> Pubkey {
        Pubkey::new_from_array([byte; 32])
    }

    fn margin(pool: Pubkey, owner: Pubkey, cash: i64) -> RawAccount {
        let mut account: MarginAccount = bytemuck::Zeroable::zeroed();
        (account.pool, account.owner, account.cash) = (pool, owner, cash);
        let mut data = MarginAccount::PREFIX.to_vec();
        data.extend_from_slice(bytemuck::bytes_of(&account));
        RawAccount { owner: address::PROGRAM, lamports: 1, data }
    }

    #[test]
    fn updates_in_any_order_end_with_the_newest_state() {
        let (pool, owner) = (key(1), key(2));
        let news: Vec<(u64, Option<RawAccount>)> = vec![
            (10, Some(margin(pool, owner, 10))),
            (11, Some(margin(pool, owner, 11))),
            (12, None),
            (13, Some(margin(pool, owner, 13))),
        ];
        // The updates are applied in all 24 orders.
        for order in 0..24usize {
            let mut places: Vec<usize> = (0..4).collect();
            let mut taken = Vec::new();
            let mut rest = order;
            for size in (1..=4).rev() {
                taken.push(places.remove(rest % size));
                rest /= size;
            }
            let cache = Cache::default();
            for place in taken {
                let (slot, account) = news[place].clone();
                cache.update(key(9), slot, account);
            }
            let account = cache.get::<MarginAccount>(&key(9)).unwrap().unwrap();
            assert_eq!((account.cash, cache.raw(&key(9)).unwrap().0), (13, 13));
        }
    }

    #[test]
    fn a_rescan_closes_what_is_gone_and_leaves_what_is_newer() {
        let (pool, owner) = (key(1), key(2));
        let cache = Cache::default();
        for place in 3..6 {
            cache.update(key(place), 10, Some(margin(pool, owner, place.into())));
        }
        cache.update(key(5), 30, Some(margin(pool, owner, 99)));
        let kept = vec![(key(3), margin(pool, owner, 33))];
        let mut changed = cache.rescan(20, kept, |account| account.kind() == Some(Kind::MarginAccount));
        changed.sort();
        assert_eq!(changed, [key(3), key(4)]);
        assert_eq!(cache.len(), 2);
        assert!(cache.raw(&key(4)).is_none(), "the account is not in the scan");
        assert_eq!(cache.get::<MarginAccount>(&key(5)).unwrap().unwrap().cash, 99, "the state is newer");
        assert!(!cache.update(key(4), 19, Some(margin(pool, owner, 1))), "closed at 20");
    }

    #[test]
    fn filters_select_by_pool_and_by_owner() {
        let cache = Cache::default();
        cache.update(key(3), 1, Some(margin(key(1), key(2), 1)));
        cache.update(key(4), 1, Some(margin(key(1), key(8), 2)));
        cache.update(key(5), 1, Some(margin(key(7), key(2), 3)));
        let cash = |filter| -> Vec<i64> {
            let mut found: Vec<i64> =
                cache.find::<MarginAccount>(filter).unwrap().iter().map(|(_, account)| account.cash).collect();
            found.sort();
            found
        };
        assert_eq!(cash(Filter::ALL), [1, 2, 3]);
        assert_eq!(cash(Filter::of_pool(key(1))), [1, 2]);
        assert_eq!(cash(Filter::of_owner(key(2))), [1, 3]);
        assert_eq!(cash(Filter { pool: Some(key(1)), ..Filter::of_owner(key(2)) }), [1]);
        assert!(cache.find::<Pool>(Filter::ALL).unwrap().is_empty());
        let refused = cache.find::<MarginAccount>(Filter::of_mint(key(1)));
        assert!(matches!(refused, Err(ClientError::Filter("mint"))), "a margin account names no mint");
    }

    #[test]
    fn unknown_closed_and_foreign_accounts_are_told_apart() {
        let cache = Cache::default();
        assert!(cache.is_empty() && cache.get::<MarginAccount>(&key(1)).unwrap().is_none(), "not heard of");
        let account = RawAccount { owner: key(9), lamports: 1, data: Vec::new() };
        assert!(cache.update(key(1), 10, Some(account.clone())));
        assert!(!cache.update(key(1), 11, Some(account)), "heard of at 11, but nothing has changed");
        assert_eq!(cache.raw(&key(1)).map(|(slot, _)| slot), Some(11));
        assert!(matches!(cache.get::<MarginAccount>(&key(1)), Err(ClientError::Foreign { .. })), "of another program");
        assert!(cache.update(key(1), 12, None));
        assert!(cache.get::<MarginAccount>(&key(1)).unwrap().is_none(), "closed");
    }
}
