//! Posts prices: asks the service for an update, and posts what the chain lacks.

use super::{TaskOutcome, Worker, failed};
use crate::{
    first,
    post::{PostError, Poster, Posting, Target, message_number, message_numbers},
    task::{Prices, Wanted},
};
use evergreen_sdk::{
    address,
    anchor_lang::prelude::Pubkey,
    client::ClientError,
    evergreen::state::Underlying,
    price::{FeedId, PythUpdate},
};

impl Worker {
    /// Returns a poster for each message that this keeper posts prices with; none if it does not post prices.
    pub fn posters(&self) -> Vec<Poster> {
        message_numbers().filter_map(|number| self.poster(number)).collect()
    }

    /// Returns a poster that uses the message of this number; `None` if the keeper does not post prices.
    fn poster(&self, number: u64) -> Option<Poster> {
        let posting = self.posting.as_ref()?;
        let poster = Poster::new(self.client.clone(), self.key.clone(), number, posting.programs, posting.shard);
        Some(poster.with(self.options, posting.treasury))
    }

    /// Asks the service for prices, and posts those that the chain lacks and that are of use.
    pub(super) async fn post(&self, prices: &Prices) -> TaskOutcome {
        let poster = self.poster(message_number(prices.wanted));
        let (Some(posting), Some(poster)) = (&self.posting, poster) else { return TaskOutcome::Needless };
        self.post_with(posting, &poster, prices).await
    }

    async fn post_with(&self, posting: &Posting, poster: &Poster, prices: &Prices) -> TaskOutcome {
        if !self.dry_run
            && let Err(error) = poster.clear().await
        {
            return self.settled(error).await;
        }
        let updates = match prices.wanted {
            Wanted::Latest { .. } => posting.service.latest(&prices.feeds).await,
            Wanted::FirstAfter(moment) => posting.service.first_after(&prices.feeds, moment).await,
        };
        let updates = match updates {
            Ok(updates) => updates,
            Err(error) => return TaskOutcome::NoService(error.to_string()),
        };
        let mut lacking = Vec::with_capacity(updates.len());
        for update in updates {
            let places = match prices.wanted {
                Wanted::Latest { usable_from, .. } => {
                    latest(posting, poster, &update, &prices.feeds, usable_from).await
                }
                Wanted::FirstAfter(moment) => self.first(poster, &update, &prices.feeds, moment).await,
            };
            match places {
                Ok(places) if places.is_empty() => {}
                Ok(places) => lacking.push((update, places)),
                Err(error) => return failed(&error.into()),
            }
        }
        if lacking.is_empty() {
            return TaskOutcome::Needless;
        }
        if let Wanted::Latest { due_before, .. } = prices.wanted {
            let feeds: Vec<FeedId> = lacking.iter().flat_map(|(_, places)| places).map(|(feed, _)| *feed).collect();
            match poster.published(&feeds).await {
                // What is due does not come, such as a halted feed; the others wait until they are due.
                Ok(times) if times.iter().flatten().filter(|time| **time >= due_before).count() == feeds.len() => {
                    return TaskOutcome::Needless;
                }
                Ok(_) => {}
                Err(error) => return failed(&error.into()),
            }
        }
        let mut outcome = TaskOutcome::Needless;
        for (update, places) in lacking {
            if self.dry_run {
                return match poster.simulate(update).await {
                    Ok(units) => TaskOutcome::Simulated { units },
                    Err(error) => failed(&error),
                };
            }
            let one = self.post_one(poster, update, &places, prices.wanted).await;
            outcome = match (outcome, one) {
                (
                    TaskOutcome::Posted { mut signatures, prices },
                    TaskOutcome::Posted { signatures: further, prices: more },
                ) => {
                    signatures.extend(further);
                    TaskOutcome::Posted { signatures, prices: prices + more }
                }
                (_, one) => one,
            };
            // What has failed may still be under way, with the address of the message.
            if !matches!(outcome, TaskOutcome::Posted { .. }) {
                break;
            }
        }
        outcome
    }

