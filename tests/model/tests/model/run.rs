//! What people do at random, on the chain and in the model.

use anchor_lang::prelude::Pubkey;
use evergreen_model::{
    model::{Act, Model},
    observe::{self, CLASSES, PEOPLE},
    rules::{commit::Wanted, fill::Named},
};
use evergreen_sdk::{
    evergreen::{OptionLeg, TradeTerms, state::SeriesId},
    instruction as build,
    testing::pyth::Price,
};
use evergreen_tests::{BTC, CLASSIC, ETH, Setup, World, chain::actor, random::Random, world::TOKEN};
use std::collections::BTreeMap;

/// Place of the pool.
pub(crate) const POOL: usize = CLASSIC;

/// A market on the chain, and the model beside it.
pub(crate) struct Run {
    pub(crate) world: World,
    pub(crate) model: Model,
    pub(crate) random: Random,
    pub(crate) slots: Vec<u8>,
    pub(crate) found: Vec<String>,
}

impl Run {
    pub(crate) fn new(setup: Setup, seed: u64) -> Self {
        let mut world = World::new(setup);
        for who in PEOPLE {
            world.fund(who, POOL, 1_000 * TOKEN);
            world.chain.give_lamports(&actor(who), 100_000_000_000);
            for class in CLASSES {
                let mint = world.pools[POOL].share_mint(class);
                world.chain.create_token_account(&actor(who), &mint, &anchor_spl::token::ID);
            }
        }
        let mut slots = Vec::new();
        for (market, strike, step) in [(BTC, 100_000, 4_000), (ETH, 4_000, 200)] {
            for put in [false, true] {
                for (strike, days) in [(strike, 7), (if put { strike - step } else { strike + step }, 1), (strike, 30)]
                {
                    slots.push(world.list_tenor(POOL, market, put, strike, days).slot);
                }
            }
        }
        world.checked = false;
        // One in two begins on a Friday evening.
        if seed.is_multiple_of(2) {
            world.pass(4 * 86_400 + 30_000);
            for market in [BTC, ETH] {
                let sample = world.sample_instruction(market);
                world.chain.send(&[sample]);
            }
        }
        world.chain.send(&[build::refresh_pool(&world.pools[POOL], &world.markets())]).ok();
        let model = Model::new(observe::market(&world, POOL));
        Self { world, model, random: Random(seed), slots, found: Vec::new() }
    }

    pub(crate) fn step(&mut self) {
        let who = *self.random.pick(&PEOPLE[..4]);
        match self.random.range(0, 99) {
            0..20 => self.pass(),
            20..30 => self.deposit(who),
            30..40 => self.withdraw(who),
            40..43 => self.open_or_close(who),
            43..45 => self.exercise(),
            45..50 => self.liquidate(),
            50..52 => self.insurance(who),
            52..66 => {
                // Mostly filled at once: what waits for longer ends without a fill.
                if self.commit(who) && self.random.percent(75) {
                    self.fill_any();
                }
            }
            66..72 => self.fill_any(),
            72..86 => self.order(who),
            _ => self.provide(who),
        }
    }

    /// Does something on the chain and in the model.
    pub(crate) fn act(
        &mut self,
        act: &Act,
        instruction: anchor_lang::solana_program::instruction::Instruction,
    ) -> bool {
        let outcome = self.world.chain.send(&[instruction]);
        let after = observe::market(&self.world, POOL);
        if let Err(error) = self.model.follow(act, &outcome, &after) {
            // The chain's state is taken over, so that one disagreement is told once.
            self.found.push(error);
            self.model.market = after;
        }
        outcome.succeeded()
    }

    /// Lets time pass and prices move, and takes the samples that are due.
    fn pass(&mut self) {
        let seconds = *self.random.pick(&[1, 5, 30, 120, 600, 1_800, 1_800, 5_400]);
        self.world.pass(seconds);
        for market in [BTC, ETH] {
            // Now and then a price jumps.
            let bps = if self.random.percent(3) { self.random.range(-600, 600) } else { self.random.range(-60, 60) };
            let conf = self.random.range(0, 10);
            self.world.edit_price(market, |price| {
                price.price += price.price * bps / 10_000;
                price.ema_price = price.price;
                price.conf = (price.price * conf / 100_000).unsigned_abs();
            });
        }
        self.sample();
    }

