//! Liquidity beside trades in one minute: what it is worth does not depend on the order of transactions.

use super::{CLASSES, PROVIDERS, TRADERS, Walk};
use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    events::Event,
    evergreen::state::{LiquidityRequest, ReturnReason, ShareClass},
    instruction as build,
};
use evergreen_tests::{BTC, ETH, Outcome, chain::actor};

/// How far native units may lie apart: settling funding rounds by a unit for each position.
const ROUNDING: u64 = 64;

/// What an execution of liquidity came to: what all shares were worth, or why a deposit was given back.
#[derive(Debug, PartialEq)]
enum Came {
    Executed(i64),
    Returned(ReturnReason),
}

fn came(outcome: &Outcome) -> Option<Came> {
    outcome.events().into_iter().find_map(|event| match event {
        Event::LiquidityDeposited(e) => (e.class == ShareClass::Main).then_some(Came::Executed(e.assets)),
        Event::WithdrawalExecuted(e) => Some(Came::Executed(e.assets)),
        Event::DepositReturned(e) => Some(Came::Returned(e.reason)),
        _ => None,
    })
}

impl Walk {
    /// Requests deposits before a full minute and commits trades beside them. After it the same deposits and a withdrawal are executed twice from one state:
    /// alone, and with the fills and liquidations between them in a free order. Both have to come to the same.
    pub fn beside(&mut self, pool: usize) {
        let keys = self.world.pools[pool];
        self.world.pass_to(54);
        let mut deposits = Vec::new();
        for who in PROVIDERS {
            let (class, amount) =
                (*self.random.pick(&CLASSES), self.random.range(1, 20 * self.unit(pool) as i64) as u64);
            self.world.fund(who, pool, amount);
            self.world.chain.give_lamports(&actor(who), 10_000_000_000);
            let number = self.world.next_number(who);
            let request = build::request_deposit(actor(who), &keys, class, number, amount, 0);
            if self.world.send(request).succeeded() {
                deposits.push((who, class, number));
            }
        }
        self.world.chain.pass(4);
        let mut traders = Vec::new();
        for who in TRADERS {
            let legs = self.legs(pool, who);
            if legs.is_empty() {
                continue;
            }
            let commit = self.world.commit_instruction(who, pool, &legs);
            if self.world.send(commit).succeeded() {
                traders.push(who);
            }
        }
        self.world.chain.pass(3);
        self.publish();
        let minute = LiquidityRequest::grid_time(self.world.chain.now());
        let mut liquidity: Vec<Instruction> = Vec::new();
        for (who, class, number) in deposits {
            liquidity.push(self.world.execute_deposit_in(who, pool, class, number));
        }
        let view = self.world.view(pool);
        let first = view.pool.main.first_withdrawal;
        if let Some(next) = view.withdrawals_of(ShareClass::Main).find(|w| w.number == first && w.shares > 0)
            && next.ready(view.pool.cooldown(ShareClass::Main)) <= minute
        {
            liquidity.push(self.world.execute_instruction(pool, ShareClass::Main, first));
        }
        self.world.chain.pass(3);
        self.publish();

        // Samples that something here waits for are taken before: they set the rate of funding of the seconds since the minute.
        for sample in self.world.due_samples() {
            self.world.send(sample).ok();
        }
        // The reference: liquidity alone.
        let mut alone = self.world.clone();
        let reference: Vec<_> = liquidity.iter().map(|execute| came(&alone.send(execute.clone()))).collect();
        // The same, each after some of what else waits.
        let mut others: Vec<&str> = traders;
        let mut found = Vec::new();
        let certain = |walk: &Self| walk.world.view(pool).pool.uncovered_bad_debts().expect("debts").0 as i64;
        let lost = certain(self);
        for execute in &liquidity {
            while !others.is_empty() && self.random.percent(60) {
                let who = others.remove(self.random.range(0, others.len() as i64 - 1) as usize);
                let fill = self.world.fill_instruction(who, pool);
                // Now and then both in one transaction.
                if self.random.percent(30) {
                    let both = self.world.clone().send_all(&[fill.clone(), execute.clone()]);
                    self.count("in one transaction", both.succeeded());
                }
                let filled = self.world.send(fill);
                self.count("fill", filled.succeeded());
            }
            if self.random.percent(30) {
                self.liquidate_all(pool);
            }
            // A debt that nothing covers is a loss that everybody can see.
            let differ = lost - certain(self);
            found.push((came(&self.world.send(execute.clone())), differ));
        }
        for who in others {
            let fill = self.world.fill_instruction(who, pool);
            self.world.send(fill);
        }
        for (alone, (between, differ)) in reference.iter().zip(&found) {
            match (alone, between) {
                (Some(Came::Executed(a)), Some(Came::Executed(b))) => {
                    assert!(
                        (a + differ).abs_diff(*b) <= ROUNDING,
                        "the order of transactions decides: {a} alone, {b} between trades"
                    );
                    self.count("liquidity beside trades", true);
                }
                // Cash that is reserved meanwhile can hold up a withdrawal, and a liquidation the class that it makes a debtor of.
                (_, None) | (None, _) => {}
                (alone, between) => assert_eq!(alone, between, "the order of transactions decides"),
            }
        }
    }

    /// Publishes a price of each underlying a little away from the last one, with an average that agrees.
    fn publish(&mut self) {
        for market in [BTC, ETH] {
            let basis_points = self.random.range(-60, 60);
            self.world.edit_price(market, |price| {
                price.price += price.price / 10_000 * basis_points;
                (price.ema_price, price.conf) = (price.price, price.price.unsigned_abs() / 5_000);
            });
        }
    }
}
