//! Orders of random sequences: placed, taken back, committed by whoever likes, filled by others.

use crate::run::{POOL, Run};
use anchor_lang::prelude::Pubkey;
use evergreen_model::{
    model::Act,
    observe::{self, PEOPLE},
    rules::orders::Committer,
};
use evergreen_sdk::{
    address,
    evergreen::{
        OptionLeg,
        state::Order,
        types::{OrderTerms, Trigger},
    },
    instruction as build,
    testing::pyth::Price,
};
use evergreen_tests::chain::actor;
use std::collections::BTreeMap;

impl Run {
    /// Mostly orders, with trades, prices and cash around them.
    pub(crate) fn step_with_orders(&mut self) {
        let who = *self.random.pick(&PEOPLE[..4]);
        if !self.model.market.accounts.contains_key(&self.world.account_key(who, POOL)) {
            return self.open_or_close(who);
        }
        if self.random.percent(60) {
            return self.order(who);
        }
        match self.random.range(0, 9) {
            0..2 => self.fill_any(),
            2..4 => drop(self.commit(who)),
            _ => self.step(),
        }
    }

    /// Somebody places an order, takes one back, or somebody commits one.
    pub(crate) fn order(&mut self, who: &str) {
        match self.random.range(0, 9) {
            0..4 => self.place_order(who),
            4 => self.cancel_order(who),
            _ => self.commit_order(),
        }
    }

    fn place_order(&mut self, who: &str) {
        let (keys, account) = (self.world.pools[POOL], self.world.account_key(who, POOL));
        let Some(state) = self.model.market.accounts.get(&account).cloned() else { return };
        let held: Vec<u8> = state.positions.keys().copied().collect();
        let reduce_only = self.random.percent(if held.is_empty() { 5 } else { 35 });
        let mut legs: Vec<OptionLeg> = Vec::new();
        let count = if reduce_only && self.random.percent(85) { 1 } else { self.random.range(1, 2) };
        for _ in 0..count {
            let slot = if reduce_only && !held.is_empty() {
                *self.random.pick(&held)
            } else {
                let Some(slot) = self.any_slot() else { return };
                slot
            };
            let most = if self.model.market.series[&slot].underlying == 0 { 5_000_000 } else { 100_000_000 };
            let points = match i64::try_from(state.points(slot)).expect("points") {
                held if reduce_only && held != 0 => -held * self.random.range(1, 4) / 2,
                _ if self.random.percent(4) => 0,
                _ if self.random.percent(15) => -self.random.range(1, most / 3),
                _ => self.random.range(1, most),
            };
            legs.push(self.named(slot, points.into()));
        }
        let cash = i64::try_from(state.cash.max(0)).expect("cash");
        let percent = if self.random.percent(15) { 300 } else { self.random.range(0, 60) };
        let min_net = if reduce_only && self.random.percent(70) { i64::MIN } else { -(cash * percent / 100) };
        let trigger = self.random.percent(35).then(|| self.trigger());
        let now = self.world.chain.now();
        let expires_at = match self.random.range(0, 19) {
            0 => now,
            1 => now + 91 * 86_400,
            2..10 => now + self.random.range(1, 4_000),
            _ => now + 86_400,
        };
        let tip = if self.random.percent(40) { 0 } else { self.random.range(1, 20_000).unsigned_abs() };
        let number = u64::try_from(state.next).expect("a number") + u64::from(self.random.percent(3));
        let terms = OrderTerms { legs, min_net, trigger, reduce_only, expires_at, tip };
        let feeds = if tip > 0 { self.feeds_of(who) } else { Vec::new() };
        let payer = self.world.chain.payer;
        let placed = Order {
            version: 0,
            bump: 0,
            number,
            pool: keys.pool,
            account,
            payer,
            trader: actor(who),
            placed_at: now,
            committed: false,
            committer: Pubkey::default(),
            terms: terms.clone(),
            loss_factor: 0,
            loss_epoch: 0,
            reserved: [0; 32],
        };
        let instruction = build::place_order(payer, actor(who), &keys, account, number, terms, &feeds);
        let key = address::order(&account, number);
        self.act(&Act::Place(key, number.into(), observe::order(&placed)), instruction);
    }

