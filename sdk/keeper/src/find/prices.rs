//! Tasks about prices that nobody has posted for too long.

use super::{Finder, Found};
use crate::{
    post::due_age,
    snapshot::Snapshot,
    task::{Job, Key, Prices, Task},
};
use evergreen_sdk::price::{FeedId, published};

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
        let prices = Prices { feeds, usable_from: snapshot.now.saturating_sub(max_age) };
        Ok(vec![Task { key, pool: None, account: None, reward: 0, instructions: Vec::new(), prices: Some(prices) }])
    }
}
