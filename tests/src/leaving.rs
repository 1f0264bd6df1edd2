//! Everybody leaves: positions are closed, cash and liquidity are withdrawn, fees are collected, and nothing may be left.

mod closing;

use crate::{
    chain::actor,
    outcome::Outcome,
    seizures,
    snapshot::Snapshot,
    tokens::balance_in,
    world::{DAY, World},
};
use anchor_lang::prelude::Pubkey;
use anchor_spl::token_2022::spl_token_2022::{self, extension::StateWithExtensions};
use evergreen_sdk::{
    accounts, address,
    events::Event,
    evergreen::state::{Action, LiquidityRequest, ShareClass},
    instruction as build,
};
use std::collections::BTreeMap;

const CLASSES: [ShareClass; 2] = [ShareClass::Main, ShareClass::Insurance];

/// Native units that may stay in a class for ever: a daily limit of a quarter rounds down to zero when fewer are there.
const TAIL: u64 = 4;
/// Native units that shares which nobody owns may keep of what was not earned yet when all left in parts.
const NOBODYS: u64 = 100_000;
/// Days within which everybody has left: at a fifth a day, 2^-64 of a class is left after 199.
const MOST_DAYS: u32 = 250;
/// Parts that a queue pays in a day.
const MOST_PARTS: u32 = 200;

impl World {
    /// Closes all positions, withdraws all cash and all liquidity of all pools, and asserts that nothing is left.
    ///
    /// # Panics
    /// If somebody cannot leave, or if more is left than roundings explain.
    pub fn everybody_leaves(&mut self) {
        let all: Vec<usize> = (0..self.pools.len()).collect();
        self.everybody_leaves_pools(&all);
        self.assert_left(&self.snapshot());
    }

    /// Closes all positions, and withdraws all cash and all liquidity, of these pools; those whose collateral are shares of others come last, as they were made.
    ///
    /// # Panics
    /// If somebody cannot leave.
    pub fn everybody_leaves_pools(&mut self, pools: &[usize]) {
        for market in 0..self.feeds.len() {
            self.edit_price(market, |price| {
                price.ema_price = price.price;
                price.conf = 0;
            });
        }
        let actions =
            [Action::ReduceRisk, Action::WithdrawMargin, Action::WithdrawLiquidity, Action::Liquidate, Action::Settle];
        for action in actions {
            self.send(build::set_pause(actor("guardian"), action, 0)).ok();
        }
        for pool in pools {
            self.traders_leave(*pool);
        }
        // A withdrawal of the insurance class takes no part in later gains, so the remaining shares are requested only after
        // the waiting withdrawals are paid. Who leaves a pool of shares gets shares of another one, and leaves that after it.
        self.serve_withdrawals(pools);
        let (inner, outer): (Vec<usize>, Vec<usize>) =
            pools.iter().partition(|pool| !self.givers.contains_key(&self.mints[**pool].address));
        for layer in [outer, inner] {
            self.providers_leave(&layer);
            self.serve_withdrawals(&layer);
        }
    }

    fn providers_leave(&mut self, pools: &[usize]) {
        for pool in pools.iter().copied() {
            for (owner, class, shares) in self.holders(pool) {
                self.chain.give_lamports(&owner, 10_000_000_000);
                let counter = self.chain.account(&address::counter(&owner));
                let number = counter.map_or(0, |c| accounts::counter(&c.data).expect("a counter").next_number);
                let keys = self.pools[pool];
                // Shares of insurance that are worth nothing are not burnt for nothing.
                let worthless = class == ShareClass::Insurance
                    && self.view(pool).pool.insurance_worth().is_ok_and(|worth| worth.is_zero());
                if !worthless {
                    self.send(build::request_withdrawal(owner, &keys, class, number, shares, 1)).ok();
                }
            }
        }
    }

