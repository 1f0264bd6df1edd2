//! Deposits and withdrawals of liquidity against their quotes.

use super::{Walk, same_refusal, stored, view};
use evergreen_sdk::{
    accounts,
    evergreen::{
        engine::DepositOutcome,
        state::{LiquidityRequest, ShareClass},
    },
    instruction as build,
    quote::{PoolView, PriceBytes},
};
use evergreen_tests::{BTC, ETH, chain::actor};

impl Walk {
    pub fn deposit(&mut self, pool: usize) {
        let class = *self.random.pick(&[ShareClass::Main, ShareClass::Insurance]);
        let amount = 10u64.pow(self.random.range(0, 9) as u32) * self.random.range(1, 9).unsigned_abs();
        self.world.fund("lp", pool, amount);
        self.deposit_in(pool, class, amount);
    }

    /// Commits a small trade of carol's, and returns whether it was accepted.
    fn commit_something(&mut self, pool: usize) -> bool {
        let view = view(&self.world, pool);
        let ids: Vec<_> =
            view.registry.ids().filter(|id| view.registry.series(*id).is_ok_and(|s| s.status == 1)).collect();
        let commit = self.world.commit_instruction("carol", pool, &[(*self.random.pick(&ids), 10_000_000)]);
        self.world.send(commit).succeeded()
    }

    /// Returns the pool with the first prices after a moment, unix seconds, as far as they are kept.
    fn first_view(&self, pool: usize, moment: i64) -> PoolView {
        let mut view = view(&self.world, pool);
        for market in &mut view.markets {
            let number = self.world.feeds.iter().position(|feed| feed.accounts.underlying == market.feed.underlying);
            if let Some(feed) = self.world.first_after(number.expect("a feed"), moment) {
                let stored = self.world.chain.account(&feed.price).expect("a price");
                market.feed = feed;
                market.price = Some(PriceBytes { owner: stored.owner, data: stored.data });
            }
        }
        view
    }

    /// Requests a deposit, and compares its execution after its minute with the quote; now and then somebody trades in between.
    fn deposit_in(&mut self, pool: usize, class: ShareClass, amount: u64) {
        self.world.chain.give_lamports(&actor("lp"), 1_000_000_000);
        let id = self.world.next_number("lp");
        let estimate = view(&self.world, pool).deposit(class, amount);
        let min_shares = estimate.as_ref().map_or(0, |quote| quote.shares - quote.shares / 1_000);
        let request = build::request_deposit(actor("lp"), &self.world.pools[pool], class, id, amount, min_shares);
        let requested = self.world.send(request);
        if !requested.succeeded() {
            same_refusal(&estimate.err().expect("the estimate is refused, too"), &requested);
            return self.count("deposit", false);
        }
        // Now and then nobody executes it in time.
        let waits = if self.random.percent(10) { 60 } else { self.random.range(1, 18) };
        let request = self.world.request_in("lp", pool, class, id);
        self.world.pass((request.minute - 6 - self.world.chain.now()).max(0));
        // What is committed before the minute is filled before or after the deposit, at a price of after it.
        let committed = self.random.percent(40) && self.commit_something(pool);
        self.world.pass((request.minute + 1 - self.world.chain.now()).max(0));
        if self.random.percent(50) {
            let market = *self.random.pick(&[BTC, ETH]);
            self.move_price(market);
        }
        self.world.pass(waits);
        if committed {
            let fill = self.world.fill_instruction("carol", pool);
            self.world.send(fill);
        }
        let request = self.world.request_in("lp", pool, class, id);
        let view = self.first_view(pool, request.minute);
        let before = self.world.shares("lp", pool, class);
        let quote = view.deposit_execution(&request, true);
        let feeds = view.feeds(&view.needed_for(class, request.minute));
        let execute = build::execute_deposit(&view.keys, &request, &feeds);
        let samples = view.take_samples(&view.samples_of_deposit(&request));
        let outcome = self.world.send_all(&samples.into_iter().chain([execute]).collect::<Vec<_>>());
        let quote = match quote {
            Ok(quote) => quote,
            Err(error) => {
                same_refusal(&error, &outcome);
                return self.count("deposit", false);
            }
        };
        outcome.ok();
        assert_eq!(stored(&self.world, &view.keys.pool), bytemuck::bytes_of(&*quote.pool_after), "pool");
        match quote.outcome {
            DepositOutcome::Executed { shares, .. } => {
                assert_eq!(self.world.shares("lp", pool, class), before + shares);
                assert!(shares >= min_shares);
            }
            DepositOutcome::Returned { reason, .. } => {
                assert_eq!(self.world.request_in("lp", pool, class, id).payable, quote.request.payable);
                *self.ends.entry(format!("deposit {reason:?}")).or_default() += 1;
            }
        }
        self.count("deposit", true);
    }

    /// Requests a withdrawal, waits for the cooldown, and compares the execution of the first waiting request with its quote.
    pub fn withdraw(&mut self, pool: usize) {
        let class = *self.random.pick(&[ShareClass::Main, ShareClass::Insurance]);
        let shares = self.world.shares("lp", pool, class) / self.random.range(2, 30).unsigned_abs();
        if shares == 0 {
            return;
        }
        let number = self.world.request("lp", pool, class, shares);
        let cooldown = view(&self.world, pool).pool.cooldown(class);
        self.world.pass(cooldown);
        if self.random.percent(90) {
            let second = self.random.range(1, 25);
            self.world.pass_to(second);
        }
        let first = view(&self.world, pool).pool.shares(class).first_withdrawal;
        let view = self.first_view(pool, LiquidityRequest::grid_time(self.world.chain.now()));
        let key = self.world.withdrawal(pool, class, first);
        let withdrawal = accounts::request(&self.world.chain.data(&key)).expect("the first withdrawal");
        assert!(first <= number);
        let quote = view.execution(&withdrawal);
        let minute = LiquidityRequest::grid_time(self.world.chain.now());
        let feeds = view.feeds(&view.needed_for(class, minute));
        let execute = build::execute_withdrawal(&view.keys, key, &feeds);
        let samples = view.take_samples(&view.samples_of_minute(class, minute));
        let outcome = self.world.send_all(&samples.into_iter().chain([execute]).collect::<Vec<_>>());
        match quote {
            Err(error) => {
                same_refusal(&error, &outcome);
                self.count("withdraw", false);
            }
            Ok(quote) => {
                outcome.ok();
                let executed = accounts::request(&self.world.chain.data(&key)).expect("the withdrawal");
                assert_eq!(withdrawal.shares - executed.shares, quote.shares_now);
                assert_eq!(executed.payable - withdrawal.payable, quote.amount_now);
                assert!(quote.amount_now <= quote.worth);
                self.count("withdraw", true);
            }
        }
    }
}
