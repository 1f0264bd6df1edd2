//! Liquidity that comes and goes, fees that are collected, and the end, when everybody leaves.

use super::{INSURANCE, MAIN, Year};
use crate::{
    model::Tick,
    path,
    people::{PEOPLE, WEEKLY, Wish},
};
use evergreen_sdk::{evergreen::state::ShareClass, instruction as build};
use evergreen_tests::{CLASSIC, chain::actor, world::TOKEN};

/// What a provider of liquidity adds each month.
const ADDED: u64 = 50 * TOKEN;

/// Shares that are to be paid.
pub struct Redeeming {
    pub ready: usize,
    pub class: ShareClass,
    pub number: u64,
    pub shares: u64,
    /// What shares of the insurance class were worth at the request.
    pub worth: u64,
}

const fn provider(class: ShareClass) -> &'static str {
    match class {
        ShareClass::Main => "lp",
        ShareClass::Insurance => "insurer",
    }
}

impl Year {
    /// Requests a deposit in the main class three seconds before the minute that executes it.
    pub fn request_deposit(&mut self) {
        self.world.fund("lp", CLASSIC, ADDED);
        self.world.chain.give_lamports(&actor("lp"), 10_000_000_000);
        let id = self.world.next_number("lp");
        let request = build::request_deposit(actor("lp"), &self.keys, MAIN, id, ADDED, 0);
        self.send(request);
    }

    pub fn provide(&mut self, tick: &Tick) {
        let id = self.world.last_number("lp");
        let before = self.world.shares("lp", CLASSIC, MAIN);
        let execute = self.world.execute_deposit_in("lp", CLASSIC, MAIN, id);
        self.send(execute);
        let shares = self.books.provide(ADDED, tick);
        self.provided += ADDED as i64;
        assert_eq!(self.world.shares("lp", CLASSIC, MAIN) - before, shares, "shares of a deposit");
    }

    /// Requests that a twentieth of the shares of both classes is paid, after a day and a week.
    pub fn request_withdrawals(&mut self, half_hour: usize) {
        for (class, wait) in [(MAIN, 50), (INSURANCE, 338)] {
            let who = provider(class);
            let shares = self.world.shares(who, CLASSIC, class) / 20;
            let number = self.world.request(who, CLASSIC, class, shares);
            let worth = if class == INSURANCE { self.books.worth_of_insurance(shares) } else { 0 };
            self.redeeming.push(Redeeming { ready: half_hour + wait, class, number, shares, worth });
        }
    }

    /// Executes withdrawals that are ready, and pays them out.
    pub fn redeem(&mut self, half_hour: usize, tick: &Tick) {
        let ready: Vec<Redeeming> = self.redeeming.extract_if(.., |one| one.ready <= half_hour).collect();
        for Redeeming { class, number, shares, worth, .. } in ready {
            let execute = self.world.execute_instruction(CLASSIC, class, number);
            self.send(execute);
            let amount = match class {
                ShareClass::Main => self.books.redeem(shares, tick),
                ShareClass::Insurance => self.books.redeem_insurance(shares, worth),
            };
            if class == MAIN {
                self.provided -= amount as i64;
            }
            let who = provider(class);
            let before = self.world.wallet(who, CLASSIC);
            self.world.claim(who, CLASSIC, class, number).ok();
            assert_eq!(self.world.wallet(who, CLASSIC) - before, amount, "payment of {class:?}");
        }
    }

    /// Moves insurance's income to its vault, and collects the protocol's fees.
    pub fn collect(&mut self) {
        let sweep = build::sweep_insurance(&self.keys);
        self.send(sweep);
        let before = self.world.wallet("fees", CLASSIC);
        let collect = build::collect_fees(&self.keys, self.keys.wallet(&actor("fees")));
        self.send(collect);
        let amount = self.books.collect();
        assert_eq!(self.world.wallet("fees", CLASSIC) - before, amount, "fees of the protocol");
        self.books.count("collections");
    }

    /// Closes all positions and pays all margin out.
    ///
    /// # Panics
    /// If somebody's wallet gets another amount than the books say.
    pub fn leave(&mut self) {
        self.is_over = true;
        self.due.clear();
        for half_hour in path::YEAR..path::YEAR + 8 {
            for who in PEOPLE.into_iter().chain([WEEKLY]) {
                let positions = self.books.accounts[who].positions.iter().take(4);
                let legs: Vec<_> = positions.map(|(contract, held)| (*contract, -held.points)).collect();
                if !legs.is_empty() {
                    self.due.entry(half_hour).or_default().push(Wish { who, legs, stay: None });
                }
            }
            self.half_hour(half_hour);
        }
        for who in PEOPLE.into_iter().chain([WEEKLY]) {
            assert!(self.books.accounts[who].positions.is_empty(), "{who} still holds options");
            let cash = self.books.accounts[who].cash.unsigned_abs();
            let before = self.world.wallet(who, CLASSIC);
            let withdraw = build::withdraw_margin(actor(who), &self.keys, self.account(who), cash, &[]);
            self.send(withdraw);
            assert_eq!(self.world.wallet(who, CLASSIC) - before, cash, "wallet of {who}");
            self.books.deposit(who, 0);
            self.books.accounts.get_mut(who).expect("an account").cash = 0;
        }
        self.compare();
    }
}
