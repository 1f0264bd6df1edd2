//! Margin accounts: opened, paid into, paid out of, closed.

use crate::{
    rules::health::Level,
    state::{Account, Market},
};
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::evergreen::errors::EvergreenError as Error;
use std::collections::BTreeMap;

impl Market {
    /// Opens an account.
    pub fn open(&mut self, key: Pubkey, owner: Pubkey, referred: bool) {
        let account = Account {
            owner,
            referred,
            cash: 0,
            referral_due: 0,
            arrears: 0,
            cover: 0,
            next: 0,
            orders: [0, 0],
            positions: BTreeMap::new(),
            commitment: None,
        };
        self.accounts.insert(key, account);
    }

    /// Closes an account without cash, positions, commitment, orders and stakes. What its referrer has not claimed goes to the protocol; arrears are forgiven.
    pub fn close(&mut self, key: &Pubkey) -> Vec<Error> {
        let account = &self.accounts[key];
        if account.commitment.is_some() {
            return vec![Error::CommitmentOpen];
        }
        if account.cash != 0 || !account.positions.is_empty() || account.orders != [0, 0] {
            return vec![Error::AccountNotEmpty];
        }
        let account = self.accounts.remove(key).expect("an account");
        self.pool.referrals_due -= account.referral_due;
        self.pool.fees_due += account.referral_due;
        Vec::new()
    }

    /// Pays tokens of a wallet into an account. Arrears are taken out of what comes.
    pub fn deposit(&mut self, payer: &Pubkey, key: &Pubkey, amount: i128) -> Vec<Error> {
        if amount == 0 {
            return vec![Error::ZeroAmount];
        }
        *self.wallets.get_mut(payer).expect("a wallet") -= amount;
        self.vaults[0] += amount;
        self.come_in(key, amount);
        self.collect(key);
        Vec::new()
    }

    /// Pays cash of an account out to its owner, once funding is settled.
    pub fn withdraw(&mut self, key: &Pubkey, amount: i128) -> (Vec<Error>, bool) {
        let mut broken = Vec::new();
        if amount == 0 {
            broken.push(Error::ZeroAmount);
        }
        if self.accounts[key].commitment.is_some() {
            broken.push(Error::CommitmentOpen);
        }
        let mut unsure = false;
        self.collect(key);
        if self.accounts[key].arrears > 0 {
            broken.push(Error::InArrears);
        }
        if self.accounts[key].cash < amount {
            broken.push(Error::InsufficientCash);
        }
        self.credit(key, -amount);
        if !self.accounts[key].positions.is_empty() {
            for level in [Level::Initial, Level::Maintenance] {
                match self.is_healthy(key, level) {
                    Some(true) => {}
                    Some(false) => broken.push(Error::InsufficientHealth),
                    None => unsure = true,
                }
            }
        }
        let owner = self.accounts[key].owner;
        *self.wallets.get_mut(&owner).expect("a wallet") += amount;
        self.vaults[0] -= amount;
        (broken, unsure)
    }

    /// Takes arrears out of the cash that an account has, beyond the caps of its written options.
    pub fn collect(&mut self, key: &Pubkey) {
        let account = &self.accounts[key];
        let spare = account.cash - self.short_caps(key);
        let taken = account.arrears.min(spare.max(0));
        if taken > 0 {
            self.accounts.get_mut(key).expect("an account").arrears -= taken;
            self.forfeit(key, taken);
        }
    }

    /// Returns what the written options of an account can cost at most: Σ ⌈n · cap⌉.
    pub fn short_caps(&self, key: &Pubkey) -> i128 {
        let written = self.accounts[key].positions.iter().filter(|(_, position)| position.points < 0);
        written.map(|(slot, position)| self.series[slot].reserve(-position.points, self.exponent)).sum()
    }
}
