//! Tasks about prices that nobody has posted for too long, and about first prices that commitments wait for.

use super::{Finder, Found};
use crate::{
    first::FirstPrices,
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

    /// Finds one task for each second after which commitments wait for prices that nobody has posted.
    pub(super) fn first_posts(&self, snapshot: &Snapshot) -> Vec<Task> {
        let Some(posting) = &self.config.posting else { return Vec::new() };
        let mut missing: BTreeMap<i64, Vec<FeedId>> = BTreeMap::new();
        for pool in &snapshot.pools {
            for commitment in &pool.commitments {
                let FirstPrices::Missing { moment, places } = &commitment.prices else { continue };
                if snapshot.now <= *moment {
                    continue;
                }
                let underlyings = places.iter().filter_map(|place| pool.view.markets.get(usize::from(*place)));
                for underlying in underlyings.map(|market| &market.underlying) {
                    let feeds = missing.entry(*moment).or_default();
                    if underlying.price_owner == posting.programs.receiver && !feeds.contains(&underlying.feed_id) {
                        feeds.push(underlying.feed_id);
                    }
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
