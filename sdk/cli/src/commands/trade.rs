//! `evergreen trade`: options, committed in one transaction with all they need, and filled at the first price after it.

use crate::{
    act::{QuotedTrade, Resumed, Trade, resume},
    args::trade::{CommitArgs, TradeSpec},
    context::Context,
    failure::Usage,
    output,
    plan::{
        fits,
        offers::{self, Which},
    },
    view,
};
use anyhow::Result;
use evergreen_sdk::anchor_lang::prelude::Pubkey;
use solana_signer::Signer;

/// Chooses the pool where none was named, plans, shows, asks, commits, fills.
pub async fn run(context: &Context, spec: &TradeSpec<CommitArgs>) -> Result<()> {
    let key = context.keypair()?;
    let which = Which::of(context, spec.account().pool.as_deref());
    let trade = |keys, account| Trade { commits_only: spec.options().no_fill, ..Trade::of(keys, account) };
    let named = spec.account().pool.as_deref().filter(|_| which.is_none());
    if resume(context, &key, named, trade).await? != Resumed::Nothing {
        return Ok(());
    }
    let pool = match which {
        Some(which) => chosen(context, spec, &which, key.pubkey()).await?.to_string(),
        None => spec.account().named()?.to_owned(),
    };
    // The one that was chosen is read again: asking all may have taken longer than a price is young.
    let intent = fits::read_in(context, spec, &pool, key.pubkey()).await?;
    let plan = fits::plan(&intent, context)?;
    let quoted = Some(QuotedTrade::of(&plan.quote));
    let trade = Trade { quoted, ..trade(*intent.pool.keys(), intent.pool.account_key(&intent.owner, intent.number)) };
    view::trade::trade(context, &intent, &plan)?.perform_trade(context, &key, &trade).await
}

/// The best of the pools that the market file names.
async fn chosen(context: &Context, spec: &TradeSpec<CommitArgs>, which: &Which, me: Pubkey) -> Result<Pubkey> {
    if context.global.take_number.is_some() {
        return Err(Usage("--number is of one account: say in which pool, --pool".into()).into());
    }
    let comparison = offers::compare(context, spec, which, me, false);
    output::during("asking the pools", comparison).await?.chosen()
}
