//! What keepers do: exercises, liquidations, bad debts, and order.

use super::Year;
use crate::{
    model::{Contract, Line, Tick},
    people::{PEOPLE, WEEKLY, WRITERS, Wish},
};
use evergreen_sdk::{evergreen::state::Leg, instruction as build};
use evergreen_tests::{chain::actor, world::TOKEN};

impl Year {
    /// Exercises what is at its cap, and pays all positions.
    pub fn exercise(&mut self, half_hour: usize, tick: &Tick) {
        let capped = |contract: &&Contract| contract.is_exercised_at(tick);
        let contracts: Vec<Contract> = self.books.lines.keys().filter(capped).copied().collect();
        for contract in &contracts {
            let exercise = build::exercise_series(&self.keys, self.ids[contract], &[self.feed]);
            self.send(exercise);
            self.books.exercise(contract, tick);
        }
        for who in PEOPLE.into_iter().chain([WEEKLY]) {
            if !contracts.iter().any(|contract| self.books.accounts[who].points(contract) != 0) {
                continue;
            }
            let settle = build::settle_positions(&self.keys, self.account(who));
            self.send(settle);
            self.books.settle_unpriced(who);
            if who == WEEKLY {
                let close = Wish { who, legs: Vec::new(), stay: None };
                self.record(half_hour, &close, true);
            }
            self.absorb(who);
        }
    }

    fn absorb(&mut self, who: &'static str) {
        let account = &self.books.accounts[who];
        if account.cash < 0 && account.positions.is_empty() {
            let absorb = build::absorb_bad_debt(&self.keys, self.account(who));
            self.send(absorb);
            self.books.absorb(who);
        }
    }

    /// Liquidates writers whose maintenance health is negative.
    pub fn liquidate(&mut self, tick: &Tick) {
        for (who, _) in WRITERS {
            let written = self.books.accounts[who].positions.iter().find(|(_, held)| held.points < 0);
            let Some((contract, points)) = written.map(|(contract, held)| (*contract, -held.points)) else { continue };
            if self.books.maintenance(who, tick) >= 0 {
                continue;
            }
            let leg = Leg { series: self.ids[&contract], points };
            let (account, reward) = (self.account(who), self.account("keeper"));
            let liquidate = build::liquidate(actor("keeper"), &self.keys, account, reward, vec![leg], &[self.feed]);
            self.send(liquidate);
            self.books.liquidate(who, "keeper", &contract, tick);
            self.absorb(who);
        }
    }

    /// Retires series that nobody uses, and tops accounts up.
    pub fn tidy(&mut self) {
        let wait = 120;
        self.chain().pass(wait);
        let unused = |(contract, line): (&Contract, &Line)| (!line.has_interest()).then_some(*contract);
        let contracts: Vec<Contract> = self.books.lines.iter().filter_map(unused).collect();
        for contract in contracts {
            let retire = build::retire_series(&self.keys, self.ids[&contract]);
            self.send(retire);
            self.books.retire(&contract);
        }
        for who in PEOPLE.into_iter().chain([WEEKLY]) {
            let missing = 100 * TOKEN as i64 - self.books.accounts[who].cash;
            if missing > 0 && WRITERS.iter().all(|(writer, _)| *writer != who) {
                self.deposit(who, missing);
                if who == WEEKLY {
                    self.before += missing;
                }
            }
        }
    }
}
