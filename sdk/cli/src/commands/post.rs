//! `evergreen price post`: prices from Pyth's service to the chain, once.

use crate::{
    act::{self, confirm_on},
    args::price::Post,
    context::{Context, service},
    failure::advised,
    output, plan,
    view::post::{self as view, OfferedPrice, PostReceipt},
};
use anyhow::Result;
use evergreen_keeper::{PostError, Poster};
use evergreen_sdk::{
    client::{Client, Journal, SendOptions},
    price::{FeedId, UpdateService},
};
use std::sync::Arc;

/// Number of this command's messages; a keeper with the same key has another.
const NUMBER: u64 = 1;

/// Fetches, shows, asks, posts.
///
/// # Errors
/// Failures of the service and of the network, refusals, [`crate::failure::Declined`].
pub async fn run(context: &Context, args: &Post) -> Result<()> {
    let (service, programs) = service::open(&context.global)?;
    let underlyings = plan::post::underlyings(context, args, &programs).await?;
    let feeds: Vec<FeedId> = underlyings.iter().map(|(_, feed)| *feed).collect();
    let key = Arc::new(context.keypair()?);
    let options = SendOptions { priority: context.global.priority(), ..SendOptions::default() };
    let poster =
        |client: Client| Poster::new(client, key.clone(), NUMBER, programs, context.global.shard).with(options, None);
    let looking = poster(context.client.clone());
    let updates = output::during("fetching prices", service.latest(&feeds)).await?;
    // One posting for each update with something newer than the chain.
    let mut postings = Vec::with_capacity(updates.len());
    for update in &updates {
        let newer = looking.newer(update, &feeds).await?;
        if !newer.is_empty() {
            postings.push((update.clone(), newer));
        }
    }
    let newer: Vec<FeedId> = postings.iter().flat_map(|(_, newer)| newer).copied().collect();
    let now = context.client.clock().await?.value;
    let of_feed = |feed: &FeedId| updates.iter().flat_map(|update| update.prices()).find(|price| price.feed == *feed);
    let prices = underlyings.iter().filter_map(|(name, feed)| {
        let price = of_feed(feed)?;
        Some(OfferedPrice {
            underlying: name.clone(),
            price: view::scaled(price.price.into(), &price),
            confidence: view::scaled(price.conf.into(), &price),
            age_seconds: now.saturating_sub(price.publish_time),
            newer: newer.contains(feed),
            account: looking.price(feed).to_string(),
        })
    });
    let absent: Vec<&str> =
        underlyings.iter().filter(|(_, feed)| of_feed(feed).is_none()).map(|(name, _)| name.as_str()).collect();
    let missing = if absent.is_empty() {
        Ok(())
    } else {
        let message = format!("the price service has no price of {}", absent.join(", "));
        Err(advised(message, "the others are posted all the same; is the feed halted? try again later"))
    };
    let mut receipt = PostReceipt {
        action: format!("post {} prices to push feeds of shard {}", newer.len(), context.global.shard),
        dry_run: context.global.dry_run,
        shard: context.global.shard,
        prices: prices.collect(),
        signatures: Vec::new(),
        fees: 0,
        compute_units: None,
    };
    if !context.global.json {
        output::line(&view::text(&receipt.prices))?;
    }
    if context.global.dry_run {
        if let Some((update, _)) = postings.into_iter().next() {
            receipt.compute_units = Some(looking.simulate(update).await?);
        }
        context.print(&receipt, || receipt.text())?;
        return missing;
    }
    let journal = Journal::open(context.state.join("journal"))?;
    let client = context.client.clone().with_journal(journal);
    let poster = poster(client.clone());
    if !context.global.yes && !newer.is_empty() {
        confirm_on(context, &receipt.action)?;
    }
    // The transactions of an interrupted run come to their end first; then its message is found.
    act::pursue(&client, |label| poster.is_own(label)).await?.into_iter().for_each(act::Unfinished::told);
    let done = async {
        poster.clear().await?;
        for (update, newer) in postings {
            let posted = poster.post(update, &newer).await;
            let cleared = poster.clear().await;
            match posted {
                Ok(posted) => receipt.signatures.extend(posted.signatures),
                Err(PostError::Send(error)) => return Err(error.into()),
                Err(PostError::Price(error)) => return Err(error.into()),
            }
            cleared?;
        }
        anyhow::Ok(())
    };
    output::during("posting prices", done).await?;
    receipt.fees = poster.fees();
    context.print(&receipt, || receipt.text())?;
    missing
}
