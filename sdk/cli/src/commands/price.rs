//! `evergreen price`: prices of the underlyings.

use super::post::Post;
pub use super::post::Service;
use crate::{
    amount::{dollars, percent},
    context::{Context, symbol},
    output::{self, span, table},
};
use anyhow::Result;
use clap::Subcommand;
use evergreen_sdk::{
    client::Filter,
    evergreen::{
        oracle::{self, PriceAccount},
        state::Underlying,
    },
    failure::Refusal,
    math::UnixTime,
    price,
};
use serde::Serialize;

/// What to do.
#[derive(Subcommand)]
pub enum PriceCommand {
    /// Price, its age and quality, volatility, tenors of every underlying
    Show,
    /// Fetch signed prices from Pyth's price service and post those that are newer to the push feeds of --shard, once
    Post(Post),
}

/// An underlying's price.
#[derive(Debug, Serialize)]
pub struct PriceReport {
    /// Symbol.
    pub underlying: String,
    /// Dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub spot: Option<String>,
    /// Half-width of its confidence interval, dollars.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub confidence: Option<String>,
    /// Seconds since it was published.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub age_seconds: Option<i64>,
    /// Fresh, Uncertain, ... as the program judges it, or why it refuses it.
    pub quality: String,
    /// Whether the program takes it.
    pub usable: bool,
    /// Yearly volatility that quotes use.
    pub volatility: String,
    /// Tenors offered, seconds.
    pub tenors: Vec<u32>,
    /// Distance of strikes, dollars.
    pub strike_step: u32,
    /// The account that the price is read from.
    pub account: String,
}

impl PriceCommand {
    /// Reads and prints.
    pub async fn run(&self, context: &Context) -> Result<()> {
        if let Self::Post(post) = self {
            return post.run(context).await;
        }
        let bar = output::progress("reading prices");
        let reports = reports(context).await;
        bar.finish_and_clear();
        let reports = reports?;
        if context.global.json {
            return output::print_json(&reports);
        }
        let mut shown = table(["underlying", "price", "± conf", "age", "quality", "volatility", "tenors", "strikes"]);
        for report in reports {
            let or = |value: Option<String>| value.unwrap_or_else(|| "–".into());
            let tenors: Vec<String> = report.tenors.iter().map(|seconds| span(u64::from(*seconds))).collect();
            let age = report.age_seconds.map(|age| format!("{age} s"));
            let (spot, confidence) = (report.spot.map(|s| format!("${s}")), report.confidence.map(|c| format!("${c}")));
            let step = format!("every ${}", report.strike_step);
            let (quality, volatility) = (report.quality, report.volatility);
            let tenors = tenors.join(", ");
            shown.add_row([report.underlying, or(spot), or(confidence), or(age), quality, volatility, tenors, step]);
        }
        println!("{shown}");
        Ok(())
    }
}

/// All underlyings of the protocol with their prices, judged by the program's own code.
pub async fn reports(context: &Context) -> Result<Vec<PriceReport>> {
    let mut underlyings = context.client.find::<Underlying>(Filter::ALL).await?.value;
    underlyings.sort_by_key(|(_, underlying)| underlying.symbol);
    let now = context.client.clock().await?.value;
    let mut reports = Vec::new();
    for (_, underlying) in &underlyings {
        let account = price::feed_of(underlying, context.source())?.price;
        let raw = context.client.raw(&[account]).await?.value.into_iter().next().flatten();
        let judged = raw.as_ref().map(|raw| {
            let account = PriceAccount { key: &account, owner: &raw.owner, data: &raw.data };
            oracle::read(&account, underlying, UnixTime(now)).map_err(|error| Refusal::from_error(&error))
        });
        let (good, quality) = match judged {
            None => (None, "no price account".to_owned()),
            Some(Err(refusal)) => (None, refusal.to_string()),
            Some(Ok(price)) => (Some(price), format!("{:?}", price.quality)),
        };
        reports.push(PriceReport {
            underlying: symbol(&underlying.symbol),
            spot: good.map(|price| dollars(price.spot)),
            confidence: good.map(|price| dollars(price.confidence)),
            age_seconds: good.map(|price| now.saturating_sub(price.published.0)),
            quality,
            usable: good.is_some(),
            volatility: percent(underlying.sigma.ratio()),
            tenors: underlying.params.tenors.iter().map(|t| t.seconds).filter(|seconds| *seconds > 0).collect(),
            strike_step: underlying.params.strike_step,
            account: account.to_string(),
        });
    }
    Ok(reports)
}
