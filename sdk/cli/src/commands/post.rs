//! `evergreen price post`: prices from Pyth's service to the chain, once.

use crate::{
    act::{confirm, interrupted, words},
    context::{Context, symbol},
    failure::Usage,
    output::{self, table},
};
use anyhow::Result;
use clap::Args;
use evergreen_keeper::{PostError, Poster};
use evergreen_sdk::{
    client::{Client, Filter, Journal, SendOptions},
    convert::Decimal,
    evergreen::state::Underlying,
    price::{FeedId, Hermes, PythPrograms, UpdateService, UpdatedPrice},
};
use serde::Serialize;
use std::sync::Arc;

/// Number of this command's messages; a keeper with the same key has another.
const NUMBER: u64 = 1;

/// Where signed prices come from.
#[derive(Args, Clone, Debug)]
pub struct Service {
    /// Base URL of Pyth's price service (Hermes); of the service for --prices otherwise, where a command needs one
    #[arg(long, value_name = "URL")]
    pub hermes: Option<String>,
    /// Environment variable with the key of the price service
    #[arg(long, value_name = "VARIABLE")]
    pub hermes_token_env: Option<String>,
}

impl Service {
    /// The service, and the programs that its updates are for.
    ///
    /// # Errors
    /// [`Usage`] for prices that cannot be posted, and for a variable that is not set.
    pub fn open(&self, context: &Context) -> Result<(Hermes, PythPrograms)> {
        let (programs, usual) = context.global.prices.posting()?;
        let service = Hermes::new(self.hermes.as_deref().unwrap_or(usual))?;
        let Some(variable) = &self.hermes_token_env else { return Ok((service, programs)) };
        match std::env::var(variable) {
            Ok(token) if !token.trim().is_empty() => Ok((service.with_token(token.trim()), programs)),
            _ => Err(Usage(format!("the environment variable {variable} (--hermes-token-env) has no key")).into()),
        }
    }
}

/// What to post.
#[derive(Args)]
pub struct Post {
    /// Symbols of underlyings, such as BTC ETH; all of the protocol otherwise
    symbols: Vec<String>,
    #[command(flatten)]
    service: Service,
}

/// A price that the service has.
#[derive(Debug, Serialize)]
struct Price {
    underlying: String,
    /// Dollars.
    price: String,
    /// Half-width of its confidence interval, dollars.
    confidence: String,
    /// Seconds since it was published, on the chain's clock.
    age_seconds: i64,
    /// Whether it is newer than the one on the chain, and so posted.
    newer: bool,
    /// The account that it is posted to.
    account: String,
}

/// What came of it, for machines.
#[derive(Debug, Serialize)]
struct Receipt {
    action: String,
    dry_run: bool,
    shard: u16,
    prices: Vec<Price>,
    /// Of the transactions that posted the prices.
    signatures: Vec<String>,
    /// Of all transactions, lamports.
    fees: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    compute_units: Option<u64>,
}

