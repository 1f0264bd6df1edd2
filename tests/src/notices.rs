//! Notices of a world: positions are closed at the first prices after their moment.

use crate::{chain::actor, outcome::Outcome, world::World};
use anchor_lang::solana_program::instruction::Instruction;
use evergreen_sdk::{
    evergreen::{
        oracle::CONFIRMED_BEFORE,
        state::{NoticeCause, Notices, SeriesId},
    },
    instruction::{self as build, PriceFeed},
};

impl World {
    /// Returns the notice of a series.
    pub fn notice_instruction(&self, pool: usize, series: SeriesId, cause: NoticeCause) -> Instruction {
        let view = self.view(pool);
        let place = view.registry.series[usize::from(series.slot)].underlying;
        let underlying = view.pool.underlyings[usize::from(place)].key;
        build::give_notice(&self.pools[pool], underlying, series, cause)
    }

    /// Gives notice of a series. Returns its moment, unix seconds.
    #[track_caller]
    pub fn give_notice(&mut self, pool: usize, series: SeriesId, cause: NoticeCause) -> i64 {
        let notice = self.notice_instruction(pool, series, cause);
        self.send(notice).ok();
        self.chain.now() + Notices::PERIOD
    }

    /// Gives notice of a series and lets the time pass until the first prices after its moment are there: they stay as they are, published
    /// anew. Returns the moment, unix seconds.
    #[track_caller]
    pub fn pass_notice(&mut self, pool: usize, series: SeriesId, cause: NoticeCause) -> i64 {
        let moment = self.give_notice(pool, series, cause);
        self.pass(Notices::PERIOD + 1);
        moment
    }

    /// Returns all underlyings with the accounts of their first prices after a moment, unix seconds, each that is far from its average with the
    /// price that confirms it; where that is not kept, the present ones.
    pub fn markets_after(&self, moment: i64) -> Vec<PriceFeed> {
        let pair = |market: usize| {
            let first = self.first_after(market, moment).unwrap_or(self.feeds[market].accounts);
            let earlier = self.is_far(market).then(|| self.first_after(market, moment - CONFIRMED_BEFORE)).flatten();
            core::iter::once(first).chain(earlier)
        };
        (0..self.feeds.len()).flat_map(pair).collect()
    }

    /// Gives notice that more of a series is written than bought, lets its time pass, and closes so many points of somebody's.
    #[track_caller]
    pub fn deleverage_after_notice(&mut self, who: &str, pool: usize, series: SeriesId, points: i64) -> Outcome {
        let moment = self.pass_notice(pool, series, NoticeCause::Excess);
        self.deleverage(who, pool, series, points, moment)
    }

    /// Closes so many points of somebody's written options at the prices after a moment, unix seconds.
    #[track_caller]
    pub fn deleverage(&mut self, who: &str, pool: usize, series: SeriesId, points: i64, moment: i64) -> Outcome {
        let (keys, account, feeds) = (self.pools[pool], self.account_key(who, pool), self.markets_after(moment));
        self.send(build::auto_deleverage(actor("keeper"), &keys, account, series, points.unsigned_abs(), &feeds))
    }

    /// Closes somebody's position for its place, after a notice for this cause, at the prices after a moment, unix seconds.
    #[track_caller]
    pub fn close_for_place(&mut self, who: &str, pool: usize, named: (SeriesId, NoticeCause), moment: i64) -> Outcome {
        let (keys, account, feeds) = (self.pools[pool], self.account_key(who, pool), self.markets_after(moment));
        self.send(build::close_for_place(actor("keeper"), &keys, account, named, &feeds))
    }

    /// Sells somebody's bought option for the cash that they owe, at the present prices.
    #[track_caller]
    pub fn close_for_cash(&mut self, who: &str, pool: usize, series: SeriesId) -> Outcome {
        let (keys, account, feeds) = (self.pools[pool], self.account_key(who, pool), self.markets());
        self.send(build::close_for_cash(actor("keeper"), &keys, account, series, &feeds))
    }
}
