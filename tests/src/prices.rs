//! Prices and time of a world: what is published when, and the accounts that hold present and past prices.

use crate::{
    average,
    valuation::Prices,
    world::{DOLLAR, World},
};
use anchor_lang::{prelude::Pubkey, solana_program::instruction::Instruction};
use evergreen_sdk::{
    evergreen::{
        oracle::{CONFIRMED_AFTER, CONFIRMED_WITHIN},
        state::PriceSource,
    },
    instruction::{self as build, PriceFeed},
    price::PushFeeds,
    testing::pyth::Price,
};

impl World {
    /// Returns the present prices by underlying.
    pub fn prices(&self) -> Prices {
        self.feeds.iter().map(|feed| (feed.accounts.underlying, feed.price)).collect()
    }

    /// Returns all underlyings with their price accounts. After one whose price is far from its average comes the one with the earlier
    /// price that confirms it.
    pub fn markets(&self) -> Vec<PriceFeed> {
        (0..self.feeds.len()).flat_map(|market| self.market(market)).collect()
    }

    /// Returns an underlying with its price account and, where its price is far from its average, with that of an earlier price.
    pub fn market(&self, market: usize) -> Vec<PriceFeed> {
        let now = self.feeds[market].price.publish_time;
        let earlier =
            || (CONFIRMED_AFTER..=CONFIRMED_WITHIN).find_map(|age| self.kept(market, |time, _| time == now - age));
        let feed = self.feeds[market].accounts;
        core::iter::once(feed).chain(self.is_far(market).then(earlier).flatten()).collect()
    }

    /// Returns an underlying with the account of the first price published after a moment, unix seconds, if it is kept.
    pub fn first_after(&self, market: usize, moment: i64) -> Option<PriceFeed> {
        let is_first = |time, before| before <= moment && moment < time;
        let feed = &self.feeds[market];
        let kept = [feed.half_hour_from(moment), Some(feed.first_of_minute())].into_iter().flatten();
        self.kept_in(market, kept, is_first).or_else(|| self.kept(market, is_first))
    }

    /// Returns the samples that can be taken now and have not been, as far as their prices are kept.
    pub fn due_samples(&self) -> Vec<Instruction> {
        let snapshot = self.snapshot();
        let due = |market: usize| {
            let underlying = snapshot.underlying(&self.feeds[market].accounts.underlying);
            self.first_after(market, underlying.unsampled_grid_time(self.chain.now())?)
        };
        (0..self.feeds.len()).filter_map(due).map(|feed| build::sample_volatility(&feed)).collect()
    }

    /// Returns the sample of an underlying at the price that is to be sampled now, or at the present one.
    pub fn sample_instruction(&self, market: usize) -> Instruction {
        let feed = self.feeds[market].accounts;
        let moment = self.snapshot().underlying(&feed.underlying).sampling_time(self.chain.now());
        build::sample_volatility(&self.first_after(market, moment).unwrap_or(feed))
    }

    /// Whether a price is narrow and more than five per cent away from its average.
    pub fn is_far(&self, market: usize) -> bool {
        let price = &self.feeds[market].price;
        let (spot, average) = (i128::from(price.price), i128::from(price.ema_price));
        let narrow = i128::from(price.conf) * 200 <= spot;
        narrow && (spot - average).abs() * 20 > average
    }

    /// Returns an underlying with the account where a price is kept whose times of publication (unix seconds) are wanted: its own and the
    /// one before.
    fn kept(&self, market: usize, wanted: impl Fn(i64, i64) -> bool) -> Option<PriceFeed> {
        let feed = &self.feeds[market];
        self.kept_in(market, (0..i64::from(PushFeeds::KEPT_SETS)).map(|second| feed.kept_at(second)), wanted)
    }

    /// As [`Self::kept`], of these accounts.
    fn kept_in(
        &self,
        market: usize,
        keys: impl IntoIterator<Item = Pubkey>,
        wanted: impl Fn(i64, i64) -> bool,
    ) -> Option<PriceFeed> {
        let feed = &self.feeds[market];
        let found = keys.into_iter().find(|key| {
            let price = Price::decode(&self.chain.data(key));
            price.is_some_and(|price| wanted(price.publish_time, price.prev_publish_time))
        });
        Some(PriceFeed { price: found?, ..feed.accounts })
    }

    /// Publishes a price of whole dollars, with an equal average unless averages lag.
    pub fn set_price(&mut self, market: usize, dollars: i64) {
        self.edit_price(market, |price| {
            price.price = dollars * DOLLAR;
            price.ema_price = price.price;
        });
    }

    /// Edits a price and publishes it with the present time, unless `edit` sets another.
    pub fn edit_price(&mut self, market: usize, edit: impl FnOnce(&mut Price)) {
        let now = self.chain.now();
        let price = &mut self.feeds[market].price;
        // Within a second the first publication of that second is another one; later it is the next one.
        if now != price.publish_time {
            (price.prev_publish_time, price.publish_time) = (price.publish_time, now);
        }
        let (before, average, lags) = (price.prev_publish_time, price.ema_price, self.lags);
        edit(price);
        if lags {
            price.ema_price = average::follow(average, price.price, price.publish_time - before);
        }
        self.write_price(market);
    }

    /// Writes a price to its account, and to the one where past prices are kept.
    fn write_price(&mut self, market: usize) {
        let (feed, slot) = (&self.feeds[market], self.chain.slot());
        self.chain.write(feed.accounts.price, feed.owner, feed.encode(slot));
        if feed.source == PriceSource::PythUpdate {
            let (before, time) = (feed.price.prev_publish_time, feed.price.publish_time);
            let half_hour = PushFeeds::opened_half_hour(before, time);
            let half_hour = half_hour.and_then(|moment| feed.half_hour_from(moment));
            let of_minute = (before <= time.saturating_sub(1) / 60 * 60).then(|| feed.first_of_minute());
            for kept in half_hour.into_iter().chain(of_minute).chain([feed.kept_at(time)]) {
                self.chain.write(kept, feed.owner, feed.encode(slot));
            }
        }
    }

    /// Lets time pass until this second of a minute, and publishes the unchanged prices again.
    pub fn pass_to(&mut self, second: i64) {
        self.pass((second - self.chain.now()).rem_euclid(60));
    }

    /// Lets time pass, then publishes the unchanged prices again; where averages lag or are far from the price, every second of the last
    /// twenty.
    pub fn pass(&mut self, seconds: i64) {
        let far = (0..self.feeds.len()).any(|market| self.is_far(market));
        let dense = if self.lags || far { (seconds - 1).clamp(0, 20) } else { 0 };
        for step in core::iter::once(seconds - dense).chain((0..dense).map(|_| 1)) {
            self.chain.pass(step);
            for market in 0..self.feeds.len() {
                self.edit_price(market, |_| {});
            }
        }
    }
}
