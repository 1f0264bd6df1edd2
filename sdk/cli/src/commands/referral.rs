//! `evergreen referral`: what accounts owe their referrers.

use crate::{
    args::referral::{ReferralCommand, Which},
    context::Context,
    plan::referral as plan,
    view::referral as view,
};
use anyhow::Result;
use solana_signer::Signer;

/// Runs it.
pub async fn run(context: &Context, command: &ReferralCommand) -> Result<()> {
    match command {
        ReferralCommand::Show(args) => show(context, args).await,
        ReferralCommand::Claim(args) => claim(context, args).await,
    }
}

async fn show(context: &Context, args: &Which) -> Result<()> {
    let referrer = context.owner(args.referrer)?;
    let pool = context.pool(&args.pool).await?;
    let rows = view::rows(&pool, &plan::referred(context, &pool, &referrer).await?);
    context.print(&rows, || view::text(&pool, &referrer, &rows))
}

async fn claim(context: &Context, args: &Which) -> Result<()> {
    let key = context.keypair()?;
    let referrer = args.referrer.unwrap_or_else(|| key.pubkey());
    let (pool, claims) = plan::claim(context, args, key.pubkey(), &referrer).await?;
    for claim in &claims {
        view::claim(&pool, &referrer, claim).perform_one(context, &key).await?;
    }
    Ok(())
}