impl Post {
    /// Fetches, shows, asks, posts.
    ///
    /// # Errors
    /// Failures of the service and of the network, refusals, [`crate::failure::Declined`].
    pub async fn run(&self, context: &Context) -> Result<()> {
        let (service, programs) = self.service.open(context)?;
        let underlyings = self.underlyings(context, &programs).await?;
        let feeds: Vec<FeedId> = underlyings.iter().map(|(_, feed)| *feed).collect();
        let key = Arc::new(context.keypair()?);
        let options = SendOptions { priority: context.global.priority(), ..SendOptions::default() };
        let poster =
            |client: Client| Poster::new(client, key.clone(), NUMBER, programs, context.global.shard).with(options, 0);
        let looking = poster(context.client.clone());
        let bar = output::progress("fetching prices");
        let update = service.latest(&feeds).await;
        bar.finish_and_clear();
        let update = update?;
        let newer = looking.newer(&update, &feeds).await?;
        let now = context.client.clock().await?.value;
        let of_feed = |feed: &FeedId| update.prices().find(|price| price.feed == *feed);
        let prices = underlyings.iter().filter_map(|(name, feed)| {
            let price = of_feed(feed)?;
            Some(Price {
                underlying: name.clone(),
                price: scaled(price.price.into(), &price),
                confidence: scaled(price.conf.into(), &price),
                age_seconds: now.saturating_sub(price.publish_time),
                newer: newer.contains(feed),
                account: looking.price(feed).to_string(),
            })
        });
        let mut receipt = Receipt {
            action: format!("post {} prices to push feeds of shard {}", newer.len(), context.global.shard),
            dry_run: context.global.dry_run,
            shard: context.global.shard,
            prices: prices.collect(),
            signatures: Vec::new(),
            fees: 0,
            compute_units: None,
        };
        if !context.global.json {
            show(&receipt.prices);
        }
        if context.global.dry_run {
            if !newer.is_empty() {
                receipt.compute_units = Some(looking.simulate(update).await?);
            }
            return tell(context, &receipt);
        }
        let journal = Journal::open(context.state.join("journal"))?;
        let client = context.client.clone().with_journal(journal);
        let poster = poster(client.clone());
        if !context.global.yes && !newer.is_empty() {
            confirm(&receipt.action)?;
        }
        // Whatever an interrupted run has under way comes to its end first; then its message is found.
        for earlier in interrupted(&client, |label| poster.is_own(label)).await? {
            eprintln!("{}", words(&earlier));
        }
        let bar = output::progress("posting prices");
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
        let done = done.await;
        bar.finish_and_clear();
        done?;
        receipt.fees = poster.fees();
        tell(context, &receipt)
    }

    /// Symbols and feeds of the underlyings that were named and have prices of these programs.
    async fn underlyings(&self, context: &Context, programs: &PythPrograms) -> Result<Vec<(String, FeedId)>> {
        let mut known = context.client.find::<Underlying>(Filter::ALL).await?.value;
        known.sort_by_key(|(_, underlying)| underlying.symbol);
        known.retain(|(_, underlying)| underlying.price_owner == programs.receiver);
        let known: Vec<(String, FeedId)> = known.iter().map(|(_, u)| (symbol(&u.symbol), u.feed_id)).collect();
        let names = || known.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>().join(", ");
        if known.is_empty() {
            return Err(Usage("no underlying has prices of these programs; --prices names others".into()).into());
        }
        if self.symbols.is_empty() {
            return Ok(known);
        }
        let find = |wanted: &String| known.iter().find(|(name, _)| name.eq_ignore_ascii_case(wanted)).cloned();
        let mut found: Vec<(String, FeedId)> = Vec::new();
        for wanted in &self.symbols {
            let one = find(wanted)
                .ok_or_else(|| Usage(format!("there is no underlying {wanted} with such prices, only {}", names())))?;
            if !found.contains(&one) {
                found.push(one);
            }
        }
        Ok(found)
    }
}

/// A number of an update in dollars, as it was published.
fn scaled(number: i128, price: &UpdatedPrice) -> String {
    let places = price.exponent.checked_neg().and_then(|places| u32::try_from(places).ok());
    let exact = places.and_then(|places| Decimal::try_from_i128_with_scale(number, places).ok());
    exact.map_or_else(|| format!("{number}·10^{}", price.exponent), |exact| exact.round_dp(2).to_string())
}

fn show(prices: &[Price]) {
    let mut shown = table(["underlying", "price", "± conf", "age", "newer than on chain"]);
    for price in prices {
        let newer = if price.newer { "yes" } else { "no" };
        let (value, confidence) = (format!("${}", price.price), format!("${}", price.confidence));
        shown.add_row([price.underlying.clone(), value, confidence, format!("{} s", price.age_seconds), newer.into()]);
    }
    println!("{shown}");
}

fn tell(context: &Context, receipt: &Receipt) -> Result<()> {
    if context.global.json {
        return output::print_json(receipt);
    }
    match (receipt.dry_run, receipt.prices.iter().any(|price| price.newer)) {
        (_, false) => println!("nothing to post: the chain has these prices or newer ones"),
        (true, true) => println!("dry run, nothing was sent; the message would be taken"),
        (false, true) => println!("done: {}; {} lamports of fees", receipt.signatures.join(", "), receipt.fees),
    }
    Ok(())
}