    /// Asserts that every pool is empty except for what roundings explain: one native unit for every account ever opened and for
    /// every part of an insurance withdrawal, and the units that the daily limit never lets out.
    ///
    /// # Panics
    /// If more is left.
    pub fn assert_left(&self, snapshot: &Snapshot) {
        for view in snapshot.pools() {
            let pool = &view.pool;
            assert_eq!(view.positions().count(), 0, "nobody has a position");
            assert_eq!((pool.reserved_collateral, pool.debts), (0, 0), "nobody has options or debts");
            assert_eq!((pool.fees_due, pool.insurance_due), (0, 0), "fees are collected");
            // Claims that have borne a loss by seizure are less than their ledgers by roundings.
            let lost = seizures::dust(&view, &self.outside);
            // What is set aside for shares of earlier generations waits for their holders, and that for the first deposit for ever.
            let set_aside = |class| -> i128 {
                let retired = view.retired.values().filter(|retired| retired.share_class() == class);
                retired.map(|retired| i128::from(seizures::retired_left(retired, pool))).sum()
            };
            let [main, insurance] = [ShareClass::Main, ShareClass::Insurance].map(set_aside);
            for (ledger, what) in [
                (i128::from(pool.margin_cash), "margin"),
                (i128::from(pool.withdrawals_due) - main, "withdrawals"),
                (i128::from(pool.insurance_withdrawals_due) - insurance, "withdrawals of insurance"),
                (pool.deposits_due.into(), "deposits"),
                (pool.insurance_deposits_due.into(), "deposits of insurance"),
            ] {
                assert!((0..=lost).contains(&ledger), "{ledger} left of {what}, where roundings explain {lost}");
            }
            assert_eq!(pool.curator_due, 0, "the curator's fees are collected");
            // Those of the first deposit, and those that lie in another pool's vaults, stay.
            let keys = self.pools.iter().find(|keys| keys.pool == view.key).expect("a pool");
            let vaults = self.pools.iter().flat_map(|other| [other.vault, other.insurance_vault]);
            let share = keys.share_mint(ShareClass::Main);
            let in_vaults: u64 =
                vaults.filter(|v| mint_of(snapshot, v) == Some(share)).map(|v| snapshot.balance(&v)).sum();
            let first = pool.generation(ShareClass::Main) == 0;
            let stays = if first { pool.seed_shares } else { 0 } + in_vaults;
            let dust = self.roundings.get(&view.key).copied().unwrap_or(0) + TAIL;
            if stays > 0 {
                assert_eq!(pool.main.total - pool.main.in_withdrawals, stays, "shares that are left in the main class");
            } else {
                // Who leaves in parts leaves what is not earned yet to those who stay, at last to the shares that nobody owns.
                let (cash, shares) = (pool.pool_cash.unsigned_abs(), u128::from(pool.main.total));
                let owned = u128::from(cash) * shares / (shares + 1_000);
                assert!(owned <= u128::from(dust) && cash <= dust + NOBODYS, "{cash} left in the main class");
            }
            // What a class earns that nobody has shares of is that of whoever comes first.
            let nobodys = pool.insurance.total == 0 && pool.generation(ShareClass::Insurance) > 0;
            assert!(nobodys || pool.insurance_cash <= dust, "{} left in the insurance class", pool.insurance_cash);
        }
    }

    /// Closes all positions of a pool, withdraws all cash and collects what is due.
    ///
    /// # Panics
    /// If somebody cannot leave.
    pub fn traders_leave(&mut self, pool: usize) {
        let (keys, feeds) = (self.pools[pool], self.markets());
        for (id, underlying) in self.view(pool).series().map(|(id, s)| (id, s.underlying)).collect::<Vec<_>>() {
            let key = self.view(pool).pool.underlyings[usize::from(underlying)].key;
            let feed = feeds.iter().find(|feed| feed.underlying == key).expect("the underlying");
            // This is refused unless the series is at its cap.
            let _ = self.send(build::exercise_series(&keys, id, feed));
        }
        for (account, number, payer) in self.view(pool).orders.values().map(|o| (o.account, o.number, o.payer)) {
            let owner = self.view(pool).accounts[&account].owner;
            self.send(build::cancel_order(owner, &keys, account, number, payer)).ok();
        }
        let accounts: Vec<Pubkey> = self.view(pool).accounts.keys().copied().collect();
        // Who is paid a part of what an ended series owes waits until the others have paid.
        let mut waiting = accounts;
        while !waiting.is_empty() {
            let count = waiting.len();
            waiting.retain(|account| !self.close_positions(pool, account, &feeds));
            let goes_on = waiting.len() < count || self.sell_for_debts(pool, &waiting, &feeds);
            assert!(goes_on, "{waiting:?} wait for others to pay what is owed");
        }
        let accounts: Vec<Pubkey> = self.view(pool).accounts.keys().copied().collect();
        // What insurance pays of debts lies in its own vault until somebody has them absorbed: anybody may, and so does whoever cannot be paid before.
        for account in &accounts {
            let owner = self.view(pool).accounts[account].owner;
            if self.view(pool).accounts[account].unpaid > 0 {
                self.send(build::settle_for_less(owner, &keys, *account)).ok();
            }
            if self.view(pool).accounts[account].cash < 0 {
                self.send(build::absorb_bad_debt(&keys, *account)).ok();
            }
        }
        if self.view(pool).pool.insurance_due < 0 {
            self.send(build::sweep_insurance(&keys)).ok();
        }
        for account in &accounts {
            let owner = self.view(pool).accounts[account].owner;
            let view = self.view(pool);
            if seizures::cash_left(&view.accounts[account], &view.pool) > 0 {
                self.open_wallet(pool, &owner);
                self.send(build::withdraw_margin(owner, &keys, *account, u64::MAX, &[])).ok();
            }
            let view = self.view(pool);
            let state = &view.accounts[account];
            let (referrer, due) = (state.referrer, seizures::referral_left(state, &view.pool));
            if due > 0 {
                self.open_wallet(pool, &referrer);
                self.send(build::claim_referral(referrer, &keys, *account)).ok();
            }
            self.send(build::close_margin_account(owner, &keys, *account)).ok();
        }
        let _ = self.send(build::sweep_insurance(&keys));
        for (owner, due) in self.view(pool).pool.curators_due(&self.protocol()) {
            if due > 0 {
                self.open_wallet(pool, &owner);
                self.send(build::collect_curator_fees(&keys, keys.wallet(&owner))).ok();
            }
        }
        self.open_wallet(pool, &actor("fees"));
        let _ = self.send(build::collect_fees(&keys, keys.wallet(&actor("fees"))));
    }

