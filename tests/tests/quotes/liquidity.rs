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
        if class == ShareClass::Main {
            return self.deposit_main(pool, amount);
        }
        let view = view(&self.world, pool);
        let before = self.world.shares("lp", pool, class);
        let quote = view.deposit(class, amount);
        let min_shares = quote.as_ref().map_or(0, |quote| quote.shares);
        let outcome = self.world.send(build::deposit_insurance(actor("lp"), &view.keys, amount, min_shares));
        match quote {
            Err(error) => {
                assert!(!outcome.succeeded(), "refused by the quote: {error}");
                same_refusal(&error, &outcome);
                self.count("deposit", false);
            }
            Ok(quote) => {
                outcome.ok();
                assert_eq!(self.world.shares("lp", pool, class), before + quote.shares);
                assert_eq!(stored(&self.world, &view.keys.pool), bytemuck::bytes_of(&*quote.pool_after), "pool");
                self.count("deposit", true);
            }
        }
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

    /// Requests a deposit in the main class, and compares its execution at the first price with the quote.
    fn deposit_main(&mut self, pool: usize, amount: u64) {
        const MAIN: ShareClass = ShareClass::Main;
        self.world.chain.give_lamports(&actor("lp"), 1_000_000_000);
        let id = self.world.free_id("lp", pool);
        let estimate = view(&self.world, pool).deposit(MAIN, amount);
        let min_shares = estimate.as_ref().map_or(0, |quote| quote.shares - quote.shares / 1_000);
        let request = build::request_deposit(actor("lp"), &self.world.pools[pool], id, amount, min_shares);
        let requested = self.world.send(request);
        if !requested.succeeded() {
            same_refusal(&estimate.err().expect("the estimate is refused, too"), &requested);
            return self.count("deposit", false);
        }
        // Now and then nobody executes it in time.
        let waits = if self.random.percent(10) { 60 } else { self.random.range(4, 12) };
        self.world.pass(4);
        if self.random.percent(50) {
            let market = *self.random.pick(&[BTC, ETH]);
            self.move_price(market);
        }
        self.world.pass(waits - 3);
        let request = self.world.request_of("lp", pool, id);
        let view = self.first_view(pool, request.price_after());
        let before = self.world.shares("lp", pool, MAIN);
        let quote = view.deposit_execution(&request, true);
        let feeds = view.feeds(&view.needed_for_registry());
        let outcome = self.world.send(build::execute_deposit(&view.keys, &request, &feeds));
        let quote = match quote {
            Ok(quote) => quote,
            Err(error) => {
                assert!(!outcome.succeeded(), "refused by the quote: {error}");
                same_refusal(&error, &outcome);
                return self.count("deposit", false);
            }
        };
        outcome.ok();
        assert_eq!(stored(&self.world, &view.keys.pool), bytemuck::bytes_of(&*quote.pool_after), "pool");
        match quote.outcome {
            DepositOutcome::Executed { shares, .. } => {
                assert_eq!(self.world.shares("lp", pool, MAIN), before + shares);
                assert!(shares >= min_shares);
            }
            DepositOutcome::Returned { error, .. } => {
                assert_eq!(self.world.request_of("lp", pool, id).payable, quote.request.payable);
                *self.ends.entry(format!("deposit {error}")).or_default() += 1;
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
        if class == ShareClass::Main && self.random.percent(90) {
            let second = self.random.range(1, 25);
            self.world.pass_to(second);
        }
        let first = view(&self.world, pool).pool.shares(class).first_withdrawal;
        let view = self.first_view(pool, LiquidityRequest::grid_time(self.world.chain.now()));
        let key = self.world.withdrawal(pool, class, first);
        let withdrawal = accounts::request(&self.world.chain.data(&key)).expect("the first withdrawal");
        assert!(first <= number);
        let quote = view.execution(&withdrawal);
        let feeds = if class == ShareClass::Main { view.feeds(&view.needed_for_registry()) } else { Vec::new() };
        let outcome = self.world.send(build::execute_withdrawal(&view.keys, key, &feeds));
        match quote {
            Err(error) => {
                assert!(!outcome.succeeded(), "refused by the quote: {error}");
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
