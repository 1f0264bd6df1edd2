//! `evergreen close`: close positions.

use crate::{args::close::Close, context::Context, plan, view};
use anyhow::Result;
use solana_signer::Signer;

/// Plans, shows, asks, sends; everything in as many transactions as it takes.
pub async fn run(context: &Context, args: &Close) -> Result<()> {
    let key = context.keypair()?;
    let plan = plan::close::close(context, args, key.pubkey()).await?;
    for submission in view::close::close(&plan) {
        submission.perform_one(context, &key).await?;
        if context.global.dry_run {
            // The next one builds on this one.
            break;
        }
    }
    Ok(())
}
