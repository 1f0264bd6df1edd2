//! `evergreen trade`: options, committed in one transaction with all they need, and filled at the first price after it.

use crate::{
    act::{Resumed, Trade, resume},
    args::trade::{CommitArgs, TradeSpec},
    context::Context,
    plan::fits,
    view,
};
use anyhow::Result;
use solana_signer::Signer;

/// Plans, shows, asks, commits, fills.
pub async fn run(context: &Context, spec: &TradeSpec<CommitArgs>) -> Result<()> {
    let key = context.keypair()?;
    let trade = |keys, account| Trade { commits_only: spec.extra().no_fill, ..Trade::of(keys, account) };
    if resume(context, &key, spec.place().named()?, trade).await? != Resumed::Nothing {
        return Ok(());
    }
    let intent = fits::read(context, spec, key.pubkey()).await?;
    let plan = fits::plan(&intent, context)?;
    let trade = trade(*intent.pool.keys(), intent.pool.account_key(&intent.owner, intent.number));
    view::trade::trade(context, &intent, &plan)?.perform_trade(context, &key, &trade).await
}
