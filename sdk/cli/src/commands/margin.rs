//! `evergreen deposit`, `evergreen withdraw`: tokens into and out of a margin account.

use crate::{
    args::margin::{Deposit, Withdraw},
    context::Context,
    plan, view,
};
use anyhow::Result;
use solana_signer::Signer;

/// Shows, asks, sends.
pub async fn deposit(context: &Context, args: &Deposit) -> Result<()> {
    let key = context.keypair()?;
    let plan = plan::margin::deposit(context, args, key.pubkey()).await?;
    view::margin::deposit(&plan).perform(context, &key).await
}

/// Shows, asks, sends.
pub async fn withdraw(context: &Context, args: &Withdraw) -> Result<()> {
    let key = context.keypair()?;
    let plan = plan::margin::withdraw(context, args, key.pubkey()).await?;
    view::margin::withdraw(&plan).perform(context, &key).await
}
