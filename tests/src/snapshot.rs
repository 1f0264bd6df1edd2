//! Everything that the program and the token programs hold at one moment.

use crate::{
    chain::{Chain, Stored},
    tokens::balance_in,
};
use anchor_lang::{Discriminator, prelude::Pubkey};
use anchor_spl::{token, token_2022};
use evergreen_sdk::{
    accounts, address,
    evergreen::state::{
        LiquidityRequest, MarginAccount, Order, Pool, Position, RetiredShares, Series, SeriesId, SeriesRegistry,
        ShareClass, Underlying,
    },
    instruction::PoolKeys,
};
use std::collections::BTreeMap;

/// All accounts of the program and of both token programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// Accounts by address.
    pub accounts: BTreeMap<Pubkey, Stored>,
    /// Time of the clock, unix seconds.
    pub now: i64,
}

/// One pool with all that belongs to it.
pub struct PoolView {
    /// Address of the pool.
    pub key: Pubkey,
    /// The pool.
    pub pool: Box<Pool>,
    /// Series registry of the pool.
    pub registry: Box<SeriesRegistry>,
    /// Margin accounts of the pool, by address.
    pub accounts: BTreeMap<Pubkey, Box<MarginAccount>>,
    /// Withdrawal requests of the pool, by address.
    pub withdrawals: BTreeMap<Pubkey, LiquidityRequest>,
    /// Deposits of the pool that wait or are not claimed, by address.
    pub deposits: BTreeMap<Pubkey, LiquidityRequest>,
    /// What is left for earlier generations of shares, by address.
    pub retired: BTreeMap<Pubkey, RetiredShares>,
    /// Open orders of the pool's accounts, by address.
    pub orders: BTreeMap<Pubkey, Order>,
    /// Native units in the main vault.
    pub vault: u64,
    /// Native units in the insurance vault.
    pub insurance_vault: u64,
}

impl Snapshot {
    /// Takes a snapshot of a chain.
    pub fn of(chain: &Chain) -> Self {
        let mut accounts = chain.owned_by(&address::PROGRAM);
        accounts.extend(chain.owned_by(&token::ID));
        accounts.extend(chain.owned_by(&token_2022::ID));
        Self { accounts, now: chain.now() }
    }

    /// Takes a snapshot of what belongs to one pool and nothing else.
    pub fn of_pool(chain: &Chain, keys: &PoolKeys) -> Self {
        let mut accounts = chain.owned_by(&address::PROGRAM);
        // The pool of a registry, an account, a request or an order stands somewhere in its first bytes.
        let names = |data: &[u8]| data.get(..128).unwrap_or(data).windows(32).any(|bytes| bytes == keys.pool.as_ref());
        accounts.retain(|key, stored| *key == keys.pool || names(&stored.data));
        for vault in [keys.vault, keys.insurance_vault] {
            accounts.extend(chain.account(&vault).map(|stored| (vault, stored)));
        }
        Self { accounts, now: chain.now() }
    }

    /// Returns an underlying.
    ///
    /// # Panics
    /// If there is no underlying at the address.
    pub fn underlying(&self, key: &Pubkey) -> Box<Underlying> {
        accounts::underlying(&self.accounts[key].data).expect("an underlying")
    }

    /// Returns all pools.
    ///
    /// # Panics
    /// If an account of the program cannot be decoded.
    pub fn pools(&self) -> Vec<PoolView> {
        // Each account is decoded once, and then belongs to the pool that it names.
        let mut found: BTreeMap<Pubkey, PoolView> = BTreeMap::new();
        let own = || self.accounts.iter().filter(|(_, account)| account.owner == address::PROGRAM);
        let of_type =
            |discriminator: &'static [u8]| own().filter(move |(_, account)| account.data.starts_with(discriminator));
        let mut registries: BTreeMap<Pubkey, Box<SeriesRegistry>> = of_type(SeriesRegistry::DISCRIMINATOR)
            .map(|(_, account)| accounts::registry(&account.data).expect("a registry"))
            .map(|registry| (registry.pool, registry))
            .collect();
        for (key, account) in of_type(Pool::DISCRIMINATOR) {
            let pool = accounts::pool(&account.data).expect("a pool");
            let view = PoolView {
                key: *key,
                vault: self.balance(&pool.vault),
                insurance_vault: self.balance(&pool.insurance_vault),
                pool,
                registry: registries.remove(key).expect("the registry of a pool"),
                accounts: BTreeMap::new(),
                withdrawals: BTreeMap::new(),
                deposits: BTreeMap::new(),
                retired: BTreeMap::new(),
                orders: BTreeMap::new(),
            };
            found.insert(*key, view);
        }
        for (key, stored) in of_type(MarginAccount::DISCRIMINATOR) {
            let account = accounts::margin_account(&stored.data).expect("a margin account");
            if let Some(view) = found.get_mut(&account.pool) {
                view.accounts.insert(*key, account);
            }
        }
        for (key, stored) in of_type(LiquidityRequest::DISCRIMINATOR) {
            let request = *accounts::request(&stored.data).expect("a request");
            if let Some(view) = found.get_mut(&request.pool) {
                let of = if request.is_deposit() { &mut view.deposits } else { &mut view.withdrawals };
                of.insert(*key, request);
            }
        }
        for (key, stored) in of_type(RetiredShares::DISCRIMINATOR) {
            let retired = *accounts::retired(&stored.data).expect("retired shares");
            if let Some(view) = found.get_mut(&retired.pool) {
                view.retired.insert(*key, retired);
            }
        }
        for (key, stored) in of_type(Order::DISCRIMINATOR) {
            let order = *accounts::order(&stored.data).expect("an order");
            if let Some(view) = found.get_mut(&order.pool) {
                view.orders.insert(*key, order);
            }
        }
        found.into_values().collect()
    }

    /// Returns the native units in a token account, zero if it does not exist.
    pub fn balance(&self, account: &Pubkey) -> u64 {
        self.accounts.get(account).map_or(0, |stored| balance_in(&stored.data))
    }
}

impl PoolView {
    /// Returns the series of all slots that are not free, with their ids.
    pub fn series(&self) -> impl Iterator<Item = (SeriesId, &Series)> + '_ {
        let used = self.registry.series.iter().enumerate().filter(|(_, series)| series.status != 0);
        used.map(|(slot, series)| (SeriesId { slot: slot as u8, generation: series.generation }, series))
    }

    /// Returns all open positions, with the addresses of their accounts.
    pub fn positions(&self) -> impl Iterator<Item = (&Pubkey, &Position)> + '_ {
        let of = |account: &'_ MarginAccount| account.positions.len();
        self.accounts
            .iter()
            .flat_map(move |(key, account)| (0..of(account)).map(move |place| (key, &account.positions[place])))
            .filter(|(_, position)| position.points != 0)
    }

    /// Returns the points that an account holds of a series; they are negative if it has written them.
    pub fn held(&self, account: &Pubkey, series: SeriesId) -> i64 {
        self.positions().filter(|(key, p)| *key == account && p.series() == series).map(|(_, p)| p.points).sum()
    }

    /// Returns the withdrawal requests of a class.
    pub fn withdrawals_of(&self, class: ShareClass) -> impl Iterator<Item = &LiquidityRequest> + '_ {
        self.withdrawals.values().filter(move |withdrawal| withdrawal.class == class as u8)
    }
}