    fn open_wallet(&mut self, pool: usize, owner: &Pubkey) {
        let mint = self.mints[pool];
        self.chain.create_token_account(owner, &mint.address, &mint.program);
    }

    /// Returns the owners of shares of a pool, each with class and number of shares.
    fn holders(&self, pool: usize) -> Vec<(Pubkey, ShareClass, u64)> {
        let (snapshot, keys) = (self.snapshot(), self.pools[pool]);
        let mut found = Vec::new();
        for class in CLASSES {
            let mint = keys.share_mint(class);
            for (key, stored) in &snapshot.accounts {
                let Ok(held) = StateWithExtensions::<spl_token_2022::state::Account>::unpack(&stored.data) else {
                    continue;
                };
                let owner = held.base.owner;
                if held.base.mint == mint && *key == keys.shares(&owner, class) && balance_in(&stored.data) > 0 {
                    found.push((owner, class, balance_in(&stored.data)));
                }
            }
        }
        found
    }

    /// Executes all withdrawals, day by day, and claims what they pay.
    fn serve_withdrawals(&mut self, pools: &[usize]) {
        self.pass(7 * DAY);
        let mut waiting: Vec<(usize, ShareClass)> = pools.iter().flat_map(|p| CLASSES.map(|c| (*p, c))).collect();
        let mut days = 0;
        while !waiting.is_empty() {
            self.pass(DAY);
            days += 1;
            assert!(days <= MOST_DAYS, "after {days} days somebody still waits: {:?}", self.queues(&waiting));
            waiting.retain(|(pool, class)| self.serve(*pool, *class));
        }
        for pool in pools.iter().copied() {
            let keys = self.pools[pool];
            let view = self.view(pool);
            for (key, deposit) in view.deposits {
                if seizures::request_left(&deposit, &view.pool).1 > 0 {
                    // It is given back, because its time is over or no option is in use; otherwise its shares would have been sold before.
                    self.send(build::execute_deposit(&keys, &deposit, &[])).ok();
                }
                self.open_wallet(pool, &deposit.owner);
                self.send(build::claim_liquidity(deposit.owner, &keys, deposit.share_class(), key)).ok();
            }
            for (key, withdrawal) in self.view(pool).withdrawals.iter().filter(|(_, t)| t.payable > 0 || t.shares == 0)
            {
                self.open_wallet(pool, &withdrawal.owner);
                self.send(build::claim_liquidity(withdrawal.owner, &keys, withdrawal.share_class(), *key)).ok();
            }
        }
    }

    /// Executes the withdrawals of a class as far as the daily limit allows, and returns whether any was executed. One that was passed is tried again
    /// at the prices of another minute, as a keeper would, so each costs at most as many transactions as passes are counted.
    fn serve(&mut self, pool: usize, class: ShareClass) -> bool {
        let (mut any, mut paid, mut passed) = (false, 0, BTreeMap::<Pubkey, u8>::new());
        loop {
            let view = self.view(pool);
            let (ledger, minute) = (*view.pool.shares(class), LiquidityRequest::grid_time(self.chain.now()));
            let first = ledger.first_withdrawal;
            let request = view.withdrawals.iter().find(|(_, w)| w.share_class() == class && w.number == first);
            if request.is_some_and(|(_, request)| request.passed_at == minute) {
                self.pass(60);
            }
            let outcome = (first < ledger.next_withdrawal).then(|| self.execute(pool, class, first));
            let Some(outcome) = outcome.filter(Outcome::succeeded) else { return any };
            any = true;
            if outcome.events().iter().any(|event| matches!(event, Event::WithdrawalExecuted(_))) {
                paid += 1;
            } else if let Some((key, _)) = request {
                let times = passed.entry(*key).or_default();
                *times += 1;
                assert!(*times <= LiquidityRequest::MOST_PASSES, "{key} is passed {times} times");
            }
            assert!(paid <= MOST_PARTS, "a queue does not end: {:?}", self.queues(&[(pool, class)]));
        }
    }

    /// What waits in some queues, for the message of a failure.
    fn queues(&self, waiting: &[(usize, ShareClass)]) -> Vec<String> {
        let of = |(pool, class): &(usize, ShareClass)| {
            let view = self.view(*pool);
            let all: Vec<_> = view.withdrawals_of(*class).collect();
            format!("pool {pool}, {class:?}, {:?}, requests {all:?}", view.pool.shares(*class))
        };
        waiting.iter().map(of).collect()
    }
}

/// The mint of a token account.
fn mint_of(snapshot: &Snapshot, key: &Pubkey) -> Option<Pubkey> {
    let data = &snapshot.accounts.get(key)?.data;
    StateWithExtensions::<spl_token_2022::state::Account>::unpack(data).ok().map(|account| account.base.mint)
}
