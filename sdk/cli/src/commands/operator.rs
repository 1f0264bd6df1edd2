//! `evergreen init`, `underlying create`, `pool create`: what operators do with authority keys.

use crate::{
    act,
    args::operator::{CreatePool, Init, UnderlyingCommand},
    context::Context,
    plan::operator as plan,
    view::operator as view,
};
use anyhow::Result;
use evergreen_sdk::{address, anchor_lang::prelude::Pubkey};
use solana_signer::Signer;

/// Whether something that is to be created is there already, which is told then.
async fn is_there(
    context: &Context,
    key: &(dyn Signer + Sync),
    address: Pubkey,
    what: &str,
    next: &str,
) -> Result<bool> {
    // An interrupted run may have created it a moment ago.
    act::settle(context, key).await?;
    let there = context.raw(address).await?.is_some_and(|raw| raw.owner == address::PROGRAM);
    if there {
        act::already(context, format!("create {what}"), format!("{what} is there already, at {address}; {next}"))?;
    }
    Ok(there)
}

/// Shows, asks, sends.
pub async fn init(context: &Context, args: &Init) -> Result<()> {
    let key = context.keypair()?;
    if is_there(context, &key, address::protocol(), "the protocol", "next: evergreen underlying create BTC").await? {
        return Ok(());
    }
    let (roles, instructions) = plan::init(args, key.pubkey());
    view::init(&roles, &instructions).perform(context, &key).await
}

/// Shows, asks, sends.
pub async fn underlying(context: &Context, command: &UnderlyingCommand) -> Result<()> {
    let UnderlyingCommand::Create(args) = command;
    let owner = plan::price_owner(context)?;
    let key = context.keypair()?;
    let plan = plan::underlying(context, args, owner, key.pubkey())?;
    let what = format!("the underlying {}", args.symbol.name());
    let next = "`evergreen price show` lists it, and `evergreen govern propose` changes its parameters";
    if is_there(context, &key, plan.address, &what, next).await? {
        return Ok(());
    }
    view::underlying(args, &plan).perform(context, &key).await
}

/// Shows, asks, sends.
pub async fn pool(context: &Context, args: &CreatePool) -> Result<()> {
    let key = context.keypair()?;
    let plan = plan::pool(context, args, key.pubkey()).await?;
    view::pool(args, &plan).perform(context, &key).await
}
