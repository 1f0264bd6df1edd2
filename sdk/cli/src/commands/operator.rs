//! `evergreen init`, `underlying create`, `pool create`: what operators do with authority keys.

use crate::{
    args::operator::{CreatePool, Init, UnderlyingCommand},
    context::Context,
    plan::operator as plan,
    view::operator as view,
};
use anyhow::Result;
use solana_signer::Signer;

/// Shows, asks, sends.
pub async fn init(context: &Context, args: &Init) -> Result<()> {
    let key = context.keypair()?;
    let (roles, instructions) = plan::init(args, key.pubkey());
    view::init(&roles, &instructions).perform(context, &key).await
}

/// Shows, asks, sends.
pub async fn underlying(context: &Context, command: &UnderlyingCommand) -> Result<()> {
    let UnderlyingCommand::Create(args) = command;
    let owner = plan::price_owner(context)?;
    let key = context.keypair()?;
    let plan = plan::underlying(context, args, owner, key.pubkey())?;
    view::underlying(args, &plan).perform(context, &key).await
}

/// Shows, asks, sends.
pub async fn pool(context: &Context, args: &CreatePool) -> Result<()> {
    let key = context.keypair()?;
    let plan = plan::pool(context, args, key.pubkey()).await?;
    view::pool(args, &plan).perform(context, &key).await
}
