//! `evergreen price post`: prices from Pyth's service to the chain, once.

use crate::{
    act::{self, confirm},
    args::price::Post,
    context::Context,
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
    let (service, programs) = plan::post::open(context, &args.service)?;
    let underlyings = plan::post::underlyings(context, args, &programs).await?;
    let feeds: Vec<FeedId> = underlyings.iter().map(|(_, feed)| *feed).collect();
    let key = Arc::new(context.keypair()?);
    let options = SendOptions { priority: context.global.priority(), ..SendOptions::default() };
    let poster =
        |client: Client| Poster::new(client, key.clone(), NUMBER, programs, context.global.shard).with(options, 0);
    let looking = poster(context.client.clone());
    let update = output::during("fetching prices", service.latest(&feeds)).await?;
    let newer = looking.newer(&update, &feeds).await?;
    let now = context.client.clock().await?.value;
    let of_feed = |feed: &FeedId| update.prices().find(|price| price.feed == *feed);
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
        println!("{}", view::text(&receipt.prices));
    }
    if context.global.dry_run {
        if !newer.is_empty() {
            receipt.compute_units = Some(looking.simulate(update).await?);
        }
        return context.print(&receipt, || receipt.text());
    }
    let journal = Journal::open(context.state.join("journal"))?;
    let client = context.client.clone().with_journal(journal);
    let poster = poster(client.clone());
    if !context.global.yes && !newer.is_empty() {
        confirm(&receipt.action)?;
    }
    // The transactions of an interrupted run come to their end first; then its message is found.
    act::pursue(&client, |label| poster.is_own(label)).await?.into_iter().for_each(act::Note::told);
    let done = async {
        poster.clear().await?;
        if !newer.is_empty() {
            let posted = poster.post(update, &newer).await;
            let cleared = poster.clear().await;
            receipt.signatures = match posted {
                Ok(posted) => posted.signatures,
                Err(PostError::Send(error)) => return Err(error.into()),
                Err(PostError::Price(error)) => return Err(error.into()),
            };
            cleared?;
        }
        anyhow::Ok(())
    };
    output::during("posting prices", done).await?;
    receipt.fees = poster.fees();
    context.print(&receipt, || receipt.text())
}
