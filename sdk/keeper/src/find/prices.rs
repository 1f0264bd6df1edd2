//! Tasks about prices that nobody has posted for too long, and about first prices that commitments wait for.

use super::{Finder, Found};
use crate::{
    first::{FirstPrices, earlier_moments},
    post::due_age,
    snapshot::Snapshot,
    task::{Job, Key, Prices, Task, Wanted},
};
use evergreen_sdk::price::{FeedId, published};
use std::collections::BTreeMap;

impl Finder<'_> {
    /// Finds one task that posts all feeds of the pools, once one of them is too old, because one message serves all feeds.
    pub(super) fn posts(&self, snapshot: &Snapshot) -> Found {
        let Some(posting) = &self.config.posting else { return Ok(Vec::new()) };
        let mut feeds: Vec<FeedId> = Vec::new();
        let (mut oldest, mut max_age) = (i64::MAX, i64::MAX);
        for market in snapshot.pools.iter().flat_map(|pool| &pool.view.markets) {
            let (underlying, feed) = (&market.underlying, market.underlying.feed_id);
            if feeds.contains(&feed) || underlying.price_owner != posting.programs.receiver {
                continue;
            }
            feeds.push(feed);
            max_age = max_age.min(underlying.params.max_age.into());
            let price = market.price.as_ref().and_then(|price| published(&price.data));
            oldest = oldest.min(price.unwrap_or(i64::MIN));
        }
        let when_older = posting.when_older.unwrap_or_else(|| due_age(max_age));
        if feeds.is_empty() || snapshot.now.saturating_sub(oldest) <= when_older {
            return Ok(Vec::new());
        }
        let key = Key { job: Job::Post, subject: posting.programs.push, part: posting.shard.into() };
        let wanted = Wanted::Latest { usable_from: snapshot.now.saturating_sub(max_age) };
        Ok(vec![posting_task(key, Prices { feeds, wanted })])
    }

    /// Finds one task for each second after which commitments and samples wait for prices that nobody has posted, or whose first prices
    /// confirm recent ones.
    pub(super) fn first_posts(&self, snapshot: &Snapshot) -> Vec<Task> {
        let Some(posting) = &self.config.posting else { return Vec::new() };
        let mut missing: BTreeMap<i64, Vec<FeedId>> = BTreeMap::new();
        for pool in &snapshot.pools {
            let commitments = pool.commitments.iter().filter_map(|commitment| match &commitment.prices {
                FirstPrices::Missing { moment, places } => Some((*moment, places)),
                FirstPrices::Known(_) => None,
            });
            let commitments = commitments.flat_map(|(moment, places)| places.iter().map(move |place| (*place, moment)));
            let samples = pool.samples.iter().filter(|_| self.config.jobs.contains(&Job::Sample));
            let samples = samples.filter(|sample| sample.price.is_none()).map(|sample| (sample.place, sample.moment));
            let lacks = |place: &u8| pool.view.markets.get(usize::from(*place)).is_some_and(|m| m.earlier.is_none());
            let earlier = earlier_moments(&pool.view).filter(|(place, _)| lacks(place));
            for (place, moment) in commitments.chain(samples).chain(earlier) {
                let Some(market) = pool.view.markets.get(usize::from(place)) else { continue };
                let underlying = &market.underlying;
                if snapshot.now <= moment || underlying.price_owner != posting.programs.receiver {
                    continue;
                }
                let feeds = missing.entry(moment).or_default();
                if !feeds.contains(&underlying.feed_id) {
                    feeds.push(underlying.feed_id);
                }
            }
        }
        let waiting = missing.into_iter().filter(|(_, feeds)| !feeds.is_empty());
        let task = |(moment, feeds): (i64, Vec<FeedId>)| {
            let key = Key { job: Job::Post, subject: posting.programs.receiver, part: moment.unsigned_abs() };
            posting_task(key, Prices { feeds, wanted: Wanted::FirstAfter(moment) })
        };
        waiting.map(task).collect()
    }
}

const fn posting_task(key: Key, prices: Prices) -> Task {
    Task { key, pool: None, account: None, reward: 0, instructions: Vec::new(), prices: Some(prices) }
}
