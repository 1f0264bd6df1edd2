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
        MarginAccount, Order, Pool, Position, Series, SeriesId, SeriesRegistry, ShareClass, Underlying,
        WithdrawalRequest,
    },
};
use std::collections::BTreeMap;

/// All accounts of the program and of both token programs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Snapshot {
    /// By address.
    pub accounts: BTreeMap<Pubkey, Stored>,
    /// Unix seconds.
    pub now: i64,
}

/// One pool with all that belongs to it.
pub struct PoolView {
    /// Its address.
    pub key: Pubkey,
    /// The pool.
    pub pool: Box<Pool>,
    /// Its registry.
    pub registry: Box<SeriesRegistry>,
    /// Its margin accounts.
    pub accounts: BTreeMap<Pubkey, Box<MarginAccount>>,
    /// Its withdrawals.
    pub withdrawals: BTreeMap<Pubkey, WithdrawalRequest>,
    /// Its open orders.
    pub orders: BTreeMap<Pubkey, Order>,
    /// Tokens in the main vault.
    pub vault: u64,
    /// Tokens in the insurance vault.
    pub insurance_vault: u64,
}

impl Snapshot {
    /// As the chain stands.
    pub fn of(chain: &Chain) -> Self {
        let mut accounts = chain.owned_by(&address::PROGRAM);
        accounts.extend(chain.owned_by(&token::ID));
        accounts.extend(chain.owned_by(&token_2022::ID));
        Self { accounts, now: chain.now() }
    }

    /// An underlying.
    ///
    /// # Panics
    /// If there is none at the address.
    pub fn underlying(&self, key: &Pubkey) -> Box<Underlying> {
        accounts::underlying(&self.accounts[key].data).expect("an underlying")
    }

    /// All pools.
    ///
    /// # Panics
    /// If an account of the program cannot be decoded.
    pub fn pools(&self) -> Vec<PoolView> {
        let own = || self.accounts.iter().filter(|(_, account)| account.owner == address::PROGRAM);
        let of_type =
            |discriminator: &'static [u8]| own().filter(move |(_, account)| account.data.starts_with(discriminator));
        of_type(Pool::DISCRIMINATOR)
            .map(|(key, account)| {
                let pool = accounts::pool(&account.data).expect("a pool");
                let registry = accounts::registry(&self.accounts[&address::registry(key)].data).expect("a registry");
                let margin = of_type(MarginAccount::DISCRIMINATOR)
                    .map(|(key, account)| (*key, accounts::margin_account(&account.data).expect("a margin account")))
                    .filter(|(_, account)| account.pool == *key)
                    .collect();
                let withdrawals = of_type(WithdrawalRequest::DISCRIMINATOR)
                    .map(|(key, account)| (*key, *accounts::withdrawal(&account.data).expect("a withdrawal")))
                    .filter(|(_, withdrawal)| withdrawal.pool == *key)
                    .collect();
                let orders = of_type(Order::DISCRIMINATOR)
                    .map(|(key, account)| (*key, *accounts::order(&account.data).expect("an order")))
                    .filter(|(_, order)| order.pool == *key)
                    .collect();
                PoolView {
                    key: *key,
                    vault: self.balance(&pool.vault),
                    insurance_vault: self.balance(&pool.insurance_vault),
                    pool,
                    registry,
                    accounts: margin,
                    withdrawals,
                    orders,
                }
            })
            .collect()
    }

    /// Native units in a token account; none if it does not exist.
    pub fn balance(&self, account: &Pubkey) -> u64 {
        self.accounts.get(account).map_or(0, |stored| balance_in(&stored.data))
    }
}

impl PoolView {
    /// Slots that are not free, with their ids.
    pub fn series(&self) -> impl Iterator<Item = (SeriesId, &Series)> + '_ {
        let used = self.registry.series.iter().enumerate().filter(|(_, series)| series.status != 0);
        used.map(|(slot, series)| (SeriesId { slot: slot as u8, generation: series.generation }, series))
    }

    /// All open positions.
    pub fn positions(&self) -> impl Iterator<Item = (&Pubkey, &Position)> + '_ {
        let of = |account: &'_ MarginAccount| account.positions.len();
        self.accounts
            .iter()
            .flat_map(move |(key, account)| (0..of(account)).map(move |place| (key, &account.positions[place])))
            .filter(|(_, position)| position.points != 0)
    }

    /// Points that an account holds of a series.
    pub fn held(&self, account: &Pubkey, series: SeriesId) -> i64 {
        self.positions().filter(|(key, p)| *key == account && p.series() == series).map(|(_, p)| p.points).sum()
    }

    /// Withdrawals of a class.
    pub fn withdrawals_of(&self, class: ShareClass) -> impl Iterator<Item = &WithdrawalRequest> + '_ {
        self.withdrawals.values().filter(move |withdrawal| withdrawal.class == class as u8)
    }
}
