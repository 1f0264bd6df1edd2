//! The work of keepers.

use super::{CLASSES, MARKETS, POOLS, SEATS, Week, seat};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_math::option::OptionKind;
use evergreen_sdk::{
    evergreen::{
        Leg,
        errors::EvergreenError,
        state::{NoticeCause, SeriesId, SeriesSpec, ShareClass},
    },
    instruction as build,
};
use evergreen_tests::{
    BTC, CLASSIC, ETH,
    chain::actor,
    valuation::{dollars, terms},
    world::DOLLAR,
};

impl Week {
    /// Does what keepers do in an hour.
    pub fn keep(&mut self, hour: i64, jumped: bool) {
        let refreshed = self.world.pools[usize::from(hour % 2 == 0)];
        let feeds = self.world.markets();
        let [btc, eth] = MARKETS.map(|market| self.world.sample_instruction(market));
        self.send("sample", &[btc, eth, build::refresh_pool(&refreshed, &feeds)]).ok();
        for pool in POOLS {
            self.execute_orders(pool);
            self.exercise(pool);
            // Keepers of the stock's pool are slower: there a series can be exercised before its writer is liquidated.
            if hour % 3 == 0 || (jumped && pool == CLASSIC) {
                self.liquidate(pool);
            }
            if hour % 3 == 0 {
                self.settle(pool);
            }
            self.absorb(pool);
            self.auto_deleverage(pool);
            if hour % 6 == 5 {
                self.serve_withdrawals(pool);
            }
            match hour % 24 {
                0 => self.retire_unused(pool),
                1 => self.list_at_the_money(pool),
                23 => self.collect(pool),
                _ => {}
            }
        }
    }

    /// Does what keepers can do while a price is far from the EMA price: they execute orders that reduce, and without an earlier price no
    /// series can be exercised.
    pub fn at_wide_prices(&mut self) {
        for pool in POOLS {
            self.execute_orders(pool);
            for (id, market) in self.at_cap(pool) {
                let alone = self.world.feeds[market].accounts;
                let exercise = build::exercise_series(&self.world.pools[pool], id, &alone);
                self.refused(exercise, EvergreenError::SeriesNotAtCap);
            }
        }
    }

    /// Executes every order that can be executed, and cancels those that have ended: commits its trade, waits for the next price,
    /// and fills it.
    pub fn execute_orders(&mut self, pool: usize) {
        let (keys, feeds, view) = (self.world.pools[pool], self.world.markets(), self.world.view(pool));
        for order in view.orders.values() {
            let keeper = Some(self.key(pool, seat("keeper")));
            let (account, number, payer) = (order.account, order.number, order.payer);
            let commit = build::commit_order(actor("keeper"), &keys, account, number, payer, keeper, &feeds);
            if !self.would(&commit) {
                continue;
            }
            self.send("commit an order", &[commit]).ok();
            if self.world.view(pool).accounts[&account].commitment.is_open() {
                self.world.wait_for_fill();
                let fill = self.fill_instruction(pool, account, keeper, Some((number, payer)));
                self.send("fill an order", &[fill]).ok();
            }
        }
    }

    /// Returns the live series at their cap, with the place of the underlying.
    fn at_cap(&self, pool: usize) -> Vec<(SeriesId, usize)> {
        let view = self.world.view(pool);
        let live = view.series().filter(|(_, series)| series.status == 1);
        let capped = live.filter(|(_, series)| {
            let price = &self.world.feeds[usize::from(series.underlying)].price;
            let terms = terms(series);
            let confidence = price.conf as i64 * if terms.kind() == OptionKind::Call { -1 } else { 1 };
            terms.is_capped_at(dollars(price.price + confidence, price.exponent))
        });
        capped.map(|(id, series)| (id, usize::from(series.underlying))).collect()
    }

    /// Exercises every live series at its cap.
    pub fn exercise(&mut self, pool: usize) {
        for (id, market) in self.at_cap(pool) {
            let exercise = build::exercise_series(&self.world.pools[pool], id, &self.world.market(market));
            self.send("exercise", &[exercise]).ok();
        }
    }

    /// Liquidates all accounts below maintenance, two positions at a time, written ones first.
    pub fn liquidate(&mut self, pool: usize) {
        let (keys, feeds, reward) = (self.world.pools[pool], self.world.markets(), self.key(pool, seat("keeper")));
        let accounts: Vec<Pubkey> = self.world.view(pool).accounts.keys().copied().collect();
        for account in accounts.into_iter().filter(|account| *account != reward) {
            for _ in 0..6 {
                let view = self.world.view(pool);
                let live = |id: SeriesId| view.registry.series[usize::from(id.slot)].status == 1;
                let positions = view.accounts[&account].positions;
                let mut open: Vec<_> = positions.iter().filter(|p| p.points != 0 && live(p.series())).collect();
                open.sort_by_key(|p| p.points);
                let legs: Vec<Leg> =
                    open.iter().take(2).map(|p| Leg { series: p.series(), points: -p.points }).collect();
                let close = build::liquidate(actor("keeper"), &keys, account, reward, legs.clone(), &feeds);
                if legs.is_empty() || !self.would(&close) {
                    break;
                }
                self.send("liquidate", &[close]).ok();
                if legs.iter().any(|leg| self.world.view(pool).held(&account, leg.series) != 0) {
                    self.book.count("Liquidated in part");
                }
            }
        }
    }