    pub(crate) fn sample(&mut self) {
        for sample in self.world.due_samples() {
            self.world.chain.send(&[sample]);
        }
        self.model.market.now = self.world.chain.now();
    }

    fn deposit(&mut self, who: &str) {
        let (keys, account) = (self.world.pools[POOL], self.world.account_key(who, POOL));
        if !self.model.market.accounts.contains_key(&account) {
            return;
        }
        let amount = if self.random.percent(5) { 0 } else { self.random.range(1, 5 * TOKEN as i64) };
        let instruction = build::deposit_margin(actor(who), &keys, account, amount.unsigned_abs());
        self.act(&Act::Deposit(actor(who), account, amount.into()), instruction);
    }

    fn withdraw(&mut self, who: &str) {
        let (keys, account) = (self.world.pools[POOL], self.world.account_key(who, POOL));
        let Some(state) = self.model.market.accounts.get(&account) else { return };
        let cash = i64::try_from(state.cash.max(0)).expect("cash");
        let amount = match self.random.range(0, 9) {
            0 => 0,
            1 => cash + 1,
            2..5 => cash,
            _ => self.random.range(0, cash),
        };
        let feeds = self.feeds_of(who);
        let instruction = build::withdraw_margin(actor(who), &keys, account, amount.unsigned_abs(), &feeds);
        self.act(&Act::Withdraw(account, amount.into()), instruction);
    }

    /// Returns the feeds of somebody's positions.
    pub(crate) fn feeds_of(&self, who: &str) -> Vec<build::PriceFeed> {
        let account = self.world.account_key(who, POOL);
        let state = &self.model.market.accounts[&account];
        let mut places: Vec<u8> =
            state.positions.keys().map(|slot| self.model.market.series[slot].underlying).collect();
        places.sort_unstable();
        places.dedup();
        places.iter().map(|place| self.world.feeds[usize::from(*place)].accounts).collect()
    }

    pub(crate) fn open_or_close(&mut self, who: &str) {
        let (keys, account) = (self.world.pools[POOL], self.world.account_key(who, POOL));
        if self.model.market.accounts.contains_key(&account) {
            self.act(&Act::Close(account), build::close_margin_account(actor(who), &keys, account));
            return;
        }
        let referrer = (who == "bob").then(|| actor("rita"));
        let instruction = build::open_margin_account(self.world.chain.payer, actor(who), &keys, 0, referrer);
        self.act(&Act::Open(account, actor(who), referrer.is_some()), instruction);
        let instruction = build::deposit_margin(actor(who), &keys, account, 30 * TOKEN);
        self.act(&Act::Deposit(actor(who), account, 30 * i128::from(TOKEN)), instruction);
    }

    /// Commits a trade; whether it was.
    pub(crate) fn commit(&mut self, who: &str) -> bool {
        let (keys, account) = (self.world.pools[POOL], self.world.account_key(who, POOL));
        let Some(state) = self.model.market.accounts.get(&account).cloned() else { return false };
        if state.commitment.is_some() && self.random.percent(80) {
            return false;
        }
        // In long sequences all series may have ended.
        if self.slots.is_empty() {
            return false;
        }
        let mut legs: Vec<(u8, i128, bool)> = Vec::new();
        let count = self.random.range(1, 3);
        for _ in 0..count {
            let held: Vec<u8> = state.positions.keys().copied().collect();
            // What others hold can be written.
            let room = |slot: &u8| {
                let series = &self.model.market.series[slot];
                let left = series.open[0] - series.open[1] - series.committed[1];
                (left > 1 && !held.contains(slot)).then_some((*slot, i64::try_from(left).expect("points")))
            };
            let writable: Vec<(u8, i64)> = self.slots.iter().filter_map(room).collect();
            let (slot, points) = if !writable.is_empty() && self.random.percent(40) {
                let (slot, most) = *self.random.pick(&writable);
                (slot, -self.random.range(most / 2, most))
            } else if !held.is_empty() && self.random.percent(50) {
                let slot = *self.random.pick(&held);
                let points = i64::try_from(state.points(slot)).expect("points");
                let part = *self.random.pick(&[1, 1, 2, 3]);
                (slot, -points / part)
            } else {
                let slot = *self.random.pick(&self.slots);
                let most = if self.model.market.series[&slot].underlying == 0 { 10_000_000 } else { 200_000_000 };
                let most = if self.random.percent(20) { most >> self.random.range(1, 27) } else { most };
                (slot, self.random.range(-most / 2, most))
            };
            if legs.iter().all(|leg| leg.0 != slot) && points != 0 {
                legs.push((slot, points.into(), self.random.percent(10)));
            }
        }
        if legs.is_empty() {
            return false;
        }
        let reduces =
            legs.iter().all(|(slot, points, _)| evergreen_model::rules::commit::shrinks(state.points(*slot), *points));
        let cash = i64::try_from(state.cash.max(0)).expect("cash");
        let percent = if self.random.percent(10) { self.random.range(0, 10) } else { self.random.range(50, 100) };
        let min_net = if reduces && self.random.percent(90) { i64::MIN } else { -(cash * percent / 100) };
        let named: Vec<OptionLeg> = legs.iter().map(|(slot, points, _)| self.named(*slot, *points)).collect();
        let closing = legs.iter().zip(0..).fold(0, |bits, ((.., closing), at)| bits | u8::from(*closing) << at);
        let number = u64::try_from(state.next).expect("a number") + u64::from(self.random.percent(3));
        let wanted = Wanted { number: number.into(), legs, min_net: min_net.into() };
        let terms = TradeTerms { legs: named, closing, min_net };
        let feeds = if reduces { Vec::new() } else { self.feeds_of(who) };
        let instruction = build::commit_trade(actor(who), &keys, account, number, terms, &feeds);
        self.act(&Act::Commit(account, wanted), instruction)
    }