    /// Posts the prices of one update, and takes the rent of its message back.
    async fn post_one(
        &self,
        poster: &Poster,
        update: PythUpdate,
        lacking: &[(FeedId, Target)],
        wanted: Wanted,
    ) -> TaskOutcome {
        let outcome = match poster.post_at(update, lacking).await {
            Ok(posted) => {
                let accounts: Vec<Pubkey> = lacking.iter().map(|(feed, place)| poster.address(feed, *place)).collect();
                // Accounts are read before the rent is taken back, because other tasks wait for the prices.
                self.see(&accounts, posted.slot).await;
                let posted = TaskOutcome::Posted { signatures: posted.signatures, prices: lacking.len() };
                self.useless(lacking, &accounts, wanted).unwrap_or(posted)
            }
            Err(PostError::Send(error)) => self.settled(error).await,
            Err(PostError::Price(error)) => TaskOutcome::NoService(error.to_string()),
        };
        if let Err(error) = poster.clear().await {
            tracing::warn!(%error, message = %poster.message(), "the rent of a message comes back before the next posting");
            // No transaction may be under way when this returns.
            let _ = self.settled(error).await;
        }
        outcome
    }

    /// Where the first prices of these feeds after a moment are to be posted: where everybody looks for them, unless a price lies there
    /// that is as new, which a push feed does not replace. A feed whose first price is on the chain already is left out.
    async fn first(
        &self,
        poster: &Poster,
        update: &PythUpdate,
        feeds: &[FeedId],
        moment: i64,
    ) -> Result<Vec<(FeedId, Target)>, ClientError> {
        let mut lacking = Vec::new();
        for price in update.prices().filter(|price| feeds.contains(&price.feed)) {
            let kept = poster.kept(moment, price.publish_time);
            let key = poster.address(&price.feed, kept);
            let read = self.client.raw(&[key]).await?;
            let found = read.value.into_iter().next().flatten();
            let there = found.as_ref().and_then(|account| evergreen_sdk::price::published(&account.data));
            self.cache.update(key, read.slot, found);
            if !self.is_first(&price.feed, &key, moment) {
                let is_newer = there.is_none_or(|there| there < price.publish_time);
                lacking.push((price.feed, if is_newer { kept } else { Target::Own }));
            }
        }
        Ok(lacking)
    }

    /// Whether the cache has the first price of a feed after a moment at an address, by the program's own rules.
    fn is_first(&self, feed: &FeedId, key: &Pubkey, moment: i64) -> bool {
        let underlying = self.cache.get::<Underlying>(&address::underlying(feed)).ok().flatten();
        // The clock matters only for prices of the future, which nobody signs.
        underlying.is_some_and(|known| first::first_at(key, &known, &self.cache, moment, i64::MAX).is_some())
    }

    /// The outcome of a posting of first prices after which one of them is still missing: it is not posted again at once.
    fn useless(&self, posted: &[(FeedId, Target)], accounts: &[Pubkey], wanted: Wanted) -> Option<TaskOutcome> {
        let Wanted::FirstAfter(moment) = wanted else { return None };
        let mut pairs = posted.iter().zip(accounts);
        let (_, key) = pairs.find(|((feed, _), key)| !self.is_first(feed, key, moment))?;
        Some(TaskOutcome::NoService(format!("the price posted to {key} is not the first one published after {moment}")))
    }
}

/// Those of the feeds for which the update has a price that is newer than the chain's, and usable.
async fn latest(
    posting: &Posting,
    poster: &Poster,
    update: &PythUpdate,
    feeds: &[FeedId],
    usable_from: i64,
) -> Result<Vec<(FeedId, Target)>, ClientError> {
    let usable = |feed: &FeedId| update.prices().any(|price| price.feed == *feed && price.publish_time >= usable_from);
    let mut newer = poster.newer(update, feeds).await?;
    newer.retain(usable);
    Ok(newer.into_iter().map(|feed| (feed, Target::Set(posting.shard))).collect())
}
