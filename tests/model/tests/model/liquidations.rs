//! Liquidations and insurance of random sequences.

use crate::run::{POOL, Run};
use evergreen_model::{model::Act, observe::PEOPLE, rules::health::Level};
use evergreen_sdk::{
    evergreen::{Leg, state::SeriesId},
    instruction as build,
};
use evergreen_tests::chain::actor;

impl Run {
    /// Moves the price against somebody who has written options, mostly until they are below maintenance, and liquidates them.
    pub(crate) fn liquidate(&mut self) {
        let keys = self.world.pools[POOL];
        let own = |who: &&str| self.model.market.accounts.get(&self.world.account_key(who, POOL));
        let people: Vec<&str> = PEOPLE[..4].iter().copied().filter(|who| own(who).is_some()).collect();
        let written = |who: &&str| {
            let state = own(who).filter(|state| state.commitment.is_none())?;
            state.positions.iter().find(|(_, position)| position.points < 0).map(|(slot, _)| *slot)
        };
        let writers: Vec<(&str, u8)> = people.iter().filter_map(|who| Some((*who, written(who)?))).collect();
        if writers.is_empty() {
            return;
        }
        let (who, slot) = *self.random.pick(&writers);
        let Some(by) = people.iter().find(|other| **other != who) else { return };
        let (key, by_key) = (self.world.account_key(who, POOL), self.world.account_key(by, POOL));
        let series = &self.model.market.series[&slot];
        let (market, up) = (usize::from(series.underlying), !series.contract.put);
        // Without cash beyond what health asks they are below maintenance sooner.
        let cash = state_cash(self, &key);
        for percent in [98, 94, 89, 83, 76, 68, 58, 45, 30, 15] {
            let amount = cash * percent / 100;
            let feeds = self.feeds_of(who);
            let withdraw = build::withdraw_margin(actor(who), &keys, key, amount.unsigned_abs(), &feeds);
            if amount > 0 && self.act(&Act::Withdraw(key, amount.into()), withdraw) {
                break;
            }
        }
        if self.random.percent(85) {
            let bps = *self.random.pick(&[200, 350, 600, 1_300]);
            for _ in 0..8 {
                self.move_price(market, if up { bps } else { -bps });
                if self.observed_healthy(&key) == Some(false) {
                    break;
                }
            }
        }
        let state = &self.model.market.accounts[&key];
        let mut legs: Vec<(u8, i128)> =
            state.positions.iter().map(|(slot, position)| (*slot, -position.points)).collect();
        if self.random.percent(70) {
            legs.retain(|(_, points)| *points > 0);
        }
        if self.random.percent(40) {
            legs = vec![*self.random.pick(&legs)];
        }
        legs.truncate(4);
        let named = legs.iter().map(|(slot, points)| Leg {
            series: SeriesId { slot: *slot, generation: self.model.market.series[slot].generation },
            points: i64::try_from(*points).expect("points"),
        });
        let (named, feeds) = (named.collect(), self.feeds_of(who));
        let instruction = build::liquidate(actor(by), &keys, key, by_key, named, &feeds);
        self.act(&Act::Liquidate(key, by_key, legs), instruction);
    }

    /// Whether an account is healthy at the prices as they are, funding since the last touch left out.
    fn observed_healthy(&self, key: &anchor_lang::prelude::Pubkey) -> Option<bool> {
        let market = evergreen_model::observe::market(&self.world, POOL);
        market.is_healthy(key, Level::Maintenance)
    }

    fn move_price(&mut self, market: usize, bps: i64) {
        self.world.pass(1);
        self.world.edit_price(market, |price| {
            price.price += price.price * bps / 10_000;
            price.ema_price = price.price;
        });
        self.sample();
    }

    /// Covers a debt, or moves what is insurance's.
    pub(crate) fn insurance(&mut self, who: &str) {
        let keys = self.world.pools[POOL];
        if self.random.percent(40) {
            self.act(&Act::Sweep, build::sweep_insurance(&keys));
            return;
        }
        let owes = |account: &evergreen_model::state::Account| account.cash < 0 && account.positions.is_empty();
        let debtor = self.model.market.accounts.iter().find(|(_, account)| owes(account)).map(|(key, _)| *key);
        let key = debtor.unwrap_or_else(|| self.world.account_key(who, POOL));
        if self.model.market.accounts.contains_key(&key) {
            self.act(&Act::Absorb(key), build::absorb_bad_debt(&keys, key));
        }
    }
}

fn state_cash(run: &Run, key: &anchor_lang::prelude::Pubkey) -> i64 {
    i64::try_from(run.model.market.accounts[key].cash.max(0)).expect("cash")
}
