//! Tasks about prices that nobody has posted for too long, and about first prices that commitments and notices wait for.

use super::{Finder, Found, fills::fills_with_price};
use crate::{
    first::{FirstPrices, earlier_moments},
    post::due_age,
    snapshot::Snapshot,
    task::{Job, Key, Prices, Task, Wanted},
};
use evergreen_sdk::price::{FeedId, published};
use std::collections::BTreeMap;

/// Seconds after which a price that is due and has not come is late.
const LATE: i64 = 30;

/// Seconds within which a price is left to the fill that posts it in its own transaction.
const OWN_FILL: i64 = 2;

impl Finder<'_> {
    /// Finds one task that posts all feeds of the pools, once one of them is too old, because one message serves all feeds. A feed that
    /// is late while another is not has a task of its own, so that a halted feed delays no other.
    pub(super) fn posts(&self, snapshot: &Snapshot) -> Found {
        let Some(posting) = &self.config.posting else { return Ok(Vec::new()) };
        let mut feeds: Vec<(FeedId, i64)> = Vec::new();
        let mut max_age = i64::MAX;
        for market in snapshot.pools.iter().flat_map(|pool| &pool.view.markets) {
            let (underlying, feed) = (&market.underlying, market.underlying.feed_id);
            if feeds.iter().any(|(known, _)| *known == feed) || underlying.price_owner != posting.programs.receiver {
                continue;
            }
            max_age = max_age.min(underlying.params.max_age.into());
            let price = market.price.as_ref().and_then(|price| published(&price.data));
            feeds.push((feed, price.unwrap_or(i64::MIN)));
        }
        let when_older = posting.when_older.unwrap_or_else(|| due_age(max_age));
        let due_before = snapshot.now.saturating_sub(when_older);
        let wanted = Wanted::Latest { usable_from: snapshot.now.saturating_sub(max_age), due_before };
        let tasks = groups(&feeds, due_before).into_iter().map(|(number, feeds)| {
            let part = u64::from(posting.shard) | u64::from(number) << 16;
            let key = Key { job: Job::Post, subject: posting.programs.push, part };
            posting_task(key, Prices { feeds, wanted })
        });
        Ok(tasks.collect())
    }

    /// Finds one task for each second after which commitments, notices, samples and requests of liquidity wait for prices that nobody has
    /// posted, or whose first prices confirm others.
    pub(super) fn first_posts(&self, snapshot: &Snapshot) -> Vec<Task> {
        let Some(posting) = &self.config.posting else { return Vec::new() };
        let mut missing: BTreeMap<i64, Vec<FeedId>> = BTreeMap::new();
        for pool in &snapshot.pools {
            let commitments = pool.commitments.iter().filter_map(|commitment| match &commitment.prices {
                // Its fill posts it, and if that does not come about it is posted by itself.
                FirstPrices::Missing { moment, places }
                    if fills_with_price(posting, places) && snapshot.now <= moment + OWN_FILL =>
                {
                    None
                }
                FirstPrices::Missing { moment, places } => Some((*moment, places)),
                FirstPrices::Known(_) => None,
            });
            let commitments = commitments.flat_map(|(moment, places)| places.iter().map(move |place| (*place, moment)));
            let jobs = [Job::Deleverage, Job::Place];
            let notices = pool.notices.iter().filter(|_| jobs.iter().any(|job| self.config.jobs.contains(job)));
            let notices = notices.flat_map(|open| open.missing.iter().map(|(moment, place)| (*place, *moment)));
            let samples = pool.samples.iter().filter(|_| self.config.jobs.contains(&Job::Sample));
            let samples = samples.filter(|sample| sample.price.is_none()).map(|sample| (sample.place, sample.moment));
            let liquidity = pool.liquidity.iter().filter(|open| {
                let job = if open.deposit.is_some() { Job::Deposit } else { Job::Withdrawal };
                self.config.jobs.contains(&job) && snapshot.now <= open.priced_until()
            });
            let liquidity = liquidity.filter_map(|open| match &open.prices {
                FirstPrices::Missing { moment, places } => Some((*moment, places)),
                FirstPrices::Known(_) => None,
            });
            let liquidity = liquidity.flat_map(|(moment, places)| places.iter().map(move |place| (*place, moment)));
            let lacks = |place: &u8| pool.view.markets.get(usize::from(*place)).is_some_and(|m| m.earlier.is_none());
            let earlier = earlier_moments(&pool.view).filter(|(place, _)| lacks(place));
            for (place, moment) in commitments.chain(notices).chain(samples).chain(earlier).chain(liquidity) {
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

fn posting_task(key: Key, prices: Prices) -> Task {
    Task { pool: None, prices: Some(prices), ..Task::plain(key.subject, key, None) }
}

/// Divides feeds, each with the time of its price, into those that are posted together: a number that stays the same, and the feeds.
fn groups(feeds: &[(FeedId, i64)], due_before: i64) -> Vec<(u32, Vec<FeedId>)> {
    let is_late = |published: i64| published < due_before.saturating_sub(LATE);
    let (late, timely): (Vec<_>, Vec<_>) = feeds.iter().copied().partition(|(_, published)| is_late(*published));
    let (late, together) = if timely.is_empty() { (Vec::new(), late) } else { (late, timely) };
    let mut groups: Vec<(u32, Vec<FeedId>)> = late
        .into_iter()
        .map(|(feed, _)| (u32::from_le_bytes([feed[0], feed[1], feed[2], feed[3]]).max(1), vec![feed]))
        .collect();
    if together.iter().any(|(_, published)| *published < due_before) {
        groups.push((0, together.into_iter().map(|(feed, _)| feed).collect()));
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;

    const BTC: FeedId = [1; 32];
    const ETH: FeedId = [2; 32];

    #[test]
    fn feeds_are_posted_together_and_a_late_one_alone() {
        let numbers = |feeds: &[(FeedId, i64)]| groups(feeds, 1_000);
        assert!(numbers(&[]).is_empty());
        assert!(numbers(&[(BTC, 1_000), (ETH, 1_001)]).is_empty(), "nothing is due");
        assert_eq!(numbers(&[(BTC, 999), (ETH, 1_001)]), [(0, vec![BTC, ETH])], "one message serves both");
        let halted = 1_000 - LATE - 1;
        assert_eq!(numbers(&[(BTC, 1_000), (ETH, halted)]), [(0x0202_0202, vec![ETH])]);
        assert_eq!(numbers(&[(BTC, 999), (ETH, halted)]), [(0x0202_0202, vec![ETH]), (0, vec![BTC])]);
        assert_eq!(numbers(&[(BTC, halted), (ETH, i64::MIN)]), [(0, vec![BTC, ETH])], "all are late at the start");
    }
}