    fn any_slot(&mut self) -> Option<u8> {
        (!self.slots.is_empty()).then(|| *self.random.pick(&self.slots.clone()))
    }

    /// A price that is met now, or a little away.
    fn trigger(&mut self) -> Trigger {
        let place = u8::from(self.random.percent(40));
        let price = self.world.feeds[usize::from(place)].price.price.unsigned_abs();
        let parts = self.random.range(9_960, 10_040).unsigned_abs();
        // Mostly met already.
        let above = if self.random.percent(70) { parts < 10_000 } else { self.random.percent(50) };
        Trigger { underlying: place, above, price: price / 10_000 * parts }
    }

    fn cancel_order(&mut self, who: &str) {
        let account = self.world.account_key(who, POOL);
        let own = self.model.market.orders.iter().filter(|(_, order)| order.account == account);
        let own: Vec<(Pubkey, i128)> = own.map(|(key, order)| (*key, order.number)).collect();
        if own.is_empty() {
            return;
        }
        let (key, number) = *self.random.pick(&own);
        let (keys, payer) = (self.world.pools[POOL], self.world.chain.payer);
        let number = u64::try_from(number).expect("a number");
        let instruction = build::cancel_order(actor(who), &keys, account, number, payer);
        self.act(&Act::Cancel(key), instruction);
    }

    /// Anybody commits an order, of the owner or of a stranger, with a stake out of their own account or without one.
    fn commit_order(&mut self) {
        let all: Vec<Pubkey> = self.model.market.orders.keys().copied().collect();
        if all.is_empty() {
            return;
        }
        let key = *self.random.pick(&all);
        let order = self.model.market.orders[&key].clone();
        let owner = self.model.market.accounts[&order.account].owner;
        let who = if self.random.percent(35) {
            *PEOPLE.iter().find(|who| actor(who) == owner).expect("its owner")
        } else {
            *self.random.pick(&PEOPLE[..4])
        };
        let own = self.world.account_key(who, POOL);
        let named = self.model.market.accounts.contains_key(&own) && self.random.percent(90);
        let by = Committer {
            who: actor(who),
            account: (named && (who != self.owner(&owner) || self.random.percent(5))).then_some(own),
        };
        if self.random.percent(70) {
            // A price from after the order, and no sample that is due.
            self.world.pass(2);
            self.sample();
        }
        let market = &self.model.market;
        let slots = order.legs.iter().filter_map(|(place, contract, _)| {
            let known = market.series.iter().find(|(_, s)| (s.underlying, &s.contract) == (*place, contract));
            known.map(|(slot, _)| *slot)
        });
        let positions = market.accounts[&order.account].positions.keys().copied();
        let mut places: Vec<u8> = slots.chain(positions).map(|slot| market.series[&slot].underlying).collect();
        places.extend(order.trigger.iter().map(|(place, ..)| *place));
        places.sort_unstable();
        places.dedup();
        let mut prices = BTreeMap::new();
        let mut feeds = Vec::new();
        for place in places {
            let feed = self.world.feeds[usize::from(place)].accounts;
            let published = Price::decode(&self.world.chain.data(&feed.price)).expect("a price");
            prices.insert(place, observe::price(&published));
            feeds.push(feed);
        }
        let (keys, payer) = (self.world.pools[POOL], self.world.chain.payer);
        let number = u64::try_from(order.number).expect("a number");
        let instruction = build::commit_order(by.who, &keys, order.account, number, payer, by.account, &feeds);
        let done = self.act(&Act::CommitOrder(key, prices, by), instruction);
        if done && self.random.percent(75) {
            self.fill_any();
        }
    }

    fn owner(&self, key: &Pubkey) -> &'static str {
        PEOPLE.into_iter().find(|who| actor(who) == *key).expect("somebody")
    }
}
