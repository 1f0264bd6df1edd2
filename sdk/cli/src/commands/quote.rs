//! `evergreen quote`: what a trade would cost, to the unit.

use crate::{
    args::trade::{TradeArgs, TradeSpec},
    context::Context,
    failure::advised,
    output,
    plan::{fits, trade::Intent},
    view::{compare::Comparison, trade::TradeReport},
};
use anyhow::Result;
use evergreen_sdk::anchor_lang::prelude::Pubkey;
use solana_signer::Signer;

/// Quotes; signs and sends nothing.
pub async fn run(context: &Context, spec: &TradeSpec<TradeArgs>) -> Result<()> {
    // A quote needs no key; without one it is for a new account without owner.
    let signer = context.keypair().map(|key| key.pubkey()).unwrap_or_default();
    if spec.place().pool.is_none() {
        return compare(context, spec, signer).await;
    }
    let intent = fits::read(context, spec, signer).await?;
    let mut report = TradeReport::of(context, &intent, &fits::quote(&intent, context)?, intent.is_real())?;
    if !intent.is_real() {
        let least = output::during("looking for the least deposit", async { intent.least_deposit(context) }).await;
        report.least_deposit = Some(intent.pool.unsigned(least));
    }
    context.print(&report, || report.text())
}

/// The same trade in every pool that the market file names, the best first: somebody vouches for each. Nobody has looked at those of strangers, so none of
/// them is here.
async fn compare(context: &Context, spec: &TradeSpec<TradeArgs>, signer: Pubkey) -> Result<()> {
    let mut comparison = Comparison::default();
    for named in &context.market.pools {
        let read = async {
            let intent = Intent::read_in(context, spec, &named.address()?.to_string(), signer).await?;
            let quote = fits::quote(&intent, context)?;
            anyhow::Ok((intent, quote))
        };
        match read.await {
            Ok((intent, quote)) => comparison.add(&intent.pool, &quote),
            Err(error) => comparison.refused(&named.name, &error),
        }
    }
    if comparison.is_empty() {
        let next = "name one with --pool, or a --market file with pools that you trust";
        return Err(advised("the market file names no pool to compare".to_owned(), next));
    }
    comparison.sort();
    context.print(&comparison, || comparison.text())
}
