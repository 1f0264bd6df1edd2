//! Liquidity and exercises of random sequences.

use crate::run::{POOL, Run};
use anchor_lang::prelude::Pubkey;
use evergreen_model::{
    model::Act,
    observe::{self, CLASSES, PEOPLE},
    rules::liquidity::minute_of,
    state::LIVE,
};
use evergreen_sdk::{evergreen::state::SeriesId, instruction as build, testing::pyth::Price};
use evergreen_tests::{chain::actor, world::TOKEN};
use std::collections::BTreeMap;

impl Run {
    /// Exercises what has reached its cap, or tries to exercise what has not.
    pub(crate) fn exercise(&mut self) {
        let open = self.model.market.series.iter().filter(|(_, series)| {
            series.status == LIVE && series.commitments == 0 && series.open != [0, 0] && series.contract.tenor == 86_400
        });
        let near: Vec<(u8, i128)> =
            open.map(|(_, series)| (series.underlying, series.contract.strike * series.contract.cap_bps)).collect();
        if !near.is_empty() && self.random.percent(40) {
            // The price jumps to the cap of a series, or just beyond it.
            let (place, cap) = *self.random.pick(&near);
            let beyond = self.random.range(-1, 1) * 1_000_000;
            let up = cap > 0 && self.random.percent(50);
            let confidence = if self.random.percent(30) { 1_000_000 } else { 0 };
            self.world.pass(1);
            self.world.edit_price(usize::from(place), |price| {
                let at = i64::try_from(cap * 10_000).expect("a price");
                price.price = at + if up { beyond } else { 0 };
                (price.ema_price, price.conf) = (price.price, confidence);
            });
            self.sample();
        }
        let market = &self.model.market;
        let live = market.series.iter().filter(|(_, series)| series.status == LIVE && series.commitments == 0);
        let all: Vec<(u8, u32, u8, bool)> = live
            .map(|(slot, series)| {
                let price = &market.underlyings[&series.underlying].price;
                (*slot, series.generation, series.underlying, series.contract.is_certainly_capped_at(price))
            })
            .collect();
        let due: Vec<_> = all.iter().copied().filter(|(.., capped)| *capped).collect();
        let Some((slot, generation, place, _)) = due.first().or_else(|| all.first()).copied() else { return };
        let keys = self.world.pools[POOL];
        let feed = self.world.feeds[usize::from(place)].accounts;
        let instruction = build::exercise_series(&keys, SeriesId { slot, generation }, &[feed]);
        if !self.act(&Act::Exercise(slot), instruction) {
            return;
        }
        let held: Vec<Pubkey> = self
            .model
            .market
            .accounts
            .iter()
            .filter(|(_, account)| account.points(slot) != 0)
            .map(|(key, _)| *key)
            .collect();
        for account in held {
            self.act(&Act::Settle(account), build::settle_positions(&keys, account));
        }
        self.slots.retain(|known| *known != slot);
    }

    /// Somebody comes with liquidity or leaves.
    pub(crate) fn provide(&mut self, who: &str) {
        let keys = self.world.pools[POOL];
        let place = usize::from(self.random.percent(25));
        let class = CLASSES[place];
        let mine: Vec<Pubkey> = self.model.market.requests.keys().copied().collect();
        let id = self.world.next_number(who);
        let key = evergreen_sdk::address::request(&keys.pool, class, &actor(who), id);
        if mine.is_empty() || self.random.percent(30) {
            let shares = self.model.market.shares[&actor(who)][place];
            if shares > 0 && self.random.percent(50) {
                let part = self.random.range(1, i64::try_from(shares).expect("shares") / 20 + 1);
                let least = if self.random.percent(90) { 1 } else { part / 3_000 };
                let (part, least) = (part.unsigned_abs(), least.unsigned_abs());
                let instruction = build::request_withdrawal(actor(who), &keys, class, id, part, least);
                self.act(&Act::RequestWithdrawal(key, actor(who), place, part.into(), least.into()), instruction);
            } else {
                let amount = self.random.range(0, 3 * TOKEN as i64).unsigned_abs();
                let least = if self.random.percent(80) { 0 } else { amount * 900 };
                let instruction = build::request_deposit(actor(who), &keys, class, id, amount, least);
                self.act(&Act::RequestDeposit(key, actor(who), place, amount.into(), least.into()), instruction);
            }
            return;
        }
        // Mostly what is ready first.
        let soonest = |key: &&Pubkey| {
            let request = &self.model.market.requests[*key];
            request.minute.max(request.ready)
        };
        let first = *mine.iter().min_by_key(soonest).expect("a request");
        let key = if self.random.percent(80) { first } else { *self.random.pick(&mine) };
        let request = self.model.market.requests[&key].clone();
        let class = CLASSES[request.class];
        if request.payable > 0 && request.deposit == 0 && request.shares == 0 {
            let owner = request.owner;
            self.act(&Act::Claim(key), build::claim_liquidity(owner, &keys, class, key));
            return;
        }
        let now = self.world.chain.now();
        let ready = if request.deposit > 0 { request.minute } else { (request.ready + 59) / 60 * 60 };
        if self.random.percent(80) && (request.deposit == 0 || now < ready + 600) {
            // The first second after a full minute at which it can be executed.
            let minute = ready.max((now + 59) / 60 * 60);
            self.world.pass((minute + 1 - now).max(0));
            self.sample();
            if self.random.percent(40) {
                self.commit(PEOPLE[0]);
                self.fill_any();
            }
        }
        let now = self.world.chain.now();
        let minute = if request.deposit > 0 { request.minute } else { minute_of(now) };
        let sampled = |state: &evergreen_model::state::Underlying| state.estimate.taken_at > minute;
        let after = observe::market(&self.world, POOL);
        if minute % 1_800 == 0 || now - minute > 600 || after.underlyings.values().any(sampled) {
            // What is counted at a half-hour is not modelled.
            return;
        }
        let state = evergreen_sdk::accounts::request(&self.world.chain.data(&key)).expect("a request");
        let feeds = self.world.minute_markets(POOL, class, minute);
        let prices = feeds.iter().map(|feed| {
            let place = self.world.feeds.iter().position(|known| known.accounts.underlying == feed.underlying);
            let published = Price::decode(&self.world.chain.data(&feed.price)).expect("a price");
            (u8::try_from(place.expect("a feed")).expect("few"), observe::price(&published))
        });
        let prices: BTreeMap<u8, _> = prices.collect();
        if request.deposit > 0 {
            self.act(&Act::ExecuteDeposit(key, prices), build::execute_deposit(&keys, &state, &feeds));
        } else {
            self.act(&Act::ExecuteWithdrawal(key, prices), build::execute_withdrawal(&keys, key, &feeds));
        }
    }
}