    /// Settles everybody's positions of exercised series.
    pub fn settle(&mut self, pool: usize) {
        let view = self.world.view(pool);
        let exercised = |id: SeriesId| view.registry.series[usize::from(id.slot)].status == 2;
        for (key, account) in &view.accounts {
            if account.positions.iter().any(|p| p.points != 0 && exercised(p.series())) {
                self.send("settle", &[build::settle_positions(&self.world.pools[pool], *key)]).ok();
            }
        }
    }

    /// Absorbs the debts of accounts without positions.
    pub fn absorb(&mut self, pool: usize) {
        for (key, account) in &self.world.view(pool).accounts {
            if account.cash < 0 && account.is_flat() {
                self.send("absorb", &[build::absorb_bad_debt(&self.world.pools[pool], *key)]).ok();
            }
        }
    }

    /// Closes written options of series with more written than bought.
    pub fn auto_deleverage(&mut self, pool: usize) {
        let keys = self.world.pools[pool];
        let view = self.world.view(pool);
        for (id, series) in view.series().filter(|(_, s)| s.status == 1 && s.short_points > s.long_points) {
            let moment = self.world.pass_notice(pool, id, NoticeCause::Excess);
            for sample in self.world.due_samples() {
                self.send("sample", &[sample]).ok();
            }
            let feeds = self.world.markets_after(moment);
            let mut excess = series.short_points - series.long_points;
            for (account, position) in view.positions().filter(|(_, p)| p.series() == id && p.points < 0) {
                let points = excess.min(-position.points);
                let close = build::auto_deleverage(actor("keeper"), &keys, *account, id, points.unsigned_abs(), &feeds);
                if points > 0 && self.would(&close) {
                    self.send("auto-deleverage", &[close]).ok();
                    self.book.count("Deleveraged");
                    excess -= points;
                }
            }
        }
    }

    /// Executes the withdrawals at the head of both queues as far as they go, and claims what was executed.
    pub fn serve_withdrawals(&mut self, pool: usize) {
        let keys = self.world.pools[pool];
        for class in CLASSES {
            loop {
                let view = self.world.view(pool);
                let ledger = *view.pool.shares(class);
                let first = view.withdrawals_of(class).find(|w| w.number == ledger.first_withdrawal);
                let ready = first.is_some_and(|w| w.ready(view.pool.cooldown(class)) <= self.world.chain.now());
                if ready {
                    self.world.pass_to_grid(pool);
                }
                let execute = self.execution(pool, class, ledger.first_withdrawal);
                if ledger.first_withdrawal == ledger.next_withdrawal || !self.would(&execute) {
                    break;
                }
                self.send("execute a withdrawal", &[execute]).ok();
            }
        }
        for (key, withdrawal) in
            self.world.view(pool).withdrawals.iter().filter(|(_, withdrawal)| withdrawal.payable > 0)
        {
            let claim = build::claim_liquidity(withdrawal.owner, &keys, withdrawal.share_class(), *key);
            self.send("claim", &[claim]).ok();
        }
    }

    /// Returns the instruction that executes a withdrawal.
    pub fn execution(&self, pool: usize, class: ShareClass, number: u64) -> Instruction {
        self.world.execute_instruction(pool, class, number)
    }

    /// Lists calls for a day and calls and puts for a week, at the money, unless they are listed already.
    fn list_at_the_money(&mut self, pool: usize) {
        for (market, step) in [(BTC, 1_000), (ETH, 50)] {
            let strike = (self.world.feeds[market].price.price / DOLLAR / step * step).unsigned_abs();
            for (put, days) in [(false, 7), (true, 7), (false, 1)] {
                let request = SeriesSpec { put, strike, tenor: days * 86_400 };
                let list = build::list_series(&self.world.pools[pool], &self.world.feeds[market].accounts, request);
                if self.would(&list) {
                    self.send("list", &[list]).ok();
                }
            }
        }
    }

    /// Retires up to five series that nobody holds and the plan does not need.
    fn retire_unused(&mut self, pool: usize) {
        let view = self.world.view(pool);
        let mut unused = self.open_to_all(pool, &view);
        unused.retain(|(id, s)| s.long_points + s.short_points == 0 && !self.named[pool].is_needed(*id));
        for (id, _) in unused.into_iter().take(5) {
            self.send("retire", &[build::retire_series(&self.world.pools[pool], id)]).ok();
        }
    }

    /// Sweeps insurance's income, collects the protocol's fees and claims rita's shares.
    pub fn collect(&mut self, pool: usize) {
        let (keys, view) = (self.world.pools[pool], self.world.view(pool));
        if view.pool.insurance_due != 0 {
            self.send("sweep", &[build::sweep_insurance(&keys)]).ok();
        }
        if view.pool.fees_due > 0 {
            self.send("collect", &[build::collect_fees(&keys, keys.wallet(&actor("fees")))]).ok();
        }
        for (seat, _, referrer) in SEATS {
            let account = self.key(pool, seat);
            let due = view.accounts.get(&account).map_or(0, |account| account.referral_due);
            if let (true, Some("rita")) = (due > 0, referrer) {
                self.send("claim a referral", &[build::claim_referral(actor("rita"), &keys, account)]).ok();
            }
        }
    }
}
