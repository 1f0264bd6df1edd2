//! `evergreen trade`: options, in one transaction with all they need.

use crate::{
    args::trade::{TradeArgs, TradeSpec},
    context::Context,
    plan::trade::Intent,
    view,
};
use anyhow::Result;
use solana_signer::Signer;

/// Plans, shows, asks, sends.
pub async fn run(context: &Context, spec: &TradeSpec<TradeArgs>) -> Result<()> {
    let key = context.keypair()?;
    let intent = Intent::read(context, spec, key.pubkey()).await?;
    let plan = intent.plan(context)?;
    view::trade::trade(context, &intent, &plan)?.perform(context, &key).await
}
