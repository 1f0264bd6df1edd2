//! Statements of all accounts, by the client library, against the accounts.

use super::Replay;
use crate::snapshot::PoolView;
use anchor_lang::prelude::Pubkey;
use evergreen_sdk::{
    events::Event,
    evergreen::state::ShareClass,
    portfolio::{Holding, MovementKind, Provider, Statement},
};

impl Replay {
    /// Gives every account's statement the events of a transaction.
    ///
    /// # Panics
    /// If its movements do not make its wealth.
    pub(super) fn state(&mut self, events: &[Event]) {
        for event in events {
            if let Event::MarginAccountOpened(e) = event {
                self.statements.entry(e.account).or_insert_with(|| Statement::new(e.account));
            }
        }
        self.provide(events);
        for statement in self.statements.values_mut() {
            let before = (statement.moved().total(), statement.realised().total());
            let rows = statement.take(events, None, false);
            assert_eq!(statement.gap(), None, "the history of an account is complete");
            let moved: i128 = rows.iter().map(|row| i128::from(row.amount)).sum();
            let realised: i128 = rows.iter().filter_map(|row| row.realised).map(i128::from).sum();
            assert_eq!(statement.moved().total() - before.0, moved, "sums of movements");
            assert_eq!(statement.realised().total() - before.1, realised, "sums of realised profit");
            let wealth = i128::from(statement.cash()) + i128::from(statement.set_aside());
            assert_eq!(statement.moved().total(), wealth, "movements make the wealth");
            if let Some(last) = rows.last() {
                assert_eq!(i128::from(last.wealth), wealth, "the wealth of the last movement");
            }
        }
    }

    /// Gives the events of a transaction to everybody who has ever provided.
    fn provide(&mut self, events: &[Event]) {
        for event in events {
            if let Event::WithdrawalRequested(e) = event {
                let known = self.providers.get(&(e.pool, e.class as u8, e.owner));
                if known.is_none_or(|provider| provider.held.shares < e.shares) {
                    self.sent.insert(e.pool);
                }
            }
            if let Event::DepositRequested(e) = event {
                let provider = || Provider::new(e.pool, e.owner, e.class);
                self.providers.entry((e.pool, e.class as u8, e.owner)).or_insert_with(provider);
            }
        }
        for provider in self.providers.values_mut() {
            provider.take(events);
        }
    }

    /// Compares shares and tokens on their way with the pool: what somebody holds or waits for, beside the first deposit that stays, are all shares.
    ///
    /// # Panics
    /// If they differ.
    pub(super) fn check_providers(&self, view: &PoolView) {
        for (class, ledger) in [(0, &view.pool.main), (1, &view.pool.insurance)] {
            let of_class =
                || self.providers.iter().filter(|((p, c, _), _)| (*p, *c) == (view.key, class)).map(|(_, p)| p);
            // The first deposit is one of the first generation: what is left of it after a renewal is set aside.
            let is_first = class == 0 && view.pool.generation(ShareClass::Main) == 0;
            let seed = if is_first { view.pool.seed_shares } else { 0 };
            let held: u64 =
                of_class().map(|p| p.held.shares + p.waiting.values().map(|lot| lot.shares).sum::<u64>()).sum();
            // Whoever hands in shares that others have sent them has no cost of them, and those others still seem to hold them.
            let is_sent = self.sent.contains(&view.key);
            assert!(
                held + seed == ledger.total || is_sent,
                "{held} shares of class {class} and {seed}, of {}",
                ledger.total
            );
            let waits: u64 = of_class().flat_map(|p| p.in_transit.values()).sum();
            let on_way: u64 = view.deposits.values().filter(|d| d.class == class).map(|d| d.deposit).sum();
            assert!(waits == on_way || self.seized.contains(&view.key), "{waits} on their way, {on_way} on chain");
        }
    }

    /// Returns the statement of an account whose opening was in the log.
    pub fn statement(&self, account: &Pubkey) -> Option<&Statement> {
        self.statements.get(account)
    }

    /// Compares statements with the accounts: cash, arrears, positions, what is set aside; and what they have made with what it has cost.
    ///
    /// # Panics
    /// If they differ.
    pub(super) fn check_statements(&self, view: &PoolView) {
        for (key, account) in &view.accounts {
            let statement = &self.statements[key];
            assert_eq!(statement.check(account), Ok(()), "the statement of {key}");
            let transfers: i128 =
                MovementKind::ALL.into_iter().filter(|k| k.is_transfer()).map(|k| statement.moved().of(k)).sum();
            let cost: i128 = statement.holdings().map(|(_, holding)| i128::from(holding.cost)).sum();
            assert_eq!(statement.moved().total(), transfers + statement.realised().total() - cost, "costs of {key}");
            for (series, Holding { points, cost, carried, known, .. }) in statement.holdings() {
                assert!(*known, "the cost of {series:?} is known");
                assert!(*points != 0 || (*cost, *carried) == (0, 0), "what is closed has no cost left");
            }
            // Losses by seizure are taken from what is set aside when it is paid.
            if !self.seized.contains(&view.key) {
                let own = account.commitment.tip + account.commitment.bond;
                let tips: u64 = view.orders.values().filter(|o| o.account == *key).map(|o| o.terms.tip).sum();
                let staked = view.orders.values().filter(|o| o.committer() == Some(*key));
                let stakes: u64 = staked.map(|o| view.accounts[&o.account].commitment.stake).sum();
                assert_eq!(statement.set_aside().unsigned_abs(), own + tips + stakes, "what {key} has set aside");
            }
        }
    }
}
