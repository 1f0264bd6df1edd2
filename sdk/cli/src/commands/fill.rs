//! `evergreen fill`: a committed trade of anybody.

use crate::{
    act::{Trade, fill},
    args::fill::FillArgs,
    context::Context,
    output,
    plan::{self, fill::FillPlan},
    view,
};
use anyhow::Result;
use solana_keypair::Keypair;
use solana_signer::Signer;

/// Shows, asks, waits for the price, sends, tells what came of it.
pub async fn run(context: &Context, args: &FillArgs) -> Result<()> {
    let key = context.keypair()?;
    let plan = plan::fill::fill(context, args, key.pubkey()).await?;
    perform(context, &key, &plan).await
}

/// The same for a commitment that is found.
pub async fn perform(context: &Context, key: &Keypair, plan: &FillPlan) -> Result<()> {
    let submission = view::fill::shown(plan);
    if context.global.dry_run {
        return submission.perform(context, key).await;
    }
    if !context.global.json {
        output::line(&submission.shown)?;
    }
    let trade = Trade { tip_to: plan.tip_to, ..Trade::of(*plan.pool.keys(), plan.account) };
    fill(context, key, &trade, &submission.what, &submission.quote).await
}