    pub(crate) fn named(&self, slot: u8, points: i128) -> OptionLeg {
        let registry = self.world.view(POOL).registry;
        let id = SeriesId { slot, generation: registry.series[usize::from(slot)].generation };
        OptionLeg { option: registry.option(id).expect("an option"), points: points.try_into().expect("points") }
    }

    /// What a call names that fills: mostly what it has to, sometimes something else, or somebody who is to have the tip.
    fn names(&mut self, account: &Pubkey, order: Option<i128>) -> Named {
        let staked = self.model.market.orders.values().find_map(|known| {
            (known.account == *account && Some(known.number) == order).then_some(known.committer).flatten()
        });
        let any: Vec<Pubkey> = self.model.market.accounts.keys().copied().collect();
        let somebody = self.random.percent(30).then(|| *self.random.pick(&any));
        let filler = if staked.is_some() && self.random.percent(95) { staked } else { somebody };
        Named { filler, order: if self.random.percent(95) { order } else { None } }
    }

    pub(crate) fn fill_any(&mut self) {
        let open: Vec<&str> = PEOPLE
            .into_iter()
            .filter(|who| {
                let account = self.model.market.accounts.get(&self.world.account_key(who, POOL));
                account.is_some_and(|account| account.commitment.is_some())
            })
            .collect();
        if open.is_empty() {
            return;
        }
        let who = *self.random.pick(&open);
        let account = self.world.account_key(who, POOL);
        if self.random.percent(80) {
            self.world.pass(4);
            self.sample();
        }
        let state = self.model.market.accounts[&account].clone();
        let commitment = state.commitment.expect("a commitment");
        let moment = commitment.at + commitment.wait[0];
        let slots = commitment.legs.iter().map(|leg| leg.slot).chain(state.positions.keys().copied());
        let mut places: Vec<u8> = slots.map(|slot| self.model.market.series[&slot].underlying).collect();
        places.sort_unstable();
        places.dedup();
        let mut prices = BTreeMap::new();
        let mut feeds = Vec::new();
        let kept = |place: &u8| self.world.first_after(usize::from(*place), moment).is_some();
        if self.world.chain.now() > moment + 700 && !places.iter().any(kept) {
            // Nobody has a price of it any more.
            places.clear();
        }
        for place in places {
            let market = usize::from(place);
            let feed = self.world.first_after(market, moment).unwrap_or(self.world.feeds[market].accounts);
            let published = Price::decode(&self.world.chain.data(&feed.price)).expect("a price");
            prices.insert(place, observe::price(&published));
            feeds.push(feed);
        }
        let named = self.names(&account, commitment.order);
        let number = named.order.map(|number| u64::try_from(number).expect("a number"));
        let order = number.map(|number| (number, self.world.chain.payer));
        let instruction = build::fill_trade(&self.world.pools[POOL], account, named.filler, order, &feeds);
        self.act(&Act::Fill(account, prices, named), instruction);
    }
}
