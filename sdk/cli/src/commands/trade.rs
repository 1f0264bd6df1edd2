//! `evergreen trade`: options, in one transaction with all they need.

use super::quote::{Intent, TradeArgs};
use crate::{act::Submission, context::Context, report::TradeReport, trade_spec::TradeSpec};
use anyhow::Result;
use solana_signer::Signer;

/// Plans, shows, asks, sends.
pub async fn run(context: &Context, shape: &TradeSpec<TradeArgs>) -> Result<()> {
    let key = context.keypair()?;
    let intent = Intent::read(context, shape, key.pubkey()).await?;
    let plan = intent.plan(context)?;
    let report = TradeReport::of(context, &intent, &plan.quote, true)?;
    let (what, shown) = (report.action.clone(), report.text());
    Submission { what, shown, quote: report, instructions: &plan.instructions }.perform(context, &key).await.map(drop)
}
